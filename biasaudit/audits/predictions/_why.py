"""Why error rates differ, in a line: what comes from the scores of two groups, and what would be left without that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.families import Family
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.strata.standardisation import PARTS, standardise
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Column, Section
from biasaudit.reporting.words.text import count, gap_ends, level_name, percent, points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["has_why", "why_section", "why_table"]

Row = Mapping[Any, Any]
METRICS = ("false_positive_rate", "false_negative_rate", "selection_rate")
DECIDED = {
    "false_positive_rate": "decided positively",
    "false_negative_rate": "decided negatively",
    "selection_rate": "decided positively",
}
WHOM = {
    "false_positive_rate": " whose label is negative",
    "false_negative_rate": " whose label is positive",
    "selection_rate": "",
}
ENDS = ("", "_low", "_high")
# What rounding leaves of a part that is nothing.
NOTHING = 1e-9
COLUMNS = (
    Column("metric", "Rate"),
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("gap", "Gap, points", "points", ("gap_low", "gap_high")),
    Column("scores", "From scores", "points", ("scores_low", "scores_high")),
    Column("left", "Left at equal scores", "points", ("left_low", "left_high")),
)
LIMITS = (
    "Scores are taken for equal within a bin. Whether scores, or the labels they are held against, are fair "
    "themselves, this cannot say; it names no cause."
)


def has_why(table: Crosstab) -> bool:
    """Say whether a table has labels, decisions and scores."""
    return table.y_true is not None and table.y_pred is not None and table.bin_scores is not None


def why_table(splits: Sequence[Family], confidence: float) -> pd.DataFrame:
    """Take the gaps of each single feature's groups against their reference apart, a row a rate and group.

    Raises
    ------
    AuditError
        If the audit has no scores, labels or decisions.
    """
    import pandas as pd

    table = splits[0].table
    if not has_why(table):
        lacking = [
            name
            for name, held in (("y_true", table.y_true), ("y_pred", table.y_pred), ("score", table.bin_scores))
            if held is None
        ]
        raise AuditError(
            f"why() needs labels, decisions and a score; this audit has no {' and no '.join(lacking)}. Name "
            f"{'it' if len(lacking) == 1 else 'them'} when you audit."
        )
    rows = [
        _row(family, metric, group, confidence)
        for family in splits
        if len(family.table.features) == 1
        for metric in METRICS
        for group in np.flatnonzero(family.present & ~family.suppressed).tolist()
        if group != family.reference
    ]
    return pd.DataFrame(rows, columns=_names())


def _names() -> list[str]:
    ends = [f"{part}{end}" for part in PARTS for end in ENDS]
    return ["metric", "group", "reference", *ends, "bins", "reason"]


def _row(family: Family, metric: str, group: int, confidence: float) -> Row:
    found = standardise(family.table, get_rate(metric), group, family.reference, confidence=confidence)
    sides = zip(PARTS, found.estimate, found.low, found.high, strict=True)
    values = {f"{part}{end}": value for part, *three in sides for end, value in zip(ENDS, three, strict=True)}
    known = bool(np.isfinite(found.estimate).all())
    return {
        "metric": metric,
        "group": family.groups[group],
        "reference": family.groups[family.reference],
        **values,
        "bins": found.bins if known else None,
        "reason": "" if known else "too few on either side of the rate",
    }


def why_section(table: pd.DataFrame, rates: pd.DataFrame) -> tuple[Section, ...]:
    """Say of the two largest groups of each feature why their error rates differ; nothing where no gap stands out."""
    rows: Sequence[Row] = table.to_dict("records")
    told = [_say(row, rates) for row in _largest(rows, rates) if _stands_out(row)]
    if not told:
        return ()
    # What a line on the score selects comes from scores alone: such rows say nothing.
    asked = [row for row in rows if not row["reason"] and _may_be_left(row)]
    named = [{**row, "metric": row_of(row["metric"]).label} for row in asked]
    return (Section("why", "Why error rates differ", (*told, LIMITS), COLUMNS, tuple(named)),)


def _largest(rows: Sequence[Row], rates: pd.DataFrame) -> list[Row]:
    """Pick the rows of each feature's largest group besides the reference."""
    sizes = rates[rates["metric"] == "share_of_data"]
    people = {tuple(g.items()): n for g, n in zip(sizes["group"], sizes["numerator"], strict=True)}
    most: dict[str, float] = {}
    for row in rows:
        ((feature, _),) = row["group"].items()
        most[feature] = max(most.get(feature, 0), people[tuple(row["group"].items())])
    chosen = [row for row in rows if people[tuple(row["group"].items())] == most[next(iter(row["group"]))]]
    # Of groups of one size the first is told.
    first = {(row["metric"], next(iter(row["group"]))): row for row in reversed(chosen)}
    return [row for row in chosen if row is first[row["metric"], next(iter(row["group"]))]]


def _stands_out(row: Row) -> bool:
    """Say whether a gap is more than nothing."""
    return bool(row["gap_low"] > 0 or row["gap_high"] < 0) and _may_be_left(row)


def _may_be_left(row: Row) -> bool:
    return bool(row["metric"] != "selection_rate" or abs(row["left"]) > NOTHING)


def _say(row: Row, rates: pd.DataFrame) -> str:
    sign = 1 if row["gap"] > 0 else -1
    more, fewer = (level_name(row[side]) for side in (("group", "reference")[::sign]))
    ends = [_end(rates, row, side) for side in (("group", "reference")[::sign])]
    label = row_of(row["metric"]).lower
    start = (
        f"Of {more}{WHOM[row['metric']]}, {ends[0]} are {DECIDED[row['metric']]}, of {fewer} {ends[1]} ({label}). Of "
        f"this gap of {points(abs(row['gap']))} points, {_part(row, 'left', sign)} would be left if both groups had "
        f"the same scores; {_part(row, 'scores', sign)} come from the scores that they have."
    )
    return f"{start} {_left(row, sign, more, fewer)}{_decisions(row, sign)}"


def _end(rates: pd.DataFrame, row: Row, side: str) -> str:
    of_metric = rates[rates["metric"] == row["metric"]]
    at = of_metric[of_metric["group"] == row[side]].iloc[0]
    return f"{percent(at['estimate'])} ({count(at['numerator'])} of {count(at['denominator'])})"


def _part(row: Row, part: str, sign: int) -> str:
    ends = sorted(sign * row[f"{part}{end}"] for end in ("_low", "_high"))
    much = "none" if part == "left" and sign * row[part] < 0 else points(sign * row[part])
    return f"{much} ({gap_ends('', 'difference', *ends)})"


def _left(row: Row, sign: int, more: str, fewer: str) -> str:
    """Say who would fare how at equal scores, as far as the interval tells."""
    low, high = sorted(sign * row[f"left{end}"] for end in ("_low", "_high"))
    if low > 0:
        return f"So at the same scores, too, it is {more} whom this happens to more often."
    if high < 0:
        return f"At the same scores it would be {fewer} whom this happens to more often."
    return "At the same scores the data show no gap."


def _decisions(row: Row, sign: int) -> str:
    if abs(row["decisions"]) <= NOTHING:
        return ""
    told = _part(row, "decisions", sign)
    return f" Of what is left, {told} come from other decisions at the same score and label."
