"""The audit of a yes or no: what decisions do to each group, made of what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from biasaudit.audits.cautions import cautions
from biasaudit.audits.chosen import Chosen
from biasaudit.audits.counts import binary_table, positive_words
from biasaudit.audits.families import check_reference, check_two_groups, measures_of
from biasaudit.audits.own.calls import call_functions, resampling_settings
from biasaudit.audits.own.estimates import Resampling
from biasaudit.audits.own.metrics import own_metrics
from biasaudit.audits.own.rows import binary_values
from biasaudit.audits.predictions._controlled import Controls, check_controls
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.counts.counting import CountResult
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.cell_totals import rows_by_group
from biasaudit.metrics.composites import held_columns
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary

__all__ = ["audit_of_counts", "check_controls", "decision_audit", "with_functions"]

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
            **request.metrics.settings,
        },
        reference=request.reference,
        confidence=request.confidence,
        positive_text=positive_words(found.reading, request),
        notes=notes,
        words=request.words,
        primary=request.primary,
        metrics=request.metrics,
        control_features=request.columns.get("control_features", ()),
    )


def with_functions(audit: Audit, source: Source, request: Request, found: CountResult, how: Resampling) -> Audit:
    """Set functions of the caller's own beside what the counts of an audit say."""
    values = binary_values(request, found)
    own = call_functions(audit.table, source, request, values, how, rows_of=rows_by_group)
    settings = {**audit.settings, **resampling_settings(how)}
    return replace(audit, own=own, settings=settings, warnings=(*own.notes, *audit.warnings))


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
    metrics: Chosen,
    positive_text: str = "",
    notes: tuple[str, ...] = (),
    control_features: tuple[str, ...] = (),
) -> Audit:
    """Audit a table of counts, of which `positive` is the class that counts."""
    table = binary_table(table, positive)
    controls = Controls(table, control_features, reference, confidence, primary, metrics) if control_features else None
    table = table.without_strata() if control_features else table
    check_two_groups(table, table.rows)
    metrics.check(held_columns(table))
    primary.check((*measures_of(table, metrics), *own_metrics([*metrics.functions])))
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
        metrics=metrics,
    )
