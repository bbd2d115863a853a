"""Two halves of the rows, dealt without a look at the outcome: one to search, the other to confirm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["split_rows"]

Ints = NDArray[np.int64]


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
    first_goes = rng.integers(0, 2, int(end[-1]) // 2 + 1)

    def before(at: Ints) -> Ints:
        """Rows of the first half among the first `at` of all."""
        return np.asarray(at // 2 + (at % 2) * first_goes[at // 2])

    mine = before(end) - before(end - rows)
    return mine, rng.hypergeometric(cases, rows - cases, mine)
