"""Gaps between groups of values on identical items: how large, how sure, and what could have been seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from biasaudit.arraytypes import Floats
from biasaudit.audits.pairs._questions import Question
from biasaudit.audits.pairs._swaps import Swap
from biasaudit.inference.intervals.chance_spread import expected_range
from biasaudit.inference.testing.two_way import Contrasts, two_way
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = ["NOISE", "NO_ERROR", "Pairs", "compared", "differences", "ratios"]

POWER = 0.8
# By simulation: shares of five items or fewer vary less than they should too often.
FEW = 5
# Relative to the scores, what rounding alone leaves of a difference.
NOISE = 1e-9
NO_ERROR = "one item and one value, so its uncertainty is unknown"
NO_RATIO = "nobody of a group is selected, so there is no ratio"
NO_SPREAD = "no item differs from the others, so the ratio has no interval"
GapColumns = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which groups are compared, the widest gap first; every array has shape (pairs,).

    Parameters
    ----------
    first, second : int array
        Groups, by number.
    multiplicity : float array
        Pairs that were looked at to find this one.
    level : float array
        Level of each interval on its own.
    adjusted : float array
        Level after everything that the audit compares.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    multiplicity: Floats
    level: Floats
    adjusted: Floats

    @property
    def is_range(self) -> NDArray[np.bool_]:
        """Which pair is the widest of all."""
        return np.asarray(np.arange(len(self.first)) == 0)


def compared(question: Question, swap: Swap, reference: int, alpha: float, hypotheses: int) -> Pairs:
    """Choose the highest group against the lowest, and every group against the reference."""
    groups = len(swap.groups)
    means = _shares(swap) @ question.values.mean(axis=0)
    top = int(means.argmax())
    # Where all groups are alike, any other will do.
    bottom = int(np.where(np.arange(groups) == top, np.inf, means).argmin())
    others = [group for group in range(groups) if group != reference]
    multiplicity = np.array([groups * (groups - 1) / 2] + [1.0] * len(others))
    return Pairs(
        np.array([top, *others]),
        np.array([bottom, *[reference] * len(others)]),
        multiplicity,
        alpha / multiplicity,
        alpha / hypotheses / multiplicity,
    )


def _shares(swap: Swap) -> Floats:
    """Weight of each value in the mean of its group, shape (groups, values)."""
    return np.asarray(np.eye(len(swap.groups))[swap.member].T / swap.sizes[:, None])


def differences(question: Question, swap: Swap, pairs: Pairs) -> GapColumns:
    """Compare the means of groups, paired on identical items."""
    shares = _shares(swap)
    found = two_way(question.values, swap.member, shares[pairs.first] - shares[pairs.second], question.clusters)
    estimate, error = _without_noise(found, float(np.abs(question.values).max(initial=0.0)))
    half_width = _critical(pairs.level, found.df) * error
    if question.is_share:
        # Few items may all lean one way by chance: what differs elsewhere would then stay unseen.
        unseen = wilson(0, question.independent, critical=_critical(pairs.level, np.full(len(half_width), np.inf)))[1]
        half_width = np.where((error == 0) | (question.independent <= FEW), np.fmax(half_width, unseen), half_width)
    largest = 1.0 if question.is_share else np.inf
    smallest = np.where(pairs.is_range, 0.0, -largest)
    visible = _detectable(error, found.df, pairs)
    chance = expected_range(np.repeat(error[:, None] / np.sqrt(2), len(swap.groups), axis=1))
    return {
        "estimate": estimate,
        "low": np.maximum(estimate - half_width, smallest),
        "high": np.minimum(estimate + half_width, largest),
        "p_value": np.minimum(_p_value(estimate, error, found.df, question, swap) * pairs.multiplicity, 1.0),
        "expected_by_chance": np.where(pairs.is_range & (error > 0), chance, np.nan),
        "smallest_detectable": np.where(visible > largest, np.nan, visible),
        "reason": np.where(np.isnan(error), NO_ERROR, ""),
    }


def _without_noise(found: Contrasts, size: float) -> tuple[Floats, Floats]:
    """Return estimate and standard error; what is but rounding becomes 0."""
    estimate = np.where(np.abs(found.estimate) > NOISE * size, found.estimate, 0.0)
    return estimate, np.where(found.error <= NOISE * size, 0.0, found.error)


def ratios(question: Question, swap: Swap, pairs: Pairs, p_value: Floats) -> GapColumns:
    """Compare the shares of groups as a ratio, on the logarithmic scale; the widest as the lowest to the highest."""
    shares = _shares(swap)
    upper, lower = (np.where(pairs.is_range, *ends) for ends in _both_ways(pairs))
    means = shares @ question.values.mean(axis=0)
    known = (means[upper] > 0) & (means[lower] > 0)
    above, below = (np.where(known, means[at], 1.0) for at in (upper, lower))
    weights = shares[upper] / above[:, None] - shares[lower] / below[:, None]
    found = two_way(question.values, swap.member, weights, question.clusters)
    estimate = np.where(known, above / below, np.nan)
    error = np.where(known & (found.error > NOISE), found.error, np.nan)
    half_width = _critical(pairs.level, found.df) * error
    high = estimate * np.exp(half_width)
    return {
        "estimate": estimate,
        "low": estimate * np.exp(-half_width),
        "high": np.where(pairs.is_range, np.minimum(high, 1.0), high),
        "p_value": p_value,
        "expected_by_chance": np.full(len(estimate), np.nan),
        "smallest_detectable": np.exp(-_detectable(error, found.df, pairs)),
        "reason": np.where(~known, NO_RATIO, np.where(np.isnan(error), NO_SPREAD, "")),
    }


def _both_ways(pairs: Pairs) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (pairs.second, pairs.first), (pairs.first, pairs.second)


def _critical(level: Floats, df: Floats) -> Floats:
    """Two-sided critical value of t for each level."""
    return np.where(df > 0, stdtrit(np.clip(df, 1e-9, 1e12), 1 - level / 2), np.nan)


def _p_value(estimate: Floats, error: Floats, df: Floats, question: Question, swap: Swap) -> Floats:
    """Test that there is no gap; where nothing varies, by the signs of the clusters, which then all agree."""
    with np.errstate(invalid="ignore", divide="ignore"):
        by_t = 2 * stdtr(np.clip(df, 1e-9, 1e12), -np.abs(estimate / error))
    agree = int(question.clusters.max()) + 1
    signs = 2 * 0.5 ** (agree if agree > 1 else int(swap.sizes.min()))
    without = np.where(estimate == 0, 1.0, min(signs, 1.0))
    return np.where(np.isnan(error), np.nan, np.where(error == 0, without, by_t))


def _detectable(error: Floats, df: Floats, pairs: Pairs) -> Floats:
    """Gap that would be shown in 4 of 5 such audits."""
    power = critical_value(2 * POWER - 1, df)
    return np.where(error > 0, (_critical(pairs.adjusted, df) + power) * error, np.nan)
