"""Correlation is not causation: one gap, two worlds, and what a swap of the sex alone sees of either."""

import pytest

import biasaudit as ba
from biasaudit.datasets.generated.hiring import make_hiring
from biasaudit.scenarios.limits import _causation as causation
from biasaudit.scenarios.limits._causation import same_gap


def planted(**dials):
    table = make_hiring(10, **dials).truth.planted
    row = table[(table["dial"] == "all") & (table["quantity"] == "label_difference")]
    return float(row["value"].iloc[0])


@pytest.mark.parametrize("marked_down", [0.1, 0.3, 0.6])
def test_both_worlds_plant_the_same_gap(marked_down):
    history = same_gap(marked_down)
    assert 0 < history < 1
    assert planted(historical_bias=history) == pytest.approx(planted(label_bias=marked_down), abs=5e-4)


def test_nothing_planted_in_one_is_nothing_planted_in_the_other():
    assert same_gap(0.0) == 0


@pytest.fixture(scope="module")
def run():
    patch = pytest.MonkeyPatch()
    patch.setattr(causation, "SEEDS", 4)
    made = ba.scenarios.get("causation").run(n=3_000)
    made.outcomes  # noqa: B018
    yield made
    patch.undo()


def first_number(cell):
    return float(cell.split(" ")[0].replace("−", "-"))


def test_a_swap_sees_one_cause_and_not_the_other(run):
    rows = {row["world"]: row for row in run.outcomes.tables[0].rows}
    seen = {world: {key: first_number(row[key]) for key in causation.MEASURES} for world, row in rows.items()}
    kept, marked = seen["Women kept from experience"], seen["Women marked down"]
    assert kept["observed"] == pytest.approx(marked["observed"], abs=2.5)
    assert kept["observed"] > 8
    assert abs(kept["swapped"]) < 2 < 8 < marked["swapped"]
    for world in (kept, marked):
        assert world["counterfactual"] == pytest.approx(world["observed"], abs=2)
    assert max(abs(value) for value in seen["No bias"].values()) < 3


def test_leaving_out_the_sex_mends_one_world_alone(run):
    frame = run.outcomes.to_frame()
    share = {(row["way"], row["group"]): row["estimate"] for row in frame.to_dict("records")}
    gap = {way: share[way, "men"] - share[way, "women"] for way in dict.fromkeys(frame["way"])}
    assert gap["Kept from it, sex left out"] > 0.1
    assert abs(gap["Marked down, sex left out"]) < 0.03
    assert gap["Women marked down"] > 0.1
    (cured,) = run.outcomes.cured()
    assert cured.verdict != "shown"
