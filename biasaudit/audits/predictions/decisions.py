"""The audit of a yes or no: what decisions do to each group, made of what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biasaudit.audits.cautions import cautions
from biasaudit.audits.counts import binary_table, check_two_groups, positive_words
from biasaudit.audits.families import check_reference, measures_of
from biasaudit.audits.predictions._controlled import Controls, check_controls
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.request import Request
from biasaudit.counts.counting import CountResult
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary

__all__ = ["audit_of_counts", "check_controls", "decision_audit"]

ROLES = ("sensitive_features", "y_true", "y_pred", "score", "sample_weight", "cluster")


def decision_audit(found: CountResult, request: Request, title: str, notes: tuple[str, ...]) -> Audit:
    """Audit what was counted as it was asked for."""
    return audit_of_counts(
        found.table,
        found.reading.positive,
        title=title,
        settings={
            **request.settings(*ROLES),
            "threshold": request.threshold,
            "pos_label": request.pos_label,
            **request.join_settings(),
            "reference": dict(request.reference),
            **request.primary.settings,
        },
        reference=request.reference,
        confidence=request.confidence,
        positive_text=positive_words(found.reading, request),
        notes=notes,
        words=request.words,
        primary=request.primary,
        control_features=request.columns.get("control_features", ()),
    )


def audit_of_counts(
    table: Crosstab,
    positive: str | None,
    *,
    title: str,
    settings: Mapping[str, Any],
    reference: Mapping[str, str],
    confidence: float,
    words: OutcomeWords,
    primary: Primary,
    positive_text: str = "",
    notes: tuple[str, ...] = (),
    control_features: tuple[str, ...] = (),
) -> Audit:
    """Audit a table of counts, of which `positive` is the class that counts."""
    table = binary_table(table, positive)
    controls = Controls(table, control_features, reference, confidence, primary) if control_features else None
    table = table.without_strata() if control_features else table
    check_two_groups(table)
    primary.check(measures_of(table))
    check_reference(table, reference)
    return Audit(
        table,
        title=title,
        settings=settings,
        reference=reference,
        confidence=confidence,
        warnings=(*notes, *cautions(table)),
        positive=positive_text,
        words=words,
        controls=controls,
        primary=primary,
    )
