"""The verdict of a policy as SARIF 2.1.0, which code hosts show beside the line of the policy."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from biasaudit.names import clean

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = ["to_sarif"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# A kind other than "fail" has no level, and hosts show none of it: what the data cannot tell has to be seen.
KINDS = {
    "fail": ("fail", "error"),
    "cannot tell": ("fail", "warning"),
    "waived": ("fail", "error"),
    "pass": ("pass", "none"),
}
# There was too little to decide by, and the policy lets it pass.
OPEN = ("open", "none")
# Changes if what goes into the fingerprint does, so that hosts do not take the new ones for other findings' old ones.
FINGERPRINT = "biasaudit/v1"


def to_sarif(result: CheckResult) -> str:
    """Write the verdict as SARIF.

    Parameters
    ----------
    result : CheckResult

    Returns
    -------
    str
        A run with a rule and a result for each rule of the policy; a waived one is suppressed, and one that the policy
        lets pass is open. Each has the partial fingerprint "biasaudit/v1", by which hosts know it again.

    References
    ----------
    OASIS (2020), Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
    """
    ids = _ids(result)
    driver = {
        "name": "biasaudit",
        "version": result.package_version,
        "semanticVersion": result.package_version,
        "rules": [_rule(rule, ids[at]) for at, rule in enumerate(result.rules)],
    }
    run = {
        "tool": {"driver": driver},
        "results": [_result(rule, ids[at], at, result) for at, rule in enumerate(result.rules)],
        "columnKind": "unicodeCodePoints",
        "properties": {"policy": _text(result.policy), "outcome": result.outcome, "audited": _text(result.title)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _ids(result: CheckResult) -> list[str]:
    return [_text(rule.name) for rule in result.rules]


def _rule(rule: RuleResult, name: str) -> dict[str, Any]:
    text = rule.rule.reason or f"{rule.rule.metric}, {rule.rule.comparison}"
    return {
        "id": name,
        "shortDescription": {"text": name},
        "fullDescription": {"text": _text(text)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"owner": _text(rule.rule.owner), "metric": _text(rule.rule.metric)},
    }


def _result(rule: RuleResult, name: str, at: int, result: CheckResult) -> dict[str, Any]:
    kind, level = OPEN if rule.outcome == "pass" and not rule.holds else KINDS[rule.outcome]
    region = {"artifactLocation": {"uri": _uri(result.source)}, "region": {"startLine": rule.line}}
    made: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": at,
        "kind": kind,
        "level": level,
        "message": {"text": _text(rule.sentence)},
        "locations": [{"physicalLocation": region}],
        "partialFingerprints": {FINGERPRINT: _fingerprint(result.policy, rule.name)},
        "properties": {"outcome": rule.outcome},
    }
    if rule.outcome == "waived" and rule.rule.waiver:
        made["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": _text(rule.rule.waiver.reason)}
        ]
    return made


def _fingerprint(policy: str, rule: str) -> str:
    """Tell one rule from another by the names of policy and rule, which stay while lines and figures move."""
    return hashlib.sha256(json.dumps([policy, rule]).encode()).hexdigest()


def _uri(source: str) -> str:
    """Write a path as a reference; a ready policy is no file and stands by its name."""
    path = PurePath(source)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _text(text: str) -> str:
    return clean(text, 2000).encode("utf-8", "replace").decode()
