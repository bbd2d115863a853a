"""How the share of a group in the data stands to its share in a population."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr

from biasaudit.statistics.arrays import broadcast, share
from biasaudit.statistics.intervals import critical_value
from biasaudit.statistics.small_groups import guarded_limits

__all__ = ["Representation", "representation"]

Floats = NDArray[np.float64]
# Fewer expected in the data or outside of them: the exact test.
SMALLEST_EXPECTED = 10.0


@dataclass(frozen=True, eq=False)
class Representation:
    """Shares of groups against a population; every array has shape (groups,).

    Parameters
    ----------
    share, share_low, share_high : float array
        Share of the data with Wilson's interval.
    ratio, low, high : float array
        Share of the data over share of the population; NaN where the population has nobody of the group.
    p_value : float array
        Test that the data are drawn from the population: score test, exact where few are expected.
    """

    share: Floats
    share_low: Floats
    share_high: Floats
    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats


def representation(
    count: ArrayLike, nobs: ArrayLike, population: ArrayLike, *, confidence: float = 0.95
) -> Representation:
    """Hold the shares of groups against those of a population that is known without error.

    Parameters
    ----------
    count, nobs : array of shape (groups,)
        Rows of the group, and all rows.
    population : array of shape (groups,)
        Share of the population, 0 to 1.
    confidence : float
        Of the intervals.

    References
    ----------
    Wilson (1927): the interval of a share, which the share of the population only scales.

    Examples
    --------
    >>> found = representation([370, 630], 1000, [0.12, 0.88])
    >>> found.ratio.round(2).tolist(), found.low.round(2).tolist()
    ([3.08, 0.72], [2.84, 0.68])
    """
    x, n, p = broadcast(count, nobs, population)
    low, high = guarded_limits(x, n, critical=critical_value(confidence))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, ratio_low, ratio_high = (np.where(p > 0, a / p, np.nan) for a in (share(x, n), low, high))
    return Representation(share(x, n), low, high, ratio, ratio_low, ratio_high, _p_value(x, n, p))


def _p_value(x: Floats, n: Floats, p: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        score = 2 * ndtr(-np.abs(x - n * p) / np.sqrt(n * p * (1 - p)))
    # Effective rows need not be whole; what rounding adds or takes is never in favour of a gap.
    rows = np.floor(n)
    cases = np.clip(np.where(x > n * p, np.floor(x), np.ceil(x)), 0, rows)
    # The binomial's tails as incomplete beta functions.
    at_most = np.where(cases < rows, betainc(np.maximum(rows - cases, 1e-9), cases + 1, 1 - p), 1.0)
    at_least = np.where(cases > 0, betainc(np.maximum(cases, 1e-9), rows - cases + 1, p), 1.0)
    exact = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    certain = (p <= 0) | (p >= 1)
    exact = np.where(certain, np.where(np.isclose(x, n * p), 1.0, 0.0), exact)
    few = np.minimum(n * p, n * (1 - p)) < SMALLEST_EXPECTED
    return np.where(n > 0, np.where(few, exact, score), np.nan)
