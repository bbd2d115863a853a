"""Which row of the disparities answers each question: a group is named only by a row that is shown itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.primary import DEFAULT_PRIMARY, Primary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Row", "answers", "apart"]

Row = Mapping[str, Any]
Question = tuple[tuple[str, ...], str]
# A row that names two groups says more than one that holds a group against all, or that names none.
KINDS = ("pair", "to_overall", "range")


def answers(disparities: pd.DataFrame, primary: Primary = DEFAULT_PRIMARY) -> list[Row]:
    """Choose a row for each question, a metric of a way of splitting people; each question is answered once.

    Of what is shown, the pair whose gap is at least the largest, by its adjusted limits; else a group against everyone;
    else that groups differ. What matters comes before what is too small to matter, and a difference before a ratio.
    Where nothing is shown, the range. Metrics that are told elsewhere answer only where their split would otherwise say
    less than they show.
    """
    ranges = _by_question(disparities[(disparities["kind"] == "range") & (disparities["comparison"] == "difference")])
    shown = _by_question(disparities[disparities["verdict"] == SHOWN])
    told = [
        _best(shown[asked]) if asked in shown else rows[0]
        for asked, rows in ranges.items()
        if primary.is_reported(asked[1])
    ]
    told += [_best(rows) for asked, rows in shown.items() if primary.is_reported(asked[1]) and asked not in ranges]
    return told + _unsaid([_best(rows) for asked, rows in shown.items() if not primary.is_reported(asked[1])], told)


def _by_question(table: pd.DataFrame) -> dict[Question, list[Row]]:
    found: dict[Question, list[Row]] = {}
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    for row in rows:
        found.setdefault((tuple(row["sensitive_features"]), row["metric"]), []).append(row)
    return found


def _best(rows: Iterable[Row]) -> Row:
    return min(
        rows, key=lambda row: (row["material"] is False, row["comparison"] == "ratio", _place(row), *_largest(row))
    )


def _place(row: Row) -> int:
    return KINDS.index(row["kind"]) if row["kind"] in KINDS else len(KINDS)


def _largest(row: Row) -> tuple[float, float]:
    """Put first the gap that is at least the largest: of a handful of people, a wide one may be chance."""
    least = min(apart(float(row[name]), row["comparison"]) for name in ("low_adjusted", "high_adjusted"))
    return -least, -apart(float(row["estimate"]), row["comparison"])


def apart(gap: float, comparison: str) -> float:
    """Say how far a gap is from none, so that it can be held against others of its kind.

    Examples
    --------
    >>> apart(-0.2, "difference"), apart(0.5, "ratio") > apart(0.9, "ratio")
    (0.2, True)
    """
    if comparison != "ratio":
        return abs(gap)
    return abs(math.log(gap)) if gap > 0 else math.inf


def _unsaid(others: Sequence[Row], told: Sequence[Row]) -> list[Row]:
    """Keep one row of each split on which everything that is told says less."""
    said = {tuple(row["sensitive_features"]): False for row in told if row["verdict"] == SHOWN}
    for row in told:
        if row["verdict"] == SHOWN and row["material"] is not False:
            said[tuple(row["sensitive_features"])] = True
    kept: dict[tuple[str, ...], Row] = {}
    for row in sorted(others, key=lambda row: row["material"] is False):
        split = tuple(row["sensitive_features"])
        more = not said.get(split, False) if row["material"] is not False else split not in said
        if more:
            kept.setdefault(split, row)
    return list(kept.values())
