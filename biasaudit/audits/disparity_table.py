"""The tidy table of disparities: every gap with its interval, its test and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.equalized_odds import equalized_odds
from biasaudit.audits.families import Family
from biasaudit.audits.gap_questions import Judged, judged_questions
from biasaudit.audits.no_gap import far_apart, why_left_out, why_no_gap
from biasaudit.audits.other_pairs import other_pairs
from biasaudit.statistics.disparities import (
    Disparities,
    Measure,
    averages,
    compare_pairs,
    compare_range,
    pair_p_values,
    range_p_values,
    to_overall,
)
from biasaudit.statistics.effective import Shares, side_by_side
from biasaudit.statistics.primary import REGISTRY, Primary
from biasaudit.statistics.registry import row_of
from biasaudit.statistics.verdicts import is_material, verdicts

__all__ = ["COMPARISONS", "DISPARITY_COLUMNS", "disparity_table"]

DISPARITY_COLUMNS = (
    "metric", "comparison", "kind", "sensitive_features", "group", "reference", "estimate", "low", "high", "p_value",
    "p_adjusted", "low_adjusted", "high_adjusted", "expected_by_chance", "smallest_detectable", "material", "verdict",
    "reason",
)  # fmt: skip
COMPARISONS = ("difference", "ratio")
_NUMBERS = (
    "estimate", "low", "high", "p_value", "p_adjusted", "low_adjusted", "high_adjusted", "expected_by_chance",
    "smallest_detectable",
)  # fmt: skip


def disparity_table(
    splits: tuple[Family, ...], confidence: float, *, spend: float = 1.0, primary: Primary = REGISTRY
) -> pd.DataFrame:
    """Compare groups within each split, and judge everything that was compared together.

    Of the chance of a false alarm, the table spends the part `spend`: other questions of an audit spend the rest.
    The `primary` questions have nearly all of it.
    """
    alpha = 1 - confidence
    sides, between = _sides(splits), _between(splits)
    judged = _judged_together(splits, sides, between, spend * alpha, primary)
    answered = judged.ranges / spend <= alpha
    sides, judged = _told(sides, judged, answered)
    compared = _compared(splits, sides, between, confidence, judged)
    parts = [
        part
        for number, family in enumerate(splits)
        for part in (
            *_family(family, compared[number], _adjusted(splits, sides, judged, number, spend)),
            *_other_rows(family, compared[number], *_of_others(sides, judged, number, spend), answered[number]),
        )
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    small, ratio = small_gaps(columns["metric"]), columns["comparison"] == "ratio"
    both = ("ratio", "difference")
    limits = (columns["low_adjusted"], columns["high_adjusted"])
    columns["verdict"] = np.where(
        ratio, *(verdicts(*limits, columns["p_adjusted"], name, alpha=alpha, small=small) for name in both)
    )
    columns["material"] = _material(columns["estimate"], ratio, small)
    _name_undefined_groups(columns, splits)
    return pd.DataFrame({name: columns[name] for name in DISPARITY_COLUMNS})


def level_of(
    splits: tuple[Family, ...], confidence: float, metric: str, *, spend: float = 1.0, primary: Primary = REGISTRY
) -> dict[Any, float]:
    """Return, for each split, the level at which a single gap of a metric is judged."""
    sides = _sides(splits)
    judged = _judged_together(splits, sides, _between(splits), spend * (1 - confidence), primary)
    row = [m.name for m in splits[0].measures].index(metric)
    return {
        family.table.features: float(judged.comparison_levels[row, sides.split == number].min())
        for number, family in enumerate(splits)
    }


@dataclass(frozen=True, eq=False)
class _Sides:
    """All comparisons of two: each group and its reference, each and everyone else, the two largest, and other pairs.

    Parameters
    ----------
    first, second : Shares
        The splits side by side.
    correlation : float array of shape (measures, comparisons)
    split : int array of shape (comparisons,)
    asked : bool array of shape (comparisons,)
        Whether a row of the table asks it; a reference is not held against itself.
    ends : int array of shape (comparisons, 2)
        Groups of pairs neither of which is the reference; -1 for all other comparisons.
    """

    first: Shares
    second: Shares
    correlation: Any
    split: Any
    asked: Any
    ends: Any

    @property
    def others(self) -> Any:
        """Which comparisons are of pairs neither of which is the reference."""
        return self.ends[:, 0] >= 0

    def of(self, at: Any) -> _Sides:
        """Choose some of the comparisons."""
        first, second = (shares.each(lambda a: a[:, at]) for shares in (self.first, self.second))
        return _Sides(first, second, self.correlation[:, at], self.split[at], self.asked[at], self.ends[at])


def _sides(splits: tuple[Family, ...]) -> _Sides:
    first, second, correlation, split, asked, ends = [], [], [], [], [], []
    for number, f in enumerate(splits):
        one, other = (_picked(f.between, at) for at in _two_largest(f.between))
        pairs, alone = other_pairs(f), 2 * len(f.rows) + 1
        first += [f.shares, f.shares, one, _chosen(f.shares, pairs[:, 0])]
        second += [_repeated(f.shares, f.reference), f.rest, other, _chosen(f.shares, pairs[:, 1])]
        apart = f.correlation_between(pairs[:, 0], pairs[:, 1])
        correlation += [f.correlation, f.rest_correlation, np.zeros((len(f.measures), 1)), apart]
        split += [number] * (alone + len(pairs))
        asked += [i != f.reference for i in range(len(f.rows))] + [True] * len(f.rows) + [False] + [True] * len(pairs)
        ends += [np.full((alone, 2), -1), pairs]
    return _Sides(
        side_by_side(first), side_by_side(second), np.concatenate(correlation, axis=1), np.array(split),
        np.array(asked), np.concatenate(ends),
    )  # fmt: skip


def _told(sides: _Sides, judged: Judged, answered: Any) -> tuple[_Sides, Judged]:
    """Leave out the other pairs of splits in which no question is answered with yes."""
    told = ~sides.others | answered.any(axis=1)[sides.split]
    return (sides, judged) if told.all() else (sides.of(told), judged.of(told))


def _two_largest(shares: Shares) -> tuple[Any, Any]:
    order = np.argsort(-np.where(np.isfinite(shares.share), shares.nobs, -1.0), axis=1, kind="stable")
    return order[:, 0], order[:, min(1, order.shape[1] - 1)]


def _between(splits: tuple[Family, ...]) -> Shares:
    """Stack the measures of all splits, to compare all groups of each."""
    groups = max(len(f.rows) for f in splits)
    return side_by_side([_with_room(f.between, groups) for f in splits], axis=0)


def _judged_together(
    splits: tuple[Family, ...], sides: _Sides, between: Shares, alpha: float, primary: Primary
) -> Judged:
    measures = splits[0].measures
    pairs = pair_p_values(measures, sides.first, sides.second, correlation=sides.correlation)
    ranges = range_p_values(measures * len(splits), between).reshape(len(splits), -1)
    return judged_questions(splits, ranges, pairs, sides.asked, sides.split, alpha, primary)


Gaps = dict[str, Disparities]
Compared = tuple[Gaps, Gaps, Gaps, dict[str, dict[str, Any]], Gaps]


def _compared(
    splits: tuple[Family, ...], sides: _Sides, between: Shares, confidence: float, judged: Judged
) -> list[Compared]:
    """Find the gaps of each split: pairs, gaps to everyone, ranges, equalized odds and other pairs."""
    measures = splits[0].measures
    pairs = compare_pairs(
        measures, sides.first, sides.second, correlation=sides.correlation, confidence=confidence,
        alpha=judged.comparison_levels, p_value=judged.comparison_p,
    )  # fmt: skip
    starts = np.flatnonzero(np.diff(sides.split, prepend=-1))
    ends = np.append(starts[1:], len(sides.split))
    largest = starts + [2 * len(f.rows) for f in splits]
    seen = {name: gap.smallest_detectable[:, largest].T.ravel() for name, gap in pairs.items()}
    levels = judged.range_levels.ravel()
    ranges = compare_range(
        measures * len(splits), between, seen, confidence=confidence, alpha=levels, p_value=judged.range_p.ravel()
    )
    odds = equalized_odds(splits, between, ranges, confidence=confidence, alpha=levels)
    out = []
    for number, (f, start) in enumerate(zip(splits, starts.tolist(), strict=True)):
        rows, size = slice(number * len(measures), (number + 1) * len(measures)), len(f.rows)
        against, rest = ({n: g.columns(a, a + size) for n, g in pairs.items()} for a in (start, start + size))
        spread = {name: gap.rows(rows) for name, gap in ranges.items()}
        others = {name: gap.columns(int(largest[number]) + 1, int(ends[number])) for name, gap in pairs.items()}
        out.append((against, to_overall(rest, f.shares, f.rest), spread, odds[number], others))
    return out


def _adjusted(
    splits: tuple[Family, ...], sides: _Sides, judged: Judged, number: int, spend: float
) -> tuple[Any, Any, Any]:
    """Return the adjusted p-values of the pairs, of the gaps to everyone and of the ranges of a split."""
    start, size = int(np.flatnonzero(sides.split == number)[0]), len(splits[number].rows)
    pairs, rest = (judged.comparisons[:, at : at + size] / spend for at in (start, start + size))
    return np.minimum(pairs, 1.0), np.minimum(rest, 1.0), np.minimum(judged.ranges[number][:, None] / spend, 1.0)


def _of_others(sides: _Sides, judged: Judged, number: int, spend: float) -> tuple[Any, Any]:
    """Return the groups of the other pairs of a split, and their adjusted p-values."""
    at = sides.others & (sides.split == number)
    return sides.ends[at], np.minimum(judged.comparisons[:, at] / spend, 1.0)


def small_gaps(metrics: Any) -> Any:
    """Return the difference that is too small to matter, in the unit of each metric; 0 where any matters."""
    names, at = np.unique(metrics.astype(str), return_inverse=True)
    return np.array([row_of(name).unit.small or 0.0 for name in names.tolist()])[at]


def _material(estimate: Any, ratio: Any, small: Any) -> Any:
    """Say of each gap whether it matters: a difference and its ratio, which stand in the same order, say the same."""
    material = np.empty(len(ratio), dtype=object)
    material[~ratio] = material[ratio] = is_material(estimate[~ratio], estimate[ratio], small[~ratio])
    material[np.isnan(estimate)] = None
    return material


def _with_room(shares: Shares, groups: int) -> Shares:
    """Stand groups without rows beside those there are, so that all splits have as many."""
    room = ((0, 0), (0, groups - shares.share.shape[1]))
    filled = [
        np.pad(array, room, constant_values=fill)
        for array, fill in zip(
            (shares.numerator, shares.denominator, shares.share, shares.nobs, shares.df),
            (0.0, 0.0, np.nan, 0.0, np.inf),
            strict=True,
        )
    ]
    return Shares(*filled)


def _family(
    family: Family,
    compared: Compared,
    adjusted: tuple[Any, Any, Any],
) -> list[dict[str, Any]]:
    """Lay out the rows of a split."""
    everything = [(i, m) for i, m in enumerate(family.measures)]
    averaged = [(i, m) for i, m in everything if averages(m)]
    others, everyone = [i for i in range(len(family.rows)) if i != family.reference], range(len(family.rows))
    names = [m.name for m in family.measures]
    parts = []
    for comparison in COMPARISONS:
        pairs, overall, spreads = (
            _numbers(gaps[comparison], p) for gaps, p in zip(compared[:3], adjusted, strict=True)
        )
        parts.append(_range_rows(family, comparison, spreads))
        if compared[3]:
            parts.append(_odds_row(compared[3][comparison], adjusted[2], names))
        parts.append(_group_rows(family, comparison, "pair", pairs, everything, others))
        parts.append(_group_rows(family, comparison, "to_overall", overall, averaged, everyone))
    return parts


def _other_rows(
    family: Family, compared: Compared, ends: Any, p_adjusted: Any, answered: Any
) -> list[dict[str, Any]]:  # fmt: skip
    """Lay out the pairs neither of which is the reference, of measures whose question is answered with yes.

    Groups without a value are named where they are held against the reference.
    """
    measure, pair = np.nonzero(answered[:, None] & ~np.isnan(compared[4]["difference"].estimate))
    names, groups = np.array([m.name for m in family.measures], dtype=object), _filled(family.groups)
    words = {"metric": names[measure], "group": groups[ends[pair, 0]], "reference": groups[ends[pair, 1]]}
    parts = []
    for comparison in COMPARISONS if len(pair) else ():
        found = _numbers(compared[4][comparison], p_adjusted)
        columns = _columns(len(pair), comparison, "pair", family) | words
        parts.append(columns | {name: found[name][measure, pair] for name in _NUMBERS})
    return parts


def _numbers(gaps: Disparities, p_adjusted: Any) -> dict[str, Any]:
    return vars(gaps) | {"p_adjusted": p_adjusted}


def _odds_row(row: dict[str, Any], p_adjusted: Any, names: list[str]) -> dict[str, Any]:
    """Equalized odds are unequal where either of their rates is."""
    either = [p_adjusted[names.index(name)] for name in ("true_positive_rate", "false_positive_rate")]
    return row | {"p_adjusted": np.where(np.isnan(row["p_value"]), np.nan, np.minimum(*either))}


def _repeated(shares: Shares, at: int) -> Shares:
    """Stand one group beside every group."""
    return shares.each(lambda array: np.repeat(array[:, [at]], array.shape[1], axis=1))


def _chosen(shares: Shares, groups: Any) -> Shares:
    """Take some groups, the same for all measures."""
    return shares.each(lambda array: array[:, groups])


def _picked(shares: Shares, groups: Any) -> Shares:
    """Take one group for each measure."""
    return shares.each(lambda array: np.take_along_axis(array, groups[:, None], axis=1))


def _group_rows(
    family: Family,
    comparison: str,
    kind: str,
    found: dict[str, Any],
    measures: Sequence[tuple[int, Measure]],
    chosen: Sequence[int],
) -> dict[str, Any]:
    """Lay out one row a measure and chosen group."""
    chosen = list(chosen)
    against, rows = family.groups[family.reference] if kind == "pair" else {}, [i for i, _ in measures]
    columns = _columns(len(rows) * len(chosen), comparison, kind, family)
    columns["metric"] = np.repeat(np.array([m.name for _, m in measures], dtype=object), len(chosen))
    columns["group"] = _filled([family.groups[i] for i in chosen] * len(measures))
    columns["reference"] = _filled([against] * (len(rows) * len(chosen)))
    at = np.ix_(rows, chosen)
    return columns | {name: found[name][at].ravel() for name in _NUMBERS}


def _range_rows(family: Family, comparison: str, found: dict[str, Any]) -> dict[str, Any]:
    """Lay out one row a measure; `group` is where the rate is highest and `reference` where it is lowest.

    Groups without a value are left out: the range over all groups is at least as wide.
    """
    highest, lowest = far_apart(family, family.shares.share)
    columns = _columns(len(family.measures), comparison, "range", family)
    columns["metric"] = np.array([m.name for m in family.measures], dtype=object)
    columns["group"] = _filled([family.groups[i] for i in highest])
    columns["reference"] = _filled([family.groups[i] for i in lowest])
    undefined = np.isnan(family.shares.share) & family.asked
    for i in np.flatnonzero(undefined.any(axis=1)).tolist():
        columns["reason"][i] = why_left_out(family, (i,))
    return columns | {name: found[name][:, 0] for name in _NUMBERS}


def _columns(rows: int, comparison: str, kind: str, family: Family) -> dict[str, Any]:
    return {
        "comparison": np.full(rows, comparison, dtype=object),
        "kind": np.full(rows, kind, dtype=object),
        "sensitive_features": _filled([family.table.features] * rows),
        "reason": np.full(rows, "", dtype=object),
    }


def _filled(values: Sequence[Any]) -> Any:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _name_undefined_groups(columns: dict[str, Any], splits: tuple[Family, ...]) -> None:
    """Say of every undefined gap which group leaves it undefined, and why."""
    by_split = {family.table.features: family for family in splits}
    names = {m.name: i for i, m in enumerate(splits[0].measures)}
    reasons: dict[tuple[Any, ...], str] = {}
    for at in np.flatnonzero(np.isnan(columns["estimate"])).tolist():
        family = by_split[columns["sensitive_features"][at]]
        key = (columns["metric"][at], columns["kind"][at], columns["comparison"][at], *_identity(columns, at))
        if key not in reasons:
            groups = None if columns["kind"][at] == "range" else [columns["group"][at], columns["reference"][at]]
            reasons[key] = why_no_gap(family, columns["metric"][at], names, groups)
        columns["reason"][at] = reasons[key]


def _identity(columns: dict[str, Any], at: int) -> tuple[Any, ...]:
    return (columns["sensitive_features"][at], *columns["group"][at].items(), *columns["reference"][at].items())
