"""Gaps as records: a row of the disparities with the values and counts of both groups, and who is worse off."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from biasaudit.inference.verdicts import Verdict
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Finding, Record

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Ends",
    "ends_of",
    "group_sizes",
    "known",
    "known_answer",
    "known_interval",
    "ratios_of",
    "recorded",
    "records_of",
    "worse_off",
    "worst_first",
]

# What is made of several rates, as equalized odds are, is none itself.
NO_RATE = (math.nan, math.nan, math.nan)
NO_WORDS = OutcomeWords()
Ratios = Mapping[tuple[Any, ...], Mapping[str, Any]]
Ends = dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, float, float]]


def records_of(table: pd.DataFrame) -> list[Record]:
    """Return the rows of a table."""
    rows: list[Record] = table.to_dict("records")  # type: ignore[assignment]
    return rows


def group_sizes(rates: pd.DataFrame) -> dict[tuple[tuple[str, str], ...], float]:
    """Look up how many people a group has, by its features and levels."""
    sizes = rates[rates["metric"] == "share_of_data"]
    return {tuple(group.items()): n for group, n in zip(sizes["group"], sizes["numerator"], strict=True)}


def ends_of(rates: pd.DataFrame) -> Ends:
    """Look up estimate, numerator and denominator of every rate by its metric and group."""
    columns = (rates[name] for name in ("metric", "group", "estimate", "numerator", "denominator"))
    return {(m, tuple(g.items())): (e, x, n) for m, g, e, x, n in zip(*columns, strict=True)}


def ratios_of(disparities: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> Ratios:
    """Look up the ratio that belongs to each difference: of the same two groups, or over all of them."""
    requested = {_gap_of(row) for row in rows if row["comparison"] == "difference"}
    metrics = {row["metric"] for row in rows}
    table = disparities[(disparities["comparison"] == "ratio") & disparities["metric"].isin(metrics)]
    names = tuple(
        name
        for name in (
            "metric",
            "kind",
            "sensitive_features",
            "group",
            "reference",
            "estimate",
            "low",
            "high",
            "low_adjusted",
            "high_adjusted",
        )
        if name in table
    )
    found: list[Mapping[str, Any]] = [
        dict(zip(names, values, strict=True)) for values in zip(*(table[name] for name in names), strict=True)
    ]
    return {_gap_of(row): row for row in found if _gap_of(row) in requested}


def _gap_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Say which gap a row is of, as a difference or a ratio; over all groups the extremes are no part of that."""
    ends = () if row["kind"] == "range" else (tuple(row["group"].items()), tuple(row["reference"].items()))
    return (row["metric"], row["kind"], tuple(row["sensitive_features"]), ends)


def recorded(
    row: Mapping[str, Any], ends: Ends, words: OutcomeWords = NO_WORDS, ratios: Ratios | None = None
) -> Finding:
    """Make the record of a row of the disparities; it has no sentence yet."""
    ratio = (ratios or {}).get(_gap_of(row), {}) if row["comparison"] == "difference" else {}
    sides = [ends.get((row["metric"], tuple(row[side].items())), NO_RATE) for side in ("group", "reference")]
    metric, class_name = parted(row["metric"])
    return Finding(
        sentence="",
        verdict=Verdict(row["verdict"]),
        metric=metric,
        class_name=class_name,
        **{name: row[name] for name in ("comparison", "kind", "group", "reference")},
        estimate=known(row["estimate"]),
        interval=known_interval(row),
        values=(known(sides[0][0]), known(sides[1][0])),
        counts=tuple((x, n) for _, x, n in sides if x == x and n == n),
        expected_by_chance=known(row["expected_by_chance"]),
        smallest_detectable=known(row["smallest_detectable"]),
        material=known_answer(row["material"]),
        worse_off=worse_off(row, words),
        reason=row["reason"] if known(row["estimate"]) is None else "",
        ratio=known(ratio.get("estimate")),
        ratio_interval=known_interval(ratio),
    )


def worst_first(one: Finding) -> Finding:
    """Turn the record of a pair round so that the group that is worse off comes first, or that with the higher value.

    Of a range, and where the gap has no value, the record stays as it is.
    """
    mine, theirs = one.values
    if one.kind == "range" or one.estimate is None or mine is None or theirs is None:
        return one
    if not (dict(one.worse_off) == dict(one.reference) if one.worse_off else mine < theirs):
        return one
    turn = _over if one.comparison == "ratio" else _minus
    return replace(
        one,
        group=one.reference,
        reference=one.group,
        values=(theirs, mine),
        counts=one.counts[::-1],
        estimate=turn(one.estimate),
        interval=_turned(one.interval, turn),
        ratio=None if one.ratio is None else _over(one.ratio),
        ratio_interval=_turned(one.ratio_interval, _over),
    )


def _turned(limits: tuple[float, float] | None, turn: Callable[[float], float]) -> tuple[float, float] | None:
    return None if limits is None else (turn(limits[1]), turn(limits[0]))


def _minus(gap: float) -> float:
    return 0.0 - gap


def _over(ratio: float) -> float:
    return math.inf if ratio == 0 else 1 / ratio


def known(number: Any) -> float | None:
    """Return a number, or None where it is undefined."""
    return None if number is None or number != number else float(number)


def known_interval(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the interval of a row, or None where it has none: the one that its verdict stands on, where it is told."""
    low, high = known(row.get("low_adjusted")), known(row.get("high_adjusted"))
    if low is None or high is None:
        low, high = known(row.get("low")), known(row.get("high"))
    return None if low is None or high is None else (low, high)


def known_answer(answer: Any) -> bool | None:
    """Return yes or no, or None where nobody can say."""
    return None if answer is None or answer != answer else bool(answer)


def worse_off(row: Mapping[str, Any], words: OutcomeWords = NO_WORDS) -> Mapping[str, str]:
    """Name the group that fares worse by the metric of a row; nobody where no direction is known to harm."""
    harm, estimate = words.harm(row_of(row["metric"])), row["estimate"]
    none = 1.0 if row["comparison"] == "ratio" else 0.0
    if not harm or estimate != estimate or estimate == none:
        return {}
    # Over all groups, the group is the one with the highest value, though the ratio is that of lowest to highest.
    higher = row["kind"] == "range" or estimate > none
    side: Mapping[str, str] = row["group" if higher == (harm == "high") else "reference"]
    return side
