"""Lay a table's cells out as arrays over groups, and as totals per cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.rates import Rate

__all__ = ["ClusterTotals", "all_but_each", "cluster_totals", "confusion", "rows_by_group", "score_counts"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def confusion(table: Crosstab, *, squared: bool = False) -> Floats:
    """Sum the weights of TN, FP, FN and TP in each group, over rows that have what the table needs.

    Parameters
    ----------
    table : Crosstab
        Binary table. Where it has no labels every row stands in TN or FP, where it has no
        predictions in TN or FN: rates that need what is missing are not to be asked.
    squared : bool
        Sum squared weights instead.

    Returns
    -------
    float array of shape (groups, 4)
    """
    cells = _cell(table)[table.usable]
    index = table.group[table.usable] * 4 + cells
    flat = np.bincount(index, weights=_weights(table, squared)[table.usable], minlength=table.shape_size * 4)
    return flat.reshape(table.shape_size, 4).astype(float)


def all_but_each(cells: Floats) -> Floats:
    """Sum over all other groups, the first axis, without taking anything away: what is 0 stays 0.

    Examples
    --------
    >>> import numpy as np
    >>> all_but_each(np.array([[1.5, 0.0], [7.0, 0.0], [2.0, 5.0]])).tolist()
    [[9.0, 5.0], [3.5, 5.0], [8.5, 0.0]]
    """
    none = np.zeros((1, *cells.shape[1:]))
    before = np.concatenate([none, np.cumsum(cells[:-1], axis=0)])
    after = np.concatenate([np.cumsum(cells[:0:-1], axis=0)[::-1], none])
    return np.asarray(before + after)


def score_counts(table: Crosstab, *, squared: bool = False) -> Floats:
    """Sum the weights by group, label and score bin: shape (groups, 2, bins)."""
    assert table.y_true is not None
    assert table.score_bin is not None
    assert table.bin_scores is not None
    bins, use = len(table.bin_scores), table.usable
    index = (table.group * 2 + table.y_true)[use] * bins + table.score_bin[use]
    flat = np.bincount(index, weights=_weights(table, squared)[use], minlength=table.shape_size * 2 * bins)
    return flat.reshape(table.shape_size, 2, bins).astype(float)


def rows_by_group(table: Crosstab, *, usable: bool = False) -> Ints:
    """Count the rows of each group, or only those that lack nothing."""
    keep = table.usable if usable else slice(None)
    return np.bincount(table.group[keep], weights=table.rows[keep], minlength=table.shape_size).astype(np.int64)


def _cell(table: Crosstab) -> Ints:
    zero = np.zeros(len(table.rows), dtype=np.int64)
    return 2 * (zero if table.y_true is None else table.y_true) + (zero if table.y_pred is None else table.y_pred)


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
    group, cluster : int array of shape (pairs,)
    n_groups, n_clusters : int
    outside : bool
        Whether the totals describe everyone outside each group instead.
    """

    numerator: Floats
    denominator: Floats
    group: Ints
    cluster: Ints
    n_groups: int
    n_clusters: int
    outside: bool = False

    def complement(self) -> "ClusterTotals":
        """Describe, for each group, the rows outside it."""
        return ClusterTotals(
            self.numerator, self.denominator, self.group, self.cluster, self.n_groups, self.n_clusters, True
        )

    def _by_group(self, values: Floats) -> Floats:
        return _sum_by(self.group, values, self.n_groups)

    @cached_property
    def everyone(self) -> tuple[Floats, Floats]:
        """Numerator and denominator of each cluster over all groups, shape (measures, clusters)."""
        return (
            _sum_by(self.cluster, self.numerator, self.n_clusters),
            _sum_by(self.cluster, self.denominator, self.n_clusters),
        )

    @cached_property
    def clusters(self) -> Floats:
        """Clusters with an eligible row, shape (measures, groups)."""
        inside = self._by_group((self.denominator > 0).astype(float))
        if not self.outside:
            return inside
        total = self.everyone[1]
        # A cluster lies outside a group unless all its eligible rows are inside.
        only = (self.denominator > 0) & (self.denominator >= total[:, self.cluster])
        return np.asarray((total > 0).sum(axis=1, keepdims=True) - self._by_group(only.astype(float)))

    def residual_variance(self, share: Floats, denominator: Floats) -> Floats:
        """Variance of a ratio of cluster totals by linearisation, shape (measures, groups).

        References
        ----------
        Cochran (1977), Sampling Techniques, equation 6.13, with the factor m / (m - 1).
        """
        a, b = self.numerator, self.denominator
        p = share[:, self.group]
        inside = a - p * b
        squares = self._by_group(inside**2)
        if self.outside:
            total_a, total_b = self.everyone
            whole = total_a[:, self.cluster] - p * total_b[:, self.cluster]
            p2, aa = share**2, (total_a**2).sum(axis=1, keepdims=True)
            ab, bb = (total_a * total_b).sum(axis=1, keepdims=True), (total_b**2).sum(axis=1, keepdims=True)
            squares = aa - 2 * share * ab + p2 * bb - 2 * self._by_group(whole * inside) + squares
        return squares / denominator**2 * self.clusters / (self.clusters - 1)

    def correlation(self, share: Floats, reference: int) -> Floats:
        """Correlate the residuals of each group with those of `reference`, shape (measures, groups)."""
        residual = self.numerator - share[:, self.group] * self.denominator
        residual = np.nan_to_num(residual)
        theirs = self.group == reference
        of_reference = _sum_by(self.cluster[theirs], residual[:, theirs], self.n_clusters)
        covariance = self._by_group(residual * of_reference[:, self.cluster])
        squares = self._by_group(residual**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            correlation = covariance / np.sqrt(squares * squares[:, [reference]])
        return np.clip(np.nan_to_num(correlation), -1, 1)


def cluster_totals(table: Crosstab, rates: Sequence[Rate]) -> ClusterTotals:
    """Sum what each rate counts and what is eligible by cluster and group."""
    assert table.cluster is not None
    use = table.usable
    n_clusters = int(table.cluster.max(initial=-1)) + 1
    pairs, inverse = np.unique(table.group[use] * n_clusters + table.cluster[use], return_inverse=True)
    index = inverse * 4 + _cell(table)[use]
    flat = np.bincount(index, weights=_weights(table, False)[use], minlength=len(pairs) * 4)
    cells = flat.reshape(len(pairs), 4).astype(float)
    return ClusterTotals(
        np.array([rate.numerator(cells) for rate in rates]),
        np.array([rate.denominator(cells) for rate in rates]),
        pairs // n_clusters,
        pairs % n_clusters,
        table.shape_size,
        n_clusters,
    )


def _sum_by(key: Ints, values: Floats, size: int) -> Floats:
    """Sum the last axis of `values`, shape (measures, n), by `key`: shape (measures, size)."""
    measures = len(values)
    index = key + size * np.arange(measures)[:, None]
    flat = np.bincount(index.ravel(), weights=values.ravel(), minlength=measures * size)
    return flat.reshape(measures, size).astype(float)
