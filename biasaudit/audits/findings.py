"""What is told of the gaps of an audit, in the order in which it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from biasaudit.audits.gap_records import ends_of, recorded
from biasaudit.audits.gap_words import sentence_of
from biasaudit.audits.headlines import Phrases, decided
from biasaudit.audits.headlines import headline as answered
from biasaudit.reporting.report import Finding, MetricText
from biasaudit.reporting.text import clean, gap
from biasaudit.statistics.metric import lower
from biasaudit.statistics.registry import row_of
from biasaudit.statistics.units import SHARE
from biasaudit.statistics.verdicts import SHOWN, rank

__all__ = ["findings", "headline"]


def findings(
    disparities: pd.DataFrame, rates: pd.DataFrame, metrics: Mapping[str, MetricText], confidence: float
) -> tuple[Finding, ...]:
    """Tell the main gaps of each split, what is shown and largest first."""
    told = disparities[(disparities["kind"] == "range") & (disparities["comparison"] == "difference")]
    told = pd.concat([told[_chosen(told, "told")], _largest_pairs(disparities, rates)])
    ends = ends_of(rates)
    rows: list[dict[str, Any]] = told.to_dict("records")  # type: ignore[assignment]
    records = sorted((recorded(row, ends) for row in rows), key=_importance)
    return tuple(replace(one, sentence=sentence_of(one, metrics[one.metric])) for one in records)


def _chosen(table: pd.DataFrame, fact: str) -> pd.Series:
    """Mark the rows of metrics whose row says so."""
    names = [name for name in table["metric"].unique() if getattr(row_of(name), fact)]
    return table["metric"].isin(names)


def _largest_pairs(disparities: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Pick what the two largest groups of each feature get, where more than two groups blur it."""
    sizes = rates[rates["metric"] == "share_of_data"]
    rows = {tuple(g.items()): n for g, n in zip(sizes["group"], sizes["numerator"], strict=True) if len(g) == 1}
    pairs = disparities[(disparities["kind"] == "pair") & (disparities["comparison"] == "difference")]
    pairs = pairs[_chosen(pairs, "primary") & (pairs["sensitive_features"].map(len) == 1)]
    chosen = []
    for _, family in pairs.groupby("sensitive_features"):
        groups = [tuple(g.items()) for g in family["group"]]
        if len(set(groups)) > 1:
            largest = max(groups, key=lambda g: rows[g])
            chosen.append(family[[g == largest for g in groups]])
    return pd.concat(chosen) if chosen else pairs.iloc[:0]


def _importance(one: Finding) -> tuple[Any, ...]:
    trifle = one.verdict == SHOWN and not one.material
    gap = -1.0 if one.estimate is None else abs(one.estimate)
    # What the two largest groups get concerns most people, so it comes before the extremes.
    several = len(one.group) > 1
    return (several, rank(one.verdict), trifle, one.kind != "pair", -gap, row_of(one.metric).told)


def headline(found: Sequence[Finding], metrics: Mapping[str, MetricText], positive: str = "") -> str:
    """Answer in one sentence whether some group fares worse, and whether the data can say so."""

    def shown(records: Sequence[Finding]) -> str:
        told = [one for one in records if len(one.group) == 1] or records
        features = list(dict.fromkeys(" × ".join(clean(name) for name in one.group) for one in told))
        names = list(dict.fromkeys(lower(metrics[one.metric].label) for one in told))
        return f"People fare differently by {_and(features)}: gaps are shown in {_and(names)}"

    small = gap("", "difference", SHARE.small)
    phrases = Phrases(
        shown, "No gap is shown", lambda asked: f"No gap of more than {small} is shown on any of {asked} questions"
    )
    return answered(decided([one for one in found if one.kind == "range"]), phrases, positive)


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
