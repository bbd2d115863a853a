"""Group-bys of sums, least and greatest values; tables in memory are worked on in blocks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.counts.engines import collected

__all__ = ["Cells", "blocks", "grouped", "grouped_in_blocks"]

# Rows in memory that are worked on at once: the columns that are added to them are larger than they are.
BLOCK = 1_000_000
Cells = dict[str, list[Any]]


def blocks(frame: Any) -> Iterator[Any]:
    """Cut rows in memory; what lies elsewhere is worked on there, as a whole."""
    if not isinstance(frame, nw.DataFrame) or len(frame) <= BLOCK:
        yield frame
        return
    for start in range(0, len(frame), BLOCK):
        yield frame[start : start + BLOCK]


def grouped(frame: Any, keys: Sequence[str], sums: Sequence[str], ends: Sequence[str] = ()) -> Cells:
    """Run a group-by and bring the small table home: keys, "rows", sums, and the least and greatest of some columns.

    Parameters
    ----------
    frame : Narwhals frame
    keys : sequence of str
    sums : sequence of str
        Columns to add up. Where "rows" is not among them, rows are counted.
    ends : sequence of str
        Columns whose least and greatest value are wanted, as "low_…" and "high_…".

    Returns
    -------
    dict of str to list
    """
    counts = [] if "rows" in sums else [nw.len().alias("rows")]
    totals = [nw.col(name).sum() for name in sums]
    lows = [nw.col(name).min().alias(f"low_{name}") for name in ends]
    highs = [nw.col(name).max().alias(f"high_{name}") for name in ends]
    found = collected(frame.group_by(*keys, drop_null_keys=False).agg(*counts, *totals, *lows, *highs))
    return {name: found[name].to_list() for name in found.columns}


def grouped_in_blocks(frame: Any, block: Callable[[Any], Cells]) -> Cells:
    """Put together the cells of every block; those of a key that several blocks have are left apart."""
    parts = [block(rows) for rows in blocks(frame)]
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}
