"""Labels that may be wrong: how many would explain a gap, and what a small sample of verified ones says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast, share
from biasaudit.inference.intervals.closed_form import mover_difference
from biasaudit.inference.intervals.small_groups import guarded_limits
from biasaudit.metrics.wilson import critical_value

__all__ = ["VerifiedRates", "compare_verified", "explaining_errors", "verified_rates"]


def explaining_errors(gap: ArrayLike, rate_high: ArrayLike, rate_low: ArrayLike) -> tuple[Floats, Floats]:
    """Say what share of labels would have to be wrong to make up a gap between two base rates.

    Parameters
    ----------
    gap : array
        The gap to explain, above 0: all of it, or its lower limit.
    rate_high, rate_low : array
        Base rates of the group with the higher and with the lower one, 0 to 1.

    Returns
    -------
    negatives, positives : float array
        Share of the lower group's negative labels that should be positive, and of the higher group's positive labels
        that should be negative; NaN where there is no such label.

    Notes
    -----
    Were a share e of the lower group's negative labels wrong, its true rate would be r + e (1 - r): closed form.

    Examples
    --------
    >>> [round(float(share), 3) for share in explaining_errors(0.1, 0.4, 0.3)]
    [0.143, 0.25]
    """
    g, high, low = broadcast(gap, rate_high, rate_low)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(low < 1, g / (1 - low), np.nan), np.where(high > 0, g / high, np.nan)


@dataclass(frozen=True, eq=False)
class VerifiedRates:
    """What verified rows say of each group's labels; every array has shape (groups,).

    Parameters
    ----------
    false_positives, false_negatives : float array
        Of the labels recorded as positive, the share that is truly negative; and the other way round.
    recorded, corrected, low, high : float array
        Base rate as recorded, and as the verified rows correct it, with its interval.
    error, error_variance : float array
        Corrected minus recorded rate, and its variance.
    error_low, error_high : float array
        Interval of that.
    """

    false_positives: Floats
    false_negatives: Floats
    recorded: Floats
    corrected: Floats
    low: Floats
    high: Floats
    error: Floats
    error_variance: Floats
    error_low: Floats
    error_high: Floats


def verified_rates(recorded: ArrayLike, checked: ArrayLike, *, confidence: float = 0.95) -> VerifiedRates:
    """Correct base rates by rows whose true label is known.

    Parameters
    ----------
    recorded : array of shape (groups, 2)
        Rows by recorded label, negative and positive.
    checked : array of shape (groups, 2, 2)
        Verified rows by recorded and true label: a random sample of each group's rows of each recorded label.
    confidence : float
        Of the intervals.

    Returns
    -------
    VerifiedRates
        NaN where no row of a recorded label was verified.

    References
    ----------
    Tenenbein (1970), "A double sampling scheme for estimating from binomial data with misclassifications", JASA 65.

    Examples
    --------
    >>> found = verified_rates([[600, 400]], [[[40, 10], [2, 38]]])
    >>> found.false_negatives.tolist(), found.corrected.round(3).tolist()
    ([0.2], [0.5])
    """
    rows, sample = np.asarray(recorded, dtype=float), np.asarray(checked, dtype=float)
    z = critical_value(confidence)
    true_positives, n_verified = sample[:, :, 1], sample.sum(axis=2)
    rate = share(rows[:, 1], rows.sum(axis=1))
    weight = np.stack([1 - rate, rate], axis=1)
    positive = share(true_positives, n_verified)
    low, high = guarded_limits(true_positives, n_verified, critical=z)
    corrected = (weight * positive).sum(axis=1)
    # Recorded rates are known from all rows: their error matters to the corrected rate, not to what labels add.
    spread = rate * (1 - rate) / rows.sum(axis=1) * (positive[:, 1] - positive[:, 0]) ** 2 * z**2
    lower_reach = np.sqrt((weight**2 * (positive - low) ** 2).sum(axis=1))
    upper_reach = np.sqrt((weight**2 * (high - positive) ** 2).sum(axis=1))
    smoothed = (true_positives + 0.5) / (n_verified + 1)
    variance = (weight**2 * share(smoothed * (1 - smoothed), n_verified)).sum(axis=1)
    error = corrected - rate
    return VerifiedRates(
        1 - positive[:, 1],
        positive[:, 0],
        rate,
        corrected,
        np.maximum(corrected - np.sqrt(lower_reach**2 + spread), 0),
        np.minimum(corrected + np.sqrt(upper_reach**2 + spread), 1),
        error,
        variance,
        error - lower_reach,
        error + upper_reach,
    )


def compare_verified(found: VerifiedRates, first: int, second: int) -> tuple[float, float, float, float]:
    """Compare what wrong labels take from two groups: estimate, interval and p-value, first minus second.

    Above 0 labels wrong the first group more: verified, its base rate rises more than the second's.

    Parameters
    ----------
    found : VerifiedRates
    first, second : int
        Groups.

    Returns
    -------
    estimate, low, high, p_value : float
    """
    one, other = ((found.error[at], found.error_low[at], found.error_high[at]) for at in (first, second))
    low, high = mover_difference(*one, *other)
    gap = float(one[0] - other[0])
    error = float(np.sqrt(found.error_variance[first] + found.error_variance[second]))
    return gap, float(low), float(high), 2 * float(ndtr(-abs(gap) / error))
