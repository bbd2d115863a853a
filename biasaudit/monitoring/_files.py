"""The file of a store: opened for reading, refused where it is none, damaged or of another version."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.monitoring._creation import BUSY, KIND, SCHEMA_VERSION, attached, refusal, sentence_of

__all__ = ["busy", "check_is_database", "check_is_store", "close", "is_empty", "opened", "read"]

# DuckDB writes these letters behind its first checksum.
MAGIC, MAGIC_AT = b"DUCK", 8
COLUMNS = {
    "about": {"key": "VARCHAR", "value": "VARCHAR"},
    "days": {"day": "DATE", "rows": "BIGINT", "header": "VARCHAR"},
    "cells": {
        "day": "DATE",
        "levels": "BIGINT",
        "y_true": "BIGINT",
        "y_pred": "BIGINT",
        "score_bin": "BIGINT",
        "rows": "BIGINT",
        "weight": "DOUBLE",
        "weight_squared": "DOUBLE",
        "suppressed": "BOOLEAN",
    },
}
COPY = "Put back a copy, or start a new store."


@contextmanager
def opened(path: Path, *, wait: float) -> Iterator[Any]:
    """Open a store to read it, waiting while somebody else has it open to write.

    Raises
    ------
    AuditError
        If there is no such file, it is no store, a damaged one or one of another version, or others keep it busy for
        too long.
    """
    import duckdb

    check_is_database(path)
    connection = read(path, time.monotonic() + wait, wait)
    try:
        yield connection
    except (duckdb.Error, UnicodeError, OverflowError) as error:
        raise refusal(
            f'"{path}" cannot be used: {sentence_of(error)} Nothing was changed; if it is damaged, put back a copy.',
            path,
            error,
        ) from None
    finally:
        close(connection)


def read(path: Path, until: float, wait: float, *, whole: bool = True) -> Any:
    """Connect to a store for reading and look at it; one without tables is refused where it has to be whole."""
    import duckdb

    while True:
        try:
            return _checked(path, whole)
        except (duckdb.Error, UnicodeError, OverflowError) as error:
            if not any(sign in str(error) for sign in BUSY):
                raise refusal(
                    f'"{path}" cannot be opened as a store: {sentence_of(error)} {COPY}', path, error
                ) from None
            if time.monotonic() >= until:
                raise busy(path, wait) from None
            time.sleep(0.05)


def busy(path: Path, wait: float) -> AuditError:
    """Say that others kept a store busy."""
    return AuditError(
        f'"{path}" was in use by another process for {wait:g} seconds, and nothing was changed. Try again.'
    )


def _checked(path: Path, whole: bool) -> Any:
    connection = attached(path, write=False)
    try:
        if not is_empty(connection):
            check_is_store(path, connection)
        elif whole:
            raise AuditError(f'"{path}" holds no day yet: its making was cut short. The next day added mends it.')
    except BaseException:
        close(connection)
        raise
    return connection


def close(connection: Any) -> None:
    """Close a connection; one that DuckDB has given up may not even do that."""
    import duckdb

    with suppress(duckdb.Error):
        connection.close()


def check_is_database(path: Path) -> None:
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


def is_empty(connection: Any) -> bool:
    """Say whether a file holds neither a table nor a view."""
    found = connection.execute(
        "SELECT (SELECT count(*) FROM duckdb_tables() WHERE database_name = 'store') "
        "+ (SELECT count(*) FROM duckdb_views() WHERE database_name = 'store' AND NOT internal)"
    ).fetchone()
    return not found[0]


def check_is_store(path: Path, connection: Any) -> None:
    """Raise an AuditError where a DuckDB file is no store, or one that this version does not read."""
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
