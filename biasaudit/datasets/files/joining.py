"""Join predictions to a second table that says who people are, inside the engine that holds both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.counts.columns import check_column_exists
from biasaudit.counts.engines import collected
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["join_table", "second_table"]

# Beyond it, neighbouring whole numbers are one float.
MOST_WHOLE = 2**53


def second_table(other: Any) -> str:
    """Call a second table by the name of its file, if it lies in one."""
    return f'"{clean(Path(other).name)}"' if isinstance(other, (str, os.PathLike)) else "the second table"


def join_table(
    frame: Any, other: Any, *, on: str, columns: Mapping[str, tuple[str, ...]], called: str = "the second table"
) -> tuple[Any, tuple[str, ...]]:
    """Take from a second table the columns that the first one lacks, by an id that both hold.

    Every row of the first table is kept, once. Ids of different types are compared as text, so that 7 and "7" are one
    and "007" is another. Nothing is written: the joined rows stay in the engine.

    Parameters
    ----------
    frame, other : Narwhals frame
        Of one engine.
    on : str
        Column of ids in both.
    columns : mapping of str to tuple of str
        The columns needed, by role.
    called : str
        Name of the second table for messages.

    Returns
    -------
    frame : Narwhals frame
        The columns needed, and no others; missing where the second table has no such id.
    notes : tuple of str
        What has no match on either side.

    Raises
    ------
    AuditError
        If a column is in neither table or in both, an id is missing or cannot be compared, one stands twice in the
        second table, no row finds its match, or the tables belong to different engines.

    Examples
    --------
    >>> import pandas as pd
    >>> first = pd.DataFrame({"id": [1, 2, 3, 4], "p": [1, 0, 1, 1]})
    >>> second = pd.DataFrame({"id": ["2", "1"], "sex": ["F", "M"]})
    >>> columns = {"sensitive_features": ("sex",), "y_pred": ("p",)}
    >>> frame, notes = join_table(nw.from_native(first), nw.from_native(second), on="id", columns=columns)
    >>> frame["sex"].to_list()[:2], notes
    (['M', 'F'], ('2 of 4 rows have no match in the second table and count as "(missing)".',))
    """
    other = _on_one_engine(frame, other)
    first, second = (table.collect_schema().names() for table in (frame, other))
    for where, names in (("the first table", first), (called, second)):
        check_column_exists("on", on, names, where=f" of {where}")
    from_first, from_second = _sources(first, second, on, columns, called)
    if not from_second:
        raise AuditError(f"join is not needed: every column that was named is in the first table, none in {called}.")
    rows, persons = _check_ids(frame, on, "the first table"), _check_ids(other, on, called)
    # Longer than any name of a column, so it is none of them.
    key = "k" * (1 + max(map(len, [*first, *second])))
    left, right = _ids(frame, other, on, called)
    decided = frame.select(*[nw.col(name) for name in from_first], left.alias(key))
    known = other.select(*[nw.col(name) for name in from_second], right.alias(key))
    _check_unique(known.select(key), key, on, called)
    notes = _unmatched(decided.select(key), known.select(key), key, (rows, persons), on, called)
    return decided.join(known, on=key, how="left").drop(key), notes


def _on_one_engine(frame: Any, other: Any) -> Any:
    """Bring the second table to the engine of the first, where that costs nothing but its own memory."""
    same = frame.implementation == other.implementation
    lazy = isinstance(frame, nw.LazyFrame)
    if same and lazy == isinstance(other, nw.LazyFrame):
        if frame.implementation.is_duckdb():
            _check_connection(frame, other)
        return other
    if same and frame.implementation.is_polars():
        return other.lazy() if lazy else collected(other)
    raise AuditError(
        f"The tables to join belong to different engines ({_engine(frame)} and {_engine(other)}). "
        "Give both as files, or both as tables of one engine."
    )


def _check_connection(frame: Any, other: Any) -> None:
    import duckdb

    try:
        nw.to_native(frame).cross(nw.to_native(other))
    except duckdb.InvalidInputException:
        raise AuditError(
            "The tables to join belong to different connections of DuckDB. Open both on one, or give both as files."
        ) from None


def _engine(frame: Any) -> str:
    return str(frame.implementation.value) + (" lazy" if isinstance(frame, nw.LazyFrame) else "")


def _sources(
    first: list[str], second: list[str], on: str, columns: Mapping[str, tuple[str, ...]], called: str
) -> tuple[list[str], list[str]]:
    """Say which table each column comes from."""
    sources: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for role, names in columns.items():
        for name in names:
            check_column_exists(role, name, [*first, *(other for other in second if other not in first)])
            if name in first and name in second and name != on:
                raise AuditError(
                    f'{role}="{clean(name)}" is a column of both the first table and {called}. Rename it in one.'
                )
            sources[name not in first][name] = None
    return list(sources[0]), list(sources[1])


def _ids(frame: Any, other: Any, on: str, called: str) -> tuple[Any, Any]:
    """Write the ids of both tables in one type."""
    types = [table.collect_schema()[on] for table in (frame, other)]
    for table, dtype in zip(("the first table", called), types, strict=True):
        if not (dtype.is_numeric() or dtype in (nw.String, nw.Categorical, nw.Enum)):
            raise AuditError(f'on="{clean(on)}" holds {dtype} in {table}. Write ids as text or whole numbers.')
    if types[0] == types[1] and not (types[0].is_float() or types[0].is_decimal()):
        same = nw.col(on) if types[0].is_numeric() else nw.col(on).cast(nw.String)
        return same, same
    keys = [nw.col(on).cast(nw.Int64) if dtype.is_numeric() else nw.col(on).cast(nw.String) for dtype in types]
    if types[0].is_numeric() == types[1].is_numeric():
        return keys[0], keys[1]
    return keys[0].cast(nw.String), keys[1].cast(nw.String)


def _check_ids(frame: Any, on: str, where: str) -> int:
    """Count the rows, each of which must have an id that is exactly what it seems."""
    value = nw.col("v")
    dtype = frame.collect_schema()[on]
    missing, strange = value.is_null(), value.is_null()
    if dtype.is_float() or dtype.is_decimal():
        value = value.cast(nw.Float64)
        # True of NaN and the infinities on every engine.
        missing = value.is_null() | (value * 0 != 0)
        strange = missing | (value != value.round(0)) | (value > MOST_WHOLE) | (value < -MOST_WHOLE)
    facts = frame.select(nw.col(on).alias("v")).with_columns(
        missing.cast(nw.Int64).alias("missing"), strange.cast(nw.Int64).alias("strange"), nw.lit(1).alias("rows")
    )
    found = collected(facts.select(nw.col("rows").sum(), nw.col("missing").sum(), nw.col("strange").sum())).row(0)
    rows, lacking, odd = (int(number or 0) for number in found)
    if lacking:
        raise AuditError(
            f'on="{clean(on)}" is missing in {lacking:,} of {rows:,} rows of {where}. '
            "Give these rows an id, or remove them."
        )
    if odd:
        raise AuditError(
            f'on="{clean(on)}" holds no whole numbers in {odd:,} rows of {where}. Write ids as text or whole numbers.'
        )
    return rows


def _check_unique(keys: Any, key: str, on: str, called: str) -> None:
    """Refuse an id that stands for several people: each of its rows would count several times."""
    counts = keys.group_by(key).agg(nw.len().alias("r"))
    often = counts.filter(nw.col("r") > 1).sort("r", key, descending=[True, False]).head(1)
    for value, rows in collected(often).select(key, "r").rows():
        raise AuditError(
            f'on="{clean(on)}" is not unique in {called}: "{clean(str(value))}" stands {rows:,} times, so nobody '
            "can say which row is meant. Keep one row for each id."
        )


def _count(frame: Any) -> int:
    return int(collected(frame.select(nw.len().alias("r")))["r"].to_list()[0])


def _unmatched(decided: Any, known: Any, key: str, rows: tuple[int, int], on: str, called: str) -> tuple[str, ...]:
    """Say how many ids of either table the other lacks."""
    alone = _count(decided.join(known, on=key, how="anti"))
    if rows[0] and alone == rows[0]:
        raise AuditError(f'No row finds its match by "{clean(on)}" in {called}. Check that both hold the same ids.')
    # Each id once, however many rows it has: less to hold.
    silent = _count(known.join(decided.unique(), on=key, how="anti"))
    notes = []
    if alone:
        has, counts = ("has", "counts") if alone == 1 else ("have", "count")
        notes.append(f'{alone:,} of {rows[0]:,} rows {has} no match in {called} and {counts} as "(missing)".')
    if silent:
        has = "has" if silent == 1 else "have"
        notes.append(f"{silent:,} of {rows[1]:,} people in {called} {has} no prediction.")
    return tuple(notes)
