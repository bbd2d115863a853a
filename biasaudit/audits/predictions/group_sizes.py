"""Count who is in the data and who was left out, for the reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from biasaudit.audits.arithmetic import Splitting
from biasaudit.counts.table.crosstab import Crosstab

__all__ = ["group_table", "left_out_table"]


def group_table(splits: Sequence[Splitting], rows: int) -> pd.DataFrame:
    """Count the rows of every group of every split."""
    records = [
        (family.features, group, int(n), int(n) / max(rows, 1))
        for family in splits
        for group, n in zip(family.groups, family.rows, strict=True)
    ]
    return pd.DataFrame(records, columns=["sensitive_features", "group", "rows", "share"])


def left_out_table(table: Crosstab) -> pd.DataFrame:
    """Count the rows without a label or prediction in each group of each feature."""
    rows = []
    missing = {
        "no label": None if table.y_true is None else table.y_true < 0,
        "no prediction": None if table.y_pred is None else table.y_pred < 0,
    }
    for at, feature in enumerate(table.features):
        groups, names = table.codes[:, at], table.levels[at]
        for reason, cells in missing.items():
            if cells is not None and cells.any():
                counts = np.bincount(groups[cells], weights=table.rows[cells], minlength=len(names))
                rows += [(reason, {feature: names[i]}, int(counts[i])) for i in np.flatnonzero(counts)]
    return pd.DataFrame(rows, columns=["reason", "group", "rows"])
