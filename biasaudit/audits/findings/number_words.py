"""A gap between two numbers in words: how much these have and those, and how much more or less that is."""

from __future__ import annotations

from collections.abc import Mapping

from biasaudit.audits.findings.phrases import written_in
from biasaudit.metrics.metric import lower
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.words.text import gap_amount, gap_ends, group_name, number, value

__all__ = ["amounts"]

DIFFERENCE = "difference"


def amounts(one: Finding, text: MetricText, words: OutcomeWords, *, sure: str = "") -> str:
    """Say how much each of two groups has, and how much more or less that is.

    Nothing where the row of the metric says that its values are told as any metric's are, where a value is missing, or
    where the record is of all groups. `sure` is written behind the interval.
    """
    row = row_of(one.metric)
    mine, theirs = one.values
    if not isinstance(row, Moment) or not row.told or one.kind == "range" or mine is None or theirs is None:
        return ""
    sides = {"too high": _too_high, "off by": _off_by}.get(row.told)
    if sides is not None:
        told = sides(one, mine, theirs)
    elif row.told == "have":
        told = _have(one, mine, theirs, lower(text.label), words)
    else:
        told = _is(one, mine, theirs, lower(text.label))
    return f"{told}: {_further(one, sure, errors=row.told == 'too high')}"


def _have(one: Finding, mine: float, theirs: float, noun: str, words: OutcomeWords) -> str:
    # Earnings are several.
    article = "" if noun.endswith("s") and not noun.endswith("ss") else "a "
    return (
        f"{_people(one.group, words.people)} {'have' if one.group else 'has'} {article}{noun} of "
        f"{value(written_in(one), mine)}, {_rest(one) or _people(one.reference, 'those')} {_amount(one, theirs)}"
    )


def _is(one: Finding, mine: float, theirs: float, noun: str) -> str:
    return (
        f"the {noun} is {value(written_in(one), mine)} for {group_name(one.group)} and {_amount(one, theirs)} for "
        f"{_other(one)}"
    )


def _off_by(one: Finding, mine: float, theirs: float) -> str:
    return (
        f"predictions for {group_name(one.group)} are off by {value(written_in(one), mine)} on average, for "
        f"{_other(one)} by {_amount(one, theirs)}"
    )


def _too_high(one: Finding, mine: float, theirs: float) -> str:
    unit = written_in(one)
    first = _side(value(unit, abs(mine)), mine, _amount(one, mine))
    second = _side(_amount(one, abs(theirs)), theirs, _amount(one, theirs))
    return f"predictions for {group_name(one.group)} are on average {first}, for {_other(one)} {second}"


def _side(written: str, error: float, rounded: str) -> str:
    """Say which way predictions err, unless what is written is nothing."""
    if not rounded.strip("−0.,"):
        return "neither too high nor too low"
    return f"{written} too {'high' if error > 0 else 'low'}"


def _people(group: Mapping[str, str], people: str) -> str:
    return f"{people} with {group_name(group)}" if group else "everyone"


def _rest(one: Finding) -> str:
    """Name what a subgroup is held against, which is no group."""
    return "everyone else" if one.kind == "to_rest" else ""


def _other(one: Finding) -> str:
    return _rest(one) or group_name(one.reference)


def _amount(one: Finding, found: float) -> str:
    """Write a value where its unit has been said."""
    return gap_amount(written_in(one), DIFFERENCE, found)


def _further(one: Finding, sure: str, *, errors: bool) -> str:
    """Say how much more or less the first has, with the limits turned the same way."""
    estimate = one.estimate or 0.0
    if one.comparison == "ratio":
        limits = "" if one.interval is None else gap_ends(written_in(one), "ratio", *one.interval)
        return f"{number(estimate, 2)} times as much{_in_brackets(limits, sure)}"
    low, high = one.interval or (None, None)
    if estimate < 0 and low is not None and high is not None:
        low, high = 0.0 - high, 0.0 - low
    limits = "" if low is None or high is None else gap_ends(written_in(one), DIFFERENCE, low, high)
    size = _amount(one, abs(estimate))
    further = f"a gap of {size}" if errors else f"{size} {'more' if estimate >= 0 else 'less'}"
    return further + _in_brackets(limits, sure)


def _in_brackets(limits: str, sure: str) -> str:
    inside = ", ".join(part for part in (limits, sure) if part)
    return f" ({inside})" if inside else ""
