"""Inequality of what a decision does to people: generalized entropy and Theil index, between and within groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["INDICES", "Inequality", "inequality"]

Floats = NDArray[np.float64]

INDICES = ("generalized_entropy", "theil")
# The benefit is prediction - label + 1: nothing for a missed positive, 2 for an undeserved one.
BENEFIT = np.array([1.0, 2.0, 0.0, 1.0])


@dataclass(frozen=True)
class Inequality:
    """An index of inequality over everyone, and its parts; arrays share the leading axes of the input."""

    total: Floats
    between: Floats

    @property
    def within(self) -> Floats:
        """What is left when every group's own mean is taken as given."""
        return self.total - self.between


def inequality(confusion: Floats, index: str) -> Inequality:
    """Measure how unequally the benefits of decisions fall on people.

    Parameters
    ----------
    confusion : array of shape (..., groups, 4)
        TN, FP, FN, TP in each group.
    index : {"generalized_entropy", "theil"}
        Generalized entropy with alpha = 2, or alpha = 1 which is Theil's.

    Returns
    -------
    Inequality
        NaN where nobody has a benefit.

    References
    ----------
    Speicher et al. (2018), "A unified approach to quantifying algorithmic unfairness", equations 2 and 4.

    Examples
    --------
    >>> import numpy as np
    >>> float(inequality(np.array([[1, 1, 1, 1], [2, 0, 0, 2]]), "theil").between)
    0.0
    """
    rows = confusion.sum(axis=-1)
    benefit = confusion @ BENEFIT
    n = rows.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = benefit.sum(axis=-1) / n
        people = _index(confusion.sum(axis=-2), BENEFIT / mean[..., None], n, index)
        groups = np.where(rows > 0, benefit / rows / mean[..., None], 1.0)
        between = _index(rows, groups, n, index)
    defined = mean > 0
    return Inequality(np.where(defined, people, np.nan), np.where(defined, between, np.nan))


def _index(rows: Floats, relative: Floats, n: Floats, index: str) -> Floats:
    """Average the index' term over people, given benefits relative to the mean."""
    if index == "generalized_entropy":
        terms = (relative**2 - 1) / 2
    else:
        terms = relative * np.log(np.where(relative > 0, relative, 1.0))
    return np.asarray((rows * terms).sum(axis=-1) / n)
