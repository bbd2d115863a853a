"""Plain sentences about what swapping the group changed, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from biasaudit.audits.findings.gap_records import ends_of, recorded, records_of
from biasaudit.audits.findings.headlines import Phrases, decided, headline
from biasaudit.audits.pairs._questions import MEAN_SCORE, SELECTION_RATE, TOP_QUARTILE, Question
from biasaudit.audits.pairs._words import sentence_of
from biasaudit.inference.verdicts import SHOWN, rank
from biasaudit.metrics.metric import lower
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding, MetricText, Record
from biasaudit.reporting.words.text import clean

__all__ = ["pair_findings", "pair_headline", "pair_metrics"]


def pair_metrics(threshold: float | None) -> dict[str, MetricText]:
    """Return title, meaning and source of what the audit measures."""
    edge = "" if threshold is None else f" (a score of {threshold:g} or more)"
    texts = {name: MetricText.of(row_of(name)) for name in (MEAN_SCORE, TOP_QUARTILE)}
    selected = MetricText("Selection rate", f"of identical inputs, the share that is selected{edge}", "")
    return texts | {SELECTION_RATE: selected}


def pair_findings(
    disparities: pd.DataFrame, rates: pd.DataFrame, metrics: dict[str, MetricText], questions: Sequence[Question]
) -> tuple[Finding, ...]:
    """Tell the widest gap of every question, and pairs that are shown; all strata together come first."""
    chosen = disparities[disparities["comparison"] == "difference"]
    chosen = chosen[(chosen["kind"] == "range") | (chosen["verdict"] == SHOWN)]
    ends = ends_of(rates)
    small = {(question.metric, tuple(question.within.items())): question.small for question in questions}
    records = [recorded(row, ends) for row in _without_repeats(sorted(records_of(chosen), key=_importance))]
    return tuple(
        replace(one, sentence=sentence_of(one, metrics[one.metric], small[one.metric, tuple(one.group.items())[:-1]]))
        for one in records
    )


def _importance(row: Record) -> tuple[Any, ...]:
    within = len(row["group"]) > 1
    undefined = row["estimate"] != row["estimate"]
    return (rank(row["verdict"]), within, undefined, row["kind"] != "range", row["p_value"])


def _without_repeats(rows: list[Record]) -> list[Record]:
    """Leave out pairs that are the widest gap, which is told already."""
    seen, kept = set(), []
    for row in rows:
        ends = frozenset((tuple(row["group"].items()), tuple(row["reference"].items())))
        if (row["metric"], ends) not in seen:
            seen.add((row["metric"], ends))
            kept.append(row)
    return kept


def pair_headline(found: Sequence[Finding], metrics: Mapping[str, MetricText], stratum: str, positive: str = "") -> str:
    """Answer in one sentence whether the group alone changes what people get."""

    def shown(records: Sequence[Finding]) -> str:
        names = dict.fromkeys(lower(metrics[one.metric].label) for one in records)
        where = dict.fromkeys(clean(one.group[stratum]) for one in records if stratum in one.group)
        everywhere = any(stratum not in one.group for one in records)
        places = [f"over every {clean(stratum)} together"] * (everywhere and bool(stratum)) + [*where]
        where_shown = f" ({clean(', '.join(places), 300)})" if places else ""
        return f"The group alone changes what the same input gets: gaps are shown in {' and '.join(names)}{where_shown}"

    def nothing(questions: int) -> str:
        of_all = f"any of {questions} questions" if questions > 1 else "the one question"
        return f"No gap large enough to matter is shown on {of_all}"

    decision = decided(found, key=lambda one: (one.metric, tuple(one.group.values())[:-1]))
    return headline(decision, Phrases(shown, "No gap is shown", nothing), positive)
