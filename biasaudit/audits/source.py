"""The table of an audit: opened once, whatever holds it, joined and cut where that was asked for, and checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from biasaudit.audits.outcomes import BINARY, Outcome, look_at_outcome
from biasaudit.audits.request import BINNABLE_ROLES, Request
from biasaudit.audits.selected import COUNTED
from biasaudit.counts.binning import bin_names, check_bins, with_bins
from biasaudit.counts.columns import ColumnRequest, check_columns, declared_levels
from biasaudit.counts.cuts import with_cuts
from biasaudit.counts.engines import collected
from biasaudit.counts.frames import as_frame, unpack_columns
from biasaudit.counts.weights import people_per_row
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.files.joining import join_table, second_table
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Source", "as_dataset", "is_path", "opened", "table_of"]

NO_OUTCOME = Outcome(BINARY, ())


@dataclass(frozen=True, eq=False)
class Source:
    """A table that is open, with every column that was asked for.

    Parameters
    ----------
    frame : Narwhals frame
        Joined and cut.
    first : Narwhals frame
        The table as it was given, before it was joined and cut.
    name : str
        Name of the data set or file in quotes; empty for a table without one.
    notes : tuple of str
        What reading it took.
    declared : mapping of str to pair of tuple of str and bool
        Levels that a sensitive feature or a label declares, bins included, and whether they have an order.
    outcome : Outcome
        What labels and predictions were read as, where that was asked.
    """

    frame: Any
    first: Any
    name: str
    notes: tuple[str, ...]
    declared: Mapping[str, tuple[tuple[str, ...], bool]]
    outcome: Outcome = NO_OUTCOME


def as_dataset(data: Any, entry: str) -> Dataset:
    """Return a Dataset, which alone says what a model may learn.

    Raises
    ------
    AuditError
        If it is anything else.
    """
    if not isinstance(data, Dataset):
        raise AuditError(
            f"{entry} needs a Dataset, not a {type(data).__name__}: it has to know label and features. "
            "Make one with biasaudit.datasets.Dataset."
        )
    dataset: Dataset = data
    frame = as_frame(dataset.frame)
    if not frame.implementation.is_pandas():
        dataset = replace(dataset, frame=collected(frame).to_pandas())
    if dataset.count is None:
        return dataset
    check_columns(frame, [ColumnRequest("count", dataset.count, "number")])
    times = people_per_row(frame, dataset.count)
    repeated = dataset.frame.loc[dataset.frame.index.repeat(times)].reset_index(drop=True)
    return replace(dataset, frame=repeated, count=None)


def table_of(data: Any) -> Any:
    """Return the table of a data set; anything else is itself."""
    return data.frame if isinstance(data, Dataset) else data


def is_path(data: Any) -> bool:
    """Say whether the data lie in a file."""
    return isinstance(data, (str, os.PathLike))


@contextmanager
def opened(data: Any, request: Request) -> Iterator[Source]:
    """Open the data.

    Raises
    ------
    AuditError
        If a table cannot be read or joined, or a column is not what its role needs.
    """
    join, on, in_file = request.join, request.on, is_path(data)
    _check_join(data, join, on)
    with _tables(data, request) as (first, second, name, notes):
        frame: Any = first
        found: tuple[str, ...] = ()
        if second is not None and on is not None:
            frame, found = join_table(first, second, on=on, columns=_by_role(request), called=second_table(join))
        requested, binnable = request.requested, request.binnable
        frame = unpack_columns(frame, [one.name for one in requested])
        uncut = [one.name for one in requested if one.kind not in ("group", "stratum")]
        role = " or ".join(request.argument(name) for name in BINNABLE_ROLES if name in request.columns)
        cut = check_bins(request.bins, binnable, frame.collect_schema(), role=role, others=uncut)
        check_columns(frame, [one for one in requested if one.name not in cut])
        ordered = (*request.features, *filter(None, map(request.column, ("y_true", "y_pred"))))
        levels = declared_levels(frame, [column for column in ordered if column not in cut])
        levels |= {feature: (bin_names(edges), True) for feature, edges in cut.items()}
        try:
            frame = with_cuts(with_bins(frame, cut), request.cuts)
            outcome, named = NO_OUTCOME, _outcome_columns(request)
            if request.reads_outcome and named:
                outcome = look_at_outcome(
                    frame,
                    named,
                    asked=request.outcome_type,
                    is_decided=request.pos_label is not None or request.threshold is not None,
                    text_is_read=in_file,
                )
            yield Source(frame, first, name, (*notes, *found), levels, outcome)
        except UnicodeEncodeError as error:
            raise AuditError(
                f"The table holds {clean(str(error.object))!r}, in which half a character (a lone surrogate) stands: "
                "no file can hold that. Write the value anew."
            ) from None


def _outcome_columns(request: Request) -> dict[str, str]:
    """Name the columns that say what the outcome is: labels and predictions, or scores where there are neither."""
    roles = ("y_true", "y_pred") if request.column("y_true") or request.column("y_pred") else ("score",)
    return {request.argument(role): name for role in roles if (name := request.column(role)) is not None}


def _check_join(data: Any, join: Any, on: str | None) -> None:
    if (join is None) != (on is None):
        raise AuditError(
            'on= needs join=: give the second table, such as join="people.parquet".'
            if join is None
            else "join= needs on=: name the column of ids that both tables hold."
        )
    if join is None or is_path(data) == is_path(join):
        return
    if is_path(data):
        raise AuditError("The data are a file and join= is not. Give both as files, or both as tables of one engine.")
    raise AuditError(
        f"join={second_table(join)} is a file and the data are not. Give both as files, or open the second "
        "table with the engine of the first."
    )


def _by_role(request: Request) -> dict[str, tuple[str, ...]]:
    """List the columns by what the entry point calls their role."""
    columns: dict[str, tuple[str, ...]] = {}
    for one in request.requested:
        columns[one.role] = (*columns.get(one.role, ()), one.name)
    return columns


@contextmanager
def _tables(data: Any, request: Request) -> Iterator[tuple[Any, Any, str, tuple[str, ...]]]:
    """Open both tables as frames: the first, the second or None, what the first is called, and what reading took."""
    if is_path(data):
        from biasaudit.datasets.files.tables import open_tables, reading

        tables = open_tables([path for path in (data, request.join) if path is not None], **_how(request))
        second_name = second_table(request.join)
        notes = tables[0].notes + tuple(f"{second_name}: {note}" for note in (tables[1:] and tables[1].notes))
        with reading(*tables):
            first, *more = (as_frame(table.frame) for table in tables)
            yield first, next(iter(more), None), f'"{Path(data).name}"', notes
        return
    second = None if request.join is None else as_frame(table_of(request.join))
    yield as_frame(table_of(data)), second, f'"{data.name}"' if isinstance(data, Dataset) else "", ()


def _how(request: Request) -> dict[str, list[str]]:
    """Say which columns of a file have to be numbers, which texts, and which stay as they are written."""
    cut = [str(name) for name in request.bins] if isinstance(request.bins, Mapping) else []
    counts, texts = (
        [n for r in roles if (n := request.column(r))] for roles in (("errors", "trials"), ("said", "heard"))
    )
    numbers = [*cut, *counts, *(one.name for one in request.requested if one.kind == "number")]
    as_written = [
        one.name
        for one in request.requested
        if one.kind in ("group", "label", "outcome", "key") and one.name not in cut
    ]
    # Published counts part thousands by commas, which no decimal comma is.
    as_written += [name for role in COUNTED if (name := request.column(role))]
    return {"numbers": numbers, "texts": texts, "as_written": [*as_written, *([request.on] if request.on else [])]}
