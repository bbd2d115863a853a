"""Who is in which half of a search for subgroups: people one by one, or cluster by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.subgroups._profiles import Profiles
from biasaudit.audits.subgroups.input import Cells
from biasaudit.search.holdout import split_clusters, split_rows, split_within_groups
from biasaudit.search.pattern_shares import Subsample

__all__ = ["Split", "split_people"]


@dataclass(frozen=True, eq=False)
class Split:
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


def split_people(cells: Cells, random_state: int) -> Split:
    """Deal the people to two halves, without a look at the outcome; a cluster goes to one of them."""
    profiles = cells.profiles
    if profiles is None:
        return Split(*split_rows(cells.rows, cells.cases, random_state=random_state))
    if profiles.cluster is None:
        rows, cases = split_rows(cells.rows, cells.cases, random_state=random_state)
        taken = np.stack([rows - cases, cases], axis=1).ravel()
        mine = split_within_groups(
            profiles.n_people, 2 * profiles.cell + profiles.case, taken, random_state=random_state
        )
    else:
        mine = profiles.n_people * split_clusters(
            profiles.cell, profiles.n_people, profiles.cluster, random_state=random_state
        )
        rows, cases = (_by_cell(mine * of, cells) for of in (np.ones(len(mine), dtype=np.int64), profiles.case))
    return Split(rows, cases, (_half(cells, profiles, mine), _half(cells, profiles, profiles.n_people - mine)))


def _by_cell(n_people: Ints, cells: Cells) -> Ints:
    assert cells.profiles is not None
    return np.bincount(cells.profiles.cell, weights=n_people, minlength=len(cells.rows)).astype(np.int64)


def _half(cells: Cells, profiles: Profiles, n_people: Ints) -> Subsample:
    """Lay out the people of a half; of those who differ in nothing but weight the sums are all that counts."""
    here = n_people > 0
    cell, case, many = profiles.cell[here], profiles.case[here], n_people[here].astype(float)
    weight = np.ones(len(many)) if profiles.weight is None else profiles.weight[here]
    keys = [cell, case] if profiles.cluster is None else [cell, case, profiles.cluster[here]]
    order = np.lexsort(keys[::-1])
    new = np.any([np.diff(key[order], prepend=-1) != 0 for key in map(_integers, keys)], axis=0)
    first, at = order[new], np.cumsum(new) - 1
    sums, squares = (np.bincount(at, weights=(many * weight**power)[order]).astype(float) for power in (1, 2))
    cluster = None if profiles.cluster is None else profiles.cluster[here][first]
    return Subsample(cells.codes[cell[first]], case[first], sums, squares, cluster)


def _integers(key: NDArray[np.generic]) -> Ints:
    return key.astype(np.int64)
