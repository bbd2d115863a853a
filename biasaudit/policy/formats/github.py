"""The verdict of a policy in GitHub Actions: annotations on the policy's lines, and the summary of the job."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from biasaudit.reporting.text import clean

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = ["annotations", "data", "is_github", "write_summary"]

# GitHub shows no more of a type in a step.
MOST = 10
TYPES = {"fail": "error", "cannot tell": "warning", "waived": "notice"}
# GitHub takes summaries of up to a megabyte a step.
MOST_BYTES = 1_000_000


def is_github(environment: Mapping[str, str]) -> bool:
    """Say whether this is a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def annotations(result: "CheckResult") -> list[str]:
    """Write a command for each rule that does not plainly hold, at most ten of a type.

    Parameters
    ----------
    result : CheckResult

    Returns
    -------
    list of str
        Names of groups and rules are data: nothing in them can start another command.

    References
    ----------
    GitHub Docs, "Workflow commands for GitHub Actions".
    """
    lines = []
    for outcome, kind in TYPES.items():
        found = [rule for rule in result.rules if rule.outcome == outcome]
        shown = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_command(kind, rule, result) for rule in shown]
        if len(found) > len(shown):
            left = len(found) - len(shown)
            lines.append(f"::{kind} title=biasaudit::{data(f'And {left} more rules: see the summary of the job.')}")
    return lines


def _command(kind: str, rule: "RuleResult", result: "CheckResult") -> str:
    title = f"{clean(result.policy, 80)}: {clean(rule.name, 80)}"
    # A ready policy is no file of the repository, so there is no line to point at.
    place = {"file": result.source, "line": str(rule.line)} if Path(result.source).suffix else {}
    properties = {**place, "title": title}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{data(clean(rule.sentence, 1000))}"


def data(text: str) -> str:
    r"""Escape what would end a command.

    Examples
    --------
    >>> data("50 %\n::error::x")
    '50 %25%0A::error::x'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(text).replace(":", "%3A").replace(",", "%2C")


def write_summary(text: str, environment: Mapping[str, str]) -> bool:
    """Add Markdown to the summary of the job; say whether there is one."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return False
    content = text.encode("utf-8", "replace")
    if len(content) > MOST_BYTES:
        content = content[:MOST_BYTES].rsplit(b"\n", 1)[0] + b"\n\nThe rest is in the reports.\n"
    # One write, appended: steps that run at once do not cut into each other.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError:
        return False
    try:
        os.write(handle, content)
    finally:
        os.close(handle)
    return True
