"""Wilson's interval of a share, and the critical values it takes: the yardstick in which effective rows are told."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast
from biasaudit.errors import AuditError

__all__ = ["critical_value", "t_quantile", "wilson"]

MAX_DF = 1e12


def t_quantile(probability: ArrayLike, df: ArrayLike) -> Floats:
    """Return the quantile of Student's t, of the normal where `df` is infinite; NaN where it is not above 0.

    Parameters
    ----------
    probability : array
        0 to 1.
    df : array
        Degrees of freedom.

    Returns
    -------
    float array of the shape of both

    Examples
    --------
    >>> t_quantile(0.975, [4, float("inf"), 0]).round(4).tolist()
    [2.7764, 1.96, nan]
    """
    p, d = np.broadcast_arrays(np.asarray(probability, dtype=float), np.asarray(df, dtype=float))
    found = np.asarray(ndtri(p))
    finite = ~(d > MAX_DF)
    if finite.any():
        found[finite] = np.where(d[finite] > 0, stdtrit(np.where(d[finite] > 0, d[finite], 1.0), p[finite]), np.nan)
    return found


def critical_value(confidence: ArrayLike = 0.95, df: ArrayLike = np.inf) -> Floats:
    """Return the two-sided critical value of the normal, or of t where `df` is finite.

    Parameters
    ----------
    confidence : array
        Between 0 and 1.
    df : array
        Degrees of freedom; NaN comes back where they are not above 0.

    Returns
    -------
    float array of the shape of both

    Raises
    ------
    AuditError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> critical_value(0.95, [4, float("inf")]).round(4).tolist()
    [2.7764, 1.96]
    """
    level = np.asarray(confidence, dtype=float)
    if not ((level > 0) & (level < 1)).all():
        raise AuditError(f"confidence={confidence!r} is not between 0 and 1. Use 0.95 for a 95 % interval.")
    return t_quantile(0.5 + level / 2, df)


def wilson(count: ArrayLike, nobs: ArrayLike, *, critical: ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share.

    Parameters
    ----------
    count, nobs : array
        Rows counted and rows eligible; effective ones need not be whole.
    critical : array
        Two-sided critical value, as :func:`critical_value` gives it.

    Returns
    -------
    low, high : float array
        Between 0 and 1; NaN where `nobs` is 0.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> [round(float(limit), 4) for limit in wilson(5, 20, critical=1.959964)]
    [0.1119, 0.4687]
    """
    count, nobs, z = broadcast(count, nobs, critical)
    with np.errstate(invalid="ignore", divide="ignore"):
        center = (count + z**2 / 2) / (nobs + z**2)
        half = z * np.sqrt(np.clip(count * (nobs - count) / nobs, 0, None) + z**2 / 4) / (nobs + z**2)
        # The formula gives 0 and 1 at the ends, but for rounding.
        low = np.where((count <= 0) | np.isinf(z), 0.0, center - half)
        high = np.where((count >= nobs) | np.isinf(z), 1.0, center + half)
    undefined = ~(nobs > 0) | np.isnan(count) | np.isnan(z)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
