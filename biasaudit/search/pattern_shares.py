"""Rates of patterns in one half of the people, where people carry weights or come in clusters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.arrays import share
from biasaudit.inference.variance.effective import Shares, clustered_shares, concat_shares
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.search.pattern_gaps import PatternGaps

__all__ = ["Subsample"]

# People, or clusters, times patterns that are laid out at once.
BLOCK = 2**22


@dataclass(frozen=True, eq=False)
class Subsample:
    """The people of one half; those who are alike in all of this are one entry of shape (kinds,).

    Parameters
    ----------
    codes : int array of shape (kinds, features)
        Level of each feature.
    case : bool array
    weight, squares : float array
        Sums of the weights and of their squares.
    cluster : int array or None
    """

    codes: Ints
    case: Bools
    weight: Floats
    squares: Floats
    cluster: Ints | None = None

    @cached_property
    def _weights_by_outcome(self) -> Floats:
        """Weights and squares of cases, and of others: shape (4, kinds)."""
        return np.stack([values * side for values in (self.weight, self.squares) for side in (self.case, ~self.case)])

    @cached_property
    def _by_cluster(self) -> tuple[sparse.csr_array, int]:
        """What sums up cases, weights and squares by cluster, one after the other, and how many clusters there are."""
        assert self.cluster is not None
        _, cluster = np.unique(self.cluster, return_inverse=True)
        clusters, kinds = int(cluster.max(initial=-1)) + 1, np.arange(len(cluster))
        values = (self.weight * self.case, self.weight, self.squares)
        at = np.concatenate([cluster + part * clusters for part in range(len(values))])
        shape = (len(values) * clusters, len(cluster))
        return sparse.csr_array((np.concatenate(values), (at, np.tile(kinds, len(values)))), shape=shape), clusters

    def compare(self, whole: Ints, part: Ints) -> PatternGaps:
        """Hold each pattern against the other people of a shorter one.

        Parameters
        ----------
        whole, part : int array of shape (patterns, features)
            Level of each feature in the pattern and in the shorter one; -1 where it names none, as everyone does not.

        Returns
        -------
        PatternGaps
            Of shape (patterns, 1).
        """
        clusters = 0 if self.cluster is None else self._by_cluster[1]
        step = max(1, BLOCK // max(len(self.case), clusters, 1))
        found = [
            self._compare_block(whole[at : at + step], part[at : at + step])
            for at in range(0, max(len(whole), 1), step)
        ]
        first, second, correlation = zip(*found, strict=True)
        shares, rest = (concat_shares(sides).each(np.transpose) for sides in (first, second))
        return PatternGaps(shares, rest, np.concatenate(correlation, axis=1).T)

    def concat(self, other: Subsample) -> Subsample:
        """Join the people of two halves, which share no cluster."""
        clusters = [half.cluster for half in (self, other) if half.cluster is not None]
        return Subsample(
            np.concatenate([self.codes, other.codes]),
            np.concatenate([self.case, other.case]),
            np.concatenate([self.weight, other.weight]),
            np.concatenate([self.squares, other.squares]),
            np.concatenate(clusters) if clusters else None,
        )

    def overall(self) -> Shares:
        """Estimate the rate of all people of this half, shape (1, 1)."""
        return self._shares(np.ones((1, len(self.case)), dtype=bool))[0]

    def _compare_block(self, whole: Ints, part: Ints) -> tuple[Shares, Shares, Floats]:
        inside, shorter = self._matches(whole), self._matches(part)
        (first, residuals), (second, rest_residuals) = self._shares(inside), self._shares(shorter & ~inside)
        return (
            first,
            second,
            np.zeros(first.share.shape) if residuals is None else _correlation(residuals, rest_residuals),
        )

    def _matches(self, patterns: Ints) -> Bools:
        """Say whom each pattern holds for, shape (patterns, kinds)."""
        out = np.ones((len(patterns), len(self.codes)), dtype=bool)
        for feature, levels in enumerate(patterns.T):
            named = np.flatnonzero(levels >= 0)
            has = self.codes[:, feature] == np.arange(int(levels.max(initial=-1)) + 1)[:, None]
            out[named] &= has[levels[named]]
        return out

    def _shares(self, chosen: Bools) -> tuple[Shares, Floats | None]:
        """Estimate the rate of each set of people, and the residuals of its clusters where there are any."""
        # Everyone stands beside them: those on whom little rests borrow what all have together.
        inside = np.concatenate([chosen, np.ones((1, len(self.case)))]).T
        sides = self._weights_by_outcome @ inside
        total = sides[:2].sum(axis=0)[None]
        rate = share(sides[0], total)
        nobs = linearised_rows(sides[None, :2], sides[None, 2:])
        shares = Shares(sides[:1], total, rate, nobs, np.full(rate.shape, np.inf))
        residual = None
        if self.cluster is not None:
            summing, clusters = self._by_cluster
            sums = (summing @ inside).reshape(3, clusters, -1)
            group, cluster = np.nonzero(sums[1].T)
            cases, weight, squares = (part[cluster, group][None] for part in sums)
            totals = ClusterTotals(cases, weight, squares, group, cluster, total.shape[1], clusters)
            shares = clustered_shares(shares, totals)
            residual = (sums[0] - np.nan_to_num(rate) * sums[1])[:, :-1]
        return shares.each(lambda array: array[:, :-1]), residual


def _correlation(first: Floats, second: Floats | None) -> Floats:
    """Correlate the rates of sets of people through the clusters they share, from residuals (clusters, patterns)."""
    assert second is not None
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (first * second).sum(axis=0) / np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    return np.asarray(np.clip(np.nan_to_num(found), -1, 1)[None])
