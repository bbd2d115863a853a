"""The limits of a policy as numbers that can be turned; each change is written into the TOML text on its own line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import streamlit as st

from biasaudit.policy import Policy
from parts import show

__all__ = ["limits", "with_limit"]

KEYS = ("max", "min", "margin")
WORDS = {"max": "at most", "min": "at least", "margin": "worse by at most"}
STEP = 0.05


def limits(policy: Policy, text: str, key: str) -> None:
    """Show a number for each limit that stands on a line of its own.

    Parameters
    ----------
    policy : Policy
        Read from `text`.
    text : str
    key : str
        Session key of the text, which a change is written into.
    """
    found = list(_found(policy, text))
    for start in range(0, len(found), 3):
        for column, (at, name, value, line) in zip(st.columns(3), found[start : start + 3], strict=False):
            rule = policy.rules[at]
            widget = f"limit-{key}-{at}-{name}"
            # The text says what holds: whoever edits it moves the number.
            st.session_state[widget] = value
            column.number_input(
                f"{show.md(rule.name or rule.metric, 60)}: {WORDS[name]}",
                min_value=0.0,
                step=STEP,
                format="%.2f",
                key=widget,
                on_change=_write,
                args=[key, widget, name, line],
            )


def _found(policy: Policy, text: str) -> Iterator[tuple[int, str, float, int]]:
    lines = text.split("\n")
    for at, rule in enumerate(policy.rules):
        limits_of_rule = vars(rule)
        for name in KEYS:
            value = limits_of_rule[name]
            line = policy.line("rules", at, name)
            if value is not None and len(_pattern(name).findall(lines[line - 1])) == 1:
                yield at, name, float(value), line


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"^(\s*{name}\s*=\s*)[-+0-9.eE_]+(?=\s*(?:#.*)?$)")


def _write(key: str, widget: str, name: str, line: int) -> None:
    st.session_state[key] = with_limit(st.session_state[key], name, line, st.session_state[widget])


def with_limit(text: str, name: str, line: int, value: float) -> str:
    r"""Write a number into a line of the text.

    Examples
    --------
    >>> with_limit("a = 1\nmax = 0.10  # agreed", "max", 2, 0.15)
    'a = 1\nmax = 0.15  # agreed'
    """
    lines = text.split("\n")
    lines[line - 1] = _pattern(name).sub(rf"\g<1>{round(value, 4)!r}", lines[line - 1])
    return "\n".join(lines)
