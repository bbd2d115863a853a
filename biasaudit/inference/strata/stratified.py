"""Two groups compared within strata: what is left of a gap where like is compared with like."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast
from biasaudit.metrics.wilson import critical_value

__all__ = ["StratifiedGap", "common_odds_ratio", "compare_in_strata", "mantel_fleiss"]

N_BISECTIONS = 60


@dataclass(frozen=True)
class StratifiedGap:
    """A gap within strata; the ratio and the difference are first group against second.

    Parameters
    ----------
    odds_ratio, odds_ratio_low, odds_ratio_high : float
        Mantel and Haenszel's common odds ratio, with the interval of Robins, Breslow and Greenland.
    difference, difference_low, difference_high : float
        Mantel and Haenszel's common risk difference, with the interval of Sato.
    p_value : float
        Cochran, Mantel and Haenszel's test that the groups are alike within every stratum.
    homogeneity : float
        p-value of Breslow and Day's test, as Tarone corrected it, that the odds ratio is the same in every stratum.
    strata : int
        Strata that hold both groups.
    """

    odds_ratio: float
    odds_ratio_low: float
    odds_ratio_high: float
    difference: float
    difference_low: float
    difference_high: float
    p_value: float
    homogeneity: float
    strata: int


def compare_in_strata(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, *, confidence: float = 0.95
) -> StratifiedGap:
    """Compare two groups over strata, each weighed by what it can tell.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array of shape (strata,)
        Cases and rows of the first and of the second group. Strata without rows of both are left out.
    confidence : float
        Of the intervals.

    Returns
    -------
    StratifiedGap
        NaN where nothing can be said: no stratum with both groups, or neither cases nor non-cases.

    References
    ----------
    Mantel and Haenszel (1959), JNCI 22. Robins, Breslow and Greenland (1986), Biometrics 42, equation 3.
    Greenland and Robins (1985), Biometrics 41; Sato (1989), Biometrics 45: the risk difference.
    Breslow and Day (1980), Statistical Methods in Cancer Research I, equation 4.30; Tarone (1985), Biometrika 72.

    Examples
    --------
    >>> found = compare_in_strata([10, 20], [100, 50], [20, 30], [120, 60])
    >>> round(found.odds_ratio, 3), round(found.difference, 3)
    (0.611, -0.078)
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    both = (n1 > 0) & (n2 > 0)
    x1, n1, x2, n2 = (np.atleast_1d(a)[np.atleast_1d(both)] for a in (x1, n1, x2, n2))
    critical = float(critical_value(confidence))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, error = _odds_ratio(x1, n1, x2, n2)
        low, high = ratio * np.exp(np.array([-1, 1]) * critical * error)
        difference, spread = _difference(x1, n1, x2, n2)
    return StratifiedGap(
        ratio,
        float(low),
        float(high),
        difference,
        difference - critical * spread,
        difference + critical * spread,
        _cmh(x1, n1, x2, n2),
        _breslow_day(x1, n1, x2, n2, ratio),
        len(n1),
    )


def common_odds_ratio(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> float:
    """Odds ratio of two groups over strata, by Mantel and Haenszel; of one stratum it is the plain one.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array of shape (strata,)
        Cases and rows of the first and of the second group.

    Returns
    -------
    float
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _odds_ratio(*(np.atleast_1d(a) for a in (x1, n1, x2, n2)))[0]


def mantel_fleiss(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> float:
    """Count how many more, or how many fewer, cases the first group could have than it is expected to, over strata.

    The smaller of the two: below 5, the test of Cochran, Mantel and Haenszel is not to be trusted.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array of shape (strata,)
        Cases and rows of the first and of the second group.

    Returns
    -------
    float

    References
    ----------
    Mantel and Fleiss (1980), "Minimum expected cell size requirements for the Mantel-Haenszel one-degree-of-freedom
    chi-square test", American Journal of Epidemiology 112.

    Examples
    --------
    >>> mantel_fleiss([10, 0], [100, 50], [20, 2], [100, 50])
    16.0
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    both = (n1 > 0) & (n2 > 0)
    cases, n1, n2 = (np.atleast_1d(a)[np.atleast_1d(both)] for a in (x1 + x2, n1, n2))
    expected, least, most = n1 * cases / (n1 + n2), np.maximum(0, cases - n2), np.minimum(n1, cases)
    return float(min((expected - least).sum(), (most - expected).sum()))


def _odds_ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[float, float]:
    total = n1 + n2
    r, s = x1 * (n2 - x2) / total, x2 * (n1 - x1) / total
    p, q = (x1 + n2 - x2) / total, (x2 + n1 - x1) / total
    r_sum, s_sum = np.nansum(r), np.nansum(s)
    variance = (
        np.nansum(p * r) / r_sum**2 + np.nansum(p * s + q * r) / (r_sum * s_sum) + np.nansum(q * s) / s_sum**2
    ) / 2
    return float(r_sum / s_sum), float(np.sqrt(variance))


def _difference(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[float, float]:
    weight = n1 * n2 / (n1 + n2)
    difference = (x1 * n2 - x2 * n1) / (n1 + n2)
    total = weight.sum()
    estimate = difference.sum() / total
    p = (n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / (n1 + n2) ** 2
    q = (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * (n1 + n2))
    return float(estimate), float(np.sqrt((estimate * p.sum() + q.sum()) / total**2))


def _cmh(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> float:
    total, cases = n1 + n2, x1 + x2
    more = total > 1
    expected = n1 * cases / total
    variance = (n1 * n2 * cases * (total - cases))[more] / (total**2 * (total - 1))[more]
    if not variance.sum() > 0:
        return float("nan")
    return float(chdtrc(1, (x1 - expected).sum() ** 2 / variance.sum()))


def _breslow_day(x1: Floats, n1: Floats, x2: Floats, n2: Floats, ratio: float) -> float:
    cases = x1 + x2
    usable = (cases > 0) & (cases < n1 + n2)
    if usable.sum() < 2 or not 0 < ratio < np.inf:
        return float("nan")
    x1, n1, n2, cases = (a[usable] for a in (x1, n1, n2, cases))
    expected = _expected(n1, n2, cases, ratio)
    cells = np.stack([expected, cases - expected, n1 - expected, n2 - cases + expected])
    variance = 1 / (1 / cells).sum(axis=0)
    statistic = ((x1 - expected) ** 2 / variance).sum() - (x1 - expected).sum() ** 2 / variance.sum()
    return float(chdtrc(usable.sum() - 1, max(float(statistic), 0.0)))


def _expected(n1: Floats, n2: Floats, cases: Floats, ratio: float) -> Floats:
    """Find by halving the cases of the first group at which a stratum with these margins has the odds ratio."""
    low, high = np.maximum(0, cases - n2), np.minimum(n1, cases)
    for _ in range(N_BISECTIONS):
        middle = (low + high) / 2
        # Odds ratio below `ratio`, without a quotient of nothing.
        below = middle * (n2 - cases + middle) < ratio * (cases - middle) * (n1 - middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
