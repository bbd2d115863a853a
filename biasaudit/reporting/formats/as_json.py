"""Reports as JSON that any strict reader takes: what has no value is null, and `reason` says why."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.metrics.registry import row_of
from biasaudit.reporting.distributions import Distribution
from biasaudit.reporting.formats._schema import (
    COLUMNS,
    OF_CLASSES,
    SCHEMA_ID,
    SCHEMA_VERSION,
    UNIT_DETAILS,
    json_schema,
)
from biasaudit.reporting.report import Finding, MetricText, Report
from biasaudit.reporting.words.breakdowns import records
from biasaudit.reporting.words.classes import CLASS_COLUMN, with_classes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCHEMA_VERSION", "json_schema", "plain_json", "to_json"]

NO_REASON = "not defined for these data"


def to_json(report: Report) -> str:
    """Write a report as JSON, a row of each table on a line of its own.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        JSON that :func:`json_schema` describes. The same report gives the same text.
    """
    scalars = {
        "$schema": SCHEMA_ID,
        "schema_version": SCHEMA_VERSION,
        "biasaudit_version": report.package_version,
        "title": report.title,
        "headline": report.headline,
        "positive": report.positive,
        "rows": report.rows,
        "settings": dict(sorted(report.settings.items())),
        "metrics": {name: _metric_words(name, text) for name, text in sorted(report.metrics.items())},
    }
    lists = {
        "warnings": report.warnings,
        "findings": [_finding(finding) for finding in report.findings],
        **{name: _rows(name, vars(report)[name]) for name in COLUMNS if name != "findings"},
    }
    if report.sections:
        lists["sections"] = [vars(s) | {"columns": [vars(column) for column in s.columns]} for s in report.sections]
    if report.distributions:
        lists["distributions"] = [_distribution(one) for one in report.distributions]
    parts = [f"{json.dumps(name)}: {_dump(value)}" for name, value in scalars.items()]
    parts += [f"{json.dumps(name)}: {_lines(items)}" for name, items in lists.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _finding(finding: Finding) -> dict[str, Any]:
    """List what a finding is of; its class, where it is of one."""
    row = {name: vars(finding)[name] for name in COLUMNS["findings"]}
    return row | ({"class": finding.class_name} if finding.class_name else {})


def _distribution(one: Distribution) -> dict[str, Any]:
    low, high = one.interval or (None, None)
    spread = {name: vars(one)[name] for name in ("variable", "group", "rows", "low", "share", "width", "quantiles")}
    return {**spread, "mean": one.mean, "mean_low": low, "mean_high": high}


def _metric_words(name: str, text: MetricText) -> dict[str, Any]:
    """Name the unit of a metric; one of the audit's own is described, since no row declares it."""
    unit = text.unit
    words = vars(text) | {"unit": unit.name}
    if unit == row_of(name).unit:
        return words
    return words | {"unit_details": {detail: vars(unit)[detail] for detail in UNIT_DETAILS}}


def _lines(items: Iterable[Any]) -> str:
    lines = ",\n".join(f" {_dump(item)}" for item in items)
    return f"[\n{lines}\n]" if lines else "[]"


def _dump(value: Any) -> str:
    text = json.dumps(plain_json(value), ensure_ascii=False, allow_nan=False)
    # Half a character (a lone surrogate) cannot be written as UTF-8; its escape can.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _rows(table: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into dicts with the published columns; a missing estimate always has a reason."""
    if not len(frame):
        return []
    names = list(COLUMNS[table])
    if table in OF_CLASSES:
        frame = with_classes(frame)
        names[1:1] = [CLASS_COLUMN] * (CLASS_COLUMN in frame)
    rows = records(frame.reindex(columns=names))
    if "reason" in COLUMNS[table] and "estimate" in COLUMNS[table]:
        for row in rows:
            row["reason"] = row["reason"] or ("" if math.isfinite(row["estimate"]) else NO_REASON)
    return rows


def plain_json(value: Any) -> Any:
    """Turn what JSON cannot hold into what it can; numbers without a value become null."""
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted(str(part) for part in value)
    return plain_json(value.item()) if hasattr(value, "item") else str(value)
