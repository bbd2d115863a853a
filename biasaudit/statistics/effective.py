"""How many independent rows a rate rests on, when rows carry weights or come in clusters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.dense import ClusterTotals, all_but_each, cluster_totals, confusion
from biasaudit.statistics.linearised import linearised_rows
from biasaudit.statistics.rates import Rate

__all__ = ["Shares", "clustered_shares", "everyone_else", "group_shares", "paired_correlation", "side_by_side"]

Floats = NDArray[np.float64]
FEW_CLUSTERS = 50


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
        Degrees of freedom: clusters - 1, infinite without clusters.
    """

    numerator: Floats
    denominator: Floats
    share: Floats
    nobs: Floats
    df: Floats

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
    return clustered_shares(shares, cluster_totals(table, rates).complement())


def _shares(weights: Floats, squares: Floats, rates: Sequence[Rate]) -> Shares:
    """Estimate each rate in each group from sums of weights and of squared weights, shape (groups, 4)."""
    numerator = np.array([rate.numerator(weights) for rate in rates])
    denominator = np.array([rate.denominator(weights) for rate in rates])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(denominator > 0, numerator / denominator, np.nan)
    nobs = linearised_rows(_by_side(weights, rates), _by_side(squares, rates))
    return Shares(numerator, denominator, share, nobs, np.full(share.shape, np.inf))


def _by_side(cells: Floats, rates: Sequence[Rate]) -> Floats:
    """Sum the cells that are counted and the eligible ones that are not, shape (measures, 2, groups)."""
    sides = np.array([[rate.counted.mask, (rate.among & ~rate.counted).mask] for rate in rates])
    return np.asarray(sides.reshape(-1, 2, 4) @ cells.T)


def clustered_shares(shares: Shares, totals: ClusterTotals) -> Shares:
    """Shrink n by the design effect that the spread between clusters shows; it never grows."""
    clusters = totals.clusters
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = totals.residual_variance(shares.share, shares.denominator)
        nobs = shares.share * (1 - shares.share) / variance
    # Where no cluster differs from another the data show no spread to measure: count clusters, not rows.
    nobs = np.where(variance > 0, nobs, clusters)
    nobs = np.minimum(nobs, shares.nobs)
    # Few clusters misjudge their own design effect, mostly downwards: they take that of all groups if it is larger.
    with np.errstate(invalid="ignore", divide="ignore"):
        typical = nobs.sum(axis=1, keepdims=True) / shares.nobs.sum(axis=1, keepdims=True)
        nobs = np.where(clusters < FEW_CLUSTERS, np.fmin(nobs, typical * shares.nobs), nobs)
    nobs = np.where(clusters > 1, nobs, 0.0)
    return Shares(shares.numerator, shares.denominator, shares.share, nobs, np.maximum(clusters - 1.0, 0.0))


def paired_correlation(table: Crosstab, rates: Sequence[Rate], shares: Shares, reference: int) -> Floats:
    """Correlate each group's rate with that of group `reference` through the clusters they share."""
    if table.cluster is None:
        return np.zeros(shares.share.shape)
    return cluster_totals(table, rates).correlation(shares.share, reference)
