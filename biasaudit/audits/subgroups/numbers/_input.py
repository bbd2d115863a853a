"""What a search on a mean reads: the rows with their features, numbers, weights and clusters, and their halves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.audits.subgroups.input import clusters_of, coded
from biasaudit.counts.engines import collected, to_floats
from biasaudit.counts.weights import check_weights, people_per_row
from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.search.holdout import split_clusters

__all__ = ["Rows", "read_rows", "split"]

# Beyond these, powers of values overflow.
SMALLEST, LARGEST = 1e-50, 1e50


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that have a number.

    Parameters
    ----------
    features : tuple of str
    levels : tuple of tuple of str
        Levels of each feature.
    codes : int array of shape (rows, features)
    values : float array of shape (rows,)
        What is measured.
    weight : float array of shape (rows,) or None
    cluster : int array of shape (rows,) or None
    deviation : float
        Standard deviation of the outcome.
    read, left_out : int
        Rows of the table, and those that lack a number.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    values: Floats
    weight: Floats | None
    cluster: Ints | None
    deviation: float
    read: int
    left_out: int


def read_rows(source: Source, request: Request, metric: str) -> Rows:
    """Bring the rows home.

    Parameters
    ----------
    source : Source
        An open table, whose columns have been checked to be numbers.
    request : Request
    metric : {"mean_outcome", "mean_error", "mean_absolute_error"}

    Raises
    ------
    AuditError
        If a number is infinite or missing in every row, all are equal, or everybody is in one group.
    """
    roles = {role: name for role in ("y_true", "y_pred") if (name := request.column(role)) is not None}
    weighing, counting, cluster = (request.column(role) for role in ("sample_weight", "count", "cluster"))
    own = [name for name in (weighing, counting, cluster) if name is not None]
    frame = collected(source.frame.select(*dict.fromkeys([*request.features, *roles.values(), *own])))
    if not len(frame):
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    numbers = {role: _numbers(frame, request.argument(role), name) for role, name in roles.items()}
    people = np.ones(len(frame), dtype=np.int64) if counting is None else people_per_row(frame, counting)
    weight = None if weighing is None else to_floats(frame[weighing])
    known = np.all([np.isfinite(values) for values in numbers.values()], axis=0)
    if not (known & (people > 0)).any():
        raise AuditError("No row has both an outcome and a prediction. Check that they belong to the same rows.")
    kept = known & (people > 0)
    if weight is not None:
        check_weights(int((~(weight >= 0) | np.isinf(weight)).sum()), weight)
        kept &= weight > 0
    by_feature = [coded(f, frame[f], *source.declared.get(f, ((), False))) for f in request.features]
    if all(len(np.unique(codes[kept])) < 2 for _, codes in by_feature):
        raise AuditError("All rows are in one group of every feature. A comparison needs two; name another feature.")
    # A row of several people stands once for each of them.
    row = np.repeat(np.flatnonzero(kept), people[kept])
    clusters = None
    if cluster is not None:
        clusters = np.repeat(clusters_of(cluster, frame[cluster], kept).astype(np.int64), people[kept])
    values = _measured(numbers, metric)[row]
    if values.min() == values.max():
        raise AuditError(
            f"{metric} is {values[0]:g} in every one of {len(row):,} rows. No subgroup can differ; name another column."
        )
    codes = np.stack([codes[row] for _, codes in by_feature], axis=1).astype(np.int64)
    # Rows come in any order, and sums go by one.
    keys = (clusters, None if weight is None else weight[row], values, *codes.T[::-1])
    order = np.lexsort([key for key in keys if key is not None])
    row = row[order]
    return Rows(
        features=tuple(request.features),
        levels=tuple(names for names, _ in by_feature),
        codes=codes[order],
        values=values[order],
        weight=None if weight is None else weight[row],
        cluster=None if clusters is None else clusters[order],
        deviation=_deviation(numbers["y_true"][row], None if weight is None else weight[row]),
        read=int(people.sum()),
        left_out=int(people[~known].sum()),
    )


def _numbers(frame: object, argument: str, name: str) -> Floats:
    """Return a column as floats, NaN where there is none."""
    values = to_floats(frame[name])  # type: ignore[index]
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise AuditError(
            f'{argument}="{clean(name)}" is infinite in row {infinite[0] + 1:,}. Give a number, or leave it empty '
            "where there is none."
        )
    if np.isnan(values).all():
        raise AuditError(f'{argument}="{clean(name)}" is missing in every row. Name a column that holds numbers.')
    largest = float(np.nanmax(np.abs(values)))
    if largest and not SMALLEST <= largest <= LARGEST:
        raise AuditError(
            f'{argument}="{clean(name)}" goes up to {largest:g}, of which no sums of powers can be kept. Measure it in '
            "another unit, so that values lie between 1e-50 and 1e50."
        )
    return values


def _measured(numbers: Mapping[str, Floats], metric: str) -> Floats:
    if metric == "mean_outcome":
        return numbers["y_true"]
    error = numbers["y_pred"] - numbers["y_true"]
    return error if metric == "mean_error" else np.abs(error)


def _deviation(values: Floats, weight: Floats | None) -> float:
    return float(np.sqrt(np.cov(values, aweights=weight, ddof=1))) if len(values) > 1 else 0.0


def split(rows: Rows, random_state: int) -> Bools:
    """Say who is in the first half: of each pair with alike features one, or whole clusters, without a look at values.

    Returns
    -------
    bool array of shape (rows,)
    """
    _, cell = np.unique(rows.codes, axis=0, return_inverse=True)
    cell = cell.ravel().astype(np.int64)
    n = len(cell)
    if rows.cluster is not None:
        _, cluster = np.unique(rows.cluster, return_inverse=True)
        return split_clusters(cell, np.ones(n, dtype=np.int64), cluster.ravel(), random_state=random_state)
    # Rows stand in the order of their values, which must decide nothing.
    place = np.random.default_rng([random_state, 2]).permutation(n)
    return split_clusters(cell, np.ones(n, dtype=np.int64), place, random_state=random_state)
