"""What two tables must share to be added, whatever they count, and the levels and clusters that both have."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from biasaudit.arraytypes import Bools, Ints
from biasaudit.counts.table.validation import MAX_COUNT
from biasaudit.counts.values import align_boolean_levels, overlapping_bins, relabel, union_levels
from biasaudit.errors import AuditError

__all__ = [
    "aligned_levels",
    "check_alike",
    "check_bins",
    "check_size",
    "join_clusters",
    "join_suppressed",
    "joined_levels",
    "recoded",
]

Levels = tuple[tuple[str, ...], ...]


def check_alike(pairs: Mapping[str, tuple[tuple[object, ...], tuple[object, ...]]]) -> None:
    """Raise an AuditError where two tables differ in what they have to share.

    Parameters
    ----------
    pairs : mapping of str to pair of tuple
        What it is in either table, by what messages call it.

    Raises
    ------
    AuditError
        If a pair differs.
    """
    for what, (a, b) in pairs.items():
        if a != b:
            raise AuditError(
                f"These tables cannot be added: their {what} differ ({_preview(a)} and {_preview(b)}). "
                "Count both with the same arguments."
            )


def _preview(value: tuple[object, ...]) -> str:
    text = ", ".join(str(part) for part in value[:8]) + (", …" if len(value) > 8 else "")
    return text or "none"


def check_bins(left: Any, right: Any) -> None:
    """Raise an AuditError where the bins of a feature overlap with those that another table cut it into.

    Parameters
    ----------
    left, right : Crosstab or MomentTable
        Of the same features.

    Raises
    ------
    AuditError
        If edges differ.
    """
    for feature, a, b in zip(left.features, left.levels, right.levels, strict=True):
        shared = None if overlapping_bins(a) or overlapping_bins(b) else overlapping_bins({*a, *b})
        if shared:
            raise AuditError(
                f'These tables cannot be added: the bins "{shared[0]}" and "{shared[1]}" of "{feature}" overlap. '
                "Count both with the same edges."
            )


def check_size(left: Any, right: Any) -> None:
    """Raise an AuditError where two tables count more rows than numbers can.

    Parameters
    ----------
    left, right : Crosstab or MomentTable

    Raises
    ------
    AuditError
        If they count more than 2^53 rows.
    """
    rows = left.n + right.n
    if rows > MAX_COUNT:
        raise AuditError(
            f"These tables cannot be added: they count {rows:,} rows, and 2^53 are the most. Leave one out."
        )


def aligned_levels(left: Any, right: Any) -> tuple[Levels, Levels]:
    """Call levels of booleans what they are called now, where one table was counted before that.

    Parameters
    ----------
    left, right : Crosstab or MomentTable
        Of the same features.

    Returns
    -------
    left, right : tuple of tuple of str
    """
    pairs = [align_boolean_levels(a, b) for a, b in zip(left.levels, right.levels, strict=True)]
    return tuple(a for a, _ in pairs), tuple(b for _, b in pairs)


def joined_levels(left: Any, right: Any) -> Levels:
    """Name the levels of both tables, in the order that one of them has.

    Parameters
    ----------
    left, right : Crosstab or MomentTable
        Of the same features.

    Returns
    -------
    tuple of tuple of str
    """
    return tuple(union_levels(a, b, a if {*b} <= {*a} else b) for a, b in zip(left.levels, right.levels, strict=True))


def recoded(table: Any, levels: Levels) -> Ints:
    """Return the codes of the cells of a table in other levels, which hold its own.

    Parameters
    ----------
    table : Crosstab or MomentTable
    levels : tuple of tuple of str

    Returns
    -------
    int array of shape (cells, features)
    """
    codes = [relabel(table.codes[:, i], names, levels[i]) for i, names in enumerate(table.levels)]
    return np.stack(codes, axis=1) if codes else np.asarray(table.codes)


def join_clusters(left: Any, right: Any) -> tuple[list[Ints | None], tuple[str, ...] | None]:
    """Give the clusters of both tables new numbers: those of one name are one, and those without names are apart.

    Parameters
    ----------
    left, right : Crosstab or MomentTable

    Returns
    -------
    clusters : list of int array or None
        Of the cells of each table; None where the tables have no clusters.
    names : tuple of str or None
    """
    if left.cluster is None or right.cluster is None:
        return [None, None], None
    if left.cluster_names is None or right.cluster_names is None:
        return [left.cluster, right.cluster + left.cluster.max(initial=-1) + 1], None
    names = union_levels(left.cluster_names, right.cluster_names)
    return [
        relabel(left.cluster, left.cluster_names, names),
        relabel(right.cluster, right.cluster_names, names),
    ], names


def join_suppressed(left: Any, right: Any) -> Bools | None:
    """Return which cells of both tables are withheld; None where neither says so.

    Parameters
    ----------
    left, right : Crosstab or MomentTable

    Returns
    -------
    bool array of shape (cells of both,) or None
    """
    if left.suppressed is None and right.suppressed is None:
        return None
    return np.concatenate(
        [np.zeros(len(t.rows), dtype=bool) if t.suppressed is None else t.suppressed for t in (left, right)]
    )
