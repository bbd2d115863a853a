"""Means of patterns where rows come in clusters: their errors are those that the spread between clusters shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.means.means import Means, concat_means
from biasaudit.inference.means.rows import clustered_means
from biasaudit.inference.variance.bias_reduced import correlation_within
from biasaudit.metrics.cell_totals import ClusterTotals

__all__ = ["ClusteredSums"]

# Rows, or clusters, times patterns that are laid out at once.
BLOCK = 2**22


@dataclass(frozen=True, eq=False)
class ClusteredSums:
    """The rows of one half; those of one cluster that have equal features are one entry of shape (kinds,).

    Parameters
    ----------
    codes : int array of shape (kinds, features)
        Level of each feature.
    cluster : int array
    sums : float array of shape (3, kinds)
        Weighted values above the pivot, weights and squared weights.
    pivot, variance : float
        What values are above, and the variance of a row.
    """

    codes: Ints
    cluster: Ints
    sums: Floats
    pivot: float
    variance: float

    @classmethod
    def of_rows(cls, codes: Ints, cluster: Ints, sums: Floats, pivot: float, variance: float) -> ClusteredSums:
        """Sum up rows of one cluster that have equal features; arguments are as of the class, row by row."""
        kinds, at = np.unique(np.column_stack([cluster, codes]), axis=0, return_inverse=True)
        summed = [np.bincount(at.ravel(), weights=part, minlength=len(kinds)) for part in sums]
        return cls(kinds[:, 1:], kinds[:, 0], np.stack(summed), pivot, variance)

    def concat(self, other: ClusteredSums) -> ClusteredSums:
        """Join the rows of two halves, which share no cluster."""
        parts = (np.concatenate([self.codes, other.codes]), np.concatenate([self.cluster, other.cluster]))
        return ClusteredSums(*parts, np.concatenate([self.sums, other.sums], axis=1), self.pivot, self.variance)

    @cached_property
    def _by_cluster(self) -> tuple[sparse.csr_array, int]:
        """What sums up the three parts by cluster, one after the other, and how many clusters there are."""
        _, cluster = np.unique(self.cluster, return_inverse=True)
        clusters, kinds = int(cluster.max(initial=-1)) + 1, np.arange(len(cluster))
        at = np.concatenate([cluster + part * clusters for part in range(len(self.sums))])
        shape = (len(self.sums) * clusters, len(cluster))
        return sparse.csr_array((self.sums.ravel(), (at, np.tile(kinds, len(self.sums)))), shape=shape), clusters

    @cached_property
    def _correlation(self) -> Floats:
        """Of two rows of a cluster, shape (1, 1)."""
        totals = self._totals(np.ones((1, len(self.cluster)), dtype=bool))[0]
        x, w, w2 = self.sums.sum(axis=1)
        variance = np.array([[self.variance]])
        return correlation_within(totals, np.array([[x / w]]), variance) if w2 < w * w else np.zeros((1, 1))

    def compare(self, whole: Ints, part: Ints, first: Means, second: Means) -> tuple[Means, Means, Floats]:
        """Give both means the errors of their clusters, and correlate them through the clusters that they share.

        Parameters
        ----------
        whole, part : int array of shape (patterns, features)
            Level of each feature in the pattern and in the shorter one; -1 where it names none, as everyone does not.
        first, second : Means
            Of each pattern, and of the other rows of the shorter one, as if rows were independent: shape (patterns,).

        Returns
        -------
        first, second : Means
        correlation : float array of shape (patterns,)
        """
        step = max(1, BLOCK // max(len(self.cluster), 1))
        found = []
        for at in range(0, max(len(whole), 1), step):
            chosen = slice(at, at + step)
            inside, shorter = self._matches(whole[chosen]), self._matches(part[chosen])
            one, residual = self._clustered(inside, _chosen(first, chosen))
            other, residual_of_others = self._clustered(shorter & ~inside, _chosen(second, chosen))
            found.append((one, other, _correlation(residual, residual_of_others)))
        ones, others, correlations = zip(*found, strict=True)
        one, other = (concat_means([m.each(np.atleast_2d) for m in side]).each(np.ravel) for side in (ones, others))
        return one, other, np.concatenate(correlations)

    def everyone(self, means: Means) -> Means:
        """Give the mean of all rows, shape (1,), the error of their clusters."""
        return self._clustered(np.ones((1, len(self.cluster)), dtype=bool), means)[0]

    def _matches(self, patterns: Ints) -> Bools:
        """Say which kinds each pattern holds for, shape (patterns, kinds)."""
        out = np.ones((len(patterns), len(self.codes)), dtype=bool)
        for feature, levels in enumerate(patterns.T):
            named = np.flatnonzero(levels >= 0)
            has = self.codes[:, feature] == np.arange(int(levels.max(initial=-1)) + 1)[:, None]
            out[named] &= has[levels[named]]
        return out

    def _totals(self, chosen: Bools) -> tuple[ClusterTotals, Floats]:
        """Sum up each set of kinds by cluster; also as an array of shape (3, clusters, sets)."""
        summing, clusters = self._by_cluster
        sums = (summing @ chosen.T.astype(float)).reshape(3, clusters, -1)
        group, cluster = np.nonzero(sums[1].T > 0)
        values, weight, squares = (part[cluster, group][None] for part in sums)
        return ClusterTotals(values, weight, squares, group, cluster, len(chosen), clusters), sums

    def _clustered(self, chosen: Bools, means: Means) -> tuple[Means, Floats]:
        """Return means with the errors of clusters, and the residual of each cluster, shape (clusters, sets)."""
        totals, sums = self._totals(chosen)
        above = np.atleast_2d(means.value) - self.pivot
        found = clustered_means(means.each(np.atleast_2d), totals, above, self._correlation)
        return found.each(np.ravel), sums[0] - np.nan_to_num(above) * sums[1]


def _chosen(means: Means, chosen: slice) -> Means:
    return means.each(lambda array: array[chosen])


def _correlation(first: Floats, second: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (first * second).sum(axis=0) / np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    return np.asarray(np.clip(np.nan_to_num(found), -1, 1))
