"""Lay a table's cells out as arrays over groups, and as totals per cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.rates import Rate

__all__ = ["ClusterTotals", "cluster_totals", "confusion", "rows_by_group", "score_counts", "sum_of_others"]

ROUNDING = 1e-9


def confusion(table: Crosstab, *, squared: bool = False) -> Floats:
    """Sum the weights of TN, FP, FN and TP in each group, over rows that have what the table needs.

    Of more than two classes, the cells are true classes by predicted ones, row by row.

    Parameters
    ----------
    table : Crosstab
        Where it has no labels every row stands as if its label were the first class, where it has no predictions as
        if its prediction were: rates that need what is missing are not to be asked.
    squared : bool
        Sum squared weights instead.

    Returns
    -------
    float array of shape (groups, classes²)
    """
    size = _classes(table) ** 2
    index = table.group[table.usable] * size + _confusion_cell(table)[table.usable]
    flat = np.bincount(index, weights=_weights(table, squared)[table.usable], minlength=table.shape_size * size)
    return flat.reshape(table.shape_size, size).astype(float)


def sum_of_others(cells: Floats) -> Floats:
    """Sum over all other groups, the first axis, without taking anything away: what is 0 stays 0.

    Parameters
    ----------
    cells : float array of shape (groups, ...)

    Returns
    -------
    float array of the same shape

    Examples
    --------
    >>> import numpy as np
    >>> sum_of_others(np.array([[1.5, 0.0], [7.0, 0.0], [2.0, 5.0]])).tolist()
    [[9.0, 5.0], [3.5, 5.0], [8.5, 0.0]]
    """
    none = np.zeros((1, *cells.shape[1:]))
    before = np.concatenate([none, np.cumsum(cells[:-1], axis=0)])
    after = np.concatenate([np.cumsum(cells[:0:-1], axis=0)[::-1], none])
    return np.asarray(before + after)


def score_counts(table: Crosstab, *, squared: bool = False) -> Floats:
    """Sum the weights by group, label and score bin: shape (groups, 2, bins).

    Parameters
    ----------
    table : Crosstab
        Binary table with labels and score bins.
    squared : bool
        Sum squared weights instead.

    Returns
    -------
    float array of shape (groups, 2, bins)
    """
    assert table.y_true is not None
    assert table.score_bin is not None
    assert table.bin_scores is not None
    bins, use = len(table.bin_scores), table.usable
    index = (table.group * 2 + table.y_true)[use] * bins + table.score_bin[use]
    flat = np.bincount(index, weights=_weights(table, squared)[use], minlength=table.shape_size * 2 * bins)
    return flat.reshape(table.shape_size, 2, bins).astype(float)


def rows_by_group(table: Crosstab, *, usable: bool = False) -> Ints:
    """Count the rows of each group, or only those that lack nothing.

    Parameters
    ----------
    table : Crosstab
    usable : bool
        Whether to leave out rows that lack a label or prediction.

    Returns
    -------
    int array of shape (groups,)
    """
    keep = table.usable if usable else slice(None)
    return np.bincount(table.group[keep], weights=table.rows[keep], minlength=table.shape_size).astype(np.int64)


def _classes(table: Crosstab) -> int:
    return max(len(table.classes), 2)


def _confusion_cell(table: Crosstab) -> Ints:
    zero = np.zeros(len(table.rows), dtype=np.int64)
    true, predicted = (zero if column is None else column for column in (table.y_true, table.y_pred))
    return _classes(table) * true + predicted


def _weights(table: Crosstab, squared: bool) -> Floats:
    if table.weight is None or table.weight_squared is None:
        return table.rows.astype(float)
    return table.weight_squared if squared else table.weight


@dataclass(frozen=True)
class ClusterTotals:
    """Totals of each cluster in each group it appears in; pairs of the two are the last axis.

    Parameters
    ----------
    numerator, denominator : float array of shape (measures, pairs)
        Rows (or weights) counted and eligible.
    squares : float array of shape (measures, pairs)
        Sums of the squared weights of those eligible.
    group, cluster : int array of shape (pairs,)
        Sorted by group.
    n_groups, n_clusters : int
    """

    numerator: Floats
    denominator: Floats
    squares: Floats
    group: Ints
    cluster: Ints
    n_groups: int
    n_clusters: int

    def select(self, measures: Sequence[int]) -> "ClusterTotals":
        """Choose some of the measures."""
        return replace(
            self,
            numerator=self.numerator[measures],
            denominator=self.denominator[measures],
            squares=self.squares[measures],
        )

    @cached_property
    def _starts(self) -> tuple[Ints, Ints]:
        """The groups that have clusters, and the first pair of each."""
        return np.unique(self.group, return_index=True)

    def by_group(self, values: Floats) -> Floats:
        """Sum `values`, one a measure and pair, over the clusters of each group."""
        groups, starts = self._starts
        sums = np.zeros((len(values), self.n_groups))
        if len(groups):
            sums[:, groups] = np.add.reduceat(values, starts, axis=1)
        return sums

    def by_cluster(self, values: Floats) -> Floats:
        """Sum `values`, one a measure and pair, over the groups of each cluster."""
        return _sum_by(self.cluster, values, self.n_clusters)

    @cached_property
    def clusters(self) -> Floats:
        """Clusters with an eligible row, shape (measures, groups)."""
        return self.by_group((self.denominator > 0).astype(float))

    @cached_property
    def _cluster_sums(self) -> tuple[Floats, ...]:
        """Numerator, denominator and squares of each cluster over all groups, shape (measures, clusters)."""
        sums = (self.numerator, self.denominator, self.squares)
        return tuple(self.by_cluster(values) for values in sums)

    def pair_index(self, table: Crosstab) -> Ints:
        """Find the pair of each usable cell of the table that the totals are of."""
        keys = table.group * self.n_clusters + _cluster(table)
        return np.searchsorted(self.group * self.n_clusters + self.cluster, keys[table.usable])

    def outside(self, start: int, stop: int) -> "ClusterTotals":
        """Describe, for each of the groups from `start` to `stop`, the rows outside it."""
        chosen = (self.group >= start) & (self.group < stop)
        position = (self.group[chosen] - start) * self.n_clusters + self.cluster[chosen]
        inside = (self.numerator, self.denominator, self.squares)
        parts = [np.tile(total, stop - start) for total in self._cluster_sums]
        wholly_inside = np.zeros(parts[1].shape, dtype=bool)
        # What rounding leaves of a cluster that lies wholly inside is nothing.
        wholly_inside[:, position] = parts[1][:, position] * (1 - ROUNDING) <= self.denominator[:, chosen]
        for part, values in zip(parts, inside, strict=True):
            part[:, position] -= values[:, chosen]
            part[wholly_inside] = 0.0
        numerator, denominator, squares = parts
        group = np.repeat(np.arange(stop - start), self.n_clusters)
        cluster = np.tile(np.arange(self.n_clusters), stop - start)
        return ClusterTotals(numerator, denominator, squares, group, cluster, stop - start, self.n_clusters)

    def residuals(self, share: Floats) -> Floats:
        """Find how much more each cluster counts than its group's share of its rows, shape (measures, pairs)."""
        return np.asarray(self.numerator - np.nan_to_num(share)[:, self.group] * self.denominator)

    def correlation(self, share: Floats, reference: int) -> Floats:
        """Correlate the residuals of each group with those of `reference`, shape (measures, groups)."""
        residual = self.residuals(share)
        in_reference = self.group == reference
        of_reference = _sum_by(self.cluster[in_reference], residual[:, in_reference], self.n_clusters)
        covariance = self.by_group(residual * of_reference[:, self.cluster])
        squares = self.by_group(residual**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            correlation = covariance / np.sqrt(squares * squares[:, [reference]])
        return np.clip(np.nan_to_num(correlation), -1, 1)


def cluster_totals(table: Crosstab, rates: Sequence[Rate]) -> ClusterTotals:
    """Sum what each rate counts and what is eligible by cluster and group.

    Parameters
    ----------
    table : Crosstab
        With clusters.
    rates : sequence of Rate

    Returns
    -------
    ClusterTotals
        A measure for each rate.
    """
    cluster, use = _cluster(table), table.usable
    n_clusters = int(cluster.max(initial=-1)) + 1
    pairs, inverse = np.unique(table.group[use] * n_clusters + cluster[use], return_inverse=True)
    size = _classes(table) ** 2
    index = inverse * size + _confusion_cell(table)[use]
    cells, squares = (
        np.bincount(index, weights=_weights(table, squared)[use], minlength=len(pairs) * size)
        .reshape(-1, size)
        .astype(float)
        for squared in (False, True)
    )
    return ClusterTotals(
        np.array([rate.numerator(cells) for rate in rates]),
        np.array([rate.denominator(cells) for rate in rates]),
        np.array([rate.denominator(squares) for rate in rates]),
        pairs // n_clusters,
        pairs % n_clusters,
        table.shape_size,
        n_clusters,
    )


def _cluster(table: Crosstab) -> Ints:
    assert table.cluster is not None
    return table.cluster


def _sum_by(key: Ints, values: Floats, size: int) -> Floats:
    """Sum the last axis of `values`, shape (measures, n), by `key`: shape (measures, size)."""
    measures = len(values)
    index = key + size * np.arange(measures)[:, None]
    flat = np.bincount(index.ravel(), weights=values.ravel(), minlength=measures * size)
    return flat.reshape(measures, size).astype(float)
