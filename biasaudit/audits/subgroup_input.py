"""What a search for subgroups reads: cells of equal features with their rows, and the cases among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from biasaudit.audits.counts import positive_words
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.errors import AuditError
from biasaudit.statistics.columns import check_groups
from biasaudit.statistics.counting import people_of
from biasaudit.statistics.engines import collected
from biasaudit.statistics.labels import not_plain, read_classes
from biasaudit.statistics.names import clean
from biasaudit.statistics.rates import Rate
from biasaudit.statistics.values import MISSING, canonical, union

__all__ = ["Cells", "read_cells"]

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
    positive : str
        Which values count as positive.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    rows: Ints
    cases: Ints
    read: int
    left_out: int
    positive: str


def read_cells(source: Source, request: Request, rate: Rate) -> Cells:
    """Count the eligible rows and the cases of each combination of levels.

    Parameters
    ----------
    source : Source
        An open table, whose columns have been checked.
    request : Request
        Its sensitive features make subgroups; "y_true" stands alone where an outcome is compared.
    rate : Rate
        What is counted among whom; an outcome stands where a prediction does.

    Raises
    ------
    AuditError
        If no row is eligible, or all or none of them are cases.
    """
    features = request.features
    labels = {role: name for role in ("y_true", "y_pred") if (name := request.one(role)) is not None}
    columns, weight = _columns(source.frame, [*features, *dict.fromkeys(labels.values())], request.one("count"))
    if not len(weight):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    coded = [_coded(f, columns[f], *source.declared.get(f, ((), False))) for f in features]
    counted, among, known, positive = _cases(columns, labels, rate, request)
    kept = known & among & (weight > 0)
    rows = weight[kept]
    _check_cases(rows, counted[kept], request, rate)
    if all(len(np.unique(codes[kept])) < 2 for _, codes in coded):
        raise AuditError("All rows are in one group of every feature. A comparison needs two; name another feature.")
    columns_kept = [codes[kept] for _, codes in coded]
    cells, first, inverse = _combined(columns_kept)
    codes = np.stack([column[first] for column in columns_kept], axis=1).astype(np.int64)
    return Cells(
        tuple(features), tuple(names for names, _ in coded), codes, _sums(inverse, rows, cells),
        _sums(inverse, rows * counted[kept], cells), int(weight.sum()), int(weight[~known].sum()), positive,
    )  # fmt: skip


def _columns(frame: Any, names: Sequence[str], count: str | None) -> tuple[dict[str, Any], Ints]:
    """Bring the columns home: row by row from memory, as one row a combination from anywhere else; and the people."""
    if isinstance(frame, nw.DataFrame):
        rows = np.ones(len(frame), dtype=np.int64) if count is None else people_of(frame, count)
        return {name: frame[name] for name in names}, rows
    own = {name: f"k_{i}" for i, name in enumerate(names)}
    chosen = [nw.col(name).alias(key) for name, key in own.items()]
    if count is not None:
        people_of(collected(frame.select(count)), count)
        chosen.append(nw.col(count).cast(nw.Float64).alias("rows"))
    people = nw.len() if count is None else nw.col("rows").sum()
    found = collected(frame.select(*chosen).group_by(*own.values(), drop_null_keys=False).agg(people.alias("rows")))
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


def _coded(name: str, column: Any, declared: Sequence[str], ordered: bool) -> tuple[tuple[str, ...], Codes]:
    found, codes = _factorized(column)
    check_groups(name, found)
    levels = union(found, [MISSING] if (codes < 0).any() else [], declared if ordered else ())
    place = {level: i for i, level in enumerate(levels)}
    return levels, np.array([*(place[n] for n in found), place.get(MISSING, -1)], dtype=np.int32)[codes]


def _cases(
    columns: Mapping[str, Any], labels: Mapping[str, str], rate: Rate, request: Request
) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_], str]:
    """Say for each row whether it is counted, is eligible, and has labels, and name the values that count."""
    factors = {name: _factorized(columns[name]) for name in dict.fromkeys(labels.values())}
    reading = read_classes({n: found for n, (found, _) in factors.items()}, canonical(request.pos_label))
    values: dict[str, Ints] = {}
    for role, name in labels.items():
        found, codes = factors[name]
        if reading.positive is None:
            raise not_plain(request.called.get(role, role), name, found)
        classes = reading.classes[name]
        ones = np.array([*(int(classes[value] == reading.positive) for value in found), -1], dtype=np.int64)
        values[role] = ones[codes]
    known = np.all([value >= 0 for value in values.values()], axis=0)
    true, decided = values["y_true"] if len(values) > 1 else 0, values.get("y_pred", values.get("y_true", 0))
    cell = np.where(known, 2 * true + decided, 0)
    words = positive_words(reading, request)
    return rate.counted.mask[cell].astype(np.int64), rate.among.mask[cell] > 0, known, words


def _check_cases(rows: Ints, counted: Ints, request: Request, rate: Rate) -> None:
    outcome = request.called.get("y_true") == "outcome"
    what = f'outcome="{clean(request.one("y_true"))}"' if outcome else rate.name
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
