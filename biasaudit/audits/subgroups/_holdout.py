"""Who is in which half of a search for subgroups: people one by one, or cluster by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.subgroups._input import Cells
from biasaudit.audits.subgroups._profiles import Kinds
from biasaudit.search.holdout import split_clusters, split_rows, split_within_groups
from biasaudit.search.pattern_shares import Subsample

__all__ = ["Deal", "dealt"]


@dataclass(frozen=True, eq=False)
class Deal:
    """What the halves got.

    Parameters
    ----------
    rows, cases : int array of shape (cells,)
        Of each cell of equal features, those of the first half.
    halves : pair of Subsample, optional
        The people of each half, where they carry weights or come in clusters.
    """

    rows: Ints
    cases: Ints
    halves: tuple[Subsample, Subsample] | None = None


def dealt(cells: Cells, random_state: int) -> Deal:
    """Deal the people to two halves, without a look at the outcome; a cluster goes to one of them."""
    kinds = cells.kinds
    if kinds is None:
        return Deal(*split_rows(cells.rows, cells.cases, random_state=random_state))
    if kinds.cluster is None:
        rows, cases = split_rows(cells.rows, cells.cases, random_state=random_state)
        taken = np.stack([rows - cases, cases], axis=1).ravel()
        mine = split_within_groups(kinds.people, 2 * kinds.cell + kinds.case, taken, random_state=random_state)
    else:
        mine = kinds.people * split_clusters(kinds.cell, kinds.people, kinds.cluster, random_state=random_state)
        rows, cases = (_by_cell(mine * of, cells) for of in (np.ones(len(mine), dtype=np.int64), kinds.case))
    return Deal(rows, cases, (_half(cells, kinds, mine), _half(cells, kinds, kinds.people - mine)))


def _by_cell(people: Ints, cells: Cells) -> Ints:
    assert cells.kinds is not None
    return np.bincount(cells.kinds.cell, weights=people, minlength=len(cells.rows)).astype(np.int64)


def _half(cells: Cells, kinds: Kinds, people: Ints) -> Subsample:
    """Lay out the people of a half; of those who differ in nothing but weight the sums are all that counts."""
    here = people > 0
    cell, case, many = kinds.cell[here], kinds.case[here], people[here].astype(float)
    weight = np.ones(len(many)) if kinds.weight is None else kinds.weight[here]
    keys = [cell, case] if kinds.cluster is None else [cell, case, kinds.cluster[here]]
    order = np.lexsort(keys[::-1])
    new = np.any([np.diff(key[order], prepend=-1) != 0 for key in map(_integers, keys)], axis=0)
    first, at = order[new], np.cumsum(new) - 1
    sums, squares = (np.bincount(at, weights=(many * weight**power)[order]).astype(float) for power in (1, 2))
    cluster = None if kinds.cluster is None else kinds.cluster[here][first]
    return Subsample(cells.codes[cell[first]], case[first], sums, squares, cluster)


def _integers(key: NDArray[np.generic]) -> Ints:
    return key.astype(np.int64)
