"""What the table of gaps asks of what was measured, whether shares of people or means of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from biasaudit.arraytypes import Bools, Floats
from biasaudit.inference.disparities import compare_pairs, pair_p_values, to_overall
from biasaudit.inference.measures import is_mean_of_groups, to_values
from biasaudit.inference.ranges import compare_range, range_p_values
from biasaudit.inference.variance.effective import Shares, concat_shares

__all__ = ["SHARES", "Arithmetic", "Evidence", "Splitting"]


class Evidence(Protocol):
    """What was measured of each group, and how sure that is: arrays of shape (measures, groups)."""

    @property
    def estimate(self) -> Floats:
        """What was measured; NaN where there is nothing to measure."""
        ...

    @property
    def evidence(self) -> Floats:
        """How many rows it rests on."""
        ...

    @property
    def known(self) -> Bools:
        """Where it has a value."""
        ...

    def each(self, change: Callable[[Floats], Floats]) -> Any:
        """Apply `change` to every array."""
        ...


class Splitting(Protocol):
    """One way of splitting people, with what is measured in each group."""

    @property
    def features(self) -> tuple[str, ...]:
        """The sensitive features that split people."""
        ...

    @property
    def measures(self) -> tuple[Any, ...]:
        """What is measured, each with its name, complement, lowest value and why it may have none."""
        ...

    @property
    def arithmetic(self) -> Arithmetic:
        """How measures of groups are held against each other."""
        ...

    @property
    def reference(self) -> int:
        """Index of the group that the others are held against."""
        ...

    @property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups, in the order of all arrays."""
        ...

    @property
    def rows(self) -> Any:
        """Rows of each group, those that cannot be used included."""
        ...

    @property
    def present(self) -> Any:
        """Which groups have a row that can be used."""
        ...

    @property
    def in_scope(self) -> Any:
        """Which groups an answer about all groups has to cover."""
        ...

    @property
    def suppressed(self) -> Any:
        """Which groups have a count that was withheld."""
        ...

    @property
    def shares(self) -> Any:
        """Evidence of every measure in every group, to be held against each other."""
        ...

    @property
    def rest(self) -> Any:
        """Evidence of every measure in everyone outside each group."""
        ...

    @property
    def between(self) -> Any:
        """Evidence of every group, with what tells the groups apart if they share clusters."""
        ...

    @property
    def correlation(self) -> Any:
        """Correlation of each measure in each group with the reference, through clusters both share."""
        ...

    @property
    def rest_correlation(self) -> Any:
        """Correlation of each measure in each group with everyone else."""
        ...

    def correlation_between(self, first: Any, second: Any) -> Any:
        """Correlation of each measure in groups with that in others."""
        ...

    def is_undefined(self, measure: int, group: int) -> bool:
        """Say whether a measure has no value in a group."""
        ...

    def undefined_reason(self, measure: int, group: int) -> str:
        """Say in words why a measure has no value in a group."""
        ...


@dataclass(frozen=True)
class Arithmetic:
    """How measures of groups are held against each other.

    Parameters
    ----------
    concat : callable
        Puts groups side by side or, with ``axis=0``, measures below each other.
    nothing : callable
        Evidence of so many measures and groups that nobody is in.
    pair_p_values, range_p_values, compare_pairs, compare_range, to_overall : callable
        As :mod:`biasaudit.inference.disparities` and :mod:`biasaudit.inference.ranges` have them for shares.
    values : callable
        Turns evidence into the values that are told.
    is_mean_of_groups : callable
        Says of a measure whether everyone's value is the mean of the groups' values.
    of_table : callable
        Takes what a table says out of evidence that says more.
    """

    concat: Callable[..., Any]
    nothing: Callable[[int, int], Any]
    pair_p_values: Callable[..., Floats]
    range_p_values: Callable[[Sequence[Any], Any], Floats]
    compare_pairs: Callable[..., Any]
    compare_range: Callable[..., Any]
    to_overall: Callable[..., Any]
    values: Callable[[Sequence[Any], Any], Floats]
    is_mean_of_groups: Callable[[Any], bool]
    of_table: Callable[[Any], Any] = lambda found: found


def _no_shares(measures: int, groups: int) -> Shares:
    return Shares(*(np.full((measures, groups), fill) for fill in (0.0, 0.0, np.nan, 0.0, np.inf)))


SHARES = Arithmetic(
    concat=concat_shares,
    nothing=_no_shares,
    pair_p_values=pair_p_values,
    range_p_values=range_p_values,
    compare_pairs=compare_pairs,
    compare_range=compare_range,
    to_overall=lambda gaps, groups, rest: to_overall(gaps, groups.denominator, rest.denominator),
    values=lambda measures, shares: to_values(measures, shares.share),
    is_mean_of_groups=is_mean_of_groups,
)
