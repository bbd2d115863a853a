"""Tables that come from people: bytes or a file, read into memory within limits, or refused in a sentence."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from biasaudit.datasets.files._paths import ARROW_ENDINGS, PARQUET_ENDINGS, TEXT_ENDINGS
from biasaudit.datasets.files.tables import open_table, reading
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_BYTES", "MOST_CELLS", "read_table"]

# What a page takes into memory; more than that is a job for the command line, which reads out of core.
MOST_BYTES = 200 * 2**20
MOST_CELLS = 100_000_000
MOST_UNZIPPED = 1024 * 2**20
SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ENDINGS = (*TEXT_ENDINGS, *PARQUET_ENDINGS, *ARROW_ENDINGS, *SHEETS)


def read_table(
    source: bytes | BinaryIO | str | os.PathLike[str], *, name: str | None = None, sheet: str | None = None
) -> pd.DataFrame:
    r"""Read a CSV, Parquet, Arrow or spreadsheet file into memory.

    Cells of a CSV stay as they are written, but for columns that hold numbers throughout; an empty cell is missing.
    Of a spreadsheet, the values are read and never the formulas.

    Parameters
    ----------
    source : bytes, binary file or path
        The file, or what is in it.
    name : str, optional
        Name of the file where `source` is bytes: its ending tells the kind. It is never used as a path.
    sheet : str, optional
        Sheet of a spreadsheet; the first otherwise.

    Returns
    -------
    DataFrame

    Raises
    ------
    AuditError
        If it is no table, too large for memory, or grows like a bomb.

    Examples
    --------
    >>> read_table(b"sex,hired\nF,1\nM,0\n", name="people.csv")["hired"].tolist()
    [1, 0]
    """
    shown, content = _content(source, name)
    ending = next((e for e in sorted(ENDINGS, key=len, reverse=True) if shown.casefold().endswith(e)), None)
    if ending is None:
        raise AuditError(
            f'"{clean(shown)}" is not a table that can be read. Give a CSV, TSV, Parquet, Arrow or spreadsheet file.'
        )
    if len(content) > MOST_BYTES:
        raise AuditError(
            f'"{clean(shown)}" holds more than {MOST_BYTES / 2**20:.0f} MB, the most that is read into '
            "memory. Audit it from its file instead: biasaudit audit FILE --sensitive COLUMN …"
        )
    if not content:
        raise AuditError(f'"{clean(shown)}" is empty. Give a file with a header and rows.')
    return _sheet(content, shown, sheet) if ending in SHEETS else _file(content, shown, ending)


def _content(source: Any, name: str | None) -> tuple[str, bytes]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        if not name:
            raise AuditError("name is missing. Say what the file is called, such as people.csv: it tells the kind.")
        return Path(name.replace("\\", "/")).name or name, bytes(source)
    if hasattr(source, "read"):
        return _content(source.read(), name or getattr(source, "name", None))
    path = Path(source)
    try:
        if path.stat().st_size > MOST_BYTES:
            return path.name, b"\0" * (MOST_BYTES + 1)
        return path.name, path.read_bytes()
    except OSError as error:
        raise AuditError(f'"{clean(str(source))}" cannot be read: {error.strerror}. Check the path.') from None
    except ValueError:
        raise AuditError("The path holds a NUL character. Give the path of a file.") from None


def _file(content: bytes, shown: str, ending: str) -> pd.DataFrame:
    """Read it as files are read, from a private copy that goes at once."""
    try:
        with tempfile.TemporaryDirectory(prefix="biasaudit-") as folder:
            path = Path(folder) / f"table{ending}"
            path.write_bytes(content)
            return _numbers(*_whole(str(path)))
    except OSError as error:
        raise AuditError(f"The table cannot be read: {error.strerror or error}. Is there room on the disk?") from None
    except AuditError as error:
        raise AuditError(str(error).replace(str(path), clean(shown))) from None


def _whole(path: str) -> tuple[pd.DataFrame, bool]:
    """Return the table, and whether decimal commas are to be expected."""
    table = open_table(path)
    with reading():
        rows, columns = len(table.frame), len(table.frame.columns)
        if rows * columns > MOST_CELLS:
            raise AuditError(
                f'"{path}" holds {rows:,} rows of {columns:,} columns; at most {MOST_CELLS:,} cells are read into '
                "memory. Audit it from its file instead: biasaudit audit FILE --sensitive COLUMN …"
            )
        return table.frame.df(), table.delimiter == ";"


def _numbers(frame: pd.DataFrame, commas: bool) -> pd.DataFrame:
    """Read columns of text as numbers where every value is one, but for codes with leading zeros."""
    import pandas as pd

    def read(column: pd.Series) -> pd.Series:
        texts = column.dropna()
        if not pd.api.types.is_string_dtype(texts) or not len(texts) or texts.str.match(r"^0\d").any():
            return column
        numbers = pd.to_numeric(column.str.replace(",", ".", regex=False) if commas else column, errors="coerce")
        return column if numbers.notna().sum() < len(texts) else numbers

    return frame.apply(read) if len(frame) else frame


def _sheet(content: bytes, shown: str, sheet: str | None) -> pd.DataFrame:
    """Read the values of one sheet; its first row that is not empty names the columns."""
    import pandas as pd

    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise AuditError(
            'Spreadsheets need python-calamine. Install it with: pip install "biasaudit[dashboard]"'
        ) from None
    _check_zip(content, shown)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if sheet is not None and sheet not in book.sheet_names:
            raise AuditError(
                f'"{clean(sheet)}" is not a sheet of "{clean(shown)}". '
                f"Sheets: {', '.join(map(clean, book.sheet_names))}."
            )
        rows = (book.get_sheet_by_name(sheet) if sheet is not None else book.get_sheet_by_index(0)).to_python()
    except AuditError:
        raise
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise AuditError(f'"{clean(shown)}" is not a spreadsheet that can be read: {clean(str(error))}.') from None
    rows = [row for row in rows if any(cell not in ("", None) for cell in row)]
    if len(rows) < 2:
        raise AuditError(f'"{clean(shown)}" has no rows below its header. Give a sheet with a header and rows.')
    if len(rows) * len(rows[0]) > MOST_CELLS:
        raise AuditError(f'"{clean(shown)}" is too large for memory. Save it as CSV and run: biasaudit audit FILE …')
    names = [str(cell).strip() for cell in rows[0]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        what = f'two columns called "{clean(twice)}"' if twice else "columns without a name"
        raise AuditError(f'"{clean(shown)}" has {what}. Give every column a name of its own, in the first row.')
    frame = pd.DataFrame(rows[1:], columns=names)
    return frame.where(frame.map(lambda cell: cell not in ("", None)), None).infer_objects()


def _check_zip(content: bytes, shown: str) -> None:
    """Refuse an archive that says it grows beyond what memory holds, before anything is unpacked."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > MOST_UNZIPPED or size > 200 * max(len(content), 50_000):
        raise AuditError(
            f'"{clean(shown)}" would grow to {size / 2**20:,.0f} MB when it is unpacked, as a zip bomb does. '
            "Save the sheet as CSV."
        )
