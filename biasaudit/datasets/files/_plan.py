"""What DuckDB has to do to open a table: the plan of each kind of file, a folder to work in, and names as SQL."""

import glob
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from biasaudit.counts.table.connection import quote
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Plan", "Scratch", "check_names", "file_list", "no_room"]


@dataclass(frozen=True)
class Plan:
    """Files that DuckDB has to reach, and what it has to do with them."""

    files: Sequence[str]
    open: Callable[[Any], tuple[Any, tuple[str, ...]]]
    resources: tuple[Any, ...] = ()
    delimiter: str = ""
    # Says in which row a column that is read as numbers holds text, on the connection; of text files alone.
    first_text: Callable[[Any], str] | None = None


class Scratch:
    """A temporary folder that goes as soon as nothing holds it, and at exit at the latest."""

    def __init__(self) -> None:
        self.name = os.path.join(tempfile.gettempdir(), f"biasaudit-{secrets.token_hex(8)}")  # noqa: PTH118
        # First, so that there is no instant at which a signal to stop would leave the folder.
        weakref.finalize(self, _remove, self.name)
        try:
            os.mkdir(self.name, 0o700)  # noqa: PTH102
        except OSError as error:
            raise AuditError(no_room(str(error.strerror))) from None


def _remove(folder: str) -> None:
    """Remove a folder, also where a signal to stop comes in between: Python ignores what a finaliser raises."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)


def no_room(why: str) -> str:
    return (
        f'The temporary folder "{tempfile.gettempdir()}" cannot be written: {why}. Make room, or name another one in '
        "the environment as TMPDIR."
    )


def file_list(files: Sequence[str]) -> str:
    # DuckDB would read a glob pattern out of a file name, so the characters that make one are put in brackets.
    return "[" + ", ".join(quote(glob.escape(file)) for file in files) + "]"


def check_names(names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.get(name.casefold())
        seen[name.casefold()] = name
        if twin is not None:
            what = "the same name" if twin == name else "names that differ only in capitals"
            raise AuditError(f'Two columns have {what}: "{clean(twin)}" and "{clean(name)}". Rename one of them.')
