"""The options that commands share, each declared once.

An option has the name of the Python argument that it is; the shorter names of before stay. What stands behind an
option reads what was given for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from biasaudit.cli._reading import read_bins, read_names, read_reference, read_words

__all__ = [
    "FEATURES",
    "RANDOM_STATE",
    "SENSITIVE_FEATURES",
    "Bins",
    "Cluster",
    "Confidence",
    "ControlFeatures",
    "Count",
    "DecisionOptions",
    "Metrics",
    "Of",
    "OutcomeType",
    "PosLabel",
    "Positive",
    "Primary",
    "Reference",
    "SampleWeight",
    "Score",
    "Selected",
    "SensitiveFeatures",
    "Target",
    "Threshold",
    "Tolerance",
    "Unit",
    "Words",
    "YPred",
    "YTrue",
]

# Names of options whose help is another one by command.
SENSITIVE_FEATURES = ("--sensitive-features", "--sensitive")
FEATURES = ("--features", "--feature")
RANDOM_STATE = ("--random-state", "--seed")
ALIKE = "Column in which people are to be alike; once for each."
POSITIVE = 'Where a number is cut into yes and no, such as "G3>=10"; once for each column.'
WORDS = "What sentences say of people: selected=were invited; also people, rejected, positive, negative, good."

Target = Annotated[str, typer.Argument(help="A shipped data set (see: biasaudit datasets) or a file or pattern.")]
YTrue = Annotated[str | None, typer.Option(help="Column of labels.")]
YPred = Annotated[str | None, typer.Option(help="Column of predictions or decisions.")]
SensitiveFeatures = Annotated[
    list[str] | None, typer.Option(*SENSITIVE_FEATURES, help="Sensitive feature; give it once for each.")
]
Score = Annotated[str | None, typer.Option(help="Column of scores.")]
Threshold = Annotated[float | None, typer.Option(help="Predict positive from this score on.")]
PosLabel = Annotated[str | None, typer.Option(help="Value that counts as positive.")]
Positive = Annotated[list[str] | None, typer.Option(help=POSITIVE)]
OutcomeType = Annotated[
    str | None, typer.Option(help="What labels are, where they are read otherwise: binary, classes or number.")
]
Unit = Annotated[str | None, typer.Option(help='Unit of a number, such as "dollars an hour".')]
Tolerance = Annotated[str | None, typer.Option(help='Gap of means too small to matter: 0.5 in the unit, or "0.2 sd".')]
ControlFeatures = Annotated[list[str] | None, typer.Option(help=ALIKE)]
Cluster = Annotated[str | None, typer.Option(help="Column of clusters, such as the person.")]
SampleWeight = Annotated[str | None, typer.Option("--sample-weight", "--weight", help="Column of sample weights.")]
Count = Annotated[str | None, typer.Option(help="Column of how many people a row stands for.")]
Selected = Annotated[str | None, typer.Option(help="Column of how many people were selected, one row a group.")]
Of = Annotated[str | None, typer.Option(help="Column of how many people there were, beside --selected.")]
Bins = Annotated[list[str] | None, typer.Option(help="Edges of a column of numbers: age=25,45."), read_bins]
Reference = Annotated[list[str] | None, typer.Option(help="Reference group: feature=value."), read_reference]
Confidence = Annotated[float, typer.Option(help="Confidence of the intervals.")]
Words = Annotated[list[str] | None, typer.Option(help=WORDS), read_words]
Primary = Annotated[
    list[str] | None, typer.Option(help="Measure whose gaps matter most, such as accuracy; once for each.")
]

Metrics = Annotated[
    list[str] | None,
    typer.Option("--metrics", "--metric", help="Measures asked, such as selection_rate,f1; all otherwise."),
    read_names,
]


@dataclass(frozen=True)
class DecisionOptions:
    """Which columns hold what was decided, about whom, and what was true."""

    y_true: YTrue = None
    y_pred: YPred = None
    sensitive_features: SensitiveFeatures = None
    score: Score = None
    threshold: Threshold = None
    pos_label: PosLabel = None
    positive: Positive = None
    outcome_type: OutcomeType = None
    unit: Unit = None
    tolerance: Tolerance = None
