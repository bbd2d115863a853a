"""What a search for subgroups reads: cells of equal features with their rows, and the cases among them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.statistics.binning import bin_codes, bin_names, check_bins
from biasaudit.statistics.column_kinds import is_number
from biasaudit.statistics.columns import MAX_NUMBERS, check_columns, check_groups, check_there, shorten
from biasaudit.statistics.counting import as_frame
from biasaudit.statistics.engines import collected
from biasaudit.statistics.labels import MISSING, canonical, order_levels, read_classes, union
from biasaudit.statistics.rates import Rate

__all__ = ["Cells", "opened", "read_cells"]

Ints = NDArray[np.int64]
# Of every row: half as wide, so that a long table fits.
Codes = NDArray[np.int32]
MOST_KEYS = 2**62


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows that have equal features, in the order of their levels.

    Parameters
    ----------
    features : tuple of str
    levels : tuple of tuple of str
        Levels of each feature.
    codes : int array of shape (cells, features)
    rows, cases : int array of shape (cells,)
        Eligible rows, and those that the rate counts.
    read, left_out : int
        Rows of the table, and those that lack the outcome.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    rows: Ints
    cases: Ints
    read: int
    left_out: int


@contextmanager
def opened(data: Any, numbers: Sequence[str]) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Open the data: a title, a frame, and what reading it took."""
    if isinstance(data, Dataset):
        yield f'Subgroups of "{data.name}"', as_frame(data.frame), ()
    elif isinstance(data, (str, os.PathLike)):
        from biasaudit.datasets.tables import open_table, reading

        table = open_table(data, numbers=numbers)
        with reading():
            yield f'Subgroups of "{Path(data).name}"', as_frame(table.frame), table.notes
    else:
        yield "Subgroups of a table", as_frame(data), ()


def read_cells(
    frame: Any, *, features: Sequence[str], labels: Mapping[str, str], rate: Rate, pos_label: Any = None,
    bins: Mapping[str, Sequence[float]] | None = None,
) -> Cells:  # fmt: skip
    """Count the eligible rows and the cases of each combination of levels.

    Parameters
    ----------
    frame : Narwhals frame
    features : sequence of str
        Columns whose levels make subgroups.
    labels : mapping of str to str
        Column by its role: "outcome" alone, or "y_true" and "y_pred".
    rate : Rate
        What is counted among whom; "outcome" stands where a prediction does.
    pos_label : label, optional
    bins : mapping of str to sequence of float, optional
        Edges by column of numbers.

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, no row is eligible, or all or none of them are cases.
    """
    bins = bins or {}
    _check(frame, features, labels, bins)
    columns, weight = _columns(frame, [*features, *dict.fromkeys(labels.values())])
    if not len(weight):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    coded = [_binned(columns[f], bins[f]) if f in bins else _coded(f, columns[f]) for f in features]
    counted, among, known = _cases(columns, labels, rate, pos_label)
    kept = known & among
    rows = weight[kept]
    _check_cases(rows, counted[kept], labels, rate)
    if all(len(np.unique(codes[kept])) < 2 for _, codes in coded):
        raise AuditError("All rows are in one group of every feature. A comparison needs two; name another feature.")
    columns_kept = [codes[kept] for _, codes in coded]
    cells, first, inverse = _combined(columns_kept)
    codes = np.stack([column[first] for column in columns_kept], axis=1).astype(np.int64)
    return Cells(
        tuple(features), tuple(names for names, _ in coded), codes, _sums(inverse, rows, cells),
        _sums(inverse, rows * counted[kept], cells), int(weight.sum()), int(weight[~known].sum()),
    )  # fmt: skip


def _check(frame: Any, features: Sequence[str], labels: Mapping[str, str], bins: Mapping[str, Any]) -> None:
    schema = frame.collect_schema()
    for role, name in (*labels.items(), *(("features", name) for name in features)):
        check_there(role, name, schema.names())
    for role, name in labels.items():
        if name in features:
            raise AuditError(f'features names "{shorten(str(name))}", which is {role} itself. Leave it out.')
    for name in features:
        if list(features).count(name) > 1:
            raise AuditError(f'features names "{shorten(name)}" twice. Name each column once.')
    check_bins(bins, features, schema, role="features")
    groups = [name for name in features if name not in bins]
    for name in groups:
        if schema[name].is_numeric():
            values = collected(frame.select(name).unique().head(MAX_NUMBERS + 3))[name].to_list()
            _refuse_numbers(name, {value for value in map(canonical, values) if value is not None})
    # What is left to refuse is told in the words of every audit: dates, ids, values of mixed types.
    roles = {"y_true": labels.get("y_true", labels.get("outcome")), "y_pred": labels.get("y_pred")}
    check_columns(frame, groups or list(labels.values()), roles)


def _refuse_numbers(name: str, levels: set[str]) -> None:
    if len(levels) > MAX_NUMBERS:
        raise AuditError(
            f'features names "{shorten(name)}", a column of numbers with more than {MAX_NUMBERS} different values. '
            f'Declare edges, such as bins={{"{shorten(name)}": [25, 45]}}, or make a column of groups.'
        )


def _columns(frame: Any, names: Sequence[str]) -> tuple[dict[str, Any], Ints]:
    """Bring the columns home: row by row from memory, as one row a combination from anywhere else."""
    if isinstance(frame, nw.DataFrame):
        return {name: frame[name] for name in names}, np.ones(len(frame), dtype=np.int64)
    own = {name: f"k_{i}" for i, name in enumerate(names)}
    selected = frame.select(*[nw.col(name).alias(key) for name, key in own.items()])
    found = collected(selected.group_by(*own.values(), drop_null_keys=False).agg(nw.len().alias("rows")))
    rows = np.asarray(found["rows"].to_list(), dtype=np.int64)
    return {name: found[key] for name, key in own.items()}, rows


def _factorized(column: Any) -> tuple[list[str], Ints]:
    """Name the different values of a column, and say which of them each row has, -1 where there is none."""
    import pandas as pd

    codes, values = pd.factorize(column.to_numpy())
    names = [canonical(value) for value in values]
    found = list(dict.fromkeys(name for name in names if name is not None))
    place = {name: i for i, name in enumerate(found)}
    return found, np.array([*(-1 if n is None else place[n] for n in names), -1], dtype=np.int64)[codes]


def _coded(name: str, column: Any) -> tuple[tuple[str, ...], Codes]:
    found, codes = _factorized(column)
    check_groups(name, found, is_float=False, is_number=False)
    if all(map(is_number, found)):
        _refuse_numbers(name, set(found))
    levels = union(found, [MISSING] if (codes < 0).any() else [])
    place = {level: i for i, level in enumerate(levels)}
    return levels, np.array([*(place[n] for n in found), place.get(MISSING, -1)], dtype=np.int32)[codes]


def _binned(column: Any, edges: Sequence[float]) -> tuple[tuple[str, ...], Codes]:
    names = bin_names(edges)
    codes = bin_codes(column.cast(nw.Float64).to_numpy().astype(float), edges)
    missing = codes < 0
    return ((*names, MISSING) if missing.any() else names), np.where(missing, len(names), codes).astype(np.int32)


def _cases(
    columns: Mapping[str, Any], labels: Mapping[str, str], rate: Rate, pos_label: Any
) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_]]:
    """Say for each row whether it is counted, whether it is eligible, and whether its labels are known."""
    read = {name: _factorized(columns[name]) for name in dict.fromkeys(labels.values())}
    positive = None if pos_label is None else canonical(pos_label)
    classes = read_classes({name: found for name, (found, _) in read.items()}, positive)
    one = "1" if positive is None else positive
    values: dict[str, Ints] = {}
    for role, name in labels.items():
        found, codes = read[name]
        if positive is None and not set(classes[name].values()) <= {"0", "1"}:
            ordered = order_levels(found)
            last = shorten(ordered[-1], 40)
            shown = ", ".join(repr(shorten(value, 40)) for value in ordered[:5]) + (", …" if len(found) > 5 else "")
            raise AuditError(
                f'{role}="{shorten(name)}" holds {len(found):,} value{"s" * (len(found) != 1)} ({shown}), and which '
                f"one is positive is not plain. Say so with pos_label, for example pos_label={last!r}."
            )
        values[role] = np.array([*(int(classes[name][value] == one) for value in found), -1], dtype=np.int64)[codes]
    known = np.all([value >= 0 for value in values.values()], axis=0)
    cell = 2 * values.get("y_true", 0) + values.get("y_pred", values.get("outcome", 0))
    cell = np.where(known, cell, 0)
    return rate.counted.mask[cell].astype(np.int64), rate.among.mask[cell] > 0, known


def _check_cases(rows: Ints, counted: Ints, labels: Mapping[str, str], rate: Rate) -> None:
    what = f'outcome="{shorten(labels["outcome"])}"' if "outcome" in labels else rate.name
    if not rows.sum():
        raise AuditError(f"{what} has no value in any row: {rate.undefined}. There is nothing to search.")
    cases = int((rows * counted).sum())
    if cases in (0, int(rows.sum())):
        raise AuditError(
            f"{what} is {'0' if cases == 0 else '1'} in every one of {int(rows.sum()):,} rows. "
            "No subgroup can differ; name another outcome."
        )


def _combined(keys: Sequence[Codes]) -> tuple[int, Ints, Ints]:
    """Find the combinations in order: how many, a row of each, and the combination of each row."""
    combined, size = np.zeros(len(keys[0]), dtype=np.int64), 1
    for codes in keys:
        levels = int(codes.max()) + 1
        if size * levels > MOST_KEYS:
            _, combined = np.unique(combined, return_inverse=True)
            size = int(combined.max()) + 1
        combined, size = combined * levels + codes, size * levels
    if size > 2 * len(combined):
        _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        return len(first), first, inverse
    # So few combinations can be ticked off, which is faster than to sort the rows.
    there = np.zeros(size, dtype=bool)
    there[combined] = True
    inverse = (np.cumsum(there) - 1)[combined]
    first = np.empty(int(there.sum()), dtype=np.int64)
    first[inverse] = np.arange(len(inverse))
    return len(first), first, inverse


def _sums(inverse: Ints, weight: Ints, cells: int) -> Ints:
    return np.bincount(inverse, weights=weight, minlength=cells).astype(np.int64)
