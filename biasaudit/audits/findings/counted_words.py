"""A gap between two shares as people: so many of a hundred of these, and so many of a hundred of those."""

from __future__ import annotations

import math
from collections.abc import Mapping

from biasaudit.metrics.metric import Metric
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.text import count, group_name

__all__ = ["natural_frequencies"]

BASES = (100, 1_000, 10_000, 100_000)
RARE = 0.1


def natural_frequencies(
    one: Finding, words: OutcomeWords, *, joint: str = "; ", row: Metric | None = None, other: str = "overall"
) -> str:
    """Say of how many of each group it happened, and how many more that are in the first.

    Nothing where the metric counts no people, or the gap has no value or no interval. `row` is what is counted, where
    the finding names a section, and `other` who is held against a group where no group is.
    """
    row = row_of(one.measure) if row is None else row
    event = words.event(row)
    high, low = one.values
    if not event or high is None or low is None or one.interval is None or one.comparison != "difference":
        return ""
    least, most = one.interval
    base = _base(high, low, least, most)
    against = _of(one.reference) or f" {other}"
    return (
        f"of {count(base)} {words.people}{_of(one.group)}{words.eligible(row)}, {_so_many(high, base)} {event}{joint}"
        f"of {count(base)}{against}, {_so_many(low, base)}: {_more(least, most, base)}"
    )


def _of(group: Mapping[str, str]) -> str:
    return f" with {group_name(group)}" if group else ""


def _base(one: float, other: float, least: float, most: float) -> int:
    """Choose how many to count of: so many that both are whole people, and no gap is rounded away."""
    smallest = min(abs(least), abs(most)) if least * most > 0 else 1.0
    rare = 0 < min(one, other) < RARE or max(one, other) < RARE
    for base in BASES[rare:]:
        whole = all(share in (0, 1) or 0.5 <= share * base < base - 0.5 for share in (one, other))
        if whole and smallest * base >= 1 and (one == other or round(one * base) != round(other * base)):
            return base
    return BASES[-1]


def _so_many(share: float, base: int) -> str:
    found = share * base
    if share == 0:
        return "none"
    return f"all {count(base)}" if share == 1 else "fewer than 1" if found < 0.5 else count(round(found))


def _more(least: float, most: float, base: int) -> str:
    """Say how many more are possible, rounded so that nothing possible is left out."""
    if least >= 0:
        return f"at least {count(math.floor(least * base + 1e-9))} more, at most {count(math.ceil(most * base - 1e-9))}"
    if most <= 0:
        fewest, greatest = math.floor(-most * base + 1e-9), math.ceil(-least * base - 1e-9)
        return f"at least {count(fewest)} fewer, at most {count(greatest)}"
    fewer, more = math.ceil(-least * base - 1e-9), math.ceil(most * base - 1e-9)
    return f"between {count(fewer)} fewer and {count(more)} more"
