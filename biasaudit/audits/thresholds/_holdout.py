"""What lines on a score do to people who had no say in their choice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats
from biasaudit.audits.thresholds._choice import (
    CRITERIA,
    RATES,
    benefit_weights,
    choose_thresholds,
    largest_gap,
    values_at,
)
from biasaudit.counts.arrays import share
from biasaudit.inference.thresholds import LineCounts

__all__ = ["DRAWS", "FOLDS", "Choice"]

FOLDS = 10
DRAWS = 20
MEASURED = ("selection_rate", "true_positive_rate", "false_positive_rate")


@dataclass(frozen=True, eq=False)
class Choice:
    """A way of choosing lines, to be tried on other people than those who are asked.

    Parameters
    ----------
    criterion : str
    benefits : mapping of str to float or None
    tolerance : float
    constrained : bool array of shape (groups,)
        As for :func:`~biasaudit.audits.thresholds._choice.choose_thresholds`.
    """

    criterion: str
    benefits: Mapping[str, float] | None
    tolerance: float
    constrained: NDArray[np.bool_]

    def _choose(self, counts: Floats) -> NDArray[np.int64]:
        counted = LineCounts.of(counts, labelled=True)
        return choose_thresholds(counted, self.criterion, self.benefits, self.tolerance, self.constrained)[0]

    def cross_fitted(self, folds: Floats) -> tuple[float, dict[str, Floats]]:
        """Choose lines without each fold and read them on it.

        Parameters
        ----------
        folds : float array of shape (folds, groups, 2, bins)

        Returns
        -------
        tuple of float, dict of str to float array of shape (groups,)
            The benefit in all and the rates. People of whose group nobody is left to choose a line are not read.
        """
        everyone, value = folds.sum(axis=0), benefit_weights(self.benefits)
        above, total = np.zeros((2, 2, len(everyone)))
        benefit = 0.0
        for fold in folds:
            rest = np.clip(everyone - fold, 0, None)
            at, readable = self._choose(rest), rest.any(axis=(1, 2))
            read = LineCounts.of(fold * readable[:, None, None], labelled=True)
            benefit += float(values_at(read.benefit(value), at).sum())
            above += values_at(read.positive, at), values_at(read.negative, at)
            total += read.positive[:, 0], read.negative[:, 0]
        rates = share(above.sum(axis=0), total.sum(axis=0)), *share(above, total)
        return benefit, dict(zip(MEASURED, rates, strict=True))

    def expected_gap(self, counts: Floats, drawn: Floats) -> float:
        """Average the largest gap that lines leave among people, which are chosen on others drawn from them.

        Parameters
        ----------
        counts : float array of shape (groups, 2, bins)
        drawn : float array of shape (draws, groups, 2, bins)

        Returns
        -------
        float
            NaN where the criterion holds nothing alike. A group that is not drawn is left out of that draw.

        References
        ----------
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 17.6, on what a fit promises.
        """
        counted, gaps = LineCounts.of(counts, labelled=True), []
        rates = [RATES[name](counted) for name in CRITERIA[self.criterion]]
        for one in drawn if rates else ():
            at, there = self._choose(one), one.any(axis=(1, 2))
            gaps.append(largest_gap([np.where(there, values_at(rate, at), np.nan) for rate in rates]))
        return float(np.mean(gaps)) if gaps else math.nan
