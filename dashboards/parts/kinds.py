"""What an outcome is: how the audit reads it, what people may say instead, and which pages it has an answer on."""

from __future__ import annotations

from typing import Any

import streamlit as st

import biasaudit as ba
from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.numbers.audit import NumberAudit
from biasaudit.audits.outcomes import BINARY, CLASSES, NUMBER, look_at_outcome
from biasaudit.audits.rankings.audit import RankingAudit
from biasaudit.counts.frames import as_frame
from biasaudit.reporting.words.text import amount
from parts import show
from parts.source import TableSource

__all__ = ["RANKING", "is_counted", "is_ranked", "is_yes_or_no", "kind_of", "only_yes_or_no", "read_as", "reading"]

RANKING = "ranking"
NONE = "(none)"
READINGS = {"": "as its values say", BINARY: "a yes or no", CLASSES: "one of several classes", NUMBER: "a number"}
KINDS = {NUMBER: "a number", CLASSES: "one of several classes", RANKING: "a place in a ranking"}
COUNTED = {"selected": "People who were selected, one row a group", "of": "Of how many people"}
RANKED = {
    "rank": "Place in a ranking, from 1",
    "query": "Which list a row belongs to",
    "relevance": "Who deserved to stand above (relevance)",
}


def kind_of(source: TableSource) -> str:
    """Say what the outcome of a table is, as the audit reads it: binary, classes, number or ranking."""
    if is_ranked(source):
        return RANKING
    named = {role: source.roles[role] for role in ("y_true", "y_pred") if source.roles.get(role)}
    if not named:
        return BINARY
    frame = source.data if source.dataset is None else source.dataset.frame
    decided = source.roles.get("pos_label") is not None
    try:
        return look_at_outcome(as_frame(frame), named, asked=None, is_decided=decided).type
    except ba.AuditError:
        # The audit says what does not fit; whoever cuts a number mends it.
        return NUMBER


def only_yes_or_no(source: TableSource) -> bool:
    """Say whether a page whose questions are of a yes or no has an answer; if not, say where there is one."""
    kind = kind_of(source)
    if kind == BINARY:
        return True
    other = ' A number is cut into a yes or no there as well, by "count from a value on".' if kind == NUMBER else ""
    st.info(
        f"The outcome of this table is {KINDS[kind]}, and this page asks about a yes or no. Look at *Audit a table*, "
        f"which answers for it.{other}"
    )
    return False


def is_ranked(source: TableSource) -> bool:
    """Say whether a data set brings rankings of its own."""
    return source.dataset is not None and "rank" in source.dataset.audit_arguments


def is_yes_or_no(audit: Any) -> bool:
    """Say whether an audit read a yes or no."""
    return not isinstance(audit, NumberAudit | ClassAudit | RankingAudit)


def is_counted(asked: dict[str, Any]) -> bool:
    """Say whether the rows are groups with counts, or places in rankings, so that no label is needed."""
    return bool((asked.get("selected") and asked.get("of")) or asked.get("rank"))


def reading(source: TableSource) -> dict[str, Any]:
    """Let people say how the outcome is to be read, in the sidebar; what they leave alone is left out.

    Returns
    -------
    dict
        Arguments of ``audit_predictions`` beside the roles of columns.
    """
    kind, tag = kind_of(source), source.call.key[:6]
    given = source.dataset.audit_arguments if source.dataset is not None else {}
    with st.sidebar.expander("What the outcome is"):
        asked = _places(tag) if kind == RANKING else _outcome(source, kind, given, tag)
        if source.dataset is None:
            asked |= _columns(source, tag)
    return {name: value for name, value in asked.items() if value not in (None, "")}


def _outcome(source: TableSource, kind: str, given: Any, tag: str) -> dict[str, Any]:
    if kind == BINARY:
        st.caption("Two values: a yes or no.")
        return {}
    asked: dict[str, Any] = {
        "outcome_type": st.selectbox(
            "Read the outcome as",
            list(READINGS),
            key=f"kind-{tag}",
            bind="query-params",
            format_func=READINGS.__getitem__,
        )
    }
    if (asked["outcome_type"] or kind) == CLASSES:
        return asked
    column = show.plain(source.roles["y_true"] or source.roles["y_pred"])
    asked["positive"] = _text("Or count from a value on, as a yes or no", f"{column}>=20", f"cut-{tag}")
    if asked["positive"] or asked["outcome_type"] == BINARY:
        return asked
    if not given.get("unit"):
        asked["unit"] = _text("Unit", "dollars an hour", f"unit-{tag}")
    asked["tolerance"] = st.number_input(
        "Gaps that are too small to matter, in the unit",
        min_value=0.0,
        value=None,
        key=f"tolerance-{tag}",
        bind="query-params",
        placeholder="a tenth of a standard deviation",
    )
    return asked


def _text(words: str, example: str, key: str) -> str | None:
    return st.text_input(words, key=key, bind="query-params", placeholder=f"such as {example}", max_chars=80) or None


def _places(tag: str) -> dict[str, Any]:
    st.caption("A place in a ranking: the first places are what people look at.")
    return {"k": st.slider("How many places are the top", 1, 50, 10, key=f"k-{tag}", bind="query-params")}


def _columns(source: TableSource, tag: str) -> dict[str, Any]:
    """Ask for columns that no row of one person has: counts of people, and places in rankings."""
    names = [NONE, *(str(name) for name in source.data.columns)]
    asked: dict[str, Any] = {}
    for role, words in (COUNTED | RANKED).items():
        guess = source.roles.get(role)
        picked = st.selectbox(
            words,
            names,
            index=names.index(guess) if guess in names else 0,
            key=f"{role}-{tag}",
            bind="query-params",
            format_func=show.plain,
        )
        asked[role] = None if picked == NONE else picked
    return asked


def read_as(audit: Any, asked: dict[str, Any]) -> str:
    """Say how the outcome was read, and from where on a gap counts."""
    if isinstance(audit, NumberAudit):
        small = audit.unit.small
        limit = f"; gaps below {amount(audit.unit, small)} {audit.unit.after_value} count as small" if small else ""
        return f"The outcome is read as a number{limit}."
    if isinstance(audit, ClassAudit):
        return "The outcome is read as one of several classes, all of them together."
    if isinstance(audit, RankingAudit):
        return "The outcome is read as a place in a ranking; rankings are counted, not people."
    if asked.get("of"):
        return "Each row is a group, with how many of its people were selected."
    return "The outcome is read as a yes or no."
