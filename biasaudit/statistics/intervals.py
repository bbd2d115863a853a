"""Intervals for a rate, for the difference and for the ratio of two rates."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, chdtri, ndtr, stdtrit

__all__ = [
    "critical_value",
    "difference_interval",
    "guarded_limits",
    "koopman",
    "mover_difference",
    "mover_ratio",
    "newcombe",
    "ratio_interval",
    "wilson",
]

Floats = NDArray[np.float64]
LOG_RATIO_RANGE = 40.0
RIDDERS_STEPS = 18
FEW_ROWS = 20
FEW_CASES = 5


def critical_value(confidence: float = 0.95, df: ArrayLike = np.inf) -> Floats:
    """Return the two-sided critical value of the normal, or of t where `df` is finite.

    Examples
    --------
    >>> float(critical_value(0.95).round(4))
    1.96
    """
    df = np.asarray(df, dtype=float)
    return np.where(df > 0, stdtrit(np.where(df > 0, np.minimum(df, 1e12), 1.0), 0.5 + confidence / 2), np.nan)


def wilson(count: ArrayLike, nobs: ArrayLike, *, critical: ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share.

    Parameters
    ----------
    count, nobs : array
        Rows counted and rows eligible; effective ones need not be whole.
    critical : array
        Two-sided critical value.

    Returns
    -------
    low, high : float array
        NaN where `nobs` is 0.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> [round(float(limit), 4) for limit in wilson(5, 20, critical=1.959964)]
    [0.1119, 0.4687]
    """
    count, nobs, z = (np.asarray(a, dtype=float) for a in (count, nobs, critical))
    with np.errstate(invalid="ignore", divide="ignore"):
        center = (count + z**2 / 2) / (nobs + z**2)
        half = z * np.sqrt(np.clip(count * (nobs - count) / nobs, 0, None) + z**2 / 4) / (nobs + z**2)
        low = np.where(count <= 0, 0.0, center - half)
        high = np.where(count >= nobs, 1.0, center + half)
    undefined = ~(nobs > 0) | np.isnan(count) | np.isnan(z)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


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

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures", equation 2.
    """  # fmt: skip
    v1, l1, u1, v2, l2, u2 = (np.asarray(a, dtype=float) for a in (value1, low1, high1, value2, low2, high2))
    r = np.asarray(correlation, dtype=float)
    with np.errstate(invalid="ignore"):
        down, up = v1 - l1, u2 - v2
        low = v1 - v2 - np.sqrt(np.clip(down**2 + up**2 - 2 * r * down * up, 0, None))
        down, up = v2 - l2, u1 - v1
        high = v1 - v2 + np.sqrt(np.clip(down**2 + up**2 - 2 * r * down * up, 0, None))
    return low, high


def newcombe(
    count1: ArrayLike,
    nobs1: ArrayLike,
    count2: ArrayLike,
    nobs2: ArrayLike,
    *,
    critical: ArrayLike,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Newcombe's score interval of the difference of two shares, first minus second.

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions", method 10.

    Examples
    --------
    >>> [round(float(limit), 6) for limit in newcombe(805, 1795, 349, 1488, critical=1.959964)]
    [0.182053, 0.245023]
    """  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        p1 = np.asarray(count1, dtype=float) / np.asarray(nobs1, dtype=float)
        p2 = np.asarray(count2, dtype=float) / np.asarray(nobs2, dtype=float)
    return mover_difference(
        p1, *wilson(count1, nobs1, critical=critical), p2, *wilson(count2, nobs2, critical=critical),
        correlation=correlation,
    )  # fmt: skip


def koopman(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, *, critical: ArrayLike
) -> tuple[Floats, Floats]:
    """Koopman's score interval of the ratio of two shares, first over second.

    References
    ----------
    Koopman (1984), "Confidence intervals for the ratio of two binomial proportions".

    Examples
    --------
    >>> [round(float(limit), 6) for limit in koopman(805, 1795, 349, 1488, critical=1.959964)]
    [1.722568, 2.12555]
    """
    x1, n1, x2, n2, z = np.broadcast_arrays(
        *(np.asarray(a, dtype=float) for a in (count1, nobs1, count2, nobs2, critical))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.log(x1 / n1) - np.log(x2 / n2)
    start = np.clip(np.nan_to_num(estimate), -LOG_RATIO_RANGE, LOG_RATIO_RANGE)

    def excess(log_ratio: Floats) -> Floats:
        return np.minimum(np.sqrt(_score(x1, n1, x2, n2, np.exp(log_ratio))) - z, 1e3)

    far = np.array([-LOG_RATIO_RANGE, LOG_RATIO_RANGE]).reshape(2, *[1] * x1.ndim)
    limits = np.exp(_ridders(excess, np.broadcast_to(start, (2, *x1.shape)), far + 0 * start))
    undefined = ~(n1 > 0) | ~(n2 > 0) | np.isnan(z) | np.isnan(x1) | np.isnan(x2)
    low = np.where(x1 <= 0, 0.0, limits[0])
    high = np.where(x2 <= 0, np.inf, limits[1])
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def _ridders(function: Callable[[Floats], Floats], inside: Floats, outside: Floats) -> Floats:
    """Find where `function` rises through 0 between points where it is below and above.

    References
    ----------
    Ridders (1979), "A new algorithm for computing a single root of a real continuous function".
    """
    f_in, f_out = function(inside), function(outside)
    root = inside
    for _ in range(RIDDERS_STEPS):
        middle = (inside + outside) / 2
        f_middle = function(middle)
        with np.errstate(invalid="ignore", divide="ignore"):
            step = (middle - inside) * -f_middle / np.sqrt(f_middle**2 - f_in * f_out)
        root = np.where(np.isfinite(step), middle + step, middle)
        f_root = function(root)
        low_x, high_x = np.where(f_middle < 0, middle, inside), np.where(f_middle < 0, outside, middle)
        low_f, high_f = np.where(f_middle < 0, f_middle, f_in), np.where(f_middle < 0, f_out, f_middle)
        inside, outside = np.where(f_root < 0, root, low_x), np.where(f_root < 0, high_x, root)
        f_in, f_out = np.where(f_root < 0, f_root, low_f), np.where(f_root < 0, high_f, f_root)
    return root


def _score(x1: Floats, n1: Floats, x2: Floats, n2: Floats, ratio: Floats) -> Floats:
    """Koopman's chi-square at a given ratio, with the shares that are likeliest under it (his equation 3)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b, c = (n1 + n2) * ratio, n1 * ratio + x1 + n2 + x2 * ratio, x1 + x2
        p2 = 2 * c / (b + np.sqrt(np.clip(b**2 - 4 * a * c, 0, None)))
        p1 = ratio * p2
        first = np.where((p1 <= 0) | (p1 >= 1), 0.0, (x1 - n1 * p1) ** 2 / (n1 * p1 * (1 - p1)))
        second = np.where((p2 <= 0) | (p2 >= 1), 0.0, (x2 - n2 * p2) ** 2 / (n2 * p2 * (1 - p2)))
    return np.asarray(first + second)


def guarded_limits(count: ArrayLike, nobs: ArrayLike, *, critical: ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's interval, widened where a share rests on so little that Wilson's is too short.

    Under 20 rows it is Clopper and Pearson's exact interval. From 20 rows on only the limit next to
    1, 2 or 3 cases (1 or 2 up to 50 rows), or as many non-cases, is moved out to the Poisson limit.
    It serves inside differences and ratios.

    References
    ----------
    Brown, Cai and DasGupta (2001), "Interval estimation for a binomial proportion", section 4.1.1.
    Clopper and Pearson (1934), "The use of confidence or fiducial limits".

    Examples
    --------
    >>> [round(float(limit), 4) for limit in guarded_limits(1, 2, critical=1.959964)]
    [0.0126, 0.9874]
    """
    x, n, z = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (count, nobs, critical)))
    low, high = wilson(x, n, critical=z)
    alpha = 2 * ndtr(-z)
    few = n < FEW_ROWS
    low = np.where(few, _exact_low(x, n, alpha), _poisson_low(x, n, alpha, low))
    high = np.where(few, 1 - _exact_low(n - x, n, alpha), 1 - _poisson_low(n - x, n, alpha, 1 - high))
    undefined = ~(n > 0) | np.isnan(x) | np.isnan(z)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def _exact_low(x: Floats, n: Floats, alpha: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(x > 0, betaincinv(np.maximum(x, 1e-9), np.maximum(n - x, 0) + 1, alpha / 2), 0.0)


def _poisson_low(x: Floats, n: Floats, alpha: Floats, low: Floats) -> Floats:
    """Lower limit next to a few cases; elsewhere `low` as it is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        poisson = chdtri(2 * np.maximum(x, 0.5), 1 - alpha) / 2 / n
        next_to_none = (x > 0) & (x <= np.where(n <= 50, 2, 3))
        return np.where(next_to_none, np.minimum(low, poisson), low)


def difference_interval(
    count1: ArrayLike,
    nobs1: ArrayLike,
    count2: ArrayLike,
    nobs2: ArrayLike,
    *,
    critical1: ArrayLike,
    critical2: ArrayLike,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Newcombe's interval with guarded limits: his wherever both groups have 20 rows and 4 cases and non-cases.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and eligible; the difference is first minus second.
    critical1, critical2 : array
        Critical value for each group: t where it consists of few clusters.
    correlation : array
        Correlation of the two shares.

    Examples
    --------
    >>> limits = difference_interval(805, 1795, 349, 1488, critical1=1.959964, critical2=1.959964)
    >>> [round(float(limit), 6) for limit in limits]
    [0.182053, 0.245023]
    """  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        p1 = np.asarray(count1, dtype=float) / np.asarray(nobs1, dtype=float)
        p2 = np.asarray(count2, dtype=float) / np.asarray(nobs2, dtype=float)
    return mover_difference(
        p1, *guarded_limits(count1, nobs1, critical=critical1),
        p2, *guarded_limits(count2, nobs2, critical=critical2), correlation=correlation,
    )  # fmt: skip


def mover_ratio(
    value1: ArrayLike, low1: ArrayLike, high1: ArrayLike, value2: ArrayLike, low2: ArrayLike, high2: ArrayLike
) -> tuple[Floats, Floats]:
    """Combine the intervals of two positive estimates into one for their ratio, on the logarithmic scale.

    An estimate of 0 gives the low limit 0 above the line and the high limit infinity below it.
    """
    v1, l1, u1, v2, l2, u2 = (np.asarray(a, dtype=float) for a in (value1, low1, high1, value2, low2, high2))
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = [np.log(a) for a in (v1, l1, u1, v2, l2, u2)]
        low, high = (np.exp(limit) for limit in mover_difference(*logs))
        low = np.where(v1 <= 0, 0.0, np.where(v2 <= 0, l1 / u2, low))
        high = np.where(v2 <= 0, np.inf, np.where(v1 <= 0, u1 / l2, high))
        # Both 0, or a limit of 0 below the line: anything is possible on that side.
        high = np.where((v1 <= 0) & (v2 <= 0) | (l2 <= 0) & ~np.isnan(high), np.inf, high)
        low = np.where(~(l1 > 0) & ~np.isnan(l1 + u2), 0.0, low)
    return low, high


def ratio_interval(
    count1: ArrayLike,
    nobs1: ArrayLike,
    count2: ArrayLike,
    nobs2: ArrayLike,
    *,
    critical1: ArrayLike,
    critical2: ArrayLike,
) -> tuple[Floats, Floats]:
    """Koopman's interval, widened where a group has under 20 rows or at most 5 cases or non-cases.

    There it is made to hold the interval that the two exact intervals of the shares give as well.

    Examples
    --------
    >>> limits = ratio_interval(805, 1795, 349, 1488, critical1=1.959964, critical2=1.959964)
    >>> [round(float(limit), 6) for limit in limits]
    [1.722568, 2.12555]
    """  # fmt: skip
    x1, n1, x2, n2, z1, z2 = np.broadcast_arrays(
        *(np.asarray(a, dtype=float) for a in (count1, nobs1, count2, nobs2, critical1, critical2))
    )
    low, high = koopman(x1, n1, x2, n2, critical=np.maximum(z1, z2))
    little = _is_little(x1, n1) | _is_little(x2, n2)
    if not little.any():
        return low, high
    # Only these few are worth the exact limits, which cost more.
    x1, n1, x2, n2, z1, z2 = (a[little] for a in (x1, n1, x2, n2, z1, z2))
    with np.errstate(invalid="ignore", divide="ignore"):
        wide_low, wide_high = mover_ratio(x1 / n1, *_exact(x1, n1, z1), x2 / n2, *_exact(x2, n2, z2))
    low, high = np.array(low), np.array(high)
    low[little] = np.minimum(low[little], wide_low)
    high[little] = np.maximum(high[little], wide_high)
    return low, high


def _is_little(x: Floats, n: Floats) -> NDArray[np.bool_]:
    return np.asarray((n < FEW_ROWS) | (x <= FEW_CASES) | (n - x <= FEW_CASES))


def _exact(x: Floats, n: Floats, z: Floats) -> tuple[Floats, Floats]:
    alpha = 2 * ndtr(-z)
    return _exact_low(x, n, alpha), 1 - _exact_low(n - x, n, alpha)
