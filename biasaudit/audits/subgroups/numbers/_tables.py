"""The tidy tables of a search on a mean: what is told is that of the half held out, which chose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.subgroups.tables import pattern_names
from biasaudit.inference.means.comparisons import mean_interval
from biasaudit.inference.means.means import concat_means
from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.inference.verdicts import SHOWN, is_material
from biasaudit.metrics.moment_measures import get_measure
from biasaudit.search.pattern_means import MeanDiscoveries
from biasaudit.search.selection import HELD_OUT, SEARCHED

__all__ = ["mean_rates", "number_subgroup_table"]

COMPARISON = "difference"


def number_subgroup_table(
    found: MeanDiscoveries,
    metric: str,
    features: Sequence[str],
    levels: Sequence[Sequence[str]],
    *,
    rank_by: str,
    confidence: float,
    small: float,
) -> pd.DataFrame:
    """Lay out every pattern, what is shown first, then by the ranking; its place in `found` is the index."""
    held_out, effects = found.gaps.at((slice(None), HELD_OUT)), found.gaps.effect
    alpha, tried = 1 - confidence, len(effects)
    gaps = held_out.compare(get_measure(metric), confidence, alpha / max(tried, 1))
    effect, searched = effects[:, HELD_OUT], np.abs(np.nan_to_num(effects[:, SEARCHED]))
    # What the other half suggested has adjusted the p-values already.
    answer = judge_gaps(
        effect,
        gaps.low[0],
        gaps.high[0],
        found.p_adjusted,
        COMPARISON,
        alpha=alpha,
        questions=tried,
        together=False,
        df=held_out.df,
        small=np.full(effect.shape, small),
    )
    ranks = {"p_value": found.p_against_rest[:, SEARCHED], "effect": -searched}
    order = np.lexsort((-searched, ranks[rank_by], answer.verdicts != SHOWN))
    names = pattern_names(found.patterns, features, levels)
    rows = found.sums[0]
    everyone = float(found.everyone[0].sum())
    table = pd.DataFrame(
        {
            "pattern": names,
            "n": rows.sum(axis=1).astype(np.int64),
            "support": rows.sum(axis=1) / everyone,
            "n_held_out": rows[:, HELD_OUT].astype(np.int64),
            "estimate": held_out.first.value,
            "rest": held_out.second.value,
            "gap": effect,
            "low": gaps.low[0],
            "high": gaps.high[0],
            "p_value": found.p_value,
            "gap_searched": effects[:, SEARCHED],
            "p_adjusted": found.p_adjusted,
            "low_adjusted": answer.low_adjusted,
            "high_adjusted": answer.high_adjusted,
            "smallest_detectable": gaps.smallest_detectable[0],
            "confirmed": found.p_adjusted <= alpha,
            "material": is_material(effect, small=np.full(effect.shape, small)),
            "verdict": answer.verdicts,
            "explained_by": [names[i] if i >= 0 else None for i in found.explained_by(alpha).tolist()],
        }
    )
    return table.iloc[order]


def mean_rates(found: MeanDiscoveries, table: pd.DataFrame, metric: str, confidence: float) -> pd.DataFrame:
    """Lay out the mean of everyone and of every subgroup in the half held out, as every audit does; `table` as made."""
    first = found.gaps.first.each(lambda array: array[table.index, HELD_OUT][None])
    means = concat_means([found.overall(HELD_OUT), first])
    low, high = mean_interval(means, confidence)
    groups: list[Any] = [{}, *table["pattern"]]
    return pd.DataFrame(
        {
            "metric": metric,
            "group": groups,
            "numerator": np.nan,
            "denominator": means.weight[0],
            "estimate": means.value[0],
            "low": low[0],
            "high": high[0],
            "reason": np.where(np.isnan(means.value[0]), "there are no rows in the half held out", ""),
        }
    )
