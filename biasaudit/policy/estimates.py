"""Gaps without their sign, and where a whole interval lies: the arithmetic of a rule."""

from __future__ import annotations

import math
from typing import NamedTuple

from biasaudit.inference.intervals.closed_form import mover_difference

__all__ = ["PAST", "UNSURE", "WITHIN", "Figure", "change", "folded", "state"]

WITHIN, PAST, UNSURE = "within", "past", "cannot tell"


class Figure(NamedTuple):
    """A number with its interval."""

    estimate: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Say whether it has a value and an interval."""
        return not any(math.isnan(part) for part in self)


def folded(figure: Figure, comparison: str) -> Figure:
    """Take a gap for its size: a difference without its sign, a ratio as the smaller over the larger.

    A group that is better off than its reference leaves the reference worse off, so both directions count alike.

    Examples
    --------
    >>> folded(Figure(-0.1, -0.3, 0.1), "difference")
    Figure(estimate=0.1, low=0.0, high=0.3)
    >>> folded(Figure(2.0, 0.8, 4.0), "ratio")
    Figure(estimate=0.5, low=0.25, high=1.0)
    """
    if comparison == "rate" or not figure.known:
        return figure
    estimate, low, high = figure
    if comparison == "difference":
        if low >= 0:
            return figure
        return Figure(abs(estimate), -high, -low) if high <= 0 else Figure(abs(estimate), 0.0, max(-low, high))
    if high <= 1:
        return figure
    if low >= 1:
        return Figure(_over(estimate), _over(high), _over(low))
    return Figure(min(estimate, _over(estimate)), min(low, _over(high)), 1.0)


def _over(ratio: float) -> float:
    return math.inf if ratio == 0 else 1 / ratio


def state(figure: Figure, *, most: float | None = None, least: float | None = None) -> str:
    """Say where the whole interval lies: within the limit, past it, or across it.

    Examples
    --------
    >>> state(Figure(0.2, 0.1, 0.3), most=0.05), state(Figure(0.2, 0.1, 0.3), least=0.15)
    ('past', 'cannot tell')
    """
    if not figure.known:
        return UNSURE
    past = (most is not None and figure.low > most) or (least is not None and figure.high < least)
    within = (most is None or figure.high <= most) and (least is None or figure.low >= least)
    return PAST if past else WITHIN if within else UNSURE


def change(now: Figure, then: Figure) -> Figure:
    """Return how much larger a figure is now than then, with an interval from those of both.

    The two are taken to be of different people, measured independently; of the same people the interval is wider than
    it need be, since what they share is counted twice.

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures: a general approach" (MOVER).

    Examples
    --------
    >>> [round(part, 3) for part in change(Figure(0.3, 0.26, 0.34), Figure(0.2, 0.17, 0.23))]
    [0.1, 0.05, 0.15]
    """
    if not (now.known and then.known):
        return Figure(math.nan, math.nan, math.nan)
    # An interval that leaves out its estimate, as that of a spread may, has no width on that side.
    now, then = (Figure(e, min(e, low), max(e, high)) for e, low, high in (now, then))
    low, high = mover_difference(*now, *then)
    return Figure(now.estimate - then.estimate, float(low), float(high))
