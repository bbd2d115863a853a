"""The tidy tables of a correspondence audit: means and shares by group, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from biasaudit.audits.disparity_table import DISPARITY_COLUMNS
from biasaudit.audits.pair_questions import Question
from biasaudit.audits.rate_table import RATE_COLUMNS
from biasaudit.audits.swaps import Swap
from biasaudit.statistics.chance_spread import expected_range
from biasaudit.statistics.hypothesis_tests import holm
from biasaudit.statistics.intervals import critical_value, wilson
from biasaudit.statistics.two_way import Contrasts, two_way
from biasaudit.statistics.verdicts import TOLERANCE, is_material, verdicts

if TYPE_CHECKING:
    from biasaudit.audits.pairs import Grid

__all__ = ["pair_disparities", "pair_groups", "pair_rates"]

POWER = 0.8
NOISE = 1e-9
NO_ERROR = "one item and one value, so its uncertainty is unknown"
NO_RATIO = "nobody of a group is selected, so there is no ratio"
Floats = NDArray[np.float64]
Rows = list[dict[str, Any]]


def pair_groups(grids: Sequence[Grid], swap: Swap, stratum: str) -> pd.DataFrame:
    """Count the scores of every group, over all grids and in each."""
    splits: list[tuple[dict[str, str], int]] = [({}, sum(len(grid.scores) for grid in grids))]
    splits += [({stratum: grid.name}, len(grid.scores)) for grid in grids if stratum]
    total = splits[0][1] * len(swap.member)
    records = [
        ((*within, swap.feature), {**within, swap.feature: group}, int(items * size), items * size / total)
        for within, items in splits
        for group, size in zip(swap.groups, swap.sizes, strict=True)
    ]
    return pd.DataFrame(records, columns=["sensitive_features", "group", "rows", "share"])


def pair_rates(asked: Sequence[Question], swap: Swap, confidence: float) -> pd.DataFrame:
    """Lay out what each group gets on average, those of everyone first."""
    rows = [row for question in asked for row in _rates(question, swap, confidence)]
    table = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    return table.sort_values("group", key=lambda groups: groups.map(len), kind="stable", ignore_index=True)


def _rates(question: Question, swap: Swap, confidence: float) -> Rows:
    members = np.eye(len(swap.groups))[swap.member].T
    named = [{**question.within, swap.feature: group} for group in swap.groups]
    if not question.within:
        members, named = np.vstack([np.ones(len(swap.member)), members]), [{}, *named]
    sizes = members.sum(axis=1)
    found = two_way(question.values, swap.member, members / sizes[:, None], question.clusters)
    counted = sizes * len(question.values)
    low, high = _share_limits(found, counted, question, confidence) if question.is_share else _limits(found, confidence)
    return [
        {
            "metric": question.metric,
            "group": named[i],
            "numerator": round(found.estimate[i] * counted[i]) if question.is_share else np.nan,
            "denominator": counted[i],
            "estimate": found.estimate[i],
            "low": low[i],
            "high": high[i],
            "reason": NO_ERROR if np.isnan(low[i]) else "",
        }
        for i in range(len(named))
    ]


def _limits(found: Contrasts, confidence: float) -> tuple[Floats, Floats]:
    half = critical_value(confidence, found.df) * found.error
    return found.estimate - half, found.estimate + half


def _share_limits(found: Contrasts, counted: Floats, question: Question, confidence: float) -> tuple[Floats, Floats]:
    """Take Wilson's interval with as many rows as would be this uncertain; without spread, as there are clusters."""
    share, spread = found.estimate, found.variance > NOISE**2
    with np.errstate(invalid="ignore", divide="ignore"):
        nobs = np.where(spread, np.minimum(share * (1 - share) / found.variance, counted), _clusters(question))
    nobs = np.where(np.isnan(found.variance), 0.0, nobs)
    return wilson(share * nobs, nobs, critical=critical_value(confidence, found.df))


def _clusters(question: Question) -> int:
    """Count what speaks independently: items or, where there is one, values."""
    items = int(question.clusters.max()) + 1
    return items if items > 1 else question.values.shape[1]


def pair_disparities(asked: Sequence[Question], swap: Swap, reference: int, confidence: float) -> pd.DataFrame:
    """Compare the groups of every question, and judge after adjustment for everything that was compared."""
    alpha, groups = 1 - confidence, len(swap.groups)
    hypotheses = len(asked) * (1 if groups == 2 else groups)
    parts = [_gaps(i, question, swap, reference, alpha, hypotheses) for i, question in enumerate(asked)]
    table = pd.DataFrame([row for part in parts for row in part])
    _, first, inverse = np.unique(table["hypothesis"], return_index=True, return_inverse=True)
    table["p_adjusted"] = _holm(table["p_value"].to_numpy(float)[first])[inverse]
    for comparison in table["comparison"].unique():
        rows = table["comparison"] == comparison
        at = table.loc[rows]
        unit = at["unit"].to_numpy(float)
        low, high, estimate = (at[name].to_numpy(float) * unit for name in ("low", "high", "estimate"))
        table.loc[rows, "verdict"] = verdicts(low, high, at["p_adjusted"], comparison, alpha=alpha)
        table.loc[rows, "material"] = is_material(estimate, comparison)
    return _most_telling_first(table)[list(DISPARITY_COLUMNS)]


def _holm(p_values: Floats) -> Floats:
    out, known = np.full(len(p_values), np.nan), ~np.isnan(p_values)
    out[known] = holm(p_values[known])
    return out


def _most_telling_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort gaps within a split and metric: what is shown and what is large comes first."""
    order = {"shown": 0, "cannot tell": 1, "not shown": 2}
    table["widest"] = table["kind"] != "range"
    table["splits"] = table["sensitive_features"].map(len)
    table["first"] = table["verdict"].map(order)
    table["size"] = -(table["estimate"] * table["unit"]).abs()
    by = ["splits", "comparison", "metric", "widest", "first", "size"]
    return table.sort_values(by, kind="stable", ignore_index=True)


def _gaps(number: int, question: Question, swap: Swap, reference: int, alpha: float, hypotheses: int) -> Rows:
    """Hold the highest group against the lowest, and every group against the reference."""
    groups = len(swap.groups)
    shares = np.eye(groups)[swap.member].T / swap.sizes[:, None]
    means = shares @ question.values.mean(axis=0)
    widest = (int(means.argmax()), int(means.argmin()))
    widest = widest if widest[0] != widest[1] else (0, 1)
    pairs = [widest] + [(group, reference) for group in range(groups) if group != reference]
    looked = np.array([groups * (groups - 1) / 2] + [1.0] * (groups - 1))
    kinds = ["range"] + ["pair"] * (groups - 1)
    first, second = (shares[[pair[end] for pair in pairs]] for end in (0, 1))
    found = two_way(question.values, swap.member, first - second, question.clusters)
    numbers = {"difference": _difference(found, question, swap, alpha, hypotheses, looked, kinds)}
    if question.is_share:
        ends = [means[[pair[end] for pair in pairs]] for end in (0, 1)]
        numbers["ratio"] = _ratio(question, swap, (first, second), ends, alpha, hypotheses, looked)
        numbers["ratio"]["p_value"] = numbers["difference"]["p_value"]
    return [
        {
            "metric": question.metric,
            "comparison": comparison,
            "kind": kinds[i],
            "sensitive_features": (*question.within, swap.feature),
            "group": {**question.within, swap.feature: swap.groups[pair[0]]},
            "reference": {**question.within, swap.feature: swap.groups[pair[1]]},
            "hypothesis": f"{number}" if groups == 2 else f"{number}|{kinds[i]}|{pair[0] if i else ''}",
            "unit": _unit(question) if comparison == "difference" else 1.0,
            **{name: column[i] for name, column in columns.items()},
        }
        for comparison, columns in numbers.items()
        for i, pair in enumerate(pairs)
    ]


def _unit(question: Question) -> float:
    """Bring gaps of any scale to the one of the tolerance; scores that are all equal have no gap to bring."""
    return TOLERANCE["difference"][1] / question.small if question.small > 0 else 1.0


def _difference(
    found: Contrasts, question: Question, swap: Swap, alpha: float, hypotheses: int, looked: Floats, kinds: list[str]
) -> dict[str, Any]:
    size = np.abs(question.values).max(initial=0.0)
    error = np.where(found.error > NOISE * size, found.error, 0.0)
    estimate = np.where(np.abs(found.estimate) > NOISE * size, found.estimate, 0.0)
    error = np.where(np.isnan(found.variance), np.nan, error)
    half = _critical(alpha / looked, found.df) * error
    if question.is_share:
        # No item that differs from the others is not none anywhere: the most that would often stay unseen.
        unseen = wilson(0, _clusters(question), critical=critical_value(1 - alpha))[1]
        half = np.where(error == 0, unseen, half)
    largest = 1.0 if question.is_share else np.inf
    low, high = np.clip(estimate - half, -largest, None), np.clip(estimate + half, None, largest)
    is_range = np.array(kinds) == "range"
    visible = _detectable(error, found.df, alpha / hypotheses / looked)
    chance = expected_range(np.repeat(error[:, None] / np.sqrt(2), len(swap.groups), axis=1))
    return {
        "estimate": estimate,
        "low": np.where(is_range, np.maximum(low, 0.0), low),
        "high": high,
        "p_value": np.minimum(_p_value(estimate, error, found.df, question, swap) * looked, 1.0),
        "expected_by_chance": np.where(is_range & (error > 0), chance, np.nan),
        "smallest_detectable": np.where(visible > largest, np.nan, visible),
        "reason": np.where(np.isnan(error), NO_ERROR, ""),
    }


def _ratio(
    question: Question, swap: Swap, weights: Any, means: Any, alpha: float, hypotheses: int, looked: Floats
) -> dict[str, Any]:
    """Compare shares as a ratio, on the logarithmic scale."""
    known = (means[0] > 0) & (means[1] > 0)
    top, bottom = (np.where(known, mean, 1.0) for mean in means)
    scaled = weights[0] / top[:, None] - weights[1] / bottom[:, None]
    found = two_way(question.values, swap.member, scaled, question.clusters)
    estimate = np.where(known, top / bottom, np.nan)
    error = np.where(known & (found.error > NOISE), found.error, np.nan)
    half = _critical(alpha / looked, found.df) * error
    why = np.where(~known, NO_RATIO, np.where(np.isnan(error), "no item differs from the others", ""))
    return {
        "estimate": estimate,
        "low": estimate * np.exp(-half),
        "high": estimate * np.exp(half),
        "expected_by_chance": np.full(len(estimate), np.nan),
        "smallest_detectable": np.exp(-_detectable(error, found.df, alpha / hypotheses / looked)),
        "reason": why,
    }


def _critical(level: Floats, df: Floats) -> Floats:
    """Two-sided critical value of t for each level."""
    return np.where(df > 0, stdtrit(np.clip(df, 1e-9, 1e12), 1 - level / 2), np.nan)


def _p_value(estimate: Floats, error: Floats, df: Floats, question: Question, swap: Swap) -> Floats:
    """Test that there is no gap; where nothing varies, by the signs of the clusters, which then all agree."""
    with np.errstate(invalid="ignore", divide="ignore"):
        by_t = 2 * stdtr(np.clip(df, 1e-9, 1e12), -np.abs(estimate / error))
    agree = int(question.clusters.max()) + 1
    signs = 2 * 0.5 ** (agree if agree > 1 else int(swap.sizes.min()))
    without = np.where(estimate == 0, 1.0, min(signs, 1.0))
    return np.where(np.isnan(error), np.nan, np.where(error == 0, without, by_t))


def _detectable(error: Floats, df: Floats, level: Floats) -> Floats:
    """Gap that would be shown in 4 of 5 such audits."""
    power = critical_value(2 * POWER - 1, df)
    return np.where(error > 0, (_critical(level, df) + power) * error, np.nan)
