"""Open a table that lies in files; DuckDB reads it out of core, and nothing is guessed about its cells."""

import csv
import glob
import gzip
import mmap
import os
import re
import secrets
import shutil
import stat
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biasaudit.counts.columns import NUMBER_PATTERN, PROBE_ROWS
from biasaudit.counts.table.connection import connect_locked, quote as _quote
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = ["Table", "open_table", "open_tables", "reading"]

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
PARQUET_ENDINGS = (".parquet", ".pq")
ARROW_ENDINGS = (".arrow", ".feather", ".ipc")
PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".sav")
DELIMITERS = (",", ";", "\t", "|")
MAX_EXPANSION = 200
SMALL_FILE = 64 * 2**20
MAX_ROWS_PER_BYTE = 100
MEMORY_LIMIT = "768MB"
NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class Table:
    """A table in files: `frame` is a DuckDB relation, `notes` say what reading it took, `delimiter` parts text cells.

    The relation stays valid as long as the table does.
    """

    frame: Any
    notes: tuple[str, ...] = ()
    delimiter: str = ""
    keep: tuple[Any, ...] = field(default=(), repr=False)


def open_table(path: str | os.PathLike[str], *, numbers: Sequence[str] = (), texts: Sequence[str] = ()) -> Table:
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
    Table

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
) -> tuple[Table, ...]:
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
        Table(frame, notes, plan.delimiter, (connection, scratch, *plan.keep)) for plan, frame, notes in opened
    )


@dataclass(frozen=True)
class _Plan:
    """Files that DuckDB has to reach, and what it has to do with them."""

    files: Sequence[str]
    open: Callable[[Any], tuple[Any, tuple[str, ...]]]
    keep: tuple[Any, ...] = ()
    delimiter: str = ""


def _plan(
    path: str | os.PathLike[str], numbers: Sequence[str], texts: Sequence[str], as_written: Sequence[str] | None
) -> _Plan:
    files = _files(os.fspath(path))
    for file in files:
        _check_file(file)
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        raise AuditError(f'"{path}" matches files of several kinds ({", ".join(sorted(kinds))}). Name one kind.')
    kind = kinds.pop()
    if kind == "parquet":
        return _Plan(files, lambda connection: (_read_parquet(connection, files), ()))
    return _plan_arrow(files) if kind == "arrow" else _plan_text(files, numbers, texts, as_written)


def _files(path: str) -> list[str]:
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


def _check_file(file: str) -> None:
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


def _kind(file: str) -> str:
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


class _Scratch:
    """A temporary folder that goes as soon as nothing holds it, and at exit at the latest."""

    def __init__(self) -> None:
        self.name = os.path.join(tempfile.gettempdir(), f"biasaudit-{secrets.token_hex(8)}")  # noqa: PTH118
        # First, so that there is no instant at which a signal to stop would leave the folder.
        weakref.finalize(self, _remove, self.name)
        try:
            os.mkdir(self.name, 0o700)  # noqa: PTH102
        except OSError as error:
            raise AuditError(_no_room(str(error.strerror))) from None


def _remove(folder: str) -> None:
    """Remove a folder, also where a signal to stop comes in between: Python ignores what a finaliser raises."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)


def _connect(files: Sequence[str]) -> tuple[Any, _Scratch]:
    """Connect to a DuckDB that can read these files and nothing else; it spills to a folder that goes with it."""
    scratch = _Scratch()
    # A name is looked up as it is and as the pattern that `_list` makes of it.
    names = [name for file in files for name in (file, glob.escape(file))]
    return connect_locked(
        names, spill=scratch.name, memory_limit=MEMORY_LIMIT, preserve_insertion_order="false"
    ), scratch


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _list(files: Sequence[str]) -> str:
    # DuckDB would read a glob pattern out of a file name, so the characters that make one are put in brackets.
    return "[" + ", ".join(_quote(glob.escape(file)) for file in files) + "]"


@contextmanager
def reading() -> Iterator[None]:
    """Turn what DuckDB says of a broken file, which it may notice late, into one sentence."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise AuditError(_explain(str(error))) from None


def _explain(message: str) -> str:
    line = re.search(r"on Line: (\d+)", message)
    where = f"Line {line[1]} of the file" if line else "The file"
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if columns:
        return f"{where} has {columns[2]} cells where the header has {columns[1]}. Mend or remove that line."
    if "unicode" in message or "utf-8" in message:
        return f"{where} is not UTF-8 text (perhaps Latin-1 or Windows-1252). Save the file as UTF-8."
    if NO_SPACE in message:
        return _no_room(NO_SPACE)
    if message.startswith("Out of Memory"):
        return "The table needs more memory than is set aside for it. Audit fewer columns, or split the file."
    converted = re.search(r"Could not convert string \"?'?(.*?)'?\"? to", message)
    if converted:
        return f"A column of numbers holds {converted[1][:60]!r}. Write every cell as a number, or leave it empty."
    if "quote" in message:
        return f"{where} has a quote that is never closed. Mend that line."
    return f"{where} cannot be read: {message.splitlines()[0][:200]}. Check that it was saved whole."


def _read_parquet(connection: Any, files: Sequence[str]) -> Any:
    rows = 0
    for file in files:
        quoted = _quote(glob.escape(file))
        rows += connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({quoted})").fetchone()[0]
    names = connection.execute(f"SELECT name, num_children FROM parquet_schema({_list(files[:1])})").fetchall()
    if rows > MAX_ROWS_PER_BYTE * sum(Path(file).stat().st_size for file in files):
        raise AuditError(
            f"The Parquet file says it holds {rows:,} rows in {_size(files)}, as a decompression bomb does. "
            "If it is yours, open it with DuckDB and audit the relation."
        )
    if all(not children for _, children in names[1:]):
        _check_names([name for name, _ in names[1:]])
    return connection.sql(f"SELECT * FROM read_parquet({_list(files)})")


def _size(files: Sequence[str]) -> str:
    return f"{sum(Path(file).stat().st_size for file in files) / 1000:,.0f} kB"


def _plan_arrow(files: Sequence[str]) -> _Plan:
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
    _check_names(names)
    return _Plan((), lambda connection: (connection.from_arrow(table), ()), keep=(table,))


def _check_names(names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.get(name.casefold())
        seen[name.casefold()] = name
        if twin is not None:
            what = "the same name" if twin == name else "names that differ only in capitals"
            raise AuditError(f'Two columns have {what}: "{clean(twin)}" and "{clean(name)}". Rename one of them.')


def _plan_text(
    files: Sequence[str], numbers: Sequence[str], texts: Sequence[str], as_written: Sequence[str] | None
) -> _Plan:
    scratch = _Scratch()
    plain = [_decompress(file, scratch.name) if file.casefold().endswith(".gz") else file for file in files]
    for name, file in zip(files, plain, strict=True):
        _check_text(file, name)
    heads = [_head(file, name) for name, file in zip(files, plain, strict=True)]
    delimiter = _delimiter(heads[0][0])
    header = _cells(heads[0][0], delimiter)
    names = [name or f"column_{i}" for i, name in enumerate(header, start=1)]
    if not names:
        raise AuditError(f'"{files[0]}" starts with an empty line. Its first line must name the columns.')
    _check_names(names)
    for name, head in zip(files, heads, strict=True):
        if _cells(head[0], delimiter) != header:
            raise AuditError(f'"{name}" and "{files[0]}" have different headers. Name files of one table.')
    columns = ", ".join(f"{_quote(name)}: 'VARCHAR'" for name in names)
    table = (
        f"read_csv({_list(plain)}, auto_detect=false, header=true, delim={_quote(delimiter)}, quote='\"', escape='\"', "
        f"strict_mode=true, columns={{{columns}}})"
    )
    commas = [name for i, name in enumerate(names) if _has_decimal_comma(heads[0][1:], delimiter, i)]

    def opened(connection: Any) -> tuple[Any, tuple[str, ...]]:
        declared = [name for name in dict.fromkeys(numbers) if name in names]
        left = [name for name in names if name not in {*declared, *texts, *(as_written or ())}]
        found = _number_columns(connection, table, left, commas) if as_written is not None else []
        notes = [f"Cells are separated by {delimiter!r}."] if delimiter != "," else []
        notes += [f'Decimal commas in "{n}" were read as decimal points.' for n in (*declared, *found) if n in commas]
        replaced = [f"coalesce({_name(n)}, '') AS {_name(n)}" for n in dict.fromkeys(texts) if n in names]
        replaced += [f"CAST({_pointed(n, commas)} AS DOUBLE) AS {_name(n)}" for n in (*declared, *found)]
        as_numbers = f"REPLACE ({', '.join(replaced)})" if replaced else ""
        return connection.sql(f"SELECT * {as_numbers} FROM {table}"), tuple(notes)

    return _Plan(plain, opened, (scratch,), delimiter)


def _pointed(name: str, commas: Sequence[str]) -> str:
    return f"replace({_name(name)}, ',', '.')" if name in commas else _name(name)


def _number_columns(connection: Any, table: str, names: Sequence[str], commas: Sequence[str]) -> list[str]:
    """Name the columns that hold nothing but numbers in the first rows; codes with leading zeros are none."""
    if not names:
        return []
    tests = [f"bool_and(regexp_full_match({_pointed(name, commas)}, '{NUMBER_PATTERN.pattern}'))" for name in names]
    found = connection.sql(f"SELECT {', '.join(tests)} FROM (SELECT * FROM {table} LIMIT {PROBE_ROWS})").fetchall()[0]
    return [name for name, numbers in zip(names, found, strict=True) if numbers]


def _decompress(file: str, folder: str) -> str:
    """Unpack a gzip file into `folder`, and stop where it grows as only a bomb does."""
    target = Path(folder, f"{secrets.token_hex(8)}.csv")
    most = max(SMALL_FILE, MAX_EXPANSION * Path(file).stat().st_size)
    written = 0
    try:
        with gzip.open(file) as source, target.open("xb") as out:
            while block := source.read(2**20):
                written += out.write(block)
                if written > most:
                    raise AuditError(
                        f'"{file}" grows more than {MAX_EXPANSION}-fold when unpacked, as a decompression bomb does. '
                        "If it is yours, unpack it and audit the plain file."
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise AuditError(f'"{file}" is not a whole gzip file. Check that it was saved whole.') from None
    except OSError as error:
        raise AuditError(_no_room(str(error.strerror))) from None
    return str(target)


def _no_room(why: str) -> str:
    return (
        f'The temporary folder "{tempfile.gettempdir()}" cannot be written: {why}. Make room, or name another one in '
        "the environment as TMPDIR."
    )


def _check_text(file: str, name: str) -> None:
    """Refuse what is no UTF-8 text; `name` is what the user called the file before it was unpacked."""
    with Path(file).open("rb") as stream:
        start = stream.read(4)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise AuditError(f'"{name}" is UTF-16 text. Save it as UTF-8.')
        if not start:
            raise AuditError(f'"{name}" is empty. Give a file with a header and rows.')
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = content.find(b"\0")
    if at >= 0:
        raise AuditError(
            f'"{name}" holds a NUL byte at position {at:,}, so it is not a text table. Save it again as CSV.'
        )


def _head(file: str, name: str, lines: int = 200) -> list[str]:
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            return [line.rstrip("\r\n") for line, _ in zip(stream, range(lines), strict=False)]
    except UnicodeDecodeError as error:
        raise AuditError(
            f'"{name}" is not UTF-8 text (byte 0x{error.object[error.start]:02x}; perhaps Latin-1 or Windows-1252). '
            "Save the file as UTF-8."
        ) from None


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _has_decimal_comma(lines: Sequence[str], delimiter: str, at: int) -> bool:
    cells = (_cells(line, delimiter) for line in lines)
    return any(len(row) > at and re.fullmatch(r"\s*[-+]?\d+,\d+\s*", row[at]) for row in cells)
