"""Means of numbers in patterns, held against those of everyone else and of shorter patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.disparities import Disparities
from biasaudit.inference.means.comparisons import compare_means, mean_p_values
from biasaudit.inference.means.means import Means, concat_means
from biasaudit.inference.means.moderation import moderated
from biasaudit.inference.means.rows import independent_means
from biasaudit.inference.means.skewness import df_with_skew
from biasaudit.metrics.moment_measures import MomentMeasure
from biasaudit.metrics.moment_totals import GroupMoments
from biasaudit.search.clustered_means import ClusteredSums
from biasaudit.search.patterns import Patterns
from biasaudit.search.selection import Selection

__all__ = ["MeanDiscoveries", "MeanGaps", "pattern_sums", "row_sums"]

# Rows, weights and their squares; weighted values, squares and cubes; squared weights times values and squares.
N_SUMS = 8
ROUNDING = 1e-11
NO_LEVEL = -1


def row_sums(values: Floats, weight: Floats | None) -> Floats:
    """Return what is summed of each row.

    Parameters
    ----------
    values : float array of shape (rows,)
        Above a pivot that is near their mean.
    weight : float array of shape (rows,) or None

    Returns
    -------
    float array of shape (8, rows)

    Examples
    --------
    >>> row_sums(np.array([2.0]), np.array([3.0]))[:, 0].tolist()
    [1.0, 3.0, 9.0, 6.0, 12.0, 24.0, 18.0, 36.0]
    """
    one = np.ones(len(values))
    w = one if weight is None else weight
    return np.stack([one, w, w * w, w * values, w * values**2, w * values**3, w * w * values, (w * values) ** 2])


def pattern_sums(patterns: Patterns, codes: Ints, sums: Floats) -> Floats:
    """Sum up the rows of each pattern: one pass for each set of features, whatever number of patterns it has.

    Parameters
    ----------
    patterns : Patterns
    codes : int array of shape (rows, features)
    sums : float array of shape (parts, rows)

    Returns
    -------
    float array of shape (patterns, parts)

    Examples
    --------
    >>> patterns = Patterns((2, 2), np.array([[1, -1], [1, 2]]), np.zeros((2, 1), dtype=np.int64))
    >>> pattern_sums(patterns, np.array([[1, 0], [1, 1], [0, 0]]), np.array([[5.0, 6.0, 7.0]])).tolist()
    [[11.0], [5.0]]
    """
    wanted = patterns.codes()
    out = np.zeros((len(patterns), len(sums)))
    features, at = np.unique(wanted >= 0, axis=0, return_inverse=True)
    for i, named in enumerate(features):
        mine = np.flatnonzero(at.ravel() == i)
        _, key = np.unique(np.concatenate([wanted[mine][:, named], codes[:, named]]), axis=0, return_inverse=True)
        key = key.ravel()
        size = int(key.max()) + 1
        for part, values in enumerate(sums):
            out[mine, part] = np.bincount(key[len(mine) :], weights=values, minlength=size)[key[: len(mine)]]
    return out


@dataclass(frozen=True, eq=False)
class MeanGaps:
    """Means held against others; every array has shape (patterns, halves).

    Parameters
    ----------
    first, second : Means
        Of each pattern, and of what it is held against.
    correlation : float array
        Of the two means, through clusters that they share.
    """

    first: Means
    second: Means
    correlation: Floats

    def at(self, chosen: Any) -> MeanGaps:
        """Choose among the gaps, as an array is indexed."""
        first, second = (side.each(lambda array: array[chosen]) for side in (self.first, self.second))
        return MeanGaps(first, second, self.correlation[chosen])

    @cached_property
    def effect(self) -> Floats:
        """First mean less the second; NaN where either has no rows."""
        return np.asarray(self.first.value - self.second.value)

    @cached_property
    def df(self) -> Floats:
        """Welch's degrees of freedom, fewer where rows are skew."""
        sides = (self.first, self.second)
        with np.errstate(invalid="ignore", divide="ignore"):
            doubt = sum(side.error**4 / df_with_skew(side) for side in sides)
            return np.asarray(sum(side.error**2 for side in sides) ** 2 / doubt)

    @cached_property
    def _two_sided(self) -> Floats:
        return mean_p_values(self.first, self.second, correlation=self.correlation)

    def one_sided_p_value(self, higher: Bools) -> Floats:
        """Test, one-sided, that the first mean lies no further on the side it is said to lie on; 1 where unknown."""
        half = self._two_sided / 2
        return np.nan_to_num(np.where(higher == (self.effect > 0), half, 1 - half), nan=1.0)

    def compare(self, measure: MomentMeasure, confidence: float, alpha: float) -> Disparities:
        """Return the gaps with their limits, shape (1, patterns), of one half."""
        sides = (side.each(np.atleast_2d) for side in (self.first, self.second))
        gaps = compare_means(
            [measure], *sides, confidence=confidence, alpha=alpha, correlation=np.atleast_2d(self.correlation)
        )
        return gaps["difference"]


@dataclass(frozen=True, eq=False)
class MeanDiscoveries(Selection):
    """Patterns held by their means against everyone else and against shorter ones; arrays have halves last.

    Parameters
    ----------
    patterns : Patterns
        With counts of rows in each half.
    sums : float array of shape (8, patterns, 2)
        What :func:`row_sums` says, summed in each half.
    everyone : float array of shape (8, 1, 2)
        Of all rows of each half.
    pivot : float
        What values are above.
    samples : pair of ClusteredSums, optional
        The rows of each half, where they come in clusters.
    """

    patterns: Patterns
    sums: Floats
    everyone: Floats
    pivot: float
    samples: tuple[ClusteredSums, ClusteredSums] | None = None

    @cached_property
    def gaps(self) -> MeanGaps:
        """Each pattern held against the rest, shape (patterns, 2)."""
        return self._gaps(np.arange(len(self.patterns)), None)

    @cached_property
    def _spread(self) -> Floats:
        """Variance of all rows, from which small patterns borrow."""
        _, w, w2, x, xx, *_ = self.everyone.sum(axis=(1, 2))
        return np.array([[(xx - x * x / w) / w / max(1 - w2 / w**2, ROUNDING)]])

    def _gaps(self, whole: Ints, part: Ints | None, *, in_all: bool = False) -> MeanGaps:
        """Hold patterns against the other rows of shorter ones, or of all, in either half or `in_all` rows at once."""
        inside = self.sums[:, whole]
        shorter = self.everyone if part is None else self.sums[:, part]
        if in_all:
            inside, shorter = (sums.sum(axis=2, keepdims=True) for sums in (inside, shorter))
        rest = _without(shorter, inside)
        first, second = self._independent(inside), self._independent(rest)
        correlation = np.zeros(first.value.shape)
        if self.samples is not None:
            samples = (self.samples[0].concat(self.samples[1]),) if in_all else self.samples
            codes = self.patterns.codes(whole)
            shorter_codes = np.full(codes.shape, NO_LEVEL) if part is None else self.patterns.codes(part)
            found = [
                sample.compare(codes, shorter_codes, _column(first, half), _column(second, half))
                for half, sample in enumerate(samples)
            ]
            first, second = _beside([one[0] for one in found]), _beside([one[1] for one in found])
            correlation = np.stack([one[2] for one in found], axis=1)
        return MeanGaps(moderated(first, self._spread), moderated(second, self._spread), correlation)

    def overall(self, half: int) -> Means:
        """Estimate the mean of all rows of a half, shape (1, 1)."""
        means = self._independent(self.everyone[:, :, half : half + 1])
        if self.samples is not None:
            means = self.samples[half].everyone(means.each(np.ravel)).each(np.atleast_2d)
        return moderated(means, self._spread)

    def _independent(self, sums: Floats) -> Means:
        shape = sums.shape[1:]
        means = independent_means(_central(sums.reshape(N_SUMS, -1), self.pivot), self._spread)
        return means.each(lambda array: array.reshape(shape))


def _column(means: Means, half: int) -> Means:
    return means.each(lambda array: array[:, half])


def _beside(halves: Sequence[Means]) -> Means:
    """Put means of shape (patterns,) of both halves next to each other."""
    return concat_means([half.each(lambda array: array[:, None]) for half in halves])


def _without(shorter: Floats, inside: Floats) -> Floats:
    """Take the rows of patterns away; nothing is left of rounding where nobody is left."""
    rest = shorter - inside
    return np.where(rest[0] > 0, rest, 0.0)


def _central(sums: Floats, pivot: float) -> GroupMoments:
    rows, w, w2, x, xx, xxx, w2x, w2xx = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = x / w
        second = _no_less(xx - shift * x, xx)
        third = np.where(second > 0, xxx - 3 * shift * xx + 2 * shift**2 * x, 0.0)
        squared = _no_less(w2xx - 2 * shift * w2x + shift**2 * w2, w2xx)
        return GroupMoments(rows, w, w2 / w**2, (pivot + shift)[None], second[None], third[None], squared[None])


def _no_less(centred: Floats, about_pivot: Floats) -> Floats:
    return np.where(centred <= ROUNDING * about_pivot, np.where(np.isnan(centred), np.nan, 0.0), centred)
