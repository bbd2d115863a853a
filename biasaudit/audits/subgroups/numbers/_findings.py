"""Plain sentences about subgroups whose mean stands out, in the unit, and the table of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from biasaudit.audits.findings.gap_records import known, known_answer, known_interval, records_of
from biasaudit.audits.findings.headlines import Decision, Phrases, headline
from biasaudit.audits.findings.number_words import amounts
from biasaudit.audits.findings.phrases import immaterial
from biasaudit.audits.subgroups.findings import without_mirrors
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN
from biasaudit.metrics.metric import lower
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import row_of
from biasaudit.metrics.units import Unit
from biasaudit.names import clean
from biasaudit.reporting.report import Column, Finding, MetricText, Record, Section
from biasaudit.reporting.words.text import capitalised, count, gap, group_name, unit_head, value

__all__ = ["number_findings", "number_headline", "number_section"]

NAME = "subgroups"
MOST_TOLD, MOST_ROWS = 60, 1000


def number_findings(
    table: pd.DataFrame, metric: str, text: MetricText, words: OutcomeWords, searched: Sequence[float]
) -> tuple[Finding, ...]:
    """Tell every subgroup that is shown, and then what of the others can be said.

    Parameters
    ----------
    table : DataFrame
        As :func:`number_subgroup_table` made it.
    metric : str
    text : MetricText
    words : OutcomeWords
    searched : sequence of float
        P-value of each pattern in the half that was searched, by its place.
    """
    shown = without_mirrors(records_of(table[table["verdict"] == SHOWN]), "gap")[:MOST_TOLD]
    findings = [_pattern(row, metric, text, words) for row in shown]
    unclear = table[table["verdict"] == CANNOT_TELL]
    small = int((table["verdict"] == NOT_SHOWN).sum())
    if len(unclear):
        findings.append(_cannot_tell(unclear, len(table), metric, text, words, searched))
    if small:
        most = gap(text.unit, "difference", text.unit.small)
        sentence = f"In {_of(small, len(table))} any gap in {lower(text.label)} is smaller than {most}."
        findings.append(Finding(sentence, NOT_SHOWN, NAME, "difference", "section", unit=text.unit))
    return tuple(findings)


def _record(row: Record, metric: str, unit: Unit, words: OutcomeWords) -> Finding:
    harm = words.harm(row_of(metric))
    worse = bool(harm) and (row["gap"] > 0) == (harm == "high")
    return Finding(
        "",
        row["verdict"],
        metric,
        "difference",
        "to_rest",
        row["pattern"],
        estimate=known(row["gap"]),
        interval=known_interval(row),
        values=(known(row["estimate"]), known(row["rest"])),
        material=known_answer(row["material"]),
        worse_off=row["pattern"] if worse else {},
        unit=unit,
    )


def _pattern(row: Record, metric: str, text: MetricText, words: OutcomeWords) -> Finding:
    one = _record(row, metric, text.unit, words)
    told = capitalised(amounts(one, text, words))
    sentence = (
        f"{told}{immaterial(row['material'])}, in the half held out to confirm it ({count(row['n_held_out'])} rows)."
    )
    return replace(one, sentence=sentence, metric=NAME, kind="section")


def _of(some: int, everything: int) -> str:
    if everything == 1:
        return "the one subgroup"
    return f"{f'all {count(everything)}' if some == everything else f'{count(some)} of {count(everything)}'} subgroups"


def _cannot_tell(
    unclear: pd.DataFrame,
    tried: int,
    metric: str,
    text: MetricText,
    words: OutcomeWords,
    searched: Sequence[float],
) -> Finding:
    """Say what stays open: the strongest that was not confirmed, and how far apart a small subgroup had to be."""
    alone = unclear[unclear["explained_by"].isna() & unclear["gap"].notna()]
    sentence = f"For {_of(len(unclear), tried)} the data cannot tell."
    if len(alone):
        # Chosen in the half that is searched, told from the other.
        p_values = [searched[int(i)] for i in alone.index.to_numpy()]
        place = p_values.index(min(p_values))
        told = amounts(_record(records_of(alone)[place], metric, text.unit, words), text, words)
        sentence += f" The strongest that is not confirmed: {told}; among so many that may be chance."
    explained = len(unclear) - int(unclear["explained_by"].isna().sum())
    if explained:
        sentence += f" {count(explained)} are explained by a shorter one that is shown."
    smallest = records_of(unclear.sort_values("n", kind="stable").head(1))[0]
    visible = known(smallest["smallest_detectable"])
    if visible is not None:
        far = gap(text.unit, "difference", visible)
        sentence += f" One of {count(smallest['n'])} rows would have to differ by about {far} to be seen."
    return Finding(
        sentence,
        CANNOT_TELL,
        NAME,
        "difference",
        "section",
        counts=((len(unclear), tried),),
        smallest_detectable=visible,
        unit=text.unit,
    )


def number_headline(table: pd.DataFrame, text: MetricText) -> str:
    """Answer in one sentence whether the mean of some subgroup stands out."""
    tried, noun = f"{count(len(table))} subgroup{'s' * (len(table) != 1)} tried", lower(text.label)

    def shown(records: Sequence[Record]) -> str:
        first = max(records, key=lambda row: abs(row["gap_searched"]))
        many = f"in {count(len(records))} of {tried}, most" if len(records) > 1 else f"in one of {tried}:"
        mine, theirs = (value(text.unit, first[side]) for side in ("estimate", "rest"))
        return f"{text.label} stands out {many} where {group_name(first['pattern'])}, {mine} against {theirs} elsewhere"

    def nothing(questions: int) -> str:
        if not questions:
            return "No subgroup has enough rows: give a smaller min_support"
        return f"None of {tried} differs in {noun} by more than {gap(text.unit, 'difference', text.unit.small)}"

    decision = Decision(
        records_of(table[table["verdict"] == SHOWN]), int((table["verdict"] == CANNOT_TELL).sum()), len(table)
    )
    none = f"None of {tried} is shown to stand out in {noun}"
    return headline(decision, Phrases(shown, none, nothing, lambda unclear, questions: f"{count(unclear)} of them"))


def number_section(table: pd.DataFrame, text: MetricText, halves: Sequence[int], cluster: str | None) -> Section:
    """Lay out the subgroups for a report: those shown, and the first of the others."""
    rows = tuple(_row(row) for row in records_of(table.head(MOST_ROWS)))
    first, second = halves
    sentences = [
        f"{text.label}: {text.meaning}. Every combination of levels that enough rows have was tried, "
        f"{count(len(table))} in all; {count(first + second)} rows are eligible. Each is held against all other rows.",
        f"One half of the rows ({count(first)}) suggests; what stands out there from the rest and from every shorter "
        f"combination has to do so in the other half ({count(second)}) too, adjusted for all that was suggested. Means "
        "and gaps are those of the other half, which had no say in what was chosen.",
    ]
    if cluster is not None:
        sentences.append(f'All rows of one "{clean(cluster)}" are in the same half, and count as far as they differ.')
    if len(table) > len(rows):
        sentences.append(f"The first {count(len(rows))} are listed; subgroups() has all.")
    columns = (
        Column("subgroup", "Subgroup"),
        Column("n", "Rows, both halves", "count"),
        Column("n_held_out", "Rows held out", "count"),
        Column("estimate", unit_head("Mean", text.unit), "number"),
        Column("rest", unit_head("Elsewhere", text.unit), "number"),
        Column("gap", unit_head("Gap", text.unit), "number", ("low", "high")),
        Column("p_adjusted", "p, adjusted", "p_value"),
        Column("verdict", "Verdict", "verdict"),
        Column("explained", "Explained by"),
    )
    return Section(NAME, "Subgroups", tuple(sentences), columns, rows)


def _row(row: Record) -> Record:
    explained = group_name(row["explained_by"]) if row["explained_by"] else None
    return {"subgroup": group_name(row["pattern"]), "explained": explained} | row
