"""The file of a store is made whole or not at all, and what killed makers left behind is removed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from biasaudit.counts.table.connection import check_name, locked, quote
from biasaudit.errors import AuditError
from biasaudit.reporting.files import check_writable

__all__ = [
    "BUSY",
    "KIND",
    "SCHEMA_VERSION",
    "SUFFIXES",
    "WRITING",
    "attached",
    "create",
    "fill",
    "flush_folder",
    "refusal",
    "remove",
    "remove_leftovers",
    "sentence_of",
]

SCHEMA_VERSION = "1"
KIND = "biasaudit monitoring store"
BUSY = ("Could not set lock on file", "Unique file handle conflict", "Conflict", "being used by another process")
FULL = ("No space left on device", "Disk quota exceeded", "not enough space on the disk")
NEWER = "we can only read versions between"
# The writers of one process wait for each other here.
WRITING = threading.Lock()
# What DuckDB puts beside its file while it writes.
SUFFIXES = ("", ".wal", ".wal.checkpoint", ".wal.recovery")
TRIES = 20
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
    check_name(path)
    check_writable(path)
    if path.exists():
        return
    with WRITING:
        remove_leftovers(path)
        for _ in range(TRIES):
            if path.exists() or _made(path):
                return
    raise AuditError(f'Others keep making and removing "{path}", and nothing was changed. Try again.')


def _made(path: Path) -> bool:
    """Make a store aside and give it its name; say whether that worked, or another maker was in the way."""
    import duckdb

    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        connection = attached(part, write=True)
        try:
            fill(connection)
        finally:
            connection.close()
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        _appear(part, path)
        flush_folder(path.parent)
    except FileNotFoundError:
        # Between its making and its lock, another maker took the part for a dead one's.
        return False
    except (duckdb.Error, OSError) as error:
        if any(sign in str(error) for sign in BUSY):
            return False
        raise refusal(f'"{path}" cannot be written: {sentence_of(error)} Choose another place.', path, error) from None
    finally:
        remove(part)
    return True


def attached(path: Path, *, write: bool) -> Any:
    """Connect to a DuckDB that reaches the file of a store, what DuckDB puts beside it, and nothing else."""
    file = os.path.realpath(path)
    # DuckDB takes what follows a question mark for settings, and puts its endings before it.
    name, mark, rest = file.partition("?")
    connection = locked([f"{name}{suffix}{mark}{rest}" for suffix in SUFFIXES])
    how = "" if write else ", READ_ONLY"
    try:
        connection.execute(f"ATTACH {quote(file)} AS store (TYPE duckdb{how}); USE store")
    except BaseException:
        connection.close()
        raise
    return connection


def fill(connection: Any) -> None:
    """Make the tables of an empty store, and bring them from DuckDB's log into the file itself."""
    connection.execute(f"BEGIN; {TABLES}")
    connection.executemany("INSERT INTO about VALUES (?, ?)", [["kind", KIND], ["schema", SCHEMA_VERSION]])
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _appear(part: Path, path: Path) -> None:
    """Give the finished file its name, unless somebody else's has it; never half a store under the final name."""
    try:
        os.link(part, path)
    except (FileExistsError, FileNotFoundError):
        if not path.exists():
            raise
    except OSError:
        # A disk without hard links: the rename replaces another's store only within this instant.
        if not path.exists():
            part.rename(path)


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can: without them a file is lost with the power."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def remove_leftovers(path: Path) -> None:
    """Remove the parts of stores of this name whose makers are dead."""
    part = re.compile(rf"\.{re.escape(path.name[:100])}\.[0-9a-f]{{12}}\.part")
    matches = [part.match(entry.name) for entry in path.parent.iterdir()]
    for name in {match[0] for match in matches if match}:
        if not _is_held(path.with_name(name)):
            remove(path.with_name(name))


def _is_held(part: Path) -> bool:
    """Say whether a DuckDB of another process has the file open: it holds a lock until it ends, however it ends."""
    try:
        import fcntl
    except ImportError:
        # Without such locks the system itself keeps open files.
        return False
    try:
        with part.open("rb+") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def remove(part: Path) -> None:
    """Remove a part, and what DuckDB put beside it."""
    for suffix in reversed(SUFFIXES):
        with suppress(OSError):
            part.with_name(part.name + suffix).unlink()


def refusal(message: str, path: Path, error: Exception) -> AuditError:
    """Say that something failed; of a full disk that it is full, of a file from tomorrow what can read it."""
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    if full or any(sign in str(error) for sign in FULL):
        return AuditError(f'The disk with "{path}" is full, and nothing was changed. Make room, then try again.')
    if NEWER in str(error):
        return AuditError(f'"{path}" was written with a newer DuckDB. Update it: pip install --upgrade duckdb.')
    return AuditError(message)


def sentence_of(error: Exception) -> str:
    """Shorten what a library says to a sentence; its crashes are no news to whoever reads that."""
    text = " ".join(str(error).split()).removeprefix("FATAL Error: ").removeprefix("INTERNAL Error: ")
    return text[:160].rstrip(".") + "."
