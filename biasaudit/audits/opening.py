"""Open what an audit of predictions was given: a table, a file, a Dataset, or two tables to be joined."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.joining import join_people, second_table
from biasaudit.errors import AuditError
from biasaudit.statistics.counting import as_frame

__all__ = ["opened", "settings_of"]

ROLES = ("sensitive_features", "y_true", "y_pred", "score", "sample_weight", "cluster")


@contextmanager
def opened(
    data: Any, asked: Mapping[str, Any], bins: Any, join: Any, on: str | None
) -> Iterator[tuple[str, Any, Any, tuple[str, ...]]]:
    """Open the data, joined where that was asked for: a title, a frame, its first table, and what reading it took.

    Raises
    ------
    AuditError
        If a table cannot be read or joined.
    """
    if (join is None) != (on is None):
        raise AuditError(
            'on= needs join=: give the second table, such as join="people.parquet".'
            if join is None
            else "join= needs on=: name the column of ids that both tables hold."
        )
    if not isinstance(data, (str, os.PathLike)):
        title, frame = "Audit of a table", as_frame(data.frame if isinstance(data, Dataset) else data)
        if isinstance(data, Dataset):
            title = f'Audit of "{data.name}"'
        if isinstance(join, (str, os.PathLike)):
            raise AuditError(
                f"join={second_table(join)} is a file and the data are not. Give both as files, or open the second "
                "table with the engine of the first."
            )
        people = None if join is None else as_frame(join)
        joined, notes = _joined(frame, people, asked, on)
        yield title, joined, frame, notes
        return
    from biasaudit.datasets.tables import open_tables, reading

    if not (join is None or isinstance(join, (str, os.PathLike))):
        raise AuditError("The data are a file and join= is not. Give both as files, or both as tables of one engine.")
    cut = bins if isinstance(bins, Mapping) else {}
    numbers = [name for name in (asked["score"], asked["sample_weight"], *cut) if name]
    tables = open_tables([path for path in (data, join) if path is not None], numbers=numbers)
    with reading():
        frame, *more = (as_frame(table.frame) for table in tables)
        notes = tables[0].notes + tuple(f"{second_table(join)}: {note}" for note in (tables[1:] and tables[1].notes))
        joined, found = _joined(frame, next(iter(more), None), asked, on, second_table(join))
        yield f'Audit of "{Path(data).name}"', joined, frame, (*notes, *found)


def _joined(
    frame: Any, people: Any, asked: Mapping[str, Any], on: str | None, called: str = "the second table"
) -> tuple[Any, tuple[str, ...]]:
    if people is None or on is None:
        return frame, ()
    named = {role: asked[role] for role in ROLES if asked[role] is not None}
    columns = {role: (name,) if isinstance(name, str) else tuple(name) for role, name in named.items()}
    return join_people(frame, people, on=on, columns=columns, called=called)


def settings_of(bins: Any, join: Any = None, on: str | None = None) -> dict[str, Any]:
    """Tell how the table was cut and joined, where it was."""
    cut = {} if bins is None else {"bins": {name: list(map(float, edges)) for name, edges in bins.items()}}
    return cut if join is None else cut | {"join": second_table(join).strip('"'), "on": on}
