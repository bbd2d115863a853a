"""Weights, scores, dates and small integers."""

import datetime

import numpy as np
import pandas as pd
import pytest
from bad_tables import assert_refused, audit, cases, people, rate, refusal

import biasaudit as ba


@cases("13")
def test_13_bad_weights(case, tmp_path):
    assert_refused(tmp_path, case)


@pytest.mark.parametrize("weight", [-0.5, np.nan, np.inf])
def test_13_bad_weights_in_a_frame(weight):
    assert refusal(people(w=[weight, 1.0] * 30), sample_weight="w") == (
        "sample_weight is negative, NaN or infinite in 30 rows. Weights must be 0 or more, and finite."
    )


def test_13_all_weights_zero():
    assert refusal(people(w=0), sample_weight="w") == (
        "sample_weight is 0 in every row. Leave it out, or give some rows a weight."
    )


@cases("14")
def test_14_bad_scores(case, tmp_path):
    assert_refused(tmp_path, case)


@pytest.mark.parametrize("score", [np.inf, -np.inf, np.nan])
def test_14_infinite_scores_in_a_frame(score):
    assert refusal(people(s=[score, 0.5, 0.1] * 20), score="s") == (
        'score="s" is missing, NaN or infinite in 20 rows. Remove these rows or give them a score first.'
    )


def test_15_scores_outside_0_to_1():
    probabilities = {"brier", "calibration_error", "calibration_in_the_large"}
    inside, outside = audit(people(), score="s"), audit(people(s=people().s * 10 - 3), score="s")
    assert set(inside.rates()["metric"]) - set(outside.rates()["metric"]) == probabilities
    assert rate(outside, "auc", sex="F")["estimate"] == rate(inside, "auc", sex="F")["estimate"]
    with pytest.raises(ba.AuditError, match=r'^"brier" is not a metric of this audit'):
        outside.disparities("brier")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (pd.date_range("2020-01-01", periods=60), "Datetime(time_unit='us', time_zone=None)"),
        (pd.date_range("2020-01-01", periods=60, tz="UTC"), "Datetime(time_unit='us', time_zone='UTC')"),
        ([datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)] * 30, "date"),
    ],
)
def test_16_dates(values, what):
    frame = people(sex=pd.Series(values).dt.as_unit("us") if what != "date" else pd.Series(values, dtype=object))
    assert refusal(frame) == (
        f'Column "sex" holds dates or times ({what}), not groups or labels. '
        "Make a column of periods or age bands, and drop time zones first."
    )


def test_17_small_integers():
    small = people()
    big = pd.concat([small] * 50, ignore_index=True)
    expected = audit(big).rates()
    for dtype in ("int8", "uint8"):
        found = audit(big.astype({"y": dtype, "p": dtype})).rates()
        pd.testing.assert_frame_equal(found, expected)
    weighted = audit(big.assign(w=np.int8(100)), sample_weight="w").rates()
    row = weighted[(weighted["metric"] == "selection_rate") & (weighted["group"] == {})].iloc[0]
    assert (row["numerator"], row["denominator"]) == (200_000, 300_000)
