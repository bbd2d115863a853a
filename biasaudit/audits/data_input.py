"""What the audit of a data set needs beside the columns of every audit: roles that go together, and verified labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.audits.request import Request
from biasaudit.errors import AuditError
from biasaudit.statistics.names import shorten
from biasaudit.statistics.values import canonical

__all__ = ["VERIFIED", "check_roles", "other_columns", "with_verified"]

VERIFIED = "verified label"


def check_roles(request: Request) -> None:
    """Raise an AuditError unless there is a label, and it is nothing else."""
    label = request.one("y_true")
    if label is None:
        raise AuditError("label is missing. Name the column of labels or decisions that the data were made for.")
    for role in ("features", "strata"):
        if label in request.columns.get(role, ()):
            raise AuditError(f'{role} names the label "{shorten(label)}". Leave it out.')
    for name in request.columns.get("strata", ()):
        if name in request.features:
            raise AuditError(f'strata names "{shorten(name)}", a sensitive feature. Name columns people are alike in.')


def other_columns(frame: Any, request: Request, predictions: set[str]) -> list[str]:
    """Name the columns to look at: all but the label, the groups, predictions, weights, clusters, verified labels."""
    roles = {*request.features, request.one("y_true"), request.one("sample_weight"), request.one("cluster"), VERIFIED}
    roles |= {request.one("verified")} | (predictions - {request.one("y_true")})
    strata = set(request.columns.get("strata", ()))
    return [name for name in frame.collect_schema().names() if name not in roles - strata]


def with_verified(frame: Any, verified: Any) -> tuple[Any, str | None]:
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
                f"verified cannot be matched: the index of the {what} holds {shorten(str(twice))} more than once, so "
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
            f"verified names the row {shorten(str(unknown[0]))}, which is not in the table. Give rows by their index "
            "(pandas) or number from 0."
        )
    values = [None if (value := labels.get(row)) is None else canonical(value) for row in rows]
    column = nw.new_series(VERIFIED, values, nw.String, backend=nw.get_native_namespace(frame))
    return frame.with_columns(column), VERIFIED
