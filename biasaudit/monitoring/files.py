"""The file of a store: made whole or not at all, opened by one writer at a time, refused where it is something else."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.reporting.files import check_writable

__all__ = ["SCHEMA_VERSION", "create", "opened"]

SCHEMA_VERSION = "1"
KIND = "biasaudit monitoring store"
# DuckDB writes these letters behind its first checksum.
MAGIC, MAGIC_AT = b"DUCK", 8
BUSY = ("Could not set lock on file", "with a different configuration", "Conflict", "being used by another process")
# Two writers in one process would share a connection's locks, and one of them would fail at its commit.
WRITING = threading.Lock()
CONFIG: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False}
TABLES = """
CREATE TABLE about (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE days (day DATE PRIMARY KEY, rows BIGINT NOT NULL, header VARCHAR NOT NULL);
CREATE TABLE cells (
    day DATE NOT NULL, levels BIGINT NOT NULL, y_true BIGINT, y_pred BIGINT, score_bin BIGINT, rows BIGINT NOT NULL,
    weight DOUBLE, weight_squared DOUBLE, suppressed BOOLEAN
);
"""


def create(path: Path) -> None:
    """Make an empty store unless there is a file; whoever comes second finds the first one's.

    Raises
    ------
    AuditError
        If no file can be written there.
    """
    import duckdb

    check_writable(path)
    if path.exists():
        return
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with duckdb.connect(str(part), config=CONFIG) as connection:
            connection.execute(TABLES)
            connection.executemany("INSERT INTO about VALUES (?, ?)", [["kind", KIND], ["schema", SCHEMA_VERSION]])
        _appear(part, path)
    except (duckdb.Error, OSError) as error:
        raise AuditError(f'"{path}" cannot be written: {_first_line(error)} Choose another place.') from None
    finally:
        part.unlink(missing_ok=True)


def _appear(part: Path, path: Path) -> None:
    """Give the finished file its name, unless somebody else's has it; never half a store under the final name."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:
        # A disk without hard links: the rename replaces another's store only within this instant.
        if not path.exists():
            part.rename(path)


@contextmanager
def opened(path: Path, *, write: bool, wait: float) -> Iterator[Any]:
    """Open a store, waiting while somebody else writes.

    Raises
    ------
    AuditError
        If there is no such file, it is no store, one of another version, or others keep it busy for too long.
    """
    import duckdb

    _check_is_database(path)
    with WRITING if write else nullcontext():
        connection = _connected(path, write, wait)
        try:
            _check_is_store(path, connection)
            yield connection
        except duckdb.Error as error:
            raise AuditError(f'"{path}" cannot be used: {_first_line(error)} Nothing was changed.') from None
        finally:
            connection.close()


def _connected(path: Path, write: bool, wait: float) -> Any:
    import duckdb

    until = time.monotonic() + wait
    while True:
        try:
            return duckdb.connect(str(path), read_only=not write, config=CONFIG)
        except duckdb.Error as error:
            if not any(sign in str(error) for sign in BUSY):
                raise AuditError(
                    f'"{path}" cannot be opened as a store: {_first_line(error)} Put back a copy, or start a new one.'
                ) from None
            if time.monotonic() >= until:
                raise AuditError(
                    f'"{path}" was in use by another process for {wait:g} seconds, and nothing was changed. Try again.'
                ) from None
            time.sleep(0.05)


def _check_is_database(path: Path) -> None:
    if not path.exists():
        raise AuditError(f'There is no store at "{path}". The first day that is appended makes one.')
    try:
        with path.open("rb") as stream:
            start = stream.read(MAGIC_AT + len(MAGIC))
    except OSError as error:
        raise AuditError(f'"{path}" cannot be read: {error.strerror}. Choose another file.') from None
    if start[MAGIC_AT:] != MAGIC:
        raise AuditError(f'"{path}" is no store of counts. Give the file that biasaudit monitor add made.')


def _check_is_store(path: Path, connection: Any) -> None:
    import duckdb

    try:
        about = dict(connection.execute("SELECT key, value FROM about").fetchall())
    except duckdb.Error:
        about = {}
    if about.get("kind") != KIND:
        raise AuditError(f'"{path}" is a DuckDB file, but no store of counts. Give another name.')
    if about.get("schema") != SCHEMA_VERSION:
        raise AuditError(
            f'"{path}" is a store of version {about.get("schema")}; this version of biasaudit reads {SCHEMA_VERSION}. '
            "Update biasaudit, or start a new store."
        )


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160].rstrip(".") + "."
