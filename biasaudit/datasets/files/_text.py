"""Tables in text: unpacked, checked, and read cell by cell as they stand, but for columns of numbers."""

import csv
import gzip
import mmap
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from biasaudit.counts.columns import NUMBER_PATTERN, PROBE_ROWS
from biasaudit.counts.table.connection import quote
from biasaudit.datasets.files._plan import Plan, Scratch, check_names, file_list, no_room
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["plan_text"]

DELIMITERS = (",", ";", "\t", "|")
MAX_EXPANSION = 200
SMALL_FILE = 64 * 2**20


def plan_text(
    files: Sequence[str], numbers: Sequence[str], texts: Sequence[str], as_written: Sequence[str] | None
) -> Plan:
    scratch = Scratch()
    plain = [_decompress(file, scratch.name) if file.casefold().endswith(".gz") else file for file in files]
    for name, file in zip(files, plain, strict=True):
        _check_text(file, name)
    heads = [_head(file, name) for name, file in zip(files, plain, strict=True)]
    delimiter = _delimiter(heads[0][0])
    header = _cells(heads[0][0], delimiter)
    names = [name or f"column_{i}" for i, name in enumerate(header, start=1)]
    if not names:
        raise AuditError(f'"{files[0]}" starts with an empty line. Its first line must name the columns.')
    check_names(names)
    for name, head in zip(files, heads, strict=True):
        if _cells(head[0], delimiter) != header:
            raise AuditError(f'"{name}" and "{files[0]}" have different headers. Name files of one table.')
    columns = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in names)
    how = (
        f"auto_detect=false, header=true, delim={quote(delimiter)}, quote='\"', escape='\"', strict_mode=true, "
        f"columns={{{columns}}}"
    )
    table = f"read_csv({file_list(plain)}, {how})"
    commas = [name for i, name in enumerate(names) if _has_decimal_comma(heads[0][1:], delimiter, i)]

    read_as_numbers: list[str] = []

    def opened(connection: Any) -> tuple[Any, tuple[str, ...]]:
        declared = [name for name in dict.fromkeys(numbers) if name in names]
        left = [name for name in names if name not in {*declared, *texts, *(as_written or ())}]
        found = _number_columns(connection, table, left, commas) if as_written is not None else []
        notes = [f"Cells are separated by {delimiter!r}."] if delimiter != "," else []
        notes += [f'Decimal commas in "{n}" were read as decimal points.' for n in (*declared, *found) if n in commas]
        read_as_numbers[:] = [*declared, *found]
        replaced = [f"coalesce({_name(n)}, '') AS {_name(n)}" for n in dict.fromkeys(texts) if n in names]
        replaced += [f"CAST({_pointed(n, commas)} AS DOUBLE) AS {_name(n)}" for n in (*declared, *found)]
        as_numbers = f"REPLACE ({', '.join(replaced)})" if replaced else ""
        return connection.sql(f"SELECT * {as_numbers} FROM {table}"), tuple(notes)

    def first_text(connection: Any) -> str:
        return _first_text(connection, dict(zip(files, plain, strict=True)), how, read_as_numbers, commas)

    return Plan(plain, opened, (scratch,), delimiter, first_text)


def _pointed(name: str, commas: Sequence[str]) -> str:
    return f"replace({_name(name)}, ',', '.')" if name in commas else _name(name)


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _number_columns(connection: Any, table: str, names: Sequence[str], commas: Sequence[str]) -> list[str]:
    """Name the columns that hold nothing but numbers in the first rows; codes with leading zeros are none."""
    if not names:
        return []
    tests = [f"bool_and(regexp_full_match({_pointed(name, commas)}, '{NUMBER_PATTERN.pattern}'))" for name in names]
    found = connection.sql(f"SELECT {', '.join(tests)} FROM (SELECT * FROM {table} LIMIT {PROBE_ROWS})").fetchall()[0]
    return [name for name, numbers in zip(names, found, strict=True) if numbers]


def _first_text(
    connection: Any, files: Mapping[str, str], how: str, numbers: Sequence[str], commas: Sequence[str]
) -> str:
    """Say where the first text stands in a column that is read as numbers: it is looked for only then."""
    for file, plain in files.items():
        for name in numbers:
            # Read by one thread, rows come in the order of the file.
            rows = f"SELECT row_number() OVER () AS row, * FROM read_csv({file_list([plain])}, {how}, parallel=false)"
            is_text = f"{_name(name)} IS NOT NULL AND TRY_CAST({_pointed(name, commas)} AS DOUBLE) IS NULL"
            texts = f"SELECT found.row, found.{_name(name)} FROM ({rows}) AS found WHERE {is_text}"
            found = connection.sql(f"{texts} ORDER BY found.row LIMIT 1").fetchall()
            if found:
                row, text = found[0]
                where = "" if len(files) == 1 else f' of "{clean(file, 200)}"'
                return (
                    f'"{clean(name)}" holds text among numbers: {clean(repr(text), 60)} in row {row:,}{where}. '
                    "Write every cell as a number, or leave it empty where there is none."
                )
    return ""


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
        raise AuditError(no_room(str(error.strerror))) from None
    return str(target)


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
