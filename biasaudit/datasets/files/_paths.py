"""Which files a path names, and of what kind each one is: refused before DuckDB opens it, where it cannot be read."""

import glob
import os
import stat
from pathlib import Path

from biasaudit.errors import AuditError, nearest

__all__ = ["ARROW_ENDINGS", "PARQUET_ENDINGS", "TEXT_ENDINGS", "check_file", "files_of", "kind_of"]

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
PARQUET_ENDINGS = (".parquet", ".pq")
ARROW_ENDINGS = (".arrow", ".feather", ".ipc")
PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".sav")


def files_of(path: str) -> list[str]:
    if "://" in path:
        raise AuditError(f'"{path}" is a URL. Download the file first, then give its path.')
    if "\0" in path:
        raise AuditError("The path holds a NUL character. Give the path of a file.")
    if os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    files = sorted(glob.glob(path, recursive=True))  # noqa: PTH207
    if not files:
        raise AuditError(f'No file matches "{path}". Check the pattern and the folder you stand in.')
    return files


def check_file(file: str) -> None:
    """Refuse what is no plain, readable file."""
    path = Path(file)
    # Of a name that no disk can hold, a Path would raise.
    if os.path.islink(path):  # noqa: PTH114
        raise AuditError(f'"{file}" is a symbolic link. Give the path it points to: "{os.path.realpath(file)}".')
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        folder = path.parent
        names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        raise AuditError(f'There is no file "{file}".{nearest(path.name, names)} Check the path.') from None
    except OSError as error:
        raise AuditError(f'"{file}" cannot be looked at: {error.strerror}. Check the path.') from None
    if stat.S_ISDIR(mode):
        raise AuditError(f'"{file}" is a directory. Give a file in it, or a pattern such as "{file}/*.parquet".')
    if not stat.S_ISREG(mode):
        raise AuditError(f'"{file}" is a pipe or device, not a file. Save its content to a file first.')
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise AuditError(f'"{file}" cannot be read: {error.strerror}. Check its permissions.') from None
    if not path.stat().st_size:
        raise AuditError(f'"{file}" is empty. Give a file with a header and rows.')


def kind_of(file: str) -> str:
    """Tell the kind of a file by its first bytes, and hold that against its name."""
    name = file.casefold()
    with Path(file).open("rb") as stream:
        start = stream.read(8)
    found = "text"
    if start.startswith(b"PAR1"):
        found = "parquet"
    elif start.startswith(b"PARE"):
        raise AuditError(f'"{file}" is an encrypted Parquet file. Decrypt it first.')
    elif start.startswith((b"ARROW1", b"FEA1")) or name.endswith(ARROW_ENDINGS):
        found = "arrow"
    elif name.endswith(PICKLE_ENDINGS) or start[:2] in {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"}:
        raise AuditError(
            f'"{file}" is a pickle, which can run any program when it is opened, so it is refused. '
            "Save the table as Parquet or CSV; for a model use skops."
        )
    named = "parquet" if name.endswith(PARQUET_ENDINGS) else "arrow" if name.endswith(ARROW_ENDINGS) else "text"
    if named == "text" and found == "text" and not name.endswith(TEXT_ENDINGS):
        raise AuditError(f'"{file}" is not a table that can be read. Give a CSV, TSV, Parquet or Arrow file.')
    if named != found:
        raise AuditError(
            f'"{file}" is named like {named} but holds something else{"" if found == "text" else f" ({found})"}. '
            "Check that it was saved whole, and rename it."
        )
    return found
