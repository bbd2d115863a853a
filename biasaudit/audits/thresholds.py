"""Count a score by group and label, to see what every line on it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from biasaudit.audits.predictions import binary_table, check_two_groups
from biasaudit.audits.threshold_audit import ThresholdAudit
from biasaudit.audits.threshold_lines import CRITERIA, Lines
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.statistics.counting import count
from biasaudit.statistics.labels import canonical

__all__ = ["CRITERIA", "Lines", "ThresholdAudit", "audit_thresholds"]


def audit_thresholds(
    data: Any,
    *,
    score: str | None = None,
    y_true: str | None = None,
    sensitive_features: Sequence[str] | str | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
) -> ThresholdAudit:
    """Count a score by group and label, to see what every line on it does.

    Parameters
    ----------
    data : dataframe or Dataset
        Anything Narwhals takes, or a Dataset, whose own arguments stand in for those left out here.
    score : str
        Column of finite scores; at most 100 different values, or 100 bins of equal width, make the lines.
    y_true : str, optional
        Column of labels. Without them there are selection rates alone.
    sensitive_features : str or sequence of str
    pos_label, sample_weight, reference, confidence
        As for :func:`biasaudit.audit_predictions`.

    Returns
    -------
    ThresholdAudit

    Raises
    ------
    AuditError
        If there is no score, or a column is not what it should be.

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> chosen = lines.choose("equal_opportunity")
    >>> chosen.thresholds["African-American"], chosen.thresholds["Caucasian"]
    (7.0, 5.0)
    """
    asked = {
        "score": score, "y_true": y_true, "pos_label": pos_label, "sample_weight": sample_weight,
        "sensitive_features": [sensitive_features] if isinstance(sensitive_features, str) else sensitive_features,
    }  # fmt: skip
    frame, drawn = data, None
    if isinstance(data, Dataset):
        own = data.audit_arguments
        asked = {name: own.get(name) if value is None else value for name, value in asked.items()}
        drawn = own.get("threshold") if asked["score"] == own.get("score") else None
        features = asked["sensitive_features"] or ()
        reference = (
            {f: v for f, v in own.get("reference", {}).items() if f in features} if reference is None else reference
        )
        frame = data.frame
    if asked["score"] is None:
        raise AuditError("There is no score to draw a line on. Name the column of scores with score=.")
    if not asked["sensitive_features"]:
        raise AuditError(
            "sensitive_features is missing. Name at least one column that says who belongs to which group."
        )
    table = count(frame, **asked)
    if table.y_true is not None:
        table = binary_table(table, canonical(asked["pos_label"]))
    check_two_groups(table)
    return ThresholdAudit(table, confidence, dict(reference or {}), drawn, settings=asked)
