"""The part of a gap that comes from who is in which stratum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast
from biasaudit.inference.strata.stratified import compare_in_strata
from biasaudit.metrics.wilson import critical_value

__all__ = ["Composition", "composition"]


@dataclass(frozen=True)
class Composition:
    """What the strata of two groups would make of them if all in a stratum shared one rate, first minus second."""

    difference: float
    low: float
    high: float
    p_value: float


def composition(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, *, confidence: float = 0.95
) -> Composition:
    """Compare two groups by the rates of the strata they are in, net of the gap within: the gap that strata explain.

    With the gap within strata (Mantel and Haenszel's difference) it adds up to the whole gap.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array of shape (strata,)
        Cases and rows of the first and of the second group.
    confidence : float
        Of the interval, which takes the rates of the strata as given.

    Returns
    -------
    Composition
        NaN where a group has no rows; a p-value of 1 where all strata share one rate.

    References
    ----------
    Kitagawa (1955), "Components of a difference between two rates", JASA 50.

    Examples
    --------
    >>> found = composition([50, 10], [100, 100], [25, 15], [50, 150])
    >>> round(found.difference, 3), found.p_value < 0.001
    (0.1, True)
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    # A stratum that holds more of a group by chance has its rate from that group: without its gap, chance is no cause.
    within = compare_in_strata(x1, n1, x2, n2).difference
    x1 = x1 if np.isnan(within) else x1 - within * n1
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where(n1 + n2 > 0, (x1 + x2) / (n1 + n2), 0.0)
        mean1, variance1 = _mean(rate, n1)
        mean2, variance2 = _mean(rate, n2)
    difference, error = mean1 - mean2, float(np.sqrt(variance1 + variance2))
    half = float(critical_value(confidence)) * error
    p_value = 2 * float(ndtr(-abs(difference) / error)) if error > 0 else float("nan" if np.isnan(error) else 1.0)
    return Composition(difference, difference - half, difference + half, p_value)


def _mean(rate: Floats, rows: Floats) -> tuple[float, float]:
    total = rows.sum()
    mean = (rows * rate).sum() / total
    return float(mean), float((rows * (rate - mean) ** 2).sum() / total / total)
