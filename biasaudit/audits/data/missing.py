"""Values that are missing, columns that never vary and rows that stand there twice, by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.audits.data._dummies import others_alike
from biasaudit.audits.data.counts import Data, Pair
from biasaudit.audits.findings.phrases import immaterial, points_interval
from biasaudit.audits.parts import Part
from biasaudit.counts.column_counts import ColumnCounts, distinct_rows
from biasaudit.inference.intervals.small_groups import difference_interval
from biasaudit.inference.testing.hypothesis_tests import proportion_p_value
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.metrics.wilson import critical_value
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import capitalised, clean, group_name, percent, points
from biasaudit.reporting.words.words import listed

__all__ = ["COPIES", "ONE_VALUE", "VALUES", "missing_part"]

VALUES, COPIES, ONE_VALUE = "missing values", "copies of other rows", "one value alone"
FEWEST_CONSTANT = 30
# Expected pairs of equal rows by chance alone, above which copies cannot be told from people who are alike.
CHANCE_COPIES = 0.5
MOST_REPORTED = 6
COLUMNS = (
    Column("what", "What"),
    Column("column", "Column"),
    Column("group", "Group", "group"),
    Column("share", "Share", "share"),
    Column("reference", "Against", "group"),
    Column("other", "Share", "share"),
    Column("estimate", "Points", "points", ("low", "high")),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)


def missing_part(data: Data) -> Part:
    """Compare every column's missing values, columns of one value and copied rows between groups."""
    rows = [row for pair in data.pairs() for counts in data.counts if (row := _missing(data, counts, pair))]
    rows += [row for pair in data.pairs() for counts in data.counts if (row := _one_value(data, counts, pair))]
    copies, note = _copies(data)
    sentences = [] if rows else ["No column has a missing value."]
    return Part(
        "missing",
        "What is missing, constant or there twice",
        (*rows, *copies),
        COLUMNS,
        to_sentence=_sentence,
        reported=_reported,
        sentences=(*sentences, note) if note else tuple(sentences),
    )


def _missing(data: Data, counts: ColumnCounts, pair: Pair) -> Record | None:
    cells = counts.by_group(pair.feature).sum(axis=2)
    gone, total = cells[-1], cells.sum(axis=0)
    if not gone[[pair.group, pair.reference]].any():
        return None
    return _compared(data, pair, VALUES, counts.name, gone, total)


def _compared(data: Data, pair: Pair, what: str, column: str, x: Floats, n: Floats) -> Record:
    x, n = x * data.evidence, n * data.evidence
    one, other = (x[pair.group], n[pair.group]), (x[pair.reference], n[pair.reference])
    critical = float(critical_value(data.confidence))
    low, high = difference_interval(*one, *other, critical1=critical, critical2=critical)
    shares = one[0] / one[1], other[0] / other[1]
    return {
        "what": what,
        "column": column,
        **data.ends(pair),
        "share": shares[0],
        "other": shares[1],
        "estimate": shares[0] - shares[1],
        "low": float(low),
        "high": float(high),
        "p_value": float(proportion_p_value(*one, *other)),
        "comparison": "difference",
        "hypothesis": (what, column, pair),
        "cells": (*one, *other),
        "evidence": data.evidence,
    }


def _one_value(data: Data, counts: ColumnCounts, pair: Pair) -> Record | None:
    """Find a column that never varies in a group, though it does in the reference."""
    if len(counts.levels) < 2 or counts.kind.role == "many":
        return None
    cells = counts.by_group(pair.feature)[:-1].sum(axis=2)
    one, other = cells[:, pair.group], cells[:, pair.reference]
    if one.sum() < FEWEST_CONSTANT or (one > 0).sum() != 1 or (other > 0).sum() < 2:
        return None
    at = int(one.argmax())
    x, n = cells[at], cells.sum(axis=0)
    row = _compared(data, pair, ONE_VALUE, counts.name, x, n)
    return row | {"level": counts.levels[at], "source": data.source(counts.name)}


def _copies(data: Data) -> tuple[list[Record], str]:
    """Compare exact copies of rows, where people cannot well be alike by chance."""
    distinct = distinct_rows(data.columns)
    if distinct is None:
        return [], "Copies of rows were not looked for: a column holds lists or mixed values."
    total = np.zeros_like(distinct)
    np.add.at(total, tuple(data.table.codes.T), data.table.rows)
    copies = int(total.sum() - distinct.sum())
    if not copies:
        return [], "No row is an exact copy of another."
    if _by_chance(data, int(total.sum())) > CHANCE_COPIES:
        return [], (
            f"{copies:,} rows are exact copies of others, as people with so few columns may be: "
            "whether they are there twice cannot be told."
        )
    rows = []
    for pair in data.pairs():
        axes = tuple(i for i in range(distinct.ndim) if i != pair.feature)
        n = total.sum(axis=axes).astype(float)
        rows.append(_compared(data, pair, COPIES, "", n - distinct.sum(axis=axes), n))
    return rows, (f"Exact copies of other rows: {copies:,}. People who are there twice make intervals too narrow.")


def _by_chance(data: Data, rows: int) -> float:
    """Pairs of equal rows to be expected if columns had nothing to do with each other."""
    logarithm = np.log(rows) + np.log(rows / 2)
    for counts in data.counts:
        if counts.kind.role == "many":
            return 0.0
        by_level = np.bincount(counts.level + 1, weights=counts.rows)
        # A bin holds many values: that two people share one exactly is rarer than that they share the bin.
        within = len(counts.levels) if counts.kind.role == "bins" else 1
        logarithm += np.log(((by_level / rows) ** 2).sum() / within)
    return float(np.exp(logarithm))


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    """Tell the differences that are shown, the widest first; where none is, the widest there is."""
    order = sorted(rows, key=lambda row: -abs(row["estimate"]))
    shown = _together([row for row in order if row["verdict"] == SHOWN])
    return sorted(shown, key=lambda row: row["material"] is False)[:MOST_REPORTED] or order[:1]


def _together(rows: Sequence[Record]) -> list[Record]:
    """Tell columns that are missing for as many of each group in one line, and dummies that never vary in a group."""
    found: dict[Any, list[Record]] = {}
    for at, row in enumerate(rows):
        ends = (*row["group"].items(), *row["reference"].items())
        alike = {VALUES: (row["cells"],), ONE_VALUE: (row.get("source"), row.get("level"))}.get(row["what"], (at,))
        found.setdefault((row["what"], ends, *alike), []).append(row)
    return [first | {"alike": [row["column"] for row in more]} for first, *more in found.values()]


def _sentence(row: Record) -> str:
    ends = (
        f"{percent(row['share'])} of {group_name(row['group'])} and {percent(row['other'])} of "
        f"{group_name(row['reference'])}"
    )
    limits = points_interval(row)
    if row["what"] == ONE_VALUE:
        return (
            f"{clean(row['column'])} is {clean(row['level'])} for everybody of {group_name(row['group'])} who has a "
            f"value, and for {percent(row['other'])} of {group_name(row['reference'])}.{others_alike(row)}"
        )
    what = (
        "rows that are copies of others"
        if row["what"] == COPIES
        else (f"missing values of {listed([row['column'], *row.get('alike', ())], 3)}")
    )
    if row["verdict"] == SHOWN:
        start = f"{capitalised(what)} differ by group"
        return f"{start}: {ends}, a gap of {points(row['estimate'])} points ({limits}){immaterial(row['material'])}."
    if row["verdict"] == CANNOT_TELL:
        return f"The data cannot tell about {what}: {ends}, a gap of {points(row['estimate'])} points ({limits})."
    return f"No gap in {what} beyond 5 points: {ends} ({limits}), and no wider one in any other column."
