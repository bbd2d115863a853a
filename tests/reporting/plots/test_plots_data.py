"""Plots of audits of data: what they draw is in their table, what they say is in both, and names stay text."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.reporting.plots import (
    plot_along,
    plot_columns,
    plot_equal_features,
    plot_missing_values,
    plot_proxies,
    plot_shares,
    plot_where,
    plot_within,
    plot_wrong_labels,
)

HOSTILE = "<b>x</b><img src=http://elsewhere.example/a>"


@pytest.fixture(scope="module")
def compas():
    return ba.audit_dataset(ba.datasets.load_compas())


@pytest.fixture(scope="module")
def hostile():
    """Data whose names are all hostile, with a gap, a missing value and a stretch."""
    random = np.random.default_rng(0)
    n = 600
    group = np.where(random.random(n) < 0.5, HOSTILE, "other")
    label = (random.random(n) < np.where(group == HOSTILE, 0.3, 0.7)).astype(int)
    batch = np.repeat(np.arange(12), n // 12)
    label[batch == 11] = 1
    column = np.where(random.random(n) < 0.2, None, np.where(label == 1, HOSTILE, "b"))
    frame = pd.DataFrame({f"{HOSTILE}g": group, "y": label, f"{HOSTILE}c": column, "batch": batch})
    return ba.audit_dataset(frame, label="y", sensitive_features=f"{HOSTILE}g")


def drawn(audit):
    """Every plot that the audit has."""
    feature = audit.table.features[0]
    yield plot_shares(audit.part("representation"), (feature,))
    yield plot_equal_features(audit.part("equal_features"), audit.disparities(), feature)
    yield plot_missing_values(audit.missing_values(), feature)
    yield plot_proxies(audit.part("proxies"))
    yield plot_columns(audit.part("proxies"), audit.part("proxies")["group"][0])
    yield plot_wrong_labels(audit.part("label_errors"))
    for column in audit.columns("reversals"):
        pair = audit.part("reversals").iloc[0]
        for plot in (plot_within, plot_where):
            yield plot(audit.within(column), pair["group"], pair["reference"], column=column, label=audit.label)
    for column in audit.columns("artefacts"):
        yield plot_along(audit.along(column), column=column, label=audit.label)


def test_names_are_never_markup(hostile):
    for plot in drawn(hostile):
        written = plot.figure.to_json()
        assert "\\u003cimg" not in written
        assert "<img" not in written
        assert "<b>x" not in written


def test_every_plot_has_a_sentence_a_table_and_units(compas):
    for plot in drawn(compas):
        assert plot.title
        assert len(plot.to_frame())
        assert plot.figure.layout.xaxis.title.text
        assert "nan" not in plot.title


def test_dots_are_the_numbers_of_the_table(compas):
    plot = plot_shares(compas.part("representation"), ("race",))
    (dots,) = plot.figure.data
    assert list(dots.x) == plot.table["share"].tolist()
    np.testing.assert_allclose(np.add(dots.x, dots.error_x.array), plot.table["share_high"])
    np.testing.assert_allclose(np.subtract(dots.x, dots.error_x.arrayminus), plot.table["share_low"])


def test_a_population_is_drawn_beside_the_data(compas):
    held = compas.with_population({"sex": {"Female": 0.509, "Male": 0.491}})
    plot = plot_shares(held.part("representation"), ("sex",))
    assert [trace.name for trace in plot.figure.data] == ["in the data", "in the population"]
    assert plot.title == "Too few of Female: 19.3 % of the data, 50.9 % of the population"
    assert plot.figure.data[1].marker.symbol.endswith("-open")


def test_the_stretch_is_marked_along_the_days(compas):
    plot = plot_along(compas.along("compas_screening_date"), column="compas_screening_date", label="two_year_recid")
    (mark,) = plot.figure.layout.shapes
    assert (mark.x0, mark.x1) == (15.5, 24.5)
    assert plot.table["in_stretch"].sum() == 9


def test_series_differ_by_more_than_colour(compas):
    plot = plot_equal_features(compas.part("equal_features"), compas.disparities(), "race")
    assert len({trace.marker.symbol for trace in plot.figure.data}) == 2
    assert plot.title.startswith("African-American against Caucasian: a gap of 12.1 points in total, of 0.1 points")


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda a: plot_missing_values(a.missing_values().iloc[:0], "race"), "No value is missing by race."),
        (
            lambda a: plot_shares(a.part("representation"), ("shoe size",)),
            "This audit holds no groups by shoe size.",
        ),
        (
            lambda a: plot_wrong_labels(a.part("label_errors").iloc[:0]),
            "No gap between two groups is beyond chance: no label need be wrong.",
        ),
        (
            lambda a: plot_proxies(a.part("proxies").iloc[:0]),
            "There are no columns to rebuild the groups from.",
        ),
        (lambda a: plot_columns(a.part("proxies"), {"race": "X"}), "race = X was not rebuilt from other columns."),
        (
            lambda a: plot_within(a.within("age"), {"race": "X"}, {"race": "Asian"}, column="age", label="y"),
            "X and Asian were not compared within age.",
        ),
        (
            lambda a: plot_equal_features(a.part("equal_features"), a.disparities(), "shoe size"),
            "By shoe size, no column tells enough of the label to compare like with like.",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(compas, draw, said):
    with pytest.raises(ba.AuditError) as error:
        draw(compas)
    assert str(error.value) == said
