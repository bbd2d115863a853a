"""Reports as JSON, with a published schema."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.report import Report

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCHEMA_VERSION", "json_schema", "to_json"]

SCHEMA_VERSION = "1.0"
SCHEMA_ID = f"https://biasaudit.example/schema/audit-{SCHEMA_VERSION}.json"
VERDICTS = ["shown", "not shown", "cannot tell"]


def to_json(report: Report) -> str:
    """Write a report as JSON; what has no value is null, and `reason` says why.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        JSON that :func:`json_schema` describes.
    """
    document = {
        "$schema": SCHEMA_ID,
        "schema_version": SCHEMA_VERSION,
        "biasaudit_version": report.package_version,
        "title": report.title,
        "headline": report.headline,
        "rows": report.rows,
        "settings": dict(report.settings),
        "warnings": list(report.warnings),
        "findings": [
            {name: getattr(finding, name) for name in _FINDING["properties"]} for finding in report.findings
        ],
        "groups": _records(report.groups),
        "left_out": _records(report.left_out),
        "rates": _records(report.rates),
        "disparities": _records(report.disparities),
        "inequality": _records(report.inequality),
        "metrics": {
            name: {"label": text.label, "meaning": text.meaning, "source": text.source}
            for name, text in report.metrics.items()
        },
    }
    return json.dumps(_plain(document), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {name: table[name].tolist() for name in table.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "item"):
        return _plain(value.item())
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def _described(kind: Any, text: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": text, **more}


_NUMBER = ["number", "null"]
_GROUP = _described("object", "Feature to value; empty means everyone.", additionalProperties={"type": "string"})
_FEATURES = _described("array", "Sensitive features that split people.", items={"type": "string"})
_VERDICT = {"enum": VERDICTS, "description": "What the data allow to be said."}
_COMPARISON = {"enum": ["difference", "ratio"]}
_KIND = {"enum": ["range", "pair", "to_overall"], "description": "Over all groups, against the reference, against all."}
_FINDING = _object(
    {
        "sentence": _described("string", "What was found, in plain words."),
        "verdict": _VERDICT,
        "metric": {"type": "string"},
        "comparison": _COMPARISON,
        "kind": _KIND,
        "group": _GROUP,
        "reference": _GROUP,
    }
)
_RATE = _object(
    {
        "metric": {"type": "string"},
        "group": _GROUP,
        "numerator": _described(_NUMBER, "Rows (or weight) counted."),
        "denominator": _described(_NUMBER, "Rows (or weight) eligible."),
        "estimate": _described(_NUMBER, "Value; null where undefined."),
        "low": _described(_NUMBER, "Lower limit of the interval."),
        "high": _described(_NUMBER, "Upper limit of the interval."),
        "reason": _described("string", "Why a value is missing."),
    }
)
_DISPARITY = _object(
    {
        "metric": {"type": "string"},
        "comparison": _COMPARISON,
        "kind": _KIND,
        "sensitive_features": _FEATURES,
        "group": _GROUP,
        "reference": _GROUP,
        "estimate": _described(_NUMBER, "The gap; null where undefined."),
        "low": _described(_NUMBER, "Lower limit of its interval."),
        "high": _described(_NUMBER, "Upper limit; null where there is none."),
        "p_value": _described(_NUMBER, "Test that there is no gap.", minimum=0, maximum=1),
        "p_adjusted": _described(_NUMBER, "After Holm's correction over the audit.", minimum=0, maximum=1),
        "expected_by_chance": _described(_NUMBER, "Mean gap if all groups shared one rate."),
        "smallest_detectable": _described(_NUMBER, "Gap that would be shown in 4 of 5 such tables."),
        "material": _described(["boolean", "null"], "Whether the gap is past the tolerance."),
        "verdict": _VERDICT,
        "reason": _described("string", "Why a value is missing."),
    }
)
_ROWS = {"type": "integer", "minimum": 0}
_INEQUALITY = _object(
    {
        "index": {"enum": ["generalized_entropy", "theil"]},
        "sensitive_features": _FEATURES,
        "part": {"enum": ["total", "between", "within"]},
        **{name: {"type": _NUMBER} for name in ("estimate", "low", "high")},
    }
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the reports.

    Examples
    --------
    >>> json_schema()["properties"]["schema_version"]
    {'const': '1.0'}
    """

    def many(item: dict[str, Any]) -> dict[str, Any]:
        return {"type": "array", "items": item}

    properties = {
        "$schema": {"const": SCHEMA_ID},
        "schema_version": {"const": SCHEMA_VERSION},
        "biasaudit_version": {"type": "string"},
        "title": {"type": "string"},
        "headline": _described("string", "The answer in one sentence."),
        "rows": _ROWS,
        "settings": {"type": "object"},
        "warnings": many({"type": "string"}),
        "findings": many(_FINDING),
        "groups": many(
            _object({"sensitive_features": _FEATURES, "group": _GROUP, "rows": _ROWS, "share": {"type": "number"}})
        ),
        "left_out": many(_object({"reason": {"type": "string"}, "group": _GROUP, "rows": _ROWS})),
        "rates": many(_RATE),
        "disparities": many(_DISPARITY),
        "inequality": many(_INEQUALITY),
        "metrics": {
            "type": "object",
            "additionalProperties": _object({name: {"type": "string"} for name in ("label", "meaning", "source")}),
        },
    }
    return _object(
        properties,
        **{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": "biasaudit report"},
    )
