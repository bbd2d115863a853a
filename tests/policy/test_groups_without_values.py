"""A range leaves out groups without a value: a rule may fail without them, and holds only with them."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.counts.table.storage import suppress

POLICY = """
name = "Gate"
[columns]
y_true = "y"
y_pred = "p"
sensitive_features = ["g"]
[[rules]]
metric = "{metric}"
comparison = "{comparison}"
{keys}
"""
OPEN = {"difference": "max = 0.6", "ratio": "min = 0.1"}
TIGHT = {"difference": "max = 0.1", "ratio": "min = 0.8"}


def block(group, n, negatives, wrong, positives_found=None):
    """Make n people of whom so many have a negative label, and so many of these are wrongly predicted positive."""
    at = np.arange(n)
    label = (at >= negatives).astype(int)
    found = np.where(label == 1, at % 2 if positives_found is None else positives_found, at < wrong)
    return pd.DataFrame({"g": group, "y": label, "p": found.astype(int)})


def two():
    return pd.concat([block("A", 2000, 1000, 500), block("B", 2000, 1000, 200)], ignore_index=True)


def checked(frame, keys, metric="false_positive_rate", comparison="difference", **how):
    policy = ba.policy.loads(POLICY.format(metric=metric, comparison=comparison, keys=keys), source="gate.toml")
    return ba.check(frame, policy, **how)


# A third group of 2, none of whom has a negative label, and others like it.
APPENDED = {
    "no negative label": block("C", 2, 0, 0),
    "one person": block("C", 1, 0, 0),
    "many, all positive": block("C", 400, 0, 0),
    "no prediction": block("C", 300, 150, 20).assign(p=np.nan),
    "no label": block("C", 300, 150, 20).assign(y=np.nan),
    "several groups": pd.concat([block(name, 2, 0, 0) for name in "CDEFG"]),
    "a missing group": block(None, 3, 0, 0),
}


@pytest.mark.parametrize("appended", APPENDED.values(), ids=APPENDED)
@pytest.mark.parametrize("comparison", ["difference", "ratio"])
@pytest.mark.parametrize("metric", ["false_positive_rate", "equalized_odds"])
def test_what_fails_still_fails(metric, comparison, appended):
    before = checked(two(), TIGHT[comparison], metric, comparison)
    after = checked(pd.concat([two(), appended]), TIGHT[comparison], metric, comparison)
    assert (before.exit_code, after.exit_code) == (1, 1)
    assert after.rules[0].sentence == before.rules[0].sentence


@pytest.mark.parametrize("comparison", ["difference", "ratio"])
def test_what_holds_does_not_hold_for_who_has_no_value(comparison):
    assert checked(two(), OPEN[comparison], comparison=comparison).exit_code == 0
    after = checked(pd.concat([two(), APPENDED["no negative label"]]), OPEN[comparison], comparison=comparison)
    assert after.exit_code == 3
    assert "all within the limit, but g = C has no value, so nobody knows of all groups" in after.rules[0].sentence


def test_min_rows_still_asks_for_people_of_those_who_count():
    frame = pd.concat([two(), APPENDED["no negative label"]])
    assert checked(frame, "max = 0.1\nmin_rows = 1000").exit_code == 1
    assert checked(frame, "max = 0.1\nmin_rows = 1001").exit_code == 3
    assert checked(pd.concat([two(), block("C", 8, 4, 1)]), "max = 0.1\nmin_rows = 30").exit_code == 3


@pytest.mark.parametrize(
    "small",
    [block("C", 2, 0, 0), block("C", 8, 4, 4), block("C", 8, 4, 0)],
    ids=["no value", "all wrong", "none wrong"],
)
def test_a_rule_says_whom_it_is_about(small):
    frame, keys = pd.concat([two(), small]), "min_rows = 30\nignore_small = true"
    found = checked(frame, f"max = 0.1\n{keys}")
    assert found.exit_code == 1
    assert "g = C" not in found.rules[0].sentence
    assert checked(frame, f"max = 0.99\n{keys}").exit_code == 0
    assert checked(pd.concat([two(), block("C", 300, 0, 0)]), f"max = 0.99\n{keys}").exit_code == 0


def test_small_groups_alone_make_no_rule_fail():
    alike = pd.concat([block("A", 2000, 1000, 300), block("B", 2000, 1000, 300), block("C", 24, 20, 20)])
    keys = "max = 0.3\nmin_rows = 30\nignore_small = true"
    assert checked(alike, "max = 0.3").exit_code == 1
    found = checked(alike, keys)
    assert found.exit_code == 3
    assert "smaller groups than the rule is about are in it" in found.rules[0].sentence


def test_where_nobody_is_large_enough_the_rule_cannot_tell():
    keys = "min_rows = 5000\nignore_small = true"
    for kind in ("range", "pair", "to_overall"):
        found = checked(two(), f'kind = "{kind}"\nmax = 0.9\n{keys}')
        assert found.exit_code == 3, kind
    found = checked(two(), f"max = 0.9\n{keys}", comparison="rate")
    assert found.exit_code == 3


@pytest.mark.parametrize("kind", ["pair", "to_overall"])
def test_pairs_and_rates_of_small_groups_are_left_out(kind):
    frame, keys = pd.concat([two(), block("C", 24, 20, 20)]), "min_rows = 30\nignore_small = true"
    found = checked(frame, f'kind = "{kind}"\nmax = 0.1\n{keys}')
    assert {one.group["g"] for one in found.rules[0].judged} <= {"A", "B"}
    rate = checked(frame, f"max = 0.9\n{keys}", comparison="rate")
    assert {one.group["g"] for one in rate.rules[0].judged} == {"A", "B"}
    assert rate.exit_code == 0


def test_ignore_small_needs_a_number():
    with pytest.raises(ba.AuditError, match="Add min_rows, or leave it out"):
        checked(two(), "max = 0.1\nignore_small = true")


def test_all_groups_without_a_value_cannot_be_told():
    nobody = pd.concat([block("A", 200, 0, 0), block("B", 200, 0, 0)])
    found = checked(nobody, TIGHT["difference"])
    assert found.exit_code == 3
    assert "g=A: no negative labels; g=B: no negative labels" in found.rules[0].sentence


def test_weights_of_zero_leave_a_group_out():
    frame = pd.concat([two(), block("C", 300, 150, 75)]).assign(w=lambda f: (f["g"] != "C").astype(float))
    found = checked(frame, TIGHT["difference"], sample_weight="w")
    assert (found.exit_code, checked(frame, OPEN["difference"], sample_weight="w").exit_code) == (1, 3)


def test_withheld_counts_leave_a_group_out():
    frame = pd.concat([two(), block("C", 40, 20, 3)])
    table = suppress(ba.count(frame, sensitive_features=["g"], y_true="y", y_pred="p"), 10)
    audit = ba.audit_crosstab(table)
    rows = audit.disparities("false_positive_rate")
    row = rows[(rows["kind"] == "range") & (rows["comparison"] == "difference")].iloc[0]
    assert (row["estimate"], row["reason"]) == (0.3, "left out: g=C: a count was withheld to protect people")
    policy = POLICY.replace('y_true = "y"\ny_pred = "p"\n', "")
    for limit, outcome in ((0.1, "fail"), (0.9, "cannot tell")):
        text = policy.format(metric="false_positive_rate", comparison="difference", keys=f"max = {limit}")
        assert audit.check(ba.policy.loads(text)).outcome == outcome


def saved(frame, tmp_path):
    audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")
    audit.to_json(tmp_path / "then.json")
    return tmp_path / "then.json"


@pytest.mark.parametrize(
    ("then", "now", "outcome"),
    [
        ("whole", "worse", "fail"),
        ("whole", "worse, part", "fail"),
        ("part", "worse", "cannot tell"),
        ("part", "whole", "pass"),
        ("whole", "part", "cannot tell"),
        ("part", "part", "pass"),
    ],
)
def test_a_ratchet_holds_only_with_all_groups(then, now, outcome, tmp_path):
    some, whole = APPENDED["no negative label"], block("C", 4000, 2000, 700)
    large = pd.concat([two()] * 10)
    worse = pd.concat([block("A", 20_000, 10_000, 9000), block("B", 20_000, 10_000, 2000)])
    frames = {
        "whole": pd.concat([large, whole]),
        "part": pd.concat([large, some]),
        "worse": pd.concat([worse, whole]),
        "worse, part": pd.concat([worse, some]),
    }
    keys = "not_worse_than_baseline = true\nmargin = 0.1"
    assert checked(frames[now], keys, baseline=saved(frames[then], tmp_path)).outcome == outcome
