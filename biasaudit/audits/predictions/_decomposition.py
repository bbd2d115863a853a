"""Why error rates differ, in a line: what comes from the scores of two groups, and what would be left without that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.audits.families import Family
from biasaudit.audits.findings.gap_records import group_sizes, records_of
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.strata.standardisation import COMPONENTS, decompose_by_score
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.report import Column, Record, Section
from biasaudit.reporting.words.text import count, gap_ends, level_name, percent, points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["can_decompose", "decomposition_section", "decomposition_table"]

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


def can_decompose(table: Crosstab) -> bool:
    """Say whether a table has labels, decisions and scores."""
    return table.y_true is not None and table.y_pred is not None and table.bin_scores is not None


def decomposition_table(splits: Sequence[Family], confidence: float) -> pd.DataFrame:
    """Take the gaps of each single feature's groups against their reference apart, a row a rate and group.

    Raises
    ------
    AuditError
        If the audit has no scores, labels or decisions.
    """
    import pandas as pd

    table = splits[0].table
    if not can_decompose(table):
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
    ends = [f"{part}{end}" for part in COMPONENTS for end in ENDS]
    return ["metric", "group", "reference", *ends, "bins", "reason"]


def _row(family: Family, metric: str, group: int, confidence: float) -> Record:
    found = decompose_by_score(family.table, get_rate(metric), group, family.reference, confidence=confidence)
    sides = zip(COMPONENTS, found.estimate, found.low, found.high, strict=True)
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


def decomposition_section(table: pd.DataFrame, rates: pd.DataFrame) -> tuple[Section, ...]:
    """Say of the two largest groups of each feature why their error rates differ; nothing where no gap stands out."""
    rows = records_of(table)
    sentences = [_sentence(row, rates) for row in _largest(rows, rates) if _stands_out(row)]
    if not sentences:
        return ()
    # What a line on the score selects comes from scores alone: such rows say nothing.
    listed = [row for row in rows if not row["reason"] and _may_be_left(row)]
    named = [{**row, "metric": row_of(row["metric"]).label} for row in listed]
    return (Section("why", "Why error rates differ", (*sentences, LIMITS), COLUMNS, tuple(named)),)


def _largest(rows: Sequence[Record], rates: pd.DataFrame) -> list[Record]:
    """Pick the rows of each feature's largest group besides the reference."""
    sizes = group_sizes(rates)
    most: dict[str, float] = {}
    for row in rows:
        ((feature, _),) = row["group"].items()
        most[feature] = max(most.get(feature, 0), sizes[tuple(row["group"].items())])
    chosen = [row for row in rows if sizes[tuple(row["group"].items())] == most[next(iter(row["group"]))]]
    # Of groups of one size the first is told.
    first = {(row["metric"], next(iter(row["group"]))): row for row in reversed(chosen)}
    return [row for row in chosen if row is first[row["metric"], next(iter(row["group"]))]]


def _stands_out(row: Record) -> bool:
    """Say whether a gap is more than nothing."""
    return bool(row["gap_low"] > 0 or row["gap_high"] < 0) and _may_be_left(row)


def _may_be_left(row: Record) -> bool:
    return bool(row["metric"] != "selection_rate" or abs(row["left"]) > NOTHING)


def _sentence(row: Record, rates: pd.DataFrame) -> str:
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


def _end(rates: pd.DataFrame, row: Record, side: str) -> str:
    of_metric = rates[rates["metric"] == row["metric"]]
    at = of_metric[of_metric["group"] == row[side]].iloc[0]
    return f"{percent(at['estimate'])} ({count(at['numerator'])} of {count(at['denominator'])})"


def _part(row: Record, part: str, sign: int) -> str:
    ends = sorted(sign * row[f"{part}{end}"] for end in ("_low", "_high"))
    much = "none" if part == "left" and sign * row[part] < 0 else points(sign * row[part])
    return f"{much} ({gap_ends('', 'difference', *ends)})"


def _left(row: Record, sign: int, more: str, fewer: str) -> str:
    """Say who would fare how at equal scores, as far as the interval tells."""
    low, high = sorted(sign * row[f"left{end}"] for end in ("_low", "_high"))
    if low > 0:
        return f"So at the same scores, too, it is {more} whom this happens to more often."
    if high < 0:
        return f"At the same scores it would be {fewer} whom this happens to more often."
    return "At the same scores the data show no gap."


def _decisions(row: Record, sign: int) -> str:
    if abs(row["decisions"]) <= NOTHING:
        return ""
    share = _part(row, "decisions", sign)
    return f" Of what is left, {share} come from other decisions at the same score and label."
