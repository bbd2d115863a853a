"""The ways an audit splits people: by each sensitive feature, and by all of them together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any, Protocol, TypeVar

import numpy as np

from biasaudit.audits.arithmetic import SHARES, Arithmetic
from biasaudit.audits.chosen import EVERYTHING, Chosen
from biasaudit.counts.moments.table import MomentTable
from biasaudit.counts.rankings.table import RankTable
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.values import resolve_level
from biasaudit.errors import AuditError, nearest
from biasaudit.inference.measures import Measure
from biasaudit.inference.variance.composite_shares import composite_shares, composite_totals
from biasaudit.inference.variance.effective import Shares, concat_shares, group_shares, rest_shares
from biasaudit.inference.variance.half_samples import HalfSampleModels, HalfSamples
from biasaudit.inference.variance.shared_clusters import correlation_between, correlation_with_rest, rows_between_groups
from biasaudit.inference.variance.unweighted import Unweighted
from biasaudit.metrics.cell_totals import ClusterTotals, cluster_totals, rows_by_group
from biasaudit.metrics.composites import Composite, available_composites
from biasaudit.metrics.rates import Rate, available_rates
from biasaudit.names import clean

__all__ = [
    "WITHHELD",
    "Family",
    "check_reference",
    "check_two_groups",
    "everyone",
    "families",
    "known_reference",
    "measures_of",
    "reference_index",
    "split_by",
]

Part = TypeVar("Part")


class Coded(Protocol):
    """Cells or rows, each with the level of every feature as a code."""

    @property
    def features(self) -> tuple[str, ...]:
        """Sensitive features."""

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """Levels of each feature, in order."""

    @property
    def codes(self) -> Any:
        """Level of each feature, shape (cells, features)."""


WITHHELD = "a count was withheld to protect people"


@dataclass(frozen=True, eq=False)
class Family:
    """One way of splitting people, with what is measured in each group.

    Parameters
    ----------
    table : Crosstab
        Counts rolled up to the features of this split; none means everyone is one group.
    measures : tuple of Rate or Composite
    reference : int
        Index of the group that the others are held against.
    halves : HalfSampleModels, optional
        What models of halves of the rows decide; with it everything carries the variance of training.
    unweighted : Unweighted, optional
        Measures of this and other splits, which are found together where rows carry no weights.
    """

    table: Crosstab
    measures: tuple[Measure, ...]
    reference: int = 0
    halves: HalfSampleModels | None = None
    unweighted: Unweighted | None = None

    @cached_property
    def rows(self) -> Any:
        """Rows of each group, those without a label or prediction included."""
        return rows_by_group(self.table)

    @property
    def features(self) -> tuple[str, ...]:
        """The sensitive features that split people."""
        return self.table.features

    @property
    def arithmetic(self) -> Arithmetic:
        """Shares of people are compared."""
        return SHARES

    @cached_property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups, in the order of all arrays."""
        return self.table.groups

    @cached_property
    def present(self) -> Any:
        """Which groups have a row that can be used."""
        return rows_by_group(self.table, usable=True) > 0

    @cached_property
    def _weightless(self) -> Any:
        """Which groups have rows that all weigh nothing."""
        if self.table.weight is None:
            return np.zeros(len(self.rows), dtype=bool)
        usable = np.where(self.table.usable, self.table.weight, 0.0)
        return np.bincount(self.table.group, weights=usable, minlength=self.table.shape_size) == 0

    @cached_property
    def suppressed(self) -> Any:
        """Which groups have a cell whose count was withheld."""
        hidden = self.table.suppressed
        weights = np.zeros(len(self.table.rows)) if hidden is None else hidden.astype(float)
        return np.bincount(self.table.group, weights=weights, minlength=self.table.shape_size) > 0

    @cached_property
    def in_scope(self) -> Any:
        """Which groups an answer about all groups has to cover: those with rows, even if withheld."""
        return (self.rows > 0) | self.suppressed

    @property
    def _rates(self) -> list[Rate]:
        return [m for m in self.measures if isinstance(m, Rate)]

    @property
    def _composites(self) -> list[Composite]:
        return [m for m in self.measures if isinstance(m, Composite)]

    @cached_property
    def _halvings(self) -> HalfSamples | None:
        if self.halves is None:
            return None
        return self.halves.measure(self.table.features, self._rates, self._composites)

    @cached_property
    def rate_shares(self) -> Shares:
        """Every measure in every group, each held by itself."""
        return self._of_rows if self._halvings is None else self._halvings.for_rates(self._of_rows)

    @property
    def shares(self) -> Shares:
        """Every measure in every group, to be held against each other."""
        return self._compared[0]

    @property
    def rest(self) -> Shares:
        """Every measure in everyone outside each group."""
        return self._compared[1]

    @cached_property
    def _compared(self) -> tuple[Shares, Shares]:
        sides = self._of_rows, self._rest_of_rows
        return sides if self._halvings is None else self._halvings.for_gaps(*sides)

    @cached_property
    def _counts(self) -> Crosstab:
        return self.table.without_scores()

    @cached_property
    def _totals(self) -> tuple[ClusterTotals, ...]:
        """Totals by cluster of the rates and of the composites; none without clusters."""
        if self.table.cluster is None:
            return ()
        rates = cluster_totals(self._counts, self._rates)
        return (rates, composite_totals(self.table, self._composites)) if self._composites else (rates,)

    def _of_clusters(self, compute: Callable[[ClusterTotals, slice], Any]) -> Any:
        """Compute something from the totals by cluster of each measure, given which measures they are of."""
        rates = len(self._rates)
        measures = (slice(0, rates), slice(rates, None))
        return np.concatenate([compute(totals, at) for totals, at in zip(self._totals, measures, strict=False)])

    @cached_property
    def _of_rows(self) -> Shares:
        """What the rows say of the models that decided for them."""
        if self.unweighted is not None:
            return self.unweighted.of(self.table)[0]
        rates = group_shares(self._counts, self._rates, *self._totals[:1])
        parts = [rates, composite_shares(self.table, self._composites)]
        return _withhold(concat_shares(parts, axis=0), self.suppressed)

    @cached_property
    def _rest_of_rows(self) -> Shares:
        if self.unweighted is not None:
            return self.unweighted.of(self.table)[1]
        rates = rest_shares(self._counts, self._rates, *self._totals[:1])
        parts = [rates, composite_shares(self.table, self._composites, outside=True)]
        return _withhold(concat_shares(parts, axis=0), np.full(len(self.rows), self.suppressed.any()))

    @cached_property
    def between(self) -> Shares:
        """Every measure in every group, with the rows that tell the groups apart if they share clusters."""
        if not self._totals:
            return self.shares
        given, plain = self._of_rows, replace(self, table=self.table.without_clusters(), halves=None).rate_shares
        apart = self._of_clusters(
            lambda totals, at: rows_between_groups(given.each(lambda a: a[at]), plain.nobs[at], totals).nobs
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            # What training adds to the variance is added here, too.
            nobs = 1 / (1 / apart + 1 / self.shares.nobs - 1 / given.nobs)
        return replace(self.shares, nobs=np.where(given.nobs > 0, nobs, 0.0))

    @cached_property
    def correlation(self) -> Any:
        """Correlation of each measure in each group with the reference, through clusters both share."""
        if not self._totals:
            return np.zeros(self.shares.share.shape)
        sampling = self._sampling_part(self.shares, self._of_rows)
        share, at = self._of_rows.share, self.reference
        return self._of_clusters(lambda totals, of: totals.correlation(share[of], at)) * sampling * sampling[:, [at]]

    def correlation_between(self, first: Any, second: Any) -> Any:
        """Correlation of each measure in groups with that in others, through clusters that both share."""
        if not self._totals:
            return np.zeros((len(self.measures), len(first)))
        sampling, share = self._sampling_part(self.shares, self._of_rows), self._of_rows.share
        shared = self._of_clusters(lambda totals, of: correlation_between(totals, share[of], first, second))
        return shared * sampling[:, first] * sampling[:, second]

    @cached_property
    def rest_correlation(self) -> Any:
        """Correlation of each measure in each group with everyone else, through clusters both share."""
        if not self._totals:
            return np.zeros(self.shares.share.shape)
        inside, outside = self._of_rows.share, self._rest_of_rows.share
        sampling = self._sampling_part(self.shares, self._of_rows) * self._sampling_part(self.rest, self._rest_of_rows)
        return self._of_clusters(lambda totals, of: correlation_with_rest(totals, inside[of], outside[of])) * sampling

    @staticmethod
    def _sampling_part(shares: Shares, given: Shares) -> Any:
        """Part of the standard error that is of rows, in which clusters are shared, and not of training."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(np.sqrt(shares.nobs / given.nobs))

    def is_undefined(self, measure: int, group: int) -> bool:
        """Say whether the measure with this index has no value in a group, or an infinite one."""
        return not np.isfinite(self.measures[measure].value(self.shares.share[measure, group]))

    def undefined_reason(self, measure: int, group: int) -> str:
        """Say in words why the measure with this index has no value in a group."""
        if self.suppressed[group]:
            return WITHHELD
        if not self.rows[group]:
            return "no rows"
        if not self.present[group]:
            return "no row with both label and prediction" if self.table.y_true is not None else "no prediction"
        if self._weightless[group]:
            return "every weight is 0"
        # Only errors per false positive can be infinite.
        return self.measures[measure].undefined if np.isnan(self.shares.share[measure, group]) else "no false positives"


def _withhold(shares: Shares, hidden: Any) -> Shares:
    if not hidden.any():
        return shares
    return replace(shares, share=np.where(hidden, np.nan, shares.share), nobs=np.where(hidden, 0.0, shares.nobs))


def measures_of(table: Crosstab, metrics: Chosen = EVERYTHING) -> tuple[Measure, ...]:
    """Return all that the columns of `table` allow to measure, and that is asked."""
    rates = available_rates(table.y_true is not None, table.y_pred is not None)
    return (*metrics.of(rates), *metrics.of(available_composites(table)))


def families(
    table: Crosstab,
    reference: Mapping[str, str],
    measures: tuple[Measure, ...] | None = None,
    halves: HalfSampleModels | None = None,
) -> tuple[Family, ...]:
    """Split by each feature, by every two of them, and by all together where most of those groups have rows.

    Raises
    ------
    AuditError
        If `reference` names a feature or a group that is not there.
    """
    reference = known_reference(table, reference)
    measures = measures_of(table) if measures is None else measures
    rolled = split_by(table.features, table.rollup, rows_by_group)
    together = _unweighted([table.rollup(()), *rolled], measures) if Unweighted.holds(table) else None
    return tuple(
        Family(one, measures, reference_index(one, reference, rows_by_group(one, usable=True)), halves, together)
        for one in rolled
    )


def split_by(
    features: Sequence[str], of: Callable[[tuple[str, ...]], Part], rows_of: Callable[[Part], Any]
) -> list[Part]:
    """Split people by each feature, by every two of them, and by all together where most of those groups have rows.

    Parameters
    ----------
    features : sequence of str
    of : callable
        Makes the table of a split.
    rows_of : callable
        Counts the rows of each group of such a table.
    """
    splits: list[tuple[str, ...]] = [(name,) for name in features]
    splits += [pair for pair in combinations(features, 2) if len(features) > 2]
    parts = [of(split) for split in splits]
    if len(features) > 1:
        crossing = of(tuple(features))
        # Of crossings that are mostly empty hardly anything can be said.
        parts += [crossing] if len(features) == 2 or (rows_of(crossing) > 0).mean() >= 0.5 else []
    return parts


def everyone(table: Crosstab, splits: Sequence[Family], halves: HalfSampleModels | None = None) -> Family:
    """Take everyone for one group, whose measures are found with those of the splits where rows carry no weights."""
    together = splits[0].unweighted
    whole = table.rollup(()) if together is None else together.tables[0]
    return Family(whole, splits[0].measures, halves=halves, unweighted=together)


def _unweighted(tables: Sequence[Crosstab], measures: Sequence[Measure]) -> Unweighted:
    rates = tuple(m for m in measures if isinstance(m, Rate))
    return Unweighted(tuple(tables), rates, tuple(m for m in measures if isinstance(m, Composite)))


def check_reference(table: Crosstab | MomentTable | RankTable, reference: Mapping[str, str]) -> None:
    """Raise an AuditError if `reference` names a feature or a group that is not there."""
    for feature, named in reference.items():
        if feature not in table.features:
            raise AuditError(
                f'reference names "{feature}", which is not a sensitive feature.{nearest(feature, table.features)} '
                f"Sensitive features: {', '.join(table.features)}."
            )
        levels = _levels(table, feature)
        level = resolve_level(named, levels)
        if level not in levels:
            shown = ", ".join(levels[:12]) + (", …" if len(levels) > 12 else "")
            raise AuditError(f'reference {feature}="{level}" is not a group.{nearest(level, levels)} Groups: {shown}.')


def check_two_groups(table: Coded, rows: Any) -> None:
    """Raise an AuditError if a feature has all its rows in one group; `rows` are those of each cell."""
    for at, feature in enumerate(table.features):
        found = np.unique(table.codes[rows > 0, at])
        if len(found) < 2:
            level = table.levels[at][int(found[0]) if len(found) else 0]
            raise AuditError(
                f'All rows are in one group: {clean(feature)}="{clean(level)}". A comparison needs two; '
                "name another sensitive feature or check the filter."
            )


def known_reference(table: Crosstab | MomentTable | RankTable, reference: Mapping[str, str]) -> dict[str, str]:
    """Return the groups that were named, as the table calls them."""
    check_reference(table, reference)
    return {feature: resolve_level(named, _levels(table, feature)) for feature, named in reference.items()}


def _levels(table: Crosstab | MomentTable | RankTable, feature: str) -> tuple[str, ...]:
    return table.levels[table.features.index(feature)]


def reference_index(table: Crosstab | MomentTable | RankTable, reference: Mapping[str, str], rows: Any) -> int:
    """Index of the group asked for; where several fit, of the largest of them by its `rows`."""
    wanted = {f: level for f, level in reference.items() if f in table.features}
    fits = np.array([all(group[f] == level for f, level in wanted.items()) for group in table.groups])
    return int(np.where(fits, rows, -1).argmax())
