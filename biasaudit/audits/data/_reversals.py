"""Simpson's reversals: a gap that turns round where people of one level of a column are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biasaudit.audits.data._dummies import others_alike, rows_together
from biasaudit.audits.data._strata import pair_cells
from biasaudit.audits.data.counts import Data, Pair
from biasaudit.audits.parts import Part
from biasaudit.counts.arrays import share
from biasaudit.counts.column_counts import ColumnCounts
from biasaudit.inference.strata.stratified import StratifiedGap, compare_in_strata
from biasaudit.inference.testing.hypothesis_tests import holm, proportion_p_value
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import clean, group_name, level_name, number, percent

__all__ = ["reversals_part"]

MOST_STRATA = 100
MOST_NAMED = 3
COLUMNS = (
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("column", "Strata of"),
    Column("crude", "Odds ratio in total", "number", ("crude_low", "crude_high")),
    Column("estimate", "Within strata", "number", ("low", "high")),
    Column("homogeneity", "p, same in all strata", "p_value"),
    Column("driven_by", "Turned round in"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)
HOW = (
    "A reversal is named where the gap in total and the gap within strata point opposite ways, their intervals do not "
    "overlap, and the total as well as at least one stratum, after counting all strata, are beyond chance."
)


def reversals_part(data: Data, candidates: Sequence[ColumnCounts]) -> Part:
    """Try every column with few levels as strata, for every pair of groups."""
    usable = [counts for counts in candidates if 2 <= len(counts.levels) <= MOST_STRATA]
    rows = [_row(data, counts, pair) for pair in data.pairs() for counts in usable]
    tested = tuple(row for row in rows if row is not None)
    return Part(
        "reversals",
        "Gaps that turn round within strata",
        tested,
        COLUMNS,
        to_sentence=_sentence,
        reported=_reported,
        sentences=(HOW,) if tested else (),
        if_none="No gap turns round within the levels of any column.",
    )


def _row(data: Data, counts: ColumnCounts, pair: Pair) -> Record | None:
    x1, n1, x2, n2 = pair_cells(data, counts, pair)
    inside = compare_in_strata(x1, n1, x2, n2, confidence=data.confidence)
    if inside.strata < 2 or np.isnan(inside.odds_ratio):
        return None
    total = [np.array([cells.sum()]) for cells in (x1, n1, x2, n2)]
    crude = compare_in_strata(*total, confidence=data.confidence)
    by_stratum = holm(np.where((n1 > 0) & (n2 > 0), proportion_p_value(x1, n1, x2, n2), np.nan))
    opposite = (share(x1, n1) - share(x2, n2)) * crude.difference < 0
    turned = np.where(opposite, by_stratum, 1.0)
    reverses = _apart(crude, inside) and bool(opposite.any())
    # Both the total and a stratum have to be beyond chance: the larger p-value of the two counts.
    p_value = max(float(proportion_p_value(*total)[0]), float(np.nanmin(turned))) if reverses else 1.0
    names = (*counts.levels, "(missing)")
    order = [int(i) for i in np.argsort(turned, kind="stable") if turned[i] <= 1 - data.confidence]
    return {
        **data.ends(pair),
        "column": counts.name,
        "source": data.source(counts.name),
        "crude": crude.odds_ratio,
        "crude_low": crude.odds_ratio_low,
        "crude_high": crude.odds_ratio_high,
        "estimate": inside.odds_ratio,
        "low": inside.odds_ratio_low,
        "high": inside.odds_ratio_high,
        "homogeneity": inside.homogeneity,
        "p_value": p_value,
        "comparison": "finding",
        "driven_by": ", ".join(clean(names[i], 30) for i in order[:MOST_NAMED]) if reverses else "",
        "label": data.label,
        "rates": (float(share(*total[:2])[0]), float(share(*total[2:])[0])),
        "levels": names,
        "cells": (x1, n1, x2, n2),
        "evidence": data.evidence,
        "strata": [(names[i], float(share(x1, n1)[i]), float(share(x2, n2)[i])) for i in order[:MOST_NAMED]],
    }


def _apart(crude: StratifiedGap, inside: StratifiedGap) -> bool:
    """Say whether total and strata point opposite ways and their intervals do not overlap."""
    if (crude.odds_ratio - 1) * (inside.odds_ratio - 1) >= 0:
        return False
    return crude.odds_ratio_low > inside.odds_ratio_high or crude.odds_ratio_high < inside.odds_ratio_low


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    return rows_together([row for row in rows if row["verdict"] == SHOWN], "group", "reference")


def _sentence(row: Record) -> str:
    one, other = level_name(row["group"]), level_name(row["reference"])
    strata = "; ".join(f"{clean(name, 30)}: {percent(a)} and {percent(b)}" for name, a, b in row["strata"])
    return (
        f"By {clean(row['column'])}, the gap in {clean(row['label'])} turns round. In total {percent(row['rates'][0])} "
        f"for {group_name(row['group'])} and {percent(row['rates'][1])} for {group_name(row['reference'])} (odds ratio "
        f"{number(1 / row['crude'])} of {other} to {one}); within {clean(row['column'])} the odds ratio is "
        f"{number(1 / row['estimate'])} (Mantel and Haenszel). Driven by {clean(row['column'])} {strata}."
        f"{others_alike(row)}"
    )
