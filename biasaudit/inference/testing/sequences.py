"""Answers that hold however often one looks: confidence sequences of a gap, and evidence that it has changed."""

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError

__all__ = ["RHO", "change_evidence", "daily_gap", "gap_sequence", "normal_mixture", "sum_evidence"]

# The mixture expects gaps and changes of ten points: lambda is 4 times the gap where a row's variance is at most 1/4.
RHO = 1 / (4 * 0.1) ** 2


def normal_mixture(variance: ArrayLike, *, alpha: float, rho: float = RHO) -> Floats:
    """Boundary that a sub-Gaussian sum crosses at any time, in either direction, with a chance of at most `alpha`.

    Parameters
    ----------
    variance : array
        Intrinsic time: the variance proxy of the sum so far, none negative.
    alpha : float
        Between 0 and 1.
    rho : float
        Where the boundary is tightest, above 0: at a variance of about ``8 * rho`` for an alpha of 0.05.

    Returns
    -------
    float array of the shape of `variance`

    Raises
    ------
    AuditError
        If `alpha` is not between 0 and 1.

    References
    ----------
    Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences",
    equation 14; Robbins (1970), "Statistical methods related to the law of the iterated logarithm".

    Examples
    --------
    >>> normal_mixture([0, 10, 1000], alpha=0.05, rho=10).round(3).tolist()
    [7.74, 11.563, 103.502]
    """
    if not 0 < alpha < 1:
        raise AuditError(f"alpha={alpha!r} is not between 0 and 1. Use 0.05 for one false alarm in twenty.")
    v = np.asarray(variance, dtype=float)
    return np.asarray(np.sqrt((v + rho) * np.log((v + rho) / (rho * alpha**2))))


def daily_gap(share1: ArrayLike, nobs1: ArrayLike, share2: ArrayLike, nobs2: ArrayLike) -> tuple[Floats, Floats]:
    """Gap of each day, and its weight: four times the weight is at most one over the gap's variance.

    Parameters
    ----------
    share1, nobs1, share2, nobs2 : array
        Share of each group on each day, and eligible rows (effective ones need not be whole).

    Returns
    -------
    gap, weight : float array
        Both 0 where a group has no rows. Weights are those of Mantel and Haenszel: what moves both groups on the same
        day moves no gap.

    Examples
    --------
    >>> gap, weight = daily_gap([0.5, float("nan")], [20, 0], [0.25, 0.5], [20, 8])
    >>> gap.tolist(), weight.tolist()
    ([0.25, 0.0], [10.0, 0.0])
    """
    p1, n1, p2, n2 = (np.asarray(a, dtype=float) for a in (share1, nobs1, share2, nobs2))
    both = (n1 > 0) & (n2 > 0)
    weight = np.where(both, n1 * n2 / np.where(both, n1 + n2, 1.0), 0.0)
    return np.where(both, p1 - p2, 0.0), weight


def gap_sequence(gap: ArrayLike, weight: ArrayLike, *, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Mean gap until each day, with limits that hold on all days at once.

    Parameters
    ----------
    gap, weight : array of shape (..., days)
        As :func:`daily_gap` gives them.
    alpha : float
        Chance that any of the intervals, however long one goes on, misses the mean of the true gaps until its day.

    Returns
    -------
    estimate, low, high : float array of shape (..., days)
        Between -1 and 1; NaN as long as no day has both groups.

    Notes
    -----
    A row is 0 or 1, so its share is sub-Gaussian whatever its rate, and the guarantee holds for any number of rows,
    for rates that move and for group sizes that depend on earlier days; it is no approximation. Its price is width
    where rates are near 0 or 1. Rows have to be independent within a day, given the days before.

    References
    ----------
    Howard, Ramdas, McAuliffe and Sekhon (2021), theorem 1 and proposition 5, with Hoeffding's lemma.

    Examples
    --------
    >>> estimate, low, high = gap_sequence([0.2, 0.1], [50, 50], alpha=0.05)
    >>> [part.round(3).tolist() for part in (estimate, low, high)]
    [[0.2, 0.15], [-0.031, -0.004], [0.431, 0.304]]
    """
    d, w = np.asarray(gap, dtype=float), np.asarray(weight, dtype=float)
    total = np.cumsum(w, axis=-1)
    known = np.where(total > 0, total, np.nan)
    estimate = np.cumsum(w * d, axis=-1) / known
    half = normal_mixture(total / 4, alpha=alpha) / known
    return estimate, np.maximum(estimate - half, -1.0), np.minimum(estimate + half, 1.0)


def change_evidence(gap: ArrayLike, weight: ArrayLike) -> tuple[Floats, Ints]:
    """Evidence, on each day, that the gap has changed since some earlier day.

    Parameters
    ----------
    gap, weight : array of shape (..., days)
        As :func:`daily_gap` gives them.

    Returns
    -------
    log_evidence : float array of shape (..., days)
        Where the gap never changes, it reaches ``log(1 / alpha)`` on any day with a chance of at most alpha.
    since : int array of shape (..., days)
        First day of the change that the evidence speaks for most; 0 where it speaks for none.

    Notes
    -----
    For a change on day k and an unchanging gap g, the product of two normal mixtures (days before k and days since)
    is a supermartingale that starts at 1. Its minimum over g has a closed form, and the mean over k with weights
    1 / (k (k + 1)) is no larger than the mean of the products at the true g: Ville's inequality does the rest. What
    moves both groups alike is no change. The guarantee is exact, as that of :func:`gap_sequence`.

    References
    ----------
    Howard, Ramdas, McAuliffe and Sekhon (2021), proposition 5; Wasserman, Ramdas and Balakrishnan (2020), "Universal
    inference", for the minimum over what is not known; Shin, Ramdas and Rinaldo (2024), "E-detectors", for the mean
    over days of change.

    Examples
    --------
    >>> evidence, since = change_evidence([0.0] * 20 + [0.3] * 20, [40] * 40)
    >>> evidence[[19, 29, 39]].round(1).tolist(), int(since[39])
    ([-2.4, 36.4, 60.3], 20)
    """
    d, w = np.asarray(gap, dtype=float), np.asarray(weight, dtype=float)
    days = d.shape[-1]
    sums = np.concatenate([np.zeros((*d.shape[:-1], 1)), np.cumsum(w * d, axis=-1)], axis=-1)
    totals = np.concatenate([np.zeros((*d.shape[:-1], 1)), np.cumsum(w, axis=-1)], axis=-1)
    log_evidence, since = np.full(d.shape, -np.inf), np.zeros(d.shape, dtype=np.int64)
    for last in range(1, days):
        change = np.arange(1, last + 1)
        before, after = totals[..., change], totals[..., last + 1, None] - totals[..., change]
        each = _log_product(sums[..., change], before, sums[..., last + 1, None] - sums[..., change], after) - np.log(
            change * (change + 1.0)
        )
        log_evidence[..., last], since[..., last] = sum_evidence(each)
    return log_evidence, since


def sum_evidence(log_evidence: Floats) -> tuple[Floats, Ints]:
    """Sum evidence of changes on day 1, 2, … (last axis, logarithms): its logarithm, and the day it speaks for most.

    Parameters
    ----------
    log_evidence : float array of shape (..., days)

    Returns
    -------
    log_evidence : float array of shape (...)
    since : int array of shape (...)
        0 where there is no evidence.
    """
    highest = log_evidence.max(axis=-1, keepdims=True)
    finite = np.isfinite(highest[..., 0])
    finite_highest = np.where(np.isfinite(highest), highest, 0.0)
    log_sum = finite_highest[..., 0] + np.log(np.maximum(np.exp(log_evidence - finite_highest).sum(axis=-1), 1e-300))
    return np.where(finite, log_sum, -np.inf), np.where(finite, log_evidence.argmax(axis=-1) + 1, 0).astype(np.int64)


def _log_product(sum1: Floats, total1: Floats, sum2: Floats, total2: Floats) -> Floats:
    """Minimum over the common gap of the product of two normal mixtures; no evidence where one has no rows."""
    known = (total1 > 0) & (total2 > 0)
    w1, w2 = np.where(known, total1, 1.0), np.where(known, total2, 1.0)
    v1, v2 = w1 / 4 + RHO, w2 / 4 + RHO
    change = sum2 / w2 - sum1 / w1
    log = change**2 / (2 * (v1 / w1**2 + v2 / w2**2)) - np.log(v1 / RHO) / 2 - np.log(v2 / RHO) / 2
    return np.asarray(np.where(known, log, -np.inf))
