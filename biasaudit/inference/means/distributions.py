"""The distributions of numbers in groups, read from histograms: their quantiles, and what distances are taken of."""

from functools import cached_property

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.moments.table import Histogram
from biasaudit.metrics.cell_totals import sum_of_others

__all__ = ["Distribution"]

# What rounding leaves of a sum of weights.
ROUNDING = 1e-12


class Distribution:
    """The distributions of groups, or of everyone outside each, over the same values or bins.

    Parameters
    ----------
    histogram : Histogram
    n_groups : int
    outside : bool
        Whether to describe the rows outside each group.

    Attributes
    ----------
    low, high : float array of shape (bins,)
        Smallest and largest value of each bin, rising; the same where `exact`.
    exact : bool
        Whether each bin holds a single value.
    weight : float array of shape (groups, bins)
    """

    def __init__(self, histogram: Histogram, n_groups: int, *, outside: bool = False) -> None:
        bins, place = np.unique(histogram.low if histogram.exact else histogram.bin, return_inverse=True)
        weight = np.zeros((n_groups, len(bins)))
        np.add.at(weight, (histogram.group, place), histogram.weight)
        self.low, self.high = np.full(len(bins), np.inf), np.full(len(bins), -np.inf)
        np.minimum.at(self.low, place, histogram.low)
        np.maximum.at(self.high, place, histogram.high)
        self.exact = histogram.exact
        self.weight = sum_of_others(weight) if outside else weight

    @property
    def middle(self) -> Floats:
        """The value of each bin, or the middle of its values."""
        return np.asarray((self.low + self.high) / 2)

    @cached_property
    def total(self) -> Floats:
        """Sum of the weights of each group, shape (groups,)."""
        return np.asarray(self.weight.sum(axis=1))

    @cached_property
    def shares(self) -> Floats:
        """Share of each group's weight in each bin, shape (groups, bins); NaN of a group without rows."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.weight / self.total[:, None])

    @cached_property
    def _below(self) -> Floats:
        return np.asarray(np.cumsum(self.weight, axis=1))

    def quantile(self, share: Floats) -> Floats:
        """Find the smallest value that so large a share of each group is at or below, shape (groups,).

        Inside a bin of several values, rows are taken to be spread evenly.
        """
        whole, everyone = self.total, np.arange(len(self.total))
        if not (whole > 0).any():
            return np.full(len(whole), np.nan)
        target = np.clip(share, 0, 1) * whole
        least = np.maximum(target - ROUNDING * whole, np.finfo(float).tiny)
        at = np.minimum((self._below < least[:, None]).sum(axis=1), len(self.low) - 1)
        upto, before = self._below[everyone, at], np.where(at > 0, self._below[everyone, at - 1], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            inside = np.clip((target - before) / (upto - before), 0, 1)
        return np.where(whole > 0, self.low[at] + inside * (self.high[at] - self.low[at]), np.nan)

    def fourth_moment(self, mean: Floats) -> Floats:
        """Mean fourth power of values less the mean of their group, shape (groups,); of bins, their middle."""
        origin = self.middle.mean() if len(self.low) else 0.0
        with np.errstate(invalid="ignore"):
            powers = [self.shares @ (self.middle - origin) ** k for k in range(1, 5)]
        shift, (first, second, third, fourth) = mean - origin, powers
        return np.asarray(fourth - 4 * shift * third + 6 * shift**2 * second - 4 * shift**3 * first + shift**4)
