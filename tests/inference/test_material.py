"""Two rates differ by so much that it matters where their difference or their ratio is past its tolerance."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.inference.verdicts import Verdict, is_material, past_tolerance, rank, verdicts


@pytest.mark.parametrize(
    ("one", "other", "matters"),
    [
        (0.01, 0.04, True),
        (0.0967, 0.0642, True),
        (0.50, 0.52, False),
        (0.50, 0.56, True),
        (0.96, 0.99, False),
        (0.0, 0.001, True),
        (0.3, 0.3, False),
    ],
)
def test_either_is_enough(one, other, matters):
    ratio = one / other if other else np.nan
    assert is_material([one - other], [ratio]).tolist() == [matters]
    assert is_material([other - one], [1 / ratio if ratio else np.inf]).tolist() == [matters]


def test_what_has_one_of_the_two_is_judged_by_that():
    assert is_material([0.2, 0.01, np.nan, np.nan], [np.nan, np.nan, 0.5, np.nan]).tolist() == [True, False, True, None]
    assert is_material([3.0, 30.0], small=[5.0, 5.0]).tolist() == [False, True]
    assert past_tolerance([np.nan, 0.2, -0.2, 0.05], "difference").tolist() == [False, True, True, False]


def rare(n=4000):
    """1 and 4 % of two groups are refused."""
    at = np.arange(n)
    share = np.where(at % 2, 0.04, 0.01)
    return pd.DataFrame({"g": np.where(at % 2, "b", "a"), "p": ((at // 2) / (n // 2) < share).astype(int)})


def test_one_and_four_per_cent_matter_in_every_row():
    audit = ba.audit_predictions(rare(), sensitive_features="g", y_pred="p")
    rows = audit.disparities("selection_rate")
    assert rows["material"].tolist() == [True] * len(rows)
    assert {*rows["comparison"]} == {"difference", "ratio"}
    assert not [one.sentence for one in audit.findings() if "too small" in one.sentence]


def test_missing_values_matter_by_ratio():
    frame = rare().assign(x=lambda f: np.where(f["p"] == 1, np.nan, 1.0), y=lambda f: np.arange(len(f)) // 2 % 2)
    audit = ba.audit_dataset(frame[["g", "x", "y"]], label="y", sensitive_features="g")
    told = [one for one in audit.findings() if one.metric == "missing"]
    assert [(one.verdict, one.material) for one in told] == [("shown", True)]


def test_the_resume_audit_matters():
    rows = ba.audit_dataset(ba.datasets.load_resume_audit()).disparities("base_rate")
    rows = rows[(rows["sensitive_features"].map(len) == 1) & rows["group"].map(lambda one: "ethnicity" in one)]
    rows = rows[rows["kind"].isin(["range", "pair"])]
    assert rows["material"].tolist() == [True] * 4


def test_what_is_shown_comes_first_and_what_is_no_verdict_last():
    assert [rank(word) for word in ("shown", "cannot tell", "not shown", "none")] == [0, 1, 2, 3]
    assert sorted(["x", *reversed(Verdict)], key=rank) == [*Verdict, "x"]


@pytest.mark.parametrize(
    ("comparison", "none", "least", "most"), [("difference", 0.0, -0.05, 0.05), ("ratio", 1.0, 0.8, 1.25)]
)
def test_limits_are_judged_to_the_last_digit(comparison, none, least, most):
    def verdict(low, high, p=1.0, **more):
        return verdicts([low], [high], [p], comparison, alpha=0.05, **more).item()

    up, down = np.inf, -np.inf
    assert verdict(none, most, p=0.0) == "not shown"
    assert verdict(np.nextafter(none, up), 9, p=0.05) == "shown"
    assert verdict(-9, np.nextafter(none, down), p=0.05) == "shown"
    assert verdict(np.nextafter(none, up), 9, p=np.nextafter(0.05, 1)) == "cannot tell"
    assert verdict(least, most) == "not shown"
    assert verdict(np.nextafter(least, down), most) == "cannot tell"
    assert verdict(least, np.nextafter(most, up)) == "cannot tell"
    assert verdict(np.nan, np.nan, p=np.nan) == "cannot tell"
    # Joint limits or the interval itself, whichever reach further.
    assert verdict(least, most, joint=([none], [none])) == "not shown"
    assert verdict(-9, none, joint=([none], [none])) == "cannot tell"
    assert past_tolerance([least, most], comparison).tolist() == [False, False]
    assert past_tolerance([np.nextafter(least, down), np.nextafter(most, up)], comparison).tolist() == [True, True]


def test_what_is_small_is_said_in_the_unit_of_the_gap():
    for small, said in ((3.0, "not shown"), (1.0, "cannot tell")):
        assert verdicts([-2.0], [2.0], [1.0], "difference", alpha=0.05, small=[small]).item() == said
    assert verdicts([0.9], [1.1], [1.0], "ratio", alpha=0.05, small=[1e-9]).item() == "not shown"
