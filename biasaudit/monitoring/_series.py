"""Rates of each group day by day, from the tables of the days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.cell_totals import confusion, rows_by_group
from biasaudit.metrics.rates import Rate

__all__ = ["Series", "series_of"]


@dataclass(frozen=True)
class Series:
    """The groups of one sensitive feature over the days.

    Parameters
    ----------
    feature : str
    levels : tuple of str
        In order of appearance: the largest of the first day first, then by the day on which they first had a row.
    at_start : int
        How many of them had a row on the first day.
    share, rows : float array of shape (metrics, levels, days)
        Shares counted among eligible rows, and how many those were: effective ones (Kish) where there are weights.
    withheld : int
        How many groups and days are left out because a count was withheld.
    """

    feature: str
    levels: tuple[str, ...]
    at_start: int
    share: Any
    rows: Any
    withheld: int

    def reference(self, wanted: Mapping[str, str]) -> str:
        """Return the level the others are held against: one that is named, or the largest of the first day."""
        return wanted.get(self.feature, self.levels[0])


def series_of(tables: Mapping[date, Crosstab], rates: Sequence[Rate]) -> list[Series]:
    """Lay out each sensitive feature over the days."""
    features = next(iter(tables.values())).features
    return [_series(feature, [table.rollup([feature]) for table in tables.values()], rates) for feature in features]


def _series(feature: str, days: list[Crosstab], rates: Sequence[Rate]) -> Series:
    levels, at_start = _order(days)
    share = np.full((len(rates), len(levels), len(days)), np.nan)
    rows = np.zeros(share.shape)
    withheld = 0
    for day, table in enumerate(days):
        at = [levels.index(level) for level in table.levels[0] if level in levels]
        here = [i for i, level in enumerate(table.levels[0]) if level in levels]
        counts, squares, hidden = confusion(table)[here], confusion(table, squared=True)[here], _hidden(table)[here]
        withheld += int(hidden.sum())
        for metric, rate in enumerate(rates):
            total, square = rate.denominator(counts), rate.denominator(squares)
            usable = (total > 0) & ~hidden
            safe = np.where(usable, total, 1.0)
            share[metric, at, day] = np.where(usable, rate.numerator(counts) / safe, np.nan)
            rows[metric, at, day] = np.where(usable, safe**2 / np.where(usable, square, 1.0), 0.0)
    return Series(feature, tuple(levels), at_start, share, rows, withheld)


def _order(days: list[Crosstab]) -> tuple[list[str], int]:
    levels: list[str] = []
    at_start = 0
    for day, table in enumerate(days):
        sizes = dict(zip(table.levels[0], rows_by_group(table).tolist(), strict=True))
        new = [level for level, size in sizes.items() if size and level not in levels]
        levels += sorted(new, key=lambda level: (-sizes[level], level))
        at_start = at_start if day else len(levels)
    return levels, at_start


def _hidden(table: Crosstab) -> Any:
    if table.suppressed is None:
        return np.zeros(len(table.levels[0]), dtype=bool)
    return np.bincount(table.group, weights=table.suppressed, minlength=table.shape_size) > 0
