"""Many gaps judged together, in every kind of audit that has no tests over all groups to go before them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biasaudit.arraytypes import Bools, Floats
from biasaudit.inference.intervals.simultaneous import widen_limits
from biasaudit.inference.testing.hypothesis_tests import holm
from biasaudit.inference.verdicts import NO_GAP, verdicts

__all__ = ["AdjustedGaps", "judge_gaps"]


@dataclass(frozen=True, eq=False)
class AdjustedGaps:
    """What is said of each gap after adjustment for all that was asked; every array has shape (gaps,).

    Parameters
    ----------
    p_adjusted, low_adjusted, high_adjusted : float array
    verdicts : array of str
        Empty where there is nothing to judge.
    """

    p_adjusted: Floats
    low_adjusted: Floats
    high_adjusted: Floats
    verdicts: NDArray[np.object_]


def judge_gaps(
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    p_value: ArrayLike,
    comparison: ArrayLike,
    *,
    alpha: float,
    questions: float | None = None,
    hypothesis: Sequence[Hashable] | None = None,
    together: ArrayLike = True,
    spend: float = 1.0,
    df: ArrayLike = np.inf,
    small: ArrayLike | None = None,
    by_adjusted: bool = False,
) -> AdjustedGaps:
    """Judge gaps together: p-values after Holm, limits as wide as for so many questions, and verdicts.

    Parameters
    ----------
    estimate, low, high : float array of shape (gaps,)
        Gaps and their own limits, of confidence 1 - `alpha`.
    p_value : float array
        NaN where nothing is tested.
    comparison : str or array of str
        "difference" or "ratio"; a row that is neither has no limits and no verdict, but its p-value counts.
    alpha : float
        Chance that any answer is wrong.
    questions : float, optional
        How many are answered; as many as hypotheses that are tested unless it is given.
    hypothesis : sequence of hashable, optional
        Gaps of one hypothesis ask the same, and the smallest of their p-values is taken; else each asks for itself.
    together : bool array
        Which p-values are adjusted for each other. Others are adjusted already, or asked by themselves.
    spend : float
        Part of `alpha` that these questions have: others of the audit have the rest.
    df : float array
        Degrees of freedom of the limits.
    small : float array, optional
        Difference that is too small to matter, in the unit of each gap.
    by_adjusted : bool
        Whether to be shown a gap has to be left out of the adjusted limits as well.

    Returns
    -------
    AdjustedGaps

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure".

    Examples
    --------
    >>> found = judge_gaps([0.2, 0.1], [0.1, 0.01], [0.3, 0.19], [0.0001, 0.03], "difference", alpha=0.05, questions=4)
    >>> found.verdicts.tolist(), found.p_adjusted.round(4).tolist(), found.low_adjusted.round(3).tolist()
    (['shown', 'shown'], [0.0002, 0.03], [0.086, -0.003])
    """
    arrays = [np.asarray(a, dtype=float) for a in (estimate, low, high, p_value, df)]
    middle, lower, upper, p, dof = (np.broadcast_to(a, arrays[0].shape) for a in arrays)
    kinds = np.broadcast_to(np.asarray(comparison, dtype=object), middle.shape)
    p_adjusted, tested = _adjusted(p, hypothesis, np.broadcast_to(together, p.shape), spend)
    n_questions = tested / spend if questions is None else questions
    bottom, top = np.full((2, *middle.shape), np.nan)
    judgements = np.full(middle.shape, "", object)
    for name in NO_GAP:
        at = kinds == name
        limits = lower[at], upper[at]
        joint = bottom[at], top[at] = widen_limits(
            middle[at], *limits, name, questions=n_questions, alpha=alpha, df=dof[at]
        )
        tolerance = None if small is None else np.broadcast_to(small, middle.shape)[at]
        bounds = joint if by_adjusted else limits
        judgements[at] = verdicts(bounds[0], bounds[1], p_adjusted[at], name, alpha=alpha, small=tolerance, joint=joint)
    return AdjustedGaps(p_adjusted, bottom, top, judgements)


def _adjusted(
    p_value: Floats, hypothesis: Sequence[Hashable] | None, together: Bools, spend: float
) -> tuple[Floats, int]:
    """Adjust p-values for each other, and count the hypotheses that are tested."""
    codes: dict[Hashable, int] = {}
    names = range(len(p_value)) if hypothesis is None else hypothesis
    number = np.array([codes.setdefault(name, len(codes)) for name in names], dtype=np.int64)
    smallest = np.full(len(codes), np.nan)
    np.fmin.at(smallest, number[together], p_value[together])
    adjusted = np.minimum(holm(smallest) / spend, 1.0)
    return np.where(together, adjusted[number], p_value), int((~np.isnan(smallest)).sum())
