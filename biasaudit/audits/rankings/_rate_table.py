"""The tidy table of what groups get of rankings: a row for each measure in each group, with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.predictions.rate_table import RATE_COLUMNS, share_of_data
from biasaudit.audits.rankings.family import RankFamily
from biasaudit.counts.arrays import object_array
from biasaudit.inference.means.comparisons import mean_interval
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = ["rank_rate_table"]


def rank_rate_table(everyone: RankFamily, splits: tuple[RankFamily, ...], confidence: float) -> pd.DataFrame:
    """Lay out all measures, those of everyone first, with an empty dict for their group."""
    parts = [_measures(family, confidence) for family in (everyone, *splits)]
    parts += [share_of_data(family.groups, family.rows, confidence) for family in splits]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in RATE_COLUMNS}
    return pd.DataFrame(columns)


def _measures(family: RankFamily, confidence: float) -> dict[str, Any]:
    ratios, means = family.ratios, family.shares
    low, high = _limits(family, confidence)
    reasons = np.full(means.value.shape, "", dtype=object)
    for i, j in np.argwhere(~means.known):
        reasons[i, j] = family.undefined_reason(i, j)
    nothing = np.full(means.value.size, np.nan)
    return {
        "metric": np.repeat(np.array([m.name for m in family.measures], dtype=object), len(family.groups)),
        "group": object_array(family.groups * len(family.measures)),
        "numerator": ratios.numerator.ravel(),
        "denominator": ratios.denominator.ravel(),
        "estimate": means.value.ravel(),
        "low": low.ravel(),
        "high": high.ravel(),
        "pooled": nothing,
        "pooled_low": nothing,
        "pooled_high": nothing,
        "reason": reasons.ravel(),
    }


def _limits(family: RankFamily, confidence: float) -> tuple[Any, Any]:
    """Return Wilson's limits of shares, by as many people as would be as uncertain, and t's of exposures."""
    means = family.shares
    low, high = mean_interval(means, confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = means.value * (1 - means.value)
        people = np.where(means.error > 0, variance / means.error**2, np.nan)
    counts = np.array([m.counts for m in family.measures])[:, None] & (variance > 0) & np.isfinite(people)
    n = np.where(counts, people, 1.0)
    wilson_low, wilson_high = wilson(
        np.where(counts, means.value, 0.0) * n, n, critical=critical_value(confidence, means.df)
    )
    return np.where(counts, wilson_low, np.maximum(low, 0.0)), np.where(counts, wilson_high, high)
