"""Intervals for the spread of the rates of K groups."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri, ndtr

from biasaudit.arraytypes import Bools, Floats
from biasaudit.counts.arrays import flatten
from biasaudit.inference.intervals.closed_form import mover_difference, mover_ratio
from biasaudit.inference.intervals.small_groups import (
    difference_interval,
    exact_limits,
    guarded_limits,
    ratio_interval,
)
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference, welch
from biasaudit.metrics.wilson import critical_value, t_quantile

__all__ = ["range_critical", "spread_interval", "spread_intervals", "spread_ratio_interval"]

LimitPair = tuple[Floats, Floats]
MIN_EXPECTED = 5.0
MAX_PAIRED = 32
FEW_GROUPS = 8
# So few that measures of few and of many groups are quicker together than apart.
FEW_PAIRS = 50_000
MAX_DF = 1e9
N_SPLITS = 129
BLOCK = 2_000_000


@lru_cache(maxsize=256)
def range_critical(confidence: float, groups: int) -> float:
    """Two-sided critical value at which all pairs of `groups` equal normals are judged at once.

    It is the quantile of the studentised range with infinite degrees of freedom, over the root of 2.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.
    groups : int
        At least 2.

    Returns
    -------
    float

    References
    ----------
    Tukey (1953); Hochberg and Tamhane (1987), Multiple Comparison Procedures, equation 3.2.4.

    Examples
    --------
    >>> round(range_critical(0.95, 3) * 2**0.5, 3), round(range_critical(0.95, 2), 3)
    (3.314, 1.96)
    """
    # Equally spaced points are as good as exact for a function this smooth that vanishes at both ends.
    z = np.linspace(-9, 9, 181)
    density = 0.1 * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    low, high = 0.0, 18.0
    for _ in range(50):
        middle = (low + high) / 2
        below = groups * np.sum(density * (ndtr(z) - ndtr(z - middle)) ** (groups - 1))
        low, high = (middle, high) if below < confidence else (low, middle)
    return float(high / np.sqrt(2))


def spread_interval(
    count: ArrayLike, nobs: ArrayLike, *, confidence: float = 0.95, df: ArrayLike = np.inf
) -> tuple[Floats, Floats]:
    """Interval for the spread of K rates, the highest minus the lowest.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Rows counted and rows eligible; effective ones need not be whole. Groups with ``nobs == 0`` are left out.
    confidence : float
        Between 0 and 1.
    df : array of shape (..., groups)
        Degrees of freedom of each group's variance.

    Returns
    -------
    low, high : float array of shape (...)
        Between 0 and 1; NaN where fewer than two groups have rows.

    Raises
    ------
    AuditError
        If `confidence` is not between 0 and 1.

    Notes
    -----
    Of two groups it is the interval of their difference, cut at 0. Of more:

    `high`: the spread is the difference of one pair, though nobody knows which, so it is at most the
    largest upper limit of any pair at its own level. That needs no correction for their number.

    `low` is 0 unless the groups differ at all, as
    :func:`~biasaudit.inference.testing.hypothesis_tests.homogeneity_test` judges it: by chi-square among
    groups in which 5 cases and 5 non-cases are expected, and each smaller one against everyone else. Then it is
    the largest of three limits: the smallest spread of rates that chi-square does not reject, the lower limit of a
    small group against everyone else, and the lower limit of
    any pair at Tukey's critical value. The first sees many small gaps, the others one large gap.

    References
    ----------
    Berger (1982), "Multiparameter hypothesis testing and acceptance sampling", for `high`. Marcus, Peritz and
    Gabriel (1976), "On closed testing procedures with special reference to ordered analysis of variance", for `low`.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in spread_interval([805, 349], [1795, 1488])]
    [0.182, 0.245]
    >>> [round(float(limit), 3) for limit in spread_interval([30, 31, 40, 64], [100, 110, 120, 130])]
    [0.052, 0.324]
    """
    return spread_intervals(count, nobs, confidence=confidence, df=df)[0]


def spread_ratio_interval(
    count: ArrayLike, nobs: ArrayLike, *, confidence: float = 0.95, df: ArrayLike = np.inf
) -> tuple[Floats, Floats]:
    """Interval for the ratio of the lowest of K rates to the highest.

    The mirror image of :func:`spread_interval`: 1 takes the place of 0, `low` is the smallest lower limit
    of any pair at its own level and `high` spends the error where the groups differ at all.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Rows counted and rows eligible; effective ones need not be whole. Groups with ``nobs == 0`` are left out.
    confidence : float
        Between 0 and 1.
    df : array of shape (..., groups)
        Degrees of freedom of each group's variance.

    Returns
    -------
    low, high : float array of shape (...)
        Between 0 and 1; NaN where fewer than two groups have rows.

    Raises
    ------
    AuditError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in spread_ratio_interval([805, 349], [1795, 1488])]
    [0.47, 0.581]
    """
    return spread_intervals(count, nobs, confidence=confidence, df=df)[1]


def spread_intervals(
    count: ArrayLike, nobs: ArrayLike, *, confidence: ArrayLike = 0.95, df: ArrayLike = np.inf
) -> tuple[LimitPair, LimitPair]:
    """Return :func:`spread_interval` and :func:`spread_ratio_interval` at once, which is half the work.

    Each measure may have a confidence of its own, of shape (...), or several that precede its own axes.

    Parameters
    ----------
    count, nobs, df : array of shape (..., groups)
        As for :func:`spread_interval`.
    confidence : array

    Returns
    -------
    spread, ratio : pair of float arrays
        Low and high of either.

    Raises
    ------
    AuditError
        If a confidence is not between 0 and 1.
    """
    critical_value(confidence)
    level = np.asarray(confidence, dtype=float)
    x, n, dof, lead = flatten(np.broadcast_to(count, np.broadcast_shapes((*level.shape, 1), np.shape(count))), nobs, df)
    levels = np.broadcast_to(level, lead).ravel()
    limits, number = np.full((4, len(x)), np.nan), (n > 0).sum(axis=1)
    # Few enough measures at once to fit in memory.
    step = max(1, BLOCK // (x.shape[1] * MAX_PAIRED + 1))
    few_groups = FEW_GROUPS if len(x) * x.shape[1] ** 2 > FEW_PAIRS else 2
    for interval, max_groups, chosen in (
        (_spread_of_two, 2, number == 2),
        (_spread_of_many, few_groups, (number > 2) & (number <= few_groups)),
        (_spread_of_many, x.shape[1], number > few_groups),
    ):
        rows = np.flatnonzero(chosen)
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            groups = _groups_with_rows(x[part], n[part], dof[part], max_groups)
            limits[:, part] = np.clip(interval(*groups, levels[part]), 0.0, 1.0)
    low, high, ratio_low, ratio_high = limits.reshape(4, *lead)
    return (low, high), (ratio_low, ratio_high)


def _groups_with_rows(x: Floats, n: Floats, dof: Floats, max_groups: int) -> tuple[Floats, Floats, Floats]:
    """Keep the groups that have rows, of which there are at most so many."""
    if n.shape[1] <= max_groups:
        return x, n, dof
    order = np.argsort(n <= 0, axis=1, kind="stable")[:, :max_groups]
    x, n, dof = (np.take_along_axis(a, order, axis=1) for a in (x, n, dof))
    return x, n, dof


def _shares(x: Floats, n: Floats) -> Floats:
    return np.asarray(x / np.where(n > 0, n, np.nan))


def _spread_of_two(x: Floats, n: Floats, dof: Floats, confidence: Floats) -> tuple[Floats, ...]:
    x1, n1, z1, x2, n2, z2 = _ordered_pair(x, n, dof, confidence)
    low, high = difference_interval(x2, n2, x1, n1, critical1=z2, critical2=z1)
    ratio_low, ratio_high = ratio_interval(x1, n1, x2, n2, critical1=z1, critical2=z2)
    with np.errstate(divide="ignore"):
        return low, np.maximum(high, -low), np.minimum(ratio_low, 1 / ratio_high), ratio_high


def _ordered_pair(x: Floats, n: Floats, dof: Floats, confidence: Floats) -> list[Floats]:
    """Return count, rows and critical value of the group with the lower rate, then of the other."""
    order = _shares(x, n).argsort(axis=1)[:, :2]
    x, n, dof = (np.take_along_axis(a, order, axis=1) for a in (x, n, dof))
    critical = critical_value(confidence, df_of_difference(n[:, 0], dof[:, 0], n[:, 1], dof[:, 1]))
    return [x[:, 0], n[:, 0], critical, x[:, 1], n[:, 1], critical]


def _spread_of_many(x: Floats, n: Floats, dof: Floats, confidence: Floats) -> tuple[Floats, ...]:
    top, bottom, same = _pairs(x, n, critical_value(confidence[:, None], dof), inner=False)
    high = np.where(same, np.nan, mover_difference(*top, *bottom)[1])
    ratio_low = np.where(same, np.nan, mover_ratio(*bottom, *top)[0])
    low, ratio_high = _least_gap(x, n, dof, confidence)
    return low, np.fmax.reduce(high, axis=(1, 2)), np.fmin.reduce(ratio_low, axis=(1, 2)), ratio_high


def _pairs(x: Floats, n: Floats, critical: Floats, *, inner: bool) -> tuple[list[Floats], list[Floats], Bools]:
    """Rates and limits of the groups that may be the highest, and of those that may be the lowest.

    They have shapes (measures, candidates, 1) and (measures, 1, candidates); the third array says where they
    are the same group. Of many groups only those are kept whose outer limits lie furthest out, or inner ones.
    """
    arrays = [_shares(x, n), *guarded_limits(x, n, critical=critical)]
    share, low, high = (np.where(n > 0, a, np.nan) for a in arrays)
    up, down = (low, high) if inner else (high, low)
    # In the limit of a difference about 0.7 of the way from a rate to its own limit remains.
    first, second = _outermost(-(0.3 * share + 0.7 * up)), _outermost(0.3 * share + 0.7 * down)
    top = [np.take_along_axis(a, first, axis=1)[:, :, None] for a in (share, low, high)]
    bottom = [np.take_along_axis(a, second, axis=1)[:, None, :] for a in (share, low, high)]
    return top, bottom, first[:, :, None] == second[:, None, :]


def _outermost(key: Floats) -> NDArray[np.intp]:
    if key.shape[1] <= MAX_PAIRED:
        return np.broadcast_to(np.arange(key.shape[1]), key.shape)
    return np.argpartition(key, MAX_PAIRED, axis=1)[:, :MAX_PAIRED]


def _least_gap(x: Floats, n: Floats, dof: Floats, confidence: Floats) -> tuple[Floats, Floats]:
    """Return the least spread and the largest ratio; 0 and 1 where the groups may all be alike."""
    large, alpha = _is_large(x, n), 1 - confidence
    small = (n > 0) & ~large
    # Small groups, tested apart from the large ones, share the error with them.
    alpha[small.any(axis=1) & (large.sum(axis=1) > 1)] /= 2
    distance = _from_everyone_else(x, n, dof, small, alpha)
    limit = _chi_square_limit(np.where(large, n, 0.0), dof, alpha)
    rejected = _chi_square(x, n, large) > limit
    differ = rejected | (distance > 0)
    difference, ratio = np.zeros(len(x)), np.ones(len(x))
    if not differ.any():
        return difference, ratio
    critical = _joint_critical(n[differ], dof[differ], confidence[differ])
    top, bottom, _ = _pairs(x[differ], n[differ], critical, inner=True)
    difference[differ] = np.fmax.reduce(mover_difference(*top, *bottom)[0], axis=(1, 2))
    ratio[differ] = np.fmin.reduce(mover_ratio(*bottom, *top)[1], axis=(1, 2))
    x, n, limit = x[rejected], np.where(large, n, 0.0)[rejected], limit[rejected]
    low, high = _unrejected_ends(x, n, limit)
    difference[rejected] = np.fmax(difference[rejected], (high - low).min(axis=1))
    ratio[rejected] = np.fmin(ratio[rejected], (low / high).max(axis=1))
    difference = np.maximum(difference, distance)
    # No rate is above 1, so that the ratio is at most 1 less the spread.
    return difference, np.minimum(ratio, 1 - difference)


def _is_large(x: Floats, n: Floats) -> Bools:
    pooled = x.sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    return np.asarray(n * np.minimum(pooled, 1 - pooled) >= MIN_EXPECTED)


def _from_everyone_else(x: Floats, n: Floats, dof: Floats, small: Bools, alpha: Floats) -> Floats:
    """Find how far apart from everyone else some small group is at least, all of them being judged at once.

    No group is further from a mean of the others than from one of them.
    """
    row, group = np.nonzero(small)
    if not len(row):
        return np.zeros(len(small))
    rest_x, rest_n = (a.sum(axis=1)[row] - a[row, group] for a in (x, n))
    tail = (alpha / np.maximum(small.sum(axis=1), 1))[row] / 2
    z1, z2 = (t_quantile(1 - tail, d) for d in (dof[row, group], dof.min(axis=1)[row]))
    x, n = x[row, group], n[row, group]
    rest = rest_x / rest_n, *guarded_limits(rest_x, rest_n, critical=z2)
    low, high = mover_difference(x / n, *exact_limits(x, n, ndtr(-z1)), *rest)
    out = np.zeros(len(small))
    np.maximum.at(out, row, np.maximum(low, -high))
    return out


def _chi_square_limit(n: Floats, dof: Floats, alpha: Floats) -> Floats:
    """Find what the chi-square distance exceeds by chance in a share `alpha` of cases; Welch's F with few clusters."""
    between, (within, scale) = (n > 0).sum(axis=1) - 1.0, welch(n, dof)
    limit = scale * fdtri(np.maximum(between, 1), np.clip(within, 1e-9, MAX_DF), 1 - alpha)
    return np.where(between > 0, between * limit, np.inf)


def _chi_square(x: Floats, n: Floats, large: Bools) -> Floats:
    n, x = np.where(large, n, 0.0), np.where(large, x, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (x.sum(axis=1) / n.sum(axis=1))[:, None]
        return np.asarray(np.nansum((x - n * pooled) ** 2 / (n * pooled * (1 - pooled)), axis=1))


def _joint_critical(n: Floats, dof: Floats, confidence: Floats) -> Floats:
    """Tukey's critical value for the groups of each measure, stretched as t is where clusters are few."""
    settings, inverse = np.unique(np.stack([confidence, (n > 0).sum(axis=1)]), axis=1, return_inverse=True)
    found = [range_critical(float(level), int(groups)) for level, groups in settings.T]
    tukey = np.array(found)[inverse.ravel()][:, None] if len(n) else np.empty((0, 1))
    return t_quantile(ndtr(tukey), dof)


def _unrejected_ends(x: Floats, n: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Lay out the lowest and highest rates that chi-square just does not reject, shape (measures, ways).

    Groups with rates between the two ends cost nothing, the others n (rate - end)² / (end (1 - end)) each. The
    ways differ in how they divide the `limit` of that cost between the ends.
    """
    x = np.where(n > 0, x, 0.0)
    mean = x.sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    share = np.where(n > 0, x / np.where(n > 0, n, 1.0), mean)
    spent = limit[:, None] * np.sin(np.linspace(0, np.pi / 2, N_SPLITS)) ** 2
    return _lowest_end(share, n, spent), 1 - _lowest_end(1 - share, n, limit[:, None] - spent)


def _lowest_end(share: Floats, n: Floats, cost: Floats) -> Floats:
    """Raise the low end until the groups below it cost so much."""
    order = share.argsort(axis=1)
    share, n = (np.take_along_axis(a, order, axis=1) for a in (share, n))
    sums = np.cumsum([n, n * share, n * share**2], axis=2)
    s0, s1, s2 = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        cost_at_group = np.nan_to_num(
            np.maximum((s0 * share - 2 * s1) * share + s2, 0) / (share * (1 - share)), posinf=np.inf
        )
    # The first group has none below it, though rounding errors may say otherwise.
    passed = (cost_at_group[:, 1:, None] <= cost[:, None, :]).sum(axis=1)
    s0, s1, s2 = (np.take_along_axis(a, passed, axis=1) for a in sums)
    # With the same groups below, the cost is a parabola of the end over end (1 - end).
    a, b = s0 + cost, 2 * s1 + cost
    return np.asarray((b + np.sqrt(np.maximum(b**2 - 4 * a * s2, 0))) / (2 * a))
