"""Measures of the groups of several tables at once, where every row counts as one and stands for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.variance.composite_shares import composites_of_cells
from biasaudit.inference.variance.effective import Shares, concat_shares, shares_of_cells, split_shares
from biasaudit.metrics.cell_totals import confusion, score_counts, sum_of_others
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.rates import Rate

__all__ = ["Unweighted"]


@dataclass(frozen=True, eq=False)
class Unweighted:
    """What is measured in each group of each table, and in everyone outside it.

    A group's measures depend on its own cells alone, unless rows carry weights or come in clusters: so the cells of all
    tables are measured in one go.

    Parameters
    ----------
    tables : tuple of Crosstab
        The same rows, rolled up in several ways.
    rates : tuple of Rate
    composites : tuple of Composite
    """

    tables: tuple[Crosstab, ...]
    rates: tuple[Rate, ...]
    composites: tuple[Composite, ...]

    @staticmethod
    def holds(table: Crosstab) -> bool:
        """Say whether the rows of a table have no weights and no clusters, and none were withheld."""
        return table.weight is None and table.cluster is None and table.suppressed is None

    def of(self, table: Crosstab) -> tuple[Shares, Shares]:
        """Return the measures in each group of one of the tables, and outside it."""
        return self._shares[next(i for i, one in enumerate(self.tables) if one is table)]

    @cached_property
    def _shares(self) -> tuple[tuple[Shares, Shares], ...]:
        cells = _inside_and_outside([confusion(table) for table in self.tables])
        scored = None
        if any(composite.scored for composite in self.composites):
            scored = _inside_and_outside([score_counts(table) for table in self.tables])
        rates = shares_of_cells(cells, cells, self.rates)
        scores = self.tables[0].bin_scores
        found = concat_shares([rates, composites_of_cells(cells, scored, self.composites, scores)], axis=0)
        parts = split_shares(found, [table.shape_size for table in self.tables for _ in range(2)])
        return tuple(zip(parts[::2], parts[1::2], strict=True))


def _inside_and_outside(cells: Sequence[Floats]) -> Floats:
    return np.concatenate([side for inside in cells for side in (inside, sum_of_others(inside))])
