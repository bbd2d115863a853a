"""The tidy tables of a correspondence audit: means and shares by group, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from biasaudit.arraytypes import Floats
from biasaudit.audits.pairs._gaps import NO_ERROR, NOISE, compared, differences, ratios
from biasaudit.audits.pairs._questions import Question
from biasaudit.audits.pairs._swaps import Swap
from biasaudit.audits.predictions.disparity_table import DISPARITY_COLUMNS
from biasaudit.audits.predictions.rate_table import RATE_COLUMNS
from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.inference.testing.two_way import Contrasts, two_way
from biasaudit.inference.verdicts import is_material, rank
from biasaudit.metrics.units import TOLERANCE
from biasaudit.metrics.wilson import critical_value, wilson
from biasaudit.reporting.report import Record

if TYPE_CHECKING:
    from biasaudit.audits.pairs.scores import Grid

__all__ = ["pair_disparities", "pair_groups", "pair_rates"]


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


def pair_rates(questions: Sequence[Question], swap: Swap, confidence: float) -> pd.DataFrame:
    """Lay out what each group gets on average, those of everyone first."""
    rows = [row for question in questions for row in _rates(question, swap, confidence)]
    table = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    return table.sort_values("group", key=lambda groups: groups.map(len), kind="stable", ignore_index=True)


def _rates(question: Question, swap: Swap, confidence: float) -> list[Record]:
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
    half_width = critical_value(confidence, found.df) * found.error
    return found.estimate - half_width, found.estimate + half_width


def _share_limits(found: Contrasts, counted: Floats, question: Question, confidence: float) -> tuple[Floats, Floats]:
    """Take Wilson's interval with as many rows as would be this uncertain; without spread, as there are clusters."""
    share, spread = found.estimate, found.variance > NOISE**2
    with np.errstate(invalid="ignore", divide="ignore"):
        nobs = np.where(spread, np.minimum(share * (1 - share) / found.variance, counted), question.independent)
    nobs = np.where(np.isnan(found.variance), 0.0, nobs)
    return wilson(share * nobs, nobs, critical=critical_value(confidence, found.df))


def pair_disparities(questions: Sequence[Question], swap: Swap, reference: int, confidence: float) -> pd.DataFrame:
    """Compare the groups of every question, and judge after adjustment for everything that was compared."""
    alpha, groups = 1 - confidence, len(swap.groups)
    hypotheses = len(questions) * (1 if groups == 2 else groups)
    parts = [_gaps(i, question, swap, reference, alpha, hypotheses) for i, question in enumerate(questions)]
    table = pd.DataFrame([row for part in parts for row in part])
    unit = table["unit"].to_numpy(float)
    estimate, low, high = (table[name].to_numpy(float) * unit for name in ("estimate", "low", "high"))
    found = judge_gaps(
        estimate,
        low,
        high,
        table["p_value"],
        table["comparison"],
        alpha=alpha,
        questions=hypotheses,
        hypothesis=table["hypothesis"].tolist(),
        by_adjusted=True,
    )
    table["p_adjusted"], table["verdict"] = found.p_adjusted, found.verdicts
    table["low_adjusted"], table["high_adjusted"] = found.low_adjusted / unit, found.high_adjusted / unit
    table["material"] = _material(table)
    return _most_important_first(table)[list(DISPARITY_COLUMNS)]


def _material(table: pd.DataFrame) -> pd.Series:
    """Say of each gap whether it matters, as a difference or as the ratio of the same two, where they have one."""
    by_gap = (table["estimate"] * table["unit"]).set_axis(table["gap"])
    difference, ratio = (by_gap[(table["comparison"] == name).to_numpy()] for name in ("difference", "ratio"))
    judged = is_material(difference, ratio.reindex(difference.index))
    judged_of = dict(zip(difference.index, judged.tolist(), strict=True))
    material = pd.Series([judged_of[name] for name in table["gap"]], dtype=object)
    return material.where(table["estimate"].notna(), None)


def _most_important_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort gaps within a split and metric: what is shown and what is large comes first."""
    table["widest"] = table["kind"] != "range"
    table["splits"] = table["sensitive_features"].map(len)
    table["first"] = table["verdict"].map(rank)
    table["size"] = -(table["estimate"] * table["unit"]).abs()
    by = ["splits", "comparison", "metric", "widest", "first", "size"]
    return table.sort_values(by, kind="stable", ignore_index=True)


def _gaps(number: int, question: Question, swap: Swap, reference: int, alpha: float, hypotheses: int) -> list[Record]:
    """Lay out the gaps of one question, a row each."""
    pairs = compared(question, swap, reference, alpha, hypotheses)
    numbers = {"difference": differences(question, swap, pairs)}
    if question.is_share:
        numbers["ratio"] = ratios(question, swap, pairs, numbers["difference"]["p_value"])
    groups = [{**question.within, swap.feature: group} for group in swap.groups]
    return [
        {
            "metric": question.metric,
            "comparison": comparison,
            "kind": "range" if pairs.is_range[i] else "pair",
            "sensitive_features": (*question.within, swap.feature),
            "group": groups[first],
            "reference": groups[second],
            "hypothesis": f"{number}" if len(groups) == 2 else f"{number}|{first if i else 'range'}",
            "gap": f"{number}|{i}",
            "unit": _unit(question) if comparison == "difference" else 1.0,
            **{name: column[i] for name, column in columns.items()},
        }
        for comparison, columns in numbers.items()
        for i, (first, second) in enumerate(zip(pairs.first, pairs.second, strict=True))
    ]


def _unit(question: Question) -> float:
    """Bring gaps of any scale to the one of the tolerance; scores that are all equal have no gap to bring."""
    return TOLERANCE["difference"][1] / question.small if question.small > 0 else 1.0
