"""Bring a small result home from whichever engine computed it."""

from importlib.util import find_spec
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.errors import AuditError

__all__ = ["collected"]


def collected(frame: Any) -> Any:
    """Return `frame` as an eager one.

    Polars streams, so that a lazy frame may be larger than memory. DuckDB goes through pandas where pyarrow, which it
    would use, is not installed.

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
