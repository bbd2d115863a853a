"""Text where numbers should be: found and named with its row, once it is known that there is some."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import narwhals.stable.v2 as nw

from biasaudit.counts.engines import collected, keeps_order
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["refuse_no_numbers"]

# Of a column of text that holds a number among these rows, the first text that is none is looked for.
HEAD_ROWS = 10_000
PLAIN_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*")


def refuse_no_numbers(frame: Any, role: str, name: str) -> NoReturn:
    """Say what a column holds that is none of numbers.

    Parameters
    ----------
    frame : Narwhals frame
    role : str
        The argument that named the column.
    name : str

    Raises
    ------
    AuditError
        Always.
    """
    dtype = frame.collect_schema()[name]
    column = f'{role}="{clean(name)}"'
    if dtype in (nw.String, nw.Object):
        head = collected(frame.select(name).head(HEAD_ROWS))[name].to_list()
        if any(_is_number(value) for value in head):
            found = _first_text(head) or _first_text(collected(frame.select(name))[name].to_list())
            if found is not None:
                where = f" in row {found[0]:,}" if keeps_order(frame) else ""
                raise AuditError(
                    f"{column} holds text among numbers: {clean(repr(found[1]), 40)}{where}. Write every cell as a "
                    "number, or leave it empty where there is none."
                )
    kind = "text" if dtype in (nw.String, nw.Categorical, nw.Enum) else str(dtype)
    raise AuditError(f"{column} holds {kind}, not numbers. Name a column of numbers.")


def _first_text(values: list[Any]) -> tuple[int, Any] | None:
    return next(
        ((i, value) for i, value in enumerate(values, 1) if not (_is_missing(value) or _is_number(value))), None
    )


def _is_missing(value: Any) -> bool:
    return value is None or value != value or type(value).__name__ == "NAType"


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return PLAIN_NUMBER.fullmatch(value) is not None
    return hasattr(value, "__float__") and not isinstance(value, bool)
