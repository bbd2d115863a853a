"""Traces of how data were collected: stretches of a column in which every label is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import rel_entr

from biasaudit.arraytypes import Floats
from biasaudit.audits.data._dummies import others_alike, rows_together
from biasaudit.audits.data.counts import Data
from biasaudit.audits.parts import Part
from biasaudit.counts.column_counts import ColumnCounts
from biasaudit.inference.testing.runs import LabelRun, constant_runs, pure_ends
from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.wilson import critical_value, wilson
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import clean, count, p_value, percent

__all__ = ["ARTEFACT", "GIVES_AWAY", "artefacts_part", "leaks"]

ARTEFACT, GIVES_AWAY = "artefact of collection", "gives the label away"
FEWEST_ROWS = 30
FEWEST_SHARE = 0.01
MOST_BESIDE = 100
# With more of the one label than this beside it, a stretch is the end of a trend: the column predicts the label.
LEADS_UP = 0.8
# Of rows whose value is missing, this share may have one label for an honest reason.
OF_MISSING = 0.9
# A column whose values settle the label of this share of rows is another name for it.
SETTLED = 0.9
# Before all columns are counted.
SURELY = 1e-4
COLUMNS = (
    Column("column", "Column"),
    Column("what", "What it looks like"),
    Column("where", "Where"),
    Column("rows", "Rows", "count"),
    Column("share", "Share of the data", "share"),
    Column("one_label", "Label there"),
    Column("elsewhere", "Positive labels elsewhere", "share"),
    Column("overall", "In all rows", "share"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)
HOW = (
    "Every column that is no label, no prediction and no sensitive feature was searched for stretches in which nearly "
    "all labels agree; of ordered columns, every cut was tried, and p-values count all cuts and columns. A column that "
    "merely predicts the label leads up to its end; an artefact breaks off from what lies beside it."
)


def artefacts_part(data: Data) -> Part:
    """Search every column for stretches of one label that chance does not explain."""
    rows = tuple(_row(data, counts) for counts in data.counts if counts.kind.role != "many")
    return Part(
        "artefacts",
        "Traces of how the data were collected",
        rows,
        COLUMNS,
        to_sentence=_sentence,
        reported=_reported,
        sentences=(HOW,),
        if_none=f"No such stretch was found in {len(rows):,} columns.",
        in_table=lambda row: bool(row["what"]),
    )


def leaks(data: Data) -> set[str]:
    """Name the columns that settle the label by themselves."""
    rows = [_row(data, counts) for counts in data.counts if counts.kind.role != "many"]
    return {row["column"] for row in rows if row["what"] == GIVES_AWAY and row["p_value"] < SURELY}


def _row(data: Data, counts: ColumnCounts) -> Record:
    cells = _levels(counts)
    x, n = cells[:, 1] * data.evidence, cells.sum(axis=1) * data.evidence
    best = _best(x, n, counts)
    row: Record = {
        "column": counts.name,
        "source": data.source(counts.name),
        "what": "",
        "where": "",
        "rows": np.nan,
        "share": np.nan,
        "one_label": "",
        "elsewhere": np.nan,
        "overall": x.sum() / max(n.sum(), 1e-9),
        "p_value": 1.0,
        "comparison": "finding",
        "estimate": np.nan,
        "low": np.nan,
        "high": np.nan,
        "levels": (*counts.levels, "(missing)"),
        "cells": cells * data.evidence,
        "evidence": data.evidence,
        "along": _along(counts),
    }
    if best is None or best[0].p_value >= 1:
        return row
    run, settled = best
    others = f", but for {run.others:,}" if run.others else ""
    return row | {
        "what": GIVES_AWAY if settled else ARTEFACT,
        "where": _where(counts, run),
        "p_value": run.p_value,
        "rows": run.rows / data.evidence,
        "share": run.rows / n.sum(),
        "elsewhere": run.rate_elsewhere,
        "one_label": ("positive" if run.y_true else "negative") + others,
        "label": data.label,
        "missing": run.first >= len(counts.levels),
        "others": run.others,
        "positive": run.y_true == 1,
        "ordered": counts.kind.ordered,
        "first": run.first,
        "last": run.last,
    }


def _along(counts: ColumnCounts) -> str:
    """Say how levels follow each other: days of months, in order, or not at all."""
    if not counts.kind.ordered:
        return "names"
    return "days" if counts.kind.role == "days" and counts.kind.letters > len("2014-04") else "ordered"


def _levels(counts: ColumnCounts) -> Floats:
    """Rows by level and label, where the value is missing last."""
    gone = (counts.level < 0) & (counts.y_true >= 0)
    missing = np.bincount(counts.y_true[gone], weights=counts.rows[gone], minlength=2)
    return np.vstack([counts.by_y_true, missing])


def _best(x: Floats, n: Floats, counts: ColumnCounts) -> tuple[LabelRun, bool] | None:
    """Return the least likely stretch that is large, and whether the column settles the label."""
    found = [*constant_runs(x, n, ordered=False)]
    if counts.kind.ordered:
        found += [*constant_runs(x[:-1], n[:-1], ordered=True), *pure_ends(x[:-1], n[:-1])]
    settled = _settled(x, n, len(counts.levels))
    fewest = max(FEWEST_ROWS, FEWEST_SHARE * n.sum())
    large = [s for s in found if fewest <= s.rows < n.sum()]
    candidates = large if settled else [_doubted(s, x, n, counts.kind.ordered, fewest) for s in large]
    # Where chances vanish all alike, the longest stretch says most.
    return (min(candidates, key=lambda s: (s.p_value, -s.rows)), settled) if candidates else None


def _doubted(run: LabelRun, x: Floats, n: Floats, ordered: bool, fewest: float) -> LabelRun:
    """Ask how likely the stretch is if its rate were that of what lies beside it: a trend leads up to its end."""
    same = x if run.y_true else n - x
    if run.first == len(x) - 1:
        most = OF_MISSING
    elif ordered:
        sides = (slice(run.last + 1, len(x) - 1), slice(0, run.first))
        most = max(_beside(same[side], n[side], run, left=side.start == 0) for side in sides)
    else:
        others = np.arange(len(x)) != run.first
        # Another batch like it is no trend.
        others &= ~((same == n) & (n >= fewest)) & (n > 0)
        most = _upper(same[others], n[others]).max(initial=0.0)
    kept = 1 - run.others / run.rows
    if kept <= most or (most > LEADS_UP and most != OF_MISSING):
        return replace(run, p_value=1.0)
    chance = np.exp(-run.rows * (rel_entr(kept, most) + rel_entr(1 - kept, 1 - most)))
    return replace(run, p_value=max(run.p_value, min(1.0, float(4 * len(x) * chance))))


def _beside(same: Floats, n: Floats, run: LabelRun, *, left: bool) -> float:
    """Upper limit of the one label's share in the rows next to a stretch, as many as it has or at least some."""
    if left:
        same, n = same[::-1], n[::-1]
    near = int(np.searchsorted(np.cumsum(n), max(2 * FEWEST_ROWS, min(run.rows, MOST_BESIDE)))) + 1
    return float(_upper(same[:near].sum(), n[:near].sum())) if n.sum() else 0.0


def _upper(count: Any, nobs: Any) -> Floats:
    return wilson(count, nobs, critical=critical_value(0.95))[1]


def _settled(x: Floats, n: Floats, levels: int) -> bool:
    """Say whether values of the column stand for one label each, for most rows."""
    constant = ((x == 0) | (x == n)) & (n > 0)
    return bool(n[constant].sum() >= SETTLED * n.sum()) or (levels == 2 and bool(constant[:2].any()))


def _where(counts: ColumnCounts, run: LabelRun) -> str:
    names = [*counts.levels, "(missing)"]
    first, last = clean(names[run.first], 40), clean(names[run.last], 40)
    if run.first == run.last or not counts.kind.ordered:
        return first
    if run.last == len(counts.levels) - 1:
        return f"from {first} on"
    return f"up to {last}" if run.first == 0 else f"{first} to {last}"


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    shown = [row for row in rows if row["verdict"] == SHOWN]
    return rows_together(sorted(shown, key=lambda row: (row["what"] != ARTEFACT, -row["rows"])), "what")


def _sentence(row: Record) -> str:
    sign = "positive" if row["positive"] else "negative"
    all_but = f"All but {row['others']:,} of the" if row["others"] else "All"
    what = (
        f"{all_but} {count(row['rows'])} rows with {clean(row['column'])} {row['where']} ({percent(row['share'])} of "
        f"the data) have a {sign} label; elsewhere {percent(row['elsewhere'])} are positive"
    )
    if row["what"] == GIVES_AWAY:
        return (
            f"{what}. {clean(row['column'])} gives the label away: it was known only after it, or is made from it."
            f"{others_alike(row)}"
        )
    return (
        f"{what}. They move the base rate from {percent(row['elsewhere'])} to {percent(row['overall'])}, which chance "
        f"does not explain (p {_p(row)}): rows were collected in another way there. Leave them out, or find out why."
        f"{others_alike(row)}"
    )


def _p(row: Record) -> str:
    written = p_value(row["p_adjusted"])
    return written if written.startswith("<") else f"= {written}"
