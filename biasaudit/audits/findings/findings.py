"""What is told of the gaps of an audit, in the order in which a reader wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from biasaudit.audits.findings._questions import answers, apart
from biasaudit.audits.findings.gap_records import ends_of, group_sizes, ratios_of, recorded, records_of
from biasaudit.audits.findings.gap_words import clause_of, sentence_of
from biasaudit.audits.findings.headlines import Phrases, decided, headline as answered
from biasaudit.audits.findings.phrases import and_listed
from biasaudit.inference.references import against_reference
from biasaudit.inference.verdicts import SHOWN, rank
from biasaudit.metrics.metric import lower
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import DEFAULT_PRIMARY, Primary
from biasaudit.metrics.registry import row_of
from biasaudit.metrics.units import SHARE, Unit
from biasaudit.reporting.report import Finding, MetricText, Record
from biasaudit.reporting.words.text import clean, gap

__all__ = ["findings", "headline", "left_out"]

MOST_NAMED = 8


def findings(
    disparities: pd.DataFrame,
    rates: pd.DataFrame,
    metrics: Mapping[str, MetricText],
    words: OutcomeWords,
    primary: Primary = DEFAULT_PRIMARY,
) -> tuple[Finding, ...]:
    """Answer each question once, and tell what the two largest groups get; what matters and is shown comes first."""
    reported = answers(disparities, primary)
    reported += _without_repeats(_largest_pairs(disparities, rates, primary), reported)
    ends, ratios = ends_of(rates), ratios_of(disparities, reported)
    left_out = _left_out(disparities)
    records = [recorded(row, ends, words, ratios) for row in reported]
    records = [
        replace(one, left_out=left_out.get((one.measure, tuple(one.group)), ""), unit=metrics[one.measure].unit)
        for one in records
    ]
    records.sort(key=lambda one: _importance(one, primary))
    return tuple(replace(one, sentence=sentence_of(one, metrics[one.measure], words)) for one in records)


def _left_out(disparities: pd.DataFrame) -> dict[Any, str]:
    """Say of each question which groups the range leaves out, since they have no value."""
    rows = disparities[(disparities["kind"] == "range") & (disparities["reason"] != "")]
    rows = rows[rows["estimate"].notna()]
    columns = (rows[name] for name in ("metric", "sensitive_features", "reason"))
    return {(metric, tuple(features)): reason for metric, features, reason in zip(*columns, strict=True)}


def _without_repeats(rows: Sequence[Record], reported: Sequence[Record]) -> list[Record]:
    """Leave out pairs that answer a question already."""
    known = [(row["metric"], row["group"], row["reference"]) for row in reported if row["kind"] == "pair"]
    return [row for row in rows if (row["metric"], row["group"], row["reference"]) not in known]


def _largest_pairs(disparities: pd.DataFrame, rates: pd.DataFrame, primary: Primary) -> list[Record]:
    """Pick what the two largest groups of each feature get, where more than two groups blur it."""
    sizes = group_sizes(rates)
    pairs = disparities[(disparities["kind"] == "pair") & (disparities["comparison"] == "difference")]
    pairs = pairs[against_reference(pairs["sensitive_features"], pairs["group"], pairs["reference"])]
    first = [name for name in pairs["metric"].unique() if primary.comes_first(name)]
    pairs = pairs[pairs["metric"].isin(first) & (pairs["sensitive_features"].map(len) == 1)]
    chosen: list[Record] = []
    for _, family in pairs.groupby("sensitive_features"):
        of_split = records_of(family)
        ends = [frozenset(tuple(row[side].items()) for side in ("group", "reference")) for row in of_split]
        if len(frozenset().union(*ends)) > 2:
            largest = max(ends, key=lambda pair: sorted((sizes[group] for group in pair), reverse=True))
            chosen += [row for row, pair in zip(of_split, ends, strict=True) if pair == largest]
    return chosen


def _importance(one: Finding, primary: Primary) -> tuple[Any, ...]:
    """Primary, material, shown, what is at least the largest; then what cannot be told: features before crossings."""
    immaterial = one.verdict == SHOWN and not one.material
    gap = -1.0 if one.estimate is None else apart(one.estimate, one.comparison)
    if one.verdict == SHOWN and one.interval is not None:
        gap = min(apart(end, one.comparison) for end in one.interval)
    place = row_of(one.measure).report_order
    return (
        rank(one.verdict),
        immaterial,
        len(one.group) > 1,
        not primary.comes_first(one.measure),
        one.comparison,
        -gap,
        place,
    )


def left_out(found: Sequence[Finding]) -> str:
    """Name in a headline who has no value, where a finding leaves somebody out."""
    reasons = dict.fromkeys(one.left_out for one in found if one.left_out)
    first = next(iter(reasons), "")
    return f"; {clean(first, 120)}" if first else ""


def headline(
    found: Sequence[Finding],
    metrics: Mapping[str, MetricText],
    words: OutcomeWords,
    positive: str = "",
    confidence: float = 0.95,
    unit: Unit = SHARE,
) -> str:
    """Answer in one sentence whether some group fares worse: who, of how many, how much, and how sure that is.

    What is too small to matter is said in `unit`, which is that of most of the audit's metrics.
    """

    def shown(records: Sequence[Finding]) -> str:
        single = [one for one in records if len(one.group) == 1] or records
        features = list(dict.fromkeys(" × ".join(clean(name) for name in one.group) for one in single))
        first = single[0]
        names = list(dict.fromkeys(lower(metrics[one.measure].label) for one in single if one.measure != first.measure))
        if len(names) > MOST_NAMED:
            names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
        more = f"; gaps are shown in {and_listed(names)} as well" if names else ""
        small = "" if any(one.material for one in records) else "; no gap is large enough to matter much"
        clause = clause_of(first, metrics[first.measure], words, confidence)
        return f"People fare differently by {and_listed(features)}: {clause}{more}{small}{left_out(found)}"

    beyond = "" if unit.small is None else f" of more than {gap(unit, 'difference', unit.small)}"
    phrases = Phrases(
        shown,
        f"No gap is shown{left_out(found)}",
        lambda questions: f"No gap{beyond} is shown on any of {questions} questions{left_out(found)}",
    )
    return answered(decided(found), phrases, positive)
