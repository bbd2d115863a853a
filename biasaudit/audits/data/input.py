"""What the audit of a data set needs beside the columns of every audit: roles that go together, and verified labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.audits.request import Request
from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["DataColumns", "read_columns"]

VERIFIED = "verified label"


@dataclass(frozen=True, eq=False)
class DataColumns:
    """The table with the columns to look at beside label and groups.

    Parameters
    ----------
    frame : Narwhals frame
        With a column of verified labels, where there are any.
    verified : str or None
        Name of that column.
    others : list of str
        Columns to look at.
    features : list of str
        Those of them that a model may learn from.
    """

    frame: Any
    verified: str | None
    others: list[str]
    features: list[str]


def read_columns(frame: Any, request: Request, verified: Any) -> DataColumns:
    """Choose the columns to look at.

    Raises
    ------
    AuditError
        If there is no label, it has another role as well, or the rows that were verified cannot be found.
    """
    y_true, strata = request.column("y_true"), request.columns.get("strata", ())
    after = request.columns.get("after_decision", ())
    if y_true is None:
        raise AuditError("label is missing. Name the column of labels or decisions that the data were made for.")
    for role in ("features", "strata", "after_decision"):
        if y_true in request.columns.get(role, ()):
            raise AuditError(f'{request.argument(role)} names the label "{clean(y_true)}". Leave it out.')
    for name in strata:
        if name in request.features:
            role = request.argument("strata")
            raise AuditError(f'{role} names "{clean(name)}", a sensitive feature. Name columns people are alike in.')
    for name in after:
        _check_after(request, name)
    # Predictions that the data set declares say nothing of the people in it.
    roles = {request.declared.get("y_pred"), request.declared.get("score"), *request.features, y_true, VERIFIED}
    roles |= {request.column(role) for role in ("sample_weight", "cluster", "count", "verified")}
    others = [name for name in frame.collect_schema().names() if name not in (roles - set(strata)) | set(after)]
    named = request.columns.get("features")
    features = [name for name in (others if named is None else named) if name in others]
    return DataColumns(*_with_verified(frame, verified), others, features)


def _check_after(request: Request, name: str) -> None:
    """Refuse a column that is known only after the decision and stands for what was known before it."""
    for role in ("sensitive_features", "strata"):
        if name in request.columns.get(role, ()):
            named = request.argument(role)
            raise AuditError(f'after_decision and {named} both name "{clean(name)}". Leave it out of one of them.')


def _with_verified(frame: Any, verified: Any) -> tuple[Any, str | None]:
    """Return the frame with a column of verified labels, missing where a row has none, and that column's name.

    Raises
    ------
    AuditError
        If the rows that were verified cannot be found, or a label could mean several of them.
    """
    if verified is None or isinstance(verified, str):
        return frame, verified
    if isinstance(frame, nw.LazyFrame):
        raise AuditError("verified must be the name of a column where the table is not in memory.")
    index = nw.maybe_get_index(frame)
    rows = list(range(len(frame))) if index is None else list(index)
    series = hasattr(verified, "to_dict") and getattr(verified, "ndim", 0) == 1
    for what, given in (("table", index), ("verified labels", verified.index if series else None)):
        if given is not None and not given.is_unique:
            twice = given[given.duplicated()][0]
            raise AuditError(
                f"verified cannot be matched: the index of the {what} holds {clean(str(twice))} more than once, so "
                "nobody can say which row is meant. Give the name of a column, or reset the index first."
            )
    labels = verified.to_dict() if series else verified
    if not isinstance(labels, Mapping):
        raise AuditError(
            f"verified must be a column's name, or map rows to their true label; this is {type(verified).__name__}."
        )
    known = set(rows)
    unknown = [row for row in labels if row not in known]
    if unknown:
        raise AuditError(
            f"verified names the row {clean(str(unknown[0]))}, which is not in the table. Give rows by their index "
            "(pandas) or number from 0."
        )
    values = [None if (value := labels.get(row)) is None else canonical(value) for row in rows]
    column = nw.new_series(VERIFIED, values, nw.String, backend=nw.get_native_namespace(frame))
    return frame.with_columns(column), VERIFIED
