"""Plain sentences about gaps, each made from its record at the very end."""

from __future__ import annotations

from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.text import clean, gap, gap_ends, gap_interval, group_name, value
from biasaudit.statistics.metric import lower
from biasaudit.statistics.registry import row_of
from biasaudit.statistics.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, Verdict

__all__ = ["sentence_of"]


def sentence_of(one: Finding, text: MetricText) -> str:
    """Say what a gap is, how sure that is, and what chance alone would show."""
    return {SHOWN: _shown, NOT_SHOWN: _not_shown, CANNOT_TELL: _cannot_tell}[Verdict(one.verdict)](one, text)


def _split(one: Finding) -> str:
    return " × ".join(clean(name) for name in one.group)


def _gap(one: Finding, size: float | None) -> str:
    return gap(one.metric, one.comparison, size)


def _ends(one: Finding) -> str:
    top, bottom = one.values
    return (
        f"{value(one.metric, top)} for {group_name(one.group)} and "
        f"{value(one.metric, bottom)} for {group_name(one.reference)}"
    )


def _shown(one: Finding, text: MetricText) -> str:
    if one.kind == "pair":
        return f"{text.label}, {text.meaning}: {_ends(one)}, a gap of {_gap(one, one.estimate)} ({_between(one)})."
    trifle = "" if one.material else ", though too small a gap to matter much"
    by_chance = "" if one.expected_by_chance is None else (
        f"; equal groups would show about {_gap(one, one.expected_by_chance)} by chance"
    )  # fmt: skip
    return (
        f"By {_split(one)}, {lower(text.label)} differs: {_ends(one)}. The gap of {_gap(one, one.estimate)} "
        f"({_between(one)}) is more than chance explains{trifle}{by_chance}."
    )


def _not_shown(one: Finding, text: MetricText) -> str:
    small = row_of(one.metric).unit.small
    beyond = "" if small is None else f" beyond {_gap(one, small)}"
    if one.kind == "pair":
        return f"{text.label}: {_ends(one)}, no gap{beyond} ({_between_with_unit(one)})."
    most = None if one.interval is None else one.interval[1]
    return f"By {_split(one)}, no gap in {lower(text.label)}{beyond}: at most {_gap(one, most)} between any two groups."


def _cannot_tell(one: Finding, text: MetricText) -> str:
    start = f"By {_split(one)}, the data cannot tell about {lower(text.label)}: "
    if one.kind == "pair":
        start = f"The data cannot tell about {lower(text.label)} between {group_name(one.group)} and "
        start += f"{group_name(one.reference)}: "
        if one.estimate is not None and one.interval is None:
            return start + f"a gap of {_gap(one, one.estimate)} was seen, and how sure that is, nobody can say."
        if one.estimate is not None:
            return start + f"a gap of {_gap(one, one.estimate)} was seen, {_between_with_unit(one)} are possible."
    if one.estimate is None:
        return start + f"{clean(one.reason, 120)}."
    by_chance = "" if one.expected_by_chance is None else (
        f" (equal groups would show about {_gap(one, one.expected_by_chance)})"
    )  # fmt: skip
    seen = f"the gap of {_gap(one, one.estimate)} may be chance{by_chance}"
    if one.smallest_detectable is not None:
        return start + f"{seen}; only gaps above {_gap(one, one.smallest_detectable)} could have been seen."
    # What no power was computed for is no proof that nothing could be seen.
    few = ", and the groups are too small to show any gap" if one.expected_by_chance is not None else ""
    return start + f"{seen}{few}."


def _between(one: Finding) -> str:
    return "" if one.interval is None else gap_ends(one.metric, one.comparison, *one.interval)


def _between_with_unit(one: Finding) -> str:
    return "" if one.interval is None else gap_interval(one.metric, one.comparison, *one.interval)
