"""Arrays of counts: of one shape, laid out by measure, as shares, and with cells told apart by their keys."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats, Ints

__all__ = ["broadcast", "distinct_keys", "flatten", "object_array", "share"]

MAX_KEY = 2**62


def broadcast(*arrays: ArrayLike) -> tuple[Floats, ...]:
    """Return the arrays as floats of their common shape, not copied.

    Returns
    -------
    tuple of float array
    """
    return tuple(np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in arrays)))


def share(count: ArrayLike, nobs: ArrayLike) -> Floats:
    """Return `count` over `nobs`; NaN where nothing is counted of nothing.

    Parameters
    ----------
    count, nobs : array
        Rows counted and rows eligible.

    Returns
    -------
    float array of the shape of both
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.asarray(count, dtype=float) / np.asarray(nobs, dtype=float))


def flatten(count: ArrayLike, nobs: ArrayLike, df: ArrayLike) -> tuple[Floats, Floats, Floats, tuple[int, ...]]:
    """Lay out counts, rows and degrees of freedom of shape (..., groups) as (measures, groups), with the shape (...).

    Where a group has no rows or no count, both are 0 and it does not limit the degrees of freedom.

    Parameters
    ----------
    count, nobs, df : array of shape (..., groups)
        Rows counted, rows eligible and degrees of freedom; they broadcast.

    Returns
    -------
    count, nobs, df : float array of shape (measures, groups)
    shape : tuple of int
        The leading axes.
    """
    x, n, dof = broadcast(count, nobs, df)
    used = (n > 0) & ~np.isnan(x)
    x, n, dof = (np.where(used, a, fill) for a, fill in ((x, 0.0), (n, 0.0), (dof, np.inf)))
    lead, flat = x.shape[:-1], (math.prod(x.shape[:-1]), x.shape[-1])
    return x.reshape(flat), n.reshape(flat), dof.reshape(flat), lead


def distinct_keys(keys: list[Ints]) -> tuple[Ints, Ints]:
    """Return the number of each cell's combination of `keys`, and a first cell of every combination.

    Parameters
    ----------
    keys : list of int array of shape (cells,)

    Returns
    -------
    number : int array of shape (cells,)
        From 0, in the order of the keys.
    first : int array of shape (combinations,)

    Examples
    --------
    >>> number, first = distinct_keys([np.array([1, 1, 0]), np.array([5, 5, 5])])
    >>> number.tolist(), first.tolist()
    ([1, 1, 0], [2, 0])
    """
    combined, number = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        lowest = int(key.min(initial=0))
        width = int(key.max(initial=0)) - lowest + 1
        if number * width > MAX_KEY:
            _, combined = np.unique(combined, return_inverse=True)
            number = len(combined)
        combined, number = combined * width + (key - lowest), number * width
    _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
    return inverse.astype(np.int64), first.astype(np.int64)


def object_array(values: Sequence[Any]) -> Any:
    """Put values into an array that takes each for one thing, tuples and dicts too."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
