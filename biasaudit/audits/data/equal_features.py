"""The gap in the label that remains where people with the same features are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from biasaudit.audits.data._dummies import named_together
from biasaudit.audits.data._strata import Strata, pair_cells
from biasaudit.audits.data.counts import Data, Pair
from biasaudit.audits.findings.phrases import against, points_interval, unsettled
from biasaudit.audits.parts import Part
from biasaudit.counts.column_counts import ColumnCounts
from biasaudit.inference.strata.composition import composition
from biasaudit.inference.strata.stratified import StratifiedGap, compare_in_strata
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN
from biasaudit.metrics.units import TOLERANCE
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import clean, number, points
from biasaudit.reporting.words.words import listed

__all__ = ["ADJUSTED", "EXPLAINED", "equal_features_part"]

ADJUSTED, EXPLAINED = "at equal features", "explained by features"
THIN = "not, or only roughly, held equal: too few people would be left alike."
UNNAMED = "not held equal: add to strata= what belongs there, and to after_decision= what came later."
WEAK = "not held equal, as each tells little of the label: together they may make this gap."
# What is left of a gap beyond what columns of little weight may make is material from here on.
MATERIAL = TOLERANCE["difference"][1]
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


def equal_features_part(data: Data, strata: Sequence[Strata]) -> Part:
    """Split each gap into what the features explain and what remains at equal features."""
    rows: list[Record] = []
    for pair in data.pairs():
        found = strata[pair.feature]
        if found.counts is not None:
            rows += _rows(data, found, pair)
    alike: dict[tuple[tuple[str, ...], ...], tuple[Strata, list[str]]] = {}
    for feature, found in zip(data.table.features, strata, strict=True):
        alike.setdefault((found.used, found.left_out), (found, []))[1].append(feature)
    sentences = tuple(_compared_how(features, found, data.sources) for found, features in alike.values())
    return Part(
        "equal_features",
        "What remains where like is compared with like",
        tuple(rows),
        COLUMNS,
        to_sentence=_sentence,
        reported=_reported,
        sentences=sentences,
    )


def _compared_how(features: Sequence[str], found: Strata, sources: Mapping[str, str]) -> str:
    left = _left_out(named_together(found.left_out, sources), THIN if found.chosen else UNNAMED)
    start = f"By {listed(features)}, "
    if not found.used:
        return f"{start}no column tells enough of the label to compare like with like.{left}"
    reason = "it, as it tells" if len(found.used) == 1 else "them, as they tell"
    chosen = f" The audit chose {reason} most of the label; strata= names others." if found.chosen else ""
    return (
        f"{start}people are alike who share {listed(found.used)}.{chosen} Each stratum is weighed by what it can "
        f"tell (Mantel and Haenszel); what no column holds is not made alike.{left}"
    )


def _left_out(names: Sequence[str], reason: str) -> str:
    """Say which columns were measured and are not held equal, and why."""
    verb = "was measured and is" if len(names) == 1 else "were measured and are"
    return f" {listed(names, 6)} {verb} {reason}" if names else ""


def _rows(data: Data, found: Strata, pair: Pair) -> list[Record]:
    assert found.counts is not None
    cells = pair_cells(data, found.counts, pair)
    inside = compare_in_strata(*cells, confidence=data.confidence)
    moved = composition(*cells, confidence=data.confidence)
    left_out, reason = found.left_out, THIN if found.chosen else UNNAMED
    if not left_out and inside.p_value <= 1 - data.confidence:
        left_out, reason = _of_little_weight(data, found.others, pair, inside), WEAK
    shared = {
        **data.ends(pair),
        "comparison": "difference",
        "used": found.used,
        "chosen": found.chosen,
        "pair": pair,
        "label": data.label,
        "sources": data.sources,
    }
    return [
        shared
        | {
            "what": ADJUSTED,
            "left_out": left_out,
            "left_out_reason": reason,
            "estimate": inside.difference,
            "low": inside.difference_low,
            "high": inside.difference_high,
            "p_value": inside.p_value,
            "odds_ratio": inside.odds_ratio,
            "odds_low": inside.odds_ratio_low,
            "odds_high": inside.odds_ratio_high,
            "strata": inside.strata,
        },
        shared
        | {
            "what": EXPLAINED,
            "estimate": moved.difference,
            "low": moved.low,
            "high": moved.high,
            "p_value": moved.p_value,
            "odds_ratio": np.nan,
            "odds_low": np.nan,
            "odds_high": np.nan,
            "strata": len(found.counts.levels),
        },
    ]


def _of_little_weight(data: Data, others: Sequence[ColumnCounts], pair: Pair, inside: StratifiedGap) -> tuple[str, ...]:
    """Name the columns that tell too little to be held equal, where they may make the gap all together.

    What each explains by itself adds up to more than all explain together if they go with one another.
    """
    parts = {counts.name: composition(*pair_cells(data, counts, pair)).difference for counts in others}
    made = float(np.nansum([*parts.values()]))
    sign = np.sign(inside.difference)
    nearest = inside.difference_low if sign > 0 else inside.difference_high
    matters = abs(inside.difference) <= MATERIAL or sign * (inside.difference - made) > MATERIAL
    if sign * (nearest - made) > 0 and matters:
        return ()
    with_it = [name for name, part in parts.items() if sign * part > 0]
    return tuple(sorted(with_it, key=lambda name: -abs(parts[name])))


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    """Tell the gap at equal features of each pair that is shown, else of the first pair of each feature."""
    adjusted = [row for row in rows if row["what"] == ADJUSTED]
    first = {row["pair"].feature: row for row in reversed(adjusted)}
    return [row for row in adjusted if row["verdict"] == SHOWN or row is first[row["pair"].feature]]


def _sentence(row: Record) -> str:
    return _explained_sentence(row) if row["what"] == EXPLAINED else _adjusted_sentence(row)


def _explained_sentence(row: Record) -> str:
    limits = points_interval(row)
    start = f"{against(row)}: "
    explained = f"{points(row['estimate'])} points of the gap in {clean(row['label'])} ({limits}) go with"
    if row["verdict"] == SHOWN:
        return (
            f"{start}{explained} {listed(row['used'], 4)}: the groups differ in what is measured there. How that came "
            "about, justly or not, the data do not say."
        )
    return f"{start}{explained} {listed(row['used'], 4)}."


def _adjusted_sentence(row: Record) -> str:
    used, gap = listed(row["used"], 4), points(row["estimate"])
    who = against(row)
    chosen = " (which the audit chose; strata= names others)" if row["chosen"] else ""
    start = f"{who}, among people with equal {used}{chosen}: "
    left = _left_out(named_together(row["left_out"], row["sources"]), row["left_out_reason"])
    limits = points_interval(row)
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
            f"{number(row['odds_ratio'])}).{left}"
        )
    assert row["verdict"] == CANNOT_TELL
    if np.isnan(row["estimate"]):
        return f"{start}the data cannot tell, since no stratum holds both groups."
    if row["doubted"]:
        return f"{start}{clean(row['label'])} differs by {gap} points ({limits}), and the data cannot tell why.{left}"
    told = f"a gap in {clean(row['label'])} remains: {gap} points ({limits}){unsettled(row)}"
    return f"{start}the data cannot tell whether {told}.{left}"
