"""Planning a sample, and what chance shows."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

import biasaudit as ba
from biasaudit import AuditError


@pytest.mark.parametrize("call", [ba.audit_dataset, ba.audit_predictions])
def test_a_plan_stands_on_the_level_of_the_verdict(call):
    audit = call(ba.datasets.load_berkeley())
    metric = audit.disparities()["metric"].iloc[0]
    seen = ba.plan_sample(audit, metric, gap=0.1)["smallest_detectable"].iloc[0]
    plan = ba.plan_sample(audit, metric, gap=seen).iloc[0]
    assert plan["rows_needed"] == pytest.approx(plan["rows"], rel=0.01)


def test_the_rows_planned_show_the_gap_as_often_as_planned():
    rng = np.random.default_rng(0)
    first = pd.DataFrame({"g": np.repeat(["a", "b"], [200, 100]), "p": rng.random(300) < 0.3})
    plan = ba.plan_sample(ba.audit_predictions(first, y_pred="p", sensitive_features="g"), "selection_rate", gap=0.1)
    row = plan.iloc[0]
    n, m, base = int(row["rows_needed"]), int(row["reference_rows_needed"]), row["rate"]
    seen = 0
    for _ in range(150):
        drawn = pd.DataFrame(
            {"g": np.repeat(["b", "a"], [n, m]), "p": np.r_[rng.random(n) < base + 0.1, rng.random(m) < base]}
        )
        gaps = ba.audit_predictions(drawn, y_pred="p", sensitive_features="g").disparities("selection_rate")
        pair = gaps[(gaps["kind"] == "pair") & (gaps["comparison"] == "difference")]
        seen += pair["verdict"].item() == "shown"
    assert 0.7 <= seen / 150 <= 0.9


def test_power_is_statsmodels_for_large_groups():
    curve = ba.power_curve(0.3, 500, 500, gap=0.08)
    for row in curve.iloc[20:45:6].to_dict("records"):
        theirs = NormalIndPower().power(proportion_effectsize(0.38, 0.3), row["rows"] / 2, 0.05)
        assert row["power"] == pytest.approx(theirs, abs=0.02)


def test_more_groups_and_smaller_gaps_need_more_rows():
    audit = ba.audit_predictions(ba.datasets.load_compas())
    small, large = (ba.plan_sample(audit, "false_positive_rate", gap=gap) for gap in (0.02, 0.1))
    assert (small["rows_needed"] > large["rows_needed"]).all()
    assert small["group"].iloc[0] == {"race": "African-American"}
    pairs = audit.disparities("false_positive_rate").query("kind == 'pair' and comparison == 'difference'")
    declared = pairs[[reference == {"race": "Caucasian"} for reference in pairs["reference"]]]
    assert len(declared) < len(pairs)
    np.testing.assert_array_equal(small["smallest_detectable"], declared["smallest_detectable"])


@pytest.mark.parametrize(("sizes", "rate"), [([400, 400], 0.3), ([400] * 5 + [20], 0.3), ([50] * 12, 0.1)])
def test_chance_is_chance(sizes, rate):
    found = ba.simulate_equal_groups(sizes, rate, draws=4_000)
    assert found.gaps.mean() == pytest.approx(found.expected, abs=4 * found.gaps.std() / np.sqrt(4_000))
    assert found.shown.mean() <= 0.06
    table = found.to_frame().set_index("what")["value"]
    assert table["mean of the widest gap"] == pytest.approx(found.gaps.mean())
    assert "Nobody is treated worse here" in found.sentence()


def test_the_same_seed_draws_the_same_people():
    one, other = (ba.simulate_equal_groups([30, 40], 0.5, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(one.gaps, other.gaps)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (
            lambda: ba.simulate_equal_groups([10], 0.3),
            "sizes=[10] are no group sizes. Give 2 to 100 whole numbers from 1 on.",
        ),
        (
            lambda: ba.simulate_equal_groups([10, 0], 0.3),
            "sizes=[10, 0] are no group sizes. Give 2 to 100 whole numbers from 1 on.",
        ),
        (lambda: ba.simulate_equal_groups([10, 9], 2), "rate=2 is out of range. Give a number between 0 and 1."),
        (
            lambda: ba.simulate_equal_groups([10, 9], 0.2, draws=0),
            "draws=0 is out of range. Give a whole number from 1 to 100,000.",
        ),
        (
            lambda: ba.power_curve(0.9, 10, 10, gap=0.95),
            "A gap of 0.95 from a rate of 0.9 leads outside 0 to 1. Give a smaller gap.",
        ),
        (
            lambda: ba.plan_sample(ba.audit_predictions(ba.datasets.load_ricci()), "selection_rate", gap=0),
            "gap=0 is out of range. Give a number between 0 and 1.",
        ),
    ],
)
def test_what_is_refused(ask, sentence):
    with pytest.raises(AuditError) as caught:
        ask()
    assert str(caught.value) == sentence
