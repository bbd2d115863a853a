"""The verdict of a policy as JUnit XML, which every build server shows: a test case a rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from biasaudit.names import clean

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = ["to_junit"]

# What XML 1.0 cannot hold, escaped or not.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(result: CheckResult) -> str:
    """Write the verdict as JUnit XML.

    A rule that does not hold is a failure; one of which the data cannot tell is an error, never a success, or skipped
    where the policy lets it pass; a waived one is skipped, with the reason of the waiver.

    Parameters
    ----------
    result : CheckResult

    Returns
    -------
    str
        Valid by the schema of Jenkins' xunit plugin, junit-10.xsd.
    """
    outcomes = [rule.outcome for rule in result.rules]
    counts = {
        "tests": len(outcomes),
        "failures": outcomes.count("fail"),
        "errors": outcomes.count("cannot tell"),
        "skipped": sum(map(_skipped, result.rules)),
    }
    totals = {name: str(number) for name, number in counts.items()}
    root = ElementTree.Element(
        "testsuites", {"name": "biasaudit"} | {k: v for k, v in totals.items() if k != "skipped"}
    )
    attributes = {"name": _text(result.policy), "time": "0", "timestamp": f"{result.on}T00:00:00"}
    suite = ElementTree.SubElement(root, "testsuite", attributes | totals)
    for rule in result.rules:
        _case(suite, rule, result)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, rule: RuleResult, result: CheckResult) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", {"name": _text(rule.name), "classname": _text(result.policy), "time": "0"}
    )
    sentence = _text(rule.sentence)
    if _skipped(rule):
        ElementTree.SubElement(case, "skipped", {"message": sentence})
    elif rule.outcome != "pass":
        kind = "failure" if rule.outcome == "fail" else "error"
        found = ElementTree.SubElement(case, kind, {"message": sentence, "type": rule.outcome})
        found.text = "\n".join([f"{result.source}:{rule.line}", *(_text(one.sentence) for one in rule.judged)])
    else:
        ElementTree.SubElement(case, "system-out").text = sentence


def _skipped(rule: RuleResult) -> bool:
    """Say whether a rule decides nothing: it is waived, or passes though the data cannot tell."""
    return rule.outcome == "waived" or (rule.outcome == "pass" and not rule.holds)


def _text(text: str) -> str:
    return FORBIDDEN.sub("�", clean(text, 2000))
