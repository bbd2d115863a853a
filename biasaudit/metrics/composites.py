"""Measures that are no single share: balanced accuracy, prevalence error, AUC, Brier score and calibration.

Each is given by its value in [0, 1] and by what one row adds to it (its influence), and from there is
treated as a share of as many effective rows as would be equally uncertain.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.lookup import by_name
from biasaudit.metrics.influence import Influence, balanced_accuracy, mean_of_rows, rank_auc
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.rates import NOT_REPORTED
from biasaudit.metrics.units import NUMBER

__all__ = ["COMPOSITES", "Composite", "available_composites", "get_composite", "has_probabilities", "held_columns"]


CellEstimator = Callable[[Floats, Floats, Any], Influence]


@dataclass(frozen=True)
class Composite(Metric):
    """A measure with bounded values that is not one share; its other facts are those of a Metric.

    Parameters
    ----------
    name, label, meaning : str
    undefined : str
        As for a rate.
    influence : callable
        Measures it in each group: from the weights and squared weights of each cell, or of each label and score bin
        where it needs a score, and the scores of the bins.
    lowest, highest : float
        Smallest and largest possible value.
    averages : bool
        Whether the value over everyone is the mean of the groups' values.
    """

    undefined: str
    influence: CellEstimator
    lowest: float = field(default=0.0, kw_only=True)
    highest: float = field(default=1.0, kw_only=True)
    averages: bool = field(default=True, kw_only=True)

    @property
    def scored(self) -> bool:
        """Whether it is measured on scores."""
        return "score" in self.needs or "probability" in self.needs

    def value(self, share: Floats) -> Floats:
        """Turn a share of the way from the smallest to the largest value into the value."""
        return self.lowest + (self.highest - self.lowest) * share


def _balanced_accuracy(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return balanced_accuracy(weights, squares)


def _auc(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return rank_auc(weights, squares)


def _prevalence_error(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return mean_of_rows(weights, squares, np.array([0.5, 1.0, 0.0, 0.5]))


def _brier(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return mean_of_rows(weights, squares, (scores - CLASS_VALUES) ** 2)


def _calibration_in_the_large(weights: Floats, squares: Floats, scores: Any) -> Influence:
    return mean_of_rows(weights, squares, (1 + scores - CLASS_VALUES) / 2)


CLASS_VALUES = np.array([[0.0], [1.0]])
COMPOSITES = (
    Composite(
        "balanced_accuracy",
        "Balanced accuracy",
        "the mean of true positive rate and true negative rate",
        "not both labels",
        _balanced_accuracy,
        source="Brodersen et al. 2010",
        harm="low",
        averages=False,
        zero_means="nobody is predicted rightly",
        **NOT_REPORTED,
    ),
    Composite(
        "prevalence_error",
        "Prevalence error",
        "selection rate minus base rate: above 0, too many are called positive",
        "no rows",
        _prevalence_error,
        source="Forman 2008",
        lowest=-1.0,
        unit=NUMBER,
        **NOT_REPORTED,
    ),
    Composite(
        "auc",
        "AUC",
        "the chance that a positive case scores above a negative one, from the score bins",
        "not both labels",
        _auc,
        needs=("y_true", "score"),
        source="DeLong, DeLong & Clarke-Pearson 1988",
        aliases=("roc_auc",),
        unit=NUMBER,
        harm="low",
        report_order=8,
        printed=False,
        averages=False,
        zero_means="no positive case scores above a negative one",
    ),
    Composite(
        "brier",
        "Brier score",
        "the mean squared distance between score and label, from the score bins",
        "no rows",
        _brier,
        needs=("y_true", "probability"),
        source="Brier 1950",
        aliases=("brier_score",),
        unit=NUMBER,
        harm="high",
        zero_means="every score is right",
        **NOT_REPORTED,
    ),
    Composite(
        "calibration_in_the_large",
        "Calibration in the large",
        "mean score minus base rate: above 0, risks are overstated, from the score bins",
        "no rows",
        _calibration_in_the_large,
        needs=("y_true", "probability"),
        source="Cox 1958",
        lowest=-1.0,
        unit=NUMBER,
        **NOT_REPORTED,
    ),
)


def available_composites(table: Crosstab) -> tuple[Composite, ...]:
    """Return the composites that the columns of `table` define.

    Parameters
    ----------
    table : Crosstab

    Returns
    -------
    tuple of Composite
    """
    has = held_columns(table)
    return tuple(c for c in COMPOSITES if all(has[column] for column in c.needs))


def held_columns(table: Crosstab) -> dict[str, bool]:
    """Say of each column that a metric may need whether a table holds it.

    Parameters
    ----------
    table : Crosstab

    Returns
    -------
    dict of str to bool
        Of "y_true", "y_pred", "score" and "probability" (a score within 0–1).
    """
    scored = table.bin_scores is not None
    return {
        "y_true": table.y_true is not None,
        "y_pred": table.y_pred is not None,
        "score": scored,
        "probability": scored and has_probabilities(table),
    }


def get_composite(name: str) -> Composite:
    """Look a composite up by its name or another name in use.

    Parameters
    ----------
    name : str

    Returns
    -------
    Composite

    Raises
    ------
    AuditError
        If no composite has the name.

    Examples
    --------
    >>> get_composite("roc_auc").name
    'auc'
    """
    return by_name(COMPOSITES, name, "a composite", "Composites", aliases=lambda composite: composite.aliases)


def has_probabilities(table: Crosstab) -> bool:
    """Say whether the scores lie within 0–1, so that they can be read as probabilities.

    Parameters
    ----------
    table : Crosstab
    """
    scores = table.bin_scores
    return scores is not None and bool(scores.min() >= 0 and scores.max() <= 1)
