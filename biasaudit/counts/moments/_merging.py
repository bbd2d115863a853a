"""Cells summed, and sums brought about another pivot, so that tables with different ones add."""

from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.arrays import distinct_keys
from biasaudit.counts.moments._histograms import joined, renumbered, summed, whole_groups
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

__all__ = ["about_pivots", "add_tables", "by_features", "cell_columns", "merged"]


def cell_columns(table: Any) -> dict[str, Any]:
    """Return the arrays that have an entry a cell in their last axis, by name; what the table lacks is left out.

    Parameters
    ----------
    table : MomentTable

    Returns
    -------
    dict of str to array of shape (..., cells)
    """
    found = {
        "cluster": table.cluster,
        "stratum": table.stratum,
        "rows": table.rows,
        "left_out": table.left_out,
        "weight": table.weight,
        "weight_squared": table.weight_squared,
        "suppressed": table.suppressed,
        "sums": table.sums,
        "squared_sums": table.squared_sums,
        "products": table.products,
    }
    return {name: column for name, column in found.items() if column is not None}


def merged(table: Any) -> Any:
    """Sum cells with equal keys and put them in order."""
    columns = cell_columns(table)
    keys = {name: columns.pop(name) for name in ("cluster", "stratum") if name in columns}
    inverse, first = distinct_keys([table.group, *keys.values()])

    def total(column: Any) -> Any:
        flat = column.reshape(-1, column.shape[-1])
        sums = np.stack([np.bincount(inverse, weights=one, minlength=len(first)) for one in flat])
        return sums.reshape(*column.shape[:-1], len(first)).astype(column.dtype)

    summed = {name: total(column) for name, column in columns.items()}
    return replace(table, codes=table.codes[first], **{name: key[first] for name, key in keys.items()}, **summed)


def about_pivots(table: Any, pivots: Floats) -> Any:
    """Take the sums about other pivots: (x − new) is (x − old) and a shift, raised by the binomial formula.

    Parameters
    ----------
    table : MomentTable
    pivots : float array of shape (variables,)

    Returns
    -------
    MomentTable
    """
    shift = (table.pivots - pivots)[:, None]
    if not shift.any():
        return table
    weight = table.rows.astype(float) if table.weight is None else table.weight
    products = table.products
    if products is not None:
        at = table.variables.index("squared_error")
        squared_error = table.sums[at, 0] + table.pivots[at] * weight
        products = _shifted(products[None], squared_error, shift[:1])[0]
    squared = table.squared_sums
    return replace(
        table,
        pivots=np.asarray(pivots, dtype=float),
        sums=_shifted(table.sums, weight, shift),
        squared_sums=None if squared is None else _shifted(squared, table.weight_squared, shift),
        products=products,
    )


def _shifted(sums: Floats, weight: Floats, shift: Floats) -> Floats:
    """Shift sums of powers 1, 2, … on the second axis; `weight` is that of power 0."""
    first = sums[:, 0] + shift * weight
    second = sums[:, 1] + 2 * shift * sums[:, 0] + shift**2 * weight
    if sums.shape[1] == 2:
        return np.stack([first, second], axis=1)
    third = sums[:, 2] + 3 * shift * sums[:, 1] + 3 * shift**2 * sums[:, 0] + shift**3 * weight
    return np.stack([first, second, third], axis=1)


def add_tables(left: Any, right: Any) -> Any:
    """Count the rows of both tables; see :meth:`MomentTable.__add__`."""
    left, right = left.without_strata(), right.without_strata()
    check_alike(
        {
            "sensitive features": (left.features, right.features),
            "variables": (left.variables, right.variables),
            "columns": (_optional(left), _optional(right)),
            "histograms": (tuple(left.histograms), tuple(right.histograms)),
        }
    )
    one, other = aligned_levels(left, right)
    left, right = replace(left, levels=one), replace(right, levels=other)
    check_bins(left, right)
    check_size(left, right)
    levels, pivots = joined_levels(left, right), _pivots(left, right)
    clusters, names = join_clusters(left, right)
    left, right = (
        replace(about_pivots(table, pivots), cluster=cluster, histograms=_renumbered(table, levels))
        for table, cluster in zip((left, right), clusters, strict=True)
    )
    ones, others = cell_columns(left), cell_columns(right)
    both = replace(
        left,
        levels=levels,
        cluster_names=names,
        suppressed=join_suppressed(left, right),
        codes=np.concatenate([recoded(left, levels), recoded(right, levels)]),
        histograms={role: joined([one, right.histograms[role]]) for role, one in left.histograms.items()},
        **{name: np.concatenate([ones[name], others[name]], axis=-1) for name in ones if name != "suppressed"},
    )
    return _with_whole_groups(both.merge_cells())


def _with_whole_groups(table: Any) -> Any:
    """Leave out the histograms of groups of which a part is withheld."""
    rows = np.bincount(table.group, weights=table.rows, minlength=table.shape_size).astype(np.int64)
    if table.suppressed is not None:
        rows[table.group[table.suppressed]] = -1
    return replace(table, histograms={role: whole_groups(one, rows) for role, one in table.histograms.items()})


def _optional(table: Any) -> tuple[str, ...]:
    return tuple(name for name in ("cluster", "weight") if name in cell_columns(table))


def _pivots(left: Any, right: Any) -> Floats:
    """Return the pivots of the table that counts more, whichever of them comes first."""
    larger = max((left, right), key=lambda table: (int(table.rows.sum()), table.pivots.tolist()))
    return np.asarray(larger.pivots)


def _renumbered(table: Any, levels: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """Give the groups of histograms the numbers that they have in other levels, which hold those of the table."""
    groups = _group_numbers(table.levels, levels)
    return {role: renumbered(one, groups) for role, one in table.histograms.items()}


def _group_numbers(old: tuple[tuple[str, ...], ...], new: tuple[tuple[str, ...], ...]) -> Ints:
    """Return the number in the `new` levels of each group of the `old` ones."""
    numbers = np.zeros(1, dtype=np.int64)
    for names, others in zip(old, new, strict=True):
        position = {name: i for i, name in enumerate(others)}
        codes = np.array([position[name] for name in names], dtype=np.int64)
        numbers = (numbers[:, None] * len(others) + codes).ravel()
    return numbers


def by_features(table: Any, keep: list[int]) -> Any:
    """Keep some of the sensitive features, by their places, and sum over the others."""
    sizes = [len(names) for names in table.levels]
    codes = np.stack(np.unravel_index(np.arange(table.shape_size), sizes), axis=1)
    kept = [sizes[i] for i in keep]
    groups = np.ravel_multi_index(tuple(codes[:, keep].T), kept) if keep else np.zeros(table.shape_size, dtype=np.int64)
    rolled = replace(
        table,
        features=tuple(table.features[i] for i in keep),
        levels=tuple(table.levels[i] for i in keep),
        codes=table.codes[:, keep],
        histograms={role: summed(renumbered(one, groups)) for role, one in table.histograms.items()},
    )
    return _with_whole_groups(rolled.merge_cells())
