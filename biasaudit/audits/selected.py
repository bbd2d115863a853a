"""Tables of how many were selected, of how many: what may be asked beside them, and how their people are told of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["COUNTED", "check_selected", "selected_words", "without_rivals"]

COUNTED = ("selected", "of")
# Rows of people have these; rows of groups are decided, and counted, already.
NOT_WITH_COUNTS = ("y_true", "y_pred", "score", "threshold", "pos_label", "count", "sample_weight")
WHAT = {"selected": "how many people were selected in each row", "of": "how many people there were in each row"}


def check_selected(
    columns: Mapping[str, Any], *, threshold: Any, pos_label: Any, positive: Any = None, outcome_type: Any = None
) -> None:
    """Refuse half of a pair of counts, and what does not go with one.

    Parameters
    ----------
    columns : mapping of str to str or tuple of str
        Role to column, or columns.
    threshold, pos_label, positive, outcome_type : object
        As given; None where nobody named them.

    Raises
    ------
    AuditError
        If one of `selected` and `of` is missing, both are one column or stand in another role as well, or the rows
        are asked what only rows of people know.

    Examples
    --------
    >>> check_selected({"selected": "hired"}, threshold=None, pos_label=None)
    Traceback (most recent call last):
    ...
    biasaudit.errors.AuditError: selected="hired" needs of=: name the column that says how many people there were in
    each row.
    """
    named = [role for role in COUNTED if role in columns]
    if not named:
        return
    if len(named) == 1:
        other = next(role for role in COUNTED if role not in columns)
        raise AuditError(
            f'{named[0]}="{clean(columns[named[0]])}" needs {other}=: name the column that says {WHAT[other]}.'
        )
    beside = {**columns, "threshold": threshold, "pos_label": pos_label, "positive": positive}
    beside["outcome_type"] = None if outcome_type == "binary" else outcome_type
    for role in (*NOT_WITH_COUNTS, "positive", "outcome_type"):
        if beside.get(role) is not None:
            raise AuditError(
                f'{role}="{clean(str(beside[role]))}" does not go with selected= and of=, whose rows are groups that '
                "are decided and counted already. Leave it out, or audit a table of one row a person."
            )
    for role in COUNTED:
        _check_alone(role, columns)


def _check_alone(role: str, columns: Mapping[str, Any]) -> None:
    """Refuse a count that is something else as well."""
    for other, names in columns.items():
        if other != role and columns[role] in ((names,) if isinstance(names, str) else names):
            raise AuditError(
                f'{role}="{clean(columns[role])}" is {other} as well. Name the column that says {WHAT[role]}, and that '
                "alone."
            )


def without_rivals(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop of what is declared or guessed what does not go with what was named.

    Examples
    --------
    >>> without_rivals({"y_pred": "hired", "cluster": "firm"}, {"selected": "n_hired"})
    {'cluster': 'firm'}
    """
    named = {role for role, value in given.items() if value is not None}
    dropped: set[str] = set()
    if named & set(COUNTED):
        dropped |= set(NOT_WITH_COUNTS)
    if named & {"y_true", "y_pred", "score"}:
        dropped |= set(COUNTED)
    return {role: value for role, value in known.items() if role not in dropped}


def selected_words(columns: Mapping[str, Any]) -> dict[str, str]:
    """Say what happened to people who were counted as selected, where nobody says it better.

    Examples
    --------
    >>> selected_words({"selected": "hired", "of": "applied"})["selected"], selected_words({"y_pred": "hired"})
    ('were selected', {})
    """
    return {"selected": "were selected", "rejected": "were not selected"} if "selected" in columns else {}
