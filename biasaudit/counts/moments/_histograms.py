"""Bins summed: of one table whose groups have become alike, and of several tables."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.arrays import distinct_keys
from biasaudit.counts.moments.bins import MAX_EXACT

__all__ = ["in_bins", "joined", "renumbered", "summed", "taken", "whole_groups"]


def summed(histogram: Any) -> Any:
    """Sum bins of the same group and values, and put them in order; values beyond 1,000 go into bins.

    Parameters
    ----------
    histogram : Histogram

    Returns
    -------
    Histogram
    """
    if histogram.exact:
        values, position = np.unique(histogram.low, return_inverse=True)
        if len(values) <= MAX_EXACT:
            return _by_key(histogram, position.astype(np.int64))
    return in_bins(histogram)


def in_bins(histogram: Any) -> Any:
    """Sum the bins of the same number, whether or not each holds one value.

    Parameters
    ----------
    histogram : Histogram

    Returns
    -------
    Histogram
    """
    return replace(_by_key(histogram, histogram.bin), exact=False)


def _by_key(histogram: Any, key: Ints) -> Any:
    inverse, first = distinct_keys([histogram.group, key])

    def total(column: Any) -> Any:
        return np.bincount(inverse, weights=column, minlength=len(first))

    low, high = (np.full(len(first), end) for end in (np.inf, -np.inf))
    np.minimum.at(low, inverse, histogram.low)
    np.maximum.at(high, inverse, histogram.high)
    return replace(
        histogram,
        group=histogram.group[first],
        bin=histogram.bin[first],
        low=low,
        high=high,
        rows=total(histogram.rows).astype(np.int64),
        weight=total(histogram.weight),
        outcome=None if histogram.outcome is None else total(histogram.outcome),
    )


def renumbered(histogram: Any, groups: Ints) -> Any:
    """Give each group another number; bins that have become alike are left apart.

    Parameters
    ----------
    histogram : Histogram
    groups : int array of shape (groups,)
        New number of each group.

    Returns
    -------
    Histogram
    """
    return replace(histogram, group=np.asarray(groups, dtype=np.int64)[histogram.group])


def taken(histogram: Any, chosen: Bools) -> Any:
    """Keep some of the bins.

    Parameters
    ----------
    histogram : Histogram
    chosen : bool array of shape (bins,)

    Returns
    -------
    Histogram
    """
    names = ("group", "bin", "low", "high", "rows", "weight", "outcome")
    columns = {name: getattr(histogram, name) for name in names}
    return replace(histogram, **{name: None if column is None else column[chosen] for name, column in columns.items()})


def whole_groups(histogram: Any, rows: Ints) -> Any:
    """Keep the groups of which every row is in a bin: of the others a part was withheld.

    Parameters
    ----------
    histogram : Histogram
    rows : int array of shape (groups,)
        Rows that each group has.

    Returns
    -------
    Histogram
    """
    found = np.bincount(histogram.group, weights=histogram.rows, minlength=len(rows))
    return taken(histogram, (found == rows)[histogram.group])


def joined(histograms: Sequence[Any]) -> Any:
    """Count the rows of several histograms over the same groups as one.

    Parameters
    ----------
    histograms : sequence of Histogram

    Returns
    -------
    Histogram
    """

    def both(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in histograms])

    first = histograms[0]
    columns = {name: both(name) for name in ("group", "bin", "low", "high", "rows", "weight")}
    outcome: Floats | None = None if first.outcome is None else both("outcome")
    return summed(replace(first, **columns, outcome=outcome, exact=all(one.exact for one in histograms)))
