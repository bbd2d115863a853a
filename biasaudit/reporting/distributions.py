"""How the values of a number are spread in each group: what is drawn of them, in bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from biasaudit.metrics.units import OUTCOME, Unit

__all__ = ["QUANTILES", "Distribution", "outline"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Distribution:
    """The values of one variable in one group.

    Parameters
    ----------
    variable : {"outcome", "prediction"}
    title : str
        What it is called, such as "Wage".
    group : mapping of str to str
        Feature to value; empty for everyone.
    rows : float
        Rows that it is of, or the sum of their weights.
    low, share : sequence of float
        Lower edge of each bin, and the share of the rows in it; bins are as wide as `width`, and the same in all groups
        of a variable. What lies outside of all bins is in none.
    width : float
        Width of a bin, in the unit.
    quantiles : sequence of float
        Values that 5, 25, 50, 75 and 95 % of the rows are at or below.
    mean : float
    interval : pair of float or None
        Limits of the mean, at the confidence of the audit.
    unit : Unit
        Of the values.
    """

    variable: str
    title: str
    group: Mapping[str, str]
    rows: float
    low: Sequence[float]
    share: Sequence[float]
    width: float
    quantiles: Sequence[float]
    mean: float
    interval: tuple[float, float] | None = None
    unit: Unit = OUTCOME

    @property
    def median(self) -> float:
        """The value that half of the rows are at or below."""
        return self.quantiles[QUANTILES.index(0.5)]

    @property
    def outside(self) -> float:
        """Share of the rows that lie outside of all bins; 0 where none do."""
        return max(0.0, 1.0 - sum(self.share)) if self.rows else 0.0


def outline(drawn: Distribution) -> list[tuple[float, float]]:
    """Return the corners of the outline of a distribution, in steps, as pairs of value and share; it is closed.

    Examples
    --------
    >>> spread = Distribution("outcome", "Wage", {}, 4, (0.0, 1.0), (0.25, 0.75), 1.0, (0, 1, 1, 1, 1), 0.8)
    >>> outline(spread)
    [(0.0, 0.0), (0.0, 0.25), (1.0, 0.25), (1.0, 0.75), (2.0, 0.75), (2.0, 0.0)]
    """
    if not len(drawn.low):
        return []
    steps = [
        (edge, share)
        for low, share in zip(drawn.low, drawn.share, strict=True)
        for edge, share in ((low, share), (low + drawn.width, share))
    ]
    return [(steps[0][0], 0.0), *steps, (steps[-1][0], 0.0)]
