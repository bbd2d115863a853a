"""The ways an audit of numbers splits people, with the means of each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.audits.arithmetic import Arithmetic
from biasaudit.audits.families import WITHHELD, known_reference, reference_index, split_by
from biasaudit.counts.moments.table import MomentTable
from biasaudit.inference.disparities import to_overall
from biasaudit.inference.means.comparisons import compare_means, mean_p_values
from biasaudit.inference.means.estimates import group_means, rest_means
from biasaudit.inference.means.means import Means, concat_means, no_means
from biasaudit.inference.means.moderation import moderated, variance_of_all
from biasaudit.inference.means.ranges import compare_means_range, means_range_p_values
from biasaudit.inference.means.shared_clusters import correlation, correlation_between, means_between, rest_correlation
from biasaudit.metrics.moment_measures import MomentMeasure

__all__ = ["MEANS", "NumberFamily", "number_families", "rows_by_group"]

MEANS = Arithmetic(
    concat=concat_means,
    nothing=no_means,
    pair_p_values=lambda measures, first, second, *, correlation: mean_p_values(first, second, correlation=correlation),
    range_p_values=means_range_p_values,
    compare_pairs=compare_means,
    compare_range=compare_means_range,
    to_overall=lambda gaps, groups, rest: to_overall(gaps, groups.weight, rest.weight),
    values=lambda measures, means: means.value,
    is_mean_of_groups=lambda measure: measure.averages,
)


@dataclass(frozen=True, eq=False)
class NumberFamily:
    """One way of splitting people, with what is measured of numbers in each group.

    Parameters
    ----------
    table : MomentTable
        Sums rolled up to the features of this split; none means everyone is one group.
    measures : tuple of MomentMeasure
    reference : int
        Index of the group that the others are held against.
    """

    table: MomentTable
    measures: tuple[MomentMeasure, ...]
    reference: int = 0

    @property
    def features(self) -> tuple[str, ...]:
        """The sensitive features that split people."""
        return self.table.features

    @property
    def arithmetic(self) -> Arithmetic:
        """Means are compared."""
        return MEANS

    @cached_property
    def rows(self) -> Any:
        """Rows of each group, those without a value included."""
        return rows_by_group(self.table)

    @cached_property
    def _usable(self) -> Any:
        return rows_by_group(self.table, usable=True)

    @cached_property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups, in the order of all arrays."""
        return self.table.groups

    @cached_property
    def present(self) -> Any:
        """Which groups have a row that can be used."""
        return self._usable > 0

    @cached_property
    def suppressed(self) -> Any:
        """Which groups have a cell whose sums were withheld."""
        hidden = self.table.suppressed
        weights = np.zeros(len(self.table.rows)) if hidden is None else hidden.astype(float)
        return np.bincount(self.table.group, weights=weights, minlength=self.table.shape_size) > 0

    @cached_property
    def in_scope(self) -> Any:
        """Which groups an answer about all groups has to cover: those with rows, even if withheld."""
        return (self.rows > 0) | self.suppressed

    @cached_property
    def means(self) -> Means:
        """Every measure in every group, each by itself."""
        return _without(group_means(self.table, self.measures), self.suppressed)

    @cached_property
    def _variance(self) -> Any:
        """Variance of a row, over all groups."""
        return variance_of_all(self.means)

    @cached_property
    def shares(self) -> Means:
        """Every measure in every group, to be held against each other: nothing where nobody knows how sure it is."""
        return moderated(_without(self.means, ~self.means.known), self._variance)

    @cached_property
    def rest(self) -> Means:
        """Every measure in everyone outside each group."""
        found = _without(rest_means(self.table, self.measures), np.full(len(self.rows), self.suppressed.any()))
        return moderated(_without(found, ~found.known), self._variance)

    @cached_property
    def between(self) -> Means:
        """Every measure in every group, to tell all of them apart."""
        return means_between(self.table, self.measures, self.shares)

    @cached_property
    def correlation(self) -> Any:
        """Correlation of each measure in each group with the reference, through clusters both share."""
        return correlation(self.table, self.measures, self.reference)

    @cached_property
    def rest_correlation(self) -> Any:
        """Correlation of each measure in each group with everyone else, through clusters both share."""
        return rest_correlation(self.table, self.measures)

    def correlation_between(self, first: Any, second: Any) -> Any:
        """Correlation of each measure in groups with that in others, through clusters that both share."""
        return correlation_between(self.table, self.measures, first, second)

    def is_undefined(self, measure: int, group: int) -> bool:
        """Say whether a measure has no value in a group, or one of which nobody knows how sure it is."""
        return not self.shares.known[measure, group]

    def undefined_reason(self, measure: int, group: int) -> str:
        """Say in words why a measure has no value in a group, or no interval."""
        if self.suppressed[group]:
            return WITHHELD
        if not self.rows[group]:
            return "no rows"
        if not self.present[group]:
            return "no row with a value"
        if self._usable[group] == 1:
            return "one row, so its uncertainty is unknown"
        if self.table.weight is not None and not self.means.weight[measure, group] > 0:
            return "every weight is 0"
        if self.table.cluster is not None and not np.isnan(self.means.value[measure, group]):
            return "one cluster, so its uncertainty is unknown"
        return self.measures[measure].undefined


def rows_by_group(table: MomentTable, *, usable: bool = False) -> Any:
    """Count the rows of each group, those without a value left out where only usable ones are asked for."""
    rows = table.rows if usable else table.rows + table.left_out
    return np.bincount(table.group, weights=rows, minlength=table.shape_size).astype(np.int64)


def number_families(
    table: MomentTable, reference: Mapping[str, str], measures: tuple[MomentMeasure, ...]
) -> tuple[NumberFamily, ...]:
    """Split by each feature, by every two of them, and by all together where most of those groups have rows.

    Raises
    ------
    AuditError
        If `reference` names a feature or a group that is not there.
    """
    known = known_reference(table, reference)
    return tuple(
        NumberFamily(one, measures, reference_index(one, known, rows_by_group(one, usable=True)))
        for one in split_by(table.features, table.rollup, rows_by_group)
    )


def _without(means: Means, hidden: Any) -> Means:
    return means.each(lambda array: np.where(hidden, np.nan, array)) if hidden.any() else means
