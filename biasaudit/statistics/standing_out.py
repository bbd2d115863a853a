"""Which subgroups stand out: from everyone else, from every shorter pattern they belong to, and in both halves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from biasaudit.statistics.arrays import share
from biasaudit.statistics.confirmation import NOMINAL, confirmed_p_values
from biasaudit.statistics.one_sided import higher_share_p_value
from biasaudit.statistics.patterns import Patterns

__all__ = ["SIDES", "StandingOut", "sliceline_score"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Rows of the first half that are no cases and that are, then those of the second.
SIDES = 4


@dataclass(frozen=True, eq=False)
class StandingOut:
    """Patterns held against everyone else, in all rows and in either half.

    Parameters
    ----------
    patterns : Patterns
        With counts of the four :data:`SIDES`.
    rows, cases : int array of shape (2,)
        All rows of each half, and the cases among them.
    """

    patterns: Patterns
    rows: Ints
    cases: Ints

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
    def effect_by_half(self) -> Floats:
        """Rate of the pattern less that of the rest, shape (patterns, 2); NaN where either has no rows."""
        n, x = self.by_half
        return share(x, n) - share(self.cases - x, self.rows - n)

    @cached_property
    def higher(self) -> NDArray[np.bool_]:
        """Whether the rate is above that of the rest, shape (patterns, 2)."""
        return self.effect_by_half > 0

    @cached_property
    def against_rest(self) -> Floats:
        """One-sided p-values against the rest in the direction of each half, shape (patterns, 2)."""
        n, x = self.by_half
        return _further(x, n, self.cases - x, self.rows - n, self.higher)

    @cached_property
    def claims(self) -> Floats:
        """P-values of standing out from the rest and from every shorter pattern, shape (patterns, 2).

        The largest of all these tests, so that each holds. What differs from the rest in neither half is not asked
        further.
        """
        p = self.against_rest.copy()
        asked = np.flatnonzero((p <= NOMINAL).any(axis=1))
        whole, part = self.patterns.parts(asked)
        n, x = self.by_half
        p_part = _further(x[whole], n[whole], x[part] - x[whole], n[part] - n[whole], self.higher[whole])
        np.maximum.at(p, whole, p_part)
        return p

    @cached_property
    def p_adjusted(self) -> Floats:
        """P-value of each claim in the second half, adjusted for all that the first half suggested."""
        same = self.higher[:, 0] == self.higher[:, 1]
        searched, held_out = self.claims.T
        return confirmed_p_values(searched, np.where(same, held_out, 1.0))

    @cached_property
    def p_value(self) -> Floats:
        """Two-sided p-values against the rest in all rows, not adjusted, shape (patterns,)."""
        n, x = self.totals
        higher = share(x, n) > share(self.cases.sum() - x, self.rows.sum() - n)
        return np.minimum(2 * _further(x, n, self.cases.sum() - x, self.rows.sum() - n, higher), 1.0)

    def explained_by(self, alpha: float) -> Ints:
        """Find for each pattern the confirmed shorter one that explains it, -1 where none does.

        A pattern is explained by a shorter one that is confirmed, goes the same way and from whose other rows it does
        not differ by more than chance; of several by the one that it differs from least.
        """
        confirmed = self.p_adjusted <= alpha
        out = np.full(len(self.patterns), -1)
        if not confirmed.any():
            return out
        whole, part = self.patterns.parts(np.flatnonzero(~confirmed & (self.p_value <= alpha)))
        n, x = self.totals
        effect = share(x, n) - share(self.cases.sum() - x, self.rows.sum() - n)
        kept = confirmed[part] & (effect[part] * effect[whole] > 0)
        whole, part = whole[kept], part[kept]
        p = _further(x[whole], n[whole], x[part] - x[whole], n[part] - n[whole], effect[whole] > 0)
        # The last one written stays: the largest p-value.
        order = np.flatnonzero(2 * p > alpha)
        order = order[np.argsort(p[order], kind="stable")]
        out[whole[order]] = part[order]
        return out


def _further(x1: Ints, n1: Ints, x2: Ints, n2: Ints, higher: NDArray[np.bool_]) -> Floats:
    """Test that the first share lies no further on the side it is said to lie on."""
    first, second = np.where(higher, x1, n1 - x1), np.where(higher, x2, n2 - x2)
    return higher_share_p_value(first, n1, second, n2)


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
