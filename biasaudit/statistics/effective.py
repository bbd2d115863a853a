"""How many independent rows a rate rests on, when rows carry weights or come in clusters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from biasaudit.statistics.bias_reduced import bias_reduced, correlation_within
from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.dense import ClusterTotals, all_but_each, cluster_totals, confusion
from biasaudit.statistics.linearised import linearised_rows
from biasaudit.statistics.rates import Rate

__all__ = ["Shares", "clustered_shares", "everyone_else", "group_shares", "paired_correlation", "side_by_side"]

Floats = NDArray[np.float64]
LENT_DF = 2.0
PRIOR_DF = 10.0
BLOCK = 200_000


@dataclass(frozen=True)
class Shares:
    """Shares with the evidence they rest on; every array has shape (measures, groups).

    Parameters
    ----------
    numerator, denominator : float array
        Rows counted and rows eligible, or their weights.
    share : float array
        Numerator over denominator; NaN where nobody is eligible.
    nobs : float array
        Effective rows: as many independent rows of weight 1 would be as uncertain.
    df : float array
        Degrees of freedom of the variance; infinite without clusters.
    alike : float array
        Effective rows if the clusters of all groups were alike; without clusters those there are.
    """

    numerator: Floats
    denominator: Floats
    share: Floats
    nobs: Floats
    df: Floats
    alike: Floats

    @property
    def count(self) -> Floats:
        """Effective rows counted."""
        return self.share * self.nobs

    def each(self, change: Callable[[Floats], Floats]) -> "Shares":
        """Apply `change` to every array, such as a choice of measures or groups."""
        return Shares(*(change(getattr(self, field.name)) for field in fields(self)))


def side_by_side(parts: Sequence[Shares], *, axis: int = 1) -> Shares:
    """Put the groups of several shares of the same measures next to each other; with axis 0, the measures."""
    arrays = ([getattr(part, field.name) for part in parts] for field in fields(Shares))
    return Shares(*(np.concatenate(together, axis=axis) for together in arrays))


def group_shares(table: Crosstab, rates: Sequence[Rate]) -> Shares:
    """Estimate each rate in each group of `table`, with the rows that weights and clusters leave it.

    Two rows of weight w / 2 are more evidence than one of weight w: a row that is split counts as two people.

    Parameters
    ----------
    table : Crosstab
        Binary table, rolled up to the features wanted.
    rates : sequence of Rate

    Returns
    -------
    Shares

    References
    ----------
    Dean and Pagano (2015), "Evaluating confidence interval methods for binomial proportions in clustered surveys",
    for the effective n.
    """
    shares = _shares(confusion(table), confusion(table, squared=True), rates)
    return shares if table.cluster is None else clustered_shares(shares, cluster_totals(table, rates))


def everyone_else(table: Crosstab, rates: Sequence[Rate]) -> Shares:
    """Estimate each rate in the rows outside each group, shape (measures, groups)."""
    weights, squares = (all_but_each(confusion(table, squared=squared)) for squared in (False, True))
    shares = _shares(weights, squares, rates)
    if table.cluster is None:
        return shares
    totals = cluster_totals(table, rates)
    inside = _shares(confusion(table), confusion(table, squared=True), rates)
    correlation = _correlation_within(inside, totals)
    # A few groups at once, so that everyone outside each fits in memory.
    step = max(1, BLOCK // max(totals.n_clusters, 1))
    parts = []
    for start in range(0, table.shape_size, step):
        at = slice(start, min(start + step, table.shape_size))
        few = Shares(*(getattr(shares, field.name)[:, at] for field in fields(Shares)))
        parts.append(_robust(few, totals.outside(at.start, at.stop), correlation, totals.clusters[:, at]))
    return side_by_side(parts)


def _shares(weights: Floats, squares: Floats, rates: Sequence[Rate]) -> Shares:
    """Estimate each rate in each group from sums of weights and of squared weights, shape (groups, 4)."""
    numerator = np.array([rate.numerator(weights) for rate in rates])
    denominator = np.array([rate.denominator(weights) for rate in rates])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(denominator > 0, numerator / denominator, np.nan)
    nobs = linearised_rows(_by_side(weights, rates), _by_side(squares, rates))
    return Shares(numerator, denominator, share, nobs, np.full(share.shape, np.inf), nobs)


def _by_side(cells: Floats, rates: Sequence[Rate]) -> Floats:
    """Sum the cells that are counted and the eligible ones that are not, shape (measures, 2, groups)."""
    sides = np.array([[rate.counted.mask, (rate.among & ~rate.counted).mask] for rate in rates])
    return np.asarray(sides.reshape(-1, 2, 4) @ cells.T)


def clustered_shares(shares: Shares, totals: ClusterTotals) -> Shares:
    """Shrink n by the design effect that the spread between clusters shows; it never grows."""
    others = totals.clusters.sum(axis=1, keepdims=True) - totals.clusters
    return _robust(shares, totals, _correlation_within(shares, totals), others)


def _correlation_within(shares: Shares, totals: ClusterTotals) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        independent = shares.share * (1 - shares.share) / shares.nobs
        of_a_row = independent * shares.denominator**2 / totals.by_group(totals.squares)
    return correlation_within(totals, shares.share, of_a_row)


def _robust(shares: Shares, totals: ClusterTotals, correlation: Floats, others: Floats) -> Shares:
    """Take each group's own variance, or what the correlation that `others` clusters know makes of it."""
    found, clusters = bias_reduced(totals, shares.share, correlation), totals.clusters
    lent, prior = np.minimum(LENT_DF, others), np.minimum(PRIOR_DF, others)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Where no cluster differs from another the data show no spread to measure: count clusters, not rows.
        own = np.where(found.variance > 0, shares.share * (1 - shares.share) / found.variance, clusters)
        expected = shares.nobs / found.design_effect
        # Few clusters misjudge their own spread, mostly downwards: no more than partly that of all groups is believed.
        moderated = (found.df + prior) / (found.df / own + prior / expected)
    nobs = np.fmin(np.fmin(own, moderated), shares.nobs)
    df = np.where(clusters > 1, found.df + lent, 0.0)
    alike = np.where(clusters > 1, expected, 0.0)
    return Shares(shares.numerator, shares.denominator, shares.share, np.where(clusters > 1, nobs, 0.0), df, alike)


def paired_correlation(table: Crosstab, rates: Sequence[Rate], shares: Shares, reference: int) -> Floats:
    """Correlate each group's rate with that of group `reference` through the clusters they share."""
    if table.cluster is None:
        return np.zeros(shares.share.shape)
    return cluster_totals(table, rates).correlation(shares.share, reference)
