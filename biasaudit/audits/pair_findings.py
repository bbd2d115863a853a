"""Plain sentences about what swapping the group changed, each with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from biasaudit.audits.pair_questions import MEAN_SCORE, SELECTION_RATE, TOP_QUARTILE, Question
from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.text import clean, gap, gap_interval, level_name, value
from biasaudit.statistics.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN

__all__ = ["pair_findings", "pair_headline", "pair_metrics"]

ORDER = {SHOWN: 0, CANNOT_TELL: 1, NOT_SHOWN: 2}


def pair_metrics(threshold: float | None) -> dict[str, MetricText]:
    """Return title, meaning and source of what the audit measures."""
    edge = "" if threshold is None else f" (a score of {threshold:g} or more)"
    return {
        MEAN_SCORE: MetricText("Mean score", "the mean score of identical inputs under each group", ""),
        TOP_QUARTILE: MetricText(
            "Share in the top quartile",
            "of inputs that are identical but for the group, the share that ranks in the highest quarter",
            "",
        ),
        SELECTION_RATE: MetricText("Selection rate", f"of identical inputs, the share that is selected{edge}", ""),
    }


def pair_findings(
    disparities: pd.DataFrame, rates: pd.DataFrame, metrics: dict[str, MetricText], asked: Sequence[Question]
) -> tuple[Finding, ...]:
    """Tell the widest gap of every question, and pairs that are shown; all strata together come first."""
    told = disparities[disparities["comparison"] == "difference"]
    told = told[(told["kind"] == "range") | (told["verdict"] == SHOWN)]
    values = {
        (m, tuple(g.items())): e for m, g, e in zip(rates["metric"], rates["group"], rates["estimate"], strict=True)
    }
    small = {(question.metric, tuple(question.within.items())): question.small for question in asked}
    records: list[dict[str, Any]] = told.to_dict("records")  # type: ignore[assignment]
    rows = _without_repeats(sorted(records, key=_importance))
    return tuple(_finding(row, metrics[row["metric"]], values, small) for row in rows)


def _importance(row: dict[str, Any]) -> tuple[Any, ...]:
    within = len(row["group"]) > 1
    undefined = row["estimate"] != row["estimate"]
    return (ORDER[row["verdict"]], within, undefined, row["kind"] != "range", row["p_value"])


def _without_repeats(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out pairs that are the widest gap, which is told already."""
    seen, kept = set(), []
    for row in rows:
        ends = frozenset((tuple(row["group"].items()), tuple(row["reference"].items())))
        if (row["metric"], ends) not in seen:
            seen.add((row["metric"], ends))
            kept.append(row)
    return kept


def _finding(row: dict[str, Any], text: MetricText, values: dict[Any, float], small: dict[Any, float]) -> Finding:
    within = tuple(row["group"].items())[:-1]
    where = "".join(f"{clean(level)}: " for _, level in within)
    say = {SHOWN: _shown, NOT_SHOWN: _not_shown, CANNOT_TELL: _cannot_tell}[row["verdict"]]
    sentence = where + say(row, text, values, small[row["metric"], within])
    names = ("verdict", "metric", "comparison", "kind", "group", "reference")
    return Finding(sentence=sentence[:1].upper() + sentence[1:], **{name: row[name] for name in names})


def _gap(row: dict[str, Any], at: str) -> str:
    return gap(row["metric"], "difference", row[at])


def _between(row: dict[str, Any]) -> str:
    return gap_interval(row["metric"], "difference", row["low"], row["high"])


def _ends(row: dict[str, Any], values: dict[Any, float]) -> str:
    ends = []
    for side in ("group", "reference"):
        name = level_name(dict(list(row[side].items())[-1:]))
        ends.append(f"{value(row['metric'], values[row['metric'], tuple(row[side].items())])} for {name}")
    return " and ".join(ends)


def _by(row: dict[str, Any], text: MetricText) -> str:
    return f"{_lower(text.label)} by {clean(row['sensitive_features'][-1])}"


def _shown(row: dict[str, Any], text: MetricText, values: dict[Any, float], small: float) -> str:
    trifle = "" if row["material"] else ", though too small a gap to matter much"
    chance = row["expected_by_chance"]
    by_chance = f"; groups treated alike would show about {_gap(row, 'expected_by_chance')}" if chance == chance else ""
    return (
        f"on identical inputs, {_by(row, text)} differs: {_ends(row, values)}. "
        f"The gap of {_gap(row, 'estimate')} ({_between(row)}) is more than chance explains{trifle}{by_chance}."
    )


def _not_shown(row: dict[str, Any], text: MetricText, values: dict[Any, float], small: float) -> str:
    if row["low"] == row["high"] == 0:
        return f"swapping {clean(row['sensitive_features'][-1])} changed no score at all."
    limit = gap(row["metric"], "difference", small)
    return f"on identical inputs, no gap in {_by(row, text)} beyond {limit}: at most {_gap(row, 'high')}."


def _cannot_tell(row: dict[str, Any], text: MetricText, values: dict[Any, float], small: float) -> str:
    start = f"the data cannot tell about {_by(row, text)}: "
    if row["low"] != row["low"]:
        return f"{start}{clean(row['reason'], 120)}."
    chance, visible = row["expected_by_chance"], row["smallest_detectable"]
    by_chance = (
        f" (groups treated alike would show about {_gap(row, 'expected_by_chance')})" if chance == chance else ""
    )
    only = f"; only gaps above {_gap(row, 'smallest_detectable')} could have been seen" if visible == visible else ""
    return f"{start}{_ends(row, values)}, a gap of {_gap(row, 'estimate')} that may be chance{by_chance}{only}."


def _lower(label: str) -> str:
    return label[0].lower() + label[1:]


def pair_headline(found: Sequence[Finding], metrics: dict[str, MetricText], stratum: str) -> str:
    """Answer in one sentence whether the group alone changes what people get."""
    widest = [finding for finding in found if finding.kind == "range"]
    shown = [finding for finding in widest if finding.verdict == SHOWN]
    if shown:
        names = dict.fromkeys(_lower(metrics[finding.metric].label) for finding in shown)
        where = dict.fromkeys(clean(finding.group[stratum]) for finding in shown if stratum in finding.group)
        everywhere = any(stratum not in finding.group for finding in shown)
        places = [f"over every {clean(stratum)} together"] * (everywhere and bool(stratum)) + [*where]
        told = f" ({clean(', '.join(places), 300)})" if places else ""
        return f"The group alone changes what the same input gets: gaps are shown in {' and '.join(names)}{told}."
    unclear = sum(finding.verdict == CANNOT_TELL for finding in widest)
    if unclear:
        return (
            f"No gap is shown, but the data cannot tell for {unclear} of {len(widest)} questions: "
            "that is not a clean bill of health."
        )
    of_all = f"any of {len(widest)} questions" if len(widest) > 1 else "the one question"
    return f"No gap large enough to matter is shown on {of_all}."
