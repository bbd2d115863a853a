"""What columns of numbers must not hold, and the sentence that says so, with the row: it is looked for only then."""

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.engines import collected, float_expression, keeps_order
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["refuse_infinite", "refuse_missing", "refuse_size"]


def refuse_infinite(frame: Any, argument: str, name: str) -> NoReturn:
    """Say where the first infinite value stands."""
    rows = np.flatnonzero(np.isinf(_values(frame, name)))
    where = f"{len(rows):,} row{'s' * (len(rows) > 1)}"
    if keeps_order(frame):
        where = f"row {rows[0] + 1:,}" + (f" and {len(rows) - 1:,} more" if len(rows) > 1 else "")
    raise AuditError(
        f'{argument}="{clean(name)}" is infinite in {where}. Give a number, or leave it empty where there is none.'
    )


def refuse_size(frame: Any, argument: str, name: str, largest: float) -> NoReturn:
    """Say where the value stands whose powers no float holds."""
    values = np.abs(_values(frame, name))
    row = int(np.flatnonzero(values == np.nanmax(np.where(np.isinf(values), np.nan, values)))[0]) + 1
    where = f" (row {row:,})" if keeps_order(frame) else ""
    raise AuditError(
        f'{argument}="{clean(name)}" goes up to {largest:g}{where}, of which no sums of powers can be kept. '
        "Measure it in another unit, so that values lie between 1e-50 and 1e50."
    )


def refuse_missing(frame: Any, columns: Mapping[str, str]) -> NoReturn:
    """Say which column has no number in any row, or that no row has both."""
    for argument, name in columns.items():
        if np.isnan(_values(frame, name)).all():
            raise AuditError(f'{argument}="{clean(name)}" is missing in every row. Name a column that holds numbers.')
    names = " and ".join(f'{argument}="{clean(name)}"' for argument, name in columns.items())
    raise AuditError(f"No row has both {names}. Check that they belong to the same rows.")


def _values(frame: Any, name: str) -> Floats:
    column = collected(frame.select(float_expression(frame, name).alias("value")))["value"]
    return np.asarray(column.to_numpy(), dtype=float)
