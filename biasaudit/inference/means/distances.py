"""How far apart two distributions of numbers or classes are, and how well predictions are calibrated in bins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import kolmogorov

from biasaudit.arraytypes import Floats
from biasaudit.counts.moments.table import Histogram
from biasaudit.inference.means.distributions import Distribution

__all__ = [
    "CalibrationBins",
    "calibration_bins",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "kolmogorov_smirnov_p_value",
    "kullback_leibler",
    "lp_norm",
    "standardised_mean_difference",
    "total_variation",
    "wasserstein",
]


def _shares(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    """Turn weights over the same values, the last axis, into shares; NaN where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = (a / a.sum(axis=-1, keepdims=True) for a in (np.asarray(w, dtype=float) for w in (first, second)))
    return p, q


def kolmogorov_smirnov(first: ArrayLike, second: ArrayLike) -> Floats:
    """Largest distance between two cumulative distributions.

    Parameters
    ----------
    first, second : array of shape (..., values)
        Weights of each group over the same rising values or bins.

    Returns
    -------
    float array of shape (...)
        0 to 1; NaN where a group has no rows. Of bins it is at most that of the values.

    Examples
    --------
    >>> float(kolmogorov_smirnov([2, 1, 1], [1, 1, 2]))
    0.25
    """
    p, q = _shares(first, second)
    return np.asarray(np.abs(np.cumsum(p - q, axis=-1)).max(axis=-1))


def kolmogorov_smirnov_p_value(statistic: ArrayLike, rows1: ArrayLike, rows2: ArrayLike) -> Floats:
    """Chance of such a distance between large samples of one continuous distribution; of ties it is at most that.

    Parameters
    ----------
    statistic : array
        As :func:`kolmogorov_smirnov` returns it.
    rows1, rows2 : array
        Rows of the groups, or effective ones.

    Returns
    -------
    float array
        0 to 1.

    References
    ----------
    Smirnov (1939), "On the estimation of the discrepancy between empirical curves of distribution".

    Examples
    --------
    >>> float(kolmogorov_smirnov_p_value(0.25, 100, 100).round(4))
    0.0039
    """
    n1, n2 = (np.asarray(n, dtype=float) for n in (rows1, rows2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(kolmogorov(np.asarray(statistic, dtype=float) * np.sqrt(n1 * n2 / (n1 + n2))))


def wasserstein(first: ArrayLike, second: ArrayLike, values: ArrayLike) -> Floats:
    """Mean distance that rows of one group would have to move to be spread as those of the other, in their unit.

    Parameters
    ----------
    first, second : array of shape (..., values)
        Weights of each group.
    values : array of shape (values,)
        Rising values, or middles of bins.

    Returns
    -------
    float array of shape (...)
        At least 0; NaN where a group has no rows.

    References
    ----------
    Ramdas, Garcia and Cuturi (2017), "On Wasserstein two-sample testing and related families of nonparametric tests".

    Examples
    --------
    >>> float(wasserstein([1, 1, 0], [0, 1, 1], [10, 20, 40]))
    15.0
    """
    p, q = _shares(first, second)
    return np.asarray(np.abs(np.cumsum(p - q, axis=-1)[..., :-1]) @ np.diff(np.asarray(values, dtype=float)))


def total_variation(first: ArrayLike, second: ArrayLike) -> Floats:
    """Share of the rows of one group that would have to take another value to be spread as those of the other.

    Parameters
    ----------
    first, second : array of shape (..., values)
        Weights of each group over the same values, in any order.

    Returns
    -------
    float array of shape (...)
        0 to 1.

    Examples
    --------
    >>> float(total_variation([2, 1, 1], [1, 1, 2]))
    0.25
    """
    p, q = _shares(first, second)
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def kullback_leibler(first: ArrayLike, second: ArrayLike) -> Floats:
    """Mean logarithm of how much likelier values of the first group are there than in the second, in nats.

    Parameters
    ----------
    first, second : array of shape (..., values)
        Weights of each group over the same values, in any order.

    Returns
    -------
    float array of shape (...)
        At least 0; infinite where the first has a value that the second lacks.

    References
    ----------
    Kullback and Leibler (1951), "On information and sufficiency".

    Examples
    --------
    >>> float(kullback_leibler([1, 1], [3, 1]).round(4)), float(kullback_leibler([1, 1], [1, 0]))
    (0.1438, inf)
    """
    p, q = _shares(first, second)
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0 * p)
    return np.asarray(terms.sum(axis=-1))


def jensen_shannon(first: ArrayLike, second: ArrayLike) -> Floats:
    """Mean of the divergences of both groups from their even mixture, in nats.

    Parameters
    ----------
    first, second : array of shape (..., values)
        Weights of each group over the same values, in any order.

    Returns
    -------
    float array of shape (...)
        0 to log 2.

    References
    ----------
    Lin (1991), "Divergence measures based on the Shannon entropy".

    Examples
    --------
    >>> float(jensen_shannon([1, 0], [0, 1]).round(4))
    0.6931
    """
    p, q = _shares(first, second)
    mixture = (p + q) / 2
    return np.asarray((kullback_leibler(p, mixture) + kullback_leibler(q, mixture)) / 2)


def lp_norm(first: ArrayLike, second: ArrayLike, power: float = 2.0) -> Floats:
    """Distance between two lists of shares, by the root of the sum of differences to a power.

    Parameters
    ----------
    first, second : array of shape (..., values)
        Weights of each group over the same values, in any order.
    power : float
        At least 1; 2 is Euclid's.

    Returns
    -------
    float array of shape (...)

    Examples
    --------
    >>> float(lp_norm([1, 1], [3, 1]).round(4))
    0.3536
    """
    p, q = _shares(first, second)
    return np.asarray((np.abs(p - q) ** power).sum(axis=-1) ** (1 / power))


def standardised_mean_difference(mean1: ArrayLike, sd1: ArrayLike, mean2: ArrayLike, sd2: ArrayLike) -> Floats:
    """Difference of two means over the root of the mean of both variances, as balance is checked by.

    Parameters
    ----------
    mean1, mean2 : array
        The difference is first minus second.
    sd1, sd2 : array
        Standard deviations of the rows.

    Returns
    -------
    float array
        NaN where no row differs from another.

    References
    ----------
    Austin (2009), "Balance diagnostics for comparing the distribution of baseline covariates between treatment groups
    in propensity-score matched samples".

    Examples
    --------
    >>> float(standardised_mean_difference(12, 3, 10, 4).round(4))
    0.5657
    """
    m1, s1, m2, s2 = (np.asarray(a, dtype=float) for a in (mean1, sd1, mean2, sd2))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt((s1**2 + s2**2) / 2)
        return np.where(spread > 0, (m1 - m2) / spread, np.nan)


@dataclass(frozen=True)
class CalibrationBins:
    """Predictions and outcomes of each group, in bins of the prediction; arrays have shape (groups, bins).

    Parameters
    ----------
    low, high : float array of shape (bins,)
        Smallest and largest prediction in each bin.
    weight : float array
        Sum of the weights of the rows, 0 where there are none; as many as rows without weights.
    prediction, outcome : float array
        Their means; NaN where there are no rows.
    """

    low: Floats
    high: Floats
    weight: Floats
    prediction: Floats
    outcome: Floats


def calibration_bins(histogram: Histogram, n_groups: int, *, bins: int = 10) -> CalibrationBins:
    """Cut the predictions of all groups together into bins of about as many rows, and average each group inside them.

    Parameters
    ----------
    histogram : Histogram
        Of predictions, with sums of outcomes.
    n_groups : int
    bins : int
        The most bins; there are fewer where many rows share a prediction.

    Returns
    -------
    CalibrationBins
    """
    assert histogram.outcome is not None
    spread = Distribution(histogram, n_groups)
    everyone = spread.weight.sum(axis=0)
    # A value belongs where its middle row does.
    middle = (np.cumsum(everyone) - everyone / 2) / max(everyone.sum(), np.finfo(float).tiny)
    _, of_value = np.unique(np.minimum((middle * bins).astype(np.int64), bins - 1), return_inverse=True)
    number = int(of_value.max(initial=-1)) + 1
    key = histogram.low if histogram.exact else histogram.bin
    at = histogram.group * number + of_value[np.unique(key, return_inverse=True)[1]]

    def total(values: Floats) -> Floats:
        summed = np.bincount(at, weights=values, minlength=n_groups * number)
        return summed.reshape(n_groups, number).astype(float)

    weight, outcome = total(histogram.weight), total(histogram.outcome)
    prediction = total(histogram.weight * (histogram.low + histogram.high) / 2)
    starts = np.searchsorted(of_value, np.arange(number))
    ends = np.searchsorted(of_value, np.arange(number), side="right") - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return CalibrationBins(spread.low[starts], spread.high[ends], weight, prediction / weight, outcome / weight)
