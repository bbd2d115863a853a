"""biasaudit data: who is missing in data, what their labels say, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from biasaudit.cli._options import (
    FEATURES,
    RANDOM_STATE,
    Bins,
    Cluster,
    Confidence,
    ControlFeatures,
    Count,
    PosLabel,
    Primary,
    Reference,
    SampleWeight,
    SensitiveFeatures,
    Target,
    Words,
)
from biasaudit.cli._reading import read_population, read_target
from biasaudit.cli._reports import Reports, checked, finish, texts_to_print, writes
from biasaudit.cli._signatures import arguments

__all__ = ["data"]

FINDINGS = 12


@dataclass(frozen=True)
class DataOptions:
    """Arguments of :func:`biasaudit.audit_dataset`."""

    label: Annotated[str | None, typer.Option(help="Column of labels or decisions.")] = None
    sensitive_features: SensitiveFeatures = None
    features: Annotated[
        list[str] | None, typer.Option(*FEATURES, help="Column a model may learn from; once for each.")
    ] = None
    population: Annotated[
        list[str] | None,
        typer.Option(help="Share of a group in the population: feature:group=share, once for each."),
        read_population,
    ] = None
    strata: ControlFeatures = None
    control_features: Annotated[list[str] | None, typer.Option(help="Another name of --strata.")] = None
    after_decision: Annotated[
        list[str] | None, typer.Option(help="Column that came after the label was decided; once for each.")
    ] = None
    verified: Annotated[str | None, typer.Option(help="Column of verified labels, empty where there is none.")] = None
    pos_label: PosLabel = None
    cluster: Cluster = None
    bins: Bins = None
    sample_weight: SampleWeight = None
    count: Count = None
    reference: Reference = None
    confidence: Confidence = 0.95
    random_state: Annotated[int, typer.Option(*RANDOM_STATE, help="Seed of samples and folds.")] = 0
    words: Words = None
    primary: Primary = None
    outcome_type: Annotated[str | None, typer.Option(help="What the label is: binary, classes or number.")] = None
    positive: Annotated[list[str] | None, typer.Option(help="Where a number is cut into yes and no: grade>=10.")] = None
    unit: Annotated[str | None, typer.Option(help='Unit of a number, such as "dollars an hour".')] = None
    tolerance: Annotated[str | None, typer.Option(help='Difference too small to matter: 0.5, or "0.2 sd".')] = None


@writes("the audit")
def data(target: Target, options: DataOptions, reports: Reports) -> None:
    """Audit data before any model: who is missing, what labels say, and where that comes from."""
    from biasaudit.audits.data.audit_dataset import audit_dataset

    requested = checked(reports)
    found = audit_dataset(read_target(target), **arguments(options))
    finish(found, "\n\n".join(texts_to_print(found.report(), findings=FINDINGS)), requested)
