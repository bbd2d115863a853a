"""Inequality of decisions over people, between groups and within them."""

from typing import Any

import numpy as np
import pandas as pd

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.inequality import INDICES, Inequality, between_interval, inequality
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.resampling import resample
from biasaudit.metrics.cell_totals import confusion
from biasaudit.metrics.composites import get_composite

__all__ = ["INEQUALITY_COLUMNS", "inequality_table", "no_inequality"]

INEQUALITY_COLUMNS = ("index", "sensitive_features", "part", "estimate", "low", "high")
# A prediction less a label lies half the benefit of the decision of the way from -1 to 1.
BENEFIT = get_composite("prevalence_error")


def no_inequality() -> pd.DataFrame:
    """Lay out nothing, where there are no decisions to be unequal."""
    return pd.DataFrame(columns=list(INEQUALITY_COLUMNS))


def inequality_table(table: Crosstab, confidence: float) -> pd.DataFrame:
    """Lay out each index with its parts; intervals are bootstrap percentiles of the table's cells.

    That of the part between groups is not: it cannot be negative, so that its replicates are never as small as it is.
    """
    rows = []
    if table.y_true is not None and table.y_pred is not None:
        counts = table.without_scores()
        splits = [(name,) for name in table.features] + ([table.features] if len(table.features) > 1 else [])
        tail = (1 - confidence) / 2
        for split in splits:
            rolled = counts.rollup(split)
            cells, drawn, shares = confusion(rolled), resample(rolled), composite_shares(rolled, [BENEFIT])
            for index in INDICES:
                replicates = _parts(inequality(drawn, index))
                for part, estimate in _parts(inequality(cells, index)).items():
                    low, high = np.quantile(replicates[part], [tail, 1 - tail])
                    if part == "between":
                        low, high = between_interval(cells.sum(axis=1), shares, index, confidence)
                    rows.append((index, split, part, float(estimate), float(low), float(high)))
    return pd.DataFrame(rows, columns=list(INEQUALITY_COLUMNS))


def _parts(found: Inequality) -> dict[str, Any]:
    return {"total": found.total, "between": found.between, "within": found.within}
