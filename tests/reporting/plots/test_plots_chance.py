"""Plots of how much data would settle it: axes that say rows, and marks where the rows are."""

import math

import pytest

import biasaudit as ba
from biasaudit.reporting.plots import plot_chance, plot_plan, plot_power


def ticks(plot):
    axis = plot.figure.layout.xaxis
    assert axis.type == "log"
    return dict(zip(axis.tickvals, axis.ticktext, strict=True))


def test_rows_are_written_out_and_marked_where_they_are():
    audit = ba.audit_predictions(ba.datasets.load_compas())
    plan = ba.plan_sample(audit, "selection_rate", gap=0.05)
    row = plan.iloc[0]
    curve = ba.power_curve(row["rate"], int(row["rows"]), int(row["reference_rows"]), gap=0.05, level=row["level"])
    drawn = plot_power(curve, 6150, 0.05)
    (mark,) = [note for note in drawn.figure.layout.annotations if note.text == "rows now"]
    assert mark.x == math.log10(6150)
    assert drawn.figure.layout.shapes[0].x0 == 6150
    for plot in (drawn, plot_plan(plan, 0.05)):
        assert ticks(plot)[1_000] == "1,000"
        assert all(text == f"{place:,}" for place, text in ticks(plot).items())
    assert ticks(plot_plan(plan.assign(rows=900, rows_needed=1_100), 0.05))[500] == "500"


@pytest.mark.parametrize(("seen", "sides"), [(0.15, ["left", "right"]), (0.02, ["right", "left"]), (None, ["right"])])
def test_words_beside_lines_keep_clear_of_each_other(seen, sides):
    chance = ba.simulate_equal_groups([400, 400, 20], rate=0.3)
    notes = plot_chance(chance.gaps, chance.expected, seen=seen).figure.layout.annotations
    # A note is anchored by the side that it does not stand on.
    assert [{"left": "right", "right": "left"}[note.xanchor] for note in notes] == sides
