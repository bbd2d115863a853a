"""Hold the figures of an audit against a rule: within, past, or the data cannot tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from biasaudit.metrics.classes.rates import in_words
from biasaudit.names import clean
from biasaudit.policy.estimates import PAST, UNSURE, WITHIN, Estimate, change, magnitude, state
from biasaudit.policy.verdict import JudgedEstimate
from biasaudit.reporting.words.text import gap, gap_ends, gap_unit, group_name, interval, number, value
from biasaudit.reporting.words.words import listed

if TYPE_CHECKING:
    from biasaudit.metrics.units import Unit
    from biasaudit.policy._tables import Measurement
    from biasaudit.policy.document import Rule

__all__ = ["MARGIN", "WORST_FIRST", "MetricWords", "against_baseline", "against_limit"]

# A ratchet without a margin could never pass: the interval of no change always reaches past nothing.
MARGIN = 0.05
LIES = {WITHIN: "all within", PAST: "all past", UNSURE: "on both sides of"}
SMALLER = "smaller groups than the rule is about are in it"
WORST_FIRST = (PAST, UNSURE, WITHIN)


class MetricWords(NamedTuple):
    """What a rule calls the metric that it is about, and the unit in which the audit writes it."""

    label: str
    unit: Unit


class Limit(NamedTuple):
    """The limit of a rule in the unit of what it is about, in words, and why there is none."""

    most: float | None
    least: float | None
    words: str
    lacks: str = ""


def _limit(rule: Rule, unit: Unit) -> Limit:
    """Return the limit; one in standard deviations needs an outcome that has one."""
    if rule.max_sd is None:
        edge, limit = ("at least", rule.min or 0.0) if rule.max is None else ("at most", rule.max)
        return Limit(rule.max, rule.min, f"{edge} {_value(rule, limit, unit)}")
    if unit.deviation is None:
        return Limit(None, None, "", "the outcome is the same in every row, so it has no standard deviation")
    most = rule.max_sd * unit.deviation
    plural = "" if rule.max_sd == 1 else "s"
    return Limit(most, None, f"at most {rule.max_sd:g} standard deviation{plural}, {_value(rule, most, unit)}")


def against_limit(rule: Rule, rows: Iterable[Measurement], words: MetricWords) -> list[JudgedEstimate]:
    """Judge each estimate by the limit of the rule."""
    judged = ((measured, _by_limit(rule, measured, words)) for measured in rows)
    return [one for measured, one in judged if one.state == PAST or not measured.only_fails]


def _by_limit(rule: Rule, measured: Measurement, words: MetricWords) -> JudgedEstimate:
    estimate = magnitude(measured.estimate, rule.comparison)
    limit = _limit(rule, words.unit)
    why, found = _missing(rule, measured) or limit.lacks, state(estimate, most=limit.most, least=limit.least)
    who = _who(rule, measured, words)
    if why:
        return _judged(UNSURE, f"{who}: {why}", "limit", measured, estimate)
    if not_proven := _not_proven(measured, found):
        return _judged(
            UNSURE,
            f"{who}: {_written(rule, estimate, words.unit)}, {LIES[found]} the limit, {not_proven}",
            "limit",
            measured,
            estimate,
        )
    sentence = f"{who}: {_written(rule, estimate, words.unit)}, {LIES[found]} the limit ({limit.words})"
    return _judged(found, sentence, "limit", measured, estimate)


def against_baseline(
    rule: Rule, rows: Iterable[tuple[Measurement, Measurement, bool]], words: MetricWords
) -> list[JudgedEstimate]:
    """Judge how much worse each estimate is than it was: of now, of then, and whether the counts are the same."""
    return [_by_change(rule, *pair, words) for pair in rows]


def _by_change(rule: Rule, now: Measurement, then: Measurement, same: bool, words: MetricWords) -> JudgedEstimate:
    new, old = (magnitude(measured.estimate, rule.comparison) for measured in (now, then))
    # The same decisions about the same people have not changed, however few they are.
    grown = Estimate(0.0, 0.0, 0.0) if same else change(new, old)
    # A smaller ratio is worse, and a smaller rate where the rule has a min.
    falls = rule.comparison == "ratio" or (rule.comparison == "rate" and rule.min is not None)
    worse = Estimate(0.0 - grown.value, 0.0 - grown.high, 0.0 - grown.low) if falls else grown
    margin = MARGIN if rule.margin is None else rule.margin
    who = f"{_who(rule, now, words)}, against the baseline"
    why = _missing(rule, now) or _missing(rule, then, "in the baseline ")
    found = state(worse, most=margin)
    if not same:
        why = why or _change_not_proven(now, then, found)
    if why:
        return _judged(UNSURE, f"{who}: {why}", "baseline", now, worse)
    if same:
        return _judged(
            WITHIN,
            f"{who}: {_value(rule, new.value, words.unit)}, from the same counts as then",
            "baseline",
            now,
            worse,
        )
    sentence = (
        f"{who}: {_value(rule, new.value, words.unit)} now, {_value(rule, old.value, words.unit)} then, worse by "
        f"{_change(rule, worse, words.unit)}, {LIES[found]} the margin of {_step(rule, margin, words.unit)}"
    )
    return _judged(found, sentence, "baseline", now, worse)


def _missing(rule: Rule, measured: Measurement, where: str = "") -> str:
    """Say why an estimate cannot be judged, or nothing."""
    if measured.rows < rule.min_rows:
        return f"{where}{number(measured.rows, 0)} rows in the smallest group, and the rule asks for {rule.min_rows}"
    if not measured.estimate.known:
        return f"{where}it has no value, or no interval: {clean(measured.reason or 'not defined for these data', 200)}"
    return ""


def _not_proven(measured: Measurement, found: str) -> str:
    """Say why a range that lies within, or past, proves nothing of all groups that the rule is about; or nothing.

    Over all groups it is at least as wide as over some: what is past the limit is past it in any case.
    """
    if found == WITHIN and measured.without:
        return f"but {_lacking(measured)}, so nobody knows of all groups"
    return f"but {SMALLER}" if found == PAST and measured.wider else ""


def _change_not_proven(now: Measurement, then: Measurement, found: str) -> str:
    """Say why a change proves nothing: what is within has to be all there now, and what is past, then."""
    if found == UNSURE:
        return ""
    whole, part = (now, then) if found == WITHIN else (then, now)
    where = "" if whole is now else "in the baseline "
    return f"{where}{_lacking(whole)}" if whole.without else SMALLER if part.wider else ""


def _lacking(measured: Measurement) -> str:
    named = listed([group_name(group) for group in measured.without], 3)
    return f"{named} {'has' if len(measured.without) == 1 else 'have'} no value"


def _judged(found: str, sentence: str, what: str, measured: Measurement, estimate: Estimate) -> JudgedEstimate:
    return JudgedEstimate(
        found, sentence, what, measured.features, measured.group, measured.reference, *estimate, measured.rows
    )


def _who(rule: Rule, measured: Measurement, words: MetricWords) -> str:
    label = clean(words.label)
    if measured.class_name:
        label = f"{label} of {in_words(measured.class_name)}"
    if rule.comparison == "rate":
        return f"{label} of {group_name(measured.group)}"
    what = {"difference": "gap", "ratio": "ratio"}[rule.comparison]
    if rule.kind == "to_overall":
        return f"{label}, {what} of {group_name(measured.group)} against everyone else"
    start = f"{label} by {' and '.join(map(clean, measured.features))}"
    group, reference = group_name(measured.group), group_name(measured.reference)
    if measured.among > 2:
        # Who stands at the ends may be chance: a range is no statement about these two.
        widest = {"difference": "widest gap", "ratio": "smallest ratio"}[rule.comparison]
        ends = f" (highest in {group}, lowest in {reference})" if measured.estimate.known else ""
        return f"{start}, {widest} of {measured.among} groups{ends}"
    return f"{start}, {what} of {group} against {reference}"


def _written(rule: Rule, estimate: Estimate, unit: Unit) -> str:
    if rule.comparison == "rate":
        low, high = estimate.low, estimate.high
        limits = interval(low, high, unit) if unit.is_share else gap_ends(unit, "difference", low, high)
        return f"{value(unit, estimate.value)} ({limits})"
    return _change(rule, estimate, unit)


def _value(rule: Rule, amount: float, unit: Unit) -> str:
    return value(unit, amount) if rule.comparison == "rate" else gap(unit, rule.comparison, amount)


def _change(rule: Rule, worse: Estimate, unit: Unit) -> str:
    limits = gap_ends(unit, rule.comparison, worse.low, worse.high)
    return f"{gap(unit, rule.comparison, worse.value)} ({limits})"


def _step(rule: Rule, margin: float, unit: Unit) -> str:
    plain = rule.comparison == "ratio" or not gap_unit(unit, "difference")
    return number(margin, 2) if plain else gap(unit, "difference", margin)
