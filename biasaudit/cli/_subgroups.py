"""biasaudit subgroups: a search of every intersection of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from biasaudit.cli._options import (
    FEATURES,
    RANDOM_STATE,
    Cluster,
    Confidence,
    Count,
    OutcomeType,
    Positive,
    PosLabel,
    SampleWeight,
    Target,
    Tolerance,
    Unit,
    Words,
)
from biasaudit.cli._reading import read_bins, read_target
from biasaudit.cli._reports import Reports, checked, finish, writes
from biasaudit.cli._signatures import arguments
from biasaudit.cli.printing import width

__all__ = ["subgroups"]


@dataclass(frozen=True)
class SubgroupOptions:
    """Arguments of :func:`biasaudit.find_subgroups`."""

    outcome: Annotated[str | None, typer.Option(help="Column of what is compared.")] = None
    features: Annotated[
        list[str] | None, typer.Option(*FEATURES, help="Feature that makes subgroups; once for each.")
    ] = None
    y_true: Annotated[str | None, typer.Option(help="Column of labels, to search for errors.")] = None
    y_pred: Annotated[str | None, typer.Option(help="Column of predictions, to search for errors.")] = None
    metric: Annotated[str | None, typer.Option(help="Rate, or mean error, to search for; error_rate if left out.")] = (
        None
    )
    pos_label: PosLabel = None
    sample_weight: SampleWeight = None
    cluster: Cluster = None
    count: Count = None
    bins: Annotated[list[str] | None, typer.Option(help="Edges of a feature of numbers: age=25,45."), read_bins] = None
    max_features: Annotated[int | None, typer.Option(help="Conditions of the longest pattern.")] = None
    min_support: Annotated[float, typer.Option(help="Share of rows that a subgroup must have.")] = 0.01
    rank_by: Annotated[str, typer.Option(help="Order: p_value, effect or sliceline.")] = "p_value"
    confidence: Confidence = 0.95
    device: Annotated[str, typer.Option(help="Where to count: auto, cpu or cuda.")] = "auto"
    random_state: Annotated[int, typer.Option(*RANDOM_STATE, help="Seed of the halves.")] = 0
    words: Words = None
    outcome_type: OutcomeType = None
    positive: Positive = None
    unit: Unit = None
    tolerance: Tolerance = None


@writes("the audit")
def subgroups(target: Target, options: SubgroupOptions, reports: Reports) -> None:
    """Search every intersection of features for subgroups that fare differently, and confirm what is found."""
    from biasaudit.audits.subgroups.search import find_subgroups
    from biasaudit.reporting.formats.sections import section_texts

    requested = checked(reports)
    found = find_subgroups(read_target(target), **arguments(options))
    text = found.to_text(width=width()) + "\n\n" + section_texts(found.report(), width=width())
    finish(found, text, requested)
