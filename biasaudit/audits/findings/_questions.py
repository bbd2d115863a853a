"""Which row of the disparities answers each question: a group is named only by a row that is shown itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from biasaudit.audits.findings.gap_records import records_of
from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.primary import DEFAULT_PRIMARY, Primary
from biasaudit.reporting.report import Record

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["answers", "apart"]

QuestionKey = tuple[tuple[str, ...], str]
# A row that names two groups says more than one that holds a group against all, or that names none.
KINDS = ("pair", "to_overall", "range")


def answers(disparities: pd.DataFrame, primary: Primary = DEFAULT_PRIMARY) -> list[Record]:
    """Choose a row for each question, a metric of a way of splitting people; each question is answered once.

    Of what is shown, the pair whose gap is at least the largest, by its adjusted limits; else a group against everyone;
    else that groups differ. What matters comes before what is too small to matter, and a difference before a ratio.
    Where nothing is shown, the range. Metrics that are told elsewhere answer only where their split would otherwise say
    less than they show.
    """
    ranges = _by_question(disparities[(disparities["kind"] == "range") & (disparities["comparison"] == "difference")])
    shown = _by_question(disparities[disparities["verdict"] == SHOWN])
    reported = [
        _best(shown[question]) if question in shown else rows[0]
        for question, rows in ranges.items()
        if primary.is_reported(question[1])
    ]
    reported += [
        _best(rows) for question, rows in shown.items() if primary.is_reported(question[1]) and question not in ranges
    ]
    return reported + _unreported(
        [_best(rows) for question, rows in shown.items() if not primary.is_reported(question[1])], reported
    )


def _by_question(table: pd.DataFrame) -> dict[QuestionKey, list[Record]]:
    found: dict[QuestionKey, list[Record]] = {}
    for row in records_of(table):
        found.setdefault((tuple(row["sensitive_features"]), row["metric"]), []).append(row)
    return found


def _best(rows: Iterable[Record]) -> Record:
    return min(
        rows, key=lambda row: (row["material"] is False, row["comparison"] == "ratio", _place(row), *_largest(row))
    )


def _place(row: Record) -> int:
    return KINDS.index(row["kind"]) if row["kind"] in KINDS else len(KINDS)


def _largest(row: Record) -> tuple[float, float]:
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


def _unreported(others: Sequence[Record], reported: Sequence[Record]) -> list[Record]:
    """Keep one row of each split on which everything that is told says less."""
    is_material = {tuple(row["sensitive_features"]): False for row in reported if row["verdict"] == SHOWN}
    for row in reported:
        if row["verdict"] == SHOWN and row["material"] is not False:
            is_material[tuple(row["sensitive_features"])] = True
    unreported: dict[tuple[str, ...], Record] = {}
    for row in sorted(others, key=lambda row: row["material"] is False):
        split = tuple(row["sensitive_features"])
        more = not is_material.get(split, False) if row["material"] is not False else split not in is_material
        if more:
            unreported.setdefault(split, row)
    return list(unreported.values())
