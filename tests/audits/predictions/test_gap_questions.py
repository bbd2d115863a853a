"""Primary questions first, then which groups: what an audit asks and how it judges it together."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.predictions._gap_questions import SECONDARY
from biasaudit.audits.predictions.disparity_table import level_of
from biasaudit.inference.testing.gatekeeping import joint_p, single_level

PRIMARY = ("selection_rate", "false_positive_rate", "false_negative_rate", "positive_predictive_value")
LABELS = {"y_true": "y", "y_pred": "p"}


def people(rows=4_000, features=1, seed=0, gap=0.0, levels=4):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"f{i}": rng.integers(0, levels, rows).astype(str) for i in range(features)})
    frame["y"] = rng.integers(0, 2, rows)
    frame["p"] = (rng.random(rows) < 0.3 + 0.3 * frame["y"] + gap * (frame["f0"] == "0")).astype(int)
    return frame


def gaps(frame, **more):
    features = [name for name in frame if name.startswith("f")]
    found = ba.audit_predictions(frame, sensitive_features=features, **(LABELS | more)).disparities()
    return found[found["comparison"] == "difference"]


def ranges(found):
    return found[found["kind"] == "range"].set_index("metric")


def test_primary_questions_have_nearly_all_of_the_level():
    found = ranges(gaps(people(gap=0.02)))
    first = found.loc[list(PRIMARY)].sort_values("p_value")
    # The most certain of four: nothing was passed on to it.
    assert first["p_adjusted"].iloc[0] == pytest.approx(min(1, 4 * first["p_value"].iloc[0] / (1 - SECONDARY)))
    # Base rate, negative predictive value, accuracy, F1, errors per error, balanced accuracy, prevalence error.
    others = found.drop(index=[*PRIMARY, "equalized_odds"])
    asked = others["p_value"].round(12).nunique()
    left = others[~others.index.isin(["true_positive_rate", "true_negative_rate", "false_discovery_rate"])]
    smallest = left.sort_values("p_value").iloc[0]
    assert smallest["p_adjusted"] == pytest.approx(min(1, 7 * smallest["p_value"] / SECONDARY))
    assert asked == 7 + 3


def test_complements_are_one_question():
    found = ranges(gaps(people(gap=0.05)))["p_adjusted"]
    for one, other in (
        ("true_positive_rate", "false_negative_rate"),
        ("false_discovery_rate", "positive_predictive_value"),
    ):
        assert found[one] == found[other]
    assert found["equalized_odds"] == found[["true_positive_rate", "false_positive_rate"]].min()


def test_no_pair_is_shown_before_all_groups_are_seen_to_differ():
    for seed in range(6):
        found = gaps(people(rows=900, seed=seed, gap=0.12))
        whole = ranges(found)["p_adjusted"]
        inside = found[found["kind"] != "range"]
        for row in inside.itertuples():
            if not np.isnan(row.p_value):
                assert row.p_adjusted >= whole[row.metric] - 1e-12
                assert row.p_adjusted >= min(joint_p(row.p_value, 4), 1) - 1e-9


def test_verdicts_stand_on_the_limits_that_hold_together():
    found = pd.concat([gaps(people(seed=seed, gap=gap)) for seed, gap in ((1, 0.0), (2, 0.1), (3, 0.3))])
    known = found[found["estimate"].notna()]
    assert (known["low_adjusted"] <= known["low"] + 1e-9).all()
    assert (known["high_adjusted"] >= known["high"] - 1e-9).all()
    shown = known[known["verdict"] == "shown"]
    assert (shown["p_adjusted"] <= 0.05).all()
    assert ((shown["low_adjusted"] > 0) | (shown["high_adjusted"] < 0)).all()
    small = known[(known["verdict"] == "not shown") & ~known["metric"].isin(["treatment_equality"])]
    assert len(small)
    assert ((small["low_adjusted"] >= -0.05) & (small["high_adjusted"] <= 0.05)).all()
    within = (known["low"] >= -0.05) & (known["high"] <= 0.05) & (known["verdict"] == "cannot tell")
    assert within.any(), "somewhere a gap's own interval says more than all of them together allow"


def test_two_groups_are_one_comparison():
    found = gaps(people(levels=2, gap=0.05))
    row = found[found["metric"] == "selection_rate"]
    assert np.ptp(row["p_adjusted"]) < 1e-12


def test_the_splits_are_single_features_pairs_of_them_and_what_is_filled():
    def splits(**more):
        found = gaps(people(**more))
        return list(dict.fromkeys(found["sensitive_features"]))

    assert splits(features=2) == [("f0",), ("f1",), ("f0", "f1")]
    names = ("f0", "f1", "f2")
    assert splits(features=3) == [*((n,) for n in names), *combinations(names, 2), names]
    # 4^5 groups of 4,000 people are filled to 98 %, of 400 to 32 %.
    names = tuple(f"f{i}" for i in range(5))
    assert splits(features=5)[-1] == names
    assert splits(features=5, rows=400) == [*((n,) for n in names), *combinations(names, 2)]


def test_what_could_have_been_seen_is_seen_at_the_level_of_its_comparison():
    frame = people(rows=6_000)
    audit = ba.audit_predictions(frame, sensitive_features="f0", **LABELS)
    level = level_of(audit._splits, 0.95, "selection_rate")[("f0",)]
    assert level == pytest.approx(float(single_level(0.05 * (1 - SECONDARY) / 4, 4)))
    plan = ba.plan_sample(audit, "selection_rate", gap=0.05)
    assert plan["level"].tolist() == [level] * 3
    rows = gaps(frame)
    pairs = rows[(rows["metric"] == "selection_rate") & (rows["kind"] == "pair")]
    whole = ranges(rows).loc["selection_rate"]
    sizes = frame["f0"].value_counts()
    largest = set(sizes.index[:2])
    assert whole["smallest_detectable"] <= pairs["smallest_detectable"].max() * 1.2
    assert len(largest) == 2


def test_a_plan_has_the_level_that_control_features_leave():
    frame = people(rows=2_000).assign(d=lambda f: np.arange(len(f)) % 2 == 0)
    plain, controlled = (
        ba.audit_predictions(frame, sensitive_features="f0", control_features=names, **LABELS) for names in (None, "d")
    )
    levels = [ba.plan_sample(audit, "selection_rate", gap=0.1)["level"].iloc[0] for audit in (plain, controlled)]
    assert levels[1] == pytest.approx(float(single_level(0.025 * (1 - SECONDARY) / 4, 4)))
    assert levels[1] < levels[0]


def test_a_checkerboard_is_found_by_its_crossing():
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, (3_000, 3))
    frame = pd.DataFrame({f"f{i}": x[:, i].astype(str) for i in range(3)})
    frame["p"] = (rng.random(3_000) < np.where(x[:, 0] == x[:, 1], 0.36, 0.24)).astype(int)
    found = gaps(frame, y_true=None)
    shown = found[(found["verdict"] == "shown") & (found["kind"] == "range")]["sensitive_features"].tolist()
    assert ("f0", "f1") in shown
    assert not {("f0",), ("f1",), ("f2",), ("f0", "f2"), ("f1", "f2")} & set(shown)
