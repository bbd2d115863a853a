"""Which two groups a gap is between, and why a gap has no value: no pair names one group twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.audits.arithmetic import Splitting
from biasaudit.audits.families import WITHHELD
from biasaudit.metrics.registry import row_of
from biasaudit.names import clean

__all__ = ["far_apart", "left_out_reason", "no_gap_reason"]

Places = NDArray[np.int64]
MOST_NAMED = 3


def far_apart(family: Splitting, shares: Any) -> tuple[Places, Places]:
    """Return, for each measure, the group with the highest share and another with the lowest.

    Where all are equal, or no other has a share, the other is the largest of those that the question is about.

    Parameters
    ----------
    family : Splitting
    shares : float array of shape (measures, groups)
    """
    shares = np.where(family.present, shares, np.nan)
    highest = np.where(np.isnan(shares), -np.inf, shares).argmax(axis=1)
    lowest = np.where(np.isnan(shares), np.inf, shares).argmin(axis=1)
    rows = np.where(family.in_scope, family.rows, -1.0)
    for i in np.flatnonzero(highest == lowest):
        others = np.where(np.arange(len(rows)) == highest[i], -np.inf, rows)
        lowest[i] = others.argmax()
    return highest, lowest


def left_out_reason(family: Splitting, measures: Sequence[int]) -> str:
    """Name the groups that have no value of some of the measures, and why; nothing where all have."""
    named = _without(family, measures)
    return f"left out: {_shortened(named)}" if named else ""


def _without(family: Splitting, measures: Sequence[int]) -> list[str]:
    """Name each group that was asked about and lacks a value, with the reason of the first that it lacks."""
    named = []
    for at in np.flatnonzero(family.in_scope).tolist():
        lacks = next((i for i in measures if family.is_undefined(i, at)), None)
        if lacks is not None:
            named.append(f"{_named(family.groups[at])}: {family.undefined_reason(lacks, at)}")
    return named


def _named(group: Mapping[str, str]) -> str:
    return ", ".join(f"{clean(feature)}={clean(level)}" for feature, level in group.items())


def _shortened(named: Sequence[str]) -> str:
    more = len(named) - MOST_NAMED
    return "; ".join(named[:MOST_NAMED]) + (f"; and {more} more groups" if more > 0 else "")


def no_gap_reason(
    family: Splitting, metric: str, places: Mapping[str, int], groups: Sequence[Mapping[str, str]] | None
) -> str:
    """Say which group leaves a gap undefined and why or, where every group has a value, what that value is.

    Parameters
    ----------
    family : Splitting
    metric : str
    places : mapping of str to int
        Place of each measure in the family.
    groups : sequence of mapping, optional
        The two that are compared, an empty one for everyone else; all of them otherwise.
    """
    parts = row_of(metric).parts or (metric,)
    lacking = _without(family, [places[name] for name in parts]) if groups is None else []
    if lacking:
        return _shortened(lacking)
    for name in parts:
        for at, group in enumerate(family.groups):
            if groups is not None and group in groups and family.is_undefined(places[name], at):
                return f"{_named(group)}: {family.undefined_reason(places[name], at)}"
            if groups is not None and {} in groups and group in groups and _rest_is_undefined(family, places[name], at):
                return f"everyone else: {family.measures[places[name]].undefined}"
    if family.suppressed.any():
        return WITHHELD
    return _no_ratio(family, metric, places, groups)


def _rest_is_undefined(family: Splitting, measure: int, at: int) -> bool:
    return bool(np.isnan(family.rest.estimate[measure, at]))


def _no_ratio(
    family: Splitting, metric: str, places: Mapping[str, int], groups: Sequence[Mapping[str, str]] | None
) -> str:
    """Say why values that exist have no ratio: they can be negative, or are 0 on both sides."""
    row = row_of(metric)
    zero = next((part for part in row.parts if not _any(family, places[part])), metric)
    row = row_of(zero)
    if family.measures[places[zero]].lowest < 0:
        return f"{row.lower} can be negative, so it has no ratio"
    unknown = np.isnan(family.measures[places[zero]].lowest)
    where = "in any group" if groups is None else "in the group or elsewhere" if {} in groups else "in either group"
    if unknown:
        return f"{row.lower} may be 0 or less {where}, so there is no ratio"
    return f"{row.zero_means or f'{row.lower} is 0'} {where}, so there is no ratio"


def _any(family: Splitting, measure: int) -> bool:
    return bool((np.nan_to_num(family.shares.estimate[measure]) > 0).any())
