"""The verdict of a policy in GitHub Actions: annotations on the policy's lines, and the summary of the job."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from biasaudit.github_output import command
from biasaudit.names import clean

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = ["annotations", "write_summary"]

# GitHub shows no more of a type in a step.
MOST = 10
TYPES = {"fail": "error", "cannot tell": "warning", "waived": "notice"}
# GitHub takes summaries of up to a megabyte a step.
MOST_BYTES = 1_000_000


def annotations(result: "CheckResult") -> list[str]:
    """Write a command for each rule that does not plainly hold, at most ten of a type.

    Parameters
    ----------
    result : CheckResult

    Returns
    -------
    list of str
        Names of groups and rules are data: nothing in them can start another command.
    """
    lines = []
    for outcome, kind in TYPES.items():
        found = [rule for rule in result.rules if rule.outcome == outcome]
        shown = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_command(kind, rule, result) for rule in shown]
        if len(found) > len(shown):
            left = len(found) - len(shown)
            lines.append(command(kind, f"And {left} more rules: see the summary of the job.", title="biasaudit"))
    return lines


def _command(kind: str, rule: "RuleResult", result: "CheckResult") -> str:
    title = f"{clean(result.policy, 80)}: {clean(rule.name, 80)}"
    # A ready policy is no file of the repository, so there is no line to point at.
    place = {"file": result.source, "line": str(rule.line)} if Path(result.source).suffix else {}
    return command(kind, clean(rule.sentence, 1000), **place, title=title)


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
