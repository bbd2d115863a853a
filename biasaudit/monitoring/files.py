"""The file of a store: opened by one writer at a time, mended where its making was cut short, refused if no store."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.monitoring.making import (
    BUSY,
    KIND,
    SCHEMA_VERSION,
    WRITING,
    attach,
    attached,
    fill,
    flush_folder,
    refusal,
    told,
)  # fmt: skip

__all__ = ["opened", "settle"]

# DuckDB writes these letters behind its first checksum.
MAGIC, MAGIC_AT = b"DUCK", 8
COLUMNS = {
    "about": {"key": "VARCHAR", "value": "VARCHAR"},
    "days": {"day": "DATE", "rows": "BIGINT", "header": "VARCHAR"},
    "cells": {"day": "DATE", "levels": "BIGINT", "y_true": "BIGINT", "y_pred": "BIGINT", "score_bin": "BIGINT",
              "rows": "BIGINT", "weight": "DOUBLE", "weight_squared": "DOUBLE", "suppressed": "BOOLEAN"},
}  # fmt: skip
COPY = "Put back a copy, or start a new store."


@contextmanager
def opened(path: Path, *, write: bool, wait: float) -> Iterator[Any]:
    """Open a store, waiting while somebody else writes.

    Raises
    ------
    AuditError
        If there is no such file, it is no store, a damaged one or one of another version, its disk is full, or others
        keep it busy for too long.
    """
    import duckdb

    _check_is_database(path)
    with WRITING if write else nullcontext():
        connection = _connected(path, write, wait)
        try:
            yield connection
        except (duckdb.Error, UnicodeError, OverflowError) as error:
            raise refusal(
                f'"{path}" cannot be used: {told(error)} Nothing was changed; if it is damaged, put back a copy.',
                path, error,
            ) from None  # fmt: skip
        finally:
            _close(connection)


def settle(path: Path, connection: Any) -> None:
    """Bring what was committed to the disk, from DuckDB's log into the file itself.

    A full disk may keep it in the log: that is as lasting, and the next writer brings it over.
    """
    import duckdb

    with suppress(duckdb.Error):
        connection.execute("CHECKPOINT")
    flush_folder(path.parent)


def _connected(path: Path, write: bool, wait: float) -> Any:
    import duckdb

    until = time.monotonic() + wait
    while True:
        try:
            return _checked(path, write)
        except (duckdb.Error, UnicodeError, OverflowError) as error:
            if not any(sign in str(error) for sign in BUSY):
                raise refusal(f'"{path}" cannot be opened as a store: {told(error)} {COPY}', path, error) from None
            if time.monotonic() >= until:
                raise AuditError(
                    f'"{path}" was in use by another process for {wait:g} seconds, and nothing was changed. Try again.'
                ) from None
            time.sleep(0.05)


def _checked(path: Path, write: bool) -> Any:
    """Attach a store for reading and look at it, before it is attached for writing: what is none stays as it was."""
    connection = attached(path, write=False)
    try:
        empty = _is_empty(connection)
        if not empty:
            _check_is_store(path, connection)
        elif not write:
            raise AuditError(f'"{path}" holds no day yet: its making was cut short. The next day added mends it.')
        if write:
            attach(connection, path, write=True)
        if empty:
            fill(connection)
    except BaseException:
        _close(connection)
        raise
    return connection


def _close(connection: Any) -> None:
    """Close a connection; one that DuckDB has given up may not even do that."""
    import duckdb

    with suppress(duckdb.Error):
        connection.close()


def _check_is_database(path: Path) -> None:
    """Refuse what is no DuckDB file before DuckDB sees it; a pipe in its place or beside it would never end."""
    try:
        file = Path(os.path.realpath(path))
        there = file.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise AuditError(f'There is no store at "{path}". The first day that is appended makes one.')
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise AuditError(f'"{path}" is a folder, pipe or device, and no store of counts. Give the name of a file.')
        with file.open("rb") as stream:
            start = stream.read(MAGIC_AT + len(MAGIC))
        log = file.with_name(f"{file.name}.wal")
        if os.path.lexists(log) and not (log.is_file() and not log.is_symlink()):
            raise AuditError(f'"{log}" is no plain file, and DuckDB keeps its log there. Remove it.')
    except OSError as error:
        raise AuditError(f'"{path}" cannot be read: {error.strerror}. Choose another file.') from None
    if start[MAGIC_AT:] != MAGIC:
        raise AuditError(f'"{path}" is no store of counts. Give the file that biasaudit monitor add made.')


def _is_empty(connection: Any) -> bool:
    """Say whether a file holds neither a table nor a view."""
    found = connection.execute(
        "SELECT (SELECT count(*) FROM duckdb_tables() WHERE database_name = 'store') "
        "+ (SELECT count(*) FROM duckdb_views() WHERE database_name = 'store' AND NOT internal)"
    ).fetchone()
    return not found[0]


def _check_is_store(path: Path, connection: Any) -> None:
    about = _about(connection)
    if about.get("kind") != KIND:
        raise AuditError(f'"{path}" is a DuckDB file, but no store of counts. Give another name.')
    if about.get("schema") != SCHEMA_VERSION:
        raise AuditError(
            f'"{path}" is a store of version {about.get("schema")}; this version of biasaudit reads {SCHEMA_VERSION}. '
            "Update biasaudit, or start a new store."
        )
    _check_tables(path, connection)


def _about(connection: Any) -> dict[Any, Any]:
    import duckdb

    try:
        return dict(connection.execute("SELECT key, value FROM about").fetchall())
    except (duckdb.CatalogException, duckdb.BinderException):
        return {}


def _check_tables(path: Path, connection: Any) -> None:
    """Refuse a store whose tables are not those that were made, or hold days that are none."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'store'").fetchall()
    found = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'store'"
    ).fetchall()
    for table, columns in COLUMNS.items():
        if (table,) not in tables or {name: kind for one, name, kind in found if one == table} != columns:
            raise AuditError(f'"{path}" is a store whose table "{table}" was changed by something else. {COPY}')
    strange = connection.execute(
        "SELECT count(*) FROM days WHERE day IS NULL OR day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
    ).fetchone()
    if strange[0]:
        raise AuditError(f'"{path}" is a store with a day that is none. {COPY}')
