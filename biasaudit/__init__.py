"""Audits data sets and models for bias, and says when the data cannot tell."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError
from biasaudit.version import __version__

if TYPE_CHECKING:
    from biasaudit import datasets, mitigation, monitoring, policy, scenarios
    from biasaudit.audits.certainty import ChanceGaps, plan_sample, power_curve, simulate_equal_groups
    from biasaudit.audits.checking import audit_for, check
    from biasaudit.audits.counts import count
    from biasaudit.audits.data.audit import DatasetAudit, audit_dataset
    from biasaudit.audits.errors.audit import ErrorAudit, audit_errors
    from biasaudit.audits.models.audit import audit_model
    from biasaudit.audits.pairs.audit import PairsAudit, audit_pairs
    from biasaudit.audits.pairs.cv import audit_cv
    from biasaudit.audits.predictions.audit import Audit
    from biasaudit.audits.predictions.audit_predictions import audit_crosstab, audit_predictions
    from biasaudit.audits.subgroups.search import SubgroupAudit, find_subgroups
    from biasaudit.audits.text.associations import AssociationAudit, audit_associations
    from biasaudit.audits.text.audit import TextAudit, audit_text
    from biasaudit.audits.thresholds.audit_thresholds import ThresholdAudit, audit_thresholds
    from biasaudit.counts.table.crosstab import Crosstab

__all__ = [
    "AssociationAudit",
    "Audit",
    "AuditError",
    "ChanceGaps",
    "Crosstab",
    "DatasetAudit",
    "ErrorAudit",
    "PairsAudit",
    "SubgroupAudit",
    "TextAudit",
    "ThresholdAudit",
    "__version__",
    "audit_associations",
    "audit_crosstab",
    "audit_cv",
    "audit_dataset",
    "audit_errors",
    "audit_for",
    "audit_model",
    "audit_pairs",
    "audit_predictions",
    "audit_text",
    "audit_thresholds",
    "check",
    "count",
    "datasets",
    "find_subgroups",
    "mitigation",
    "monitoring",
    "plan_sample",
    "policy",
    "power_curve",
    "scenarios",
    "simulate_equal_groups",
]

# Loaded when first used, so that importing the package costs next to nothing.
_HOME = {
    "AssociationAudit": "biasaudit.audits.text.associations",
    "Audit": "biasaudit.audits.predictions.audit",
    "ChanceGaps": "biasaudit.audits.certainty",
    "Crosstab": "biasaudit.counts.table.crosstab",
    "DatasetAudit": "biasaudit.audits.data.audit",
    "ErrorAudit": "biasaudit.audits.errors.audit",
    "PairsAudit": "biasaudit.audits.pairs.audit",
    "SubgroupAudit": "biasaudit.audits.subgroups.search",
    "TextAudit": "biasaudit.audits.text.audit",
    "ThresholdAudit": "biasaudit.audits.thresholds.audit_thresholds",
    "audit_associations": "biasaudit.audits.text.associations",
    "audit_crosstab": "biasaudit.audits.predictions.audit_predictions",
    "audit_cv": "biasaudit.audits.pairs.cv",
    "audit_dataset": "biasaudit.audits.data.audit",
    "audit_errors": "biasaudit.audits.errors.audit",
    "audit_for": "biasaudit.audits.checking",
    "audit_model": "biasaudit.audits.models.audit",
    "audit_pairs": "biasaudit.audits.pairs.audit",
    "audit_predictions": "biasaudit.audits.predictions.audit_predictions",
    "audit_text": "biasaudit.audits.text.audit",
    "audit_thresholds": "biasaudit.audits.thresholds.audit_thresholds",
    "check": "biasaudit.audits.checking",
    "count": "biasaudit.audits.counts",
    "find_subgroups": "biasaudit.audits.subgroups.search",
    "plan_sample": "biasaudit.audits.certainty",
    "power_curve": "biasaudit.audits.certainty",
    "simulate_equal_groups": "biasaudit.audits.certainty",
}


def __getattr__(name: str) -> Any:
    if name in {"datasets", "mitigation", "monitoring", "policy", "scenarios"}:
        return importlib.import_module(f"biasaudit.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'biasaudit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
