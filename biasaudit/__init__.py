"""Audits data sets and models for bias, and says when the data cannot tell."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError
from biasaudit.version import __version__

if TYPE_CHECKING:
    from biasaudit import datasets, mitigation, monitoring, policy, scenarios
    from biasaudit.audits.associations import AssociationAudit, audit_associations
    from biasaudit.audits.audit import Audit
    from biasaudit.audits.certainty import ChanceGaps, plan_sample, power_curve, simulate_equal_groups
    from biasaudit.audits.checking import audit_for, check
    from biasaudit.audits.counts import count
    from biasaudit.audits.cv import audit_cv
    from biasaudit.audits.dataset import DatasetAudit, audit_dataset
    from biasaudit.audits.errors import ErrorAudit, audit_errors
    from biasaudit.audits.model import audit_model
    from biasaudit.audits.pairs import PairsAudit, audit_pairs
    from biasaudit.audits.predictions import audit_crosstab, audit_predictions
    from biasaudit.audits.subgroups import SubgroupAudit, find_subgroups
    from biasaudit.audits.text import TextAudit, audit_text
    from biasaudit.audits.thresholds import ThresholdAudit, audit_thresholds
    from biasaudit.statistics.crosstab import Crosstab

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
    "AssociationAudit": "biasaudit.audits.associations",
    "Audit": "biasaudit.audits.audit",
    "ChanceGaps": "biasaudit.audits.certainty",
    "Crosstab": "biasaudit.statistics.crosstab",
    "DatasetAudit": "biasaudit.audits.dataset",
    "ErrorAudit": "biasaudit.audits.errors",
    "PairsAudit": "biasaudit.audits.pairs",
    "SubgroupAudit": "biasaudit.audits.subgroups",
    "TextAudit": "biasaudit.audits.text",
    "ThresholdAudit": "biasaudit.audits.thresholds",
    "audit_associations": "biasaudit.audits.associations",
    "audit_crosstab": "biasaudit.audits.predictions",
    "audit_cv": "biasaudit.audits.cv",
    "audit_dataset": "biasaudit.audits.dataset",
    "audit_errors": "biasaudit.audits.errors",
    "audit_for": "biasaudit.audits.checking",
    "audit_model": "biasaudit.audits.model",
    "audit_pairs": "biasaudit.audits.pairs",
    "audit_predictions": "biasaudit.audits.predictions",
    "audit_text": "biasaudit.audits.text",
    "audit_thresholds": "biasaudit.audits.thresholds",
    "check": "biasaudit.audits.checking",
    "count": "biasaudit.audits.counts",
    "find_subgroups": "biasaudit.audits.subgroups",
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
