"""Gaps as records: a row of the disparities with the values and counts of both groups, and who is worse off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.report import Finding
from biasaudit.statistics.registry import row_of
from biasaudit.statistics.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Ends", "ends_of", "known", "known_answer", "known_interval", "recorded", "worse_off"]

Ends = dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, float, float]]


def ends_of(rates: pd.DataFrame) -> Ends:
    """Look up estimate, numerator and denominator of every rate by its metric and group."""
    columns = (rates[name] for name in ("metric", "group", "estimate", "numerator", "denominator"))
    return {(m, tuple(g.items())): (e, x, n) for m, g, e, x, n in zip(*columns, strict=True)}


def recorded(row: Mapping[str, Any], ends: Ends) -> Finding:
    """Make the record of a row of the disparities; it has no sentence yet."""
    sides = [ends[row["metric"], tuple(row[side].items())] for side in ("group", "reference")]
    return Finding(
        sentence="",
        verdict=Verdict(row["verdict"]),
        **{name: row[name] for name in ("metric", "comparison", "kind", "group", "reference")},
        estimate=known(row["estimate"]),
        interval=known_interval(row),
        values=(known(sides[0][0]), known(sides[1][0])),
        counts=tuple((x, n) for _, x, n in sides if x == x and n == n),
        expected_by_chance=known(row["expected_by_chance"]),
        smallest_detectable=known(row["smallest_detectable"]),
        material=known_answer(row["material"]),
        worse_off=worse_off(row),
        reason=row["reason"],
    )


def known(number: Any) -> float | None:
    """Return a number, or None where it is undefined."""
    return None if number is None or number != number else float(number)


def known_interval(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the interval of a row, or None where it has none."""
    low, high = known(row.get("low")), known(row.get("high"))
    return None if low is None or high is None else (low, high)


def known_answer(answer: Any) -> bool | None:
    """Return yes or no, or None where nobody can say."""
    return None if answer is None or answer != answer else bool(answer)


def worse_off(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Name the group that fares worse by the metric of a row; nobody where no direction is known to harm."""
    harm, estimate = row_of(row["metric"]).harm, row["estimate"]
    none = 1.0 if row["comparison"] == "ratio" else 0.0
    if not harm or estimate != estimate or estimate == none:
        return {}
    # Over all groups, the group is the one with the highest value, though the ratio is that of lowest to highest.
    higher = row["kind"] == "range" or estimate > none
    side: Mapping[str, str] = row["group" if higher == (harm == "high") else "reference"]
    return side
