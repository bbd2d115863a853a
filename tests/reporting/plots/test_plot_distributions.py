"""Plots of how numbers are spread: one outline a group, in the unit of the audit."""

import re

import numpy as np
import pytest
from number_reports import MANY, wages

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.reporting.plots import plot_distributions, plot_rates
from biasaudit.reporting.readable import readable


@pytest.fixture(scope="module")
def report():
    return wages().report()


@pytest.fixture(scope="module")
def drawn(report):
    return plot_distributions(report, "outcome", features=("gender",))


def test_each_group_has_an_outline_as_high_as_many_of_it_are_there(report, drawn):
    spread = [one for one in report.distributions if one.variable == "outcome" and one.group]
    outlines = [trace for trace in drawn.figure.data if trace.fill == "toself"]
    tallest = max(max(one.share) for one in spread)
    for row, (one, trace) in enumerate(zip(sorted(spread, key=lambda one: -one.rows), outlines, strict=True)):
        heights = row - np.array(trace.y)
        assert heights.max() == pytest.approx(0.7 * max(one.share) / tallest)
        # The area under the steps is everybody who is drawn.
        steps = np.array(trace.x)[1:-1].reshape(-1, 2), heights[1:-1].reshape(-1, 2)[:, 0]
        assert (np.diff(steps[0])[:, 0] * steps[1]).sum() == pytest.approx(
            0.7 / tallest * one.width * (1 - one.outside)
        )


def test_marks_stand_at_median_and_mean(report, drawn):
    marks = {trace.name: trace for trace in drawn.figure.data if trace.name}
    table = drawn.to_frame()
    assert list(marks["Median"].x) == table["50 %"].tolist()
    assert list(marks["Mean, 95 % interval"].x) == table["mean"].tolist()
    high = np.array(marks["Mean, 95 % interval"].error_x.array) + table["mean"]
    assert high.tolist() == pytest.approx(table["high"].tolist())
    assert marks["Median"].y[0] != marks["Mean, 95 % interval"].y[0]
    assert drawn.figure.layout.xaxis.title.text == "Wage, dollars an hour"
    assert drawn.title.startswith("Wage by gender: in the means, ")
    assert "dollars an hour" in drawn.title
    assert "Mean, dollars an hour" in readable(table)


def test_many_groups_of_long_names_have_room():
    report = wages(MANY, n=40).report()
    drawn = plot_distributions(report, "prediction", features=("gender",))
    assert len(drawn.table) == 12
    assert drawn.figure.layout.height > 12 * 70
    assert max(len(line) for line in re.split("<br>", drawn.figure.layout.yaxis.ticktext[0])) <= 22


def test_gaps_are_drawn_in_the_unit(report):
    drawn = plot_rates(report, "mean_error", features=("gender",))
    assert drawn.figure.layout.xaxis.title.text == "Mean error, dollars an hour"
    assert drawn.figure.layout.xaxis.tickformat == ""


def test_what_is_not_there_is_refused():
    report = ba.audit_predictions(ba.datasets.load_berkeley()).report()
    with pytest.raises(AuditError) as error:
        plot_distributions(report, "outcome", features=("gender",))
    assert str(error.value) == 'This audit has no distribution of "outcome" by gender.'
