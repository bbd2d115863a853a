"""The gap in the label that remains where people with the same features are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from biasaudit.audits.data_counts import Data, Pair
from biasaudit.audits.parts import Part, Row
from biasaudit.reporting.report import Column
from biasaudit.reporting.text import clean, gap_interval, group_name, number, points
from biasaudit.reporting.words import listed
from biasaudit.statistics.column_counts import ColumnCounts, combined, count_together
from biasaudit.statistics.composition import composition
from biasaudit.statistics.stratified import compare_in_strata
from biasaudit.statistics.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN

__all__ = ["ADJUSTED", "EXPLAINED", "Strata", "choose_strata", "equal_features_part", "pair_cells"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ADJUSTED, EXPLAINED = "at equal features", "explained by features"
MOST_COLUMNS = 8
# A column tells something of the label within groups: p-value before counting the columns tried.
TELLS = 0.01
# At least this share of rows must lie in strata that hold both groups.
COVERAGE = 0.7
COARSE = (30, 10, 5, 3)
COLUMNS = (
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("what", "Gap"),
    Column("estimate", "Points", "points", ("low", "high")),
    Column("odds_ratio", "Odds ratio", "number", ("odds_low", "odds_high")),
    Column("strata", "Strata", "count"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)


@dataclass(frozen=True, eq=False)
class Strata:
    """Which columns make people alike for one sensitive feature: counted together, with their names."""

    counts: ColumnCounts | None
    used: tuple[str, ...]


def pair_cells(data: Data, counts: ColumnCounts, pair: Pair, *, missing: bool = True) -> tuple[Floats, ...]:
    """Return cases and rows of both groups in every level, those where the column is missing last, as evidence."""
    cells = counts.by_group(pair.feature)[: None if missing else -1, :, :2] * data.evidence
    one, other = cells[:, pair.group], cells[:, pair.reference]
    return one[:, 1], one.sum(axis=1), other[:, 1], other.sum(axis=1)


def choose_strata(data: Data, candidates: Sequence[ColumnCounts], named: Sequence[str] | None) -> tuple[Strata, ...]:
    """Take for each sensitive feature the columns that tell most of the label within groups.

    Each is cut as finely as leaves most rows in strata that hold both groups; columns that the user names are all
    taken, as they are.
    """
    features = range(len(data.references))
    if named:
        counts, _ = count_together(data.columns, [data.of(name).kind for name in named])
        return tuple(Strata(counts, tuple(named)) for _ in features)
    return tuple(_greedy(data, _telling(candidates, i)[:MOST_COLUMNS], i) for i in features)


def _greedy(data: Data, chosen: Sequence[ColumnCounts], feature: int) -> Strata:
    """Take the columns one after the other, each as finely as leaves enough rows to compare."""
    if not chosen:
        return Strata(None, ())
    counts, codes = count_together(data.columns, [column.kind for column in chosen])
    used: list[str] = []
    kept, best = np.zeros((len(codes), 0), dtype=np.int64), None
    for at, column in enumerate(chosen):
        for most in COARSE:
            tried = np.column_stack([kept, _coarse(codes[:, at], counts.rows, column, most)])
            finer = combined(counts, tried)
            if _coverage(data, finer, feature) >= COVERAGE:
                kept, best, used = tried, finer, [*used, column.name]
                break
    return Strata(best, tuple(used))


def _coarse(codes: Ints, rows: Ints, column: ColumnCounts, most: int) -> Ints:
    """Join neighbouring levels into at most so many of about equal size; unordered ones stay as they are."""
    if not column.kind.ordered or len(column.levels) <= most:
        return codes
    by_level = np.bincount(codes[codes >= 0], weights=rows[codes >= 0], minlength=len(column.levels))
    middle = (np.cumsum(by_level) - by_level / 2) / by_level.sum()
    return np.where(codes < 0, -1, np.floor(middle * most).astype(np.int64)[codes])


def _coverage(data: Data, counts: ColumnCounts, feature: int) -> float:
    """Share of rows of the reference and the largest other group in strata that hold both."""
    pairs = [pair for pair in data.pairs() if pair.feature == feature]
    if not pairs:
        return 0.0
    largest = max(pairs, key=lambda pair: data.rows(feature)[pair.group])
    _, n1, _, n2 = pair_cells(data, counts, largest)
    both = (n1 > 0) & (n2 > 0)
    return float((n1 + n2)[both].sum() / (n1 + n2).sum())


def _telling(candidates: Sequence[ColumnCounts], feature: int) -> list[ColumnCounts]:
    """Order the columns by how much they tell of the label within groups, and drop those that tell nothing."""
    scored = [(_tells(counts, feature), counts) for counts in candidates if len(counts.levels) > 1]
    limit = TELLS / max(len(scored), 1)
    return [counts for (p, size), counts in sorted(scored, key=lambda s: (s[0][0] > 0, -s[0][1])) if p <= limit]


def _tells(counts: ColumnCounts, feature: int) -> tuple[float, float]:
    """p-value of the label's link with the column within the groups of a feature, and its size."""
    statistic, degrees = 0.0, 0
    for by_level in np.moveaxis(counts.by_group(feature)[:, :, :2], 1, 0):
        by_level = by_level[by_level.sum(axis=1) > 0]
        expected = by_level.sum(axis=1, keepdims=True) * by_level.sum(axis=0) / max(by_level.sum(), 1)
        if len(by_level) > 1 and expected.min() > 0:
            statistic += float(((by_level - expected) ** 2 / expected).sum())
            degrees += len(by_level) - 1
    return (float(chdtrc(degrees, statistic)), statistic - degrees) if degrees else (1.0, 0.0)


def equal_features_part(data: Data, strata: Sequence[Strata]) -> Part:
    """Split each gap into what the features explain and what remains at equal features."""
    rows: list[Row] = []
    for pair in data.pairs():
        found = strata[pair.feature]
        if found.counts is not None:
            rows += _rows(data, found.counts, found.used, pair)
    alike: dict[tuple[str, ...], list[str]] = {}
    for feature, found in zip(data.table.features, strata, strict=True):
        alike.setdefault(found.used, []).append(feature)
    sentences = tuple(_with_what(features, used) for used, features in alike.items())
    return Part(
        "equal_features", "What remains where like is compared with like", tuple(rows), COLUMNS, _say, _tell, sentences
    )


def _with_what(features: Sequence[str], used: tuple[str, ...]) -> str:
    if not used:
        return f"By {listed(features)}, no column tells enough of the label to compare like with like."
    return (
        f"By {listed(features)}, people are alike who share {listed(used)}. Each stratum is weighed by what it can "
        "tell (Mantel and Haenszel); what no column holds is not made alike."
    )


def _rows(data: Data, counts: ColumnCounts, used: tuple[str, ...], pair: Pair) -> list[Row]:
    cells = pair_cells(data, counts, pair)
    inside = compare_in_strata(*cells, confidence=data.confidence)
    moved = composition(*cells, confidence=data.confidence)
    shared = {
        "group": data.name(pair.feature, pair.group), "reference": data.name(pair.feature, pair.reference),
        "comparison": "difference", "used": used, "pair": pair, "label": data.label,
    }  # fmt: skip
    return [
        shared | {
            "what": ADJUSTED, "estimate": inside.difference, "low": inside.difference_low,
            "high": inside.difference_high, "p_value": inside.p_value, "odds_ratio": inside.odds_ratio,
            "odds_low": inside.odds_ratio_low, "odds_high": inside.odds_ratio_high, "strata": inside.strata,
        },
        shared | {
            "what": EXPLAINED, "estimate": moved.difference, "low": moved.low, "high": moved.high,
            "p_value": moved.p_value, "odds_ratio": np.nan, "odds_low": np.nan, "odds_high": np.nan,
            "strata": len(counts.levels),
        },
    ]  # fmt: skip


def _tell(rows: Sequence[Row]) -> Sequence[Row]:
    """Tell the gap at equal features of each pair that is shown, else of the first pair of each feature."""
    adjusted = [row for row in rows if row["what"] == ADJUSTED]
    first = {row["pair"].feature: row for row in reversed(adjusted)}
    return [row for row in adjusted if row["verdict"] == SHOWN or row is first[row["pair"].feature]]


def _say(row: Row) -> str:
    return _say_explained(row) if row["what"] == EXPLAINED else _say_adjusted(row)


def _say_explained(row: Row) -> str:
    limits = gap_interval("", "difference", row["low"], row["high"])
    start = f"{group_name(row['group'])} against {group_name(row['reference'])}: "
    told = f"{points(row['estimate'])} points of the gap in {clean(row['label'])} ({limits}) go with"
    if row["verdict"] == SHOWN:
        return (
            f"{start}{told} {listed(row['used'], 4)}: the groups differ in what is measured there. How that came "
            "about, justly or not, the data do not say."
        )
    return f"{start}{told} {listed(row['used'], 4)}."


def _say_adjusted(row: Row) -> str:
    used, gap = listed(row["used"], 4), points(row["estimate"])
    who = f"{group_name(row['group'])} against {group_name(row['reference'])}"
    start = f"{who}, among people with equal {used}: "
    limits = gap_interval("", "difference", row["low"], row["high"])
    if row["verdict"] == SHOWN:
        small = "" if row["material"] else " It is too small to matter much."
        return (
            f"{start}{clean(row['label'])} still differs by {gap} points ({limits}; odds ratio "
            f"{number(row['odds_ratio'])}). That is label bias or a cause that nobody measured, or measured wrongly: "
            f"these data alone cannot tell which.{small}"
        )
    if row["verdict"] == NOT_SHOWN:
        return (
            f"{start}no gap in {clean(row['label'])} beyond 5 points remains ({limits}; odds ratio "
            f"{number(row['odds_ratio'])})."
        )
    assert row["verdict"] == CANNOT_TELL
    if np.isnan(row["estimate"]):
        return f"{start}the data cannot tell, since no stratum holds both groups."
    return f"{start}the data cannot tell whether a gap in {clean(row['label'])} remains: {gap} points ({limits})."
