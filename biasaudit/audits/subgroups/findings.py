"""Plain sentences about subgroups, each with its verdict, and the table of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from biasaudit.audits.findings.counted_words import natural_frequencies
from biasaudit.audits.findings.gap_records import known, known_answer, known_interval, records_of
from biasaudit.audits.findings.headlines import Decision, Phrases, headline
from biasaudit.audits.findings.phrases import immaterial
from biasaudit.inference.testing.power import smallest_detectable_difference
from biasaudit.inference.variance.degrees_of_freedom import rows_at_level
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.units import TOLERANCE
from biasaudit.reporting.report import Column, Finding, Record, Section
from biasaudit.reporting.words.text import capitalised, clean, count, gap, gap_ends, group_name, percent, points
from biasaudit.search.pattern_gaps import PatternGaps
from biasaudit.search.selection import SEARCHED, Discoveries

__all__ = ["subgroup_findings", "subgroup_headline", "subgroup_section", "without_mirrors"]

NAME = "subgroups"
SMALL = TOLERANCE["difference"][1]
MOST_TOLD, MOST_ROWS = 60, 1000
COLUMNS = (
    Column("subgroup", "Subgroup"),
    Column("n", "Rows, both halves", "count"),
    Column("n_held_out", "Rows held out", "count"),
    Column("rate", "Rate", "share"),
    Column("rate_rest", "Elsewhere", "share"),
    Column("effect", "Gap, points", "points", ("low", "high")),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
    Column("explained", "Explained by"),
)


def subgroup_findings(
    table: pd.DataFrame, rate: Rate, found: Discoveries, confidence: float, words: OutcomeWords
) -> tuple[Finding, ...]:
    """Tell every subgroup that is shown, and then what of the others can be said."""
    shown = without_mirrors(records_of(table[table["verdict"] == SHOWN]))[:MOST_TOLD]
    findings = [_pattern(row, rate, words) for row in shown]
    unclear = table[table["verdict"] == CANNOT_TELL]
    small = int((table["verdict"] == NOT_SHOWN).sum())
    if len(unclear):
        findings.append(_cannot_tell(unclear, len(table), rate, found, confidence))
    if small:
        most = gap(rate.name, "difference", SMALL)
        sentence = f"In {_of(small, len(table))} any gap in {rate.lower} is smaller than {most}."
        findings.append(Finding(sentence, NOT_SHOWN, NAME, "difference", "section"))
    return tuple(findings)


def without_mirrors(rows: list[Record], column: str = "effect") -> list[Record]:
    """Leave out one of two levels of a feature that has no others: what is higher for one is lower for the other."""
    known: set[tuple[str, int]] = set()
    kept = []
    for row in sorted(rows, key=lambda row: row[column] < 0):
        mirror = (next(iter(row["pattern"])), round(row["n"] / row["support"]) - row["n"])
        if len(row["pattern"]) == 1:
            if mirror in known:
                continue
            known.add((mirror[0], row["n"]))
        kept.append(id(row))
    return [row for row in rows if id(row) in set(kept)]


def _pattern(row: Record, rate: Rate, words: OutcomeWords) -> Finding:
    one = Finding(
        _shown(row, rate),
        SHOWN,
        NAME,
        "difference",
        "section",
        row["pattern"],
        estimate=known(row["effect"]),
        interval=known_interval(row),
        values=(known(row["rate"]), known(row["rate_rest"])),
        counts=((row["cases_held_out"], row["n_held_out"]),),
        material=known_answer(row["material"]),
        worse_off=row["pattern"] if _is_harmed(row["effect"], words.harm(rate)) else {},
    )
    if not words.describes(rate):
        return one
    # As many more as the points beside it say.
    with_limits = replace(one, interval=(row["low"], row["high"]))
    frequencies = natural_frequencies(with_limits, words, row=rate, other="elsewhere")
    return replace(one, sentence=f"{capitalised(frequencies)}. {one.sentence}") if frequencies else one


def _is_harmed(effect: float, harm: str) -> bool:
    return bool(harm) and (effect > 0) == (harm == "high")


def _of(some: int, everything: int) -> str:
    if everything == 1:
        return "the one subgroup"
    return f"{f'all {count(everything)}' if some == everything else f'{count(some)} of {count(everything)}'} subgroups"


def _shown(row: Record, rate: Rate) -> str:
    return (
        f"{rate.label} is {percent(row['rate'])} where {group_name(row['pattern'])} ({count(row['n_held_out'])} rows) "
        f"and {percent(row['rate_rest'])} elsewhere in the half held out to confirm it: {_further(row['effect'])} "
        f"({gap_ends(rate.name, 'difference', row['low'], row['high'])}){immaterial(row['material'])}."
    )


def _further(effect: float) -> str:
    return f"{points(abs(effect))} points {'higher' if effect > 0 else 'lower'}"


def _cannot_tell(unclear: pd.DataFrame, tried: int, rate: Rate, found: Discoveries, confidence: float) -> Finding:
    """Say what stays open: the strongest that was not confirmed, and how far apart a small subgroup had to be."""
    alone = unclear[unclear["explained_by"].isna() & unclear["effect"].notna()]
    sentence = f"For {_of(len(unclear), tried)} the data cannot tell."
    if len(alone):
        # Chosen in the half that is searched, told from the other.
        row = records_of(alone)[int(found.p_against_rest[alone.index, SEARCHED].argmin())]
        sentence += (
            f" The strongest that is not confirmed: {percent(row['rate'])} where {group_name(row['pattern'])} "
            f"({count(row['n_held_out'])} rows), {percent(row['rate_rest'])} elsewhere in the half held out; among so "
            "many that may be chance."
        )
    explained = len(unclear) - int(unclear["explained_by"].isna().sum())
    if explained:
        sentence += f" {count(explained)} are explained by a shorter one that is shown."
    smallest = int(unclear.index.to_numpy()[unclear["n"].to_numpy().argmin()])
    fewest, visible = int(unclear["n"].min()), _visible(found.gaps.at(smallest), (1 - confidence) / tried)
    if np.isfinite(visible):
        sentence += f" One of {count(fewest)} rows would have to differ by about {points(visible)} points to be seen."
    return Finding(
        sentence,
        CANNOT_TELL,
        NAME,
        "difference",
        "section",
        counts=((len(unclear), tried),),
        smallest_detectable=known(visible) if np.isfinite(visible) else None,
    )


def _visible(gaps: PatternGaps, alpha: float) -> float:
    """Say how far apart a subgroup had to be: search and confirmation see about what a test of all rows would."""
    sides = (gaps.first, gaps.second)
    inside, rest = (rows_at_level(shares.nobs.sum(), gaps.df.sum(), alpha) for shares in sides)
    base = sum(shares.numerator.sum() for shares in sides) / sum(shares.denominator.sum() for shares in sides)
    return float(smallest_detectable_difference(inside, rest, base, alpha=alpha))


def subgroup_headline(table: pd.DataFrame, rate: Rate, positive: str = "") -> str:
    """Answer in one sentence whether some subgroup fares differently."""
    tried = f"{count(len(table))} subgroup{'s' * (len(table) != 1)} tried"

    def shown(records: Sequence[Record]) -> str:
        first = max(records, key=lambda row: abs(row["effect_searched"]))
        many = f"in {count(len(records))} of {tried}, most" if len(records) > 1 else f"in one of {tried}:"
        where = (
            f"{group_name(first['pattern'])}, {percent(first['rate'])} against {percent(first['rate_rest'])} elsewhere"
        )
        return f"{rate.label} stands out {many} where {where}"

    def nothing(questions: int) -> str:
        if not questions:
            return "No subgroup has enough rows: give a smaller min_support"
        return f"None of {tried} differs in {rate.lower} by more than {gap(rate.name, 'difference', SMALL)}"

    decision = Decision(
        records_of(table[table["verdict"] == SHOWN]), int((table["verdict"] == CANNOT_TELL).sum()), len(table)
    )
    none = f"None of {tried} is shown to stand out in {rate.lower}"
    phrases = Phrases(shown, none, nothing, lambda unclear, questions: f"{count(unclear)} of them")
    return headline(decision, phrases, positive)


def subgroup_section(table: pd.DataFrame, rate: Rate, found: Discoveries, cluster: str | None = None) -> Section:
    """Lay out the subgroups for a report: those shown, and the first of the others."""
    rows = tuple(_row(row) for row in records_of(table.head(MOST_ROWS)))
    first, second = found.rows.tolist()
    sentences = [
        f"{rate.label}: {rate.meaning}. Every combination of levels that enough rows have was tried, "
        f"{count(len(table))} in all; {count(first + second)} rows are eligible. Each is held against all other rows.",
        f"One half of the rows ({count(first)}) suggests; what stands out there from the rest and from every shorter "
        f"combination has to do so in the other half ({count(second)}) too, adjusted for all that was suggested. Rates "
        "and gaps are those of the other half, which had no say in what was chosen.",
    ]
    if cluster is not None:
        sentences.append(f'All rows of one "{clean(cluster)}" are in the same half, and count as far as they differ.')
    if len(table) > len(rows):
        sentences.append(f"The first {count(len(rows))} are listed; subgroups() has all.")
    return Section(NAME, "Subgroups", tuple(sentences), COLUMNS, rows)


def _row(row: Record) -> Record:
    explained = group_name(row["explained_by"]) if row["explained_by"] else None
    return {"subgroup": group_name(row["pattern"]), "explained": explained} | row
