"""What a group and those it is held against have in common, and what each name makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.metrics.rates import Cell

__all__ = ["Facet", "Side", "conditional_disparity", "ratio"]


@dataclass(frozen=True, eq=False)
class Side:
    """The people on one side of a comparison.

    Parameters
    ----------
    people : float
        Rows, those without a label or prediction included.
    cells : float array of shape (4,)
        TN, FP, FN and TP among the others; sums of weights where rows carry any.
    labels : float array of shape (classes,)
        How many have each label.
    by_stratum : float array of shape (strata, 4)
        The cells in each stratum of the control features; no row where there are none.
    """

    people: float
    cells: Floats
    labels: Floats
    by_stratum: Floats

    def total(self, cells: Cell) -> float:
        """Sum some of the cells."""
        return float(self.cells @ cells.mask)

    def share(self, part: Cell, whole: Cell) -> float:
        """Return a share, or a quotient, of cells: NaN where there is nothing below the line."""
        return ratio(self.total(part), self.total(whole))


@dataclass(frozen=True, eq=False)
class Facet:
    """A group, and those it is held against.

    Parameters
    ----------
    d : Side
        The group, which Clarify calls the disadvantaged facet.
    a : Side
        Whom it is held against, the advantaged facet.
    """

    d: Side
    a: Side


def ratio(part: float, whole: float) -> float:
    """Divide; NaN where there is nothing to divide by.

    Examples
    --------
    >>> ratio(1, 4), ratio(0, 0)
    (0.25, nan)
    """
    return part / whole if whole > 0 else float("nan")


def conditional_disparity(facet: Facet, positive: Cell, negative: Cell) -> tuple[float, int]:
    """Average demographic disparity over strata: the group's share of those rejected minus that of those accepted.

    Parameters
    ----------
    facet : Facet
    positive, negative : Cell
        Whose cells are accepted, and rejected.

    Returns
    -------
    disparity : float
        From -1 to 1, each stratum weighed by its people; NaN where none has both outcomes.
    left_out : int
        Strata in which everyone has the same outcome: they have no disparity.

    References
    ----------
    Wachter, Mittelstadt and Russell (2021), "Why fairness cannot be automated", Computer Law & Security Review 41.

    Examples
    --------
    >>> cells = lambda *rows: Side(0, np.zeros(4), np.zeros(2), np.array(rows, float))
    >>> facet = Facet(d=cells([3, 0, 0, 1], [1, 0, 0, 1]), a=cells([1, 0, 0, 3], [1, 0, 0, 1]))
    >>> conditional_disparity(facet, Cell.TP | Cell.FP, Cell.TN | Cell.FN)[0]
    0.3333333333333333
    """
    d, everyone = facet.d.by_stratum, facet.d.by_stratum + facet.a.by_stratum
    accepted, rejected = everyone @ positive.mask, everyone @ negative.mask
    known = (accepted > 0) & (rejected > 0)
    left_out = int(np.count_nonzero((accepted + rejected > 0) & ~known))
    if not known.any():
        return float("nan"), left_out
    parts = (d @ negative.mask)[known] / rejected[known] - (d @ positive.mask)[known] / accepted[known]
    return float(np.average(parts, weights=(accepted + rejected)[known])), left_out
