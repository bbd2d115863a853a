"""Pairs of people of one query of whom one deserves to stand above the other, and whether she does."""

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.rankings.places import Places

__all__ = ["ordered_pairs"]


def ordered_pairs(places: Places, part: Ints, relevance: Floats) -> tuple[Floats, Floats]:
    """Count for each row the people of its part who deserve less, and those of them who stand below it.

    Nobody is compared with everybody: relevance is taken bit by bit, and at each bit sums in the order of the ranking
    tell how many stand below, which takes the logarithm of its grades as many steps, each as long as the table.

    Parameters
    ----------
    places : Places
    part : int array of shape (rows,)
        Whom a row is compared with, in the order of `places`: rows of one query, or some of them.
    relevance : float array of shape (rows,)
        In the order of `places`.

    Returns
    -------
    below, less : float array of shape (rows,)
        Those who deserve less and stand below, where those who tie count one half; and all who deserve less.

    Examples
    --------
    >>> places = Places.of(np.zeros(3, dtype=np.int64), np.array([3.0, 2.0, 1.0]))
    >>> below, less = ordered_pairs(places, np.zeros(3, dtype=np.int64), np.array([0.0, 2.0, 1.0]))
    >>> below.tolist(), less.tolist()
    ([0.0, 1.0, 0.0], [0.0, 2.0, 1.0])
    """
    _, grade = np.unique(relevance, return_inverse=True)
    by_grade = np.lexsort((grade, part))
    starts, of_part = _starts(part[by_grade])
    rank = np.arange(len(part)) - starts
    sorted_grade = grade[by_grade]
    new = (np.diff(sorted_grade, prepend=-1) != 0) | (np.diff(of_part, prepend=-1) != 0)
    less = np.empty(len(part))
    less[by_grade] = rank[np.flatnonzero(new)[np.cumsum(new) - 1]] if len(part) else rank
    if not places.tied:
        return _below(part, grade, np.lexsort((-places.first, part))), less
    # Those who tie count as below once, and once not.
    ahead, behind = (_below(part, grade, np.lexsort((sign * grade, -places.first, part))) for sign in (1, -1))
    return (ahead + behind) / 2, less


def _starts(part: Ints) -> tuple[Ints, Ints]:
    """Return the first position of the part of each row, and the number of the part, of rows sorted by it."""
    new = np.diff(part, prepend=-1) != 0
    number = np.cumsum(new) - 1
    return np.flatnonzero(new)[number] if len(part) else number, number


def _below(part: Ints, grade: Ints, order: Ints) -> Floats:
    """Count those of a lower grade who come before each row in `order`, part by part."""
    found = np.zeros(len(part), dtype=np.int64)
    block = part[order].astype(np.int64)
    for bit in reversed(range(int(grade.max(initial=0)).bit_length())):
        high = (grade[order] >> bit) & 1
        starts, _ = _starts(block)
        lower = np.concatenate([[0], np.cumsum(1 - high)])
        before = lower[:-1] - lower[starts]
        found[order] += np.where(high == 1, before, 0)
        # Those who agree so far stay together, in their order.
        _, number = _starts(block)
        move = np.argsort(2 * number + high, kind="stable")
        order, block = order[move], (2 * number + high)[move]
    return found.astype(float)
