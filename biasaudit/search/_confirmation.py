"""What was found in one half of the rows and holds in the other, after counting everything that was tried."""

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats

__all__ = ["NOMINAL_LEVEL", "benjamini_hochberg", "confirmed_p_values", "evidence_weights"]

# Evidence past Bonferroni's level of 1 % counts no more: one huge gap must not take the chances of all others.
MIN_WEIGHTED_P = 0.01
NOMINAL_LEVEL = 0.05


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjust p-values so that at most that share of what is called found is false; NaN stays NaN and does not count.

    Parameters
    ----------
    p_values : array of shape (tests,)
        0 or more, or NaN.

    Returns
    -------
    float array of shape (tests,)

    References
    ----------
    Benjamini and Hochberg (1995), "Controlling the false discovery rate".

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.005]).tolist()
    [0.02, 0.04, 0.04, 0.02]
    """
    p = np.asarray(p_values, dtype=float)
    out = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    stepped = p[order] * len(order) / np.arange(1, len(order) + 1)
    out[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return out


def evidence_weights(p_searched: ArrayLike) -> Floats:
    """Share out the chance of a false discovery by the evidence of the half that was searched.

    Parameters
    ----------
    p_searched : array of shape (tests,)
        0 to 1.

    Returns
    -------
    float array of shape (tests,)
        0 where p is above 0.05: that is not tested again. Else in proportion to 1 / p, and 1 on average.

    References
    ----------
    Rubin, Dudoit and van der Laan (2006), "A method to increase the power of multiple testing procedures through
    sample splitting".

    Examples
    --------
    >>> evidence_weights([0.01, 0.02, 0.04, 1.0]).round(3).tolist()
    [1.714, 0.857, 0.429, 0.0]
    """
    p = np.asarray(p_searched, dtype=float)
    selected = p <= NOMINAL_LEVEL
    weight = np.where(selected, 1 / np.maximum(p, MIN_WEIGHTED_P / max(p.size, 1)), 0.0)
    return np.asarray(weight * (selected.sum() / max(weight.sum(), 1.0)))


def confirmed_p_values(p_searched: ArrayLike, p_held_out: ArrayLike) -> Floats:
    """Select what stands out in the half that was searched, and adjust its p-values in the half that was held out.

    Parameters
    ----------
    p_searched, p_held_out : array of shape (tests,)
        P-values of the same tests in each half, 0 to 1; the halves share no row.

    Returns
    -------
    float array of shape (tests,)
        Weighted Benjamini-Hochberg over all that was selected, never below the p-value of the half that was held out;
        1 for what was not selected.

    Notes
    -----
    Where nothing is there, the chance that anything is called found at a level is at most that level, however much
    was tried and whatever the weights: the half that was held out had no say in them. As they are in proportion to
    1 / p, both halves count alike, so that little is lost against a test of all rows.

    References
    ----------
    Genovese, Roeder and Wasserman (2006), "False discovery control with p-value weighting".

    Examples
    --------
    >>> confirmed_p_values([0.001, 0.02, 0.5], [0.01, 0.03, 0.0001]).round(4).tolist()
    [0.0117, 0.105, 1.0]
    """
    searched, held_out = np.asarray(p_searched, dtype=float), np.asarray(p_held_out, dtype=float)
    selected = searched <= NOMINAL_LEVEL
    adjusted = np.ones(searched.shape)
    weight = evidence_weights(searched)[selected]
    # What does not even reach the nominal level by itself is not confirmed, whatever weight it has.
    weighted = np.where(held_out[selected] <= NOMINAL_LEVEL, held_out[selected] / weight, 1.0)
    adjusted[selected] = np.maximum(benjamini_hochberg(weighted), held_out[selected])
    return adjusted
