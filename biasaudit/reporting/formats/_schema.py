"""The published JSON Schema of reports (draft 2020-12): every column with its meaning."""

from __future__ import annotations

from typing import Any

__all__ = ["COLUMNS", "SCHEMA_ID", "SCHEMA_VERSION", "json_schema"]

SCHEMA_VERSION = "1.4"
SCHEMA_ID = f"urn:biasaudit:report:{SCHEMA_VERSION}"

Schema = dict[str, Any]


UNIT_DETAILS: dict[str, Schema] = {
    "word": {"description": "Written after a value; null for the name of the unit."},
    "gap_word": {"description": "Written after a gap; null for what is written after a value."},
    "factor": {"description": "What a value is multiplied by before it is written."},
    "digits": {"description": "Digits after the point."},
    "small": {"description": "Gap that is too small to matter; null where any gap matters."},
}


def _column(kind: Any, text: str, **more: Any) -> Schema:
    return {"type": kind, "description": text, **more}


NUMBER = ["number", "null"]
METRIC = _column("string", "Name of the metric; `metrics` has its words.")
GROUP = _column("object", "Feature to value; empty means everyone.", additionalProperties={"type": "string"})
FEATURES = _column("array", "Sensitive features that split people.", items={"type": "string"})
COMPARISON = _column("string", "How two rates are held against each other.", enum=["difference", "ratio"])
KIND = _column(
    "string",
    "range: the widest gap over all groups (group has the higher rate, reference the lower). pair: group against "
    "reference, which is the reference group or, where groups are seen to differ, any other. to_overall: group against "
    "everyone.",
    enum=["range", "pair", "to_overall"],
)
FINDING_KIND = KIND | {
    "description": f"{KIND['description']} section: said by a section of its own, named by metric.",
    "enum": [*KIND["enum"], "section"],
}
VERDICT = _column(
    "string",
    "shown: zero is excluded after adjustment for all that was compared. not shown: the interval lies inside the "
    "tolerance. cannot tell: anything else; never a pass.",
    enum=["shown", "not shown", "cannot tell"],
)
REASON = _column("string", "Why a value is missing; empty where none is.")
GAP_REASON = _column(
    "string",
    "Why a value is missing, whom a range leaves out, or that the data cannot tell although an interval of the gap, by "
    "itself, leaves out no gap; empty where there is nothing to say.",
)
ROWS = _column("integer", "Rows of data.", minimum=0)
LOW, HIGH = _column(NUMBER, "Lower limit of its interval."), _column(NUMBER, "Upper limit of its interval.")

COLUMNS: dict[str, Schema] = {
    "findings": {
        "sentence": _column("string", "What was found, in plain words."),
        "verdict": VERDICT,
        "metric": METRIC,
        "comparison": COMPARISON,
        "kind": FINDING_KIND,
        "group": GROUP,
        "reference": GROUP,
    },
    "groups": {
        "sensitive_features": FEATURES,
        "group": GROUP,
        "rows": ROWS,
        "share": _column(NUMBER, "Share of all rows."),
    },
    "left_out": {
        "reason": _column("string", "Why the rows could not be used."),
        "group": GROUP,
        "rows": ROWS,
    },
    "rates": {
        "metric": METRIC,
        "group": GROUP,
        "numerator": _column(NUMBER, "Rows, or weight, counted; null for measures that are no share."),
        "denominator": _column(NUMBER, "Rows, or weight, eligible."),
        "estimate": _column(NUMBER, "Value of the metric; null where it is undefined."),
        "low": LOW,
        "high": HIGH,
        "pooled": _column(
            NUMBER,
            "The rate drawn towards that of all groups, the more the fewer rows it rests on; null if not pooled.",
        ),
        "pooled_low": LOW,
        "pooled_high": HIGH,
        "reason": REASON,
    },
    "disparities": {
        "metric": METRIC,
        "comparison": COMPARISON,
        "kind": KIND,
        "sensitive_features": FEATURES,
        "group": GROUP,
        "reference": GROUP,
        "estimate": _column(NUMBER, "The gap, group minus or divided by reference; null where it is undefined."),
        "low": LOW,
        "high": HIGH,
        "p_value": _column(NUMBER, "Test that there is no gap.", minimum=0, maximum=1),
        "p_adjusted": _column(NUMBER, "The same after adjustment for all that was compared.", minimum=0, maximum=1),
        "low_adjusted": _column(NUMBER, "Lower limit at the level at which the gap is judged; null where undefined."),
        "high_adjusted": _column(NUMBER, "Upper limit, likewise; null where it is infinite, too."),
        "expected_by_chance": _column(NUMBER, "Mean gap if all groups shared one rate."),
        "smallest_detectable": _column(NUMBER, "Gap that would be shown in 4 of 5 such audits."),
        "material": _column(
            ["boolean", "null"], "Whether difference or ratio is past its tolerance; null where undefined."
        ),
        "verdict": VERDICT,
        "reason": GAP_REASON,
    },
    "inequality": {
        "index": _column("string", "Index of inequality between people."),
        "sensitive_features": FEATURES,
        "part": _column("string", "The whole, or a part of it.", enum=["total", "between", "within"]),
        "estimate": _column(NUMBER, "Value of the index; null where it is undefined."),
        "low": LOW,
        "high": HIGH,
    },
}


# Where there are several classes: the class that a rate is of.
CLASS = _column("string", "Class held against all others; empty where the metric is of all classes together.")
OF_CLASSES = ("findings", "rates", "disparities")


def _object(properties: Schema, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def _table(name: str, columns: Schema) -> Schema:
    """Describe a list of rows; where an estimate is null, the reason must say why."""
    row = _object(columns)
    if name in OF_CLASSES:
        row["properties"] = columns | {"class": CLASS}
    if "estimate" in columns and "reason" in columns:
        row["if"] = {"properties": {"estimate": {"type": "null"}}}
        row["then"] = {"properties": {"reason": {"minLength": 1}}}
    return {"type": "array", "items": row}


def _sections() -> Schema:
    """Describe what an audit says beyond rates and gaps; reports without such sections leave them out."""
    text = {"type": "string"}
    columns = _object({"name": text, "words": text, "kind": text, "limits": {"type": ["array", "null"], "items": text}})
    properties = {
        "name": _column("string", "Name of the section."),
        "title": _column("string", "Its heading."),
        "sentences": _column("array", "What to know before reading the table.", items=text),
        "columns": _column("array", "What the table shows; `limits` name the ends of an interval.", items=columns),
        "rows": _column("array", "Rows by the names of the columns and limits.", items={"type": "object"}),
    }
    return {"type": "array", "items": _object(properties)}


def _distributions() -> Schema:
    """Describe how numbers are spread; audits of yes and no leave it out."""
    numbers = {"items": {"type": NUMBER}}
    properties = {
        "variable": _column("string", "The outcome, or the prediction.", enum=["outcome", "prediction"]),
        "group": GROUP,
        "rows": _column("number", "Rows it is of, or the sum of their weights."),
        "low": _column("array", "Lower edges of the bins.", **numbers),
        "share": _column("array", "Share of the rows in each bin.", **numbers),
        "width": _column("number", "Width of every bin."),
        "quantiles": _column("array", "Values that 5, 25, 50, 75 and 95 % of the rows are at or below.", **numbers),
        "mean": _column(NUMBER, "Mean."),
        "mean_low": LOW,
        "mean_high": HIGH,
    }
    return {"type": "array", "items": _object(properties)}


def _unit_details() -> Schema:
    """Describe a unit of the audit's own; metrics whose unit the package declares leave it out."""
    text = {"type": ["string", "null"]}
    number, whole, no_number = ({"type": kind} for kind in ("number", "integer", NUMBER))
    kinds: Schema = {"word": text, "gap_word": text, "factor": number, "digits": whole, "small": no_number}
    properties = {name: {**kinds[name], **detail} for name, detail in UNIT_DETAILS.items()}
    return _object(properties) | {"description": "How values and gaps in a unit of the audit's own are written."}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the reports.

    Examples
    --------
    >>> json_schema()["properties"]["schema_version"]
    {'const': '1.4'}
    """
    words = _object({name: {"type": "string"} for name in ("label", "meaning", "source", "unit")})
    words["properties"] = words["properties"] | {"unit_details": _unit_details()}
    properties = {
        "$schema": {"const": SCHEMA_ID},
        "schema_version": {"const": SCHEMA_VERSION},
        "biasaudit_version": _column("string", "Version of the package that wrote the report."),
        "title": _column("string", "What was audited."),
        "headline": _column("string", "The answer in one sentence."),
        "positive": _column("string", "Which values count as positive; empty where none do, or nobody knows."),
        "rows": ROWS,
        "settings": _column("object", "What the audit was asked."),
        "metrics": _column("object", "Words for each metric by its name.", additionalProperties=words),
        "warnings": _column("array", "What a reader has to know first.", items={"type": "string"}),
        **{name: _table(name, columns) for name, columns in COLUMNS.items()},
    }
    described = _object(properties)
    described["properties"] = properties | {"sections": _sections(), "distributions": _distributions()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "biasaudit report",
        **described,
    }
