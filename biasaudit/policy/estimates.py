"""Gaps without their sign, and where a whole interval lies: the arithmetic of a rule."""

from __future__ import annotations

import math
from typing import NamedTuple

from biasaudit.inference.intervals.closed_form import mover_difference

__all__ = ["PAST", "UNSURE", "WITHIN", "Estimate", "change", "magnitude", "state"]

WITHIN, PAST, UNSURE = "within", "past", "cannot tell"


class Estimate(NamedTuple):
    """A number with its interval."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Say whether it has a value and an interval."""
        return not any(math.isnan(part) for part in self)


def magnitude(estimate: Estimate, comparison: str) -> Estimate:
    """Take a gap for its size: a difference without its sign, a ratio as the smaller over the larger.

    A group that is better off than its reference leaves the reference worse off, so both directions count alike.

    Examples
    --------
    >>> magnitude(Estimate(-0.1, -0.3, 0.1), "difference")
    Estimate(value=0.1, low=0.0, high=0.3)
    >>> magnitude(Estimate(2.0, 0.8, 4.0), "ratio")
    Estimate(value=0.5, low=0.25, high=1.0)
    """
    if comparison == "rate" or not estimate.known:
        return estimate
    value, low, high = estimate
    if comparison == "difference":
        if low >= 0:
            return estimate
        return Estimate(abs(value), -high, -low) if high <= 0 else Estimate(abs(value), 0.0, max(-low, high))
    if high <= 1:
        return estimate
    if low >= 1:
        return Estimate(_over(value), _over(high), _over(low))
    return Estimate(min(value, _over(value)), min(low, _over(high)), 1.0)


def _over(ratio: float) -> float:
    return math.inf if ratio == 0 else 1 / ratio


def state(estimate: Estimate, *, most: float | None = None, least: float | None = None) -> str:
    """Say where the whole interval lies: within the limit, past it, or across it.

    Examples
    --------
    >>> state(Estimate(0.2, 0.1, 0.3), most=0.05), state(Estimate(0.2, 0.1, 0.3), least=0.15)
    ('past', 'cannot tell')
    """
    if not estimate.known:
        return UNSURE
    past = (most is not None and estimate.low > most) or (least is not None and estimate.high < least)
    within = (most is None or estimate.high <= most) and (least is None or estimate.low >= least)
    return PAST if past else WITHIN if within else UNSURE


def change(now: Estimate, then: Estimate) -> Estimate:
    """Return how much larger an estimate is now than then, with an interval from those of both.

    The two are taken to be of different people, measured independently; of the same people the interval is wider than
    it need be, since what they share is counted twice.

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures: a general approach" (MOVER).

    Examples
    --------
    >>> [round(part, 3) for part in change(Estimate(0.3, 0.26, 0.34), Estimate(0.2, 0.17, 0.23))]
    [0.1, 0.05, 0.15]
    """
    if not (now.known and then.known):
        return Estimate(math.nan, math.nan, math.nan)
    # An interval that leaves out its value, as that of a spread may, has no width on that side.
    now, then = (Estimate(e, min(e, low), max(e, high)) for e, low, high in (now, then))
    low, high = mover_difference(*now, *then)
    return Estimate(now.value - then.value, float(low), float(high))
