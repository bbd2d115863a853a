"""The table of an audit: opened once, whatever holds it, joined and cut where that was asked for, and checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biasaudit.audits.request import Request
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.joining import join_people, second_table
from biasaudit.errors import AuditError
from biasaudit.statistics.binning import Bins, bin_names, check_bins, with_bins
from biasaudit.statistics.columns import check_columns, declared_levels
from biasaudit.statistics.frames import as_frame, plain

__all__ = ["Source", "opened", "table_of"]


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
    cut : dict of str to tuple of float
        Edges by column.
    declared : mapping of str to pair of tuple of str and bool
        Levels that a sensitive feature declares, bins included, and whether they have an order.
    """

    frame: Any
    first: Any
    name: str
    notes: tuple[str, ...]
    cut: Bins
    declared: Mapping[str, tuple[tuple[str, ...], bool]]


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
    _check_join(data, request)
    if is_path(data):
        yield from _from_files(data, request)
        return
    first = as_frame(table_of(data))
    people = None if request.join is None else as_frame(table_of(request.join))
    name = f'"{data.name}"' if isinstance(data, Dataset) else ""
    yield _source(first, people, request, name, (), "the second table")


def _check_join(data: Any, request: Request) -> None:
    join, on = request.join, request.on
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


def _from_files(data: Any, request: Request) -> Iterator[Source]:
    from biasaudit.datasets.tables import open_tables, reading

    cut = request.bins if isinstance(request.bins, Mapping) else {}
    by_kind: dict[str, list[str]] = {"number": [*map(str, cut)], "any": [], "group": [], "label": [], "key": []}
    for one in request.asked(list(cut)):
        by_kind[one.kind].append(one.name)
    counts, texts = ([n for r in roles if (n := request.one(r))] for roles in (("errors", "trials"), ("said", "heard")))
    tables = open_tables(
        [path for path in (data, request.join) if path is not None], numbers=[*by_kind["number"], *counts], texts=texts,
        as_written=[*by_kind["group"], *by_kind["label"], *by_kind["key"], *([request.on] if request.on else [])],
    )  # fmt: skip
    with reading():
        first, *more = (as_frame(table.frame) for table in tables)
        called = second_table(request.join)
        notes = tables[0].notes + tuple(f"{called}: {note}" for note in (tables[1:] and tables[1].notes))
        yield _source(first, next(iter(more), None), request, f'"{Path(data).name}"', notes, called)


def _source(
    first: Any, people: Any, request: Request, name: str, notes: tuple[str, ...], called: str
) -> Source:  # fmt: skip
    frame, found = first, ()
    if people is not None and request.on is not None:
        columns = {one.role: () for one in request.asked()}
        for one in request.asked():
            columns[one.role] = (*columns[one.role], one.name)
        frame, found = join_people(first, people, on=request.on, columns=columns, called=called)
    frame = plain(frame, [one.name for one in request.asked() if one.name in frame.collect_schema().names()])
    features = request.features
    uncut = [one.name for one in request.asked() if one.kind != "group"]
    groups = request.called.get("sensitive_features", "sensitive_features")
    cut = check_bins(request.bins, features, frame.collect_schema(), role=groups, others=uncut)
    check_columns(frame, request.asked(list(cut)))
    frame = with_bins(frame, cut)
    declared = declared_levels(frame, [feature for feature in features if feature not in cut])
    declared |= {feature: (bin_names(edges), True) for feature, edges in cut.items()}
    return Source(frame, first, name, (*notes, *found), cut, declared)
