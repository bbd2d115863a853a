"""The tidy tables of a search for subgroups: each pattern with its counts, effect, confirmation and verdict.

A pattern that stands out where it is searched for looks larger there than it is: rates and effects are those of the
half held out, and only counts are of the whole table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.inference.variance.effective import concat_shares
from biasaudit.inference.verdicts import SHOWN, is_material
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.wilson import critical_value, wilson
from biasaudit.search.bitsets import item_offsets
from biasaudit.search.pattern_gaps import PatternGaps, cases_and_rows
from biasaudit.search.patterns import Patterns
from biasaudit.search.selection import HELD_OUT, SEARCHED, Discoveries, sliceline_score

__all__ = ["disparities_of", "pattern_names", "rates_of", "subgroup_table"]

COMPARISON = "difference"


def subgroup_table(
    found: Discoveries, features: Sequence[str], levels: Sequence[Sequence[str]], rank_by: str, confidence: float
) -> pd.DataFrame:
    """Lay out every pattern, what is shown first, then by the ranking; its place in `found` is the index."""
    n, x = found.totals
    all_rows, all_cases = int(found.rows.sum()), int(found.cases.sum())
    held_out, effects = found.gaps.at((slice(None), HELD_OUT)), found.gaps.effect
    low, high = held_out.interval(confidence)
    effect, searched = effects[:, HELD_OUT], np.abs(np.nan_to_num(effects[:, SEARCHED]))
    alpha = 1 - confidence
    score = sliceline_score(x, n, all_cases, all_rows)
    # What the other half suggested has adjusted the p-values already.
    answer = judge_gaps(
        effect,
        low,
        high,
        found.p_adjusted,
        COMPARISON,
        alpha=alpha,
        questions=len(effect),
        together=False,
        df=held_out.df,
    )
    # Who comes first is chosen where nothing is told from.
    ranks = {"p_value": found.p_against_rest[:, SEARCHED], "effect": -searched, "sliceline": -score}
    order = np.lexsort((-searched, ranks[rank_by], answer.verdicts != SHOWN))
    names = pattern_names(found.patterns, features, levels)
    explained = found.explained_by(alpha)
    rows, cases = (counts[:, HELD_OUT] for counts in found.by_half)
    table = pd.DataFrame(
        {
            "pattern": names,
            "n": n,
            "support": n / all_rows,
            "cases": x,
            "n_held_out": rows,
            "cases_held_out": cases,
            "rate": held_out.first.share,
            "rate_rest": held_out.second.share,
            "effect": effect,
            "low": low,
            "high": high,
            "p_value": found.p_value,
            "effect_searched": effects[:, SEARCHED],
            "effect_held_out": effect,
            "p_adjusted": found.p_adjusted,
            "low_adjusted": answer.low_adjusted,
            "high_adjusted": answer.high_adjusted,
            "sliceline": score,
            "confirmed": found.p_adjusted <= alpha,
            "material": is_material(effect, _ratio(held_out)),
            "verdict": answer.verdicts,
            "explained_by": [names[i] if i >= 0 else None for i in explained.tolist()],
        }
    )
    return table.iloc[order]


def _ratio(gaps: PatternGaps) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(gaps.first.share / gaps.second.share)


def pattern_names(patterns: Patterns, features: Sequence[str], levels: Sequence[Sequence[str]]) -> NDArray[np.object_]:
    """Name each pattern by its features and their levels."""
    items, offsets = patterns.items, item_offsets(patterns.levels)
    pairs = [(feature, level) for feature, names in zip(features, levels, strict=True) for level in names]
    assert len(pairs) == offsets[-1]
    out = np.empty(len(items), dtype=object)
    out[:] = [{pairs[i][0]: pairs[i][1] for i in row if i >= 0} for row in items.tolist()]
    return out


def rates_of(found: Discoveries, table: pd.DataFrame, rate: Rate, confidence: float) -> pd.DataFrame:
    """Lay out the rate of everyone and of every subgroup in the half held out, as every audit does; `table` as made."""
    first = found.gaps.first.each(lambda array: array[table.index, HELD_OUT][None])
    shares = concat_shares([found.overall, first]).each(lambda array: array[0])
    x, n = cases_and_rows(shares)
    low, high = wilson(x, n, critical=critical_value(confidence, shares.df))
    groups: list[Any] = [{}, *table["pattern"]]
    return pd.DataFrame(
        {
            "metric": rate.name,
            "group": groups,
            "numerator": shares.numerator,
            "denominator": shares.denominator,
            "estimate": shares.share,
            "low": low,
            "high": high,
            "reason": "",
        }
    )


def disparities_of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Lay out the effects as every audit does its gaps; the reference is everyone else, an empty group."""
    undefined = table["effect"].isna()
    return pd.DataFrame(
        {
            "metric": metric,
            "comparison": COMPARISON,
            "kind": "to_rest",
            "sensitive_features": [tuple(pattern) for pattern in table["pattern"]],
            "group": table["pattern"],
            "reference": [{} for _ in range(len(table))],
            "estimate": table["effect"],
            "low": table["low"],
            "high": table["high"],
            "p_value": table["p_value"],
            "p_adjusted": table["p_adjusted"],
            "low_adjusted": table["low_adjusted"],
            "high_adjusted": table["high_adjusted"],
            "expected_by_chance": np.nan,
            "smallest_detectable": np.nan,
            "material": table["material"],
            "verdict": table["verdict"],
            "reason": np.where(undefined, "there is no rest", ""),
        }
    )
