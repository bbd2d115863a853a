"""What the audit of a text scorer says beyond rates and gaps: who is flagged, how it ranks, what retraining changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from biasaudit.audits.findings.gap_records import records_of
from biasaudit.audits.findings.phrases import and_listed
from biasaudit.inference.identity_auc import AUC_KINDS, power_mean
from biasaudit.inference.verdicts import NOT_SHOWN, SHOWN
from biasaudit.reporting.report import Column, Finding, Record, Section
from biasaudit.reporting.words.text import clean, count, interval, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["auc_section", "flagged_section", "named_findings", "retraining_section"]

MOST_NAMED = 8
LABELS = {"subgroup_auc": "Subgroup AUC", "bpsn_auc": "BPSN AUC", "bnsp_auc": "BNSP AUC"}


def named_findings(flagged: pd.DataFrame, named: Sequence[str], overall: float) -> tuple[Finding, ...]:
    """Say of each term that is flagged too often how often that is."""
    rows = {row["term"]: row for row in records_of(flagged)}
    return tuple(
        Finding(
            f"Harmless sentences that name “{clean(term)}”: {percent(row['estimate'])} are held to be toxic "
            f"({interval(row['low'], row['high'], 'false_positive_rate')}; {count(row['flagged'])} of "
            f"{count(row['harmless'])}, counted by template), {percent(overall)} of all.",
            SHOWN,
            "false_positive_rate",
            "difference",
            "to_overall",
            {"term": term},
            {},
            estimate=row["gap"],
            values=(row["estimate"], overall),
            counts=((row["flagged"], row["harmless"]),),
            material=True,
            worse_off={"term": term},
        )
        for term in named
        for row in [rows[term]]
    )


def named_headline(named: Sequence[str]) -> str:
    """Say in one sentence whose harmless sentences are flagged too often."""
    shown = [f"“{clean(term)}”" for term in named[:MOST_NAMED]]
    more = len(named) - len(shown)
    listed = f"{', '.join(shown)} and {more} more terms" if more else and_listed(shown)
    return (
        f"Harmless sentences that name {listed} are held to be toxic "
        "more often than others: people who write of them are silenced."
    )


def flagged_section(flagged: pd.DataFrame, threshold: float) -> Section:
    """Lay out how often harmless sentences are flagged, the worst term first."""
    columns = (
        Column("term", "Term"),
        Column("harmless", "Harmless", "count"),
        Column("flagged", "Flagged", "count"),
        Column("estimate", "Share flagged", "share", ("low", "high")),
        Column("against", "Than others"),
    )
    sentence = f"Flagged is a score from {threshold:g} on. Intervals count templates, which hold every term alike."
    return Section(
        "flagged",
        "Harmless sentences that are flagged, by term",
        (sentence,),
        columns,
        _rows(
            flagged.assign(
                against=[
                    _against(gap, verdict) for gap, verdict in zip(flagged["gap"], flagged["verdict"], strict=True)
                ]
            )
        ),
    )


def _against(gap: float, verdict: str) -> str:
    """Say how a term fares against all others."""
    if verdict == SHOWN:
        return "✗ More often" if gap > 0 else "Less often"
    return "✓ No more often" if verdict == NOT_SHOWN else "? Cannot tell"


def auc_section(aucs: pd.DataFrame, overall: tuple[float, float, float]) -> Section:
    """Lay out how well the scorer ranks within each term and across terms."""
    columns = (
        Column("term", "Term"),
        *(Column(kind, LABELS[kind], "number", (f"{kind}_low", f"{kind}_high")) for kind in AUC_KINDS),
    )
    means = ", ".join(f"{LABELS[kind]} {power_mean(aucs[kind]):.3f}" for kind in AUC_KINDS)
    sentences = (
        f"AUC over all sentences: {overall[0]:.3f} ({overall[1]:.3f} to {overall[2]:.3f}). Mean over terms, drawn to "
        f"the worst (power −5): {means}.",
        "Subgroup: toxic against harmless sentences of the term. BPSN: toxic sentences of other terms against harmless "
        "ones of the term; low where the term itself is taken for an insult. BNSP: toxic sentences of the term against "
        "harmless ones of other terms; low where insults to the term are overlooked.",
    )
    worst = aucs.sort_values("bpsn_auc", kind="stable")
    return Section("aucs", "How well it ranks, by term", sentences, columns, _rows(worst))


def retraining_section(changes: pd.DataFrame) -> Section:
    """Say what learning from balanced templates would change."""
    columns = (
        Column("figure", "Figure"),
        Column("before", "As it is", "share", ("before_low", "before_high")),
        Column("after", "Retrained", "share", ("after_low", "after_high")),
    )
    sentences = (
        "A model was trained on the scorer's own score and the words of half of the templates, in which every term is "
        "as often harmless as not, and judged the other half; then the halves changed places. Flagged is a chance of "
        "one half on.",
        "What people write is more varied than templates: this shows what can change, and not that it will.",
    )
    return Section(
        "retraining", "What retraining on balanced templates would change", sentences, columns, _rows(changes)
    )


def _rows(frame: pd.DataFrame) -> tuple[Record, ...]:
    return tuple(records_of(frame))
