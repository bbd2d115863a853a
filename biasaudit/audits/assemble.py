"""Turn an audit into what the renderers need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from biasaudit.audits.findings import headline
from biasaudit.reporting.report import Report
from biasaudit.statistics.verdicts import TOLERANCE
from biasaudit.version import __version__

if TYPE_CHECKING:
    from biasaudit.audits.audit import Audit

__all__ = ["assemble"]


def assemble(audit: Audit) -> Report:
    """Gather tables, findings and settings of `audit`."""
    found, texts = audit.findings(), audit._metrics
    return Report(
        title=audit.title,
        headline=headline(found, texts),
        findings=found,
        rates=audit.rates(),
        disparities=audit.disparities(),
        metrics=texts,
        settings={
            **audit.settings,
            "confidence": audit.confidence,
            "tolerance_difference": list(TOLERANCE["difference"]),
            "tolerance_ratio": list(TOLERANCE["ratio"]),
        },
        rows=audit.table.n,
        groups=_groups(audit),
        left_out=_left_out(audit),
        warnings=audit.warnings,
        inequality=audit.inequality(),
        package_version=__version__,
    )


def _groups(audit: Audit) -> pd.DataFrame:
    rows = [
        (family.table.features, group, int(n), int(n) / max(audit.table.n, 1))
        for family in audit._families
        for group, n in zip(family.groups, family.rows, strict=True)
    ]
    return pd.DataFrame(rows, columns=["sensitive_features", "group", "rows", "share"])


def _left_out(audit: Audit) -> pd.DataFrame:
    """Count the rows without a label or prediction in each group of each feature."""
    rows = []
    table = audit.table
    missing = {
        "no label": None if table.y_true is None else table.y_true < 0,
        "no prediction": None if table.y_pred is None else table.y_pred < 0,
    }
    for feature in table.features:
        groups = table.codes[:, table.features.index(feature)]
        names = table.levels[table.features.index(feature)]
        for reason, cells in missing.items():
            if cells is not None and cells.any():
                counts = np.bincount(groups[cells], weights=table.rows[cells], minlength=len(names))
                rows += [(reason, {feature: names[i]}, int(counts[i])) for i in np.flatnonzero(counts)]
    return pd.DataFrame(rows, columns=["reason", "group", "rows"])
