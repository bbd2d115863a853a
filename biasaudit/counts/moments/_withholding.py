"""Hold back small cells: their sums, and the bins that would give them away."""

from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.arraytypes import Ints
from biasaudit.counts.moments._histograms import in_bins, taken
from biasaudit.counts.moments.bins import bin_bounds
from biasaudit.errors import AuditError

__all__ = ["withheld"]

HIDDEN = ("rows", "left_out", "sums", "squared_sums", "products", "weight", "weight_squared")


def withheld(table: Any, min_cell: int) -> Any:
    """Withhold the sums of every cell of fewer than `min_cell` rows, and what of the histograms would tell of so few.

    A group with a withheld cell has no histogram, for its rows would be those of the cell and of others. Nor has one
    of single values of which fewer people have one: with the sums they could be computed. In bins, rows neighbours
    that are small are counted in the fullest of them, and ends are those of the bins, not of a person.

    Parameters
    ----------
    table : MomentTable
    min_cell : int
        0 or more.

    Returns
    -------
    MomentTable

    Raises
    ------
    AuditError
        If `min_cell` is negative.
    """
    if min_cell < 0:
        raise AuditError(f"min_cell={min_cell} is negative. Give the smallest number of people to show, such as 10.")
    few_out = (table.left_out > 0) & (table.left_out < min_cell)
    small = ((table.rows > 0) & (table.rows < min_cell)) | (few_out & (table.rows == 0))
    if table.suppressed is not None:
        small |= table.suppressed
    columns = {name: column for name in HIDDEN if (column := getattr(table, name)) is not None}
    hidden = {name: np.where(small, 0, column).astype(column.dtype) for name, column in columns.items()}
    hidden["left_out"] = np.where(few_out, 0, hidden["left_out"])
    groups = np.unique(table.group[small])
    shown = {
        role: _without_small(taken(one, ~np.isin(one.group, groups)), min_cell)
        for role, one in table.histograms.items()
    }
    return replace(table, **hidden, suppressed=small, histograms=shown)


def _without_small(histogram: Any, min_cell: int) -> Any:
    if histogram.exact:
        few = np.unique(histogram.group[histogram.rows < min_cell])
        return taken(histogram, ~np.isin(histogram.group, few))
    blocks = _blocks(histogram, min_cell)
    # Of the bins of a block, the fullest stands for all.
    order = np.lexsort((histogram.rows, blocks))
    fullest = order[np.append(np.diff(blocks[order]) != 0, True)] if len(order) else order
    joined = in_bins(replace(histogram, bin=histogram.bin[fullest][blocks]))
    low, high = bin_bounds(joined.bin)
    return replace(joined, low=low, high=high)


def _blocks(histogram: Any, min_cell: int) -> Ints:
    """Cut the bins of each group, in order, into blocks that are full as soon as they have enough rows."""
    total = np.append(0, np.cumsum(histogram.rows))
    first = np.append(True, np.diff(histogram.group) != 0)[: len(histogram.rows)]
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(first))
    begins = first.copy()
    while len(starts):
        starts = np.searchsorted(total, total[starts] + min_cell)
        # What is left for the last one has to be enough as well.
        more = total[ends] - total[np.minimum(starts, len(first))] >= min_cell
        more &= starts < ends
        starts, ends = starts[more], ends[more]
        begins[starts] = True
    return np.asarray(np.cumsum(begins) - 1)
