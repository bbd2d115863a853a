"""How many independent rows a rate rests on, when rows carry weights or come in clusters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from biasaudit.arraytypes import Bools, Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.variance.bias_reduced import bias_reduced, correlation_within
from biasaudit.metrics.cell_totals import ClusterTotals, cluster_totals, confusion, sum_of_others
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.rates import Rate

__all__ = [
    "Shares",
    "clustered_shares",
    "concat_shares",
    "group_shares",
    "rest_shares",
    "shares_of_cells",
    "split_shares",
]

MIN_COUNTED = 10
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

    @property
    def estimate(self) -> Floats:
        """The share."""
        return self.share

    @property
    def evidence(self) -> Floats:
        """Effective rows."""
        return self.nobs

    @property
    def known(self) -> Bools:
        """Where somebody is eligible."""
        return (self.nobs > 0) & np.isfinite(self.share)

    def each(self, change: Callable[[Floats], Floats]) -> "Shares":
        """Apply `change` to every array, such as a choice of measures or groups."""
        return Shares(*(change(getattr(self, field.name)) for field in fields(self)))


def split_shares(shares: Shares, sizes: Sequence[int]) -> list[Shares]:
    """Take shares apart into those of so many groups each, as they were put side by side.

    Parameters
    ----------
    shares : Shares
    sizes : sequence of int
        Groups of each part.

    Returns
    -------
    list of Shares
    """
    arrays = [np.split(getattr(shares, field.name), np.cumsum(sizes)[:-1], axis=1) for field in fields(Shares)]
    return [Shares(*part) for part in zip(*arrays, strict=True)]


def concat_shares(parts: Sequence[Shares], *, axis: int = 1) -> Shares:
    """Put the groups of several shares of the same measures next to each other; with axis 0, the measures.

    Parameters
    ----------
    parts : sequence of Shares
    axis : int
        1 for groups, 0 for measures.

    Returns
    -------
    Shares
    """
    arrays = ([getattr(part, field.name) for part in parts] for field in fields(Shares))
    return Shares(*(np.concatenate(together, axis=axis) for together in arrays))


def group_shares(table: Crosstab, rates: Sequence[Rate], totals: ClusterTotals | None = None) -> Shares:
    """Estimate each rate in each group of `table`, with the rows that weights and clusters leave it.

    Two rows of weight w / 2 are more evidence than one of weight w: a row that is split counts as two people.

    Parameters
    ----------
    table : Crosstab
        Binary table, rolled up to the features wanted.
    rates : sequence of Rate
    totals : ClusterTotals, optional
        Those of the table and the rates, where they are at hand.

    Returns
    -------
    Shares

    References
    ----------
    Dean and Pagano (2015), "Evaluating confidence interval methods for binomial proportions in clustered surveys",
    for the effective n.
    """
    shares = shares_of_cells(confusion(table), confusion(table, squared=True), rates)
    if table.cluster is None:
        return shares
    distinct, inverse = _distinct_rates(rates)
    totals = (totals or cluster_totals(table, rates)).select(distinct)
    clustered = clustered_shares(shares.each(lambda a: a[distinct]), totals)
    return replace(shares, nobs=clustered.nobs[inverse], df=clustered.df[inverse])


def rest_shares(table: Crosstab, rates: Sequence[Rate], totals: ClusterTotals | None = None) -> Shares:
    """Estimate each rate in the rows outside each group, as :func:`group_shares` does inside.

    Parameters
    ----------
    table : Crosstab
        Binary table, rolled up to the features wanted.
    rates : sequence of Rate
    totals : ClusterTotals, optional
        Of the table and rates, where they are known.

    Returns
    -------
    Shares
    """
    weights, squares = (sum_of_others(confusion(table, squared=squared)) for squared in (False, True))
    shares = shares_of_cells(weights, squares, rates)
    if table.cluster is None:
        return shares
    distinct, inverse = _distinct_rates(rates)
    totals = (totals or cluster_totals(table, rates)).select(distinct)
    inside = shares_of_cells(confusion(table), confusion(table, squared=True), [rates[i] for i in distinct])
    correlation = _correlation_within(inside, totals)
    # A few groups at once, so that everyone outside each fits in memory.
    step = max(1, BLOCK // max(totals.n_clusters, 1))
    parts = []
    for start in range(0, table.shape_size, step):
        at = slice(start, min(start + step, table.shape_size))
        block = shares.each(lambda a, at=at: a[distinct, at])  # type: ignore[misc]
        parts.append(_robust(block, totals.outside(at.start, at.stop), correlation))
    found = concat_shares(parts)
    return replace(shares, nobs=found.nobs[inverse], df=found.df[inverse])


def _distinct_rates(rates: Sequence[Rate]) -> tuple[list[int], list[int]]:
    """Find the rates that are not each other's complement, and for each of all rates the one that varies as it does."""
    keys = [rate.varies_as for rate in rates]
    distinct = [keys.index(key) for key in dict.fromkeys(keys)]
    return distinct, [list(dict.fromkeys(keys)).index(key) for key in keys]


def shares_of_cells(weights: Floats, squares: Floats, rates: Sequence[Rate]) -> Shares:
    """Estimate each rate in each group from sums of weights and of squared weights, shape (groups, cells).

    Parameters
    ----------
    weights, squares : float array of shape (groups, cells)
        Of two classes TN, FP, FN and TP; of more, true classes by predicted ones.
    rates : sequence of Rate

    Returns
    -------
    Shares
    """
    sides = _by_side(weights, rates)
    of_squares = sides if squares is weights else _by_side(squares, rates)
    numerator, denominator = sides[:, 0], sides.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(denominator > 0, numerator / denominator, np.nan)
    nobs = linearised_rows(sides, of_squares)
    return Shares(numerator, denominator, share, nobs, np.full(share.shape, np.inf))


def _by_side(cells: Floats, rates: Sequence[Rate]) -> Floats:
    """Sum the cells that are counted and the eligible ones that are not, shape (measures, 2, groups)."""
    sides = np.array([rate.sides for rate in rates])
    return np.asarray(sides.reshape(-1, 2, cells.shape[1]) @ cells.T)


def clustered_shares(shares: Shares, totals: ClusterTotals) -> Shares:
    """Shrink n by the design effect that the spread between clusters shows; it never grows.

    Parameters
    ----------
    shares : Shares
        As if rows were independent.
    totals : ClusterTotals
        Of the same measures and groups.

    Returns
    -------
    Shares
    """
    return _robust(shares, totals, _correlation_within(shares, totals))


def _correlation_within(shares: Shares, totals: ClusterTotals) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        independent = shares.share * (1 - shares.share) / shares.nobs
        row_variance = independent * shares.denominator**2 / totals.by_group(totals.squares)
    return correlation_within(totals, shares.share, row_variance)


def _robust(shares: Shares, totals: ClusterTotals, correlation: Floats) -> Shares:
    """Take each group's own variance; where few are counted, that of the correlation of all groups if it is larger."""
    estimated, clusters = bias_reduced(totals, shares.share, correlation), totals.clusters
    with np.errstate(invalid="ignore", divide="ignore"):
        # Where no cluster differs from another the data show no spread to measure: count clusters, not rows.
        rows = np.where(estimated.variance > 0, shares.share * (1 - shares.share) / estimated.variance, clusters)
        rows = np.fmin(rows, shares.nobs)
        # A rate that few carry varies less, as far as one sees, just where it is low.
        rarer_count = np.minimum(shares.share, 1 - shares.share) * rows
        nobs = np.where(rarer_count < MIN_COUNTED, np.fmin(rows, shares.nobs / estimated.design_effect), rows)
    nobs = np.where(clusters > 1, nobs, 0.0)
    return Shares(shares.numerator, shares.denominator, shares.share, nobs, estimated.df)
