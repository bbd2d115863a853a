"""Which subgroups stand out: from everyone else, from every shorter pattern they belong to, and in both halves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.arrays import share
from biasaudit.inference.variance.effective import Shares, concat_shares
from biasaudit.search._confirmation import NOMINAL_LEVEL, confirmed_p_values
from biasaudit.search.pattern_gaps import PatternGaps
from biasaudit.search.pattern_shares import Subsample
from biasaudit.search.patterns import Patterns

__all__ = ["HELD_OUT", "N_SIDES", "SEARCHED", "Discoveries", "Gaps", "Selection", "sliceline_score"]

# Rows of the first half that are no cases and that are, then those of the second.
N_SIDES = 4
# The first half is searched, the second held out to confirm.
SEARCHED, HELD_OUT = 0, 1
NO_LEVEL = -1


class Gaps(Protocol):
    """Patterns held against others; every array has shape (patterns, halves)."""

    @property
    def effect(self) -> Floats:
        """What is measured in the first less that in the second."""

    def one_sided_p_value(self, higher: Bools) -> Floats:
        """Test, one-sided, that the first lies no further on the side it is said to lie on."""


class Selection(ABC):
    """What stands out of all patterns, whatever is measured of them.

    Parameters
    ----------
    patterns : Patterns
    """

    patterns: Patterns

    @property
    @abstractmethod
    def gaps(self) -> Gaps:
        """Each pattern held against the rest, shape (patterns, 2)."""

    @abstractmethod
    def _gaps(self, whole: Ints, part: Ints | None, *, in_all: bool = False) -> Gaps:
        """Hold patterns against the other rows of shorter ones, or of all, in either half or `in_all` rows at once."""

    @cached_property
    def higher(self) -> Bools:
        """Whether the rate is above that of the rest, shape (patterns, 2)."""
        return self.gaps.effect > 0

    @cached_property
    def p_against_rest(self) -> Floats:
        """One-sided p-values against the rest in the direction of each half, shape (patterns, 2)."""
        return self.gaps.one_sided_p_value(self.higher)

    @cached_property
    def claims(self) -> Floats:
        """P-values of standing out from the rest and from every shorter pattern, shape (patterns, 2).

        The largest of all these tests, so that each holds. What does not differ from the rest in the half that is
        searched is not asked further.
        """
        p = self.p_against_rest.copy()
        whole, part = self.patterns.parts(np.flatnonzero(p[:, SEARCHED] <= NOMINAL_LEVEL))
        np.maximum.at(p, whole, self._gaps(whole, part).one_sided_p_value(self.higher[whole]))
        return p

    @cached_property
    def p_adjusted(self) -> Floats:
        """P-value of each claim in the half held out, adjusted for all that the other suggested."""
        same = self.higher[:, SEARCHED] == self.higher[:, HELD_OUT]
        searched, held_out = self.claims.T
        return confirmed_p_values(searched, np.where(same, held_out, 1.0))

    @cached_property
    def p_value(self) -> Floats:
        """Two-sided p-values against the rest in the half held out, not adjusted, shape (patterns,)."""
        return np.minimum(2 * self.p_against_rest[:, HELD_OUT], 1.0)

    def explained_by(self, alpha: float) -> Ints:
        """Find for each pattern the confirmed shorter one that explains it, -1 where none does.

        A pattern is explained by a shorter one that is confirmed, goes the same way and from whose other rows it does
        not differ by more than chance in all rows; of several by the one that it differs from least.
        """
        confirmed = self.p_adjusted <= alpha
        explanation = np.full(len(self.patterns), -1)
        if not confirmed.any():
            return explanation
        gaps = self._gaps(np.arange(len(self.patterns)), None, in_all=True)
        effect = gaps.effect[:, 0]
        differs = 2 * gaps.one_sided_p_value(gaps.effect > 0)[:, 0] <= alpha
        whole, part = self.patterns.parts(np.flatnonzero(~confirmed & differs))
        eligible = confirmed[part] & (effect[part] * effect[whole] > 0)
        whole, part = whole[eligible], part[eligible]
        p = self._gaps(whole, part, in_all=True).one_sided_p_value(effect[whole, None] > 0)[:, 0]
        # The last one written stays: the largest p-value.
        order = np.flatnonzero(2 * p > alpha)
        order = order[np.argsort(p[order], kind="stable")]
        explanation[whole[order]] = part[order]
        return explanation


@dataclass(frozen=True, eq=False)
class Discoveries(Selection):
    """Patterns held against everyone else and against shorter ones, in either half; arrays have halves last.

    Parameters
    ----------
    patterns : Patterns
        With counts of the four :data:`N_SIDES`.
    rows, cases : int array of shape (2,)
        All rows of each half, and the cases among them.
    subsamples : pair of Subsample, optional
        The people of each half, where they carry weights or come in clusters: rows tell no rate or no certainty then.
    """

    patterns: Patterns
    rows: Ints
    cases: Ints
    subsamples: tuple[Subsample, Subsample] | None = None

    @cached_property
    def by_half(self) -> tuple[Ints, Ints]:
        """Rows and cases of each pattern, shape (patterns, 2)."""
        sides = self.patterns.counts.reshape(-1, 2, 2)
        return sides.sum(axis=2), sides[:, :, 1]

    @cached_property
    def totals(self) -> tuple[Ints, Ints]:
        """Rows and cases of each pattern, shape (patterns,)."""
        n, x = self.by_half
        return n.sum(axis=1), x.sum(axis=1)

    @cached_property
    def gaps(self) -> PatternGaps:
        """Each pattern held against the rest, shape (patterns, 2)."""
        return self._gaps(np.arange(len(self.patterns)), None)

    def _gaps(self, whole: Ints, part: Ints | None, *, in_all: bool = False) -> PatternGaps:
        """Hold patterns against the other rows of shorter ones, or of all, in either half or `in_all` rows at once."""
        if self.subsamples is None:
            counts = [*self.by_half, self.rows[None], self.cases[None]]
            n, x, rows, cases = (count.sum(axis=1, keepdims=True) for count in counts) if in_all else counts
            other_counts = (cases, rows) if part is None else (x[part], n[part])
            return PatternGaps.of_rows(x[whole], n[whole], other_counts[0] - x[whole], other_counts[1] - n[whole])
        codes = self.patterns.codes(whole)
        shorter_codes = np.full(codes.shape, NO_LEVEL) if part is None else self.patterns.codes(part)
        samples = (self.subsamples[SEARCHED].concat(self.subsamples[HELD_OUT]),) if in_all else self.subsamples
        gaps_of_samples = [sample.compare(codes, shorter_codes) for sample in samples]
        first = concat_shares([gaps.first for gaps in gaps_of_samples])
        second = concat_shares([gaps.second for gaps in gaps_of_samples])
        return PatternGaps(first, second, np.concatenate([gaps.correlation for gaps in gaps_of_samples], axis=1))

    @cached_property
    def overall(self) -> Shares:
        """The rate of all rows of the half held out, shape (1, 1)."""
        if self.subsamples is not None:
            return self.subsamples[HELD_OUT].overall()
        nobody = np.zeros(1)
        return PatternGaps.of_rows(self.cases[HELD_OUT:], self.rows[HELD_OUT:], nobody, nobody).first.each(
            np.atleast_2d
        )


def sliceline_score(cases: Ints, rows: Ints, all_cases: int, all_rows: int, *, weight: float = 0.95) -> Floats:
    """Score a slice by how much higher its rate is and how large it is.

    Parameters
    ----------
    cases, rows : int array
        Of each slice.
    all_cases, all_rows : int
        Above 0.
    weight : float
        Of the rate, 0 to 1; the size has the rest.

    Returns
    -------
    float array
        Above 0 where the slice is worth a look.

    References
    ----------
    Sagadeeva and Boehm (2021), "SliceLine: Fast, linear-algebra-based slice finding for ML model debugging", eq. 1.

    Examples
    --------
    >>> float(sliceline_score(np.array([30]), np.array([100]), 100, 1000).round(3)[0])
    1.45
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        higher = share(cases, rows) / (all_cases / all_rows) - 1
        return np.asarray(weight * higher - (1 - weight) * (all_rows / np.asarray(rows, dtype=float) - 1))
