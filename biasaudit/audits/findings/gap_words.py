"""Plain sentences about gaps, each made from its record at the very end."""

from __future__ import annotations

import math

from biasaudit.audits.findings.counted_words import RARE, natural_frequencies
from biasaudit.audits.findings.gap_records import worst_first
from biasaudit.audits.findings.number_words import amounts
from biasaudit.audits.findings.phrases import gap_of, immaterial, limits_of, written_in
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, Verdict, is_material, past_tolerance
from biasaudit.metrics.metric import lower
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.words.text import (
    capitalised,
    clean,
    count,
    gap_ends,
    group_name,
    number,
    value,
)

__all__ = ["clause_of", "sentence_of"]


def sentence_of(one: Finding, text: MetricText, words: OutcomeWords) -> str:
    """Say what a gap is, how sure that is, and who is left out."""
    to_sentence = {SHOWN: _shown, NOT_SHOWN: _not_shown, CANNOT_TELL: _cannot_tell}[Verdict(one.verdict)]
    left_out = f" {capitalised(clean(one.left_out, 201))}." if one.left_out else ""
    return to_sentence(worst_first(one), text, words) + left_out


def clause_of(one: Finding, text: MetricText, words: OutcomeWords, confidence: float) -> str:
    """Say within a sentence what is shown: of whom, how much, and how sure that is."""
    sure = f"{100 * confidence:g} % sure"
    if one.kind == "range":
        return f"groups differ in {lower(text.label)} by {_widest(one)}; which of them, these data cannot tell ({sure})"
    one = worst_first(one)
    frequencies = natural_frequencies(one, words, joint=", ")
    if frequencies:
        return f"{frequencies} ({lower(text.label)}, {sure})"
    told = amounts(one, text, words, sure=sure)
    if told:
        return told
    if one.comparison == "ratio":
        return (
            f"{lower(text.label)} is {_ends(one)}, {gap_of(one, one.estimate)} times as high ({_between(one)}, {sure})"
        )
    return f"{lower(text.label)} is {_ends(one)}, a gap of {gap_of(one, one.estimate)} ({_between(one)}, {sure})"


def _split(one: Finding) -> str:
    return " × ".join(clean(name) for name in one.group)


def _sides(one: Finding) -> list[str]:
    """Write the value of either group, with what was counted among whom."""
    counts = [f" ({count(x)} of {count(n)})" for x, n in one.counts] if len(one.counts) == 2 else ["", ""]
    return [f"{value(written_in(one), found)}{counted}" for found, counted in zip(one.values, counts, strict=True)]


def _ends(one: Finding) -> str:
    first, second = (
        f"{value(written_in(one), found)} for {group_name(group)}"
        for found, group in zip(one.values, (one.group, one.reference), strict=True)
    )
    return f"{first} and {second}"


def _shown(one: Finding, text: MetricText, words: OutcomeWords) -> str:
    small = immaterial(one.material)
    if one.kind == "range":
        return (
            f"By {_split(one)}, {lower(text.label)} differs between groups; which of them, these data cannot tell: "
            f"the widest gap is {_widest(one)}{_by_chance(one)}{small}."
        )
    told = amounts(one, text, words)
    if told:
        return f"{capitalised(told)}{_as_ratio(one)}{small}."
    size = f"a gap of {gap_of(one, one.estimate)} ({_between(one)}){_as_ratio(one)}{small}."
    if one.comparison == "ratio":
        size = f"{gap_of(one, one.estimate)} times as high ({_between(one)}){small}."
    frequencies = natural_frequencies(one, words)
    if not frequencies:
        return f"{text.label}, {text.meaning}: {_ends(one)}, {size}"
    return f"{capitalised(frequencies)}. {text.label}: {' and '.join(_sides(one))}, {size}"


def _widest(one: Finding) -> str:
    """Say how wide the gap between some two groups is at least; a ratio is at most so much."""
    if one.interval is None:
        return gap_of(one, one.estimate)
    if one.comparison == "ratio":
        return f"a ratio of at most {gap_of(one, one.interval[1])}"
    return f"at least {gap_of(one, one.interval[0])}"


def _by_chance(one: Finding) -> str:
    """Say what chance alone would show, where that is no more than the gap is at least."""
    chance = one.expected_by_chance
    if chance is None or one.interval is None or chance >= one.interval[0]:
        return ""
    return f" (equal groups would show about {gap_of(one, chance)} by chance)"


def _as_ratio(one: Finding) -> str:
    """Tell the ratio where difference and ratio disagree on whether the gap matters, or where a rate is rare."""
    if one.ratio is None or one.estimate is None or one.comparison != "difference" or not math.isfinite(one.ratio):
        return ""
    unit = written_in(one)
    small = unit.small
    alone = bool(is_material([one.estimate], small=None if small is None else [small])[0])
    known = [share for share in one.values if share is not None]
    rare = unit.is_share and bool(known) and min(known) < RARE
    if not rare and alone == bool(past_tolerance([one.ratio], "ratio")[0]):
        return ""
    limits = "" if one.ratio_interval is None else f" ({gap_ends(unit, 'ratio', *one.ratio_interval)})"
    return f", {number(one.ratio, 2)} times as high{limits}"


def _not_shown(one: Finding, text: MetricText, words: OutcomeWords) -> str:
    small = written_in(one).small
    beyond = "" if small is None else f" beyond {gap_of(one, small)}"
    if one.kind == "pair":
        return f"{text.label}: {_ends(one)}, no gap{beyond} ({limits_of(one)}){_times(one)}."
    most = None if one.interval is None else one.interval[1]
    return (
        f"By {_split(one)}, no gap in {lower(text.label)}{beyond}: at most {gap_of(one, most)} between any two "
        f"groups{_times(one)}."
    )


def _times(one: Finding) -> str:
    """Say how many times as high one rate may be, where that is past the tolerance of ratios."""
    if one.ratio_interval is None or not past_tolerance(one.ratio_interval, "ratio").any():
        return ""
    low, high = one.ratio_interval
    most = max(high, 1 / low if low > 0 else math.inf)
    return (
        f"; as a ratio, up to {number(most, 1)} times" if math.isfinite(most) else "; as a ratio, any number of times"
    )


def _cannot_tell(one: Finding, text: MetricText, words: OutcomeWords) -> str:
    start = f"By {_split(one)}, the data cannot tell about {lower(text.label)}: "
    if one.kind == "pair":
        start = f"The data cannot tell about {lower(text.label)} between {group_name(one.group)} and "
        start += f"{group_name(one.reference)}: "
        if one.estimate is not None and one.interval is None:
            return start + f"a gap of {gap_of(one, one.estimate)} was seen, and how sure that is, nobody can say."
        if one.estimate is not None:
            return start + f"a gap of {gap_of(one, one.estimate)} was seen, {limits_of(one)} are possible."
    if one.estimate is None:
        return start + f"{clean(one.reason, 120)}."
    chance = one.expected_by_chance
    by_chance = (
        "" if chance is None or chance >= one.estimate else (f" (equal groups would show about {gap_of(one, chance)})")
    )
    seen = f"the gap of {gap_of(one, one.estimate)} may be chance{by_chance}"
    if one.smallest_detectable is not None:
        visible = f"only gaps above {gap_of(one, one.smallest_detectable)} could have been seen"
        return start + f"{seen}; between the two largest groups, {visible}."
    # What no power was computed for is no proof that nothing could be seen.
    few = ", and the groups are too small to show any gap" if one.expected_by_chance is not None else ""
    return start + f"{seen}{few}."


def _between(one: Finding) -> str:
    return "" if one.interval is None else gap_ends(written_in(one), one.comparison, *one.interval)
