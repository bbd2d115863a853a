"""Rates, each declared in one line by the cells it counts among the cells that are eligible."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.lookup import by_name
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.units import NUMBER, SHARE, Unit

__all__ = ["RATES", "Cell", "Rate", "available_rates", "get_rate"]


class Cell(enum.Flag):
    """The four cells of a confusion matrix, in the order in which arrays hold them."""

    TN = enum.auto()
    FP = enum.auto()
    FN = enum.auto()
    TP = enum.auto()

    @property
    def mask(self) -> Floats:
        """1.0 for each of TN, FP, FN, TP that is included."""
        return _mask(self.value)


@cache
def _mask(cells: int) -> Floats:
    mask = np.array([float(bool(cell.value & cells)) for cell in Cell])
    mask.flags.writeable = False
    return mask


TN, FP, FN, TP = Cell
ALL = TN | FP | FN | TP


def _f1(share: Floats) -> Floats:
    """F1 = 2J / (1 + J), with J the share of true positives among all that are or were called positive."""
    return 2 * share / (1 + share)


def _odds(share: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return share / (1 - share)


UNIT_OF_TRANSFORM = Unit("")


@dataclass(frozen=True)
class Rate(Metric):
    """A rate: the rows in `counted` as a share of the rows in `among`; its other facts are those of a Metric.

    Parameters
    ----------
    name, label, meaning : str
    counted, among : Cell
        Cells of numerator and denominator.
    undefined : str
        Why the rate has no value where no row is eligible.
    transform : callable
        Increasing function from the share to the value, for measures that are one share in other clothes.
    unit : Unit
        A share; where it is transformed, a plain number unless said otherwise.
    """

    counted: Cell
    among: Cell
    undefined: str
    transform: Callable[[Floats], Floats] | None = field(default=None, kw_only=True)
    unit: Unit = field(default=UNIT_OF_TRANSFORM, kw_only=True)

    @property
    def lowest(self) -> float:
        """No share is negative."""
        return 0.0

    def __post_init__(self) -> None:
        """Take what is transformed for no share, unless the row says its unit."""
        if self.unit is UNIT_OF_TRANSFORM:
            object.__setattr__(self, "unit", SHARE if self.transform is None else NUMBER)

    @property
    def varies_as(self) -> Any:
        """Rates that are equal, or each other's complement, are equal in this."""
        return (self.among, frozenset([self.counted, self.among & ~self.counted]))

    @cached_property
    def sides(self) -> Floats:
        """Which of TN, FP, FN, TP are counted, and which are eligible without being counted, shape (2, 4)."""
        return np.stack([self.counted.mask, (self.among & ~self.counted).mask])

    def numerator(self, confusion: Floats) -> Floats:
        """Sum the counted cells of `confusion`, shape (..., 4) in the order TN, FP, FN, TP."""
        return np.asarray(confusion @ self.counted.mask)

    def denominator(self, confusion: Floats) -> Floats:
        """Sum the eligible cells of `confusion`, shape (..., 4)."""
        return np.asarray(confusion @ self.among.mask)

    def value(self, share: Floats) -> Floats:
        """Turn a share, or a limit of its interval, into the value of the measure."""
        return share if self.transform is None else self.transform(share)

    def estimate(self, confusion: Floats) -> Floats:
        """Compute the rate from confusion counts; NaN where no row is eligible.

        Parameters
        ----------
        confusion : array of shape (..., 4)
            Counts or weights of TN, FP, FN, TP; leading axes are groups, replicates, thresholds.

        Returns
        -------
        array of shape (...)

        Examples
        --------
        >>> import numpy as np
        >>> float(get_rate("false_positive_rate").estimate(np.array([990, 805, 532, 1369])).round(4))
        0.4485
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.value(self.numerator(confusion) / self.denominator(confusion))


POSITIVE, NEGATIVE = TP | FN, TN | FP
SELECTED, REJECTED = TP | FP, TN | FN
# What another metric tells already, or only experts ask for, stands in the tables.
NOT_REPORTED: dict[str, Any] = {"report_order": 0, "charted": False, "printed": False}

RATES = (
    Rate(
        "selection_rate",
        "Selection rate",
        "of everyone, the share predicted positive",
        SELECTED,
        ALL,
        "no rows",
        needs=("y_pred",),
        source="29 CFR 1607.4(D)",
        aliases=("acceptance_rate", "demographic_parity", "statistical_parity"),
        report_order=4,
        primary=True,
        zero_means="nobody is predicted positive",
        event="selected",
    ),
    Rate(
        "base_rate",
        "Base rate",
        "of everyone, the share whose label is positive",
        POSITIVE,
        ALL,
        "no rows",
        needs=("y_true",),
        source="Kleinberg, Mullainathan & Raghavan 2017",
        aliases=("prevalence",),
        report_order=6,
        zero_means="no label is positive",
        event="positive",
    ),
    Rate(
        "true_positive_rate",
        "True positive rate",
        "of those whose label is positive, the share predicted positive",
        TP,
        POSITIVE,
        "no positive labels",
        source="Hardt, Price & Srebro 2016",
        aliases=("recall", "sensitivity", "equal_opportunity"),
        complement="false_negative_rate",
        harm="low",
        zero_means="nobody whose label is positive is predicted positive",
        event="selected",
        eligible="positive",
        **NOT_REPORTED,
    ),
    Rate(
        "false_positive_rate",
        "False positive rate",
        "of those whose label is negative, the share predicted positive",
        FP,
        NEGATIVE,
        "no negative labels",
        source="Hardt, Price & Srebro 2016",
        aliases=("fall_out", "predictive_equality"),
        complement="true_negative_rate",
        harm="high",
        report_order=2,
        primary=True,
        zero_means="nobody whose label is negative is predicted positive",
        event="selected",
        eligible="negative",
    ),
    Rate(
        "true_negative_rate",
        "True negative rate",
        "of those whose label is negative, the share predicted negative",
        TN,
        NEGATIVE,
        "no negative labels",
        source="Altman & Bland 1994",
        aliases=("specificity",),
        complement="false_positive_rate",
        harm="low",
        zero_means="nobody whose label is negative is predicted negative",
        event="rejected",
        eligible="negative",
        **NOT_REPORTED,
    ),
    Rate(
        "false_negative_rate",
        "False negative rate",
        "of those whose label is positive, the share predicted negative",
        FN,
        POSITIVE,
        "no positive labels",
        source="Altman & Bland 1994",
        aliases=("miss_rate",),
        complement="true_positive_rate",
        harm="high",
        report_order=3,
        primary=True,
        zero_means="nobody whose label is positive is predicted negative",
        event="rejected",
        eligible="positive",
    ),
    Rate(
        "positive_predictive_value",
        "Positive predictive value",
        "of those predicted positive, the share whose label is positive",
        TP,
        SELECTED,
        "no positive predictions",
        source="Chouldechova 2017",
        aliases=("precision", "predictive_parity"),
        complement="false_discovery_rate",
        harm="low",
        report_order=5,
        primary=True,
        zero_means="no positive prediction is right",
        event="positive",
        eligible="selected",
    ),
    Rate(
        "negative_predictive_value",
        "Negative predictive value",
        "of those predicted negative, the share whose label is negative",
        TN,
        REJECTED,
        "no negative predictions",
        source="Altman & Bland 1994",
        complement="false_omission_rate",
        harm="low",
        zero_means="no negative prediction is right",
        event="negative",
        eligible="rejected",
        **NOT_REPORTED,
    ),
    Rate(
        "false_discovery_rate",
        "False discovery rate",
        "of those predicted positive, the share whose label is negative",
        FP,
        SELECTED,
        "no positive predictions",
        source="Benjamini & Hochberg 1995",
        complement="positive_predictive_value",
        harm="high",
        zero_means="no positive prediction is wrong",
        event="negative",
        eligible="selected",
        **NOT_REPORTED,
    ),
    Rate(
        "false_omission_rate",
        "False omission rate",
        "of those predicted negative, the share whose label is positive",
        FN,
        REJECTED,
        "no negative predictions",
        source="Berk et al. 2018",
        complement="negative_predictive_value",
        harm="high",
        zero_means="no negative prediction is wrong",
        event="positive",
        eligible="rejected",
        **NOT_REPORTED,
    ),
    Rate(
        "accuracy",
        "Accuracy",
        "of everyone, the share predicted rightly",
        TP | TN,
        ALL,
        "no rows",
        source="Berk et al. 2018",
        aliases=("overall_accuracy_equality",),
        harm="low",
        report_order=7,
        printed=False,
        zero_means="nobody is predicted rightly",
        event="were predicted rightly",
    ),
    Rate(
        "f1",
        "F1",
        "the harmonic mean of positive predictive value and true positive rate",
        TP,
        TP | FP | FN,
        "no positive labels and no positive predictions",
        source="van Rijsbergen 1979",
        aliases=("f1_score",),
        transform=_f1,
        unit=SHARE,
        harm="low",
        zero_means="no positive label is predicted positive",
        **NOT_REPORTED,
    ),
    Rate(
        "treatment_equality",
        "False negatives per false positive",
        "how many are wrongly predicted negative for each one wrongly predicted positive",
        FN,
        FN | FP,
        "no errors",
        source="Berk et al. 2018",
        aliases=("treatment_equality_ratio",),
        transform=_odds,
        zero_means="nobody is wrongly predicted negative",
        **NOT_REPORTED,
    ),
)


def available_rates(has_true: bool, has_pred: bool) -> tuple[Rate, ...]:
    """Return the rates that a table with these columns defines.

    Parameters
    ----------
    has_true, has_pred : bool
        Whether there are labels, and predictions.

    Returns
    -------
    tuple of Rate

    Examples
    --------
    >>> [rate.name for rate in available_rates(has_true=False, has_pred=True)]
    ['selection_rate']
    """
    has = {"y_true": has_true, "y_pred": has_pred}
    return tuple(rate for rate in RATES if all(has[column] for column in rate.needs))


def get_rate(name: str) -> Rate:
    """Look a rate up by its name or another name in use.

    Parameters
    ----------
    name : str

    Returns
    -------
    Rate

    Raises
    ------
    AuditError
        If no rate has the name.

    Examples
    --------
    >>> get_rate("recall").name
    'true_positive_rate'
    """
    return by_name(RATES, name, "a rate", "Rates", aliases=lambda rate: rate.aliases)
