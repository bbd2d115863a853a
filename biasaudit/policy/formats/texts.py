"""The verdict of a policy in words: for a terminal, and as Markdown."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biasaudit.names import clean
from biasaudit.reporting.formats.markdown import escape, opening, section_blocks
from biasaudit.reporting.formats.sections import section_lines
from biasaudit.reporting.words.text import count

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult, RuleResult

__all__ = [
    "OutcomeLabel",
    "about",
    "check_to_markdown",
    "check_to_text",
    "headline",
    "rule_sentence",
    "rule_words",
    "words_of",
]


@dataclass(frozen=True)
class OutcomeLabel:
    """An outcome on screen: words, a mark for text, and the verdict whose colours and shape it shares."""

    label: str
    mark: str
    verdict: str


OUTCOMES = {
    "pass": OutcomeLabel("Holds", "✓", "not shown"),
    "fail": OutcomeLabel("Does not hold", "✗", "shown"),
    "cannot tell": OutcomeLabel("Cannot tell", "?", "cannot tell"),
    "waived": OutcomeLabel("Waived", "–", "cannot tell"),
    "not judged": OutcomeLabel("Not judged", "–", "cannot tell"),
}
# What passes without holding: a rule that is let pass, and a policy with one, or with a waiver.
LET_PASS = OutcomeLabel("Let pass", "?", "cannot tell")
EXCEPTED = OutcomeLabel("Passes with exceptions", "–", "cannot tell")
HEADLINES = {
    "pass": "Every rule holds.",
    "fail": "{n} of {all} rules do not hold{excepted}.",
    "cannot tell": "Of {n} of {all} rules the data cannot tell whether they hold. That is not a pass{excepted}.",
    "not judged": "Nothing was judged: the policy sets no limit. Its tables are below.",
}
ONE_RULE = HEADLINES | {
    "fail": "The rule does not hold.",
    "cannot tell": "The data cannot tell whether the rule holds. That is not a pass.",
}
EXCEPTIONS = "{n} of {all} rules hold{excepted}."


def words_of(result: CheckResult) -> OutcomeLabel:
    """Choose the words for a verdict: what passes with exceptions is not said to hold."""
    return EXCEPTED if result.outcome == "pass" and not result.holds else OUTCOMES[result.outcome]


def rule_words(rule: RuleResult) -> OutcomeLabel:
    """Choose the words for a rule: what is let pass is not said to hold."""
    return LET_PASS if rule.outcome == "pass" and not rule.holds else OUTCOMES[rule.outcome]


def headline(result: CheckResult) -> str:
    """Say in one sentence what came of it."""
    if result.outcome == "pass" and not result.holds:
        holding = sum(rule.holds for rule in result.rules)
        return EXCEPTIONS.format(n=holding, all=len(result.rules), excepted=_excepted(result))
    number = sum(rule.outcome == result.outcome for rule in result.rules)
    headlines = ONE_RULE if len(result.rules) == 1 else HEADLINES
    return headlines[result.outcome].format(n=number, all=len(result.rules), excepted=_excepted(result))


def _excepted(result: CheckResult) -> str:
    """Say which rules decide nothing: the waived ones, and those that pass whatever the data can tell."""
    ends = sorted(rule.rule.waiver.until for rule in result.rules if rule.outcome == "waived")
    let_pass = sum(rule.outcome == "pass" and not rule.holds for rule in result.rules)
    waived = f"; {len(ends)} {'is' if len(ends) == 1 else 'are'} waived" if ends else ""
    waived += f" until {ends[0]}{' or later' if ends[-1] > ends[0] else ''}" if ends else ""
    return f"{waived}; of {let_pass} the data cannot tell, which the policy takes for a pass" if let_pass else waived


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
    words = words_of(result)
    lines = _wrap(f"Policy “{clean(result.policy, 120)}”: {words.mark} {words.label}. {headline(result)}", width)
    lines += _wrap(about(result), width)
    for rule in result.rules:
        words = rule_words(rule)
        lines += _wrap(f"{words.mark} {words.label}: {clean(rule.name, 80)}. {rule_sentence(rule)}", width, "  ")
    for note in result.notes:
        lines += _wrap(f"Note: {clean(note, 400)}", width)
    for section in result.sections:
        lines += ["", *section_lines(section, result.settings, width=width)]
    for text in result.says:
        lines += ["", *_wrap(clean(text, 600), width)]
    return "\n".join(lines)


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, max(20, width), initial_indent=indent, subsequent_indent=indent * 2, break_on_hyphens=False
    )


def check_to_markdown(result: CheckResult) -> str:
    """Write the verdict as Markdown; nothing that comes from the data can act as markup."""
    words = words_of(result)
    blocks = [
        f"# {words.mark} {escape(clean(result.policy, 120))}: {words.label.lower()}",
        f"**{escape(headline(result))}**",
        opening(about(result)),
        "\n".join(
            f"- {rule_words(rule).mark} **{rule_words(rule).label}**: {escape(clean(rule.name, 80))}. "
            f"{escape(rule_sentence(rule))}"
            for rule in result.rules
        ),
        "\n".join(f"- {opening(note)}" for note in result.notes),
        *(block for section in result.sections for block in section_blocks(section, result.settings)),
        *(opening(text) for text in result.says),
        f"biasaudit {escape(result.package_version)}",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
