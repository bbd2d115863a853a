"""The Pareto front of a harm against a cost, and how sure it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.inference.testing.hypothesis_tests import holm

__all__ = ["beaten", "on_front"]


def on_front(harm: Floats, cost: Floats) -> NDArray[np.bool_]:
    """Say which points no other point beats: none is at least as good in both and better in one.

    Parameters
    ----------
    harm, cost : float array of shape (..., points)
        Less is better. A point with NaN is not on the front.

    Returns
    -------
    bool array of shape (..., points)

    Examples
    --------
    >>> on_front(np.array([0.1, 0.2, 0.2]), np.array([0.3, 0.2, 0.4])).tolist()
    [True, True, False]
    """
    no_worse = (harm[..., None, :] <= harm[..., None]) & (cost[..., None, :] <= cost[..., None])
    better = (harm[..., None, :] < harm[..., None]) | (cost[..., None, :] < cost[..., None])
    return np.asarray(~(no_worse & better).any(axis=-1) & ~np.isnan(harm + cost))


def beaten(harm: Floats, cost: Floats, drawn_harm: Floats, drawn_cost: Floats, *, alpha: float) -> NDArray[np.bool_]:
    """Say which point is shown to beat which in both harm and cost, adjusted for all pairs (Holm).

    Parameters
    ----------
    harm, cost : float array of shape (points,)
        Less is better.
    drawn_harm, drawn_cost : float array of shape (replicates, points)
        Their resamples, of the same people for all points.
    alpha : float

    Returns
    -------
    bool array of shape (points, points)
        Whether the point of the row is beaten by that of the column. To be beaten in both, each has to be shown
        (Berger's intersection-union test).

    References
    ----------
    Berger (1982), "Multiparameter hypothesis testing and acceptance sampling".
    """
    p_value = np.maximum(_one_sided(harm, drawn_harm), _one_sided(cost, drawn_cost))
    np.fill_diagonal(p_value, np.nan)
    return np.asarray(np.nan_to_num(holm(p_value.ravel()), nan=1.0).reshape(p_value.shape) <= alpha)


def _one_sided(values: Floats, drawn: Floats) -> Floats:
    """Test that the value of the column is not below that of the row."""
    usable = drawn[~np.isnan(drawn).any(axis=1)]
    gap = values[:, None] - values
    if len(usable) < 2:
        return np.full(gap.shape, np.nan)
    covariance = np.cov(usable, rowvar=False).reshape(gap.shape)
    variance = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 1e-15, ndtr(-gap / np.sqrt(np.maximum(variance, 0))), 1.0)
