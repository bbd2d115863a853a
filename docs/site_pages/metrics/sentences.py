"""The sentence under a picture: made from what biasaudit counted, never typed in."""

from __future__ import annotations

import math

from biasaudit.metrics.metric import Metric
from biasaudit.metrics.units import SHARE, Unit

from .facts import Fact
from .twenty import APPLICANTS, Figures

__all__ = ["GROUPS", "compared", "gap", "of_whom", "rate_sentence", "value"]

GROUPS = ("A", "B")
NBSP = "\u00a0"


def value(number: float, unit: Unit = SHARE) -> str:
    """Write a value as its unit has it: 60 %, 0.92."""
    return _number(number, unit) + (f"{NBSP}{unit.after_value}" if unit.after_value else "")


def gap(number: float, unit: Unit = SHARE) -> str:
    """Write a gap as its unit has it: 20 points, 0.25."""
    return _number(number, unit) + (f"{NBSP}{unit.after_gap}" if unit.after_gap else "")


def _number(number: float, unit: Unit) -> str:
    if math.isnan(number):
        return "undefined"
    digits = unit.digits if unit.is_share else 3
    written = f"{number * unit.factor:.{digits}f}"
    return written.rstrip("0").rstrip(".").replace("-", "−") if "." in written else written.replace("-", "−")


def of_whom(row: Metric, fact: Fact) -> tuple[str, str]:
    """Say of whom a rate counts, and what happened to those whom it counts."""
    eligible = fact.eligible or APPLICANTS.eligible(row).strip()
    return eligible, fact.counted or APPLICANTS.event(row) or "are counted"


def rate_sentence(row: Metric, fact: Fact, figures: Figures) -> str:
    """Say of how many of each group how many are counted, and how the groups compare."""
    eligible, counted = of_whom(row, fact)
    whom = f" {eligible}" if eligible else ""
    (k, n, rate), (other_k, other_n, other) = (figures.rate(row.name, group) for group in GROUPS)
    first = (
        f"Of the {n:g} {APPLICANTS.people} of group A{whom}, {k:g} {_verb(counted, k)}: **{value(rate, row.unit)}**."
    )
    second = f"Of the {other_n:g} of group B, {other_k:g}: **{value(other, row.unit)}**."
    return f"{first} {second} {compared(row, figures)}"


def compared(row: Metric, figures: Figures) -> str:
    """Say how far apart the groups are."""
    ratio = figures.gap(row.name, "ratio")
    times = "" if math.isnan(ratio) else f", the ratio (the smaller to the larger) {ratio:.2f}"
    return f"The difference is **{gap(figures.gap(row.name, 'difference'), row.unit)}**{times}."


def _verb(event: str, count: float) -> str:
    """Make an event agree with one person."""
    first, _, rest = event.partition(" ")
    singular = {"were": "was", "are": "is", "have": "has"}
    return f"{singular.get(first, first)} {rest}" if count == 1 else event
