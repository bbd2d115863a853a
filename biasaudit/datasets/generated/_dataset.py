"""A generated Dataset: the table that a causal model draws, with its card and its truth."""

from __future__ import annotations

from biasaudit.arguments import check_seed
from biasaudit.datasets.dataset import Card, Dataset
from biasaudit.datasets.generated._drawing import draw
from biasaudit.datasets.generated.causal import Dials, Model, check_count
from biasaudit.datasets.generated.laws import planted
from biasaudit.datasets.truth import Truth

__all__ = ["generate"]

# What each dial does, as a fault that a card names.
FAULTS = {
    "historical_bias": "Past injustice moved the causes of the label themselves.",
    "label_bias": "Past deciders turned labels against people of the group.",
    "measurement_bias": "A column is misread for people of the group.",
    "underrepresentation": "People of the group are missing from the table.",
    "proxy_strength": "Other columns give the group away.",
    "omitted_variable": "A cause of the label that differs by group is in no column.",
    "missingness": "Values are missing more often for people of the group.",
    "artefact": "In some batches every label is 1.",
    "policing": "Who is patrolled more is recorded more.",
}


def generate(model: Model, dials: Dials, rows: int, random_state: int) -> Dataset:
    """Draw people from a causal model and gather what is known of them.

    Raises
    ------
    AuditError
        If `rows` or `random_state` is not a whole number in range.
    """
    rows, seed = check_count("n", rows, least=1), check_seed(random_state)
    sample = draw(model, dials, rows, seed)
    feature, share = model.sensitive_feature, model.group_share
    return Dataset(
        name=model.name,
        frame=sample.frame,
        label=model.label,
        features=tuple(model.features()),
        sensitive_features=(feature,),
        card=_card(model, dials, rows),
        truth=Truth(sample.label, sample.counterfactual, planted(model, dials)),
        audit_arguments={
            "y_true": model.label,
            "sensitive_features": [feature],
            "reference": {feature: model.reference},
            "population": {feature: {model.reference: 1 - share, model.group: share}},
        },
    )


def _card(model: Model, dials: Dials, rows: int) -> Card:
    return Card(
        title=model.title,
        source=f"Drawn by biasaudit.datasets.make_{model.name}; nobody in it exists",
        url="",
        licence="CC0 1.0",
        collected="Generated",
        citation="biasaudit",
        rows=rows,
        question=model.question,
        columns={
            **model.features(),
            model.sensitive_feature: f"{model.group} or {model.reference}",
            model.label: model.label_meaning,
        },
        known_faults=tuple(f"{FAULTS[dial]} ({dial}={value:g})" for dial, value in dials.turned().items()),
        published_figures=(),
        sha256="",
    )
