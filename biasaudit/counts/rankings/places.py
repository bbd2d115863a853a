"""Places in rankings: each row's own, with what ties share, and what an exposure curve gives it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError

__all__ = ["Exposure", "Places", "checked_curve", "log_exposure", "read_exposure", "top_share"]

Exposure = Callable[[Floats], Floats]
CURVES = '"log" (1 / log2(1 + rank)), or a function of an array of ranks'


@dataclass(frozen=True, eq=False)
class Places:
    """Rows in the order of their rankings: by query, then from the top down.

    Parameters
    ----------
    query : int array of shape (rows,)
        Rising, from 0.
    first, last : int array of shape (rows,)
        Places from 1 that a row may have: of those that tie, the first and the last of all of them.
    order : int array of shape (rows,)
        Row of the table that stands here.
    """

    query: Ints
    first: Ints
    last: Ints
    order: Ints

    @classmethod
    def of(cls, query: Ints, score: Floats) -> "Places":
        """Sort rows by query and, inside it, by score from high to low.

        Parameters
        ----------
        query : int array of shape (rows,)
            Codes from 0, each of which occurs.
        score : float array of shape (rows,)
            Finite; of ranks, minus the rank.
        """
        order = np.lexsort((-score, query))
        query, score = query[order], score[order]
        row = np.arange(len(order))
        starts_query = np.diff(query, prepend=-1) != 0
        starts_tie = starts_query | (np.diff(score, prepend=np.nan) != 0)
        start = np.maximum.accumulate(np.where(starts_query, row, 0))
        tie = np.cumsum(starts_tie) - 1
        first = np.flatnonzero(starts_tie)[tie]
        last = np.append(np.flatnonzero(starts_tie)[1:], len(order))[tie] - 1
        return cls(query, first - start + 1, last - start + 1, order)

    @cached_property
    def lengths(self) -> Ints:
        """People in each query."""
        return np.bincount(self.query).astype(np.int64)

    @property
    def tied(self) -> int:
        """How many rows share their place with others."""
        return int((self.last > self.first).sum())

    def exposure(self, curve: Exposure) -> Floats:
        """Return what each row gets of a curve; those that tie get the mean of their places."""
        longest = int(self.last.max(initial=0))
        values = checked_curve(curve, longest)
        sums = np.concatenate([[0.0], np.cumsum(values)])
        alone = self.first == self.last
        mean = (sums[self.last] - sums[self.first - 1]) / (self.last - self.first + 1)
        return np.where(alone, values[self.first - 1], mean)


def top_share(places: Places, k: int) -> Floats:
    """Return the chance of each row to be in the top `k`: 1 or 0, or between where those who tie lie across its edge.

    Parameters
    ----------
    places : Places
    k : int

    Returns
    -------
    float array of shape (rows,)
    """
    inside = np.clip(k - places.first + 1, 0, None) / (places.last - places.first + 1)
    return np.minimum(inside, 1.0)


def log_exposure(rank: Floats) -> Floats:
    """Return the exposure of ranks as the discounted cumulative gain has it.

    Parameters
    ----------
    rank : float array
        From 1.

    Examples
    --------
    >>> log_exposure(np.array([1.0, 3.0])).tolist()
    [1.0, 0.5]
    """
    return np.asarray(1 / np.log2(1 + rank))


def read_exposure(exposure: Any) -> Exposure:
    """Read which curve is meant.

    Raises
    ------
    AuditError
        If it is neither "log" nor a function.
    """
    if exposure == "log":
        return log_exposure
    if callable(exposure):
        curve: Exposure = exposure
        return curve
    raise AuditError(f"exposure={exposure!r} is no curve. Give {CURVES}.")


def checked_curve(curve: Exposure, longest: int) -> Floats:
    """Return the exposure of the ranks 1, 2, ... of a curve.

    Parameters
    ----------
    curve : callable
    longest : int
        The last rank.

    Returns
    -------
    float array of shape (longest,)

    Raises
    ------
    AuditError
        If it does not give each rank a finite number, 0 or more, or gives the first rank nothing.
    """
    try:
        values = np.asarray(curve(np.arange(1.0, longest + 1.0)), dtype=float)
    except Exception as error:
        raise AuditError(
            f"The exposure curve failed on ranks 1 to {longest:,} ({type(error).__name__}). Give {CURVES}."
        ) from None
    if values.shape != (longest,) or not np.isfinite(values).all() or (values < 0).any() or not values[:1].sum() > 0:
        raise AuditError(
            "The exposure curve has to give each rank a finite number, 0 or more, and the first rank more than 0. "
            f"Give {CURVES}."
        )
    return values
