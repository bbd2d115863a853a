"""The verdict of a policy as JSON, and the schema of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from biasaudit.policy.formats.texts import headline
from biasaudit.reporting.formats.as_json import plain_json

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = ["CHECK_SCHEMA_ID", "CHECK_SCHEMA_VERSION", "check_schema", "check_to_json"]

CHECK_SCHEMA_VERSION = "1.2"
CHECK_SCHEMA_ID = f"urn:biasaudit:check:{CHECK_SCHEMA_VERSION}"
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
GROUP = {"type": "object", "additionalProperties": TEXT}


def check_to_json(result: CheckResult) -> str:
    """Write the verdict as JSON that any strict reader takes; the same verdict gives the same text."""
    document = {
        "$schema": CHECK_SCHEMA_ID,
        "schema_version": CHECK_SCHEMA_VERSION,
        "biasaudit_version": result.package_version,
        "policy": result.policy,
        "source": result.source,
        "owner": result.owner,
        "audited": result.title,
        "rows": result.rows,
        "on": str(result.on),
        "outcome": result.outcome,
        "headline": headline(result),
        "exit_code": result.exit_code,
        "rules": [_rule(rule) for rule in result.rules],
        "notes": list(result.notes),
        "says": list(result.says),
        "settings": dict(sorted(result.settings.items())),
        "sections": [vars(s) | {"columns": [vars(column) for column in s.columns]} for s in result.sections],
    }
    text = json.dumps(plain_json(document), indent=1, ensure_ascii=False, allow_nan=False)
    # Half a character (a lone surrogate) cannot be written as UTF-8; its escape can.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _rule(result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    return {
        "name": result.name,
        "outcome": result.outcome,
        "sentence": result.sentence,
        "line": result.line,
        "metric": rule.metric,
        "comparison": rule.comparison,
        "max": rule.max,
        "min": rule.min,
        "max_sd": rule.max_sd,
        "reason": rule.reason,
        "owner": rule.owner,
        "waiver": {"until": str(rule.waiver.until), "reason": rule.waiver.reason} if rule.waiver else None,
        "judged": [vars(one) for one in result.judged],
    }


def check_schema() -> dict[str, Any]:
    """Return the JSON Schema of verdicts.

    Examples
    --------
    >>> check_schema()["properties"]["outcome"]["enum"]
    ['pass', 'fail', 'cannot tell', 'not judged']
    """
    judged = _object(
        {
            "state": {"enum": ["within", "past", "cannot tell"]},
            "sentence": TEXT,
            "what": {"enum": ["limit", "baseline"]},
            "features": TEXTS,
            "group": GROUP,
            "reference": GROUP,
            "estimate": NUMBER,
            "low": NUMBER,
            "high": NUMBER,
            "rows": NUMBER,
        }
    )
    waiver = {"anyOf": [{"type": "null"}, _object({"until": TEXT, "reason": TEXT})]}
    rule = _object(
        {
            "name": TEXT,
            "outcome": {"enum": ["pass", "fail", "cannot tell", "waived"]},
            "sentence": TEXT,
            "line": {"type": "integer", "minimum": 1},
            "metric": TEXT,
            "comparison": TEXT,
            "max": NUMBER,
            "min": NUMBER,
            "max_sd": NUMBER,
            "reason": TEXT,
            "owner": TEXT,
            "waiver": waiver,
            "judged": {"type": "array", "items": judged},
        }
    )
    properties = {
        "$schema": {"const": CHECK_SCHEMA_ID},
        "schema_version": {"const": CHECK_SCHEMA_VERSION},
        "biasaudit_version": TEXT,
        "policy": TEXT,
        "source": TEXT,
        "owner": TEXT,
        "audited": TEXT,
        "rows": {"type": "integer", "minimum": 0},
        "on": TEXT,
        "outcome": {"enum": ["pass", "fail", "cannot tell", "not judged"]},
        "headline": TEXT,
        "exit_code": {"enum": [0, 1, 3]},
        "rules": {"type": "array", "items": rule},
        "notes": TEXTS,
        "says": TEXTS,
        "settings": {"type": "object"},
        "sections": {"type": "array", "items": {"type": "object"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": CHECK_SCHEMA_ID,
        "title": "biasaudit verdict",
        **_object(properties),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
