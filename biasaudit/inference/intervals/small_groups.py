"""Intervals of a rate, a difference and a ratio that hold in small groups too."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv, ndtr

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast, share
from biasaudit.inference.intervals.closed_form import koopman, mover_difference, mover_ratio
from biasaudit.metrics.wilson import wilson

__all__ = ["difference_interval", "exact_limits", "guarded_limits", "ratio_interval"]

FEW_ROWS = 24
FEW_ROWS_FAR_APART = 80
FAR_APART = 0.4
FEW_CASES = 2
FEW_CASES_OF_RATIO = 4
MID_P_STEPS = 4


def guarded_limits(
    count: ArrayLike, nobs: ArrayLike, *, critical: ArrayLike, few_rows: ArrayLike = FEW_ROWS
) -> tuple[Floats, Floats]:
    """Wilson's interval, widened where a share rests on so little that Wilson's is too short.

    Under 24 rows, or with at most 2 cases or 2 non-cases, it is made to hold the mid-p exact interval as
    well. It serves inside differences and spreads.

    Parameters
    ----------
    count, nobs : array
        Rows counted and rows eligible; effective ones need not be whole.
    critical : array
        Two-sided critical value.
    few_rows : array
        Rows under which the interval is widened however many the cases.

    Returns
    -------
    low, high : float array
        Between 0 and 1; NaN where `nobs` is 0.

    References
    ----------
    Brown, Cai and DasGupta (2001), "Interval estimation for a binomial proportion", sections 4.1.1 and 4.2.1.

    Examples
    --------
    >>> [round(float(limit), 4) for limit in guarded_limits(1, 2, critical=1.959964)]
    [0.025, 0.975]
    """
    x, n, z, rows = broadcast(count, nobs, critical, few_rows)
    low, high = wilson(x, n, critical=z)
    small = ~np.isnan(low) & ((n < rows) | (np.minimum(x, n - x) <= FEW_CASES))
    if not small.any():
        return low, high
    exact_low, exact_high = _mid_p(x[small], n[small], z[small])
    # The exact limit of a sliver of a case may underflow to nothing.
    low[small] = np.fmin(low[small], exact_low)
    high[small] = np.fmax(high[small], exact_high)
    return low, high


def _mid_p(x: Floats, n: Floats, z: Floats) -> tuple[Floats, Floats]:
    tail = _tail(z)
    return _mid_p_low(x, n, tail), 1 - _mid_p_low(n - x, n, tail)


def _tail(z: Floats) -> Floats:
    # Never quite 0, so that it has a logarithm.
    return np.asarray(np.maximum(ndtr(-z), 1e-200))


def _mid_p_low(x: Floats, n: Floats, tail: Floats) -> Floats:
    """Find the share at which more than x cases, or as many at half their chance, have the chance `tail`."""
    rest = np.maximum(n - x, 0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # Jeffreys' limit is near, and on logarithmic scales the rest is almost a straight line.
        p = betaincinv(x + 0.5, rest + 0.5, tail)
        for _ in range(MID_P_STEPS):
            reached, exceeded = betainc(x, rest + 1, p), np.where(rest > 0, betainc(x + 1, rest, p), 0.0)
            chance = (reached + exceeded) / 2
            slope = (reached - exceeded) / 2 * (x + rest * p / (1 - p)) / chance
            p = p * np.exp((np.log(tail) - np.log(chance)) / slope)
    return np.where(x > 0, p, 0.0)


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
    """Newcombe's interval of a difference, with limits widened for groups that are small.

    It is Newcombe's own wherever both groups have 24 rows (80 where the shares are more than 0.4
    apart), and more than 2 cases and 2 non-cases. Elsewhere the limits of that group are those of
    :func:`guarded_limits`.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and eligible; the difference is first minus second.
    critical1, critical2 : array
        Critical value for each group: t where it consists of few clusters.
    correlation : array
        Correlation of the two shares.

    Returns
    -------
    low, high : float array
        Between -1 and 1; NaN where a group has no rows.

    Examples
    --------
    >>> limits = difference_interval(805, 1795, 349, 1488, critical1=1.959964, critical2=1.959964)
    >>> [round(float(limit), 6) for limit in limits]
    [0.182053, 0.245023]
    """
    share1, share2 = share(count1, nobs1), share(count2, nobs2)
    with np.errstate(invalid="ignore"):
        rows = np.where(np.abs(share1 - share2) > FAR_APART, FEW_ROWS_FAR_APART, FEW_ROWS)
    first = guarded_limits(count1, nobs1, critical=critical1, few_rows=rows)
    second = guarded_limits(count2, nobs2, critical=critical2, few_rows=rows)
    return mover_difference(share1, *first, share2, *second, correlation=correlation)


def ratio_interval(
    count1: ArrayLike,
    nobs1: ArrayLike,
    count2: ArrayLike,
    nobs2: ArrayLike,
    *,
    critical1: ArrayLike,
    critical2: ArrayLike,
) -> tuple[Floats, Floats]:
    """Koopman's interval of a ratio, widened where a group has under 24 rows, up to 4 cases or nothing but cases.

    There it is made to hold as well the interval that the limits of the two shares give on the
    logarithmic scale: exact limits of a share with at most 4 cases, mid-p exact ones of the other.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and eligible; the ratio is first over second.
    critical1, critical2 : array
        Critical value for each group: t where it consists of few clusters. Koopman's takes the larger.

    Returns
    -------
    low, high : float array
        0 or more; `high` is infinite where the second count is 0; NaN where a group has no rows.

    Examples
    --------
    >>> limits = ratio_interval(805, 1795, 349, 1488, critical1=1.959964, critical2=1.959964)
    >>> [round(float(limit), 6) for limit in limits]
    [1.722568, 2.12555]
    """
    x1, n1, x2, n2, z1, z2 = broadcast(count1, nobs1, count2, nobs2, critical1, critical2)
    low, high = koopman(x1, n1, x2, n2, critical=np.maximum(z1, z2))
    small = (np.minimum(n1, n2) < FEW_ROWS) | (np.minimum(x1, x2) <= FEW_CASES_OF_RATIO)
    small = (small | (x1 >= n1) | (x2 >= n2)) & ~np.isnan(low)
    if not small.any():
        return low, high
    x1, n1, x2, n2, z1, z2 = (a[small] for a in (x1, n1, x2, n2, z1, z2))
    wide_low, wide_high = mover_ratio(
        share(x1, n1), *_small_limits(x1, n1, z1), share(x2, n2), *_small_limits(x2, n2, z2)
    )
    low[small] = np.fmin(low[small], wide_low)
    high[small] = np.fmax(high[small], wide_high)
    return low, high


def _small_limits(x: Floats, n: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Give Clopper and Pearson's exact limits of a few cases, mid-p ones of more."""
    low, high = _mid_p(x, n, z)
    exact_low, exact_high = exact_limits(x, n, _tail(z))
    few_cases = x <= FEW_CASES_OF_RATIO
    return np.where(few_cases, exact_low, low), np.where(few_cases, exact_high, high)


def exact_limits(count: Floats, nobs: Floats, tail: Floats) -> tuple[Floats, Floats]:
    """Clopper and Pearson's exact limits of a share, each exceeded in a share `tail` of samples at most.

    Parameters
    ----------
    count, nobs : float array
        Rows counted and rows eligible; effective ones need not be whole.
    tail : float array
        Chance on either side.

    Returns
    -------
    low, high : float array
        0 to 1.

    References
    ----------
    Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial".
    """
    rest = np.maximum(nobs - count, 0)
    with np.errstate(invalid="ignore"):
        # Where the tail is next to nothing the limit underflows, to NaN in SciPy: it is all there is.
        low = np.where(count > 0, np.nan_to_num(betaincinv(count, rest + 1, tail)), 0.0)
        return low, np.where(rest > 0, 1 - np.nan_to_num(betaincinv(rest, count + 1, tail)), 1.0)
