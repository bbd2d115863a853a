"""Many questions at one level: do the groups differ at all, and if so, which of them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from biasaudit.arraytypes import Floats, Ints

__all__ = ["GatedQuestions", "comparison_level", "joint_p_value"]

MAX_Z, N_NODES = 7.0, 701
MIN_P_VALUE = 1e-300
BLOCK = 1_000_000


def _comparisons(groups: int) -> int:
    """Count the pairs of groups, and each group against the rest; of two groups all are one."""
    return 1 if groups <= 2 else groups * (groups + 1) // 2


@lru_cache(maxsize=256)
def _joint_tail(groups: int) -> tuple[Floats, Floats]:
    """Tabulate by -log of a single p-value, rising, -log of the chance that any comparison has one as small."""
    z = np.linspace(0.0, MAX_Z, N_NODES)
    single = 2 * ndtr(-z)
    x = np.linspace(-9, 9, 181)
    density = 0.1 * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    within = (density * (ndtr(x) - ndtr(x - np.sqrt(2) * z[:, None])) ** (groups - 1)).sum(axis=1)
    pairs = np.clip(1 - groups * within, 0.0, 1.0)
    rest = -np.expm1(groups * np.log1p(-np.minimum(single, 1 - 1e-16)))
    joint = np.minimum(np.minimum(pairs + rest, _comparisons(groups) * single), 1.0)
    # Rounding errors may not make a smaller p-value the likelier one.
    joint = np.maximum.accumulate(joint[::-1])[::-1]
    return -np.log(single), -np.log(joint)


def joint_p_value(p_value: ArrayLike, groups: ArrayLike) -> Floats:
    """Return the chance that any comparison among groups that are alike has a p-value as small as this one.

    Compared are all pairs, and each group with the rest. By Bonferroni's inequality it is at most the tail of the range
    of as many normals (Tukey; Hayter 1984 for groups of unlike size) and that of as many absolute normals (Šidák).

    Parameters
    ----------
    p_value : float array
        Two-sided, each of one comparison.
    groups : int array
        How many groups are compared.

    Returns
    -------
    float array
        At least the p-value; NaN where that is.

    References
    ----------
    Tukey (1953). Hayter (1984), "A proof of the conjecture that the Tukey-Kramer multiple comparisons procedure is
    conservative". Šidák (1967), "Rectangular confidence regions for the means of multivariate normal distributions".

    Examples
    --------
    >>> joint_p_value([0.01, 0.01, 0.01], [2, 3, 10]).round(3).tolist()
    [0.01, 0.057, 0.325]
    """
    p, number = np.broadcast_arrays(np.asarray(p_value, dtype=float), np.asarray(groups))
    out = p.copy()
    for k in np.unique(number[~np.isnan(p)]).tolist():
        if k > 2:
            at = (number == k) & ~np.isnan(p)
            single, joint = _joint_tail(int(k))
            depth = -np.log(np.maximum(p[at], MIN_P_VALUE))
            # Beyond the table Bonferroni's bound is as good as any.
            found = np.where(
                depth <= single[-1], np.exp(-np.interp(depth, single, joint)), p[at] * _comparisons(int(k))
            )
            out[at] = np.clip(found, p[at], 1.0)
    return out


def comparison_level(level: ArrayLike, groups: ArrayLike) -> Floats:
    """Return the level of one comparison at which all of them together have this one: the inverse of `joint_p`.

    Parameters
    ----------
    level : float array
        0 to 1.
    groups : int array
        How many groups are compared.

    Returns
    -------
    float array
        At most `level`.

    Examples
    --------
    >>> comparison_level([0.05, 0.05, 0.05], [2, 3, 10]).round(4).tolist()
    [0.05, 0.0088, 0.0012]
    """
    joint_level, number = np.broadcast_arrays(np.asarray(level, dtype=float), np.asarray(groups))
    out = joint_level.copy()
    for k in np.unique(number).tolist():
        if k > 2:
            at = number == k
            single, joint = _joint_tail(int(k))
            depth = -np.log(np.maximum(joint_level[at], MIN_P_VALUE))
            found = np.where(
                depth <= joint[-1], np.exp(-np.interp(depth, joint, single)), joint_level[at] / _comparisons(int(k))
            )
            out[at] = np.minimum(found, joint_level[at])
    return out


@dataclass(frozen=True, eq=False)
class GatedQuestions:
    """Questions that share a chance of error, each with its test over all groups and the comparisons inside it.

    Each of m questions has 1 / m of the chance. One that is answered whole, by its own test and every comparison inside
    it, passes its part on to the others.

    Parameters
    ----------
    p_value : float array of shape (questions,)
        Of the test that all groups are alike; NaN where there is none.
    number : int array of shape (comparisons,)
        Question of each comparison.
    inside : float array of shape (comparisons,)
        Joint p-value of each comparison, among those of its question.

    References
    ----------
    Meinshausen (2008), "Hierarchical testing of variable importance". Bretz, Maurer, Brannath and Posch (2009), "A
    graphical approach to sequentially rejective multiple test procedures".
    """

    p_value: Floats
    number: Ints
    inside: Floats

    @property
    def _needed(self) -> Floats:
        """Level of its question at which each comparison is shown: not before all groups are seen to differ."""
        return np.asarray(np.maximum(self.p_value[self.number], self.inside))

    @property
    def _whole(self) -> Floats:
        """Level at which each question is answered whole."""
        out = self.p_value.copy()
        known = ~np.isnan(self._needed)
        np.maximum.at(out, self.number[known], self._needed[known])
        return out

    def adjusted(self) -> tuple[Floats, Floats]:
        """Return the adjusted p-value of each question and of each comparison.

        Each is the smallest chance of error, shared by all questions, at which the claim is made.
        """
        tested = np.flatnonzero(~np.isnan(self.p_value))
        questions, inside = np.full(len(self.p_value), np.nan), np.full(len(self.inside), np.nan)
        m, needed = len(tested), self._needed
        if m == 0:
            return questions, inside
        # The other questions of each, in the order in which they are answered whole.
        order = self._whole[tested].argsort(kind="stable")
        before = np.arange(m - 1) < order.argsort()[:, None]
        others = self._whole[tested][order][np.where(before, np.arange(m - 1), np.arange(1, m))]
        # After k of the others are answered whole, which takes this much, the question has 1 / (m - k).
        remaining = m - np.arange(m)
        spent = np.concatenate([np.zeros((m, 1)), np.maximum.accumulate(remaining[:-1] * others, axis=1)], axis=1)
        questions[tested] = np.maximum(spent, remaining * self.p_value[tested, None]).min(axis=1)
        known, place = np.flatnonzero(~np.isnan(needed)), np.zeros(len(self.p_value), dtype=np.int64)
        place[tested] = np.arange(m)
        for start in range(0, len(known), max(1, BLOCK // m)):
            part = known[start : start + max(1, BLOCK // m)]
            question = place[self.number[part]]
            inside[part] = np.maximum(spent[question], remaining * needed[part, None]).min(axis=1)
        return np.minimum(questions, 1.0), np.minimum(inside, 1.0)

    def levels(self, alpha: float) -> Floats:
        """Return the part of `alpha` that each question has in the end; 0 where nothing is asked."""
        tested = ~np.isnan(self.p_value)
        m, level_answered = int(tested.sum()), self._whole
        if m == 0:
            return np.zeros(len(tested))
        answered = np.zeros(len(tested), dtype=bool)
        while True:
            level = alpha / max(m - int(answered.sum()), 1)
            newly_answered = tested & ~answered & (level_answered <= level)
            if not newly_answered.any():
                break
            answered |= newly_answered
        others = int(answered.sum()) - answered
        return np.where(tested, alpha / np.maximum(m - others, 1), 0.0)
