"""No pair names one group twice, and the reason of a gap without a value is true."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba

POLICY = """
name = "Wards"
[columns]
sensitive_features = ["ward"]
[[rules]]
metric = "selection_rate"
comparison = "ratio"
min = 0.8
"""


def wards(p, y=None):
    """Make 40 people in ward e, 60 in n and 100 in w."""
    ward = np.repeat(["e", "n", "w"], [40, 60, 100])
    at = np.arange(len(ward))
    return pd.DataFrame({"ward": ward, "y": at % 2 if y is None else y, "p": p(at) if callable(p) else p})


def audited(frame):
    return ba.audit_predictions(frame, sensitive_features="ward", y_true="y", y_pred="p")


def reason(audit, metric, comparison, kind):
    rows = audit.disparities(metric)
    found = rows[(rows["comparison"] == comparison) & (rows["kind"] == kind)]
    assert found["estimate"].isna().all()
    return found["reason"].iloc[0]


def test_nobody_is_selected():
    audit = audited(wards(0))
    assert reason(audit, "selection_rate", "ratio", "pair") == (
        "nobody is predicted positive in either group, so there is no ratio"
    )
    assert reason(audit, "selection_rate", "ratio", "range").startswith("nobody is predicted positive in any group")
    assert reason(audit, "selection_rate", "ratio", "to_overall").startswith(
        "nobody is predicted positive in the group or elsewhere"
    )
    assert reason(audit, "equalized_odds", "ratio", "range") == (
        "nobody whose label is positive is predicted positive in any group, so there is no ratio"
    )
    found = audit.check(ba.policy.loads(POLICY))
    assert found.outcome == "cannot tell"
    assert "smallest ratio of 3 groups: it has no value" in found.rules[0].sentence
    assert "nobody is predicted positive in any group, so there is no ratio" in found.rules[0].sentence


def test_what_can_be_negative_has_no_ratio():
    audit = audited(wards(lambda at: (at % 3 == 0).astype(int)))
    assert reason(audit, "prevalence_error", "ratio", "pair") == "prevalence error can be negative, so it has no ratio"


def test_one_group_without_a_value_is_named():
    audit = audited(wards(lambda at: (at >= 40) & (at % 4 == 0)))
    rows = audit.disparities("positive_predictive_value")
    rows = rows[(rows["kind"] == "range") & (rows["comparison"] == "difference")]
    assert rows["reason"].tolist() == ["left out: ward=e: no positive predictions"]
    assert rows["estimate"].tolist() == [0.0]


def test_where_one_group_has_a_value_all_others_are_named():
    audit = audited(wards(lambda at: (at >= 100) & (at % 4 == 0)))
    assert reason(audit, "positive_predictive_value", "difference", "range") == (
        "ward=e: no positive predictions; ward=n: no positive predictions"
    )


def test_everyone_else_without_a_value_is_named():
    frame = wards(lambda at: at % 2).assign(y=lambda f: (f["ward"] != "e").astype(int))
    rows = audited(frame).disparities("false_positive_rate")
    rows = rows[(rows["kind"] == "to_overall") & rows["group"].map(lambda group: group == {"ward": "e"})]
    assert set(rows["reason"]) == {"everyone else: no negative labels"}


@pytest.mark.parametrize("p", [0, 1, lambda at: at % 2], ids=["nobody", "everybody", "alike"])
def test_no_pair_names_one_group_twice(p):
    rows = audited(wards(p)).disparities()
    assert not [one for one, other in zip(rows["group"], rows["reference"], strict=True) if one == other]


def test_where_all_are_alike_the_other_is_the_largest():
    rows = audited(wards(1)).disparities("selection_rate")
    rows = rows[rows["kind"] == "range"]
    assert rows["group"].tolist() == [{"ward": "e"}] * 2
    assert rows["reference"].tolist() == [{"ward": "w"}] * 2
    assert rows["estimate"].tolist() == [0.0, 1.0]
