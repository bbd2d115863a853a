"""Any dataframe as one that every part reads alike: columns named by text, values that can be grouped."""

from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["as_frame", "unpack_columns"]


def as_frame(data: Any) -> Any:
    """Return anything Narwhals takes as a Narwhals frame whose columns are named by text.

    A column named by a number or a tuple, as pandas allows, is called by what it is written as: 0 is "0".

    Parameters
    ----------
    data : dataframe
        Of pandas, Polars, pyarrow, DuckDB or Spark, or a Narwhals frame.

    Returns
    -------
    Narwhals frame

    Raises
    ------
    AuditError
        If it is no table, or two of its columns share a name.

    Examples
    --------
    >>> import pandas as pd
    >>> as_frame(pd.DataFrame({0: [1], ("a", 1): [2]})).columns
    ['0', "('a', 1)"]
    """
    try:
        frame = nw.from_native(data)
        names = frame.collect_schema().names()
    except nw.exceptions.DuplicateError as error:
        raise AuditError(f"Two columns have the same name: {error}. Rename one of them.") from None
    except TypeError:
        raise AuditError(
            f"Cannot audit a {type(data).__name__}. Give a dataframe (pandas, Polars, pyarrow, DuckDB relation, Spark) "
            "or the path of a CSV, Parquet or Arrow file."
        ) from None
    if all(isinstance(name, str) for name in names):
        return frame
    texts = [str(name) for name in names]
    repeated = next((name for i, name in enumerate(texts) if name in texts[:i]), None)
    if repeated is not None:
        raise AuditError(f'Two columns are both called "{clean(repeated)}" when written as text. Rename one of them.')
    return nw.from_native(nw.to_native(frame).set_axis(texts, axis="columns"))


def unpack_columns(frame: Any, names: list[str]) -> Any:
    """Unpack the columns of pandas that no group-by takes as they are: sparse ones, and Arrow's dictionaries.

    Parameters
    ----------
    frame : Narwhals frame
    names : list of str
        Columns that will be grouped by.

    Returns
    -------
    Narwhals frame
    """
    if not (isinstance(frame, nw.DataFrame) and frame.implementation.is_pandas()):
        return frame
    native, unpacked = nw.to_native(frame), []
    for name in dict.fromkeys(names):
        if name not in native.columns:
            continue
        dtype = native[name].dtype
        arrow_type = getattr(dtype, "pyarrow_dtype", None)
        if type(dtype).__name__ == "SparseDtype":
            unpacked.append(native[name].sparse.to_dense())
        elif arrow_type is not None and hasattr(arrow_type, "value_type") and hasattr(arrow_type, "index_type"):
            unpacked.append(native[name].astype(type(dtype)(arrow_type.value_type)))
    return frame.with_columns(*[nw.from_native(column, series_only=True) for column in unpacked]) if unpacked else frame
