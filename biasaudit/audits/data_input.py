"""What the audit of a data set was asked: read from its arguments or the data set's own, and checked."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.statistics.column_kinds import is_number
from biasaudit.statistics.columns import check_labels, check_there, shorten
from biasaudit.statistics.counting import as_frame
from biasaudit.statistics.engines import collected
from biasaudit.statistics.labels import canonical

__all__ = ["Asked", "opened", "with_verified"]

PROBE_ROWS = 10_000
# Text of a file that holds so many different numbers is a column of numbers.
MANY_NUMBERS = 20
VERIFIED = "verified label"


@dataclass(frozen=True, eq=False)
class Asked:
    """Columns by their role; `predictions` are columns that say what somebody predicted."""

    label: str
    sensitive_features: tuple[str, ...]
    features: tuple[str, ...] | None
    strata: tuple[str, ...] | None
    predictions: tuple[str, ...]
    sample_weight: str | None
    cluster: str | None
    pos_label: Any
    reference: Mapping[str, Any]
    population: Mapping[Any, Any] | None
    verified: Any

    @classmethod
    def read(cls, data: Any, given: dict[str, Any]) -> Asked:
        """Fill what was not given from the data set's own.

        Raises
        ------
        AuditError
            If there is no label or no sensitive feature.
        """
        own = dict(data.audit_arguments) if isinstance(data, Dataset) else {}
        if isinstance(data, Dataset):
            own |= {
                "label": data.label or own.get("y_true") or own.get("y_pred"), "features": data.features,
                "sensitive_features": data.sensitive_features, "sample_weight": data.weight, "cluster": data.cluster,
            }  # fmt: skip
        if given["label"] is not None and not (isinstance(given["label"], str) and given["label"] == own.get("label")):
            own.pop("pos_label", None)
        filled = {name: own.get(name) if value is None else value for name, value in given.items()}
        if filled["label"] is None:
            raise AuditError("label is missing. Name the column of labels or decisions that the data were made for.")
        for role in ("label", "sample_weight", "cluster"):
            # A column in place of its name is told by what it is, before anything compares it.
            if not (filled[role] is None or isinstance(filled[role], str)):
                check_there(role, filled[role], [])
        names = {role: _names(filled[role]) for role in ("sensitive_features", "features", "strata")}
        if not names["sensitive_features"]:
            raise AuditError(
                "sensitive_features is missing. Name at least one column that says who belongs to which group."
            )
        _check_values(filled)
        sensitive = names["sensitive_features"]
        for role in ("reference", "population"):
            # The data set's own are about its own features.
            if given[role] is None:
                filled[role] = {f: v for f, v in (filled[role] or {}).items() if f in sensitive}
        predictions = {name for name in (own.get("y_pred"), own.get("score")) if name} - {filled["label"]}
        return cls(
            filled["label"], sensitive, names["features"] if given["features"] is not None or own else None,
            names["strata"] or None, tuple(predictions), filled["sample_weight"], filled["cluster"],
            filled["pos_label"], filled["reference"] or {}, filled["population"], filled["verified"],
        )  # fmt: skip

    def check(self, frame: Any) -> None:
        """Raise an AuditError unless every column is there, and the label looks like one."""
        _check_header(frame)
        names = frame.collect_schema().names()
        roles = [("label", self.label), *(("features", name) for name in self.features or ())]
        roles += [("strata", name) for name in self.strata or ()]
        for role, name in roles:
            check_there(role, name, names)
        for role, chosen in (("features", self.features), ("strata", self.strata)):
            if self.label in (chosen or ()):
                raise AuditError(f'{role} names the label "{shorten(self.label)}". Leave it out.')
        for name in self.strata or ():
            if name in self.sensitive_features:
                raise AuditError(
                    f'strata names "{shorten(name)}", a sensitive feature. Name columns people are alike in.'
                )
        for name in self.sensitive_features:
            check_there("sensitive_features", name, names)
            if not name:
                raise AuditError("sensitive_features names a column whose name is empty. Give it a name first.")
        keys: list[tuple[str, Any]] = [("sensitive_features", name) for name in self.sensitive_features]
        _check_cells(frame, [*keys, ("label", self.label), ("cluster", self.cluster), ("verified", self.verified)])
        head = collected(frame.select(self.label).head(PROBE_ROWS))
        values = {value for value in head[self.label].to_list() if canonical(value) is not None}
        check_labels("label", self.label, list(values))

    def others(self, frame: Any) -> list[str]:
        """Columns to look at: all but the label, the groups, predictions, weights, clusters and verified labels."""
        roles = {self.label, *self.sensitive_features, *self.predictions, self.sample_weight, self.cluster}
        roles |= {self.verified} if isinstance(self.verified, str) else {VERIFIED}
        return [name for name in frame.collect_schema().names() if name not in roles - set(self.strata or ())]


def _names(given: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    if not isinstance(given, (str, list, tuple)):
        raise AuditError(f"Columns must be given by name, not as {type(given).__name__}. Give a list of their names.")
    return (given,) if isinstance(given, str) else tuple(given)


def _check_values(filled: Mapping[str, Any]) -> None:
    if not (filled["reference"] is None or isinstance(filled["reference"], Mapping)):
        raise AuditError(
            f"reference={shorten(repr(filled['reference']))} does not map a feature to its group. "
            'Write it as {"sex": "man"}.'
        )
    if filled["pos_label"] is not None and canonical(filled["pos_label"]) is None:
        raise AuditError(f"pos_label={filled['pos_label']} is a missing value. Give the value that counts as positive.")


def _check_cells(frame: Any, keys: Sequence[tuple[str, Any]]) -> None:
    """Refuse lists and the like, which pandas holds as objects and nothing can be counted by."""
    schema = frame.collect_schema()
    for role, name in keys:
        if not isinstance(name, str) or name not in schema or schema[name] != nw.Object:
            continue
        for value in frame[name].to_list():
            if not isinstance(value, Hashable):
                raise AuditError(
                    f'{role}="{shorten(name)}" holds {shorten(repr(value))}, a {type(value).__name__}. '
                    "Make it a column of text or numbers."
                )


def _check_header(frame: Any) -> None:
    """Refuse names of columns that are no text: the engines do not agree on what they mean."""
    strange = next((name for name in frame.collect_schema().names() if not isinstance(name, str)), None)
    if strange is not None:
        raise AuditError(
            f"The column {shorten(repr(strange))} has a name that is no text ({type(strange).__name__}). "
            "Rename the columns, in pandas with frame.columns.astype(str)."
        )


@contextmanager
def opened(data: Any, bins: Any = None) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Open the data: a title, a frame, and what reading it took."""
    import os

    if isinstance(data, Dataset):
        yield f'Audit of the data "{data.name}"', as_frame(data.frame), ()
    elif isinstance(data, (str, os.PathLike)):
        from biasaudit.datasets.tables import open_table, reading

        numbers = [*_number_columns(as_frame(open_table(data).frame)), *(bins if isinstance(bins, Mapping) else {})]
        table = open_table(data, numbers=numbers)
        with reading():
            yield f'Audit of the data "{Path(data).name}"', as_frame(table.frame), table.notes
    else:
        with nullcontext():
            yield "Audit of a data set", as_frame(data), ()


def _number_columns(frame: Any) -> list[str]:
    """Name the columns of text in a file that hold numbers, and too many to be codes."""
    schema = frame.collect_schema()
    head = collected(frame.head(PROBE_ROWS))
    found = []
    for name in schema.names():
        if schema[name] == nw.String:
            values = {value for value in head[name].to_list() if value not in (None, "")}
            if len(values) > MANY_NUMBERS and all(map(is_number, values)):
                found.append(name)
    return found


def with_verified(frame: Any, verified: Any) -> tuple[Any, str | None]:
    """Return the frame with a column of verified labels, missing where a row has none, and that column's name.

    Raises
    ------
    AuditError
        If the rows that were verified cannot be found.
    """
    if verified is None:
        return frame, None
    if isinstance(verified, str):
        check_there("verified", verified, frame.collect_schema().names())
        return frame, verified
    if isinstance(frame, nw.LazyFrame):
        raise AuditError("verified must be the name of a column where the table is not in memory.")
    index = nw.maybe_get_index(frame)
    rows = list(range(len(frame))) if index is None else list(index)
    series = hasattr(verified, "to_dict") and getattr(verified, "ndim", 0) == 1
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
    series = nw.new_series(VERIFIED, values, nw.String, backend=nw.get_native_namespace(frame))
    return frame.with_columns(series), VERIFIED
