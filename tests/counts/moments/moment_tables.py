"""A small table of numbers, and what it takes to compare two tables of moments."""

import numpy as np
import polars as pl

import biasaudit as ba
from biasaudit.counts.moments._merging import about_pivots

ROWS = 400
ARRAYS = ("codes", "rows", "left_out", "cluster", "stratum", "suppressed")
COLUMNS = {"sensitive_features": ["g", "h"], "y_true": "y", "y_pred": "p"}
EVERYTHING = COLUMNS | {"sample_weight": "w", "count": "c", "cluster": "k"}


def people():
    """Outcomes of a billion with a deviation of 1, predictions off by about 1, and holes in both."""
    rng = np.random.default_rng(5)
    y = 1e9 + rng.normal(size=ROWS)
    p = y + 0.3 + np.round(rng.normal(size=ROWS), 1)
    frame = pl.DataFrame(
        {
            "g": [None if i % 7 == 0 else "ab"[i % 2] for i in range(ROWS)],
            "h": rng.choice(["x", "y"], ROWS),
            "y": [None if i % 17 == 0 else value for i, value in enumerate(y.tolist())],
            "p": [float("nan") if i % 23 == 0 else value for i, value in enumerate(p.tolist())],
            "w": rng.integers(0, 5, ROWS) / 2,
            "c": rng.integers(0, 3, ROWS),
            "k": rng.integers(0, 20, ROWS),
        }
    )
    return frame.with_columns(grade=pl.Series(rng.integers(0, 20, ROWS)))


def numbers(frame, **asked):
    return ba.count(frame, outcome_type="number", **asked)


def same(left, right, rtol=1e-12):
    """Hold two tables against each other, whatever their pivots."""
    right = about_pivots(right, left.pivots)
    for name in ("features", "levels", "variables", "cluster_names", "strata"):
        assert getattr(left, name) == getattr(right, name)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)
    for name in ("sums", "squared_sums", "products", "weight", "weight_squared"):
        one, other = getattr(left, name), getattr(right, name)
        assert (one is None) == (other is None), name
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * max(np.abs(one).max(initial=0), 1e-300))
    same_bins(left, right)


def same_bins(left, right):
    assert [*left.histograms] == [*right.histograms]
    for role, one in left.histograms.items():
        other = right.histograms[role]
        assert one.exact == other.exact
        for name in ("group", "bin", "low", "high", "rows"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=f"{role} {name}")
        np.testing.assert_allclose(one.weight, other.weight, rtol=1e-12)
        assert (one.outcome is None) == (other.outcome is None)
        if one.outcome is not None:
            np.testing.assert_allclose(one.outcome, other.outcome, rtol=1e-12)
