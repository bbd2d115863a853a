"""The tidy table of means: a row for each measure in each group, with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from biasaudit.audits.numbers.family import NumberFamily
from biasaudit.audits.predictions.rate_table import RATE_COLUMNS, share_of_data
from biasaudit.counts.arrays import object_array
from biasaudit.inference.means.comparisons import mean_interval

__all__ = ["mean_table"]


def mean_table(everyone: NumberFamily, splits: tuple[NumberFamily, ...], confidence: float) -> pd.DataFrame:
    """Lay out all means, those of everyone first, with an empty dict for their group."""
    parts = [_means(family, confidence) for family in (everyone, *splits)]
    parts += [share_of_data(family.groups, family.rows.astype(float), confidence) for family in splits]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in RATE_COLUMNS}
    return pd.DataFrame(columns)


def _means(family: NumberFamily, confidence: float) -> dict[str, Any]:
    means, groups = family.means, len(family.rows)
    low, high = mean_interval(means, confidence)
    reasons = np.full(means.value.shape, "", dtype=object)
    for i, j in np.argwhere(~means.known):
        reasons[i, j] = family.undefined_reason(i, j)
    nothing = np.full(means.value.size, np.nan)
    return {
        "metric": np.repeat(np.array([m.name for m in family.measures], dtype=object), groups),
        "group": object_array(family.groups * len(family.measures)),
        "numerator": nothing,
        "denominator": means.weight.ravel(),
        "estimate": means.value.ravel(),
        "low": low.ravel(),
        "high": high.ravel(),
        **dict.fromkeys(("pooled", "pooled_low", "pooled_high"), nothing),
        "reason": reasons.ravel(),
    }
