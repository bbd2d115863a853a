"""Inequality of decisions over people, between groups and within them."""

import numpy as np
import pandas as pd

from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.dense import confusion
from biasaudit.statistics.inequality import INDICES, inequality
from biasaudit.statistics.resampling import resample

__all__ = ["INEQUALITY_COLUMNS", "inequality_table"]

INEQUALITY_COLUMNS = ("index", "sensitive_features", "part", "estimate", "low", "high")
PARTS = ("total", "between", "within")


def inequality_table(table: Crosstab, confidence: float) -> pd.DataFrame:
    """Lay out each index with its parts; intervals are bootstrap percentiles of the table's cells."""
    rows = []
    if table.y_true is not None and table.y_pred is not None:
        counts = table.without_scores()
        splits = [(name,) for name in table.features] + ([table.features] if len(table.features) > 1 else [])
        tail = (1 - confidence) / 2
        for split in splits:
            rolled = counts.rollup(split)
            cells, drawn = confusion(rolled), resample(rolled)
            for index in INDICES:
                seen, replicates = inequality(cells, index), inequality(drawn, index)
                for part in PARTS:
                    low, high = np.quantile(getattr(replicates, part), [tail, 1 - tail])
                    rows.append((index, split, part, float(getattr(seen, part)), float(low), float(high)))
    return pd.DataFrame(rows, columns=list(INEQUALITY_COLUMNS))
