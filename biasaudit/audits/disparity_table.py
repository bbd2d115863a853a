"""The tidy table of disparities: every gap with its interval, its test and its verdict."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.equalized_odds import equalized_odds
from biasaudit.audits.families import Family
from biasaudit.audits.no_gap import far_apart, why_no_gap
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
from biasaudit.statistics.verdicts import is_material, verdicts

__all__ = ["COMPARISONS", "DISPARITY_COLUMNS", "disparity_table"]

DISPARITY_COLUMNS = (
    "metric", "comparison", "kind", "sensitive_features", "group", "reference", "estimate", "low", "high", "p_value",
    "p_adjusted", "expected_by_chance", "smallest_detectable", "material", "verdict", "reason",
)  # fmt: skip
COMPARISONS = ("difference", "ratio")
_NUMBERS = ("estimate", "low", "high", "p_value", "expected_by_chance", "smallest_detectable")


def disparity_table(splits: tuple[Family, ...], confidence: float, *, spend: float = 1.0) -> pd.DataFrame:
    """Compare groups within each split, and judge after adjustment for everything that was compared.

    Of the chance of a false alarm, the table spends the part `spend`: other questions of an audit spend the rest.
    """
    alpha = 1 - confidence
    each = level_of_each(splits, confidence, spend)
    gaps = _all_pairs(splits, confidence, each)
    numbered = enumerate(zip(splits, gaps, strict=True))
    parts = [part for number, (family, found) in numbered for part in _family(number, family, found, confidence)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns["p_adjusted"] = np.minimum(_adjust(columns.pop("hypothesis"), columns["p_value"]) / spend, 1.0)
    ratio = columns["comparison"] == "ratio"
    small = small_gaps(columns["metric"])
    for name, judge in (("verdict", _judge), ("material", _judge_material)):
        columns[name] = np.where(ratio, *(judge(columns, kind, alpha, small) for kind in ("ratio", "difference")))
    _name_undefined_groups(columns, splits)
    return pd.DataFrame({name: columns[name] for name in DISPARITY_COLUMNS})


def level_of_each(splits: tuple[Family, ...], confidence: float, spend: float = 1.0) -> float:
    """Return the level at which a single gap has to be seen where all that are asked about count."""
    return spend * (1 - confidence) / max(sum(_hypotheses(family) for family in splits), 1)


def small_gaps(metrics: Any) -> Any:
    """Return the difference that is too small to matter, in the unit of each metric; 0 where any matters."""
    names, at = np.unique(metrics.astype(str), return_inverse=True)
    return np.array([row_of(name).unit.small or 0.0 for name in names.tolist()])[at]


def _judge(columns: dict[str, Any], comparison: str, alpha: float, small: Any) -> Any:
    return verdicts(columns["low"], columns["high"], columns["p_adjusted"], comparison, alpha=alpha, small=small)


def _judge_material(columns: dict[str, Any], comparison: str, alpha: float, small: Any) -> Any:
    return is_material(columns["estimate"], comparison, small)


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


def _all_pairs(splits: tuple[Family, ...], confidence: float, alpha: float) -> list[tuple[Gaps, Gaps, Gaps]]:
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


def _family(number: int, family: Family, gaps: tuple[Gaps, Gaps, Gaps], confidence: float) -> list[dict[str, Any]]:
    pairs, overall, ends = gaps
    detectable = {name: gap.smallest_detectable[:, 0] for name, gap in ends.items()}
    spreads = compare_range(family.measures, family.between, detectable, confidence=confidence)
    everything = [(i, m) for i, m in enumerate(family.measures)]
    averaged = [(i, m) for i, m in everything if averages(m)]
    others = [i for i in range(len(family.rows)) if i != family.reference]
    odds = equalized_odds(family, spreads, confidence=confidence)
    parts = []
    for comparison in COMPARISONS:
        parts.append(_range_rows(number, family, comparison, spreads[comparison]))
        if odds:
            parts.append(odds[comparison] | {"hypothesis": np.array([f"{number}|equalized_odds"], dtype=object)})
        parts.append(_group_rows(number, family, comparison, "pair", pairs[comparison], everything, others))
        everyone = range(len(family.rows))
        parts.append(_group_rows(number, family, comparison, "to_overall", overall[comparison], averaged, everyone))
    return parts


def _repeated(shares: Shares, at: int) -> Shares:
    """Stand one group beside every group."""
    return _picked(shares, np.full((1, shares.share.shape[1]), at))


def _picked(shares: Shares, groups: Any) -> Shares:
    """Take other groups for each measure: one where `groups` has one axis."""
    chosen = groups if groups.ndim == 2 else groups[:, None]
    return shares.each(lambda array: np.take_along_axis(array, chosen, axis=1))


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
    """Lay out one row a measure; `group` is where the rate is highest and `reference` where it is lowest."""
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
    for name in _NUMBERS:
        columns[name] = np.where(undefined.any(axis=1), np.nan, columns[name])
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
