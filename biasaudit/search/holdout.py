"""Two halves of the people, dealt without a look at the outcome: one to search, the other to confirm."""

from __future__ import annotations

import numpy as np

from biasaudit.arraytypes import Bools, Ints

__all__ = ["split_clusters", "split_rows", "split_within_groups"]


def split_rows(rows: Ints, cases: Ints, *, random_state: int) -> tuple[Ints, Ints]:
    """Deal rows to two halves, alike rows to both: of each pair of neighbours one goes to either.

    Parameters
    ----------
    rows, cases : int array of shape (cells,)
        Rows that have equal features, cells in the order of their features, and how many of them are cases.
    random_state : int

    Returns
    -------
    rows, cases : int array of shape (cells,)
        Those of the first half; the second has the others.

    Notes
    -----
    Who of the alike is a case decides nothing, so that the halves are independent given the features.

    Examples
    --------
    >>> [part.tolist() for part in split_rows(np.array([4, 3, 3]), np.array([0, 3, 0]), random_state=0)]
    [[2, 1, 2], [0, 1, 0]]
    """
    rng = np.random.default_rng(random_state)
    end = np.cumsum(rows)
    coins = rng.integers(0, 2, int(end[-1]) // 2 + 1)

    def before(at: Ints) -> Ints:
        """Rows of the first half among the first `at` of all."""
        return np.asarray(at // 2 + (at % 2) * coins[at // 2])

    first_half = before(end) - before(end - rows)
    return first_half, rng.hypergeometric(cases, rows - cases, first_half)


def split_within_groups(sizes: Ints, group: Ints, n_first: Ints, *, random_state: int) -> Ints:
    """Say who of each group are the ones that were taken for the first half, each person being as likely.

    Parameters
    ----------
    sizes : int array of shape (kinds,)
        How many people are of each kind, the kinds of a group side by side.
    group : int array of shape (kinds,)
        Group of each kind, never falling.
    n_first : int array of shape (groups,)
        How many of each group are in the first half.
    random_state : int

    Returns
    -------
    int array of shape (kinds,)
        People of each kind in the first half: multivariate hypergeometric in each group.

    Examples
    --------
    >>> split_within_groups(np.array([5, 3, 4]), np.array([0, 0, 2]), np.array([4, 0, 1]), random_state=0).tolist()
    [2, 2, 1]
    """
    rng = np.random.default_rng([random_state, 1])
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    first_half = np.empty(len(sizes), dtype=np.int64)
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(sizes)], strict=True):
        kinds, n = sizes[start:stop], int(n_first[group[start]])
        first_half[start:stop] = n if len(kinds) == 1 else rng.multivariate_hypergeometric(kinds, n, method="marginals")
    return first_half


def split_clusters(cell: Ints, sizes: Ints, cluster: Ints, *, random_state: int) -> Bools:
    """Deal whole clusters to two halves: of each pair of neighbours, alike in features and size, one goes to either.

    Parameters
    ----------
    cell, sizes, cluster : int array of shape (kinds,)
        Cell of equal features, number of people and cluster of each kind of people.
    random_state : int

    Returns
    -------
    bool array of shape (kinds,)
        Whether each kind is in the first half.

    Examples
    --------
    >>> cell, people, cluster = np.array([0, 1, 0, 1]), np.array([1, 1, 1, 1]), np.array([0, 0, 1, 1])
    >>> split_clusters(cell, people, cluster, random_state=0).tolist()
    [False, False, True, True]
    """
    clusters = int(cluster.max(initial=-1)) + 1
    first = np.full(clusters, np.iinfo(np.int64).max)
    np.minimum.at(first, cluster, cell)
    cluster_size = np.bincount(cluster, weights=sizes, minlength=clusters)
    order = np.lexsort((np.arange(clusters), cluster_size, first))
    coins = np.random.default_rng(random_state).integers(0, 2, clusters // 2 + 1)
    position = np.arange(clusters)
    in_first = np.empty(clusters, dtype=bool)
    in_first[order] = position % 2 == coins[position // 2]
    return np.asarray(in_first[cluster])
