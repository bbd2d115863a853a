"""How far apart two distributions over the same outcomes are: divergences and norms of shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats

__all__ = [
    "jensen_shannon_divergence",
    "kullback_leibler_divergence",
    "largest_difference",
    "lp_distance",
    "total_variation_distance",
]


def kullback_leibler_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Return the expected log of how much more often an outcome comes in `p` than in `q`, in nats.

    Parameters
    ----------
    p, q : array-like of shape (outcomes,)
        Counts or shares of the same outcomes, 0 or more; each is scaled to add up to 1.

    Returns
    -------
    float
        0 or more; infinite where `p` has an outcome that `q` never has, NaN where either is empty.

    References
    ----------
    Kullback and Leibler (1951), "On information and sufficiency", Annals of Mathematical Statistics 22.

    Examples
    --------
    >>> round(kullback_leibler_divergence([5, 5], [9, 1]), 4)
    0.5108
    """
    p, q = _shares(p), _shares(q)
    # Beside NaN, as beside everything, nothing is in common.
    if np.isnan(p).any() or np.isnan(q).any():
        return float("nan")
    has = p > 0
    if (q[has] == 0).any():
        return float("inf")
    return max(float((p[has] * np.log(p[has] / q[has])).sum()), 0.0)


def jensen_shannon_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Return the mean divergence of `p` and `q` from their mean, in nats: the square of the distance of that name.

    Parameters
    ----------
    p, q : array-like of shape (outcomes,)
        As for :func:`kullback_leibler_divergence`.

    Returns
    -------
    float
        From 0 to ln 2; NaN where either is empty.

    References
    ----------
    Lin (1991), "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37.

    Examples
    --------
    >>> round(jensen_shannon_divergence([1, 0], [0, 1]), 4), jensen_shannon_divergence([1, 3], [2, 6])
    (0.6931, 0.0)
    """
    p, q = _shares(p), _shares(q)
    middle = (p + q) / 2
    return (kullback_leibler_divergence(p, middle) + kullback_leibler_divergence(q, middle)) / 2


def lp_distance(p: ArrayLike, q: ArrayLike, order: float = 2) -> float:
    """Return the p-norm of the differences of shares.

    Parameters
    ----------
    p, q : array-like of shape (outcomes,)
        As for :func:`kullback_leibler_divergence`.
    order : float, default 2
        1 or more; infinite for the largest difference.

    Returns
    -------
    float
        0 or more; NaN where either is empty.

    Examples
    --------
    >>> round(lp_distance([5, 5], [9, 1]), 4)
    0.5657
    """
    return float(np.linalg.norm(_shares(p) - _shares(q), order))


def total_variation_distance(p: ArrayLike, q: ArrayLike) -> float:
    """Return the share of people who would need another outcome for both distributions to be the same.

    Parameters
    ----------
    p, q : array-like of shape (outcomes,)
        As for :func:`kullback_leibler_divergence`.

    Returns
    -------
    float
        From 0 to 1; NaN where either is empty.

    Examples
    --------
    >>> round(total_variation_distance([5, 5], [9, 1]), 4)
    0.4
    """
    return lp_distance(p, q, 1) / 2


def largest_difference(p: ArrayLike, q: ArrayLike) -> float:
    """Return the largest difference of shares of one outcome.

    Parameters
    ----------
    p, q : array-like of shape (outcomes,)
        As for :func:`kullback_leibler_divergence`.

    Returns
    -------
    float
        From 0 to 1; NaN where either is empty.

    Examples
    --------
    >>> round(largest_difference([5, 3, 2], [2, 3, 5]), 4)
    0.3
    """
    return lp_distance(p, q, np.inf)


def _shares(counts: ArrayLike) -> Floats:
    counts = np.asarray(counts, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts / counts.sum())
