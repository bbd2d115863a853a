"""Rows of every level of every column, by group and label: what an audit of data without a model stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts._grouping import count_by_keys
from biasaudit.counts.column_kinds import BLANKS, ColumnKind, is_number
from biasaudit.counts.engines import collected, float_expression, to_floats
from biasaudit.counts.values import MISSING, canonical, canonical_each, order_levels
from biasaudit.errors import AuditError

__all__ = [
    "ColumnCounts",
    "ColumnTable",
    "combine_levels",
    "count_columns",
    "count_together",
    "distinct_rows",
    "encode_column",
]

MAX_LEVELS = 50_000


@dataclass(frozen=True, eq=False)
class ColumnTable:
    """A table with the keys that all counts share.

    Parameters
    ----------
    frame : Narwhals frame
    features : tuple of str
        Sensitive features.
    levels : tuple of tuple of str
        Their levels.
    y_true : str or None
    class_codes : mapping of str to int
        Each value of the label as 0 or 1.
    count : str or None
        Column of how many people a row stands for.
    """

    frame: Any
    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    y_true: str | None
    class_codes: Mapping[str, int]
    count: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Levels of each sensitive feature."""
        return tuple(len(names) for names in self.levels)

    @cached_property
    def schema(self) -> Any:
        """Types of the columns, asked for once: a wide table is slow to tell them."""
        return self.frame.collect_schema()


@dataclass(frozen=True, eq=False)
class ColumnCounts:
    """Rows of one column by level, group and label, a cell for each combination that has a row.

    Parameters
    ----------
    kind : ColumnKind
    levels : tuple of str
        Names of the levels, in order.
    level, y_true, rows : int array of shape (cells,)
        Level, -1 where the value is missing; label 0 or 1, -1 where it is missing; number of rows.
    group : int array of shape (cells, features)
        Level of each sensitive feature.
    shape : tuple of int
        Levels of each sensitive feature.
    """

    kind: ColumnKind
    levels: tuple[str, ...]
    level: Ints
    y_true: Ints
    rows: Ints
    group: Ints
    shape: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.kind.name

    @cached_property
    def by_y_true(self) -> Floats:
        """Rows by level and label, shape (levels, 2); rows that lack either are left out."""
        known = (self.level >= 0) & (self.y_true >= 0)
        cell = self.level[known] * 2 + self.y_true[known]
        rows = np.bincount(cell, weights=self.rows[known], minlength=2 * len(self.levels))
        return rows.reshape(len(self.levels), 2).astype(float)

    def by_group(self, feature: int) -> Floats:
        """Rows by level, group of one feature and label, missing ones last: shape (levels + 1, groups, 3)."""
        groups, levels = self.shape[feature], len(self.levels) + 1
        level, y_true = np.where(self.level < 0, levels - 1, self.level), np.where(self.y_true < 0, 2, self.y_true)
        cell = (level * groups + self.group[:, feature]) * 3 + y_true
        rows = np.bincount(cell, weights=self.rows, minlength=levels * groups * 3)
        return rows.reshape(levels, groups, 3).astype(float)


def count_columns(table: ColumnTable, kinds: Sequence[ColumnKind]) -> tuple[ColumnCounts, ...]:
    """Count each column by level, group and label: a group-by each, on whichever engine holds the table.

    Parameters
    ----------
    table : ColumnTable
    kinds : sequence of ColumnKind
        The columns to count.

    Returns
    -------
    tuple of ColumnCounts
        In the order of `kinds`.

    Raises
    ------
    AuditError
        If a column has too many values to count.
    """
    return tuple(_count_column(table, kind) for kind in kinds)


def count_together(table: ColumnTable, kinds: Sequence[ColumnKind]) -> tuple[ColumnCounts, Ints]:
    """Count all combinations of levels of several columns, and return the levels of each cell, shape (cells, columns).

    In the counts, a level stands for a combination.

    Parameters
    ----------
    table : ColumnTable
    kinds : sequence of ColumnKind

    Returns
    -------
    counts : ColumnCounts
    codes : int array of shape (cells, columns)

    Raises
    ------
    AuditError
        If a column has too many values to count.
    """
    cells = _count_cells(table, kinds)
    codes = np.stack([_encode_levels(kind, cells[f"k_{i}"])[0] for i, kind in enumerate(kinds)], axis=1)
    kind = ColumnKind(" × ".join(kind.name for kind in kinds), "names", False)
    counts = _column_counts(table, kind, ("(one)",), np.zeros(len(codes), dtype=np.int64), cells)
    return combine_levels(counts, codes), codes


def combine_levels(counts: ColumnCounts, codes: Ints) -> ColumnCounts:
    """Make a level of each combination of `codes`, shape (cells, columns).

    Parameters
    ----------
    counts : ColumnCounts
    codes : int array of shape (cells, columns)
        -1 or more.

    Returns
    -------
    ColumnCounts
        The same cells, with combinations for levels.
    """
    level = np.zeros(len(codes), dtype=np.int64)
    # One number a combination, in order: sorting numbers is much faster than sorting rows.
    for column in codes.T:
        key = level * (int(column.max(initial=0)) + 2) + column + 1
        level = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return replace(counts, level=level, levels=tuple(map(str, range(int(level.max(initial=-1)) + 1))))


def _count_column(table: ColumnTable, kind: ColumnKind) -> ColumnCounts:
    cells = _count_cells(table, [kind])
    codes, names = _encode_levels(kind, cells["k_0"])
    return _column_counts(table, kind, names, codes, cells)


def _count_cells(table: ColumnTable, kinds: Sequence[ColumnKind]) -> dict[str, Any]:
    frame = table.frame
    chosen = [nw.col(name).alias(f"f_{i}") for i, name in enumerate(table.features)]
    if table.y_true is not None:
        chosen.append(nw.col(table.y_true).alias("y_true"))
    lazy = isinstance(frame, nw.LazyFrame)
    chosen += [_level_expression(kind, table.schema[kind.name], lazy).alias(f"k_{i}") for i, kind in enumerate(kinds)]
    if table.count is not None:
        chosen.append(float_expression(frame, table.count).alias("rows"))
    selected = frame.select(*chosen)
    if not lazy:
        selected = _with_bins(frame, selected, kinds)
    names = [name for name in selected.collect_schema().names() if name != "rows"]
    return count_by_keys(selected, names, [] if table.count is None else ["rows"])


def _level_expression(kind: ColumnKind, dtype: Any, lazy: bool) -> Any:
    """Write the level of a row as an expression."""
    column = nw.col(kind.name)
    if kind.role == "many":
        unknown = column.is_null()
        if dtype == nw.String:
            for blank in BLANKS:
                unknown = unknown | (column == blank)
        return unknown.cast(nw.Int64)
    if kind.role == "days":
        return column.cast(nw.String).str.slice(0, kind.letters)
    if kind.role == "bins" and lazy:
        value = column.cast(nw.Float64)
        return nw.when(value.is_null() | (value * 0 != 0)).then(nw.lit(-1)).otherwise(_edges_reached(value, kind.edges))
    return column


def _edges_reached(value: Any, edges: Floats) -> Any:
    return nw.sum_horizontal(*[(value >= float(edge)).cast(nw.Int64) for edge in edges])


def _with_bins(frame: Any, selected: Any, kinds: Sequence[ColumnKind]) -> Any:
    """Cut numbers in memory: a search of the edges, exact and faster than comparisons."""
    namespace = nw.get_native_namespace(frame)
    series = []
    for i, kind in enumerate(kinds):
        if kind.role == "bins":
            values = to_floats(frame[kind.name])
            codes = np.where(np.isfinite(values), np.searchsorted(kind.edges, values, side="right"), -1)
            series.append(nw.new_series(f"k_{i}", codes.astype(np.int64), nw.Int64, backend=namespace))
    return selected.with_columns(*series) if series else selected


def _encode_levels(kind: ColumnKind, values: list[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Give every level found a code, -1 where it is missing."""
    if kind.role == "bins":
        return np.asarray(values, dtype=np.int64), tuple(kind.level_name(i) for i in range(len(kind.edges) + 1))
    if kind.role == "many":
        return -np.asarray(values, dtype=np.int64), ("(some value)",)
    names_of_values = {value: _level_name(value) for value in set(values)}
    found = {name for name in names_of_values.values() if name is not None}
    if len(found) > MAX_LEVELS:
        raise AuditError(f'Column "{kind.name}" has {len(found):,} different values, too many to count. Leave it out.')
    numeric = kind.ordered and all(map(is_number, found))
    names = tuple(sorted(found, key=float)) if numeric else order_levels(found)
    position: dict[str | None, int] = {name: i for i, name in enumerate(names)} | {None: -1}
    return np.fromiter((position[names_of_values[value]] for value in values), np.int64, len(values)), names


def encode_column(counts: ColumnCounts, sample: Any) -> Ints:
    """Return the level of each row of a table in memory, -1 where the value is missing.

    Parameters
    ----------
    counts : ColumnCounts
        Of the column, with its levels.
    sample : Narwhals frame
        In memory.

    Returns
    -------
    int array of shape (rows,)
    """
    kind, column = counts.kind, sample[counts.name]
    if kind.role == "bins":
        values = to_floats(column)
        return np.where(np.isfinite(values), np.searchsorted(kind.edges, values, side="right"), -1).astype(np.int64)
    if kind.role == "days":
        column = column.cast(nw.String).str.slice(0, kind.letters)
    position = {name: i for i, name in enumerate(counts.levels)} | dict.fromkeys((None, *BLANKS), -1)
    return np.fromiter(map(position.__getitem__, canonical_each(column.to_list())), np.int64, len(column))


def _level_name(value: Any) -> str | None:
    name = canonical(value)
    return None if name in BLANKS else name


def _column_counts(
    table: ColumnTable, kind: ColumnKind, names: tuple[str, ...], codes: Ints, cells: Mapping[str, Any]
) -> ColumnCounts:
    group = [
        _encode_groups(cells[f"f_{i}"], {name: at for at, name in enumerate(levels)}, levels)
        for i, levels in enumerate(table.levels)
    ]
    y_true = np.full(len(codes), -1, dtype=np.int64)
    if table.y_true is not None:
        y_true = np.fromiter(
            (_encode_y_true(value, table.class_codes) for value in cells["y_true"]), np.int64, len(codes)
        )
    rows = np.asarray(cells["rows"], dtype=np.int64)
    return ColumnCounts(kind, names, codes, y_true, rows, np.stack(group, axis=1), table.shape)


def _encode_groups(values: list[Any], position: Mapping[str, int], levels: Sequence[str]) -> Ints:
    return np.fromiter((position[_group_name(value)] for value in values), np.int64, len(values))


def _group_name(value: Any) -> str:
    name = canonical(value)
    return MISSING if name is None else name


def _encode_y_true(value: Any, class_codes: Mapping[str, int]) -> int:
    name = canonical(value)
    return -1 if name is None else class_codes[name]


def distinct_rows(table: ColumnTable) -> Ints | None:
    """Count the different rows of each group, an array over the levels of the sensitive features.

    None where a column holds what cannot be compared, such as lists, or rows stand for several people.

    Parameters
    ----------
    table : ColumnTable

    Returns
    -------
    int array of the shape of `table`, or None
    """
    if table.count is not None or any(dtype.is_nested() or dtype == nw.Object for dtype in table.schema.values()):
        return None
    grouped = collected(table.frame.unique().group_by(*table.features, drop_null_keys=False).agg(nw.len().alias("n_")))
    counts = np.zeros(table.shape, dtype=np.int64)
    codes = [
        _encode_groups(grouped[name].to_list(), {level: i for i, level in enumerate(levels)}, levels)
        for name, levels in zip(table.features, table.levels, strict=True)
    ]
    np.add.at(counts, tuple(codes), np.asarray(grouped["n_"].to_list(), dtype=np.int64))
    return counts
