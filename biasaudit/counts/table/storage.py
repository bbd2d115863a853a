"""Save a table of counts as Parquet and load it again, so that sites share counts without people."""

import glob
import json
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress as ignored
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from biasaudit.counts.table.connection import check_file_name, connect_locked, quote
from biasaudit.counts.table.headers import FORMAT_VERSION, DamagedTable, read_header
from biasaudit.counts.table.validation import cell_arrays, damage_refused, table_fields
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = [
    "check_table",
    "load_fields",
    "read_parquet",
    "save_crosstab",
    "suppress",
    "table_columns",
    "table_header",
    "write_parquet",
]

_TYPES = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "BOOLEAN",
}
# More rows than that in a file are taken for a decompression bomb, unless they are few.
MAX_ROWS_PER_BYTE, ALWAYS_ALLOWED_ROWS = 100, 1_000_000
SAVE_AGAIN = "Save it again where it was counted."
COUNTS_KEY = "biasaudit"
Read = Callable[[Any, Mapping[str, Any], str], dict[str, Any]]


def suppress(table: Any, min_cell: int) -> Any:
    """Withhold the count of every cell with fewer than `min_cell` rows.

    A rate that needs a withheld cell is undefined in that group afterwards; nothing is guessed.

    Parameters
    ----------
    table : Crosstab
    min_cell : int
        0 or more.

    Returns
    -------
    Crosstab

    Raises
    ------
    AuditError
        If `min_cell` is negative.
    """
    if min_cell < 0:
        raise AuditError(f"min_cell={min_cell} is negative. Give the smallest number of people to show, such as 10.")
    small = table.rows < min_cell
    if table.suppressed is not None:
        small |= table.suppressed

    def hidden(column: Any) -> Any:
        return None if column is None else np.where(small, 0, column).astype(column.dtype)

    return replace(
        table,
        rows=hidden(table.rows),
        weight=hidden(table.weight),
        weight_squared=hidden(table.weight_squared),
        suppressed=small,
    )


def save_crosstab(table: Any, path: str | os.PathLike[str], *, min_cell: int) -> None:
    """Write a table of counts to one Parquet file, whole or not at all.

    Parameters
    ----------
    table : Crosstab
    path : str or path-like
        File to write; an older one is replaced.
    min_cell : int
        Cells with fewer rows are written without their count. Names of clusters are never written.

    Raises
    ------
    AuditError
        If the file cannot be written, or the table is none that could be loaded again.
    """
    table = suppress(table, min_cell) if min_cell else table
    check_table(table)
    write_parquet(path, table_columns(table), json.dumps(table_header(table)), COUNTS_KEY)


def write_parquet(path: str | os.PathLike[str], columns: Mapping[str, Any], header: str, key: str) -> None:
    """Write columns and a header to one Parquet file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        File to write; an older one is replaced.
    columns : mapping of str to array of shape (cells,)
        By names that need no quotes.
    header : str
    key : str
        What the file calls the header.

    Raises
    ------
    AuditError
        If the file cannot be written.
    """
    import duckdb

    shown = os.fspath(path)
    if "\0" in shown:
        raise AuditError("The path to write to holds a NUL character. Give another name.")
    check_file_name(shown)
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with connect_locked([str(part)]) as connection:
            connection.register("counts", dict(columns))
            connection.execute(
                f"COPY (SELECT {', '.join(columns)} FROM counts) TO {quote(part)} "
                f"(FORMAT parquet, KV_METADATA {{{key}: {quote(header)}}})"
            )
        _flush(part)
        part.replace(target)
    except (duckdb.Error, OSError) as error:
        raise AuditError(f'"{shown}" cannot be written: {_reason(error)}. Choose another place.') from None
    finally:
        # What cannot even be looked for is not there.
        with ignored(OSError):
            part.unlink()


def _flush(part: Path) -> None:
    """Bring a file to the disk before it gets its name, so that a crash leaves the old one or the new one."""
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")


def check_table(table: Any) -> None:
    """Raise an AuditError if a table in memory is none that :func:`load_fields` would take.

    Parameters
    ----------
    table : Crosstab

    Raises
    ------
    AuditError
        If it could not be saved and loaded again.
    """
    where = "The table"
    with damage_refused(where, "Count rows with biasaudit.count, or load a table that was saved."):
        if table.codes.ndim != 2 or table.codes.shape[1] != len(table.features):
            raise DamagedTable("its codes do not have a column for each feature")
        table_fields(read_header(json.dumps(table_header(table)), where), table_columns(table))


def table_header(table: Any) -> dict[str, Any]:
    """Return what a table of counts says of its cells, ready for JSON.

    Parameters
    ----------
    table : Crosstab

    Returns
    -------
    dict of str to object
    """
    strata = {} if table.strata is None else {"strata": [dict(names) for names in table.strata]}
    return {
        "format": FORMAT_VERSION,
        "features": table.features,
        "levels": table.levels,
        "classes": table.classes,
        "edges": None if table.edges is None else table.edges.tolist(),
        "bin_scores": None if table.bin_scores is None else table.bin_scores.tolist(),
        "columns": [*cell_arrays(table)],
        **strata,
    }


def table_columns(table: Any) -> dict[str, Any]:
    """Return the cells of a table of counts as columns by name; what the table lacks is left out.

    Parameters
    ----------
    table : Crosstab

    Returns
    -------
    dict of str to array of shape (cells,)
    """
    codes: dict[str, Any] = {f"level_{i}": table.codes[:, i] for i in range(len(table.features))}
    return {**codes, **cell_arrays(table)}


def load_fields(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a table of counts that :func:`save_crosstab` wrote.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to object
        Arguments of Crosstab.

    Raises
    ------
    AuditError
        If the file is no such table, a damaged one, or one from a newer version.
    """
    return read_parquet(
        path, COUNTS_KEY, lambda header, columns, where: table_fields(read_header(header, where), columns)
    )


def read_parquet(path: str | os.PathLike[str], key: str, read: Read, *, kind: str = "counts") -> dict[str, Any]:
    """Read a file that :func:`write_parquet` wrote.

    Parameters
    ----------
    path : str or path-like
    key : str
        What the file calls its header.
    read : callable
        Makes fields of the header, the columns, and what a message calls the file; raises DamagedTable.
    kind : str
        What the table is one of, for messages.

    Returns
    -------
    dict of str to object

    Raises
    ------
    AuditError
        If the file is no such table, a damaged one, or one from a newer version.
    """
    import duckdb

    shown = os.fspath(path)
    _check_file(shown, kind)
    # The file itself, not a pattern or a folder that its name could also be read as.
    file = glob.escape(os.path.realpath(path))
    try:
        with connect_locked([file, os.path.realpath(path)]) as connection:
            found = connection.execute(
                f"SELECT decode(value) FROM parquet_kv_metadata({quote(file)}) WHERE decode(key) = {quote(key)}"
            ).fetchall()
            if len(found) != 1:
                maker = {"counts": "Crosstab", "moments": "MomentTable"}[kind]
                raise AuditError(f'"{shown}" is Parquet, but no table of {kind}. Make one with {maker}.save.')
            with damage_refused(f'"{shown}"', SAVE_AGAIN, kind):
                return read(found[0][0], _cells(connection, file, Path(path).stat().st_size), f'"{shown}"')
    except (duckdb.Error, UnicodeError) as error:
        raise AuditError(f'"{shown}" cannot be read as a table of {kind}: {_reason(error)}. {SAVE_AGAIN}') from None


def _check_file(shown: str, kind: str) -> None:
    """Refuse what is no plain file: DuckDB would read a folder's files, and wait for a pipe's end."""
    try:
        mode = Path(shown).stat().st_mode
    except (OSError, ValueError):
        raise AuditError(f'There is no table of {kind} "{shown}". Give the path of a file that save() wrote.') from None
    if not stat.S_ISREG(mode):
        what = "folder" if stat.S_ISDIR(mode) else "pipe or device"
        raise AuditError(f'"{shown}" is a {what}, and no table of {kind}. Give the path of a file that save() wrote.')


def _cells(connection: Any, file: str, size: int) -> Mapping[str, Any]:
    rows = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({quote(file)})").fetchone()[0]
    if not 0 <= rows <= max(ALWAYS_ALLOWED_ROWS, MAX_ROWS_PER_BYTE * size):
        raise DamagedTable(f"it says it holds {rows:,} cells in {size:,} bytes, as a decompression bomb does")
    cells = f"SELECT * FROM read_parquet({quote(file)}, hive_partitioning=false)"
    for name, kind, *_ in connection.execute(f"DESCRIBE {cells}").fetchall():
        if kind not in _TYPES:
            raise DamagedTable(f'the column "{clean(name)}" holds {clean(kind, 40)}, where numbers should be')
    return dict(connection.execute(cells).fetchnumpy())
