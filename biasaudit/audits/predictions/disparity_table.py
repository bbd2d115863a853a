"""The tidy table of disparities: every gap with its interval, its test and its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.arithmetic import Evidence, Splitting
from biasaudit.audits.predictions._equalized_odds import equalized_odds
from biasaudit.audits.predictions._gap_questions import JudgedQuestions, judge_questions
from biasaudit.audits.predictions._gap_rows import NUMBERS, Rows, group_rows, laid_out, odds_row, other_rows, range_rows
from biasaudit.audits.predictions._other_pairs import other_pairs
from biasaudit.audits.predictions._undefined_gaps import no_gap_reason
from biasaudit.inference.disparities import Disparities
from biasaudit.inference.verdicts import is_material, verdicts
from biasaudit.metrics.primary import DEFAULT_PRIMARY, Primary
from biasaudit.metrics.registry import OTHER_METRICS, row_of

__all__ = ["COMPARISONS", "DISPARITY_COLUMNS", "disparity_table"]

DISPARITY_COLUMNS = (
    "metric",
    "comparison",
    "kind",
    "sensitive_features",
    "group",
    "reference",
    "estimate",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "low_adjusted",
    "high_adjusted",
    "expected_by_chance",
    "smallest_detectable",
    "material",
    "verdict",
    "reason",
)
COMPARISONS = ("difference", "ratio")


def disparity_table(
    splits: tuple[Splitting, ...],
    confidence: float,
    *,
    spend: float = 1.0,
    primary: Primary = DEFAULT_PRIMARY,
    small: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Compare groups within each split, and judge everything that was compared together.

    Of the chance of a false alarm, the table spends the part `spend`: other questions of an audit spend the rest.
    The `primary` questions have nearly all of it. A difference below `small` of its metric is too small to matter; the
    unit of the metric says so where it is not among them.
    """
    alpha = 1 - confidence
    sides, between = _sides(splits), _between(splits)
    judged = _judged_together(splits, sides, between, spend * alpha, primary)
    answered = judged.ranges / spend <= alpha
    sides, judged = _reported(sides, judged, answered)
    columns = laid_out(_rows(splits, sides, answered, _compared(splits, sides, between, confidence, judged, spend)))
    ratio, at_most = columns["comparison"] == "ratio", _small_gaps(columns["metric"], small or {})
    columns["verdict"] = np.empty(len(ratio), dtype=object)
    for name, at in (("ratio", ratio), ("difference", ~ratio)):
        low, high, p_adjusted = (columns[of][at] for of in ("low_adjusted", "high_adjusted", "p_adjusted"))
        columns["verdict"][at] = verdicts(low, high, p_adjusted, name, alpha=alpha, small=at_most[at])
    columns["material"] = _material(columns["estimate"], ratio, at_most)
    _name_undefined_groups(columns, splits)
    return pd.DataFrame({name: columns[name] for name in DISPARITY_COLUMNS})


def level_of(
    splits: tuple[Splitting, ...],
    confidence: float,
    metric: str,
    *,
    spend: float = 1.0,
    primary: Primary = DEFAULT_PRIMARY,
) -> dict[Any, float]:
    """Return, for each split, the level at which a single gap of a metric is judged."""
    sides = _sides(splits)
    judged = _judged_together(splits, sides, _between(splits), spend * (1 - confidence), primary)
    row = [m.name for m in splits[0].measures].index(metric)
    return {
        family.features: float(judged.comparison_levels[row, sides.split == number].min())
        for number, family in enumerate(splits)
    }


@dataclass(frozen=True, eq=False)
class _Sides:
    """All comparisons of two: each group and its reference, each and everyone else, the two largest, and other pairs.

    Parameters
    ----------
    first, second : Evidence
        The splits side by side.
    correlation : float array of shape (measures, comparisons)
    split : int array of shape (comparisons,)
    tested : bool array of shape (comparisons,)
        Whether a row of the table asks it; a reference is not held against itself.
    ends : int array of shape (comparisons, 2)
        Groups of pairs neither of which is the reference; -1 for all other comparisons.
    """

    first: Any
    second: Any
    correlation: Any
    split: Any
    tested: Any
    ends: Any

    @cached_property
    def starts(self) -> Any:
        """First comparison of each split."""
        return np.flatnonzero(np.diff(self.split, prepend=-1))

    @property
    def others(self) -> Any:
        """Which comparisons are of pairs neither of which is the reference."""
        return self.ends[:, 0] >= 0

    def of(self, at: Any) -> _Sides:
        """Choose some of the comparisons."""
        first, second = (shares.each(lambda a: a[:, at]) for shares in (self.first, self.second))
        return _Sides(first, second, self.correlation[:, at], self.split[at], self.tested[at], self.ends[at])


def _sides(splits: tuple[Splitting, ...]) -> _Sides:
    concat = splits[0].arithmetic.concat
    first, second, correlation, split, tested, ends = [], [], [], [], [], []
    for number, f in enumerate(splits):
        one, other = (_picked(f.between, at) for at in _two_largest(f.between))
        pairs, alone = other_pairs(f), 2 * len(f.rows) + 1
        first += [f.shares, f.shares, one, _chosen(f.shares, pairs[:, 0])]
        second += [_repeated(f.shares, f.reference), f.rest, other, _chosen(f.shares, pairs[:, 1])]
        apart = f.correlation_between(pairs[:, 0], pairs[:, 1])
        correlation += [f.correlation, f.rest_correlation, np.zeros((len(f.measures), 1)), apart]
        split += [number] * (alone + len(pairs))
        tested += [i != f.reference for i in range(len(f.rows))] + [True] * len(f.rows) + [False] + [True] * len(pairs)
        ends += [np.full((alone, 2), -1), pairs]
    return _Sides(
        concat(first),
        concat(second),
        np.concatenate(correlation, axis=1),
        np.array(split),
        np.array(tested),
        np.concatenate(ends),
    )


def _reported(sides: _Sides, judged: JudgedQuestions, answered: Any) -> tuple[_Sides, JudgedQuestions]:
    """Leave out the other pairs of splits in which no question is answered with yes."""
    reported = ~sides.others | answered.any(axis=1)[sides.split]
    return (sides, judged) if reported.all() else (sides.of(reported), judged.of(reported))


def _two_largest(found: Evidence) -> tuple[Any, Any]:
    order = np.argsort(-np.where(np.isfinite(found.estimate), found.evidence, -1.0), axis=1, kind="stable")
    return order[:, 0], order[:, min(1, order.shape[1] - 1)]


def _between(splits: tuple[Splitting, ...]) -> Any:
    """Stack the measures of all splits, to compare all groups of each."""
    groups = max(len(f.rows) for f in splits)
    return splits[0].arithmetic.concat([_with_room(f, groups) for f in splits], axis=0)


def _judged_together(
    splits: tuple[Splitting, ...], sides: _Sides, between: Any, alpha: float, primary: Primary
) -> JudgedQuestions:
    measures, by = splits[0].measures, splits[0].arithmetic
    pairs = by.pair_p_values(measures, sides.first, sides.second, correlation=sides.correlation)
    ranges = by.range_p_values(measures * len(splits), between).reshape(len(splits), -1)
    return judge_questions(splits, ranges, pairs, tested=sides.tested, split=sides.split, alpha=alpha, primary=primary)


@dataclass(frozen=True, eq=False)
class _Compared:
    """All gaps, for each way to compare, with their numbers in the order of `NUMBERS`.

    Parameters
    ----------
    pairs : dict of float array of shape (numbers, measures, comparisons)
    overall : dict of float array of shape (numbers, measures, groups of all splits)
    ranges : dict of float array of shape (numbers, splits × measures)
    odds : list of dict of dict
        Of each split.
    """

    pairs: dict[str, Any]
    overall: dict[str, Any]
    ranges: dict[str, Any]
    odds: list[dict[str, dict[str, Any]]]


def _compared(
    splits: tuple[Splitting, ...], sides: _Sides, between: Any, confidence: float, judged: JudgedQuestions, spend: float
) -> _Compared:
    """Find the gaps of all splits: pairs, gaps to everyone, ranges and equalized odds."""
    measures, by = splits[0].measures, splits[0].arithmetic
    pairs = by.compare_pairs(
        measures,
        sides.first,
        sides.second,
        correlation=sides.correlation,
        confidence=confidence,
        alpha=judged.comparison_levels,
        p_value=judged.comparison_p,
    )
    largest = sides.starts + [2 * len(f.rows) for f in splits]
    seen = {name: gap.smallest_detectable[:, largest].T.ravel() for name, gap in pairs.items()}
    levels = judged.range_levels.ravel()
    ranges = by.compare_range(
        measures * len(splits), between, seen, confidence=confidence, alpha=levels, p_value=judged.range_p.ravel()
    )
    odds = equalized_odds(splits, between, ranges, confidence=confidence, alpha=levels)
    at = np.concatenate([np.arange(len(f.rows)) + start + len(f.rows) for f, start in _each(splits, sides)])
    inside, outside = (shares.each(lambda a: a[:, at]) for shares in (sides.first, sides.second))
    overall = by.to_overall({name: gap.at(at) for name, gap in pairs.items()}, inside, outside)
    p_pairs, p_ranges = (np.minimum(p / spend, 1.0) for p in (judged.comparisons, judged.ranges.reshape(-1, 1)))
    return _Compared(
        {name: _numbers(gap, p_pairs) for name, gap in pairs.items()},
        {name: _numbers(gap, p_pairs[:, at]) for name, gap in overall.items()},
        {name: _numbers(gap, p_ranges)[:, :, 0] for name, gap in ranges.items()},
        odds,
    )


def _numbers(gaps: Disparities, p_adjusted: Any) -> Any:
    values = vars(gaps) | {"p_adjusted": p_adjusted}
    return np.stack([values[name] for name in NUMBERS])


def _each(splits: tuple[Splitting, ...], sides: _Sides) -> Iterator[tuple[Splitting, int]]:
    return zip(splits, sides.starts.tolist(), strict=True)


def _rows(splits: tuple[Splitting, ...], sides: _Sides, answered: Any, found: _Compared) -> list[Rows]:
    """Lay out the rows of each split: of differences, then of ratios, and then of other pairs."""
    parts: list[Rows] = []
    measures, before = splits[0].measures, 0
    everything = np.arange(len(measures))
    averaged = np.flatnonzero([splits[0].arithmetic.is_mean_of_groups(measure) for measure in measures])
    for number, (family, start) in enumerate(_each(splits, sides)):
        size, of_split = len(family.rows), slice(number * len(measures), (number + 1) * len(measures))
        everyone = np.arange(size)
        held = everyone[everyone != family.reference]
        for name in COMPARISONS:
            ranges = found.ranges[name][:, of_split]
            parts.append(range_rows(family, name, ranges))
            if found.odds[number]:
                parts.append(odds_row(family, found.odds[number][name], ranges))
            pairs = found.pairs[name][:, :, start : start + size]
            parts.append(group_rows(family, name, "pair", pairs, everything, held))
            overall = found.overall[name][:, :, before : before + size]
            parts.append(group_rows(family, name, "to_overall", overall, averaged, everyone))
        others = np.flatnonzero(sides.others & (sides.split == number))
        pairs_of = {name: found.pairs[name][:, :, others] for name in COMPARISONS} if len(others) else {}
        parts += other_rows(family, pairs_of, sides.ends[others], answered[number])
        before += size
    return parts


def _small_gaps(metrics: Any, known: Mapping[str, float]) -> Any:
    """Return the difference that is too small to matter, in the unit of each metric; 0 where any matters."""
    small = {name: known.get(name, row_of(name).unit.small or 0.0) for name in set(metrics.tolist())}
    return np.array([small[name] for name in metrics.tolist()])


def _material(estimate: Any, ratio: Any, small: Any) -> Any:
    """Say of each gap whether it matters: a difference and its ratio, which stand in the same order, say the same."""
    material = np.empty(len(ratio), dtype=object)
    material[~ratio] = material[ratio] = is_material(estimate[~ratio], estimate[ratio], small[~ratio])
    material[np.isnan(estimate)] = None
    return material


def _with_room(family: Splitting, groups: int) -> Any:
    """Stand groups without rows beside those there are, so that all splits have as many."""
    by, there = family.arithmetic, len(family.rows)
    if there == groups:
        return family.between
    return by.concat([family.between, by.nothing(len(family.measures), groups - there)])


def _repeated(shares: Evidence, at: int) -> Any:
    """Stand one group beside every group."""
    return shares.each(lambda array: np.repeat(array[:, [at]], array.shape[1], axis=1))


def _chosen(shares: Evidence, groups: Any) -> Any:
    """Take some groups, the same for all measures."""
    return shares.each(lambda array: array[:, groups])


def _picked(shares: Evidence, groups: Any) -> Any:
    """Take one group for each measure."""
    return shares.each(lambda array: np.take_along_axis(array, groups[:, None], axis=1))


def _name_undefined_groups(columns: dict[str, Any], splits: tuple[Splitting, ...]) -> None:
    """Say of every undefined gap which group leaves it undefined, and why."""
    by_split = {family.features: family for family in splits}
    lacking = {family.features: _lacking(family) for family in splits}
    names = {m.name: i for i, m in enumerate(splits[0].measures)}
    reasons: dict[tuple[Any, ...], str] = {}
    for at in np.flatnonzero(np.isnan(columns["estimate"])).tolist():
        family = by_split[columns["sensitive_features"][at]]
        metric, split = columns["metric"][at], columns["sensitive_features"][at]
        key = (metric, split, columns["kind"][at], columns["comparison"][at])
        # Where every group has a value, it is not of the groups that a gap has none.
        key += _identity(columns, at) if metric in lacking[split] else ()
        if key not in reasons:
            groups = None if columns["kind"][at] == "range" else [columns["group"][at], columns["reference"][at]]
            reasons[key] = no_gap_reason(family, columns["metric"][at], names, groups)
        columns["reason"][at] = reasons[key]


def _lacking(family: Splitting) -> set[str]:
    """Name the measures that some group, or everyone else, has no value of, and those that are made of them."""
    known = np.concatenate(
        [family.arithmetic.values(family.measures, side) for side in (family.shares, family.rest)], axis=1
    )
    finite = np.isfinite(known).all(axis=1).tolist()
    lacks = {m.name for m, whole in zip(family.measures, finite, strict=True) if not whole}
    return lacks | {row.name for row in OTHER_METRICS if lacks.intersection(row.parts)}


def _identity(columns: dict[str, Any], at: int) -> tuple[Any, ...]:
    return (*columns["group"][at].items(), *columns["reference"][at].items())
