"""biasaudit audit: gaps between groups in predictions or decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from biasaudit.cli._options import (
    Bins,
    Cluster,
    Confidence,
    ControlFeatures,
    Count,
    DecisionOptions,
    Metrics,
    Of,
    Primary,
    Reference,
    SampleWeight,
    Selected,
    Target,
    Words,
)
from biasaudit.cli._reading import read_target
from biasaudit.cli._reports import Reports, checked, finish, texts_to_print, writes
from biasaudit.cli._signatures import arguments

__all__ = ["audit"]


@dataclass(frozen=True)
class AuditOptions(DecisionOptions):
    """Arguments of :func:`biasaudit.audit_predictions`."""

    control_features: ControlFeatures = None
    cluster: Cluster = None
    bins: Bins = None
    join: Annotated[str | None, typer.Option(help="File of columns that the first lacks, such as groups.")] = None
    on: Annotated[str | None, typer.Option(help="Column of ids in both files.")] = None
    sample_weight: SampleWeight = None
    count: Count = None
    selected: Selected = None
    of: Of = None
    reference: Reference = None
    confidence: Confidence = 0.95
    words: Words = None
    primary: Primary = None
    metrics: Metrics = None
    rank: Annotated[str | None, typer.Option(help="Column of places in a ranking, from 1.")] = None
    query: Annotated[str | None, typer.Option(help="Column of which ranking a row stands in, such as the job.")] = None
    relevance: Annotated[str | None, typer.Option(help="Column of how much a row deserves to stand above.")] = None
    k: Annotated[list[int] | None, typer.Option("--k", help="Places at the top; once for each number.")] = None


@writes("the audit")
def audit(target: Target, options: AuditOptions, reports: Reports) -> None:
    """Audit predictions or decisions for gaps between groups."""
    from biasaudit.audits.audit_predictions import audit_predictions

    requested = checked(reports)
    found = audit_predictions(read_target(target), **arguments(options))
    report = found.report()
    texts = texts_to_print(report)
    finish(found, "\n\n".join(texts if report.sections else texts[:2]), requested)
