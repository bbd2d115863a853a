"""How sure a mean is that comes from repeating an experiment with other seeds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from biasaudit.arraytypes import Floats

__all__ = ["RepeatedMean", "mean_of_repeats"]


class RepeatedMean(NamedTuple):
    """Mean, interval and p-value of each figure."""

    estimate: Floats
    low: Floats
    high: Floats
    p_value: Floats


def mean_of_repeats(values: ArrayLike, *, overlap: float = 0.0, confidence: float = 0.95) -> RepeatedMean:
    """Return the mean over repeats, its t interval, and the p-value of its being zero.

    Parameters
    ----------
    values : float array of shape (..., repeats)
        At least two repeats.
    overlap : float
        Rows tested over rows trained on, where every repeat splits the same rows anew: repeats that share rows
        vary less than new data would, and the variance is raised by this much. 0 where each repeat has its own data.
    confidence : float

    Returns
    -------
    RepeatedMean
        Arrays of shape (...). Where all repeats agree the interval is a point, and the p-value 1 if that point is zero.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52.

    Examples
    --------
    >>> found = mean_of_repeats([0.1, 0.2, 0.3])
    >>> [round(float(part), 3) for part in found]
    [0.2, -0.048, 0.448, 0.074]
    """
    values = np.asarray(values, dtype=np.float64)
    repeats = values.shape[-1]
    mean: Floats = values.mean(axis=-1)
    error = np.sqrt(values.var(axis=-1, ddof=1) * (1 / repeats + overlap))
    reach = stats.t.ppf((1 + confidence) / 2, repeats - 1) * error
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(mean == 0, 0.0, np.abs(mean) / error)
    return RepeatedMean(mean, mean - reach, mean + reach, 2 * stats.t.sf(t, repeats - 1))
