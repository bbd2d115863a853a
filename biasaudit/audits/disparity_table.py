"""The tidy table of disparities: every gap with its interval, its test and its verdict."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.equalized_odds import equalized_odds
from biasaudit.audits.families import Family
from biasaudit.audits.no_gap import far_apart, why_left_out, why_no_gap
from biasaudit.statistics.disparities import (
    Disparities,
    Measure,
    averages,
    compare_pairs,
    compare_range,
    to_overall,
)
from biasaudit.statistics.effective import Shares, side_by_side
from biasaudit.statistics.hypothesis_tests import holm
from biasaudit.statistics.registry import row_of
from biasaudit.statistics.simultaneous import joint_confidence, widened
from biasaudit.statistics.verdicts import NOT_SHOWN, is_material, verdicts

__all__ = ["COMPARISONS", "DISPARITY_COLUMNS", "disparity_table"]

DISPARITY_COLUMNS = (
    "metric", "comparison", "kind", "sensitive_features", "group", "reference", "estimate", "low", "high", "p_value",
    "p_adjusted", "expected_by_chance", "smallest_detectable", "material", "verdict", "reason",
)  # fmt: skip
COMPARISONS = ("difference", "ratio")
ROUGHLY = 0.3
_NUMBERS = ("estimate", "low", "high", "p_value", "expected_by_chance", "smallest_detectable")


def disparity_table(splits: tuple[Family, ...], confidence: float, *, spend: float = 1.0) -> pd.DataFrame:
    """Compare groups within each split, and judge after adjustment for everything that was compared.

    Of the chance of a false alarm, the table spends the part `spend`: other questions of an audit spend the rest.
    """
    alpha, each = 1 - confidence, level_of_each(splits, confidence, spend)
    columns = _compared(splits, confidence, each)
    columns["p_adjusted"] = np.minimum(_adjust(columns.pop("hypothesis"), columns["p_value"]) / spend, 1.0)
    small = small_gaps(columns["metric"])
    ratio = columns["comparison"] == "ratio"
    # Who says of many gaps that they are small has to be right about all of them. Roughly wider limits tell whether
    # there may be any.
    joint = _roughly_wider(columns, ratio, questions=ROUGHLY * alpha / each, alpha=alpha)
    columns["verdict"] = _judged(columns, alpha, small, joint)
    if (columns["verdict"] == NOT_SHOWN).any():
        ranges = bool((columns["kind"][columns["verdict"] == NOT_SHOWN] == "range").any())
        found = _compared(splits, joint_confidence(each, alpha), ranges=ranges)
        asked = np.full(len(ratio), True) if ranges else columns["kind"] != "range"
        for name in joint:
            joint[name] = np.full(len(ratio), np.nan)
            joint[name][asked] = found[name]
        columns["verdict"] = _judged(columns, alpha, small, joint)
    columns["material"] = _material(columns["estimate"], ratio, small)
    _name_undefined_groups(columns, splits)
    return pd.DataFrame({name: columns[name] for name in DISPARITY_COLUMNS})


def _compared(
    splits: tuple[Family, ...], confidence: float, each: float | None = None, *, ranges: bool = True
) -> dict[str, Any]:
    """Compare groups within each split, one row a gap.

    Only intervals are found where no level of tests is given, and ranges are left out where nobody asks for them.
    """
    gaps = _all_pairs(splits, confidence, each)
    ends = None if each is None else [ends for _, _, ends in gaps]
    none: list[dict[str, Any]] = [{} for _ in splits]
    spreads, odds = _all_ranges(splits, ends, confidence) if ranges else (none, none)
    numbered = enumerate(zip(splits, gaps, spreads, odds, strict=True))
    parts = [part for number, found in numbered for part in _family(number, *found)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def level_of_each(splits: tuple[Family, ...], confidence: float, spend: float = 1.0) -> float:
    """Return the level at which a single gap has to be seen where all that are asked about count."""
    return spend * (1 - confidence) / max(sum(_hypotheses(family) for family in splits), 1)


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


def _judged(columns: dict[str, Any], alpha: float, small: Any, joint: dict[str, Any]) -> Any:
    limits, ratio = (joint["low"], joint["high"]), columns["comparison"] == "ratio"
    judged = (
        verdicts(
            columns["low"], columns["high"], columns["p_adjusted"], comparison, alpha=alpha, small=small, joint=limits
        )
        for comparison in ("ratio", "difference")
    )
    return np.where(ratio, *judged)


def _roughly_wider(columns: dict[str, Any], ratio: Any, *, questions: float, alpha: float) -> dict[str, Any]:
    arrays = columns["estimate"], columns["low"], columns["high"]
    limits = (widened(*arrays, comparison, questions=questions, alpha=alpha) for comparison in ("ratio", "difference"))
    return {name: np.where(ratio, *both) for name, both in zip(("low", "high"), zip(*limits, strict=True), strict=True)}


def _hypotheses(family: Family) -> int:
    """Count the questions a family asks: complements ask the same one, and so do all kinds for two groups."""
    groups = int(family.present.sum())
    if groups < 2:
        return 0
    questions = len({_question(m.name, m.complement) for m in family.measures})
    return questions * (1 if groups == 2 else 2 * groups)


def _question(name: str, complement: str) -> str:
    return min(name, complement) if complement else name


def _adjust(hypotheses: Any, p_values: Any) -> Any:
    """Apply Holm's correction to the distinct hypotheses, and hand each row its own."""
    known = np.flatnonzero(~np.isnan(p_values))
    _, first, inverse = np.unique(hypotheses[known].astype(str), return_index=True, return_inverse=True)
    adjusted = np.full(len(p_values), np.nan)
    adjusted[known] = holm(p_values[known][first])[inverse]
    return adjusted


Gaps = dict[str, Disparities]


def _all_pairs(splits: tuple[Family, ...], confidence: float, alpha: float | None) -> list[tuple[Gaps, Gaps, Gaps]]:
    """Hold every group against its reference and against everyone else, and the extreme groups against each other.

    All splits go through the arithmetic together, which costs little more than one.
    """
    first, second, correlation = [], [], []
    for f in splits:
        ends = [_picked(f.between, at) for at in far_apart(f, f.shares.share)]
        first += [f.shares, f.shares, ends[0]]
        second += [_repeated(f.shares, f.reference), f.rest, ends[1]]
        correlation += [f.correlation, f.rest_correlation, np.zeros((len(f.measures), 1))]
    gaps = compare_pairs(
        splits[0].measures,
        side_by_side(first),
        side_by_side(second),
        confidence=confidence,
        alpha=alpha,
        correlation=np.concatenate(correlation, axis=1),
    )
    out, start = [], 0
    for f in splits:
        cuts = [start, start + len(f.rows), start + 2 * len(f.rows), start + 2 * len(f.rows) + 1]
        pairs, rest, extreme = ({name: gap.columns(*cuts[i : i + 2]) for name, gap in gaps.items()} for i in range(3))
        out.append((pairs, to_overall(rest, f.shares, f.rest), extreme))
        start = cuts[-1]
    return out


def _all_ranges(
    splits: tuple[Family, ...], ends: list[Gaps] | None, confidence: float
) -> tuple[list[Gaps], list[dict[str, dict[str, Any]]]]:
    """Compare the extreme groups of each split by every measure, and by equalized odds."""
    measures, groups = splits[0].measures, max(len(f.rows) for f in splits)
    between = side_by_side([_with_room(f.between, groups) for f in splits], axis=0)
    detectable = None
    if ends is not None:
        seen = {name: [gap[name].smallest_detectable[:, 0] for gap in ends] for name in COMPARISONS}
        detectable = {name: np.concatenate(arrays) for name, arrays in seen.items()}
    spreads = compare_range(measures * len(splits), between, detectable, confidence=confidence)
    odds = equalized_odds(splits, between, spreads, confidence=confidence)
    cuts = [slice(i * len(measures), (i + 1) * len(measures)) for i in range(len(splits))]
    return [{name: spread.rows(cut) for name, spread in spreads.items()} for cut in cuts], odds


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
    number: int, family: Family, gaps: tuple[Gaps, Gaps, Gaps], spreads: Gaps, odds: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    pairs, overall, _ = gaps
    everything = [(i, m) for i, m in enumerate(family.measures)]
    averaged = [(i, m) for i, m in everything if averages(m)]
    others = [i for i in range(len(family.rows)) if i != family.reference]
    parts = []
    for comparison in COMPARISONS:
        if spreads:
            parts.append(_range_rows(number, family, comparison, spreads[comparison]))
        if odds:
            parts.append(odds[comparison] | {"hypothesis": np.array([f"{number}|equalized_odds"], dtype=object)})
        parts.append(_group_rows(number, family, comparison, "pair", pairs[comparison], everything, others))
        everyone = range(len(family.rows))
        parts.append(_group_rows(number, family, comparison, "to_overall", overall[comparison], averaged, everyone))
    return parts


def _repeated(shares: Shares, at: int) -> Shares:
    """Stand one group beside every group."""
    return shares.each(lambda array: np.repeat(array[:, [at]], array.shape[1], axis=1))


def _picked(shares: Shares, groups: Any) -> Shares:
    """Take one group for each measure."""
    return shares.each(lambda array: np.take_along_axis(array, groups[:, None], axis=1))


def _group_rows(
    number: int,
    family: Family,
    comparison: str,
    kind: str,
    found: Disparities,
    measures: Sequence[tuple[int, Measure]],
    chosen: Sequence[int],
) -> dict[str, Any]:
    """Lay out one row a measure and chosen group."""
    chosen = list(chosen)
    two = family.present.sum() == 2
    questions = [_question(m.name, m.complement) for _, m in measures]
    hypotheses = [f"{number}|{name}" + ("" if two else f"|{kind}|{i}") for name in questions for i in chosen]
    against = family.groups[family.reference] if kind == "pair" else {}
    columns = _columns(len(hypotheses), comparison, kind, family)
    columns["metric"] = np.repeat(np.array([m.name for _, m in measures], dtype=object), len(chosen))
    columns["group"] = _filled([family.groups[i] for i in chosen] * len(measures))
    columns["reference"] = _filled([against] * len(hypotheses))
    columns["hypothesis"] = np.array(hypotheses, dtype=object)
    rows = [i for i, _ in measures]
    columns |= {name: getattr(found, name)[np.ix_(rows, chosen)].ravel() for name in _NUMBERS}
    return columns


def _range_rows(number: int, family: Family, comparison: str, found: Disparities) -> dict[str, Any]:
    """Lay out one row a measure; `group` is where the rate is highest and `reference` where it is lowest.

    Groups without a value are left out: the range over all groups is at least as wide.
    """
    highest, lowest = far_apart(family, family.shares.share)
    two = family.present.sum() == 2
    columns = _columns(len(family.measures), comparison, "range", family)
    columns["metric"] = np.array([m.name for m in family.measures], dtype=object)
    columns["group"] = _filled([family.groups[i] for i in highest])
    columns["reference"] = _filled([family.groups[i] for i in lowest])
    columns["hypothesis"] = np.array(
        [f"{number}|{_question(m.name, m.complement)}" + ("" if two else "|range") for m in family.measures],
        dtype=object,
    )
    columns |= {name: getattr(found, name)[:, 0] for name in _NUMBERS}
    undefined = np.isnan(family.shares.share) & family.asked
    for i in np.flatnonzero(undefined.any(axis=1)).tolist():
        columns["reason"][i] = why_left_out(family, (i,))
    return columns


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
