"""How small a gap these rows could have shown, and how many rows a gap would need."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, chndtr, ndtr, ndtri

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast
from biasaudit.inference.testing.hypothesis_tests import needs_exact_test

__all__ = [
    "power_two_proportions",
    "rows_needed",
    "smallest_detectable_difference",
    "smallest_detectable_ratio",
    "smallest_detectable_spread",
]

N_BISECTIONS = 24


def power_two_proportions(
    rate1: ArrayLike, nobs1: ArrayLike, rate2: ArrayLike, nobs2: ArrayLike, *, alpha: ArrayLike = 0.05
) -> Floats:
    """Chance that two rates are told apart by :func:`~biasaudit.inference.testing.hypothesis_tests.proportion_p_value`.

    That is the two-sided score test's, or Fisher's, where his decides.

    Parameters
    ----------
    rate1, rate2 : array
        True rates, 0 to 1.
    nobs1, nobs2 : array
        Effective rows of the groups.
    alpha : array
        Level of the two-sided test.

    Returns
    -------
    float array
        0 to 1; NaN where a group has no rows.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, equations 4.13 and 4.16.

    Examples
    --------
    >>> float(power_two_proportions(0.3, 100, 0.5, 100).round(3))
    0.828
    """
    p1, n1, p2, n2, level = broadcast(rate1, nobs1, rate2, nobs2, alpha)
    return np.where((n1 > 0) & (n2 > 0), _power(p1, n1, p2, n2, level, ndtri(level / 2)), np.nan)


def _power(p1: Floats, n1: Floats, p2: Floats, n2: Floats, level: Floats, critical: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        x1, x2, each = n1 * p1, n2 * p2, 1 / n1 + 1 / n2
        pooled = (x1 + x2) / (n1 + n2)
        null = np.sqrt(pooled * (1 - pooled) * each)
        alternative = np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
        # Fisher's test sees what the score test would see of a gap half a row smaller in each group.
        continuity = np.where(needs_exact_test(x1, n1, x2, n2, p_value=level), each / 2, 0.0)
        margin = np.abs(p1 - p2) - continuity + critical * null
        return np.where(alternative > 0, ndtr(margin / alternative), (margin > 0).astype(float))


def _smallest_detectable(power_at: Callable[[Floats], Floats], largest: Floats, power: float) -> Floats:
    """Find by halving the smallest gap up to `largest` that has the power; NaN where not even that has."""
    low, high = np.zeros(largest.shape), largest
    for _ in range(N_BISECTIONS):
        middle = (low + high) / 2
        detected = power_at(middle) >= power
        low, high = np.where(detected, low, middle), np.where(detected, middle, high)
    return np.where(power_at(largest) >= power, high, np.nan)


def smallest_detectable_difference(
    nobs1: ArrayLike, nobs2: ArrayLike, base_rate: ArrayLike, *, alpha: ArrayLike = 0.05, power: float = 0.8
) -> Floats:
    """Find the smallest gap between two groups that would be shown with the given power.

    Parameters
    ----------
    nobs1, nobs2 : array
        Effective rows of the groups.
    base_rate : array
        Rate of the second group; the first lies on the side with more room, above where there is no
        difference.
    alpha : array
        Level of the two-sided test.
    power : float
        Chance of showing the gap, above `alpha`.

    Returns
    -------
    float array
        0 to 1, to 7 digits; NaN where even the largest possible gap would often stay unseen.

    Examples
    --------
    >>> float(smallest_detectable_difference(100, 100, 0.3).round(3))
    0.193
    """
    n1, n2, base, level = broadcast(nobs1, nobs2, base_rate, alpha)
    sign, critical = np.where(base <= 0.5, 1.0, -1.0), ndtri(level / 2)
    return _smallest_detectable(
        lambda gap: _power(base + sign * gap, n1, base, n2, level, critical),
        np.where((n1 > 0) & (n2 > 0), np.where(base <= 0.5, 1 - base, base), np.nan),
        power,
    )


def smallest_detectable_ratio(
    nobs1: ArrayLike, nobs2: ArrayLike, base_rate: ArrayLike, *, alpha: ArrayLike = 0.05, power: float = 0.8
) -> Floats:
    """Find the ratio below 1, first rate over second, that lies nearest to 1 and would still be shown.

    Parameters
    ----------
    nobs1, nobs2, alpha, power
        As in :func:`smallest_detectable_difference`.
    base_rate : array
        Rate of the second group.

    Returns
    -------
    float array
        0 to 1; NaN where even a first rate of 0 would often stay unseen.

    Examples
    --------
    >>> float(smallest_detectable_ratio(100, 100, 0.3).round(3))
    0.457
    """
    n1, n2, base, level = broadcast(nobs1, nobs2, base_rate, alpha)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = _smallest_detectable(
            lambda gap: power_two_proportions(base - gap, n1, base, n2, alpha=level), base, power
        )
        return np.asarray(1 - gap / base)


def smallest_detectable_spread(
    nobs: ArrayLike, base_rate: ArrayLike, *, alpha: ArrayLike = 0.05, power: float = 0.8
) -> Floats:
    """Find the smallest spread of K rates that the chi-square test of homogeneity would show.

    The spread is taken to lie between the two largest groups, at equal distances from the base rate, which
    all others have: no spread of this size shows more plainly, so that a smaller one stays unseen
    wherever it lies.

    Parameters
    ----------
    nobs : array of shape (..., groups)
        Effective rows; groups with none are left out.
    base_rate : array of shape (...)
        Rate in the middle of the spread, which is moved where it would pass 0 or 1.
    alpha : array of shape (...)
        Level of the test.
    power : float
        Chance of showing the spread.

    Returns
    -------
    float array of shape (...)
        0 to 1; NaN where even a spread of 1 would often stay unseen, or there are not two groups.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, section 7.2.

    Examples
    --------
    >>> float(smallest_detectable_spread([100, 100], 0.3).round(2))
    0.18
    """
    n = np.sort(np.fmax(np.asarray(nobs, dtype=float), 0), axis=-1)
    base, level = np.asarray(base_rate, dtype=float), np.asarray(alpha, dtype=float)
    between = np.maximum((n > 0).sum(axis=-1) - 1, 1)
    limit = chdtri(between, level)
    largest = np.broadcast_to(
        np.where(n[..., -2] > 0, 1.0, np.nan) + 0 * base, np.broadcast_shapes(limit.shape, base.shape)
    )
    return _smallest_detectable(
        lambda spread: 1 - chndtr(limit, between, _noncentrality(n, base, spread)), largest, power
    )


def _noncentrality(n: Floats, base: Floats, spread: Floats) -> Floats:
    """Chi-square's noncentrality if the two largest groups lie `spread` apart around `base`, where all others are."""
    low = np.clip(base - spread / 2, 0, 1 - spread)
    middle = low + spread / 2
    first, second, rest = n[..., -1], n[..., -2], n[..., :-2].sum(axis=-1)
    rows = first + second + rest
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = middle + spread / 2 * (second - first) / rows
        squares = first * (low - pooled) ** 2 + second * (low + spread - pooled) ** 2 + rest * (middle - pooled) ** 2
        return np.asarray(squares / (pooled * (1 - pooled)))


def rows_needed(
    gap: ArrayLike, base_rate: ArrayLike, *, ratio: ArrayLike = 1.0, alpha: ArrayLike = 0.05, power: float = 0.8
) -> Floats:
    """Find how many rows a group needs so that a gap of this size would be shown by the score test.

    Parameters
    ----------
    gap : array
        Difference to be shown, above 0; the rates are `base_rate` and the one `gap` away on the side
        with more room.
    base_rate : array
        Rate of the reference group.
    ratio : array
        Rows of the reference group for each row of the group.
    alpha : array
        Level of the two-sided test.
    power : float
        Chance of showing the gap.

    Returns
    -------
    float array
        Rows of the group, rounded up; NaN where `gap` is not above 0 or reaches beyond 0–1.

    References
    ----------
    Fleiss, Levin and Paik (2003), equation 4.14 with unequal groups.

    Examples
    --------
    >>> float(rows_needed(0.05, 0.3))
    1377.0
    """
    g, base, k, level = broadcast(gap, base_rate, ratio, alpha)
    other = base + np.where(base <= 0.5, g, -g)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (other + k * base) / (1 + k)
        null = np.sqrt(pooled * (1 - pooled) * (1 + 1 / k))
        alternative = np.sqrt(other * (1 - other) + base * (1 - base) / k)
        rows = ((-ndtri(level / 2) * null + ndtri(power) * alternative) / g) ** 2
    return np.where((g > 0) & (other >= 0) & (other <= 1), np.ceil(rows - 1e-9), np.nan)
