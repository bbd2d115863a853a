"""What an audit asks of its groups, primary questions before others, and the level that each comparison has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.audits.arithmetic import Splitting
from biasaudit.inference.measures import distinct_questions
from biasaudit.inference.testing.gatekeeping import GatedQuestions, comparison_level, joint_p_value
from biasaudit.metrics.primary import Primary

__all__ = ["JudgedQuestions", "judge_questions"]

# Part of the chance of a false claim that measures have which are not primary, where there are both.
SECONDARY = 0.05


@dataclass(frozen=True, eq=False)
class JudgedQuestions:
    """P-values, adjusted ones, and the level at which each comparison is judged by itself.

    Parameters
    ----------
    range_p : float array of shape (splits, measures)
    comparison_p : float array of shape (measures, comparisons)
        Of each by itself.
    ranges, range_levels : float array of shape (splits, measures)
        Of the question whether all groups of a split are alike.
    comparisons, comparison_levels : float array of shape (measures, comparisons)
        Of the comparisons of two groups, the splits side by side.
    """

    range_p: Any
    comparison_p: Any
    ranges: Any
    range_levels: Any
    comparisons: Any
    comparison_levels: Any

    def of(self, at: Any) -> JudgedQuestions:
        """Choose some of the comparisons."""
        chosen = (a[:, at] for a in (self.comparison_p, self.comparisons, self.comparison_levels))
        p_value, adjusted, levels = chosen
        return JudgedQuestions(self.range_p, p_value, self.ranges, self.range_levels, adjusted, levels)


def judge_questions(
    splits: Sequence[Splitting],
    ranges: Any,
    comparisons: Any,
    *,
    tested: Any,
    split: Any,
    alpha: float,
    primary: Primary,
) -> JudgedQuestions:
    """Judge all questions of an audit at once, as docs/understand/verdicts.md says.

    Parameters
    ----------
    splits : sequence of Splitting
    ranges : float array of shape (splits, measures)
        P-value that all groups are alike.
    comparisons : float array of shape (measures, comparisons)
        P-value that two are alike: every pair, and each group against the rest.
    tested : bool array of shape (comparisons,)
        Whether a comparison is asked about; others are given a level alone.
    split : int array of shape (comparisons,)
        Split of each comparison.
    alpha : float
        Chance that any claim of the audit is false.
    primary : Primary
        Whose questions come first.
    """
    measures = splits[0].measures
    measures_of, question_of = distinct_questions(measures)
    groups = np.array([_with_value(family) for family in splits])
    inside = joint_p_value(np.where(tested, comparisons, np.nan), groups[split].T)
    shapes = (ranges.shape, ranges.shape, inside.shape, inside.shape)
    out = JudgedQuestions(ranges, comparisons, *(np.full(shape, np.nan) for shape in shapes))
    for tier, part in _tiers([primary.is_primary(measures[i]) for i in measures_of]):
        at = np.array([measures_of[i] for i in tier])
        # Questions are numbered split by split.
        number = (split[None, :] * len(at) + np.arange(len(at))[:, None]).ravel()
        found = GatedQuestions(ranges[:, at].ravel(), number, inside[at].ravel())
        own, each = found.adjusted()
        level = found.levels(part * alpha)
        out.ranges[:, at] = np.minimum(own / part, 1.0).reshape(-1, len(at))
        out.range_levels[:, at] = level.reshape(-1, len(at))
        out.comparisons[at] = np.minimum(each / part, 1.0).reshape(len(at), -1)
        out.comparison_levels[at] = comparison_level(level[number].reshape(len(at), -1), groups[split].T[at])
    same = [measures_of[question] for question in question_of]
    return JudgedQuestions(
        ranges,
        comparisons,
        out.ranges[:, same],
        _or(alpha, out.range_levels[:, same]),
        out.comparisons[same],
        _or(alpha, out.comparison_levels[same]),
    )


def _or(alpha: float, levels: Any) -> Any:
    """Give what nobody asks about a level as well, so that its limits have one."""
    return np.where(levels > 0, levels, alpha)


def _with_value(family: Splitting) -> Any:
    """Count the groups in which each measure has a value."""
    return family.between.known.sum(axis=1)


def _tiers(primary: Sequence[bool]) -> list[tuple[list[int], float]]:
    """Part the questions into primary and other ones, each with its part of the chance of a false claim."""
    tiers = [[i for i, first in enumerate(primary) if first is wanted] for wanted in (True, False)]
    if not all(tiers):
        return [(tier, 1.0) for tier in tiers if tier]
    return [(tiers[0], 1 - SECONDARY), (tiers[1], SECONDARY)]
