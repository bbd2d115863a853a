"""Tidy tables of numbers as tables that people read: words for heads, per cent for shares, an interval in one cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.metrics.units import Unit
from biasaudit.reporting.report import Column, MetricText, Record
from biasaudit.reporting.words.breakdowns import unit_in
from biasaudit.reporting.words.text import (
    NO_VALUE,
    clean,
    count,
    gap,
    gap_interval,
    interval,
    level_name,
    number,
    p_value,
    percent,
    points,
    value,
)
from biasaudit.reporting.words.words import KINDS, SECTION_VERDICTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["readable"]

# Columns that many tables of audits have; any other is named by its own name.
HEADS = {
    "p_value": "p",
    "p_adjusted": "p, adjusted",
    "n": "Rows",
    "numerator": "Counted",
    "denominator": "Among",
    "reference": "Against",
    "expected_by_chance": "By chance alone",
    "smallest_detectable": "Visible from",
    "low_adjusted": "From, adjusted",
    "high_adjusted": "To, adjusted",
    "sensitive_features": "Groups by",
    "low": "from",
    "high": "to",
    "material": "Large enough to matter",
    "auc": "AUC",
    "estimate": "Value",
    "reason": "Note",
    "in_stretch": "In the stretch found",
    "share_low": "Share from",
    "share_high": "Share to",
    "part": "Share in it",
    "alone": "AUC alone",
    "pooled": "Partly pooled",
}
LIMITS = {
    "estimate": ("low", "high"),
    "share": ("share_low", "share_high"),
    "auc": ("auc_low", "auc_high"),
    "pooled": ("pooled_low", "pooled_high"),
}
SHARES = ("share", "population", "part", "negatives", "positives", "negatives_low", "positives_low")
COUNTS = ("n", "rows", "numerator", "denominator", "strata", "needed", "verified", "people")
GAPS = (
    "estimate",
    "low",
    "high",
    "low_adjusted",
    "high_adjusted",
    "expected_by_chance",
    "smallest_detectable",
    "pooled",
)
INTERVAL = "Interval"
NO_METRICS: Mapping[str, MetricText] = {}
MOST = 400


def readable(frame: pd.DataFrame, metrics: Mapping[str, MetricText] = NO_METRICS) -> pd.DataFrame:
    """Write a tidy table for people: every cell text, no column that says nothing.

    Parameters
    ----------
    frame : DataFrame
        Such as an audit's rates, disparities or the table behind a plot. Where ``frame.attrs["columns"]`` holds
        :class:`~biasaudit.reporting.report.Column`, those say how columns are written; else their names do.
    metrics : mapping of str to MetricText
        Those of the report, which know in which unit the audit writes each metric; else the metric's row does.

    Returns
    -------
    DataFrame
        Of text that is not escaped; an interval stands in a column of its own next to its value. A value that does
        not exist is a dash, and columns that hold none are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"metric": "base_rate", "group": {"sex": "F"}, "estimate": 0.5, "low": 0.4, "high": 0.6, "reason": ""}
    >>> readable(pd.DataFrame([row])).iloc[0].to_dict()
    {'Metric': 'base rate', 'Group': 'F', 'Value': '50.0 %', 'Interval': '40.0 to 60.0 %'}
    """
    import pandas as pd

    given: tuple[Column, ...] = tuple(frame.attrs.get("columns", ()))
    rows: list[dict[str, Any]] = frame.to_dict("records")  # type: ignore[assignment]
    named = [str(name) for name in frame.columns]
    rows = [dict(zip(named, row.values(), strict=True)) for row in rows]
    columns = given or tuple(_column(name, named, rows) for name in named if not _is_limit(name, named))
    cells: dict[str, list[str]] = {}
    for column in columns:
        texts = [_cell(column, row.get(column.name), row, metrics) for row in rows]
        if any(text not in ("", NO_VALUE) for text in texts):
            cells[_free(column.words, cells)] = [text or NO_VALUE for text in texts]
        if column.limits is not None:
            intervals = [_interval(column, row, metrics) for row in rows]
            if any(intervals):
                cells[_free(INTERVAL, cells)] = [text or NO_VALUE for text in intervals]
    return pd.DataFrame(cells, index=range(len(rows)))


def _free(words: str, taken: Mapping[str, Any]) -> str:
    """Name a column once: further ones of the same words get a number."""
    if words not in taken:
        return words
    return next(name for i in range(2, len(taken) + 3) if (name := f"{words} ({i})") not in taken)


def _is_limit(name: str, names: Sequence[str]) -> bool:
    return any(name in ends and of in names and set(ends) <= set(names) for of, ends in LIMITS.items())


def _column(name: str, names: Sequence[str], rows: Sequence[Record]) -> Column:
    """Guess from its name how a column is written."""
    ends = LIMITS.get(name)
    limits = ends if ends and set(ends) <= set(names) else None
    words = HEADS.get(name) or clean(name).replace("_", " ").capitalize()
    return Column(name, words, _kind(name, names, rows), limits)


def _kind(name: str, names: Sequence[str], rows: Sequence[Record]) -> str:
    if any(isinstance(row[name], Mapping) for row in rows):
        return "group"
    if name in ("verdict", "metric", "kind"):
        return name
    if name in ("p_value", "p_adjusted", "p"):
        return "p_value"
    if name in GAPS and "metric" in names:
        return "metric_value"
    if name in COUNTS:
        return "count"
    if name in SHARES or (name in GAPS and "denominator" in names):
        return "share"
    return "any"


def _cell(column: Column, cell: Any, row: Record, metrics: Mapping[str, MetricText]) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return NO_VALUE
    writer = WRITERS.get(column.kind)
    if writer is not None and not isinstance(cell, str | bool):
        return writer(cell)
    if column.kind == "metric_value":
        return _metric_value(row, cell, unit_in(metrics, row["metric"]))
    if column.kind == "verdict":
        verdict = SECTION_VERDICTS.get(cell)
        return f"{verdict.mark} {verdict.label}" if verdict else clean(cell)
    if column.kind in ("metric", "kind"):
        return KINDS.get(cell, clean(cell).replace("_", " "))
    return _any(cell)


def _any(cell: Any) -> str:
    """Write what no name explains: yes and no, whole numbers with commas, at most four digits that count."""
    if isinstance(cell, bool) or type(cell).__name__ == "bool":
        return "yes" if cell else "no"
    if isinstance(cell, Mapping):
        return level_name(cell)
    if isinstance(cell, tuple | list):
        return " × ".join(_any(item) for item in cell)
    if isinstance(cell, float) or type(cell).__name__.startswith("float"):
        if float(cell).is_integer() or not math.isfinite(cell):
            return number(float(cell), 0)
        return f"{float(cell):,.4g}".replace("-", "−") if abs(cell) >= 0.001 else "< 0.001" if cell > 0 else "> −0.001"
    if isinstance(cell, int) or type(cell).__name__.startswith(("int", "uint")):
        return f"{int(cell):,}".replace("-", "−")
    return clean(cell, MOST)


def _metric_value(row: Record, cell: float, unit: Unit) -> str:
    if row.get("comparison") in ("difference", "ratio"):
        return gap(unit, row["comparison"], cell)
    return value(unit, cell)


def _interval(column: Column, row: Record, metrics: Mapping[str, MetricText]) -> str:
    low, high = (row.get(end) for end in column.limits or ())
    if low is None or high is None or low != low or high != high:
        return ""
    if column.kind == "metric_value":
        unit = unit_in(metrics, row["metric"])
        if row.get("comparison") in ("difference", "ratio"):
            return gap_interval(unit, row["comparison"], low, high)
        return interval(low, high, unit)
    if column.kind == "share":
        return interval(low, high, "")
    texts = [_cell(column, end, row, metrics) for end in (low, high)]
    return " to ".join(texts)


WRITERS: dict[str, Callable[[Any], str]] = {
    "group": level_name,
    "count": count,
    "share": percent,
    "points": points,
    "number": number,
    "p_value": p_value,
}
