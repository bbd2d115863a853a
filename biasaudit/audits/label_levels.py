"""How often the label is positive at each level of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biasaudit.errors import AuditError, nearest
from biasaudit.statistics.arrays import share
from biasaudit.statistics.columns import shorten
from biasaudit.statistics.intervals import critical_value, wilson

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.dataset import DatasetAudit

__all__ = ["label_by"]


def label_by(audit: DatasetAudit, column: str, feature: str | None) -> pd.DataFrame:
    """Count positive labels by level of a column and, where one is named, by group of a feature."""
    import pandas as pd

    names = [counts.name for counts in audit.columns]
    if column not in names:
        raise AuditError(
            f'"{shorten(str(column))}" is not a column of this audit.{nearest(str(column), names)} '
            f"Columns: {', '.join(shorten(name) for name in names[:30])}."
        )
    features = audit.table.features
    if feature is not None and feature not in features:
        raise AuditError(f'"{shorten(str(feature))}" is not a sensitive feature. Features: {", ".join(features)}.')
    counts = audit.columns[names.index(column)]
    at = 0 if feature is None else features.index(feature)
    cells = counts.by_group(at)[:, :, :2]
    groups = list(audit.table.levels[at])
    if feature is None:
        cells, groups = cells.sum(axis=1, keepdims=True), ["everyone"]
    x, n = cells[..., 1], cells.sum(axis=-1)
    low, high = wilson(x, n, critical=critical_value(audit.confidence))
    levels = np.array([*counts.levels, "(missing)"], dtype=object)
    level, group = (index.ravel() for index in np.indices(x.shape))
    table = pd.DataFrame(
        {
            "level": levels[level], "group": np.array(groups, dtype=object)[group], "numerator": x.ravel(),
            "denominator": n.ravel(), "estimate": share(x, n).ravel(), "low": low.ravel(), "high": high.ravel(),
        }
    )  # fmt: skip
    return table[table["denominator"] > 0].reset_index(drop=True)
