"""How the share of a group in the data stands to its share in a population."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr

from biasaudit.statistics.arrays import broadcast, share
from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.intervals import critical_value
from biasaudit.statistics.small_groups import guarded_limits

__all__ = ["Membership", "Representation", "membership", "representation"]

Floats = NDArray[np.float64]
# Fewer expected in the data or outside of them: the exact test.
SMALLEST_EXPECTED = 10.0
# What rounding errors add or take must not cost a row.
SAME = 1e-7


@dataclass(frozen=True, eq=False)
class Membership:
    """What share of the weight is of each group, and the rows that this rests on; arrays have shape (groups,).

    Parameters
    ----------
    share : float array
        Of a group that is not kept, what it is beside the whole; NaN where there is no whole.
    nobs : float array
        Effective rows: as many independent rows of weight 1 would be as uncertain.
    """

    share: Floats
    nobs: Floats


def membership(table: Crosstab, kept: NDArray[np.bool_]) -> Membership:
    """Estimate the share of each group in the weight of all groups that are kept.

    The variance is that of a ratio, linearised, over rows or over clusters: a few heavy rows, or a few large clusters,
    leave as little certainty as they have. With equal weights and no clusters the rows are the rows.

    Parameters
    ----------
    table : Crosstab
        Rolled up to the features wanted.
    kept : bool array of shape (groups,)
        Groups that make up the whole.

    References
    ----------
    Cochran (1977), Sampling Techniques, equations 2.39 and 6.13.

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
    by_group, squared = (np.bincount(table.group, weights=w, minlength=len(kept)) for w in (weights, squares))
    use, total, squares_of_all = kept[table.group], by_group[kept].sum(), squared[kept].sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        share_of = by_group / total
        variance = ((1 - share_of) ** 2 * squared + share_of**2 * (squares_of_all - squared)) / total**2
        nobs = np.where(variance > 0, share_of * (1 - share_of) / variance, total**2 / squares_of_all)
        if table.cluster is not None:
            nobs = np.fmin(nobs, _between_clusters(table, use, weights, share_of))
    return Membership(share_of, np.where(kept, nobs, 0.0))


def _between_clusters(table: Crosstab, use: NDArray[np.bool_], weights: Floats, share_of: Floats) -> Floats:
    """Find the rows that would be as uncertain as these clusters are, and no more of them than there are clusters.

    Few large clusters judge their own spread badly: the rows are fewer by what t costs against the normal, at the
    degrees of freedom that clusters of such sizes have (Satterthwaite 1946).
    """
    assert table.cluster is not None
    _, cluster = np.unique(table.cluster[use], return_inverse=True)
    clusters, groups = int(cluster.max(initial=-1)) + 1, len(share_of)
    inside = np.bincount(cluster * groups + table.group[use], weights=weights[use], minlength=clusters * groups)
    inside = inside.reshape(clusters, groups)
    residual = inside - share_of * inside.sum(axis=1, keepdims=True)
    variance = clusters / (clusters - 1) * (residual**2).sum(axis=0) / inside.sum() ** 2
    sizes = inside.sum(axis=1)
    df = max((sizes**2).sum() ** 2 / (sizes**4).sum() - 1, 1.0)
    stretch = (critical_value() / critical_value(df=df)) ** 2
    return np.fmin(np.where(variance > 0, share_of * (1 - share_of) / variance, clusters), clusters) * stretch


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
    count: ArrayLike, nobs: ArrayLike, population: ArrayLike, *, confidence: float = 0.95
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

    References
    ----------
    Wilson (1927): the interval of a share, which the share of the population only scales.

    Examples
    --------
    >>> found = representation([370, 630], 1000, [0.12, 0.88])
    >>> found.ratio.round(2).tolist(), found.low.round(2).tolist()
    ([3.08, 0.72], [2.84, 0.68])
    """
    x, n, p = broadcast(count, nobs, population)
    low, high = guarded_limits(x, n, critical=critical_value(confidence))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, ratio_low, ratio_high = (np.where(p > 0, a / p, np.nan) for a in (share(x, n), low, high))
    return Representation(share(x, n), low, high, ratio, ratio_low, ratio_high, _p_value(x, n, p))


def _p_value(x: Floats, n: Floats, p: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 2 * ndtr(-np.abs(x - n * p) / np.sqrt(n * p * (1 - p)))
    # Effective rows need not be whole; what rounding adds or takes is never in favour of a gap.
    rows = np.floor(n + SAME)
    cases = np.clip(np.where(x > n * p, np.floor(x + SAME), np.ceil(x - SAME)), 0, rows)
    # The binomial's tails as incomplete beta functions.
    at_most = np.where(cases < rows, betainc(np.maximum(rows - cases, 1e-9), cases + 1, 1 - p), 1.0)
    at_least = np.where(cases > 0, betainc(np.maximum(cases, 1e-9), rows - cases + 1, p), 1.0)
    exact = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    certain = (p <= 0) | (p >= 1)
    exact = np.where(certain, np.where(np.isclose(x, n * p), 1.0, 0.0), exact)
    few = np.minimum(n * p, n * (1 - p)) < SMALLEST_EXPECTED
    return np.where(n > 0, np.where(few, exact, score), np.nan)
