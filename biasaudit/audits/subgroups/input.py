"""What a search for subgroups reads: cells of equal features with their rows, and the cases among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.audits.counts import positive_words
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.audits.subgroups._profiles import Profiles, combined, count_profiles, sums
from biasaudit.counts.columns import check_groups
from biasaudit.counts.encoding import encode_clusters
from biasaudit.counts.engines import collected, float_expression, to_floats
from biasaudit.counts.labels import ambiguous_positive, read_classes
from biasaudit.counts.values import MISSING, canonical, union_levels
from biasaudit.counts.weights import check_weights, notes_on_weights, people_per_row
from biasaudit.errors import AuditError
from biasaudit.metrics.rates import Rate
from biasaudit.names import clean

__all__ = ["Cells", "clusters_of", "coded", "given_away", "read_cells"]

# Of every row: half as wide, so that a long table fits.
Codes = NDArray[np.int32]


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
    profiles : Kinds, optional
        The eligible people, where they carry weights or come in clusters.
    notes : tuple of str
        What a reader has to know of the weights.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    rows: Ints
    cases: Ints
    read: int
    left_out: int
    positive: str
    profiles: Profiles | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _ReadColumns:
    """What was brought home: columns by name, and of each row the people, their weight and how many rows they were."""

    columns: Mapping[str, Any]
    n_people: Ints
    weight: Floats | None
    n_rows: Ints


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
    features, cluster = request.features, request.column("cluster")
    labels = {role: name for role in ("y_true", "y_pred") if (name := request.column(role)) is not None}
    own = [] if cluster is None else [cluster]
    rows = _rows(source.frame, [*dict.fromkeys([*features, *labels.values(), *own])], request)
    if not len(rows.n_people):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    columns = rows.columns
    by_feature = [coded(f, columns[f], *source.declared.get(f, ((), False))) for f in features]
    counted, among, known, positive = _cases(columns, labels, rate, request)
    kept = known & among & (rows.n_people > 0)
    if rows.weight is not None:
        check_weights(int(rows.n_rows[~(rows.weight >= 0) | np.isinf(rows.weight)].sum()), rows.weight)
        kept &= rows.weight > 0
    n_people = rows.n_people[kept]
    _check_cases(n_people, counted[kept], request, rate)
    if all(len(np.unique(codes[kept])) < 2 for _, codes in by_feature):
        raise AuditError("All rows are in one group of every feature. A comparison needs two; name another feature.")
    columns_kept = [codes[kept] for _, codes in by_feature]
    cells, first, inverse = combined(columns_kept)
    codes = np.stack([column[first] for column in columns_kept], axis=1).astype(np.int64)
    clusters = None if cluster is None else clusters_of(cluster, columns[cluster], kept)
    weight = None if rows.weight is None else rows.weight[kept]
    return Cells(
        features=tuple(features),
        levels=tuple(names for names, _ in by_feature),
        codes=codes,
        rows=sums(inverse, n_people, cells),
        cases=sums(inverse, n_people * counted[kept], cells),
        read=int(rows.n_people.sum()),
        left_out=int(rows.n_people[~known].sum()),
        positive=positive,
        profiles=count_profiles(inverse, counted[kept], n_people, weight, clusters),
        notes=_hint(rows, request),
    )


def _rows(frame: Any, names: Sequence[str], request: Request) -> _ReadColumns:
    """Bring the columns home: row by row from memory, as one row a combination from anywhere else; and the people."""
    count, weight = request.column("count"), request.column("sample_weight")
    if isinstance(frame, nw.DataFrame):
        n_rows = np.ones(len(frame), dtype=np.int64)
        n_people = n_rows if count is None else people_per_row(frame, count)
        values = None if weight is None else to_floats(frame[weight])
        return _ReadColumns({name: frame[name] for name in names}, n_people, values, n_rows)
    own = {name: f"k_{i}" for i, name in enumerate(names)}
    chosen = [nw.col(name).alias(key) for name, key in own.items()]
    keys = list(own.values())
    if weight is not None:
        chosen.append(float_expression(frame, weight).alias("weight"))
        keys.append("weight")
    if count is not None:
        people_per_row(collected(frame.select(count)), count)
        chosen.append(float_expression(frame, count).alias("people"))
    totals = [nw.len().alias("lines"), *([nw.col("people").sum()] if count is not None else [])]
    found = collected(frame.select(*chosen).group_by(*keys, drop_null_keys=False).agg(*totals))
    n_rows = np.asarray(found["lines"].to_list(), dtype=np.int64)
    n_people = n_rows if count is None else np.asarray(found["people"].to_list(), dtype=np.int64)
    values = None if weight is None else to_floats(found["weight"])
    return _ReadColumns({name: found[key] for name, key in own.items()}, n_people, values, n_rows)


def clusters_of(name: str, column: Any, kept: Bools) -> Codes:
    """Say which cluster each row that is kept belongs to, in the order of their names.

    Raises
    ------
    AuditError
        If a cluster is missing, or all rows are in one.
    """
    found, codes = _factorized(column)
    _, place = encode_clusters([*found, *([None] if (codes < 0).any() else [])])
    assert place is not None
    mine = place[codes[kept]].astype(np.int32)
    if len(np.unique(mine)) < 2:
        raise AuditError(
            f'cluster="{clean(name)}" is the same in every row. One half of the clusters searches and the other '
            "confirms; name a column that holds several."
        )
    return mine


def _hint(rows: _ReadColumns, request: Request) -> tuple[str, ...]:
    """Notice weights that look like numbers of people."""
    if rows.weight is None or (rows.weight % 1).any():
        return ()
    columns = [_factorized(column)[1] for column in rows.columns.values()]
    profiles, _, inverse = combined([codes - codes.min() for codes in columns])
    cells = {"rows": sums(inverse, rows.n_rows, profiles).tolist(), "weight": rows.weight.tolist()}
    return tuple(notes_on_weights(cells, request.column("sample_weight"), request.column("count")))


def _factorized(column: Any) -> tuple[list[str], Ints]:
    """Name the different values of a column, and say which of them each row has, -1 where there is none."""
    import pandas as pd

    codes, values = pd.factorize(column.to_numpy())
    names = [canonical(value) for value in values]
    found = list(dict.fromkeys(name for name in names if name is not None))
    place = {name: i for i, name in enumerate(found)}
    return found, np.array([*(-1 if n is None else place[n] for n in names), -1], dtype=np.int64)[codes]


def coded(name: str, column: Any, declared: Sequence[str], ordered: bool) -> tuple[tuple[str, ...], Codes]:
    """Name the levels of a feature in their order, and say which of them each row has."""
    found, codes = _factorized(column)
    check_groups(name, found)
    levels = union_levels(found, [MISSING] if (codes < 0).any() else [], declared if ordered else ())
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
            raise ambiguous_positive(request.argument(role), name, found)
        classes = reading.classes[name]
        ones = np.array([*(int(classes[value] == reading.positive) for value in found), -1], dtype=np.int64)
        values[role] = ones[codes]
    known = np.all([value >= 0 for value in values.values()], axis=0)
    true, decided = values["y_true"] if len(values) > 1 else 0, values.get("y_pred", values.get("y_true", 0))
    cell = np.where(known, 2 * true + decided, 0)
    words = positive_words(reading, request)
    return rate.counted.mask[cell].astype(np.int64), rate.among.mask[cell] > 0, known, words


def _check_cases(rows: Ints, counted: Ints, request: Request, rate: Rate) -> None:
    outcome = request.argument_names.get("y_true") == "outcome"
    what = f'outcome="{clean(request.column("y_true"))}"' if outcome else rate.name
    if not rows.sum():
        raise AuditError(f"{what} has no value in any row: {rate.undefined}. There is nothing to search.")
    cases = int((rows * counted).sum())
    if cases in (0, int(rows.sum())):
        raise AuditError(
            f"{what} is {'0' if cases == 0 else '1'} in every one of {int(rows.sum()):,} rows. "
            "No subgroup can differ; name another outcome."
        )


def given_away(cells: Cells, labels: Mapping[str, str]) -> list[str]:
    """Warn of features that say what the outcome is."""
    out = []
    for j, feature in enumerate(cells.features):
        rows = np.bincount(cells.codes[:, j], weights=cells.rows)
        cases = np.bincount(cells.codes[:, j], weights=cells.cases)
        if ((cases == 0) | (cases == rows)).all():
            what = " and ".join(f'"{clean(name)}"' for name in labels.values())
            out.append(f'"{clean(feature)}" gives {what} away: at each of its levels all rows or none are counted.')
    return out
