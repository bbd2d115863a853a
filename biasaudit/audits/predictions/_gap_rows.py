"""The rows of the tidy table of disparities: which gaps stand in it, and between whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.audits.arithmetic import Splitting
from biasaudit.audits.predictions._undefined_gaps import far_apart, left_out_reason
from biasaudit.counts.arrays import object_array

__all__ = ["NUMBERS", "Rows", "group_rows", "laid_out", "odds_row", "other_rows", "range_rows"]

NUMBERS = (
    "estimate",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "low_adjusted",
    "high_adjusted",
    "expected_by_chance",
    "smallest_detectable",
)
P_ADJUSTED = NUMBERS.index("p_adjusted")


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of the table.

    Parameters
    ----------
    words : dict of str to object array of shape (rows,)
    numbers : float array of shape (numbers, rows)
        In the order of `NUMBERS`.
    """

    words: dict[str, Any]
    numbers: Any


def laid_out(parts: Sequence[Rows]) -> dict[str, Any]:
    """Put rows below each other, and return their columns."""
    numbers = np.concatenate([part.numbers for part in parts], axis=1)
    words = {name: np.concatenate([part.words[name] for part in parts]) for name in parts[0].words}
    return words | dict(zip(NUMBERS, numbers, strict=True))


def range_rows(family: Splitting, comparison: str, numbers: Any) -> Rows:
    """Lay out one row a measure; `group` is where the rate is highest and `reference` where it is lowest.

    Groups without a value are left out: the range over all groups is at least as wide.
    """
    highest, lowest = far_apart(family, family.shares.estimate)
    groups, reason = object_array(family.groups), _same("", len(family.measures))
    undefined = np.isnan(family.shares.estimate) & family.in_scope
    for i in np.flatnonzero(undefined.any(axis=1)).tolist():
        reason[i] = left_out_reason(family, (i,))
    ends = {"group": groups[highest], "reference": groups[lowest]}
    words = _words(family, comparison, "range", metric=_names(family), reason=reason, **ends)
    return Rows(words, numbers)


def odds_row(family: Splitting, row: dict[str, Any], ranges: Any) -> Rows:
    """Lay out the row of equalized odds: they are unequal where either rate is, of whose `ranges` that is known."""
    names = [m.name for m in family.measures]
    either = [ranges[P_ADJUSTED, names.index(name)] for name in ("true_positive_rate", "false_positive_rate")]
    p_adjusted = np.where(np.isnan(row["p_value"]), np.nan, np.minimum(*either))
    values = row | {"p_adjusted": p_adjusted}
    words = ("metric", "comparison", "kind", "sensitive_features", "group", "reference", "reason")
    return Rows({name: row[name] for name in words}, np.stack([values[name] for name in NUMBERS]))


def group_rows(family: Splitting, comparison: str, kind: str, numbers: Any, measures: Any, chosen: Any) -> Rows:
    """Lay out one row a measure and chosen group.

    Parameters
    ----------
    numbers : float array of shape (numbers, measures, groups)
    measures, chosen : int array
        Those that have a row.
    """
    rows = len(measures) * len(chosen)
    against = family.groups[family.reference] if kind == "pair" else {}
    words = _words(
        family,
        comparison,
        kind,
        metric=np.repeat(_names(family)[measures], len(chosen)),
        group=np.tile(object_array(family.groups)[chosen], len(measures)),
        reference=_same(against, rows),
        reason=_same("", rows),
    )
    return Rows(words, numbers[:, measures[:, None], chosen].reshape(len(NUMBERS), rows))


def other_rows(family: Splitting, numbers: dict[str, Any], ends: Any, answered: Any) -> list[Rows]:
    """Lay out the pairs neither of which is the reference, of measures whose question is answered with yes.

    Groups without a value are named where they are held against the reference.

    Parameters
    ----------
    numbers : dict of float array of shape (numbers, measures, pairs)
        Of each way to compare.
    ends : int array of shape (pairs, 2)
    answered : bool array of shape (measures,)
    """
    if not numbers:
        return []
    measure, pair = np.nonzero(answered[:, None] & ~np.isnan(numbers["difference"][0]))
    if not len(pair):
        return []
    groups = object_array(family.groups)
    shared = {
        "metric": _names(family)[measure],
        "group": groups[ends[pair, 0]],
        "reference": groups[ends[pair, 1]],
        "reason": _same("", len(pair)),
    }
    return [Rows(_words(family, name, "pair", **shared), found[:, measure, pair]) for name, found in numbers.items()]


def _words(
    family: Splitting, comparison: str, kind: str, *, metric: Any, group: Any, reference: Any, reason: Any
) -> dict[str, Any]:
    rows = len(metric)
    return {
        "metric": metric,
        "comparison": _same(comparison, rows),
        "kind": _same(kind, rows),
        "sensitive_features": _same(family.features, rows),
        "group": group,
        "reference": reference,
        "reason": reason,
    }


def _names(family: Splitting) -> Any:
    return np.array([m.name for m in family.measures], dtype=object)


def _same(value: Any, rows: int) -> Any:
    return np.repeat(object_array([value]), rows)
