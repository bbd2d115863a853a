"""What columns of numbers must not hold, and the sentence that says so, with the row: it is looked for only then."""

from collections.abc import Mapping
from typing import Any, NoReturn

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.columns import NUMBER_PATTERN, PROBE_ROWS
from biasaudit.counts.engines import collected, float_expression
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["check_numbers", "refuse_infinite", "refuse_missing", "refuse_size"]


def check_numbers(frame: Any, argument: str, name: str) -> None:
    """Raise an AuditError unless a column is one of numbers, and say what is none and where."""
    dtype = frame.collect_schema()[name]
    if dtype.is_numeric():
        return
    column = f'{argument}="{clean(name)}"'
    if dtype == nw.Boolean:
        raise AuditError(
            f'{column} holds true and false, not numbers. Audit it as a yes and no: outcome_type="binary".'
        )
    if dtype.is_temporal():
        raise AuditError(f"{column} holds dates or times ({dtype}), not numbers. Make it days or hours since a start.")
    if dtype.is_nested() or dtype == nw.Binary:
        raise AuditError(f"{column} holds {dtype}, not numbers. Name a column of numbers.")
    row, value = _first_other(frame, name)
    if row is None:
        raise AuditError(f"{column} holds its numbers as text. Make it a column of numbers first.")
    raise AuditError(
        f"{column} holds {clean(repr(value), 40)} in row {row:,}, which is no number. Write a number there, or leave it "
        "empty."
    )


def _first_other(frame: Any, name: str) -> tuple[int | None, Any]:
    """Find the first value that is no number, and its row, counted from 1; the first rows are looked at first."""
    for rows in (frame.select(name).head(PROBE_ROWS), frame.select(name)):
        values = collected(rows)[name].to_list()
        found = next((i for i, value in enumerate(values) if not _is_number(value)), None)
        if found is not None:
            return found + 1, values[found]
    return None, None


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return NUMBER_PATTERN.fullmatch(value.strip()) is not None
    return (
        value is None
        or type(value).__name__ == "NAType"
        or (hasattr(value, "__float__") and not isinstance(value, bool))
    )


def refuse_infinite(frame: Any, argument: str, name: str, rows: int) -> NoReturn:
    """Say where the first infinite value stands."""
    row = int(np.flatnonzero(np.isinf(_values(frame, name)))[0]) + 1
    more = f" and {rows - 1:,} more" if rows > 1 else ""
    raise AuditError(
        f'{argument}="{clean(name)}" is infinite in row {row:,}{more}. Give a number, or leave it empty where there is '
        "none."
    )


def refuse_size(frame: Any, argument: str, name: str, largest: float) -> NoReturn:
    """Say where the value stands whose powers no float holds."""
    values = np.abs(_values(frame, name))
    row = int(np.flatnonzero(values == np.nanmax(np.where(np.isinf(values), np.nan, values)))[0]) + 1
    raise AuditError(
        f'{argument}="{clean(name)}" goes up to {largest:g} (row {row:,}), of which no sums of powers can be kept. '
        "Measure it in another unit, so that values lie between 1e-50 and 1e50."
    )


def refuse_missing(columns: Mapping[str, str], found: Mapping[str, float]) -> NoReturn:
    """Say which column has no number in any row, or that no row has both."""
    for (argument, name), role in zip(columns.items(), ("outcome", "prediction"), strict=False):
        if not found.get(f"present_{role}", 1):
            raise AuditError(f'{argument}="{clean(name)}" is missing in every row. Name a column that holds numbers.')
    names = " and ".join(f'{argument}="{clean(name)}"' for argument, name in columns.items())
    raise AuditError(f"No row has both {names}. Check that they belong to the same rows.")


def _values(frame: Any, name: str) -> Floats:
    column = collected(frame.select(float_expression(frame, name).alias("value")))["value"]
    return np.asarray(column.to_numpy(), dtype=float)
