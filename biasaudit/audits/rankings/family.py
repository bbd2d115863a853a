"""The ways an audit of rankings splits people, with what each group gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.audits.arithmetic import Arithmetic
from biasaudit.audits.families import known_reference, reference_index, split_by
from biasaudit.counts.rankings.places import Exposure
from biasaudit.counts.rankings.rows import RankedRows
from biasaudit.counts.rankings.table import RankTable, rank_table
from biasaudit.inference.disparities import to_overall
from biasaudit.inference.means.means import Means, concat_means, no_means
from biasaudit.inference.means.ranges import compare_means_range, means_range_p_values
from biasaudit.inference.query_ratios import QueryRatios, compare_ratios, query_ratios, ratio_p_values
from biasaudit.metrics.rankings.measures import RANKS, RankMeasure, at_k

__all__ = ["RankFamily", "available_measures", "rank_families", "rank_tables"]

RATIOS = Arithmetic(
    concat=concat_means,
    nothing=no_means,
    pair_p_values=ratio_p_values,
    range_p_values=means_range_p_values,
    compare_pairs=compare_ratios,
    compare_range=compare_means_range,
    to_overall=lambda gaps, groups, rest: to_overall(gaps, groups.weight, rest.weight),
    values=lambda measures, means: means.value,
    is_mean_of_groups=lambda measure: measure.is_mean,
)


@dataclass(frozen=True, eq=False)
class RankFamily:
    """One way of splitting people, with what each group gets of rankings.

    Parameters
    ----------
    table : RankTable
        Sums by query and by the groups of this split; without features everyone is one group.
    measures : tuple of RankMeasure
    reference : int
        Index of the group that the others are held against.
    """

    table: RankTable
    measures: tuple[RankMeasure, ...]
    reference: int = 0

    @property
    def features(self) -> tuple[str, ...]:
        """The sensitive features that split people."""
        return self.table.features

    @property
    def arithmetic(self) -> Arithmetic:
        """Ratios of totals over the same queries are compared."""
        return RATIOS

    @property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups, in the order of all arrays."""
        return self.table.groups

    @property
    def rows(self) -> Any:
        """People of each group."""
        return self.table.rows

    @cached_property
    def present(self) -> Any:
        """Which groups have people."""
        return self.rows > 0

    @property
    def in_scope(self) -> Any:
        """Which groups an answer about all groups has to cover."""
        return self.present

    @cached_property
    def suppressed(self) -> Any:
        """No counts are withheld."""
        return np.zeros(len(self.rows), dtype=bool)

    @cached_property
    def ratios(self) -> QueryRatios:
        """Every measure in every group, with what each query adds."""
        return query_ratios(self.table, self.measures)

    @cached_property
    def _outside(self) -> QueryRatios:
        return query_ratios(self.table, self.measures, rest=True)

    @property
    def shares(self) -> Means:
        """Every measure in every group."""
        return self.ratios.means

    @property
    def rest(self) -> Means:
        """Every measure in everyone outside each group."""
        return self._outside.means

    @cached_property
    def between(self) -> Means:
        """Every measure in every group, with what tells the groups apart: they share queries."""
        return self.ratios.apart()

    @cached_property
    def correlation(self) -> Any:
        """Correlation of each measure in each group with the reference."""
        everyone = np.arange(len(self.rows))
        return self.correlation_between(everyone, np.full(len(everyone), self.reference))

    @cached_property
    def rest_correlation(self) -> Any:
        """Correlation of each measure in each group with everyone else."""
        everyone = np.arange(len(self.rows))
        return self.ratios.correlation(everyone, self._outside, everyone)

    def correlation_between(self, first: Any, second: Any) -> Any:
        """Correlation of each measure in groups with that in others."""
        return self.ratios.correlation(first, self.ratios, second)

    def is_undefined(self, measure: int, group: int) -> bool:
        """Say whether a measure has no value in a group, or none of which anybody knows how sure it is."""
        return not self.shares.known[measure, group]

    def undefined_reason(self, measure: int, group: int) -> str:
        """Say in words why a measure has no value in a group, or nobody knows how sure it is."""
        if not self.rows[group]:
            return "no rows"
        if np.isnan(self.shares.value[measure, group]):
            return self.measures[measure].undefined
        return "only one ranking, so its uncertainty is unknown"


def available_measures(k: Sequence[int], *, relevance: bool) -> tuple[RankMeasure, ...]:
    """Return what can be measured: the share in the top of each `k`, exposure and, with relevance, more."""
    others = (row for row in RANKS[1:] if relevance or "relevance" not in row.needs)
    return (*(at_k(places) for places in k), *others)


def rank_tables(rows: RankedRows, k: Sequence[int], curve: Exposure) -> tuple[RankTable, ...]:
    """Sum the rows for everyone, for each feature, every two of them, and all where most of those groups have rows."""

    def of(split: tuple[str, ...]) -> RankTable:
        return rank_table(rows, split, k, curve)

    return (of(()), *split_by(rows.features, of, lambda table: table.rows))


def rank_families(
    tables: Sequence[RankTable], measures: tuple[RankMeasure, ...], reference: Mapping[str, str]
) -> tuple[RankFamily, ...]:
    """Make the families of tables, the first of which is everyone's.

    Raises
    ------
    AuditError
        If `reference` names a feature or a group that is not there.
    """
    whole, *splits = tables
    known: Mapping[str, str] = {}
    for table in splits:
        named = {f: level for f, level in reference.items() if f in table.features}
        known = {**known, **known_reference(table, named)}
    return (
        RankFamily(whole, measures),
        *(RankFamily(table, measures, reference_index(table, known, table.rows)) for table in splits),
    )
