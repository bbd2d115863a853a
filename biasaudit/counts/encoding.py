"""Codes for what a scan found: levels of features, clusters, strata and classes of labels, each named once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.arraytypes import Ints
from biasaudit.counts.columns import check_groups
from biasaudit.counts.labels import LabelReading, read_classes
from biasaudit.counts.values import MISSING, canonical_each, order_levels, unicode_duplicates, union_levels
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = [
    "TooManyClassesError",
    "encode_clusters",
    "encode_features",
    "encode_labels",
    "encode_levels",
    "encode_strata",
]

MAX_CLASSES = 100
MAX_STRATA = 2_000


def encode_features(
    columns: Mapping[str, Sequence[Any]], declared: Mapping[str, tuple[tuple[str, ...], bool]]
) -> tuple[tuple[tuple[str, ...], ...], Ints, tuple[str, ...]]:
    """Name the levels of sensitive features, and return the level of each cell.

    Parameters
    ----------
    columns : mapping of str to sequence
        Value of each feature in each cell.
    declared : mapping of str to pair of tuple of str and bool
        Levels that a feature declares, and whether they have an order.

    Returns
    -------
    levels : tuple of tuple of str
    codes : int array of shape (cells, features)
    notes : tuple of str
        Which names of levels were written in two ways.

    Raises
    ------
    AuditError
        If a feature looks like an id or a measurement.
    """
    levels, codes, notes = [], [], []
    for name, values in columns.items():
        check_groups(name, values)
        notes += [
            f'"{clean(name)}" writes {clean(level)!r} in two ways that look the same (accents composed, and as '
            "marks of their own); they are one group here."
            for level in unicode_duplicates(values)
        ]
        names, column = encode_levels(values, *declared.get(name, ((), False)))
        levels.append(names)
        codes.append(column)
    return tuple(levels), np.stack(codes, axis=1), tuple(notes)


def encode_levels(
    values: Sequence[Any], declared: Sequence[str] = (), ordered: bool = False
) -> tuple[tuple[str, ...], Ints]:
    """Name the levels of a column in order, those it declares included, and return the level of each value.

    Parameters
    ----------
    values : sequence
    declared : sequence of str
        Levels that the column declares.
    ordered : bool
        Whether these have an order.

    Returns
    -------
    names : tuple of str
    codes : int array of shape (values,)

    Examples
    --------
    >>> names, codes = encode_levels(["b", None, True], ["z"])
    >>> names, codes.tolist()
    (('True', 'b', 'z', '(missing)'), [1, 3, 0])
    """
    found = [MISSING if name is None else name for name in canonical_each(values)]
    names = union_levels(found, declared, declared if ordered else ())
    position = {name: i for i, name in enumerate(names)}
    return names, np.fromiter((position[name] for name in found), np.int64, len(found))


def encode_clusters(values: list[Any] | None) -> tuple[tuple[str, ...] | None, Ints | None]:
    """Name the clusters, and return that of each value.

    Parameters
    ----------
    values : list or None
        Cluster of each cell; None where there are no clusters.

    Returns
    -------
    names : tuple of str or None
    codes : int array of shape (cells,) or None

    Raises
    ------
    AuditError
        If a cluster is missing.
    """
    if values is None:
        return None, None
    names, codes = encode_levels(values)
    if MISSING in names:
        raise AuditError("The cluster column has missing values. Say which cluster every row belongs to.")
    return names, codes


def encode_strata(
    cells: Mapping[str, list[Any]], controls: Sequence[str]
) -> tuple[tuple[dict[str, str], ...] | None, Ints | None]:
    """Name the combinations of control features that have a row, and return that of each cell.

    Parameters
    ----------
    cells : mapping of str to list
        Columns of the cells, by key.
    controls : sequence of str
        Control features.

    Returns
    -------
    strata : tuple of dict of str to str, or None
    stratum : int array of shape (cells,) or None

    Raises
    ------
    AuditError
        If a control feature looks like an id or a measurement, or there are too many combinations.
    """
    if not controls:
        return None, None
    for i, name in enumerate(controls):
        check_groups(name, cells[f"k_control_{i}"], "Control feature")
    names, codes = zip(*(encode_levels(cells[f"k_control_{i}"]) for i in range(len(controls))), strict=True)
    found, stratum = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)
    if len(found) > MAX_STRATA:
        raise AuditError(
            f"The control features {list(controls)} cross into {len(found):,} strata; at most {MAX_STRATA:,} can be "
            "held equal. Leave one out, or cut numbers with bins=."
        )
    strata = tuple(
        {name: levels[code] for name, levels, code in zip(controls, names, row, strict=True)} for row in found.tolist()
    )
    return strata, stratum.ravel().astype(np.int64)


class TooManyClassesError(AuditError):
    """Labels hold more classes than can be told apart: perhaps they are numbers."""


def encode_labels(
    cells: dict[str, list[Any]],
    labels: Mapping[str, str],
    pos_label: str | None,
    declared: Mapping[str, tuple[tuple[str, ...], bool]] | None = None,
) -> tuple[tuple[str, ...], dict[str, Ints], LabelReading]:
    """Give label and prediction the same classes; the positive one is last where it is known.

    Parameters
    ----------
    cells : dict of str to list
        Columns of the cells, by key.
    labels : mapping of str to str
        Column of each of the roles y_true and y_pred that there is.
    pos_label : str or None
        The positive value, if one was named.
    declared : mapping of str to pair of tuple of str and bool, optional
        Levels that a column declares, and whether they have an order: classes then keep it.

    Returns
    -------
    classes : tuple of str
    codes : dict of str to int array of shape (cells,)
        Class in each role, -1 where it is missing.
    reading : LabelReading

    Raises
    ------
    AuditError
        If there are too many classes, or which values mean the same is a guess.
    """
    found = {role: canonical_each(cells[f"k_{role}"]) for role in labels}
    distinct = {labels[role]: order_levels(v for v in values if v is not None) for role, values in found.items()}
    reading = read_classes(distinct, pos_label) if found else LabelReading({}, pos_label or "1")
    classes = _classes(reading, _declared_order(labels, declared or {}))
    if len(classes) > MAX_CLASSES:
        raise TooManyClassesError(f"The labels hold {len(classes):,} classes; at most {MAX_CLASSES} can be audited.")
    position: dict[str | None, int] = {name: i for i, name in enumerate(classes)} | {None: -1}
    codes = {
        role: np.fromiter(
            (position[None if v is None else reading.classes[labels[role]][v]] for v in values), np.int64, len(values)
        )
        for role, values in found.items()
    }
    return classes, codes, reading


def _declared_order(labels: Mapping[str, str], declared: Mapping[str, tuple[tuple[str, ...], bool]]) -> tuple[str, ...]:
    """Return the longest order that a label column declares; nothing where none does."""
    orders = [declared[name][0] for name in labels.values() if name in declared and declared[name][1]]
    return max(orders, key=len, default=())


def _classes(reading: LabelReading, order: tuple[str, ...] = ()) -> tuple[str, ...]:
    """List the classes, the positive one last."""
    seen = order_levels(name for classes in reading.classes.values() for name in classes.values())
    if {*seen, reading.positive or "1"} <= {"0", "1"} and reading.positive != "0":
        return ("0", "1")
    if reading.positive is None:
        return order_levels(seen, order)
    others = [name for name in seen if name != reading.positive]
    return (*(others or [f"not {reading.positive}"]), reading.positive)
