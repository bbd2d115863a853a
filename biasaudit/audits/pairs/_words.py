"""Plain sentences about what swapping the group changed, each made from its record at the very end."""

from __future__ import annotations

from biasaudit.audits.findings.phrases import gap_of, immaterial, limits_of, written_in
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, Verdict
from biasaudit.metrics.metric import lower
from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.words.text import capitalised, clean, level_name, value

__all__ = ["sentence_of"]


def sentence_of(one: Finding, text: MetricText, small: float) -> str:
    """Say what a swap changed; `small` is the gap that is too small to matter."""
    where = "".join(f"{clean(level)}: " for level in tuple(one.group.values())[:-1])
    to_sentence = {SHOWN: _shown, NOT_SHOWN: _not_shown, CANNOT_TELL: _cannot_tell}[Verdict(one.verdict)]
    sentence = where + to_sentence(one, text, small)
    return capitalised(sentence)


def _ends(one: Finding) -> str:
    sides = zip(one.values, (one.group, one.reference), strict=True)
    unit = written_in(one)
    return " and ".join(f"{value(unit, got)} for {level_name(dict([*side.items()][-1:]))}" for got, side in sides)


def _swapped(one: Finding) -> str:
    return clean([*one.group][-1])


def _by(one: Finding, text: MetricText) -> str:
    return f"{lower(text.label)} by {_swapped(one)}"


def _shown(one: Finding, text: MetricText, small: float) -> str:
    chance = one.expected_by_chance
    by_chance = "" if chance is None else f"; groups treated alike would show about {gap_of(one, chance)}"
    small_gap = immaterial(one.material)
    return (
        f"on identical inputs, {_by(one, text)} differs: {_ends(one)}. "
        f"The gap of {gap_of(one, one.estimate)} ({limits_of(one)}) is more than chance explains{small_gap}{by_chance}."
    )


def _not_shown(one: Finding, text: MetricText, small: float) -> str:
    if one.interval == (0, 0):
        return f"swapping {_swapped(one)} changed no score at all."
    most = None if one.interval is None else one.interval[1]
    return f"on identical inputs, no gap in {_by(one, text)} beyond {gap_of(one, small)}: at most {gap_of(one, most)}."


def _cannot_tell(one: Finding, text: MetricText, small: float) -> str:
    start = f"the data cannot tell about {_by(one, text)}: "
    if one.interval is None:
        return f"{start}{clean(one.reason, 120)}."
    chance, visible = one.expected_by_chance, one.smallest_detectable
    by_chance = "" if chance is None else f" (groups treated alike would show about {gap_of(one, chance)})"
    only = "" if visible is None else f"; only gaps above {gap_of(one, visible)} could have been seen"
    return f"{start}{_ends(one)}, a gap of {gap_of(one, one.estimate)} that may be chance{by_chance}{only}."
