"""Shown, not shown or cannot tell: what the data allow to be said of a gap."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CANNOT_TELL", "NOT_SHOWN", "SHOWN", "TOLERANCE", "is_material", "verdicts"]

SHOWN = "shown"
NOT_SHOWN = "not shown"
CANNOT_TELL = "cannot tell"
# Gaps within these are held to be too small to matter unless the caller says otherwise.
TOLERANCE = {"difference": (-0.05, 0.05), "ratio": (0.8, 1.25)}
NO_GAP = {"difference": 0.0, "ratio": 1.0}


def verdicts(
    low: ArrayLike, high: ArrayLike, p_adjusted: ArrayLike, comparison: str, *, alpha: float
) -> NDArray[np.object_]:
    """Judge gaps from their interval and their p-value after adjustment for all that was looked at.

    Parameters
    ----------
    low, high : array
        Interval of each gap.
    p_adjusted : array
        Adjusted p-value of each gap.
    comparison : {"difference", "ratio"}
    alpha : float
        One minus the confidence.

    Returns
    -------
    array of str
        "shown": no gap is excluded, by the interval and after adjustment. "not shown": the whole
        interval lies within the tolerance. "cannot tell": everything else, undefined gaps included.

    Examples
    --------
    >>> verdicts([0.1, -0.01, -0.1], [0.2, 0.02, 0.2], [0.001, 0.9, 0.4], "difference", alpha=0.05).tolist()
    ['shown', 'not shown', 'cannot tell']
    """
    low, high, p = (np.asarray(a, dtype=float) for a in (low, high, p_adjusted))
    none, (least, most) = NO_GAP[comparison], TOLERANCE[comparison]
    shown = (p <= alpha) & ((low > none) | (high < none))
    small = (low >= least) & (high <= most)
    return np.where(shown, SHOWN, np.where(small, NOT_SHOWN, CANNOT_TELL)).astype(object)


def is_material(estimate: ArrayLike, comparison: str) -> NDArray[np.object_]:
    """Say whether each gap is past the tolerance; None where it is undefined.

    Examples
    --------
    >>> is_material([0.2, 0.01, float("nan")], "difference").tolist()
    [True, False, None]
    """
    estimate = np.asarray(estimate, dtype=float)
    least, most = TOLERANCE[comparison]
    with np.errstate(invalid="ignore"):
        past = (estimate < least) | (estimate > most)
    out = past.astype(object)
    out[np.isnan(estimate)] = None
    return out
