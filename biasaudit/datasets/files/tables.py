"""Open a table that lies in files; DuckDB reads it out of core, and nothing is guessed about its cells."""

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from biasaudit.counts.table.connection import connect_locked, quote
from biasaudit.datasets.files._paths import check_file, files_of, kind_of
from biasaudit.datasets.files._plan import Plan, Scratch, check_names, file_list, no_room
from biasaudit.datasets.files._text import plan_text
from biasaudit.errors import AuditError

__all__ = ["TableFile", "open_table", "open_tables", "reading"]

MAX_ROWS_PER_BYTE = 100
MEMORY_LIMIT = "768MB"
NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class TableFile:
    """A table in files: `frame` is a DuckDB relation, `notes` say what reading it took, `delimiter` parts text cells.

    The relation stays valid as long as the table does.
    """

    frame: Any
    notes: tuple[str, ...] = ()
    delimiter: str = ""
    resources: tuple[Any, ...] = field(default=(), repr=False)
    # Says in which row a column that is read as numbers holds text; nothing where none does.
    first_text: Callable[[], str] | None = field(default=None, repr=False)


def open_table(path: str | os.PathLike[str], *, numbers: Sequence[str] = (), texts: Sequence[str] = ()) -> TableFile:
    """Open a CSV, Parquet or Arrow file, or a glob of such files of one kind.

    Cells of a CSV are read as text, so that "NA", "T" and 01234 stay what they are; an empty cell is
    missing.

    Parameters
    ----------
    path : str or path-like
        File or glob pattern.
    numbers : sequence of str
        Columns to read as numbers; a decimal comma is read and noted.
    texts : sequence of str
        Columns in which an empty cell of a CSV is an empty text.

    Returns
    -------
    TableFile

    Raises
    ------
    AuditError
        If there is no such file, or it is no table that can be read whole.
    """
    return open_tables([path], numbers=numbers, texts=texts)[0]


def open_tables(
    paths: Sequence[str | os.PathLike[str]],
    *,
    numbers: Sequence[str] = (),
    texts: Sequence[str] = (),
    as_written: Sequence[str] | None = None,
) -> tuple[TableFile, ...]:
    """Open several tables as :func:`open_table` does, on one connection, so that DuckDB can join them.

    Parameters
    ----------
    paths, numbers, texts
        As for :func:`open_table`.
    as_written : sequence of str, optional
        Where it is given, the columns of a CSV that hold numbers throughout their first rows are read as numbers, as
        any other file would have them, but for these.
    """
    plans = [_plan(path, numbers, texts, as_written) for path in paths]
    connection, scratch = _connect([file for plan in plans for file in plan.files])
    with reading():
        opened = [(plan, *plan.open(connection)) for plan in plans]
    return tuple(
        TableFile(
            frame,
            notes,
            plan.delimiter,
            (connection, scratch, *plan.resources),
            None if plan.first_text is None else partial(plan.first_text, connection),
        )
        for plan, frame, notes in opened
    )


def _plan(
    path: str | os.PathLike[str], numbers: Sequence[str], texts: Sequence[str], as_written: Sequence[str] | None
) -> Plan:
    files = files_of(os.fspath(path))
    for file in files:
        check_file(file)
    kinds = {kind_of(file) for file in files}
    if len(kinds) > 1:
        raise AuditError(f'"{path}" matches files of several kinds ({", ".join(sorted(kinds))}). Name one kind.')
    kind = kinds.pop()
    if kind == "parquet":
        return Plan(files, lambda connection: (_read_parquet(connection, files), ()))
    return _plan_arrow(files) if kind == "arrow" else plan_text(files, numbers, texts, as_written)


def _connect(files: Sequence[str]) -> tuple[Any, Scratch]:
    """Connect to a DuckDB that can read these files and nothing else; it spills to a folder that goes with it."""
    scratch = Scratch()
    # A name is looked up as it is and as the pattern that `file_list` makes of it.
    names = [name for file in files for name in (file, glob.escape(file))]
    return connect_locked(
        names, spill=scratch.name, memory_limit=MEMORY_LIMIT, preserve_insertion_order="false"
    ), scratch


@contextmanager
def reading(*tables: TableFile) -> Iterator[None]:
    """Turn what DuckDB says of a broken file, which it may notice late, into one sentence.

    Parameters
    ----------
    *tables : TableFile
        What is read, to say in which row a cell is that cannot be.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise AuditError(_explain(str(error), tables)) from None


def _explain(message: str, tables: Sequence[TableFile] = ()) -> str:
    line = re.search(r"on Line: (\d+)", message)
    where = f"Line {line[1]} of the file" if line else "The file"
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if columns:
        return f"{where} has {columns[2]} cells where the header has {columns[1]}. Mend or remove that line."
    if "unicode" in message or "utf-8" in message:
        return f"{where} is not UTF-8 text (perhaps Latin-1 or Windows-1252). Save the file as UTF-8."
    if NO_SPACE in message:
        return no_room(NO_SPACE)
    if message.startswith("Out of Memory"):
        return "The table needs more memory than is set aside for it. Audit fewer columns, or split the file."
    converted = re.search(r"Could not convert string \"?'?(.*?)'?\"? to", message)
    if converted:
        found = next(filter(None, (table.first_text() for table in tables if table.first_text is not None)), "")
        return (
            found
            or f"A column of numbers holds {converted[1][:60]!r}. Write every cell as a number, or leave it empty."
        )
    if "quote" in message:
        return f"{where} has a quote that is never closed. Mend that line."
    return f"{where} cannot be read: {message.splitlines()[0][:200]}. Check that it was saved whole."


def _read_parquet(connection: Any, files: Sequence[str]) -> Any:
    rows = 0
    for file in files:
        quoted = quote(glob.escape(file))
        rows += connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({quoted})").fetchone()[0]
    names = connection.execute(f"SELECT name, num_children FROM parquet_schema({file_list(files[:1])})").fetchall()
    if rows > MAX_ROWS_PER_BYTE * sum(Path(file).stat().st_size for file in files):
        raise AuditError(
            f"The Parquet file says it holds {rows:,} rows in {_size(files)}, as a decompression bomb does. "
            "If it is yours, open it with DuckDB and audit the relation."
        )
    if all(not children for _, children in names[1:]):
        check_names([name for name, _ in names[1:]])
    return connection.sql(f"SELECT * FROM read_parquet({file_list(files)})")


def _size(files: Sequence[str]) -> str:
    return f"{sum(Path(file).stat().st_size for file in files) / 1000:,.0f} kB"


def _plan_arrow(files: Sequence[str]) -> Plan:
    try:
        import pyarrow as pa
        from pyarrow import dataset
    except ImportError:
        raise AuditError(
            "Reading Arrow files needs pyarrow: pip install pyarrow. Or save the table as Parquet."
        ) from None
    try:
        table = dataset.dataset(list(files), format="feather")
        names = table.schema.names
        for batch in table.to_batches():
            # Neither Arrow nor DuckDB looks at lengths and letters when they read: damaged ones crash the process.
            batch.validate(full=True)
    # Names that are no UTF-8 are a ValueError.
    except (pa.ArrowException, OSError, ValueError) as error:
        raise AuditError(f"The Arrow file cannot be read: {str(error)[:200]}. Check that it was saved whole.") from None
    check_names(names)
    return Plan((), lambda connection: (connection.from_arrow(table), ()), resources=(table,))
