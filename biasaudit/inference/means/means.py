"""Means of groups with the evidence they rest on: what every comparison of numbers takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from biasaudit.arraytypes import Bools, Floats

__all__ = ["Means", "concat_means", "no_means"]


@dataclass(frozen=True)
class Means:
    """Means, or what is estimated like one; every array has shape (measures, groups).

    Parameters
    ----------
    value : float array
        The estimate; NaN where a group has no rows for it.
    rows : float array
        Rows that it rests on.
    weight : float array
        Sum of their weights, by which the mean of all groups is the mean of the groups' means; `rows` without any.
    error : float array
        Standard error; NaN where nobody can know it, as of a single row.
    df : float array
        Degrees of freedom of the standard error: rows less 1 without clusters and weights.
    skew : float array
        Third cumulant of the estimate over its error cubed: of a mean of n rows, their skewness over the root of n.
    deviation : float array
        Standard deviation of the rows, for tolerances in its unit.
    """

    value: Floats
    rows: Floats
    weight: Floats
    error: Floats
    df: Floats
    skew: Floats
    deviation: Floats

    @property
    def estimate(self) -> Floats:
        """The value."""
        return self.value

    @property
    def evidence(self) -> Floats:
        """Rows."""
        return self.rows

    @property
    def known(self) -> Bools:
        """Where it has a value, and somebody can say how sure that is."""
        return np.isfinite(self.value) & np.isfinite(self.error)

    def each(self, change: Callable[[Floats], Floats]) -> "Means":
        """Apply `change` to every array, such as a choice of measures or groups."""
        return Means(*(change(getattr(self, field.name)) for field in fields(self)))


def no_means(measures: int, groups: int) -> Means:
    """Return means of groups that nobody is in.

    Parameters
    ----------
    measures, groups : int

    Returns
    -------
    Means
    """
    return Means(*(np.full((measures, groups), fill) for fill in (np.nan, 0.0, 0.0, np.nan, np.nan, 0.0, np.nan)))


def concat_means(parts: Sequence[Means], *, axis: int = 1) -> Means:
    """Put the groups of several means of the same measures next to each other; with axis 0, the measures.

    Parameters
    ----------
    parts : sequence of Means
    axis : int
        1 for groups, 0 for measures.

    Returns
    -------
    Means
    """
    arrays = ([getattr(part, field.name) for part in parts] for field in fields(Means))
    return Means(*(np.concatenate(together, axis=axis) for together in arrays))
