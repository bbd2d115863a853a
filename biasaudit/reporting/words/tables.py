"""The tables of a report as words in cells, the same in every format."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from biasaudit.inference.verdicts import SHOWN, is_unsettled, rank
from biasaudit.metrics.units import Unit
from biasaudit.reporting.report import MetricText, Record, Report
from biasaudit.reporting.words.breakdowns import (
    Breakdown,
    is_pooled,
    key_metrics,
    label,
    left_out_rows,
    pooled_words,
    records,
    unit_in,
    words_of,
)
from biasaudit.reporting.words.forest import counted
from biasaudit.reporting.words.text import (
    capitalised,
    clean,
    count as how_many,
    gap,
    gap_amount,
    gap_ends,
    gap_interval,
    gap_unit,
    group_name,
    head,
    interval,
    level_name,
    number,
    p_value,
    value,
)
from biasaudit.reporting.words.words import KINDS, UNSETTLED, VERDICTS, interval_head

__all__ = [
    "Head",
    "TableBlock",
    "TextTable",
    "gap_table",
    "gap_words",
    "glossary",
    "inequality",
    "left_out",
    "rate_table",
    "verdict_words",
    "weight",
]

TextRow = tuple[str, ...]
OWN, ADJUSTED = ("low", "high"), ("low_adjusted", "high_adjusted")
GAP_HEADS = (
    "Metric",
    "Groups",
    "Compared as",
    "Gap",
    "Interval",
    "Chance alone",
    "Visible from",
    "p, adjusted",
    "Verdict",
)


@dataclass(frozen=True)
class Head:
    """A column: its words, and whether it holds numbers."""

    words: str
    numeric: bool = False


@dataclass(frozen=True)
class TableBlock:
    """Rows under a common title; no title means that there is but one part."""

    title: str
    rows: tuple[TextRow, ...]


@dataclass(frozen=True)
class TextTable:
    """A table to lay out; the first cell of each row names it."""

    summary: str
    caption: str
    heads: tuple[Head, ...]
    blocks: tuple[TableBlock, ...] = field(default=())


def _heads(*words: str, numeric: str = "") -> tuple[Head, ...]:
    """Make columns; in `numeric`, an n stands for each one that holds numbers."""
    return tuple(Head(text, kind == "n") for text, kind in zip(words, numeric.ljust(len(words)), strict=True))


def _blocks(
    rows: Iterable[Record], key: str, title: Callable[[str], str], cells: Callable[[Record], TextRow]
) -> tuple[TableBlock, ...]:
    grouped: dict[str, list[TextRow]] = {}
    for row in rows:
        grouped.setdefault(row[key], []).append(cells(row))
    return tuple(TableBlock(title(name), tuple(found)) for name, found in grouped.items())


def weight(row: Record) -> tuple[float, ...]:
    """Rank a gap: what is shown and large comes first, what is undefined last."""
    estimate = row["estimate"]
    size = -abs(estimate) if math.isfinite(estimate) else 0.0
    small, undefined = row["material"] is not True, not math.isfinite(estimate)
    return (rank(row["verdict"]), small, row["kind"] != "range", undefined, size)


def verdict_words(row: Record) -> str:
    """Write a verdict with its mark, and whether a gap that is shown is a small one.

    Examples
    --------
    >>> verdict_words({"verdict": "shown", "material": False})
    '✗ Gap shown, but small'
    """
    verdict = VERDICTS.get(row["verdict"])
    if verdict is None:
        return clean(row["verdict"])
    small = ", but small" if row["verdict"] == SHOWN and row["material"] is False else ""
    why = f": {clean(row['reason'], 240)}" if row.get("reason") else ""
    return f"{verdict.mark} {verdict.label}{small}{why}"


def compared_as(metric: str | Unit, comparison: str) -> str:
    """Name a comparison and its unit.

    Examples
    --------
    >>> compared_as("selection_rate", "difference"), compared_as("auc", "difference"), compared_as("auc", "ratio")
    ('difference, points', 'difference', 'ratio')
    """
    unit = gap_unit(metric, comparison)
    return clean(comparison) + (f", {unit}" if unit else "")


def gap_words(row: Record, breakdown: Breakdown, unit: str | Unit) -> str:
    """Say how large the widest gap is, and what chance alone would show where that is less.

    Between whom it is, only the row of a pair can show where there are more than two groups.
    """
    if math.isnan(row["estimate"]):
        return f"The gap has no value: {clean(row['reason'], 160)}."
    comparison = row["comparison"]
    limits = gap_interval(unit, comparison, row["low"], row["high"])
    expected = row["expected_by_chance"]
    by_chance = f" Chance alone would show about {gap(unit, comparison, expected)}."
    ends = f"{level_name(row['group'])} and {level_name(row['reference'])}"
    between = ends if len(breakdown.groups) == 2 else "the two groups furthest apart"
    size = f"{gap(unit, comparison, row['estimate'])}{f' ({limits})' if limits else ''} between {between}."
    beside = f" {capitalised(UNSETTLED)}." if _is_unsettled(row) else ""
    return size + (by_chance if expected < row["estimate"] else "") + beside


def _is_unsettled(row: Record) -> bool:
    own, adjusted = ([[row.get(name, math.nan)] for name in names] for names in (OWN, ADJUSTED))
    return bool(is_unsettled([row["verdict"]], own, adjusted, row["comparison"])[0])


def gap_table(breakdown: Breakdown, rows: Sequence[Record], metrics: Mapping[str, MetricText]) -> TextTable:
    """Lay out gaps of one split: the widest of each metric, the pairs, and each group against everyone."""

    def cells(row: Record) -> TextRow:
        unit, comparison = unit_in(metrics, row["metric"]), row["comparison"]
        numbers = ("estimate", "expected_by_chance", "smallest_detectable")
        amount, by_chance, visible = (gap_amount(unit, comparison, row[name]) for name in numbers)
        return (
            label(row["metric"], metrics),
            f"{level_name(row['group'])} against {level_name(row['reference'])}",
            compared_as(unit, comparison),
            amount,
            gap_ends(unit, comparison, row["low"], row["high"]),
            by_chance,
            visible,
            p_value(row["p_adjusted"]),
            verdict_words(row),
        )

    heads = _heads(*GAP_HEADS, numeric="   nnnnn ")
    blocks = _blocks(rows, "kind", lambda kind: KINDS.get(kind, clean(kind)).capitalize(), cells)
    return TextTable(f"Gaps by {breakdown.name}: {len(rows):,}", f"Gaps by {breakdown.name}", heads, blocks)


def rate_table(
    breakdown: Breakdown,
    rows: Sequence[Record],
    metrics: Mapping[str, MetricText],
    settings: Mapping[str, object],
    thing: str = "rate",
) -> TextTable:
    """Lay out rates, or other values, of one split, a part for each metric, partly pooled ones beside the raw ones."""
    pooled = any(is_pooled(row) for row in rows)

    def cells(row: Record) -> TextRow:
        unit = unit_in(metrics, row["metric"])
        limits, why = interval(row["low"], row["high"], unit), clean(row["reason"], 120)
        beside = (pooled_words(row, unit),) * pooled
        return (level_name(row["group"]), value(unit, row["estimate"]), limits, counted(row), *beside, why)

    values = " or ".join(dict.fromkeys(head(unit_in(metrics, row["metric"])) for row in rows)).capitalize()
    names = ("Group", values, interval_head(settings), "Counted", *(("Partly pooled",) * pooled), "Note")
    heads = _heads(*names, numeric=" nnn" + "n" * pooled)
    blocks = _blocks(rows, "metric", lambda metric: label(metric, metrics), cells)
    title = f"{capitalised(thing)}s by {breakdown.name}"
    return TextTable(f"{title}: {len(rows):,}", title, heads, blocks)


def left_out(report: Report) -> TextTable | None:
    """Lay out which rows could not be used, by group; None where all could."""
    rows = tuple((group_name(r["group"]), clean(r["reason"], 120), how_many(r["rows"])) for r in left_out_rows(report))
    heads = _heads("Group", "Why", "Rows", numeric="  n")
    return TextTable("", "Rows left out", heads, (TableBlock("", rows),)) if rows else None


def inequality(report: Report) -> TextTable | None:
    """Lay out the indices of inequality; None where the audit has none."""
    rows = tuple(
        (
            clean(row["index"]).replace("_", " ").capitalize(),
            " and ".join(clean(name) for name in row["sensitive_features"]),
            clean(row["part"]),
            number(row["estimate"], 4),
            f"{number(row['low'], 4)} to {number(row['high'], 4)}",
        )
        for row in records(report.inequality)
    )
    limits = interval_head(report.settings)
    heads = _heads("Index", "People split by", "Part", "Value", limits, numeric="   nn")
    return TextTable("", "Inequality between people", heads, (TableBlock("", rows),)) if rows else None


def glossary(report: Report) -> TextTable | None:
    """Lay out what the metrics of the report mean, the charted ones first."""
    present = list(report.rates["metric"]) if len(report.rates) else []
    names = dict.fromkeys([*key_metrics(report), *present])
    texts = [words_of(name, report.metrics) for name in names]
    rows = tuple((clean(t.label), clean(t.meaning, 300), clean(t.source, 120)) for t in texts if t.meaning)
    return (
        TextTable("", "Metrics", _heads("Metric", "Meaning", "Defined in"), (TableBlock("", rows),)) if rows else None
    )
