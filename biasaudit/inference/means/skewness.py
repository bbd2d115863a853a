"""Hall's transformation of studentised estimates, which takes the skewness of their rows out of intervals and tests."""

import numpy as np
from scipy.special import stdtr

from biasaudit.arraytypes import Floats
from biasaudit.inference.means.means import Means

__all__ = ["GAMMA", "df_with_skew", "hall", "hall_inverse", "two_sided"]

# Excess kurtosis of a gamma over its squared skewness, halved: how the variance of a variance grows with the latter.
GAMMA = 0.75
MAX_DF = 1e12
NO_SKEW = 1e-9
# Root of the slope of the transformation where it goes on straight.
STEEPEST = 0.5


def hall(studentised: Floats, skew: Floats) -> Floats:
    """Turn a studentised estimate into one that is as good as t: increasing, and the same where there is no skew.

    Halfway to where Hall's cubic stands still it goes on straight: there intervals would grow long and hold no more.

    Parameters
    ----------
    studentised : float array
        Estimate less the truth, over its standard error.
    skew : float array
        Third cumulant of the estimate over its error cubed.

    Returns
    -------
    float array

    References
    ----------
    Hall (1992), "On the removal of skewness by transformation", equation 2.3.

    Examples
    --------
    >>> hall(np.array([-2.0, 0.0, 2.0]), np.array(0.3)).round(3).tolist()
    [-1.577, 0.05, 2.477]
    """
    cubic = studentised + skew * (studentised**2 / 3 + 1 / 6) + skew**2 * studentised**3 / 27
    slope = _slope(skew)
    straight = studentised + (3 * (1 - STEEPEST) - (1 - STEEPEST**3)) / slope + skew / 6
    return np.where(1 + skew * studentised / 3 < STEEPEST, straight, cubic)


def hall_inverse(transformed: Floats, skew: Floats) -> Floats:
    """Return what :func:`hall` turns into `transformed`.

    Parameters
    ----------
    transformed, skew : float array

    Returns
    -------
    float array

    Examples
    --------
    >>> hall_inverse(np.array([-1.5767, 0.05, 2.4767]), np.array(0.3)).round(3).tolist()
    [-2.0, 0.0, 2.0]
    """
    inside, slope = skew * (transformed - skew / 6), _slope(skew)
    root = np.expm1(np.log1p(np.maximum(inside, STEEPEST**3 - 1)) / 3)
    bent = (3 * root + np.minimum(inside - (STEEPEST**3 - 1), 0.0)) / slope
    return np.where(np.abs(skew) < NO_SKEW, transformed - skew * (transformed**2 / 3 + 1 / 6), bent)


def _slope(skew: Floats) -> Floats:
    return np.where(np.abs(skew) < NO_SKEW, 1.0, skew)


def df_with_skew(means: Means) -> Floats:
    """Lower degrees of freedom by the kurtosis that skew rows have at least, and that a gamma has.

    A variance is the less sure the longer the tails are, and skewness tells how long a gamma's are.

    Parameters
    ----------
    means : Means

    Returns
    -------
    float array of shape (measures, groups)

    References
    ----------
    Pearson (1895), "Contributions to the mathematical theory of evolution, II", type III.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(means.df > 0, 1 / (1 / means.df + GAMMA * means.skew**2), 0.0)


def two_sided(statistic: Floats, df: Floats) -> Floats:
    """Two-sided p-value of t; NaN without degrees of freedom.

    Parameters
    ----------
    statistic, df : float array

    Returns
    -------
    float array
        0 to 1.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * stdtr(np.where(df > 0, np.minimum(df, MAX_DF), np.nan), -np.abs(statistic)))
