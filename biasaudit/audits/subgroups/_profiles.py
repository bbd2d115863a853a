"""People who are alike in everything that a search for subgroups asks of them, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Bools, Floats, Ints

__all__ = ["Profiles", "combined", "count_profiles", "sums"]

# Of every row: half as wide, so that a long table fits.
Codes = NDArray[np.int32]
MOST_KEYS = 2**62


@dataclass(frozen=True, eq=False)
class Profiles:
    """People alike in features, outcome, weight and cluster, in the order of these; arrays have shape (kinds,).

    Parameters
    ----------
    cell : int array
        Cell of equal features.
    case : bool array
        Whether the rate counts them.
    n_people : int array
        How many they are.
    weight : float array or None
        Weight of each of them; None where all weigh the same.
    cluster : int array or None
    """

    cell: Ints
    case: Bools
    n_people: Ints
    weight: Floats | None
    cluster: Ints | None


def count_profiles(
    cell: Ints, counted: Ints, n_people: Ints, weight: Floats | None, cluster: Codes | None
) -> Profiles | None:
    """Sum up people who are alike in everything; None where neither weights nor clusters tell them apart."""
    if weight is not None and (weight == weight[0]).all():
        weight = None
    if weight is None and cluster is None:
        return None
    keys: list[NDArray[np.integer[Any]]] = [cell, counted]
    if weight is not None:
        keys.append(np.unique(weight, return_inverse=True)[1])
    if cluster is not None:
        keys.append(cluster)
    number, first, inverse = combined(keys)
    return Profiles(
        cell[first],
        counted[first] > 0,
        sums(inverse, n_people, number),
        None if weight is None else weight[first],
        None if cluster is None else cluster[first].astype(np.int64),
    )


def combined(keys: Sequence[NDArray[np.integer[Any]]]) -> tuple[int, Ints, Ints]:
    """Find the combinations in order: how many, a row of each, and the combination of each row."""
    key, size = np.zeros(len(keys[0]), dtype=np.int64), 1
    for codes in keys:
        levels = int(codes.max()) + 1
        if size * levels > MOST_KEYS:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max()) + 1
        key, size = key * levels + codes, size * levels
    if size > 2 * len(key):
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        return len(first), first, inverse
    # So few combinations can be ticked off, which is faster than to sort the rows.
    there = np.zeros(size, dtype=bool)
    there[key] = True
    inverse = (np.cumsum(there) - 1)[key]
    first = np.empty(int(there.sum()), dtype=np.int64)
    first[inverse] = np.arange(len(inverse))
    return len(first), first, inverse


def sums(inverse: Ints, n_people: Ints, cells: int) -> Ints:
    """Sum up the people of each combination."""
    return np.bincount(inverse, weights=n_people, minlength=cells).astype(np.int64)
