"""The verdict of a policy in words: for a terminal, and as Markdown."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biasaudit.reporting.markdown import escape, section_blocks
from biasaudit.reporting.sections import section_lines
from biasaudit.reporting.text import clean, count

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = ["OUTCOMES", "OutcomeWords", "about", "check_to_markdown", "check_to_text", "headline"]


@dataclass(frozen=True)
class OutcomeWords:
    """An outcome on screen: words, a mark for text, and the verdict whose colours and shape it shares."""

    label: str
    mark: str
    verdict: str


OUTCOMES = {
    "pass": OutcomeWords("Holds", "✓", "not shown"),
    "fail": OutcomeWords("Does not hold", "✗", "shown"),
    "cannot tell": OutcomeWords("Cannot tell", "?", "cannot tell"),
    "waived": OutcomeWords("Waived", "–", "cannot tell"),
    "not judged": OutcomeWords("Not judged", "–", "cannot tell"),
}
HEADLINES = {
    "pass": "Every rule holds{waived}.",
    "fail": "{n} of {all} rules do not hold{waived}.",
    "cannot tell": "Of {n} of {all} rules the data cannot tell whether they hold. That is not a pass{waived}.",
    "not judged": "Nothing was judged: the policy sets no limit. Its tables are below.",
}
ONE_RULE = HEADLINES | {
    "fail": "The rule does not hold{waived}.",
    "cannot tell": "The data cannot tell whether the rule holds. That is not a pass{waived}.",
}


def headline(result: CheckResult) -> str:
    """Say in one sentence what came of it."""
    waived = sum(rule.outcome == "waived" for rule in result.rules)
    added = f"; {waived} {'is' if waived == 1 else 'are'} waived" if waived else ""
    number = sum(rule.outcome == result.outcome for rule in result.rules)
    headlines = ONE_RULE if len(result.rules) == 1 else HEADLINES
    return headlines[result.outcome].format(n=number, all=len(result.rules), waived=added)


def about(result: CheckResult) -> str:
    """Say what was held against what."""
    owner = f", answered for by {clean(result.owner, 80)}" if result.owner else ""
    return f"{clean(result.title, 120)}: {count(result.rows)} rows, by {clean(result.source, 120)}{owner}, {result.on}."


def rule_sentence(rule: RuleResult) -> str:
    """Say what a rule came to, with its reason and who answers for it."""
    reason = f" Why: {clean(rule.rule.reason, 300)}" if rule.rule.reason and rule.outcome != "pass" else ""
    owner = f" Ask: {clean(rule.rule.owner, 80)}." if rule.rule.owner and rule.outcome != "pass" else ""
    return f"{rule.sentence}{reason}{owner}"


def check_to_text(result: CheckResult, *, width: int = 100) -> str:
    """Write the verdict for a terminal.

    Parameters
    ----------
    result : CheckResult
    width : int
        Columns of the terminal.
    """
    words = OUTCOMES[result.outcome]
    lines = _wrap(f"Policy “{clean(result.policy, 120)}”: {words.mark} {words.label}. {headline(result)}", width)
    lines += _wrap(about(result), width)
    for rule in result.rules:
        words = OUTCOMES[rule.outcome]
        lines += _wrap(f"{words.mark} {words.label}: {clean(rule.name, 80)}. {rule_sentence(rule)}", width, "  ")
    for note in result.notes:
        lines += _wrap(f"Note: {clean(note, 400)}", width)
    for section in result.sections:
        lines += ["", *section_lines(section, result.settings, width=width)]
    for said in result.says:
        lines += ["", *_wrap(clean(said, 600), width)]
    return "\n".join(lines)


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, max(20, width), initial_indent=indent, subsequent_indent=indent * 2, break_on_hyphens=False
    )


def check_to_markdown(result: CheckResult) -> str:
    """Write the verdict as Markdown; nothing that comes from the data can act as markup."""
    words = OUTCOMES[result.outcome]
    blocks = [
        f"# {words.mark} {escape(clean(result.policy, 120))}: {words.label.lower()}",
        f"**{escape(headline(result))}**",
        escape(about(result)),
        "\n".join(
            f"- {OUTCOMES[rule.outcome].mark} **{OUTCOMES[rule.outcome].label}**: {escape(clean(rule.name, 80))}. "
            f"{escape(rule_sentence(rule))}"
            for rule in result.rules
        ),
        "\n".join(f"- {escape(note)}" for note in result.notes),
        *(block for section in result.sections for block in section_blocks(section, result.settings)),
        *(escape(said) for said in result.says),
        f"biasaudit {escape(result.package_version)}",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
