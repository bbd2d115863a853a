"""Tests of equal rates that hold their level in small groups, and Holm's correction."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, gammaln, ndtr

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.arrays import broadcast
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference, df_of_mean, p_value_with_df, welch

__all__ = ["fisher_exact", "holm", "homogeneity_test", "needs_exact_test", "proportion_p_value", "two_proportion_test"]

MIN_EXPECTED = 5.0
TAIL = 0.02
SKEWED = 0.02
BLOCK = 2_000_000
ROUNDING = 1e-7


def two_proportion_test(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Test that two shares are equal by the pooled score test; return the two-sided p-value.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and rows eligible; effective ones need not be whole.

    Returns
    -------
    float array
        NaN where a group has no rows, 1 where all rows agree.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, equation 3.5.

    Examples
    --------
    >>> float(two_proportion_test(157, 2435, 235, 2435).round(7))
    3.98e-05
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (x1 + x2) / (n1 + n2)
        variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
        z = np.where(variance > 0, (x1 / n1 - x2 / n2) / np.sqrt(variance), 0.0)
    return np.where((n1 > 0) & (n2 > 0) & ~np.isnan(pooled), 2 * ndtr(-np.abs(z)), np.nan)


def fisher_exact(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Fisher's exact test: the chance of a table no likelier than this one, its margins given.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and rows eligible. Effective rows are cut to whole ones and their cases rounded
        towards the other group's share, so that neither rows nor a gap are made up.

    Returns
    -------
    float array
        NaN where a group has no rows.

    References
    ----------
    Fisher (1935), "The logic of inductive inference".

    Examples
    --------
    >>> float(fisher_exact(14, 24, 21, 24).round(6))
    0.048991
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    defined = (n1 > 0) & (n2 > 0) & ~np.isnan(x1) & ~np.isnan(x2)
    out = np.full(x1.shape, np.nan)
    out[defined] = _fisher(*_whole(x1[defined], n1[defined], x2[defined], n2[defined]))
    return out


def _whole(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    share1, share2 = x1 / n1, x2 / n2
    # What rounding errors add or take must not cost a row.
    whole1, whole2 = np.floor(n1 + ROUNDING), np.floor(n2 + ROUNDING)
    return (
        _toward(share1 * whole1, share1 < share2),
        whole1,
        _toward(share2 * whole2, share2 < share1),
        whole2,
    )


def _toward(count: Floats, up: Bools) -> Floats:
    return np.where(up, np.ceil(count - ROUNDING), np.floor(count + ROUNDING))


def _fisher(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Compute the p-values in blocks, so that wide supports do not fill the memory."""
    total, rows = x1 + x2, n1 + n2
    share = total / np.maximum(rows, 1)
    # Beyond this reach lies a chance under 1e-300, by Bernstein's inequality.
    reach = 500 + 40 * np.sqrt(n1 * share * (1 - share))
    first = np.maximum(np.maximum(0, total - n2), np.floor(n1 * share - reach))
    last = np.minimum(np.minimum(n1, total), np.ceil(n1 * share + reach))
    width = (last - first + 1).astype(np.int64)
    block = np.cumsum(width) // BLOCK
    tables = np.stack([x1, n1, n2, total, first])
    cuts = np.flatnonzero(np.diff(block)) + 1
    parts = zip(np.split(tables, cuts, axis=1), np.split(width, cuts), strict=True)
    return np.concatenate([_fisher_block(*part) for part in parts])


def _fisher_block(tables: Floats, width: Ints) -> Floats:
    x1, n1, n2, total, first = tables
    owner = np.repeat(np.arange(len(x1)), width)
    k = first[owner] + np.arange(len(owner)) - (np.cumsum(width) - width)[owner]
    log_p = _log_choose(n1[owner], k) + _log_choose(n2[owner], total[owner] - k)
    log_all = _log_choose(n1 + n2, total)
    seen = _log_choose(n1, x1) + _log_choose(n2, total - x1)
    p = np.exp(log_p - log_all[owner])
    # Equally likely tables may differ in the last digits.
    counted = np.where(log_p <= seen[owner] + ROUNDING, p, 0.0)
    # Dividing by their sum, which is 1, takes out the rounding errors that all share.
    sums = (np.bincount(owner, weights=w, minlength=len(x1)) for w in (counted, p))
    return np.asarray(np.divide(*sums))


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def proportion_p_value(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Test that two shares are equal: score test where 5 are expected in every cell, else Fisher's.

    Where one group is much the smaller and cases are rare (or non-cases), the score test's far tail is too
    thin: there a p-value below 0.02 has to be confirmed by Fisher's test.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and rows eligible; effective ones need not be whole.

    Returns
    -------
    float array
        NaN where a group has no rows.

    References
    ----------
    Cochran (1954), "Some methods for strengthening the common chi-square tests", section 3.

    Examples
    --------
    >>> proportion_p_value([14, 157], [24, 2435], [21, 235], [24, 2435]).round(6).tolist()
    [0.02299, 4e-05]
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    score = two_proportion_test(x1, n1, x2, n2)
    chosen = needs_exact_test(x1, n1, x2, n2, p_value=score)
    exact = np.full(score.shape, np.nan)
    exact[chosen] = fisher_exact(x1[chosen], n1[chosen], x2[chosen], n2[chosen])
    small = _expected(x1 + x2, n1 + n2, np.minimum(n1, n2)) < MIN_EXPECTED
    return np.where(chosen, np.where(small, exact, _confirmed(score, exact)), score)


def needs_exact_test(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, *, p_value: ArrayLike
) -> Bools:
    """Say where :func:`proportion_p_value` asks Fisher's test about a score test's `p_value`.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : float array
        Rows counted and rows eligible.
    p_value : float array
        Of the score test.

    Returns
    -------
    bool array

    Examples
    --------
    >>> needs_exact_test([4, 7], [10, 100], [30, 500], [100, 4900], p_value=[0.5, 0.03]).tolist()
    [True, False]
    """
    x1, n1, x2, n2, p = (np.asarray(a, dtype=float) for a in (count1, nobs1, count2, nobs2, p_value))
    small = _expected(x1 + x2, n1 + n2, np.minimum(n1, n2)) < MIN_EXPECTED
    with np.errstate(invalid="ignore", divide="ignore"):
        uneven = _skewed((x1 + x2) / (n1 + n2), 1 / n1 + 1 / n2 - 4 / (n1 + n2), 2)
    return np.asarray((small | (p < TAIL) & uneven) & (n1 > 0) & (n2 > 0) & ~np.isnan(p))


def _expected(count: Floats, nobs: Floats, group: Floats) -> Floats:
    """Fewest cases or non-cases expected in `group` rows if all shared one rate."""
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = count / nobs
        return np.asarray(group * np.minimum(pooled, 1 - pooled))


def _skewed(pooled: Floats, uneven: Floats, groups: Floats | int) -> Bools:
    """Say where groups are so uneven, and cases so rare, that chi-square's skewness shows; equal groups have none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((1 / (pooled * (1 - pooled)) - 4) * uneven > SKEWED * (groups - 1) ** 2)


def _uneven(n: Floats) -> Floats:
    """How much more the inverse sizes of the groups, the last axis, add up to than those of equal ones would."""
    groups = (n > 0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(n > 0, 1 / n, 0.0).sum(axis=-1) - groups**2 / n.sum(axis=-1))


def _confirmed(p_value: Floats, exact: Floats) -> Floats:
    """Believe no p-value in the tail that is smaller than the exact one; both tests hold their level there."""
    return np.maximum(p_value, np.minimum(exact, TAIL))


def homogeneity_test(count: ArrayLike, nobs: ArrayLike, *, axis: int = -1, df: ArrayLike = np.inf) -> Floats:
    """Test that all groups share one rate.

    Groups in which 5 cases and 5 non-cases are expected are compared by the chi-square test (Welch's F,
    where `df` is finite), whose p-values below 0.02 have to be confirmed by exact tests of each against the
    others where group sizes are very uneven and cases rare. Each smaller group is held against everyone
    else by Fisher's exact test. The two p-values are joined by Bonferroni's inequality, which keeps the
    level whatever the counts.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Effective ones need not be whole. Groups with ``nobs == 0`` are left out.
    axis : int
        Axis of the groups.
    df : array of shape (..., groups)
        Degrees of freedom of each group's variance.

    Returns
    -------
    float array of shape (...)
        NaN where fewer than two groups have rows.

    References
    ----------
    Cochran (1954), "Some methods for strengthening the common chi-square tests", section 3. Welch (1951), "On the
    comparison of several mean values: an alternative approach".

    Examples
    --------
    >>> float(homogeneity_test([157, 235], [2435, 2435]).round(7))
    3.98e-05
    """
    x, n, dof = (np.moveaxis(a, axis, -1) for a in broadcast(count, nobs, df))
    used = n > 0
    x, n = np.where(used, x, 0.0), np.where(used, n, 0.0)
    expected = _expected(x.sum(axis=-1, keepdims=True), n.sum(axis=-1, keepdims=True), n)
    large = used & (expected >= MIN_EXPECTED)
    large_x, large_n = np.where(large, x, 0.0), np.where(large, n, 0.0)
    chi_square = _chi_square(large_x, large_n, dof)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = large_x.sum(axis=-1) / large_n.sum(axis=-1)
    doubted = (chi_square < TAIL) & _skewed(pooled, _uneven(large_n), large.sum(axis=-1))
    confirmed = _confirmed(chi_square, _smallest_exact(x, n, dof, large & doubted[..., None], large))
    chi_square = np.where(doubted, confirmed, chi_square)
    small = used & ~large
    smallest = _smallest_exact(x, n, dof, small, used)
    joined = np.where(
        ~small.any(axis=-1), chi_square, np.where(np.isnan(chi_square), smallest, 2 * np.fmin(chi_square, smallest))
    )
    return np.where(used.sum(axis=-1) > 1, np.minimum(joined, 1.0), np.nan)


def _smallest_exact(x: Floats, n: Floats, df: Floats, groups: Bools, among: Bools) -> Floats:
    """Hold each of `groups` against the rest of those `among`; the smallest p-value times their number."""
    rest_x = np.where(among, x, 0.0).sum(axis=-1, keepdims=True) - x
    rest_n = np.where(among, n, 0.0).sum(axis=-1, keepdims=True) - n
    exact = np.ones(x.shape)
    exact[groups] = fisher_exact(x[groups], n[groups], rest_x[groups], rest_n[groups])
    if np.isfinite(df[groups]).any():
        exact[groups] = p_value_with_df(exact[groups], _against_the_rest(n, df, among)[groups])
    tests = groups.sum(axis=-1)
    # Of two groups one against the other is all there is.
    tests = np.where((tests == 2) & (among.sum(axis=-1) == 2), 1, tests)
    return np.asarray(np.nan_to_num(exact, nan=1.0).min(axis=-1, initial=1.0) * tests)


def _against_the_rest(n: Floats, df: Floats, among: Bools) -> Floats:
    """Degrees of freedom of the gap between each group and the rest of those `among`."""
    others = np.where(among[..., None, :] & ~np.eye(n.shape[-1], dtype=bool), n[..., None, :], 0.0)
    rest = df_of_mean(others, df[..., None, :])
    return df_of_difference(n, df, others.sum(axis=-1), rest)


def _chi_square(x: Floats, n: Floats, df: Floats) -> Floats:
    groups = (n > 0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = x.sum(axis=-1, keepdims=True) / n.sum(axis=-1, keepdims=True)
        terms = np.where(n > 0, (x - n * pooled) ** 2 / (n * pooled * (1 - pooled)), 0.0)
    statistic = np.nan_to_num(terms.sum(axis=-1))
    between = np.maximum(groups - 1, 1)
    p_value = chdtrc(between, statistic)
    if np.isfinite(df[n > 0]).any():
        within, scale = welch(n, df)
        few = np.isfinite(within)
        clustered = fdtrc(between, np.where(few, np.maximum(within, 1e-9), 1.0), statistic / between / scale)
        p_value = np.where(few, clustered, p_value)
    return np.where(groups > 1, p_value, np.nan)


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values for having looked at all of them; NaN stays NaN and does not count.

    Parameters
    ----------
    p_values : array of shape (tests,)
        Between 0 and 1, or NaN.

    Returns
    -------
    float array of shape (tests,)

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
