"""Add two tables, so that two sites can audit together without sharing a person, and sum cells that are alike."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.counts.arrays import distinct_keys
from biasaudit.counts.table.joining import (
    aligned_levels,
    check_alike,
    check_bins,
    check_size,
    join_clusters,
    join_suppressed,
    joined_levels,
    recoded,
)
from biasaudit.counts.table.validation import cell_arrays
from biasaudit.counts.values import align_boolean_levels, relabel, union_levels

__all__ = ["add_tables", "merged"]


def add_tables(left: Any, right: Any) -> Any:
    """Count the rows of both tables.

    Parameters
    ----------
    left, right : Crosstab

    Returns
    -------
    Crosstab

    Notes
    -----
    Levels that only one table has are kept. Clusters with the same name are the same cluster;
    a table loaded from a file has no cluster names, and its clusters are taken as its own. Strata are summed over.

    Raises
    ------
    AuditError
        If the tables do not count the same thing: features, classes, columns or score bins.

    Examples
    --------
    >>> import pandas as pd
    >>> from biasaudit import count
    >>> half = count(pd.DataFrame({"sex": ["F", "M"], "hired": [0, 1]}), sensitive_features=["sex"], y_pred="hired")
    >>> (half + half).rows.tolist()
    [2, 2]
    """
    left, right = _align_booleans(left.without_strata(), right.without_strata())
    _check_same(left, right)
    check_size(left, right)
    levels = joined_levels(left, right)
    classes = _join_classes(left, right)
    clusters, names = join_clusters(left, right)
    parts = [
        replace(_recode(table, levels, classes), cluster=cluster)
        for table, cluster in zip((left, right), clusters, strict=True)
    ]
    one, other = (cell_arrays(part) for part in parts)
    return replace(
        parts[0],
        cluster_names=names,
        suppressed=join_suppressed(left, right),
        codes=np.concatenate([part.codes for part in parts]),
        **{name: np.concatenate([one[name], other[name]]) for name in one if name != "suppressed"},
    ).merge_cells()


def _align_booleans(left: Any, right: Any) -> tuple[Any, Any]:
    """Call levels and classes of booleans what they are called now, where one table was counted before that."""
    if left.features != right.features:
        return left, right
    classes = align_boolean_levels(left.classes, right.classes)
    tables = zip((left, right), aligned_levels(left, right), classes, strict=True)
    one, other = (replace(table, levels=levels, classes=kinds) for table, levels, kinds in tables)
    return one, other


def _check_same(left: Any, right: Any) -> None:
    pairs = {
        "sensitive features": (left.features, right.features),
        "columns": (_columns(left), _columns(right)),
        "score bins": (_edges(left), _edges(right)),
    }
    if left.is_binary and right.is_binary:
        pairs["positive classes"] = (left.classes[1:], right.classes[1:])
    check_alike(pairs)
    check_bins(left, right)


def _join_classes(left: Any, right: Any) -> tuple[str, ...]:
    """Name the classes of both; "not X" gives way to the name of the other class where one table knew it."""
    if left.is_binary and right.is_binary:
        stand_in = f"not {left.classes[1]}"
        return tuple(right.classes if left.classes[0] == stand_in else left.classes)
    return tuple(left.classes) if left.classes == right.classes else union_levels(left.classes, right.classes)


def _columns(table: Any) -> tuple[str, ...]:
    optional = ("y_true", "y_pred", "score_bin", "cluster", "weight")
    arrays = cell_arrays(table)
    return tuple(name for name in optional if name in arrays)


def _edges(table: Any) -> tuple[float, ...]:
    return () if table.edges is None else tuple(table.edges.tolist())


def _recode(table: Any, levels: tuple[tuple[str, ...], ...], classes: tuple[str, ...]) -> Any:
    old = classes if table.is_binary and len(classes) == 2 else table.classes
    return replace(
        table,
        levels=levels,
        classes=classes,
        codes=recoded(table, levels),
        y_true=None if table.y_true is None else relabel(table.y_true, old, classes),
        y_pred=None if table.y_pred is None else relabel(table.y_pred, old, classes),
    )


def merged(table: Any) -> Any:
    """Sum cells with equal keys and put them in order."""
    inverse, first = distinct_keys(list(table.keys.values()))

    def total(column: NDArray[Any] | None) -> Any:
        if column is None:
            return None
        return np.bincount(inverse, weights=column, minlength=len(first)).astype(column.dtype)

    def pick(column: NDArray[Any] | None) -> Any:
        return None if column is None else column[first]

    return replace(
        table,
        codes=table.codes[first],
        y_true=pick(table.y_true),
        y_pred=pick(table.y_pred),
        score_bin=pick(table.score_bin),
        cluster=pick(table.cluster),
        stratum=pick(table.stratum),
        rows=total(table.rows),
        weight=total(table.weight),
        weight_squared=total(table.weight_squared),
        suppressed=total(table.suppressed),
    )
