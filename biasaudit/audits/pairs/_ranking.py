"""The scores of a correspondence audit as rankings: who stands at the top of each list, and who is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from biasaudit.audits.pairs._swaps import Swap
from biasaudit.audits.pairs.scores import Grid
from biasaudit.counts.rankings.places import Places, log_exposure
from biasaudit.counts.rankings.rows import RankedRows
from biasaudit.counts.rankings.table import RankTable, rank_table
from biasaudit.inference.means.comparisons import mean_interval
from biasaudit.inference.query_ratios import query_ratios
from biasaudit.metrics.rankings.measures import RANKS, at_k
from biasaudit.reporting.report import Column, Section

__all__ = ["ranking_section"]

PLACES = (5, 10)
EXPOSURE = RANKS[1]


def ranking_section(grids: Sequence[Grid], swap: Swap, stratum: str, confidence: float) -> tuple[Section, ...]:
    """Tell who stands at the top if all inputs of a stratum are put in one list; nothing where lists are too short.

    Parameters
    ----------
    grids : sequence of Grid
        A list each.
    swap : Swap
    stratum : str
        What the lists are of, such as "job".
    confidence : float
    """
    longest = max(grid.scores.size for grid in grids)
    places = tuple(k for k in PLACES if k < longest)
    if not places:
        return ()
    table = _table(grids, swap, places)
    measures = (*(at_k(k) for k in places), EXPOSURE)
    means = query_ratios(table, measures).means
    low, high = mean_interval(means, confidence)
    columns = [Column("group", "Group", "group")]
    for measure in measures:
        kind = "number" if measure is EXPOSURE else "share"
        columns.append(Column(measure.name, measure.label, kind, (f"{measure.name}_low", f"{measure.name}_high")))
    rows = tuple(
        {"group": group}
        | {
            f"{measure.name}{end}": float(values[i, at]) if np.isfinite(values[i, at]) else None
            for i, measure in enumerate(measures)
            for end, values in (("", means.value), ("_low", np.maximum(low, 0.0)), ("_high", high))
        }
        for at, group in enumerate(table.groups)
    )
    return (
        Section("ranking", f"As a ranking, {stratum} by {stratum}", _sentences(grids, stratum), tuple(columns), rows),
    )


def _sentences(grids: Sequence[Grid], stratum: str) -> tuple[str, ...]:
    said = (
        f"All texts of a {stratum}, each under every name, are put in one list by their scores. Exposure is "
        "1 / log2(1 + rank); texts that tie share their places. A group that is treated like the others has their "
        "share in the top and their exposure."
    )
    few = f"One {stratum} is one list, so nobody can say how sure these are." if len(grids) == 1 else ""
    return tuple(text for text in (said, few) if text)


def _table(grids: Sequence[Grid], swap: Swap, places: tuple[int, ...]) -> RankTable:
    query = np.repeat(np.arange(len(grids)), [grid.scores.size for grid in grids])
    group = np.concatenate([np.tile(np.asarray(swap.member), len(grid.scores)) for grid in grids])
    found = Places.of(query, np.concatenate([grid.scores.ravel() for grid in grids]))
    levels: Any = (tuple(swap.groups),)
    rows = RankedRows((swap.feature,), levels, group[found.order][:, None], found, None, ())
    return rank_table(rows, (swap.feature,), places, log_exposure)
