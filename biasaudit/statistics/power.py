"""How small a gap these rows could have shown, and how many rows a gap would need."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

__all__ = ["power_two_proportions", "rows_needed", "smallest_detectable_difference"]

Floats = NDArray[np.float64]
HALVINGS = 24


def power_two_proportions(
    rate1: ArrayLike, nobs1: ArrayLike, rate2: ArrayLike, nobs2: ArrayLike, *, alpha: ArrayLike = 0.05
) -> Floats:
    """Chance that the two-sided score test tells two rates apart.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, equation 4.13.

    Examples
    --------
    >>> float(power_two_proportions(0.3, 100, 0.5, 100).round(3))
    0.828
    """
    p1, n1, p2, n2, level = (np.asarray(a, dtype=float) for a in (rate1, nobs1, rate2, nobs2, alpha))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
        null = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        alternative = np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
        margin = np.abs(p1 - p2) + ndtri(level / 2) * null
        power = np.where(alternative > 0, ndtr(margin / alternative), (margin > 0).astype(float))
    return np.where((n1 > 0) & (n2 > 0), power, np.nan)


def smallest_detectable_difference(
    nobs1: ArrayLike, nobs2: ArrayLike, base_rate: ArrayLike, *, alpha: ArrayLike = 0.05, power: float = 0.8
) -> Floats:
    """Find the smallest gap between two groups that the score test would show with the given power.

    Parameters
    ----------
    nobs1, nobs2 : array
        Effective rows of the groups.
    base_rate : array
        Rate of the second group; the first lies on the side with more room.
    alpha : array
        Level of the two-sided test.
    power : float
        Chance of showing the gap.

    Returns
    -------
    float array
        NaN where even the largest possible gap would often stay unseen.

    Examples
    --------
    >>> float(smallest_detectable_difference(100, 100, 0.3).round(3))
    0.193
    """
    n1, n2, base, level = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (nobs1, nobs2, base_rate, alpha)))
    sign = np.where(base <= 0.5, 1.0, -1.0)
    room = np.where(base <= 0.5, 1 - base, base)
    low, high = np.zeros(base.shape), room.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        seen = power_two_proportions(base + sign * middle, n1, base, n2, alpha=level) >= power
        low, high = np.where(seen, low, middle), np.where(seen, middle, high)
    reachable = power_two_proportions(base + sign * room, n1, base, n2, alpha=level) >= power
    return np.where(reachable, high, np.nan)


def rows_needed(
    gap: ArrayLike, base_rate: ArrayLike, *, ratio: ArrayLike = 1.0, alpha: ArrayLike = 0.05, power: float = 0.8
) -> Floats:
    """Find how many rows a group needs so that a gap of this size would be shown.

    Parameters
    ----------
    gap : array
        Difference to be shown, above 0; the rates are `base_rate` and the one `gap` away on the side
        with more room.
    base_rate : array
        Rate of the reference group.
    ratio : array
        Rows of the reference group for each row of the group.

    Returns
    -------
    float array
        Rows of the group, rounded up; NaN where `gap` is 0 or reaches beyond 0–1.

    References
    ----------
    Fleiss, Levin and Paik (2003), equation 4.14 with unequal groups.

    Examples
    --------
    >>> float(rows_needed(0.05, 0.3))
    1377.0
    """
    g, base, k, level = (np.asarray(a, dtype=float) for a in (gap, base_rate, ratio, alpha))
    other = base + np.where(base <= 0.5, g, -g)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (other + k * base) / (1 + k)
        null = np.sqrt(np.clip(pooled * (1 - pooled), 0, None) * (1 + 1 / k))
        alternative = np.sqrt(np.clip(other * (1 - other), 0, None) + np.clip(base * (1 - base), 0, None) / k)
        rows = ((-ndtri(level / 2) * null + ndtri(power) * alternative) / g) ** 2
    return np.where((g > 0) & (other >= 0) & (other <= 1), np.ceil(rows - 1e-9), np.nan)
