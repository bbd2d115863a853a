"""The mitigations that can be asked for by name."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.lookup import by_name

__all__ = [
    "BASELINE",
    "BINARY",
    "MITIGATIONS",
    "NUMBER",
    "NUMBER_BASELINE",
    "NUMBER_MITIGATIONS",
    "MitigationRow",
    "get_mitigation",
    "make_mitigation",
    "mitigations_for",
]

# The kinds of label.
BINARY, NUMBER = "binary", "number"
KINDS = {BINARY: "a yes or no", NUMBER: "a number"}


@dataclass(frozen=True)
class MitigationRow:
    """One mitigation, declared.

    Parameters
    ----------
    name, label : str
    stage : {"before", "during", "after"}
        When it acts: on the data, in training, or on the decisions.
    home : str
        Module and class, as "module:Class".
    source : str
        The paper that describes it.
    needs_group : bool
        Whether it has to know the group of a person at prediction. Law or data may forbid that.
    torch : bool
        Whether it needs PyTorch.
    effort : float
        How many times as long as the unmitigated model it takes, roughly: measured on COMPAS, logistic regression.
    outcome : {"binary", "number"}
        Kind of label that it is for.
    """

    name: str
    label: str
    stage: str
    home: str
    source: str
    needs_group: bool = False
    torch: bool = False
    effort: float = 1.0
    outcome: str = BINARY

    @property
    def installed(self) -> bool:
        """Whether what it needs is installed."""
        return not self.torch or all(importlib.util.find_spec(name) for name in ("torch", "skorch"))


BASELINE = MitigationRow("unmitigated", "Unmitigated", "before", "preprocessing:Unmitigated", "")
MITIGATIONS = (
    MitigationRow("reweighing", "Reweighing", "before", "preprocessing:Reweighing", "Kamiran & Calders 2012"),
    MitigationRow(
        "resampling",
        "Preferential resampling",
        "before",
        "preprocessing:Resampling",
        "Kamiran & Calders 2012",
        effort=1.2,
    ),
    MitigationRow("massaging", "Massaging", "before", "preprocessing:Massaging", "Kamiran & Calders 2012", effort=1.2),
    MitigationRow(
        "correlation_remover",
        "Correlation remover",
        "before",
        "feature_repair:CorrelationRemover",
        "Bird et al. 2020",
        needs_group=True,
        effort=1.4,
    ),
    MitigationRow(
        "impact_repair",
        "Disparate impact repair",
        "before",
        "feature_repair:DisparateImpactRepair",
        "Feldman et al. 2015",
        needs_group=True,
        effort=1.5,
    ),
    MitigationRow(
        "exponentiated_gradient",
        "Exponentiated gradient",
        "during",
        "inprocessing:ExponentiatedGradient",
        "Agarwal et al. 2018",
        effort=22,
    ),
    MitigationRow("grid_search", "Grid search", "during", "inprocessing:GridSearch", "Agarwal et al. 2018", effort=6),
    MitigationRow(
        "adversarial",
        "Adversarial network",
        "during",
        "networks:Adversarial",
        "Zhang, Lemoine & Mitchell 2018",
        torch=True,
        effort=19,
    ),
    MitigationRow(
        "fair_network",
        "Network with a fairness penalty",
        "during",
        "networks:FairNetwork",
        "Padala & Gujar 2020",
        torch=True,
        effort=9,
    ),
    MitigationRow(
        "group_dro",
        "Group-robust network",
        "during",
        "networks:GroupRobust",
        "Sagawa et al. 2020",
        torch=True,
        effort=12,
    ),
    MitigationRow(
        "threshold_optimizer",
        "Threshold optimizer",
        "after",
        "postprocessing:ThresholdOptimizer",
        "Hardt, Price & Srebro 2016",
        needs_group=True,
        effort=2.5,
    ),
    MitigationRow(
        "group_calibration",
        "Calibration by group",
        "after",
        "postprocessing:GroupCalibration",
        "Platt 1999",
        needs_group=True,
        effort=1.7,
    ),
    MitigationRow(
        "reject_option",
        "Reject option",
        "after",
        "postprocessing:RejectOption",
        "Kamiran, Karim & Zhang 2012",
        needs_group=True,
        effort=1.6,
    ),
)

NUMBER_BASELINE = MitigationRow(
    "unmitigated", "Unmitigated", "before", "numbers.alignment:Unmitigated", "", outcome=NUMBER
)
NUMBER_MITIGATIONS = (
    MitigationRow(
        "bounded_group_loss",
        "Bounded group loss",
        "during",
        "numbers.bounded_loss:BoundedGroupLoss",
        "Agarwal, Dudík & Wu 2019",
        effort=20,
        outcome=NUMBER,
    ),
    MitigationRow(
        "mean_alignment",
        "Mean alignment",
        "after",
        "numbers.alignment:MeanAlignment",
        "Calders et al. 2013",
        needs_group=True,
        outcome=NUMBER,
    ),
    MitigationRow(
        "quantile_alignment",
        "Quantile alignment",
        "after",
        "numbers.alignment:QuantileAlignment",
        "Chzhen et al. 2020",
        needs_group=True,
        outcome=NUMBER,
    ),
)


def mitigations_for(outcome: str) -> tuple[MitigationRow, ...]:
    """Return the mitigations for a kind of label.

    Parameters
    ----------
    outcome : {"binary", "number"}

    Examples
    --------
    >>> [row.name for row in mitigations_for("number")]
    ['bounded_group_loss', 'mean_alignment', 'quantile_alignment']
    """
    return NUMBER_MITIGATIONS if outcome == NUMBER else MITIGATIONS


def get_mitigation(name: str, outcome: str | None = None) -> MitigationRow:
    """Look a mitigation up by its name.

    Parameters
    ----------
    name : str
    outcome : {"binary", "number"}, optional
        Kind of label that it has to be for; any otherwise.

    Raises
    ------
    AuditError
        If there is none of the name, or it is for another kind of label.

    Examples
    --------
    >>> get_mitigation("threshold_optimizer").needs_group
    True
    """
    if name == BASELINE.name:
        return NUMBER_BASELINE if outcome == NUMBER else BASELINE
    every = (*MITIGATIONS, *NUMBER_MITIGATIONS)
    rows = every if outcome is None else mitigations_for(outcome)
    found = next((row for row in every if row.name == name), None)
    if found is not None and found not in rows:
        raise AuditError(
            f'The mitigation "{name}" is for {KINDS[found.outcome]}, and the label is {KINDS[rows[0].outcome]}. '
            f"Choose among: {', '.join(row.name for row in rows)}."
        )
    return by_name(rows, name, "a mitigation", "Mitigations")


def make_mitigation(name: str, outcome: str | None = None, **settings: Any) -> Any:
    """Make a mitigation by its name; settings that it does not take are left out.

    Parameters
    ----------
    name : str
        That of a row of `MITIGATIONS`, or of `NUMBER_MITIGATIONS`.
    outcome : {"binary", "number"}, optional
        Kind of label that it has to be for; any otherwise.
    **settings : object
        Such as `estimator`, `constraint` and `random_state`.

    Returns
    -------
    estimator
        That of the mitigation: `fit` and `predict` take the groups as `sensitive_features`.

    Raises
    ------
    AuditError
        If there is none of the name, or what it needs is not installed.

    Examples
    --------
    >>> make_mitigation("reweighing", constraint="equalized_odds", random_state=0)
    Reweighing(random_state=0)
    """
    row = get_mitigation(name, outcome)
    if not row.installed:
        raise AuditError(f'The mitigation "{name}" needs PyTorch. Install it: pip install "biasaudit[torch]".')
    module, _, kind = row.home.partition(":")
    chosen = getattr(importlib.import_module(f"biasaudit.mitigation.{module}"), kind)
    return chosen(**{key: value for key, value in settings.items() if key in chosen._get_param_names()})
