"""The verdict of a policy as one page of HTML that opens offline; the template escapes what comes from the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biasaudit.names import clean
from biasaudit.policy.formats.texts import OutcomeLabel, about, headline, rule_sentence, rule_words, words_of
from biasaudit.reporting.formats.html import environment, section_pages
from biasaudit.reporting.words.words import VERDICTS

if TYPE_CHECKING:
    from biasaudit.policy.verdict import CheckResult

__all__ = ["check_to_fragment", "check_to_html"]


def check_to_html(result: CheckResult) -> str:
    """Write the verdict as a page of HTML without scripts, fonts, pictures or links to anywhere else."""
    return environment().get_template("check.html").render(page=_page(result)).lstrip()


def check_to_fragment(result: CheckResult) -> str:
    """Write the verdict as a piece of HTML for a notebook."""
    return environment().get_template("check_fragment.html").render(page=_page(result)).lstrip()


def _page(result: CheckResult) -> dict[str, Any]:
    return {
        "title": f"{clean(result.policy, 120)}: {words_of(result).label.lower()}",
        "headline": headline(result),
        "verdict": _chip(words_of(result)),
        "about": about(result),
        "rules": [
            {
                "verdict": _chip(rule_words(rule)),
                "name": clean(rule.name, 80),
                "sentence": rule_sentence(rule),
                "more": [one.sentence for one in rule.judged] if len(rule.judged) > 1 else [],
            }
            for rule in result.rules
        ],
        "notes": [clean(note, 600) for note in result.notes],
        "sections": section_pages(result.sections, result.settings),
        "says": [clean(text, 800) for text in result.says],
        "version": clean(result.package_version),
    }


def _chip(words: OutcomeLabel) -> dict[str, str]:
    return {
        "slug": words.verdict.replace(" ", "-"),
        "label": words.label,
        "shape": VERDICTS[words.verdict].shape,
    }
