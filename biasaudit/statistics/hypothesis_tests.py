"""Tests of equal rates that hold their level in small groups, and Holm's correction."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc, gammaln, ndtr

__all__ = ["fisher_exact", "holm", "homogeneity_test", "proportion_p_value", "two_proportion_test"]

Floats = NDArray[np.float64]
SMALLEST_EXPECTED = 5.0
BLOCK = 2_000_000


def two_proportion_test(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Test that two shares are equal by the pooled score test; return the two-sided p-value.

    Returns
    -------
    float array
        NaN where a group has no rows, 1 where all rows agree.

    Examples
    --------
    >>> float(two_proportion_test(157, 2435, 235, 2435).round(7))
    3.98e-05
    """
    x1, n1, x2, n2 = (np.asarray(a, dtype=float) for a in (count1, nobs1, count2, nobs2))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (x1 + x2) / (n1 + n2)
        variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
        z = np.where(variance > 0, (x1 / n1 - x2 / n2) / np.sqrt(variance), 0.0)
    return np.where((n1 > 0) & (n2 > 0) & ~np.isnan(pooled), 2 * ndtr(-np.abs(z)), np.nan)


def fisher_exact(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Fisher's exact test: the chance of a table no likelier than this one, its margins given.

    Counts are rounded to whole ones.

    Examples
    --------
    >>> float(fisher_exact(14, 24, 21, 24).round(6))
    0.048991
    """
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (count1, nobs1, count2, nobs2)))
    defined = (n1 > 0) & (n2 > 0) & ~np.isnan(x1) & ~np.isnan(x2)
    out = np.full(x1.shape, np.nan)
    tables = np.stack([np.rint(a[defined]) for a in (x1, n1, x2, n2)])
    out[defined] = _fisher(*tables)
    return out


def _fisher(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Compute the p-values in blocks, so that wide supports do not fill the memory."""
    total = x1 + x2
    first = np.maximum(0, total - n2)
    width = (np.minimum(n1, total) - first + 1).astype(np.int64)
    out = np.empty(len(x1))
    start = 0
    ends = np.cumsum(width)
    while start < len(x1):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + BLOCK)))
        part = slice(start, stop)
        out[part] = _fisher_block(x1[part], n1[part], n2[part], total[part], first[part], width[part])
        start = stop
    return out


def _fisher_block(x1: Floats, n1: Floats, n2: Floats, total: Floats, first: Floats, width: NDArray[np.int64]) -> Floats:
    owner = np.repeat(np.arange(len(x1)), width)
    begins = np.cumsum(width) - width
    k = first[owner] + np.arange(len(owner)) - begins[owner]
    log_p = _log_choose(n1[owner], k) + _log_choose(n2[owner], total[owner] - k)
    log_p -= _log_choose(n1 + n2, total)[owner]
    seen = log_p[begins + (x1 - first).astype(np.int64)]
    # Equal probabilities may differ in the last digits.
    counted = np.where(log_p <= seen[owner] + 1e-7, np.exp(log_p), 0.0)
    return np.minimum(np.bincount(owner, weights=counted, minlength=len(x1)), 1.0)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def proportion_p_value(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Test that two shares are equal: score test where 5 are expected in every cell, else Fisher's.

    Examples
    --------
    >>> proportion_p_value([14, 157], [24, 2435], [21, 235], [24, 2435]).round(6).tolist()
    [0.02299, 4e-05]
    """
    x1, n1, x2, n2 = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (count1, nobs1, count2, nobs2)))
    p_values = two_proportion_test(x1, n1, x2, n2)
    small = ~np.isnan(p_values) & (_smallest_expected(x1 + x2, n1 + n2, np.minimum(n1, n2)) < SMALLEST_EXPECTED)
    p_values[small] = fisher_exact(x1[small], n1[small], x2[small], n2[small])
    return p_values


def _smallest_expected(count: Floats, nobs: Floats, group: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = count / nobs
        return np.asarray(group * np.minimum(pooled, 1 - pooled))


def homogeneity_test(count: ArrayLike, nobs: ArrayLike, *, df: ArrayLike = np.inf) -> Floats:
    """Test that all groups share one rate.

    Groups in which 5 cases and 5 non-cases are expected are compared by the chi-square test (F, where
    `df` is finite); each smaller group is held against everyone else by Fisher's exact test. The two
    p-values are joined by Bonferroni's inequality, which keeps the level whatever the counts.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Groups with ``nobs == 0`` are left out.
    df : array of shape (...)
        Degrees of freedom of the variances: the fewest clusters of a group, less one.

    Returns
    -------
    float array of shape (...)
        NaN where fewer than two groups have rows.

    References
    ----------
    Cochran (1954), "Some methods for strengthening the common chi-square tests", section 3.

    Examples
    --------
    >>> float(homogeneity_test([157, 235], [2435, 2435]).round(7))
    3.98e-05
    """
    x, n = np.broadcast_arrays(np.asarray(count, dtype=float), np.asarray(nobs, dtype=float))
    used = n > 0
    x, n = np.where(used, x, 0.0), np.where(used, n, 0.0)
    total, rows = x.sum(axis=-1, keepdims=True), n.sum(axis=-1, keepdims=True)
    large = used & (_smallest_expected(total, rows, n) >= SMALLEST_EXPECTED)
    chi_square = _chi_square(np.where(large, x, 0.0), np.where(large, n, 0.0), np.asarray(df, dtype=float))
    small = used & ~large
    exact = np.full(x.shape, np.nan)
    exact[small] = fisher_exact(x[small], n[small], (total - x)[small], (rows - n)[small])
    tests = small.sum(axis=-1)
    smallest = np.where(small, np.nan_to_num(exact, nan=1.0), 1.0).min(axis=-1, initial=1.0) * tests
    both = 2 * np.fmin(chi_square, smallest)
    joined = np.where(tests == 0, chi_square, np.where(np.isnan(chi_square), smallest, both))
    return np.where(used.sum(axis=-1) > 1, np.minimum(joined, 1.0), np.nan)


def _chi_square(x: Floats, n: Floats, df: Floats) -> Floats:
    groups = (n > 0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = x.sum(axis=-1, keepdims=True) / n.sum(axis=-1, keepdims=True)
        terms = np.where(n > 0, (x - n * pooled) ** 2 / (n * pooled * (1 - pooled)), 0.0)
    statistic = np.nan_to_num(terms.sum(axis=-1))
    between = np.maximum(groups - 1, 1)
    p_value = np.where(
        np.isfinite(df), fdtrc(between, np.where(np.isfinite(df), np.maximum(df, 1e-9), 1.0), statistic / between),
        chdtrc(between, statistic),
    )  # fmt: skip
    return np.where(groups > 1, p_value, np.nan)


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values for having looked at all of them; NaN stays NaN and does not count.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure".

    Examples
    --------
    >>> holm([0.0008, 0.009, 0.012, 0.021, 0.041, 0.2]).round(4).tolist()
    [0.0048, 0.045, 0.048, 0.063, 0.082, 0.2]
    """
    p = np.asarray(p_values, dtype=float)
    out = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    stepped = p[order] * np.arange(len(order), 0, -1)
    out[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return out
