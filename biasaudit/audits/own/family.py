"""Groups with the caller's own metrics beside those of a table, judged together as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.audits.arithmetic import Arithmetic, Splitting
from biasaudit.audits.own.estimates import OwnEstimates, SplitEstimates
from biasaudit.audits.own.metrics import OwnMetric
from biasaudit.inference.disparities import Disparities
from biasaudit.inference.resampled import (
    Resampled,
    compare_range,
    compare_resampled,
    concat_resampled,
    pair_p_values,
    range_p_values,
)

__all__ = ["OwnFamily", "with_own"]

Gaps = dict[str, Disparities]


@dataclass(frozen=True)
class Mixed:
    """Evidence of measures of a table, and below them of the caller's own; each says nothing where the other does.

    Parameters
    ----------
    table : Evidence
    own : Resampled
    """

    table: Any
    own: Resampled

    @property
    def estimate(self) -> Floats:
        """What was measured."""
        estimate = np.asarray(self.table.estimate)
        return np.where(np.isnan(estimate), self.own.value, estimate)

    @property
    def evidence(self) -> Floats:
        """Rows."""
        return np.asarray(self.table.evidence + np.nan_to_num(self.own.rows))

    @property
    def known(self) -> Bools:
        """Where it has a value."""
        return np.asarray(self.table.known | self.own.known)

    def each(self, change: Callable[[Floats], Floats]) -> Mixed:
        """Apply `change` to every array."""
        return Mixed(self.table.each(change), self.own.each(change))


def _nothing(measures: int, groups: int) -> Resampled:
    return Resampled(*(np.full((measures, groups), np.nan) for _ in fields(Resampled)))


@dataclass(frozen=True)
class _Mixing:
    """How both kinds of measures are compared: each in its way, and put together again."""

    by: Arithmetic

    @property
    def arithmetic(self) -> Arithmetic:
        return Arithmetic(
            concat=self._concat,
            nothing=lambda measures, groups: Mixed(self.by.nothing(measures, groups), _nothing(measures, groups)),
            pair_p_values=self._pair_p_values,
            range_p_values=self._range_p_values,
            compare_pairs=self._compare_pairs,
            compare_range=self._compare_range,
            to_overall=lambda gaps, inside, outside: self.by.to_overall(gaps, inside.table, outside.table),
            values=self._values,
            is_mean_of_groups=lambda measure: not _is_own(measure) and self.by.is_mean_of_groups(measure),
            of_table=lambda found: found.table,
        )

    def _concat(self, parts: Sequence[Mixed], *, axis: int = 1) -> Mixed:
        table = self.by.concat([part.table for part in parts], axis=axis)
        return Mixed(table, concat_resampled([part.own for part in parts], axis=axis))

    def _values(self, measures: Sequence[Any], found: Mixed) -> Floats:
        table, _ = _places(measures)
        out = np.array(found.own.value)
        out[..., table, :] = self.by.values([measures[i] for i in table], _rows(found.table, table))
        return out

    def _pair_p_values(self, measures: Sequence[Any], first: Mixed, second: Mixed, *, correlation: Any) -> Floats:
        table, _ = _places(measures)
        sides = [_rows(side.table, table) for side in (first, second)]
        out = pair_p_values(measures, first.own, second.own, correlation=correlation)
        out[table] = self.by.pair_p_values([measures[i] for i in table], *sides, correlation=correlation[table])
        return out

    def _range_p_values(self, measures: Sequence[Any], groups: Mixed) -> Floats:
        table, _ = _places(measures)
        out = range_p_values(measures, groups.own)
        out[table] = self.by.range_p_values([measures[i] for i in table], _rows(groups.table, table))
        return out

    def _compare_pairs(
        self, measures: Sequence[Any], first: Mixed, second: Mixed, *, correlation: Any, alpha: Any, **given: Any
    ) -> Gaps:
        def part(at: Ints, compare: Callable[..., Gaps], sides: Sequence[Any]) -> Gaps:
            chosen = [_rows(side, at) for side in sides]
            p_value = given["p_value"][at]
            more = {"confidence": given["confidence"], "correlation": correlation[at], "alpha": alpha[at]}
            return compare([measures[i] for i in at], *chosen, p_value=p_value, **more)

        table, own = _places(measures)
        found = part(table, self.by.compare_pairs, (first.table, second.table))
        return _together(measures, found, part(own, compare_resampled, (first.own, second.own)))

    def _compare_range(
        self, measures: Sequence[Any], groups: Mixed, detectable: dict[str, Floats], *, confidence: float, **given: Any
    ) -> Gaps:
        def part(at: Ints, compare: Callable[..., Gaps], side: Any) -> Gaps:
            seen = {name: array[at] for name, array in detectable.items()}
            more = {name: array[at] for name, array in given.items()}
            return compare([measures[i] for i in at], _rows(side, at), seen, confidence=confidence, **more)

        table, own = _places(measures)
        found = part(table, self.by.compare_range, groups.table)
        return _together(measures, found, part(own, compare_range, groups.own))


def _is_own(measure: Any) -> bool:
    return isinstance(measure, OwnMetric)


def _places(measures: Sequence[Any]) -> tuple[Ints, Ints]:
    """Find the measures of the table, and the caller's own."""
    own = np.array([_is_own(measure) for measure in measures])
    return np.flatnonzero(~own), np.flatnonzero(own)


def _rows(evidence: Any, measures: Ints) -> Any:
    return evidence.each(lambda array: array[measures])


def _together(measures: Sequence[Any], table: Gaps, own: Gaps) -> Gaps:
    """Put gaps of both kinds of measures in the order of all of them."""
    order = np.argsort(np.concatenate(_places(measures)), kind="stable")
    return {
        name: Disparities(
            *(
                np.concatenate([getattr(table[name], part.name), getattr(own[name], part.name)])[order]
                for part in fields(Disparities)
            )
        )
        for name in table
    }


@dataclass(frozen=True, eq=False)
class OwnFamily:
    """One way of splitting people, with the measures of a table and the caller's own.

    Parameters
    ----------
    base : Splitting
        What the table says.
    metrics : tuple of OwnMetric
    found : SplitEstimates
    """

    base: Splitting
    metrics: tuple[OwnMetric, ...]
    found: SplitEstimates

    @property
    def features(self) -> tuple[str, ...]:
        """The sensitive features that split people."""
        return self.base.features

    @property
    def measures(self) -> tuple[Any, ...]:
        """What the table measures, then the caller's own metrics."""
        return (*self.base.measures, *self.metrics)

    @property
    def arithmetic(self) -> Arithmetic:
        """Each kind is compared in its way."""
        return _Mixing(self.base.arithmetic).arithmetic

    @property
    def reference(self) -> int:
        """Index of the group that the others are held against."""
        return self.base.reference

    @property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups, in the order of all arrays."""
        return self.base.groups

    @property
    def rows(self) -> Any:
        """Rows of each group, those that cannot be used included."""
        return self.base.rows

    @property
    def present(self) -> Any:
        """Which groups have a row that can be used."""
        return self.base.present

    @property
    def in_scope(self) -> Any:
        """Which groups an answer about all groups has to cover."""
        return self.base.in_scope

    @property
    def suppressed(self) -> Any:
        """Which groups have a count that was withheld."""
        return self.base.suppressed

    def _mixed(self, table: Any, own: Resampled) -> Mixed:
        """Put evidence below that of the table, each with room for the other."""
        by, groups = self.base.arithmetic, len(self.rows)
        padded = by.concat([table, by.nothing(len(self.metrics), groups)], axis=0)
        return Mixed(padded, concat_resampled([_nothing(len(self.base.measures), groups), own], axis=0))

    @cached_property
    def shares(self) -> Mixed:
        """Evidence of every measure in every group."""
        return self._mixed(self.base.shares, self.found.found)

    @cached_property
    def rest(self) -> Mixed:
        """Evidence of everyone outside each group: no function is called for them."""
        return self._mixed(self.base.rest, _nothing(len(self.metrics), len(self.rows)))

    @cached_property
    def between(self) -> Mixed:
        """Evidence of every group, with what tells the groups apart if they share clusters."""
        return self._mixed(self.base.between, self.found.apart)

    @cached_property
    def correlation(self) -> Any:
        """Correlation of each measure in each group with the reference."""
        return self._correlations(self.base.correlation, np.arange(len(self.rows)), self.reference)

    @cached_property
    def rest_correlation(self) -> Any:
        """Correlation of each measure in each group with everyone else; the caller's own have none."""
        return np.concatenate([self.base.rest_correlation, np.zeros((len(self.metrics), len(self.rows)))])

    def correlation_between(self, first: Any, second: Any) -> Any:
        """Correlation of each measure in groups with that in others."""
        return self._correlations(self.base.correlation_between(first, second), first, second)

    def _correlations(self, table: Any, first: Any, second: Any) -> Any:
        joint = self.found.correlation
        own = np.zeros((len(self.metrics), len(first))) if joint is None else joint[:, first, second]
        return np.concatenate([table, own])

    def is_undefined(self, measure: int, group: int) -> bool:
        """Say whether a measure has no value in a group."""
        own = measure - len(self.base.measures)
        return self.base.is_undefined(measure, group) if own < 0 else bool(np.isnan(self.found.found.value[own, group]))

    def undefined_reason(self, measure: int, group: int) -> str:
        """Say in words why a measure has no value in a group."""
        own = measure - len(self.base.measures)
        return self.base.undefined_reason(measure, group) if own < 0 else str(self.found.reasons[own, group])


def with_own(splits: Sequence[Splitting], own: OwnEstimates) -> tuple[Splitting, ...]:
    """Set the caller's own metrics beside what a table says of each way of splitting people.

    Parameters
    ----------
    splits : sequence of Splitting
    own : OwnEstimates

    Returns
    -------
    tuple of Splitting
    """
    return tuple(OwnFamily(one, own.metrics, own.splits[one.features]) for one in splits)
