"""Shown, not shown or cannot tell: what the data allow to be said of a gap."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biasaudit.arraytypes import Bools
from biasaudit.metrics.units import TOLERANCE

__all__ = [
    "CANNOT_TELL",
    "NOT_SHOWN",
    "NO_GAP",
    "SHOWN",
    "Verdict",
    "is_material",
    "is_unsettled",
    "past_tolerance",
    "rank",
    "verdicts",
]


class Verdict(StrEnum):
    """What the data allow to be said of a gap, in the order in which it is told."""

    SHOWN = "shown"
    CANNOT_TELL = "cannot tell"
    NOT_SHOWN = "not shown"

    __repr__ = str.__repr__


SHOWN, CANNOT_TELL, NOT_SHOWN = Verdict
NO_GAP = {"difference": 0.0, "ratio": 1.0}


def rank(verdict: str) -> int:
    """Return the place of a verdict: what is shown comes first; what is none of the three, last.

    Parameters
    ----------
    verdict : str

    Returns
    -------
    int

    Examples
    --------
    >>> sorted(["not shown", "cannot tell", "shown"], key=rank)
    ['shown', 'cannot tell', 'not shown']
    """
    order = [*Verdict]
    return order.index(Verdict(verdict)) if verdict in order else len(order)


def verdicts(
    low: ArrayLike,
    high: ArrayLike,
    p_adjusted: ArrayLike,
    comparison: str,
    *,
    alpha: float,
    small: ArrayLike | None = None,
    joint: tuple[ArrayLike, ArrayLike] | None = None,
) -> NDArray[np.object_]:
    """Judge gaps from their intervals and their p-value after adjustment for all that was looked at.

    Parameters
    ----------
    low, high : array
        Interval of each gap.
    p_adjusted : array
        Adjusted p-value of each gap.
    comparison : {"difference", "ratio"}
    alpha : float
        One minus the confidence.
    small : array, optional
        Difference that is too small to matter, in the unit of each gap; the tolerance of shares otherwise.
    joint : pair of array, optional
        Lower and upper limits that hold for all that was looked at together; the interval itself where one thing was.

    Returns
    -------
    array of str
        "shown": no gap is excluded, by the interval and after adjustment. "not shown": the joint
        limits lie within the tolerance. "cannot tell": everything else, undefined gaps included.

    Examples
    --------
    >>> verdicts([0.1, -0.01, -0.1], [0.2, 0.02, 0.2], [0.001, 0.9, 0.4], "difference", alpha=0.05).tolist()
    ['shown', 'not shown', 'cannot tell']
    """
    low, high, p = (np.asarray(a, dtype=float) for a in (low, high, p_adjusted))
    no_gap, (lower_tolerance, upper_tolerance) = NO_GAP[comparison], _tolerance(comparison, small)
    shown = (p <= alpha) & ((low > no_gap) | (high < no_gap))
    lowest, highest = (low, high) if joint is None else (np.asarray(a, dtype=float) for a in joint)
    # A limit that nobody knows is within nothing.
    within = (np.minimum(low, lowest) >= lower_tolerance) & (np.maximum(high, highest) <= upper_tolerance)
    return np.where(shown, SHOWN.value, np.where(within, NOT_SHOWN.value, CANNOT_TELL.value)).astype(object)


def is_unsettled(
    verdict: ArrayLike,
    limits: Sequence[ArrayLike],
    adjusted_limits: Sequence[ArrayLike],
    comparison: str,
) -> Bools:
    """Say of which gaps the data cannot tell although an interval of theirs leaves out no gap.

    By itself, such an interval would show a gap; among all that was asked, it does not.

    Parameters
    ----------
    verdict : array of str
    limits, adjusted_limits : two arrays
        Limits of each gap, by itself and among all that was asked.
    comparison : {"difference", "ratio"}

    Returns
    -------
    bool array

    Examples
    --------
    >>> own, adjusted = ([0.1, 0.1, -0.1], [0.3, 0.3, 0.1]), ([-0.1, 0.05, -0.2], [0.4, 0.35, 0.2])
    >>> is_unsettled(["cannot tell", "shown", "cannot tell"], own, adjusted, "difference").tolist()
    [True, False, False]
    """
    no_gap = NO_GAP[comparison]
    excludes_no_gap = [
        (np.asarray(low, dtype=float) > no_gap) | (np.asarray(high, dtype=float) < no_gap)
        for low, high in (limits, adjusted_limits)
    ]
    return np.asarray((np.asarray(verdict, dtype=object) == CANNOT_TELL) & (excludes_no_gap[0] | excludes_no_gap[1]))


def _tolerance(comparison: str, small: ArrayLike | None) -> tuple[ArrayLike, ArrayLike]:
    if small is None or comparison != "difference":
        return TOLERANCE[comparison]
    upper = np.asarray(small, dtype=float)
    return -upper, upper


def is_material(
    difference: ArrayLike, ratio: ArrayLike | None = None, small: ArrayLike | None = None
) -> NDArray[np.object_]:
    """Say whether two rates differ by so much that it matters: as a difference or as a ratio; None where both are NaN.

    Parameters
    ----------
    difference, ratio : array
        How far the rates are apart, and one over the other; NaN where one is undefined.
    small : array, optional
        Difference that is too small to matter, in the unit of each gap; the tolerance of shares otherwise.

    Returns
    -------
    array of bool or None

    Examples
    --------
    >>> is_material([0.2, 0.01, 0.03, float("nan")], [0.75, 0.98, 0.25, float("nan")]).tolist()
    [True, False, True, None]
    """
    difference = np.asarray(difference, dtype=float)
    ratio = np.full(difference.shape, np.nan) if ratio is None else np.asarray(ratio, dtype=float)
    out = (past_tolerance(difference, "difference", small) | past_tolerance(ratio, "ratio")).astype(object)
    out[np.isnan(difference) & np.isnan(ratio)] = None
    return out


def past_tolerance(gap: ArrayLike, comparison: str, small: ArrayLike | None = None) -> Bools:
    """Say whether each gap, by itself, is outside the tolerance; one that is NaN is not.

    Parameters
    ----------
    gap : array
    comparison : {"difference", "ratio"}
    small : array, optional
        Difference that is too small to matter; the tolerance of shares otherwise.

    Returns
    -------
    bool array

    Examples
    --------
    >>> past_tolerance([0.25, 1.0, 1.3], "ratio").tolist()
    [True, False, True]
    """
    gap = np.asarray(gap, dtype=float)
    lower, upper = _tolerance(comparison, small)
    with np.errstate(invalid="ignore"):
        return np.asarray((gap < lower) | (gap > upper))
