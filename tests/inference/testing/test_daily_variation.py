"""Gaps of days that vary: the evidence against its integral, the interval against its test, laws, and levels."""

import numpy as np
import pytest
from scipy import integrate, stats

from biasaudit.inference.testing.daily_variation import (
    MIN_RARER_ROWS,
    WARM_UP,
    VaryingDays,
    _log_factor,
    _log_share,
    _nearly_normal,
    varying_change,
    varying_days,
    varying_gap,
)
from biasaudit.inference.testing.sequences import normal_mixture

DAYS = 120


def drawn(rng, runs, deviation=0.0, rows=(200, 100), rate=0.4, change=0.0, days=DAYS):
    moved = rate + change * (np.arange(days) >= days // 2)
    shape = (runs, days)
    parts = []
    for n, mean in zip(rows, (moved, np.full(days, rate)), strict=True):
        now = np.clip(rng.normal(mean, deviation, shape) if deviation else np.broadcast_to(mean, shape), 0, 1)
        parts += [rng.binomial(n, now) / n, np.full(shape, n)]
    return parts


def from_zero(values):
    return np.concatenate([[0.0], np.cumsum(values)])


def alarms(parts):
    return varying_change(varying_days(*parts))[0] >= np.log(20)


def test_the_factor_is_a_ratio_of_integrals_over_what_is_not_known():
    rng = np.random.default_rng(0)
    # Days that vary far more than their weights say: Haar's prior decides, not what past days said.
    d, a, prior, k = rng.normal(0.9, 0.45, 6), rng.uniform(200, 900, 6), 300.0, 2
    d[k:] += 2
    sums = [from_zero(part) for part in (a, a * d, a * d**2)]
    found = _log_factor(sums, np.array([k]), 6, np.array([6.0]), np.array([prior]))[0]

    centre, width = np.average(d, weights=a), 12 * d.std()
    grid = np.geomspace(1, 400, 160)
    means, changes = np.linspace(centre - width, centre + width, 161), np.linspace(-8, 8, 161)
    step = np.arange(6) >= k

    def density(mean, change, scale):
        parts = np.exp(-a * (d - mean - change * step) ** 2 / (2 * scale**2))
        return np.prod(np.sqrt(a / (2 * np.pi)) / scale * parts, axis=-1)

    def with_change(scale):
        parts = density(means[:, None, None], (changes * scale / np.sqrt(prior))[:, None], scale)
        return np.trapezoid(np.trapezoid(parts * stats.norm.pdf(changes), changes, axis=1), means)

    one = np.array([np.trapezoid(density(means[:, None], 0.0, scale), means) for scale in grid])
    two = np.array([with_change(scale) for scale in grid])
    expected = np.log(np.trapezoid(two / grid, grid)) - np.log(np.trapezoid(one / grid, grid))
    assert found == pytest.approx(expected, abs=0.01)


def test_the_interval_is_where_its_test_reaches_one_over_alpha():
    rng = np.random.default_rng(1)
    days = varying_days(*drawn(rng, 1, deviation=0.2, days=40))
    _, low, high = varying_gap(days, alpha=0.05)
    d, a, end = days.gap[0], days.weight[0], high[0, -1]
    prior = float(days.expected[0, 0])
    assert -1 < low[0, -1] < high[0, -1] < 1

    # Unknown factor of the variance (prior 1 / s), mean end + change against end, change normal with s² / prior.
    def marginal(with_change):
        precision = a.sum() + prior
        first, square = (a * (d - end)).sum(), (a * (d - end) ** 2).sum()
        rest = square - first**2 / precision if with_change else square
        scale = np.sqrt(prior / precision) if with_change else 1.0
        shape = len(d) / 2
        value, _ = integrate.quad(lambda u: u ** (shape - 1) * np.exp(-u * rest / square), 0, np.inf)
        return scale * value

    assert marginal(True) / marginal(False) == pytest.approx(20, rel=1e-5)


def test_the_variance_between_days_is_the_one_that_was_drawn():
    rng = np.random.default_rng(2)
    for deviation in (0.0, 0.02, 0.05):
        share1, n1, share2, n2 = drawn(rng, 300, deviation=deviation)
        weight = varying_days(share1, n1, share2, n2).weight[:, -1]
        truth = 2 * deviation**2 + 0.24 * (1 / 200 + 1 / 100)
        assert np.median(1 / weight) == pytest.approx(truth, rel=0.05)


def test_only_past_days_weigh_a_day():
    parts = drawn(np.random.default_rng(3), 1, deviation=0.05, days=40)
    whole = varying_days(*parts)
    evidence, since = varying_change(whole)
    limits = varying_gap(whole, alpha=0.05)
    for last in range(WARM_UP, 41):
        now = varying_days(*(part[:, :last] for part in parts))
        assert np.array_equal(now.weight, whole.weight[:, :last])
        assert np.allclose(varying_change(now)[0], evidence[:, :last])
        assert np.array_equal(varying_change(now)[1], since[:, :last])
        for one, other in zip(varying_gap(now, alpha=0.05), limits, strict=True):
            assert np.allclose(one, other[:, :last], equal_nan=True)


def test_a_day_without_a_group_changes_nothing():
    parts = [part[0] for part in drawn(np.random.default_rng(4), 1, deviation=0.05, change=0.3, days=60)]
    kept = np.ones(60, dtype=bool)
    kept[[0, 3, 30, 31, 50]] = False
    gone = [np.where(kept, parts[0], np.nan), np.where(kept, parts[1], 0), parts[2], parts[3]]
    with_it, without = varying_days(*gone), varying_days(*(part[kept] for part in parts))
    assert np.allclose(with_it.weight[kept], without.weight)
    for one, other in zip((*with_it.nobs, *with_it.rarer), (*without.nobs, *without.rarer), strict=True):
        np.testing.assert_allclose(one[kept], other, rtol=1e-12)
    assert not np.any([part[~kept] for part in (*with_it.nobs, with_it.weight)])
    assert np.allclose(varying_change(with_it)[0][kept], varying_change(without)[0])
    assert varying_change(with_it)[0].max() > np.log(20)
    for one, other in zip(varying_gap(with_it, alpha=0.05), varying_gap(without, alpha=0.05), strict=True):
        assert np.allclose(one[kept], other, equal_nan=True)


def test_series_of_unlike_length_are_told_each_by_itself():
    parts = list(drawn(np.random.default_rng(9), 4, deviation=0.05, days=20))
    parts[1] = parts[1].astype(float)
    # The second has ten days that are known, the third one; the last is warm later.
    parts[1][1, ::2] = parts[1][2, 1:] = parts[1][3, :3] = 0.0
    together = varying_days(*parts)
    for i in range(4):
        alone = varying_days(*(part[i] for part in parts))
        np.testing.assert_array_equal(together.weight[i], alone.weight)
        for one, other in zip(varying_change(together), varying_change(alone), strict=True):
            np.testing.assert_array_equal(one[i], other)
    assert together.known[:, -1].tolist() == [20, 10, 1, 17]
    # All days of a series that is too short tell how much each of them varies, here by rows that are as many.
    short = varying_days(*(part[1, 1::2] for part in parts))
    np.testing.assert_allclose(together.weight[1, 1::2], short.weight)


def test_nothing_is_said_before_the_warm_up_is_over():
    days = varying_days(*drawn(np.random.default_rng(5), 20, change=0.5, days=WARM_UP + 10))
    evidence, since = varying_change(days)
    assert (evidence[:, : WARM_UP - 1] == -np.inf).all()
    assert (since[:, : WARM_UP - 1] == 0).all()
    assert np.isfinite(evidence[:, -1]).all()
    estimate, low, high = varying_gap(days, alpha=0.05)
    for part in (estimate, low, high):
        assert np.array_equal(np.isnan(part), np.broadcast_to(np.arange(WARM_UP + 10) < WARM_UP - 1, part.shape))


def test_rare_rows_wait_until_both_sides_hold_some():
    share2 = np.zeros(60)
    share2[-1] = 0.1
    days = varying_days(np.zeros(60), np.full(60, 50), share2, np.full(60, 50))
    # One day with five positives after two months with none: two expected rows of the rarer outcome on the short side.
    assert days.rarer[1][-1] * 50 * 30 < MIN_RARER_ROWS
    assert varying_change(days)[0][-1] == -np.inf


def test_a_sum_of_days_is_nearly_normal_where_the_longer_side_gives_it_little_excess_kurtosis():
    rng = np.random.default_rng(7)
    gap = rng.standard_t(3, 60) / 20
    weight, change = np.full(60, 400.0), np.arange(1, 60)
    sums, powers = ([from_zero(weight**square * gap**p) for p in range(5)] for square in (1, 2))
    found = _nearly_normal(from_zero(np.ones(60)), sums[:3], powers, change, 60)
    sides = [(min(k, 60 - k), gap[:k] if k >= 30 else gap[k:]) for k in change]
    assert found.tolist() == [bool(stats.kurtosis(longer) / few <= 0.25) for few, longer in sides]
    assert not found.all()


def test_skewed_days_wait_and_even_ones_do_not():
    half = np.full(80, 0.5)
    many = half * 1e4
    even = np.append(0.05 * np.tile([1.0, -1.0], 40)[:79], 0.9)
    skewed = np.where(np.arange(80) % 40 == 20, 0.3, even / 10)
    skewed[-1] = 0.9
    told = [varying_change(VaryingDays(gap, half * 800, (many, many), (half, half)))[0][-1] for gap in (even, skewed)]
    assert told[0] > np.log(20) > told[1]


def test_days_that_vary_by_less_than_their_rows_say_do_not_make_it_surer():
    gap = np.where(np.arange(60) < 50, 0.0, 0.05) + np.tile([1e-4, -1e-4], 30)
    half = np.full(60, 0.5)
    days = VaryingDays(gap, half * 800, (half * 1e4, half * 1e4), (half, half))
    # Ten days that lie one standard deviation of a day off: a change of three standard errors.
    evidence, _ = varying_change(days)
    assert evidence[-1] < np.log(20)
    estimate, low, high = varying_gap(days, alpha=0.05)
    # One over the root of 400 is a day's standard deviation, and that of the change that is expected.
    half_width = normal_mixture(np.arange(14, 61), alpha=0.05, rho=1.0) / np.arange(14, 61) / 20
    assert np.allclose((high - low)[13:] / 2, half_width)
    assert np.allclose((high + low)[13:] / 2, estimate[13:])


def test_a_day_does_not_weigh_itself():
    parts = [part[0] for part in drawn(np.random.default_rng(8), 1, deviation=0.05, days=40)]
    other = [parts[0].copy(), *parts[1:]]
    other[0][30] = 1.0
    one, two = (varying_days(*each).weight for each in (parts, other))
    assert np.array_equal(one[:31], two[:31])
    assert (one[31:] > two[31:]).all()


def test_shares_of_the_days_of_change_sum_to_one():
    days = np.arange(1.0, 365 * 400 + 1)
    assert np.exp(-_log_share(days)).sum() == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("deviation", [0.0, 0.02, 0.05])
def test_days_that_vary_raise_no_alarm_and_a_change_does(deviation):
    rng = np.random.default_rng(6)
    assert alarms(drawn(rng, 300, deviation)).any(axis=1).mean() <= 0.05
    _, low, high = varying_gap(varying_days(*drawn(rng, 300, deviation)), alpha=0.05)
    assert ((low > 0) | (high < 0)).any(axis=1).mean() <= 0.05
    changed = alarms(drawn(rng, 60, deviation, change=0.2))
    assert changed[:, : DAYS // 2].any(axis=1).mean() <= 0.05
    assert changed.any(axis=1).mean() >= 0.95
