"""Every pattern counted in either half of the people."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from biasaudit.audits.subgroups._holdout import split_people
from biasaudit.audits.subgroups._matrix_products import counter_on, wants_cuda
from biasaudit.audits.subgroups.input import Cells
from biasaudit.search.bitsets import Bitsets
from biasaudit.search.patterns import frequent_patterns
from biasaudit.search.selection import N_SIDES, Discoveries

__all__ = ["searched"]


def searched(cells: Cells, max_features: int | None, min_support: float, device: str, random_state: int) -> Discoveries:
    """Deal the people to two halves and count every pattern in either."""
    split = split_people(cells, random_state)
    rows, cases = split.rows, split.cases
    sides = np.stack([rows - cases, cases, cells.rows - rows - (cells.cases - cases), cells.cases - cases], axis=1)
    cell, side = np.nonzero(sides)
    levels = [len(names) for names in cells.levels]
    bits = Bitsets.pack(cells.codes[cell], levels, side, sides[cell, side], N_SIDES)
    counter = counter_on("cuda", bits) if wants_cuda(device, len(cell)) else bits.count
    total = int(cells.rows.sum())
    # A share such as 0.07 of 100 rows is 7.000000000000001 of them.
    fewest = max(1, math.ceil(min_support * total - 1e-9))
    patterns = frequent_patterns(levels, counter, min_rows=fewest, max_features=max_features)
    return Discoveries(patterns, _in_each_half(rows, cells.rows), _in_each_half(cases, cells.cases), split.halves)


def _in_each_half(first: NDArray[np.int64], everything: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum up what is in the first half, and what is in the other."""
    return np.array([first.sum(), everything.sum() - first.sum()])
