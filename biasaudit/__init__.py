"""Audits data sets and models for bias, and says when the data cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.lazy import lazy_attributes
from biasaudit.version import __version__

if TYPE_CHECKING:
    from biasaudit import datasets, mitigation, monitoring, policy, scenarios
    from biasaudit.audits.audit_crosstab import audit_crosstab
    from biasaudit.audits.audit_predictions import audit_predictions
    from biasaudit.audits.certainty import ChanceGaps, plan_sample, power_curve, simulate_equal_groups
    from biasaudit.audits.checking import audit_for, check
    from biasaudit.audits.clarify.flip_test import flip_test
    from biasaudit.audits.clarify.table import clarify_metrics
    from biasaudit.audits.classes.audit import ClassAudit
    from biasaudit.audits.counts import count
    from biasaudit.audits.data.audit import DatasetAudit
    from biasaudit.audits.data.audit_dataset import audit_dataset
    from biasaudit.audits.errors.audit import ErrorAudit, audit_errors
    from biasaudit.audits.models.audit import audit_model
    from biasaudit.audits.numbers.audit import NumberAudit
    from biasaudit.audits.pairs.audit import PairsAudit, audit_pairs
    from biasaudit.audits.pairs.cv import audit_cv
    from biasaudit.audits.predictions.audit import Audit
    from biasaudit.audits.rankings.audit import RankingAudit
    from biasaudit.audits.rankings.audit_rankings import audit_rankings
    from biasaudit.audits.subgroups.search import SubgroupAudit, find_subgroups
    from biasaudit.audits.text.associations import AssociationAudit, audit_associations
    from biasaudit.audits.text.audit import TextAudit, audit_text
    from biasaudit.audits.thresholds.audit_thresholds import ThresholdAudit, audit_thresholds
    from biasaudit.counts.moments.table import MomentTable
    from biasaudit.counts.table.crosstab import Crosstab

__all__ = [
    "AssociationAudit",
    "Audit",
    "AuditError",
    "ChanceGaps",
    "ClassAudit",
    "Crosstab",
    "DatasetAudit",
    "ErrorAudit",
    "MomentTable",
    "NumberAudit",
    "PairsAudit",
    "RankingAudit",
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
    "audit_rankings",
    "audit_text",
    "audit_thresholds",
    "check",
    "clarify_metrics",
    "count",
    "datasets",
    "find_subgroups",
    "flip_test",
    "mitigation",
    "monitoring",
    "plan_sample",
    "policy",
    "power_curve",
    "scenarios",
    "simulate_equal_groups",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    __all__,
    {
        "AssociationAudit": "audits.text.associations",
        "Audit": "audits.predictions.audit",
        "ChanceGaps": "audits.certainty",
        "Crosstab": "counts.table.crosstab",
        "DatasetAudit": "audits.data.audit",
        "ErrorAudit": "audits.errors.audit",
        "MomentTable": "counts.moments.table",
        "PairsAudit": "audits.pairs.audit",
        "RankingAudit": "audits.rankings.audit",
        "ClassAudit": "audits.classes.audit",
        "NumberAudit": "audits.numbers.audit",
        "SubgroupAudit": "audits.subgroups.search",
        "TextAudit": "audits.text.audit",
        "ThresholdAudit": "audits.thresholds.audit_thresholds",
        "audit_associations": "audits.text.associations",
        "audit_crosstab": "audits.audit_crosstab",
        "audit_cv": "audits.pairs.cv",
        "audit_dataset": "audits.data.audit_dataset",
        "audit_errors": "audits.errors.audit",
        "audit_for": "audits.checking",
        "audit_model": "audits.models.audit",
        "audit_pairs": "audits.pairs.audit",
        "audit_predictions": "audits.audit_predictions",
        "audit_rankings": "audits.rankings.audit_rankings",
        "audit_text": "audits.text.audit",
        "audit_thresholds": "audits.thresholds.audit_thresholds",
        "check": "audits.checking",
        "clarify_metrics": "audits.clarify.table",
        "count": "audits.counts",
        "find_subgroups": "audits.subgroups.search",
        "flip_test": "audits.clarify.flip_test",
        "plan_sample": "audits.certainty",
        "power_curve": "audits.certainty",
        "simulate_equal_groups": "audits.certainty",
        "datasets": "datasets",
        "mitigation": "mitigation",
        "monitoring": "monitoring",
        "policy": "policy",
        "scenarios": "scenarios",
    },
)
