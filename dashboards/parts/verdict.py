"""How the verdict of a policy looks: each rule with its outcome, its figures folded away, and what to take along."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from biasaudit.policy import CheckResult
from biasaudit.policy.estimates import PAST, UNSURE, WITHIN
from biasaudit.policy.formats.texts import headline, rule_sentence, rule_words
from biasaudit.reporting.render import files_of, render
from parts import show
from parts.widgets import Download, download_buttons

__all__ = ["TomlText", "command", "take_along", "verdict"]

STATES = {WITHIN: ("not shown", "Within"), PAST: ("shown", "Past"), UNSURE: ("cannot tell", "Cannot tell")}
MOST_FIGURES = 40
OPTIONS = {
    "y_true": "--y-true",
    "y_pred": "--y-pred",
    "score": "--score",
    "threshold": "--threshold",
    "pos_label": "--pos-label",
}


class TomlText(str):
    """A text that printed code shows on the lines it has, where Python would read them as they are."""

    __slots__ = ()

    def __repr__(self) -> str:
        lines = self.split("\n")
        if len(lines) > 1 and all(line.isprintable() for line in lines) and not any(c in self for c in ("\\", "'''")):
            return f"'''\\\n{self!s}'''" if not self.endswith("'") else str.__repr__(self)
        return str.__repr__(self)


def verdict(found: CheckResult) -> None:
    """Show the outcome, each rule, and the tables that the policy asks for."""
    st.subheader(show.md(headline(found), 400))
    for rule in found.rules:
        words = rule_words(rule)
        show.verdict_words(words.verdict, words.label, f"{rule.name}. {rule_sentence(rule)}")
        if len(rule.judged) > 1:
            with st.expander(f"All {len(rule.judged)} figures of this rule"):
                for one in rule.judged[:MOST_FIGURES]:
                    name, label = STATES[one.state]
                    show.verdict_words(name, label, one.sentence)
    for note in found.notes:
        st.caption(show.md(note, 400))
    for section in found.sections:
        st.subheader(show.md(section.title))
        for sentence in section.sentences:
            st.markdown(show.md(sentence, 800))
        show.section(section, found.settings)
    for sentence in found.says:
        st.caption(show.md(sentence, 800))


def command(name: str, policy: str, baseline: str | None, arguments: Mapping[str, Any]) -> str:
    """Write the command that gives the same verdict.

    Parameters
    ----------
    name : str
        The data set, or the file.
    policy : str
        File of the policy, or name of a ready one.
    baseline : str or None
        File of the saved audit.
    arguments : mapping
        Columns that the policy does not name.
    """
    words = ["biasaudit", "check", name, "--policy", policy]
    for role, option in OPTIONS.items():
        value = arguments.get(role)
        words += [option, f"{value:g}" if isinstance(value, float) else str(value)] if value is not None else []
    for feature in arguments.get("sensitive_features") or ():
        words += ["--sensitive", feature]
    words += ["--baseline", baseline] if baseline else []
    return shlex.join([*words, "--junit", "verdict.xml", "--markdown", "verdict.md"])


def take_along(found: CheckResult, audit: Any, text: str | None) -> None:
    """Offer the policy, the verdict in every format, and the audit as the next baseline."""
    files: dict[str, Download] = {
        **({"Policy (TOML)": (lambda: text, "policy.toml", "application/toml")} if text is not None else {}),
        **{row.words: (partial(render, found, row.name), f"verdict{row.ending}", row.mime) for row in files_of(found)},
        "Next baseline": (audit.to_json, "baseline.json", "application/json"),
    }
    download_buttons("Download the policy, the verdict, and this audit as the next baseline", files)
