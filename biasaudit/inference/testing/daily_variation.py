"""Gaps of days that vary by more than their rows explain: by how much, and what may be said on any day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.testing.sequences import daily_gap, normal_mixture, sum_evidence

__all__ = ["WARM_UP", "VaryingDays", "varying_change", "varying_days", "varying_gap"]

# Two of each day of the week.
WARM_UP = 14
# A sum of fewer rows of the rarer outcome, or of days with a larger excess kurtosis, is no normal one.
MIN_RARER_ROWS = 5
MAX_KURTOSIS = 0.25
YEAR = 365


@dataclass(frozen=True)
class VaryingDays:
    """Gaps of days with what they are known to.

    Parameters
    ----------
    gap, weight : float array of shape (..., days)
        Gap of each day, and one over its variance: that of its rows and that of days, both from the days before (for
        the days of the warm-up: from all of them). Both 0 where a group has no rows.
    nobs, rarer : pair of float arrays of shape (..., days)
        Of each group: rows of a day, and the share of its rarer outcome until that day.
    """

    gap: Floats
    weight: Floats
    nobs: tuple[Floats, Floats]
    rarer: tuple[Floats, Floats]

    @property
    def known(self) -> Floats:
        """How many days until each had both groups."""
        return np.cumsum(self.weight > 0, axis=-1).astype(float)

    @property
    def expected(self) -> Floats:
        """Precision of the change that is expected, shape (..., 1): as large as a day of the warm-up varies by."""
        first = np.where(self.known <= WARM_UP, self.weight, 0.0).sum(axis=-1, keepdims=True)
        return np.asarray(first / WARM_UP)


def varying_days(share1: ArrayLike, nobs1: ArrayLike, share2: ArrayLike, nobs2: ArrayLike) -> VaryingDays:
    """Weigh the gap of each day by what it varies by, as the days before it tell.

    Parameters
    ----------
    share1, nobs1, share2, nobs2 : array of shape (..., days)
        Share of each group on each day, and eligible rows (effective ones need not be whole).

    Returns
    -------
    VaryingDays

    References
    ----------
    DerSimonian and Kacker (2007), "Random-effects model for meta-analysis of clinical trials: an update", for
    the variance between days by the method of moments, here with the weights of Mantel and Haenszel.

    Examples
    --------
    >>> days = varying_days([0.5, 0.6] * 10, [100] * 20, [0.2] * 20, [100] * 20)
    >>> days.weight[[0, 13, 19]].round(1).tolist()
    [245.3, 245.3, 245.2]
    """
    gap, weight_of_rows = daily_gap(share1, nobs1, share2, nobs2)
    known = weight_of_rows > 0
    shares = [np.where(known, np.asarray(p, dtype=float), 0.0) for p in (share1, share2)]
    rows = [np.where(known, np.asarray(n, dtype=float), 0.0) for n in (nobs1, nobs2)]
    rates = [(_cumulative(p * n) + 0.5) / (_cumulative(n) + 1) for p, n in zip(shares, rows, strict=True)]
    inverse_rows = [np.where(known, 1 / np.where(known, n, 1.0), 0.0) for n in rows]
    variance_of_row = [rate * (1 - rate) for rate in rates]
    between = _between(gap, weight_of_rows, variance_of_row, inverse_rows)
    source = _variance_day(known)
    variance = np.take_along_axis(between, source, axis=-1) + sum(
        np.take_along_axis(variance_part, source, axis=-1) * per_row
        for variance_part, per_row in zip(variance_of_row, inverse_rows, strict=True)
    )
    weight = np.where(known, 1 / np.where(known, variance, 1.0), 0.0)
    first, second = (np.minimum(rate, 1 - rate) for rate in rates)
    return VaryingDays(gap, weight, (rows[0], rows[1]), (first, second))


def _between(gap: Floats, w: Floats, row: list[Floats], one: list[Floats]) -> Floats:
    """Variance of the gap from day to day beyond what the rows explain, as known at the end of each day."""
    total = np.where(_cumulative(w) > 0, _cumulative(w), 1.0)
    excess = np.maximum(_cumulative(w * gap**2) - _cumulative(w * gap) ** 2 / total, 0.0)
    expected = sum(
        each * (_cumulative(w * per) - _cumulative(w**2 * per) / total) for each, per in zip(row, one, strict=True)
    )
    denominator = total - _cumulative(w**2) / total
    estimable = denominator > 1e-9 * total
    return np.where(estimable, np.maximum(excess - expected, 0.0) / np.where(estimable, denominator, 1.0), 0.0)


def _variance_day(known: Bools) -> Ints:
    """Last day that may tell how much a day varies: the day before, or the end of the warm-up for its own days."""
    rank = np.cumsum(known, axis=-1)
    warmed_up = rank >= WARM_UP
    end = np.where(warmed_up.any(axis=-1), warmed_up.argmax(axis=-1), known.shape[-1] - 1)[..., None]
    before = np.arange(known.shape[-1]) - 1
    return np.asarray(np.where(rank - known >= WARM_UP, before, end), dtype=np.int64)


def varying_gap(days: VaryingDays, *, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Mean gap until each day, with limits that hold on all days at once though the days vary.

    Parameters
    ----------
    days : VaryingDays
    alpha : float
        Chance that any of the intervals, however long one goes on, misses the gap that the days vary around.

    Returns
    -------
    estimate, low, high : float array of shape (..., days)
        NaN until the warm-up is over; limits between -1 and 1.

    Notes
    -----
    Exact for normal gaps whose variances are known up to a factor; an approximation for shares of rows. Never narrower
    than what the rows and the variance of past days say.

    References
    ----------
    Lai (1976), "On confidence sequences"; Wang and Ramdas (2024), "Anytime-valid t-tests and confidence sequences for
    Gaussian means with unknown variance".

    Examples
    --------
    >>> days = varying_days([0.5, 0.6] * 10, [100] * 20, [0.2] * 20, [100] * 20)
    >>> [part[[12, 13, 19]].round(3).tolist() for part in varying_gap(days, alpha=0.05)]
    [[nan, 0.35, 0.35], [nan, 0.298, 0.306], [nan, 0.402, 0.394]]
    """
    n, total = days.known, _cumulative(days.weight)
    ready = n >= WARM_UP
    safe = np.where(ready, total, 1.0)
    mean = _cumulative(days.weight * days.gap) / safe
    residual = np.maximum(_cumulative(days.weight * days.gap**2) - safe * mean**2, 0.0)
    prior = np.where(ready, np.broadcast_to(days.expected, n.shape), 1.0)
    by_rows = normal_mixture(safe / prior, alpha=alpha, rho=1.0) * np.sqrt(prior) / safe
    shrunk = prior / (prior + safe)
    reach = np.exp((2 * np.log(alpha) + np.log(shrunk)) / np.where(ready, n, 1.0))
    bounded = reach > shrunk
    square = np.where(bounded, (1 - reach) / np.where(bounded, reach - shrunk, 1.0), np.inf)
    with np.errstate(invalid="ignore"):
        by_days = np.where(bounded, np.sqrt(square * residual / safe), 1.0)
    half = np.maximum(by_days, by_rows)
    estimate = np.where(ready, mean, np.nan)
    return estimate, np.maximum(estimate - half, -1.0), np.minimum(estimate + half, 1.0)


def varying_change(days: VaryingDays) -> tuple[Floats, Ints]:
    """Evidence, on each day, that the gap has changed since some earlier day by more than days vary.

    Parameters
    ----------
    days : VaryingDays

    Returns
    -------
    log_evidence : float array of shape (..., days)
        Where days vary around one gap, it reaches ``log(1 / alpha)`` on any day with a chance of at most alpha.
    since : int array of shape (..., days)
        First day of the change that the evidence speaks for most; 0 where it speaks for none.

    Notes
    -----
    For a change on day k the evidence is a Bayes factor of two normal means against one, under Haar's prior on the gap
    and on the factor of its variances, which makes it a martingale whatever both are. It is held down to what it would
    be if days varied as the past days say. It is none until both sides hold five expected rows of the rarer outcome,
    and so many days that their sum is nearly normal, as the longer side tells. Its mean over k gives the days of year y
    a share as 1 / y², alike within a year of days; what is held down or left out only lowers it.
    Exact for normal gaps; an approximation for shares of rows.

    References
    ----------
    Pérez-Ortiz, Lardy, de Heide and Grünwald (2024), "E-statistics, group invariance and anytime-valid testing"; Shin,
    Ramdas and Rinaldo (2024), "E-detectors", for the mean over days of change.

    Examples
    --------
    >>> days = varying_days([0.5, 0.6] * 15 + [0.8, 0.9] * 5, [100] * 40, [0.2] * 40, [100] * 40)
    >>> evidence, since = varying_change(days)
    >>> evidence[[12, 13, 29, 39]].round(1).tolist(), int(since[39])
    ([-inf, -4.4, -3.8, 12.5], 30)
    """
    a, d, n = days.weight, days.gap, days.known
    sums = [_from_zero(part) for part in (a, a * d, a * d**2)]
    rows, powers = [_from_zero(part) for part in days.nobs], [_from_zero(a**2 * d**power) for power in range(5)]
    count = _from_zero((a > 0).astype(float))
    log_evidence, since = np.full(a.shape, -np.inf), np.zeros(a.shape, dtype=np.int64)
    for last in range(WARM_UP - 1, a.shape[-1]):
        change = np.arange(1, last + 1)
        usable = (n[..., last, None] >= WARM_UP) & (a[..., change] > 0)
        for group, rarer in zip(rows, days.rarer, strict=True):
            before = group[..., change]
            usable &= np.minimum(before, group[..., last + 1, None] - before) * rarer[..., last, None] >= MIN_RARER_ROWS
        usable &= _nearly_normal(count, sums, powers, change, last + 1)
        log_factors = _log_factor(sums, change, last + 1, n[..., last, None], days.expected)
        rank = np.maximum(n[..., change - 1], 1.0)
        log_evidence[..., last], since[..., last] = sum_evidence(
            np.where(usable, log_factors - _log_share(rank), -np.inf)
        )
    return log_evidence, since


def _log_factor(sums: list[Floats], change: Ints, end: int, n: Floats, prior: Floats) -> Floats:
    """Logarithm of the Bayes factor of a change on each day, from cumulative sums of weights times powers of gaps."""
    weight, first, second = sums
    whole, before = weight[..., end, None], weight[..., change]
    known = (before > 0) & (whole > before)
    w1, w2 = np.where(known, before, 1.0), np.where(known, whole - before, 1.0)
    total = first[..., end, None]
    harmonic = w1 * w2 / (w1 + w2)
    square = harmonic * ((total - first[..., change]) / w2 - first[..., change] / w1) ** 2
    spread = second[..., end, None] - total**2 / np.where(whole > 0, whole, 1.0)
    shrinkage = harmonic / (harmonic + prior)
    part = np.where(spread > 0, square / np.where(spread > 0, spread, 1.0), 0.0)
    by_days = -(n - 1) / 2 * np.log1p(-np.minimum(shrinkage * part, 1 - 1e-12))
    return np.asarray(np.minimum(by_days, shrinkage * square / 2) + np.log1p(-shrinkage) / 2)


def _nearly_normal(count: Floats, sums: list[Floats], powers: list[Floats], change: Ints, end: int) -> Bools:
    """Whether the shorter side has days enough that their sum has a small excess kurtosis, told by the longer side."""
    n1, n2 = count[..., change], count[..., end, None] - count[..., change]
    longer = n1 >= n2

    def side(total: Floats) -> Floats:
        before = total[..., change]
        return np.where(longer, before, total[..., end, None] - before)

    weight, first, second = (side(total) for total in sums)
    mean = first / np.where(weight > 0, weight, 1.0)
    square = second - first * mean
    fourth = sum(
        part * side(total) * (-mean) ** (4 - power)
        for power, (part, total) in enumerate(zip((1, 4, 6, 4, 1), powers, strict=True))
    )
    varies = square > 0
    kurtosis = np.maximum(n1, n2) * fourth / np.where(varies, square, 1.0) ** 2 - 3
    return np.asarray(np.minimum(n1, n2) * MAX_KURTOSIS >= np.where(varies, kurtosis, 0.0))


def _log_share(rank: Floats) -> Floats:
    """Minus the logarithm of the share that a change after so many days gets; all shares sum to 1."""
    year = (rank - 1) // YEAR + 1
    return np.asarray(np.log(YEAR * year**2 * np.pi**2 / 6))


def _cumulative(values: Floats) -> Floats:
    return np.cumsum(values, axis=-1)


def _from_zero(values: Floats) -> Floats:
    return np.concatenate([np.zeros((*values.shape[:-1], 1)), _cumulative(values)], axis=-1)
