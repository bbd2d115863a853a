"""Confidence sequences: the boundary against its equation, laws, and levels under looks on every day."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import integrate, stats

from biasaudit.errors import AuditError
from biasaudit.inference.testing.sequences import (
    RHO,
    change_evidence,
    daily_gap,
    gap_sequence,
    normal_mixture,
)

DAYS = 120


def drawn(rng, runs, rates1, rates2, rows=(60, 30)):
    shape = (runs, len(rates1))
    share1 = rng.binomial(rows[0], rates1, shape) / rows[0]
    share2 = rng.binomial(rows[1], rates2, shape) / rows[1]
    return daily_gap(share1, np.full(shape, rows[0]), share2, np.full(shape, rows[1]))


@given(st.floats(0.1, 1e4), st.floats(0.1, 100), st.floats(0.001, 0.5))
def test_the_boundary_is_where_the_mixture_reaches_one_over_alpha(variance, rho, alpha):
    at = float(normal_mixture(variance, alpha=alpha, rho=rho))
    prior = stats.norm(0, rho**-0.5)
    # The mixture is a normal density times exp(λs − λ²v/2): its peak and width are known, so that the sum is exact.
    peak, width = at / (variance + rho), (variance + rho) ** -0.5
    mixed, _ = integrate.quad(
        lambda x: prior.pdf(x) * np.exp(x * at - x**2 * variance / 2), peak - 12 * width, peak + 12 * width
    )
    assert mixed == pytest.approx(1 / alpha, rel=1e-6)


def test_published_figure_of_the_boundary():
    # Howard et al. (2021), equation 14 at v = 0: rho times log(1 / alpha²) under the root.
    assert normal_mixture(0, alpha=0.05, rho=4) == pytest.approx(np.sqrt(4 * 2 * np.log(20)))


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 2])
def test_alpha_out_of_range(alpha):
    with pytest.raises(AuditError) as error:
        normal_mixture([1.0], alpha=alpha)
    assert str(error.value) == f"alpha={alpha!r} is not between 0 and 1. Use 0.05 for one false alarm in twenty."


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_who_is_first_only_turns_the_sign(days):
    k1, m1, k2, m2 = np.array(days).T
    n1, n2 = k1 + m1, k2 + m2
    with np.errstate(invalid="ignore"):
        p1, p2 = k1 / n1, k2 / n2
    gap, weight = daily_gap(p1, n1, p2, n2)
    back, same = daily_gap(p2, n2, p1, n1)
    assert np.array_equal(gap, -back)
    assert np.array_equal(weight, same)
    estimate, low, high = gap_sequence(gap, weight, alpha=0.05)
    assert np.allclose(low, -gap_sequence(back, weight, alpha=0.05)[2], equal_nan=True)
    assert np.array_equal(np.isnan(estimate), np.cumsum(weight) == 0)
    assert np.nanmax(np.abs([low, high, estimate]), initial=0) <= 1
    evidence, since = change_evidence(gap, weight)
    assert np.allclose(evidence, change_evidence(back, weight)[0])
    assert (since <= np.arange(len(days))).all()
    assert np.all(weight * 4 * 0.25 <= np.minimum(n1, n2))


def test_a_day_without_a_group_changes_nothing():
    gap, weight = np.array([0.1, 0.2, 0.0, 0.4]), np.array([5.0, 6.0, 0.0, 7.0])
    kept = weight > 0
    for with_it, without in zip(
        gap_sequence(gap, weight, alpha=0.05), gap_sequence(gap[kept], weight[kept], alpha=0.05), strict=True
    ):
        assert np.allclose(with_it[kept], without)


def test_evidence_of_one_change_from_its_definition():
    gap, weight = np.array([0.1, -0.2, 0.5]), np.array([8.0, 4.0, 6.0])

    def product(k, common):
        out = 0.0
        for days in (slice(0, k), slice(k, 3)):
            total, v = ((gap - common) * weight)[days].sum(), weight[days].sum() / 4
            out += total**2 / (2 * (v + RHO)) - np.log((v + RHO) / RHO) / 2
        return out

    grid = np.linspace(-1, 1, 20_001)
    least = [min(product(k, g) for g in grid) - np.log(k * (k + 1)) for k in (1, 2)]
    evidence, since = change_evidence(gap, weight)
    assert evidence[2] == pytest.approx(np.logaddexp(*least), abs=1e-6)
    assert since[2] == 1 + int(np.argmax(least))
    assert evidence[0] == -np.inf


@pytest.mark.parametrize("rate", [0.5, 0.1])
def test_limits_hold_on_all_days_at_once(rate):
    gap, weight = drawn(np.random.default_rng(0), 400, np.full(DAYS, rate + 0.2), np.full(DAYS, rate))
    _, low, high = gap_sequence(gap, weight, alpha=0.05)
    assert np.mean(((low > 0.2) | (high < 0.2)).any(axis=1)) <= 0.05


def test_no_alarm_where_both_groups_move_alike_and_one_where_the_gap_moves():
    rng = np.random.default_rng(1)
    season = 0.5 + 0.2 * np.sin(np.arange(DAYS) / 9)
    still, weight = drawn(rng, 400, season + 0.1, season)
    assert np.mean((change_evidence(still, weight)[0] >= np.log(20)).any(axis=1)) <= 0.05
    changed, weight = drawn(rng, 100, season + np.where(np.arange(DAYS) < 60, 0.1, -0.2), season)
    evidence, since = change_evidence(changed, weight)
    alarms = evidence >= np.log(20)
    assert alarms[:, :60].any(axis=1).mean() <= 0.05
    assert alarms.any(axis=1).mean() >= 0.99
    assert abs(np.median(since[:, -1]) - 60) <= 2
