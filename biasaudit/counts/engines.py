"""Bring a small result home from whichever engine computed it."""

from importlib.util import find_spec
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError

__all__ = ["collected", "float_expression", "keeps_order", "to_floats"]


def collected(frame: Any) -> Any:
    """Return `frame` as an eager one.

    Polars streams, so that a lazy frame may be larger than memory. DuckDB goes through pandas where pyarrow, which it
    would use, is not installed.

    Parameters
    ----------
    frame : Narwhals frame
        Lazy or eager.

    Returns
    -------
    Narwhals DataFrame

    Raises
    ------
    AuditError
        If a result of Spark cannot come home because pyarrow is not installed.
    """
    if not isinstance(frame, nw.LazyFrame):
        return frame
    if frame.implementation.is_duckdb():
        return frame.collect("pyarrow" if find_spec("pyarrow") else "pandas")
    if frame.implementation.is_polars():
        return frame.collect(engine="streaming")
    if frame.implementation.is_spark_like() and not find_spec("pyarrow"):
        raise AuditError('Counts of Spark come home through pyarrow, which is missing: pip install "biasaudit[spark]".')
    return frame.collect()


def keeps_order(frame: Any) -> bool:
    """Say whether rows come home in the order in which they stand, so that they have numbers.

    Parameters
    ----------
    frame : Narwhals frame

    Returns
    -------
    bool
    """
    if not isinstance(frame, nw.LazyFrame) or frame.implementation.is_polars():
        return True
    if not frame.implementation.is_duckdb():
        return False
    setting = nw.to_native(frame).query("rows", "SELECT current_setting('preserve_insertion_order')")
    return bool(setting.fetchall()[0][0])


def float_expression(frame: Any, name: str) -> Any:
    """Write a column of numbers as an expression of floats, whole numbers beyond 2^53 rounded on every engine.

    Parameters
    ----------
    frame : Narwhals frame
    name : str
        Column of numbers.

    Returns
    -------
    Narwhals expression
    """
    column = nw.col(name)
    if frame.implementation.is_pyarrow():
        return _rounded(column, frame.schema[name])
    return column.cast(nw.Float64)


def to_floats(column: Any) -> Floats:
    """Return a column of numbers in memory as floats, NaN where there is none.

    Parameters
    ----------
    column : Narwhals Series

    Returns
    -------
    float array of shape (rows,)
    """
    as_float = _rounded(column, column.dtype) if column.implementation.is_pyarrow() else column.cast(nw.Float64)
    return np.asarray(as_float.to_numpy(), dtype=float)


def _rounded(column: Any, dtype: Any) -> Any:
    # Arrow casts no whole number that a float cannot hold, but divides it.
    return (column / 1 if dtype.is_integer() else column).cast(nw.Float64)
