"""Textbook intervals of the difference and the ratio of two shares."""

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast, share
from biasaudit.metrics.wilson import wilson

__all__ = ["koopman", "mover_difference", "mover_ratio", "newcombe"]

KOOPMAN_STEPS = 8


def mover_difference(
    value1: ArrayLike,
    low1: ArrayLike,
    high1: ArrayLike,
    value2: ArrayLike,
    low2: ArrayLike,
    high2: ArrayLike,
    *,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Combine the intervals of two estimates into one for their difference (method of variance estimates recovery).

    Parameters
    ----------
    value1, low1, high1, value2, low2, high2 : array
        The estimates, of any kind, and their limits; the difference is first minus second.
    correlation : array
        Correlation of the two estimates, -1 to 1.

    Returns
    -------
    low, high : float array

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures", equation 2.

    Examples
    --------
    >>> [round(float(limit), 6) for limit in mover_difference(0.5, 0.1, 0.8, 0.4, 0.1, 0.7)]
    [-0.4, 0.524264]
    """
    v1, l1, u1, v2, l2, u2 = (np.asarray(a, dtype=float) for a in (value1, low1, high1, value2, low2, high2))
    r = np.asarray(correlation, dtype=float)
    with np.errstate(invalid="ignore"):
        down, up = v1 - l1, u2 - v2
        low = v1 - v2 - np.sqrt(np.clip(down**2 + up**2 - 2 * r * down * up, 0, None))
        down, up = v2 - l2, u1 - v1
        high = v1 - v2 + np.sqrt(np.clip(down**2 + up**2 - 2 * r * down * up, 0, None))
    return np.asarray(low), np.asarray(high)


def newcombe(
    count1: ArrayLike,
    nobs1: ArrayLike,
    count2: ArrayLike,
    nobs2: ArrayLike,
    *,
    critical: ArrayLike,
    critical2: ArrayLike | None = None,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Newcombe's score interval of the difference of two shares, first minus second.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and rows eligible; effective ones need not be whole.
    critical, critical2 : array
        Critical value of the first group and of the second: the first one's if left out.
    correlation : array
        Correlation of the two shares, as when the groups have clusters in common.

    Returns
    -------
    low, high : float array
        Between -1 and 1; NaN where a group has no rows.

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions", method 10.

    Examples
    --------
    >>> [round(float(limit), 6) for limit in newcombe(805, 1795, 349, 1488, critical=1.959964)]
    [0.182053, 0.245023]
    """
    first = wilson(count1, nobs1, critical=critical)
    second = wilson(count2, nobs2, critical=critical if critical2 is None else critical2)
    return mover_difference(share(count1, nobs1), *first, share(count2, nobs2), *second, correlation=correlation)


def koopman(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, *, critical: ArrayLike
) -> tuple[Floats, Floats]:
    """Koopman's score interval of the ratio of two shares, first over second.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and rows eligible; effective ones need not be whole.
    critical : array
        Critical value, above 0.

    Returns
    -------
    low, high : float array
        `low` is 0 where the first count is 0, `high` is infinite where the second is; NaN where a
        group has no rows.

    References
    ----------
    Koopman (1984), "Confidence intervals for the ratio of two binomial proportions".

    Examples
    --------
    >>> [round(float(limit), 6) for limit in koopman(805, 1795, 349, 1488, critical=1.959964)]
    [1.722568, 2.12555]
    """
    x1, n1, x2, n2, z = broadcast(count1, nobs1, count2, nobs2, critical)
    with np.errstate(invalid="ignore", divide="ignore"):
        high = _highest_ratio(x1, n1, x2, n2, z**2)
        low = 1 / _highest_ratio(x2, n2, x1, n1, z**2)
    undefined = ~(n1 > 0) | ~(n2 > 0) | np.isnan(z) | np.isnan(x1) | np.isnan(x2)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def _highest_ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats, limit: Floats) -> Floats:
    """Find the ratio above the estimate at which the score statistic reaches `limit`.

    Under a given ratio the likeliest shares are (x1 + t) / (n1 + t) and (x2 - t) / (n2 - t), t being
    Lagrange's multiplier, and the statistic is t² (q1 / (x1 + t) + q2 / (x2 - t)), q the observed share
    of non-cases: convex in s = x2 - t, so that Newton's steps from below never overshoot.
    """
    q1, q2 = np.maximum(1 - x1 / n1, 0), np.maximum(1 - x2 / n2, 0)
    # Where one term alone reaches the limit, both exceed it: two quadratics give s from below.
    alone1 = (limit + np.sqrt(limit**2 + 4 * q1 * limit * x1)) / (2 * q1)
    alone2 = 2 * q2 * x2**2 / (2 * q2 * x2 + limit + np.sqrt(limit**2 + 4 * q2 * x2 * limit))
    s = np.maximum(alone2, x2 - alone1)
    for _ in range(KOOPMAN_STEPS):
        t, first, second = x2 - s, q1 / (x1 + x2 - s), q2 / s
        slope = t * (t * (first / (x1 + x2 - s) - second / s) - 2 * (first + second))
        step = (t**2 * (first + second) - limit) / slope
        s = np.where(step < 0, s - step, s)
    t = x2 - s
    # Without non-cases in the second group s may be 0; then its term is what the first one's leaves.
    second = np.where(s > 0, q2 / s, np.maximum(limit / t**2 - q1 / (x1 + t), 0))
    return np.where(x2 > 0, (x1 + t) / (n1 + t) * (1 + n2 * second), np.inf)


def mover_ratio(
    value1: ArrayLike,
    low1: ArrayLike,
    high1: ArrayLike,
    value2: ArrayLike,
    low2: ArrayLike,
    high2: ArrayLike,
    *,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Combine the intervals of two estimates into one for their ratio, on the logarithmic scale.

    Parameters
    ----------
    value1, low1, high1, value2, low2, high2 : array
        Estimates and their limits, none below 0; the ratio is first over second.
    correlation : array
        Correlation of the two estimates.

    Returns
    -------
    low, high : float array
        A first estimate of 0 gives a `low` of 0, a second one of 0 an infinite `high`; NaN where a
        limit is.

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures", equation 2 on logarithms.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in mover_ratio(0.4, 0.3, 0.5, 0.2, 0.1, 0.3)]
    [1.217, 4.143]
    """
    v1, l1, u1, v2, l2, u2 = (np.asarray(a, dtype=float) for a in (value1, low1, high1, value2, low2, high2))
    undefined = np.isnan(v1 + l1 + u1 + v2 + l2 + u2)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        logarithms = (np.log(a) for a in (v1, l1, u1, v2, l2, u2))
        low, high = (np.exp(limit) for limit in mover_difference(*logarithms, correlation=correlation))
        # An estimate of 0 has no logarithm: the limits themselves bound the ratio.
        low = np.where(l1 <= 0, 0.0, np.where(v2 <= 0, l1 / u2, low))
        high = np.where(l2 <= 0, np.inf, np.where(v1 <= 0, u1 / l2, high))
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
