"""Degrees of freedom of gaps, from those of the groups' own variances, which may be few where clusters are."""

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from biasaudit.arraytypes import Floats

__all__ = ["df_of_difference", "df_of_mean", "p_value_with_df", "rows_at_level", "welch"]

MAX_DF = 1e12


def df_of_difference(nobs1: Floats, df1: Floats, nobs2: Floats, df2: Floats) -> Floats:
    """Combine the degrees of freedom of two groups of one rate into those of their difference; infinite for rows.

    Parameters
    ----------
    nobs1, df1, nobs2, df2 : float array
        Effective rows of each group, and the degrees of freedom of its variance.

    Returns
    -------
    float array

    References
    ----------
    Satterthwaite (1946), "An approximate distribution of estimates of variance components".

    Examples
    --------
    The 3 and 27 rows of Imbens and Kolesár (2016), "Robust standard errors in small samples", have 2.5.

    >>> import numpy as np
    >>> float(df_of_difference(*(np.array(a) for a in (3.0, 2.0, 27.0, 26.0))).round(1))
    2.5
    >>> float(df_of_difference(np.array(100.0), np.array(9.0), np.array(100.0), np.array(9.0)))
    18.0
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((nobs1 + nobs2) ** 2 / (nobs2**2 / df1 + nobs1**2 / df2))


def df_of_mean(nobs: Floats, df: Floats) -> Floats:
    """Combine the degrees of freedom of groups of one rate, the last axis, into those of their rate together.

    Parameters
    ----------
    nobs, df : float array of shape (..., groups)

    Returns
    -------
    float array of shape (...)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(nobs.sum(axis=-1) ** 2 / np.where(nobs > 0, nobs**2 / df, 0.0).sum(axis=-1))


def welch(nobs: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Find how F's denominator and scale follow from groups whose variances are estimated, the last axis.

    Parameters
    ----------
    nobs, df : float array of shape (..., groups)

    Returns
    -------
    df, scale : float array
        The chi-square statistic over groups - 1 and `scale` is F with `df` in the denominator; infinite and 1 where
        all variances are known.

    References
    ----------
    Welch (1951), "On the comparison of several mean values: an alternative approach".

    Examples
    --------
    Two groups have the degrees of freedom of their difference.

    >>> import numpy as np
    >>> [float(a) for a in welch(np.array([100.0, 100.0]), np.array([9.0, 9.0]))]
    [18.0, 1.0]
    """
    groups = np.maximum((nobs > 0).sum(axis=-1), 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = nobs / nobs.sum(axis=-1, keepdims=True)
        doubt = np.where(nobs > 0, (1 - part) ** 2 / df, 0.0).sum(axis=-1)
        return (groups**2 - 1) / (3 * doubt), 1 + np.where(groups > 2, 2 * (groups - 2) / (groups**2 - 1) * doubt, 0.0)


def p_value_with_df(p_value: Floats, df: Floats) -> Floats:
    """Read a normal p-value off t instead, where variances come from few clusters.

    Parameters
    ----------
    p_value : float array
        Two-sided, of a normal test.
    df : float array
        Broadcasts to it; infinite where the variance is known.

    Returns
    -------
    float array
    """
    finite = np.broadcast_to(np.isfinite(df), p_value.shape)
    if not finite.any():
        return p_value
    z = ndtri(np.clip(p_value, 1e-300, 1) / 2)
    with np.errstate(invalid="ignore"):
        return np.where(finite, 2 * stdtr(np.where(df > 0, np.minimum(df, MAX_DF), np.nan), z), p_value)


def rows_at_level(nobs: Floats, df: Floats, level: Floats | float) -> Floats:
    """Cut rows to those at which a normal test would see, at this level, what t sees with `df`.

    Parameters
    ----------
    nobs, df : float array
        Effective rows, and the degrees of freedom of their variance.
    level : float array
        Of the two-sided test.

    Returns
    -------
    float array
    """
    finite = np.isfinite(df)
    if not finite.any():
        return nobs
    t = stdtrit(np.where(finite & (df > 0), df, 1.0), np.asarray(level) / 2)
    return np.where(finite, nobs * (ndtri(np.asarray(level) / 2) / t) ** 2, nobs)
