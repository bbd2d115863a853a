"""How the share of a group in the data stands to its share in a population."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, ndtr

from biasaudit.arraytypes import Bools, Floats
from biasaudit.counts.arrays import broadcast, share
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.intervals.small_groups import guarded_limits
from biasaudit.inference.variance.degrees_of_freedom import p_value_with_df, rows_at_level
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.wilson import critical_value

__all__ = ["Membership", "Representation", "membership", "representation"]

# Fewer expected in the data or outside of them: the exact test.
MIN_EXPECTED = 10.0
# Where t costs more than clusters that are all alike.
T_LEVEL = 0.05
# What rounding errors add or take must not cost a row.
ROUNDING = 1e-7


@dataclass(frozen=True, eq=False)
class Membership:
    """What share of the weight is of each group, and the rows that this rests on; arrays have shape (groups,).

    Parameters
    ----------
    share : float array
        Of a group that is not kept, what it is beside the whole; NaN where there is no whole.
    nobs : float array
        Effective rows: as many independent rows of weight 1 would be as uncertain.
    df : float array
        Degrees of freedom of the variance; infinite where it is known.
    """

    share: Floats
    nobs: Floats
    df: Floats


def membership(table: Crosstab, in_whole: Bools) -> Membership:
    """Estimate the share of each group in the weight of all groups that are kept.

    The variance is that of a ratio, linearised, over rows or over clusters: a few heavy rows, or a few large clusters,
    leave as little certainty as they have. With equal weights and no clusters the rows are the rows.

    Parameters
    ----------
    table : Crosstab
        Rolled up to the features wanted.
    in_whole : bool array of shape (groups,)
        Groups that make up the whole.

    Returns
    -------
    Membership

    References
    ----------
    Cochran (1977), Sampling Techniques, equation 2.39. Kish (1965), Survey Sampling, section 5.4, for the most that
    clusters can take.

    Examples
    --------
    >>> import pandas as pd
    >>> from biasaudit import count
    >>> frame = pd.DataFrame({"g": list("aab"), "p": [0, 1, 1], "w": [1.0, 1.0, 2.0]})
    >>> found = membership(count(frame, sensitive_features="g", y_pred="p", sample_weight="w"), np.array([True, True]))
    >>> found.share.tolist(), found.nobs.round(2).tolist()
    ([0.5, 0.5], [2.67, 2.67])
    """
    weights = table.rows.astype(float) if table.weight is None else table.weight
    squares = table.rows.astype(float) if table.weight_squared is None else table.weight_squared
    by_group, squared = (np.bincount(table.group, weights=w, minlength=len(in_whole)) for w in (weights, squares))
    total, squares_of_all = by_group[in_whole].sum(), squared[in_whole].sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = by_group / total
        variance = ((1 - share) ** 2 * squared + share**2 * (squares_of_all - squared)) / total**2
        nobs = np.where(variance > 0, share * (1 - share) / variance, total**2 / squares_of_all)
    found = Membership(share, np.where(in_whole, nobs, 0.0), np.full(len(in_whole), np.inf))
    if table.cluster is None:
        return found
    return _between_clusters(found, _totals(table, in_whole, weights, squares), in_whole)


def _totals(table: Crosstab, in_whole: Bools, weights: Floats, squares: Floats) -> ClusterTotals:
    """Lay out each group as a measure: of the weight of a cluster, what is the group's."""
    assert table.cluster is not None
    use, groups = in_whole[table.group], len(in_whole)
    _, cluster = np.unique(table.cluster[use], return_inverse=True)
    clusters = int(cluster.max(initial=-1)) + 1
    inside = np.bincount(table.group[use] * clusters + cluster, weights=weights[use], minlength=clusters * groups)
    sizes, squared = (np.bincount(cluster, weights=w[use], minlength=clusters) for w in (weights, squares))
    one_group, group_weights = np.zeros(clusters, dtype=np.int64), inside.reshape(groups, clusters).astype(float)
    return ClusterTotals(
        group_weights,
        np.tile(sizes, (groups, 1)),
        np.tile(squared, (groups, 1)),
        one_group,
        np.arange(clusters),
        1,
        clusters,
    )


def _between_clusters(found: Membership, totals: ClusterTotals, in_whole: Bools) -> Membership:
    """Count what the spread between clusters leaves, as of any rate of rows in clusters.

    Few large clusters judge their own spread badly, and t asks much of them. But the rows of a cluster are at most all
    alike: where that alone says how little they are worth, nothing is estimated, and no t is needed.
    """
    size = totals.denominator
    rows = Shares(
        totals.numerator.sum(axis=1, keepdims=True),
        size.sum(axis=1, keepdims=True),
        found.share[:, None],
        found.nobs[:, None],
        found.df[:, None],
    )
    estimated = clustered_shares(rows, totals).each(lambda array: array[:, 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        rows_if_alike = size.sum(axis=1) ** 2 / (size**2).sum(axis=1)
    # Where large clusters are mostly of one group, less than that is seen.
    fewer_rows = np.fmin(rows_if_alike, estimated.nobs)
    certain = fewer_rows > rows_at_level(estimated.nobs, estimated.df, T_LEVEL)
    nobs, df = np.where(certain, fewer_rows, estimated.nobs), np.where(certain, np.inf, estimated.df)
    return Membership(found.share, np.where(in_whole, nobs, 0.0), df)


@dataclass(frozen=True, eq=False)
class Representation:
    """Shares of groups against a population; every array has shape (groups,).

    Parameters
    ----------
    share, share_low, share_high : float array
        Share of the data with Wilson's interval.
    ratio, low, high : float array
        Share of the data over share of the population; NaN where the population has nobody of the group.
    p_value : float array
        Test that the data are drawn from the population: score test, exact where few are expected.
    """

    share: Floats
    share_low: Floats
    share_high: Floats
    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats


def representation(
    count: ArrayLike, nobs: ArrayLike, population: ArrayLike, *, confidence: float = 0.95, df: ArrayLike = np.inf
) -> Representation:
    """Hold the shares of groups against those of a population that is known without error.

    Parameters
    ----------
    count, nobs : array of shape (groups,)
        Rows of the group, and all rows.
    population : array of shape (groups,)
        Share of the population, 0 to 1.
    confidence : float
        Of the intervals.
    df : array of shape (groups,)
        Degrees of freedom of the variance.

    Returns
    -------
    Representation

    References
    ----------
    Wilson (1927): the interval of a share, which the share of the population only scales.

    Examples
    --------
    >>> found = representation([370, 630], 1000, [0.12, 0.88])
    >>> found.ratio.round(2).tolist(), found.low.round(2).tolist()
    ([3.08, 0.72], [2.84, 0.68])
    """
    x, n, p, dof = broadcast(count, nobs, population, df)
    low, high = guarded_limits(x, n, critical=critical_value(confidence, dof))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, ratio_low, ratio_high = (np.where(p > 0, a / p, np.nan) for a in (share(x, n), low, high))
    return Representation(share(x, n), low, high, ratio, ratio_low, ratio_high, p_value_with_df(_p_value(x, n, p), dof))


def _p_value(x: Floats, n: Floats, p: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 2 * ndtr(-np.abs(x - n * p) / np.sqrt(n * p * (1 - p)))
    # Effective rows need not be whole; what rounding adds or takes is never in favour of a gap.
    rows = np.floor(n + ROUNDING)
    cases = np.clip(np.where(x > n * p, np.floor(x + ROUNDING), np.ceil(x - ROUNDING)), 0, rows)
    # The binomial's tails as incomplete beta functions.
    at_most = np.where(cases < rows, betainc(np.maximum(rows - cases, 1e-9), cases + 1, 1 - p), 1.0)
    at_least = np.where(cases > 0, betainc(np.maximum(cases, 1e-9), rows - cases + 1, p), 1.0)
    exact = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    certain = (p <= 0) | (p >= 1)
    exact = np.where(certain, np.where(np.isclose(x, n * p), 1.0, 0.0), exact)
    few_expected = np.minimum(n * p, n * (1 - p)) < MIN_EXPECTED
    return np.where(n > 0, np.where(few_expected, exact, score), np.nan)
