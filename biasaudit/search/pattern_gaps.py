"""Gaps between the rate of a pattern and that of what it is held against, with the evidence of either side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr

from biasaudit.arraytypes import Bools, Floats
from biasaudit.counts.arrays import broadcast, share
from biasaudit.inference.intervals.small_groups import difference_interval
from biasaudit.inference.testing.one_sided import higher_share_p_value
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference
from biasaudit.inference.variance.effective import Shares
from biasaudit.inference.variance.shared_clusters import variance_ratio
from biasaudit.metrics.wilson import critical_value

__all__ = ["PatternGaps", "cases_and_rows"]


def cases_and_rows(shares: Shares) -> tuple[Floats, Floats]:
    """Return effective cases and rows: those counted, to the last digit, where rows are rows.

    Parameters
    ----------
    shares : Shares

    Returns
    -------
    count, nobs : float array
    """
    whole = shares.nobs == shares.denominator
    return np.where(whole, shares.numerator, shares.count), shares.nobs


@dataclass(frozen=True, eq=False)
class PatternGaps:
    """Rates held against others; every array has shape (patterns, halves).

    Parameters
    ----------
    first, second : Shares
        Rate of each pattern, and of what it is held against.
    correlation : float array
        Of the two rates, through clusters that they share.
    """

    first: Shares
    second: Shares
    correlation: Floats

    @classmethod
    def of_rows(cls, count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> PatternGaps:
        """Hold independent rows of weight 1 against each other."""
        x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
        first, second = (Shares(x, n, share(x, n), n, np.full(n.shape, np.inf)) for x, n in ((x1, n1), (x2, n2)))
        return cls(first, second, np.zeros(first.share.shape))

    def at(self, chosen: Any) -> PatternGaps:
        """Choose among the gaps, as an array is indexed."""
        first, second = (shares.each(lambda array: array[chosen]) for shares in (self.first, self.second))
        return PatternGaps(first, second, self.correlation[chosen])

    @cached_property
    def effect(self) -> Floats:
        """First rate less the second; NaN where either has no rows."""
        return np.asarray(self.first.share - self.second.share)

    @cached_property
    def df(self) -> Floats:
        """Degrees of freedom; infinite for rows, and no more than either side's where both are of the same clusters."""
        apart = df_of_difference(self.first.nobs, self.first.df, self.second.nobs, self.second.df)
        return np.where(self.correlation == 0, apart, np.minimum(self.first.df, self.second.df))

    def one_sided_p_value(self, higher: Bools) -> Floats:
        """Test, one-sided, that the first rate lies no further on the side it is said to lie on."""
        (x1, n1), (x2, n2) = cases_and_rows(self.first), cases_and_rows(self.second)
        p = higher_share_p_value(np.where(higher, x1, n1 - x1), n1, np.where(higher, x2, n2 - x2), n2)
        doubtful = (np.isfinite(self.df) | (self.correlation != 0)) & (p < 1)
        if doubtful.any():
            z = ndtri(np.maximum(p, 1e-300)) / np.sqrt(variance_ratio(self.first, self.second, self.correlation))
            with np.errstate(invalid="ignore"):
                off_t = np.where(np.isfinite(self.df), stdtr(self.df, z), ndtr(z))
            p = np.where(doubtful, np.nan_to_num(off_t, nan=1.0), p)
        return p

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """Newcombe's interval of each effect, with effective rows, and with t where there are few clusters."""
        critical = critical_value(confidence, self.df)
        return difference_interval(
            *cases_and_rows(self.first),
            *cases_and_rows(self.second),
            critical1=critical,
            critical2=critical,
            correlation=self.correlation,
        )
