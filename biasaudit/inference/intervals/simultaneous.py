"""Limits that hold for every question of an audit at once."""

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats
from biasaudit.metrics.wilson import critical_value

__all__ = ["joint_confidence", "widen_limits"]


def joint_confidence(level: float, alpha: float) -> float:
    """Return the confidence at which the limits of one of many questions may say that a gap is small.

    Who says that a gap is smaller than something claims one limit only. If each limit errs in a share `level` of
    tables, so does any of them in at most a share `alpha` (Bonferroni), whatever the gaps are.

    Parameters
    ----------
    level : float
        The part of `alpha` that each question has.
    alpha : float
        Chance that any answer is wrong.

    Returns
    -------
    float

    Examples
    --------
    >>> joint_confidence(0.05 / 20, 0.05), joint_confidence(0.05, 0.05)
    (0.995, 0.95)
    """
    return 1 - min(2 * level, alpha)


def widen_limits(
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    comparison: str,
    *,
    questions: float,
    alpha: float,
    df: ArrayLike = np.inf,
) -> tuple[Floats, Floats]:
    """Widen intervals as their critical value grows where many questions are answered at once.

    Parameters
    ----------
    estimate, low, high : array
        Estimates, and limits of confidence 1 - `alpha`, on a scale on which they lie as normal ones do.
    comparison : {"difference", "ratio"}
        Ratios are widened on the logarithmic scale.
    questions : float
        How many are answered; 1 changes nothing.
    alpha : float
    df : array
        Degrees of freedom of the intervals.

    Returns
    -------
    low, high : float array

    Examples
    --------
    >>> [float(limit.round(3)) for limit in widen_limits(0.01, -0.01, 0.03, "difference", questions=10, alpha=0.05)]
    [-0.016, 0.036]
    """
    middle, lower, upper = (np.asarray(a, dtype=float) for a in (estimate, low, high))
    joint = joint_confidence(alpha / max(questions, 1), alpha)
    factor = critical_value(joint, df) / critical_value(1 - alpha, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        if comparison == "difference":
            return middle - factor * (middle - lower), middle + factor * (upper - middle)
        return middle * (lower / middle) ** factor, middle * (upper / middle) ** factor
