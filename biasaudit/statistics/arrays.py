"""Arrays of counts: of one shape, laid out by measure, and as shares."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["broadcast", "flatten", "share"]

Floats = NDArray[np.float64]


def broadcast(*arrays: ArrayLike) -> tuple[Floats, ...]:
    """Return the arrays as floats of their common shape, not copied."""
    return tuple(np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in arrays)))


def share(count: ArrayLike, nobs: ArrayLike) -> Floats:
    """Return `count` over `nobs`; NaN where nothing is counted of nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.asarray(count, dtype=float) / np.asarray(nobs, dtype=float))


def flatten(count: ArrayLike, nobs: ArrayLike, df: ArrayLike) -> tuple[Floats, Floats, Floats, tuple[int, ...]]:
    """Lay out counts, rows and degrees of freedom of shape (..., groups) as (measures, groups), with the shape (...).

    Where a group has no rows or no count, both are 0 and it does not limit the degrees of freedom.
    """
    x, n, dof = broadcast(count, nobs, df)
    used = (n > 0) & ~np.isnan(x)
    x, n, dof = (np.where(used, a, fill) for a, fill in ((x, 0.0), (n, 0.0), (dof, np.inf)))
    lead, flat = x.shape[:-1], (math.prod(x.shape[:-1]), x.shape[-1])
    return x.reshape(flat), n.reshape(flat), dof.reshape(flat), lead
