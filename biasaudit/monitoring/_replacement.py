"""A store is changed in a copy that takes its place: whoever is killed meanwhile leaves the store as it was.

DuckDB overwrites blocks that its file stands on when it checkpoints. A process killed within such a write leaves half
of it: one in a thousand kills of an add lost the whole store.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from biasaudit.monitoring._creation import (
    SUFFIXES,
    WRITING,
    attached,
    fill,
    flush_folder,
    refusal,
    remove,
    remove_leftovers,
    sentence_of,
)
from biasaudit.monitoring._files import busy, check_is_database, check_is_store, close, is_empty, read

__all__ = ["changing"]

MOMENT = 0.05


@contextmanager
def changing(path: Path, *, wait: float) -> Iterator[Any]:
    """Connect to a copy of a store, which takes the store's place when all that was done to it is on the disk.

    Writers wait for each other; who reads goes on reading what was there.

    Raises
    ------
    AuditError
        If there is no such file, it is no store, a damaged one or one of another version, its disk is full, or others
        keep it busy for too long.
    """
    import duckdb

    check_is_database(path)
    until = time.monotonic() + wait
    file = Path(os.path.realpath(path))
    part = file.with_name(f".{file.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with _alone(path, until, wait):
            # Whoever else has it open to write, this waits for as well.
            close(read(path, until, wait, whole=False))
            remove_leftovers(path)
            try:
                _bring_log_over(file)
                shutil.copyfile(file, part)
                shutil.copymode(file, part)
                connection = attached(part, write=True)
                try:
                    if is_empty(connection):
                        fill(connection)
                    check_is_store(path, connection)
                    yield connection
                    connection.execute("CHECKPOINT")
                finally:
                    close(connection)
                _take_place(part, file)
            finally:
                remove(part)
    except (duckdb.Error, OSError, UnicodeError, OverflowError) as error:
        raise refusal(
            f'"{path}" cannot be changed: {sentence_of(error)} Nothing was changed; if it is damaged, put back a copy.',
            path,
            error,
        ) from None


@contextmanager
def _alone(path: Path, until: float, wait: float) -> Iterator[None]:
    """Hold the one lock of a store's writers, which goes with the process that holds it."""
    try:
        import fcntl
    except ImportError:
        # Without such locks the writers of one process alone wait for each other.
        with WRITING:
            yield
        return
    handle = -1
    try:
        while handle < 0:
            handle = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = os.path.samestat(os.fstat(handle), path.stat())
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise busy(path, wait) from None
                held = False
                time.sleep(MOMENT)
            if not held:
                # Somebody writes, or the copy of the last who did has taken its place: that one is to be locked.
                os.close(handle)
                handle = -1
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _bring_log_over(file: Path) -> None:
    """Bring what stands in a log beside the store into its file: earlier versions wrote one, and could be killed."""
    if not file.with_name(f"{file.name}.wal").exists():
        return
    connection = attached(file, write=True)
    try:
        connection.execute("CHECKPOINT")
    finally:
        close(connection)


def _take_place(part: Path, file: Path) -> None:
    left = [suffix for suffix in SUFFIXES[1:] if part.with_name(part.name + suffix).exists()]
    if left:
        raise OSError(f"DuckDB left {left[0]} beside it")
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.replace(file)
    flush_folder(file.parent)
