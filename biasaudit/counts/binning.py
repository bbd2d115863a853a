"""Cut columns of numbers into groups by declared edges, inside whichever engine holds them."""

import itertools
import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.columns import check_column_exists
from biasaudit.counts.engines import to_floats
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["BinEdges", "bin_codes", "bin_names", "check_bins", "with_bins"]

BinEdges = dict[str, tuple[float, ...]]
MAX_EDGES = 100


def check_bins(
    bins: Any, features: Sequence[str], schema: Any, *, role: str = "sensitive_features", others: Sequence[Any] = ()
) -> BinEdges:
    """Read edges by column, and refuse what are none.

    Parameters
    ----------
    bins : mapping of str to sequence of float, or None
        Rising, finite edges by column.
    features : sequence of str
        Columns that may be cut.
    schema : Narwhals schema
    role : str
        What the caller calls `features`.
    others : sequence of str or None
        Columns that are needed as they are, and so cannot be cut.

    Returns
    -------
    dict of str to tuple of float

    Raises
    ------
    AuditError
        If a column is not there, is not among `features`, is needed as it is or holds no numbers, or its edges do not
        rise.

    Examples
    --------
    >>> check_bins({"age": [25, 45]}, ["age"], {"age": nw.Int64()})
    {'age': (25.0, 45.0)}
    """
    if bins is None:
        return {}
    if not isinstance(bins, Mapping):
        raise AuditError(
            f'bins={clean(repr(bins))} does not map a column to its edges. Write it as {{"age": [25, 45]}}.'
        )
    checked = {}
    for name, edges in bins.items():
        shown = clean(str(name))
        if name not in features:
            raise AuditError(f'bins names "{shown}", which is none of the {role}. Add it, or leave it out.')
        if name in others:
            raise AuditError(f'bins names "{shown}", which is needed uncut as well. Copy it under another name.')
        checked[name] = _edges(shown, edges)
        check_column_exists(role, name, list(schema))
        if not schema[name].is_numeric():
            raise AuditError(f'bins names "{shown}", which holds no numbers. Name a column of numbers.')
    return checked


def _edges(shown: str, edges: Any) -> tuple[float, ...]:
    listed = list(edges) if isinstance(edges, (list, tuple, np.ndarray)) else []
    numbers = all(isinstance(edge, Real) and not isinstance(edge, bool) and math.isfinite(edge) for edge in listed)
    if not (listed and numbers and all(low < high for low, high in itertools.pairwise(listed))):
        raise AuditError(
            f'bins["{shown}"]={clean(repr(edges))} is no list of rising numbers. Give edges such as [25, 45].'
        )
    if len(listed) > MAX_EDGES:
        raise AuditError(f'bins["{shown}"] has {len(listed):,} edges. Give at most {MAX_EDGES}.')
    return tuple(map(float, listed))


def bin_names(edges: Sequence[float]) -> tuple[str, ...]:
    """Name the bins between edges, each of which belongs to the bin above it.

    Parameters
    ----------
    edges : sequence of float
        Rising.

    Returns
    -------
    tuple of str
        One more than edges.

    Examples
    --------
    >>> bin_names([25, 45])
    ('under 25', '25 to 45', '45 or more')
    """
    texts = [_edge_text(float(edge)) for edge in edges]
    between = [f"{low} to {high}" for low, high in itertools.pairwise(texts)]
    return (f"under {texts[0]}", *between, f"{texts[-1]} or more")


def _edge_text(edge: float) -> str:
    """Write an edge so that no other edge reads the same."""
    text = f"{edge:.15g}"
    return text if float(text) == edge else repr(edge)


def bin_codes(values: Floats, edges: Sequence[float]) -> Ints:
    """Count the edges that each value has reached; -1 where it is missing or infinite.

    Parameters
    ----------
    values : float array of shape (rows,)
    edges : sequence of float
        Rising.

    Returns
    -------
    int array of shape (rows,)

    Examples
    --------
    >>> bin_codes(np.array([24.9, 25, 45, np.nan, np.inf]), [25, 45]).tolist()
    [0, 1, 2, -1, -1]
    """
    reached = np.searchsorted(np.asarray(edges, dtype=float), values, side="right")
    return np.where(np.isfinite(values), reached, -1).astype(np.int64)


def with_bins(frame: Any, bins: Mapping[str, Sequence[float]]) -> Any:
    """Put the name of its bin in the place of each number; missing and infinite ones are missing.

    Parameters
    ----------
    frame : Narwhals frame
    bins : mapping of str to sequence of float
        Edges by column, as :func:`check_bins` returns them.

    Returns
    -------
    Narwhals frame

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"age": [24.9, 25, 45]}))
    >>> with_bins(frame, {"age": (25, 45)})["age"].to_list()
    ['under 25', '25 to 45', '45 or more']
    """
    if not bins:
        return frame
    if isinstance(frame, nw.DataFrame):
        return frame.with_columns(*[_binned_series(frame, name, edges) for name, edges in bins.items()])
    return frame.with_columns(*[_bin_expression(name, edges).alias(name) for name, edges in bins.items()])


def _binned_series(frame: Any, name: str, edges: Sequence[float]) -> Any:
    values = to_floats(frame[name])
    names = np.array([*bin_names(edges), None], dtype=object)[bin_codes(values, edges)]
    return nw.new_series(name, names.tolist(), nw.String, backend=nw.get_native_namespace(frame))


def _bin_expression(name: str, edges: Sequence[float]) -> Any:
    value, names = nw.col(name).cast(nw.Float64), bin_names(edges)
    # True of NaN and the infinities on every engine.
    unknown = value.is_null() | (value * 0 != 0)
    return nw.when(~unknown).then(_bin_name_expression(value, edges, names, 0, len(edges)))


def _bin_name_expression(value: Any, edges: Sequence[float], names: Sequence[str], low: int, high: int) -> Any:
    """Search the edges by halves."""
    if low == high:
        return nw.lit(names[low])
    middle = (low + high + 1) // 2
    above, below = (
        _bin_name_expression(value, edges, names, middle, high),
        _bin_name_expression(value, edges, names, low, middle - 1),
    )
    return nw.when(value >= float(edges[middle - 1])).then(above).otherwise(below)
