"""Effective rows of weighted shares, against statsmodels and the laws that weights must keep."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings, strategies as st

from biasaudit import count
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test, proportion_p_value
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.effective import group_shares, rest_shares
from biasaudit.metrics.composites import available_composites
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.rates import RATES, get_rate

COLUMNS = {"sensitive_features": ["g"], "y_true": "y", "y_pred": "p"}
SELECTED = [get_rate("selection_rate")]


def people(rows=3000, seed=0):
    """Rows whose weights go with label, prediction and group."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"g": rng.choice(list("abc"), rows), "y": rng.integers(0, 2, rows)})
    frame["p"] = (rng.random(rows) < 0.3 + 0.4 * frame["y"]).astype(int)
    tilt = 1 + 3 * frame["p"] + 2 * (frame["g"] == "b") * frame["y"]
    return frame.assign(w=rng.gamma(4, 1, rows) * tilt)


def weighted(frame, rates=SELECTED, weight="w", shares_of=group_shares):
    return shares_of(count(frame, **COLUMNS, sample_weight=weight), rates)


def test_variances_are_those_of_least_squares():
    frame = people()
    table = count(frame, **COLUMNS, sample_weight="w")
    inside, outside = (shares_of(table, RATES) for shares_of in (group_shares, rest_shares))
    cell = 2 * frame["y"] + frame["p"]
    for i, rate in enumerate(RATES):
        part = frame[rate.among.mask[cell] > 0]
        x = rate.counted.mask[2 * part["y"] + part["p"]]
        dummies = pd.get_dummies(part["g"]).astype(float)
        found = sm.WLS(x, dummies, weights=part["w"]).fit(cov_type="HC0")
        variance = inside.share[i] * (1 - inside.share[i]) / inside.nobs[i]
        np.testing.assert_allclose(inside.share[i], found.params, rtol=1e-9)
        np.testing.assert_allclose(variance, found.bse**2, rtol=1e-9)
        for j, name in enumerate("abc"):
            rest = part["g"] != name
            alone = sm.WLS(x[rest], np.ones(rest.sum()), weights=part["w"][rest]).fit(cov_type="HC0")
            variance = outside.share[i, j] * (1 - outside.share[i, j]) / outside.nobs[i, j]
            assert variance == pytest.approx(alone.bse[0] ** 2, rel=1e-9)


def test_composites_are_those_of_least_squares():
    frame = people()
    table = count(frame, **COLUMNS, sample_weight="w")
    known = {row.name: row for row in available_composites(table)}
    shares = composite_shares(table, [known["balanced_accuracy"], known["prevalence_error"]])
    variance = shares.share * (1 - shares.share) / shares.nobs
    right = (frame["y"] == frame["p"]).astype(float)
    for j, name in enumerate("abc"):
        part = frame["g"] == name
        by_label = pd.get_dummies(frame["y"][part]).astype(float)
        found = sm.WLS(right[part], by_label, weights=frame["w"][part]).fit(cov_type="HC0")
        # Rows are those for which Wilson's limits hold those of both rates: no more, and hardly less.
        assert 1 - 1e-9 < variance[0, j] / ((found.bse**2).sum() / 4) < 1.1
        error = (frame["p"] - frame["y"])[part]
        found = sm.WLS(error, np.ones(part.sum()), weights=frame["w"][part]).fit(cov_type="HC0")
        assert variance[1, j] == pytest.approx(found.bse.iloc[0] ** 2 / 4, rel=1e-9)


rows_and_weights = st.tuples(st.integers(0, 2**32 - 1), st.integers(6, 200), st.floats(1e-3, 1e3))


@settings(max_examples=60)
@given(rows_and_weights)
def test_the_scale_of_weights_changes_nothing(drawn):
    seed, rows, scale = drawn
    frame = people(rows, seed)
    once, scaled = (weighted(frame.assign(w=frame["w"] * k), RATES) for k in (1, scale))
    np.testing.assert_allclose(scaled.nobs, once.nobs, rtol=1e-7)


@settings(max_examples=60)
@given(rows_and_weights)
def test_equal_weights_are_rows_to_the_last_digit(drawn):
    seed, rows, scale = drawn
    frame = people(rows, seed)
    for shares_of in (group_shares, rest_shares):
        plain = shares_of(count(frame, **COLUMNS), RATES)
        ones = weighted(frame.assign(w=1.0), RATES, shares_of=shares_of)
        np.testing.assert_array_equal(ones.nobs, plain.nobs)
        np.testing.assert_array_equal(plain.nobs, plain.denominator)
        alike = weighted(frame.assign(w=scale), RATES, shares_of=shares_of)
        np.testing.assert_allclose(alike.nobs, plain.nobs, rtol=1e-9)


def test_a_row_that_is_split_is_two_people():
    frame = people(400)
    split = pd.concat([frame, frame]).assign(w=lambda f: f["w"] / 2)
    np.testing.assert_allclose(weighted(split).share, weighted(frame).share)
    np.testing.assert_allclose(weighted(split).nobs, 2 * weighted(frame).nobs)


def sides(counted, others, weight_counted, weight_others):
    """Sums of weights and of squares where both sides carry one weight each; the last axis is groups."""
    rows, weight = np.array([counted, others], float), np.array([weight_counted, weight_others], float)
    return (rows * weight)[None], (rows * weight**2)[None]


def test_where_no_variance_is_seen_rows_are_those_of_kish():
    weights, squares = np.array([[[0.0], [30.0]]]), np.array([[[0.0], [90.0]]])
    assert linearised_rows(weights, squares).tolist() == [[10]]
    assert linearised_rows(weights[:, ::-1], squares[:, ::-1]).tolist() == [[10]]
    assert linearised_rows(0 * weights, 0 * squares).tolist() == [[0]]


def test_few_rows_promise_no_more_than_they_carry():
    for few in (2, 23, 24):
        found = float(linearised_rows(*sides([few], [1000], [100], [1])).item())
        share = few * 100 / (few * 100 + 1000)
        linearised = 1 / (share * (1 - share) * (1 / few + 1 / 1000))
        assert found == pytest.approx(few / share if few < 24 else linearised)
        # The other way round the few are those that are not counted.
        assert float(linearised_rows(*sides([1000], [few], [1], [100])).item()) == pytest.approx(found)


def test_groups_that_saw_too_little_take_the_loss_of_all():
    weights, squares = sides([0, 100, 30], [1000, 1000, 1000], [20, 20, 5], [1, 1, 1])
    found = linearised_rows(weights, squares)[0]
    alone = [float(linearised_rows(weights[..., [j]], squares[..., [j]]).item()) for j in range(3)]
    kish = weights.sum(axis=1)[0] ** 2 / squares.sum(axis=1)[0]
    loss = (alone[1] + alone[2]) / (kish[1] + kish[2])
    assert alone[0] == kish[0] == 1000
    assert found.tolist() == pytest.approx([loss * 1000, alone[1], min(alone[2], loss * kish[2])])
    # Weights that are alike within a group misjudge nothing, whatever the others'.
    weights, squares = sides([10, 100], [90, 1000], [3, 20], [3, 1])
    assert linearised_rows(weights, squares)[0, 0] == pytest.approx(100)


def drawn(groups, rows=2000, rate=0.01, heavy=20.0, tables=2000):
    """Equal groups in which those counted weigh more: shares and effective rows, a table a row."""
    x = np.random.default_rng([groups, rows]).binomial(rows, rate, (tables, groups)).astype(float)
    rows_of_sides = np.stack([x, rows - x], axis=1)
    size = np.array([heavy, 1.0])[:, None]
    weights, squares = rows_of_sides * size, rows_of_sides * size**2
    return weights[:, 0] / weights.sum(axis=1), linearised_rows(weights, squares)


def test_equal_groups_of_unequal_weights_are_not_told_apart():
    share, nobs = drawn(2)
    p = proportion_p_value(share[:, 0] * nobs[:, 0], nobs[:, 0], share[:, 1] * nobs[:, 1], nobs[:, 1])
    assert 0.015 < np.mean(p <= 0.05) < 0.05 + 2 * 0.005
    share, nobs = drawn(10)
    p = homogeneity_test(share * nobs, nobs)
    assert np.mean(p <= 0.05) < 0.05 + 2 * 0.005
    assert np.mean(p <= 0.0033) < 0.0033 + 2 * 0.0013


def test_weights_in_any_unit_leave_as_many_rows():
    weights, squares = sides([30, 100], [1000, 900], [20, 4], [1, 1])
    expected = linearised_rows(weights, squares)
    # The last makes all weights of the first group add up to 1.
    for unit in (1e-12, 1e12, 1 / weights[0, :, 0].sum()):
        np.testing.assert_allclose(linearised_rows(weights * unit, squares * unit**2), expected, rtol=1e-12)


def test_a_side_that_carries_fifty_rows_speaks_for_itself():
    weights, squares = sides([50, 100], [1000, 5000], [2, 20], [1, 1])
    alone = linearised_rows(weights[..., [0]], squares[..., [0]])
    assert linearised_rows(weights, squares)[0, 0] == alone[0, 0]
    weights, squares = sides([49, 100], [1000, 5000], [2, 20], [1, 1])
    assert linearised_rows(weights, squares)[0, 0] < linearised_rows(weights[..., [0]], squares[..., [0]])[0, 0]
