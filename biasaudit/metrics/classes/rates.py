"""Rates of a problem with several classes: each class against all others, all of them together, who is taken for whom.

Cells are those of the confusion matrix, true classes by predicted ones, row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.metrics.measure_names import measure_name
from biasaudit.metrics.rates import Cell, Rate, get_rate
from biasaudit.names import clean

__all__ = ["CLASS_RATES", "ClassRate", "class_rates", "confusion_rates", "in_words", "of_class", "row_of_class"]

# What stands in a row's words for the name of a class.
CLASS = "{class}"
TN, FP, FN, TP = Cell
ALL = TN | FP | FN | TP


@dataclass(frozen=True)
class ClassRate(Rate):
    """A rate over the cells of so many classes; what it counts is said of the two that are left, one and all others.

    Parameters
    ----------
    classes : int
        How many there are.
    place : int or None
        Number of the class that stands against all others; without one, what is right stands against what is wrong.
    taken_for : int or None
        Number of another class: of those in the class, who is taken for it.

    Examples
    --------
    >>> recall = class_rates(("cold", "flu"), has_true=True, has_pred=True)[5]
    >>> recall.name, recall.sides.tolist()
    ('true_positive_rate[cold]', [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    """

    classes: int = field(default=2, kw_only=True)
    place: int | None = field(default=None, kw_only=True)
    taken_for: int | None = field(default=None, kw_only=True)

    @property
    def varies_as(self) -> Any:
        """Rates of one variance are equal in this."""
        return (super().varies_as, self.place, self.taken_for)

    @cached_property
    def _cells(self) -> Ints:
        """Which of TN, FP, FN, TP each cell is."""
        true, predicted = np.divmod(np.arange(self.classes**2), self.classes)
        if self.place is None:
            return np.where(true == predicted, 3, 1)
        found = 2 * (true == self.place) + (predicted == (self.place if self.taken_for is None else self.taken_for))
        # Those who are taken for another are counted among the class they are in.
        return np.where(true == self.place, found, 0) if self.taken_for is not None else found

    @cached_property
    def sides(self) -> Floats:
        """Which cells are counted, and which are eligible without being counted, shape (2, classes²)."""
        return np.stack([self.counted.mask, (self.among & ~self.counted).mask])[:, self._cells]

    def numerator(self, confusion: Floats) -> Floats:
        """Sum the counted cells of `confusion`, shape (..., classes²)."""
        return np.asarray(confusion @ self.sides[0])

    def denominator(self, confusion: Floats) -> Floats:
        """Sum the eligible cells of `confusion`, shape (..., classes²)."""
        return np.asarray(confusion @ self.sides.sum(axis=0))


# What is asked of each class, in words with a gap for its name.
CLASS_RATES = (
    Rate(
        "selection_rate",
        f"Selection rate of {CLASS}",
        f"of everyone, the share predicted {CLASS}",
        TP | FP,
        ALL,
        "no rows",
        needs=("y_pred",),
        source="29 CFR 1607.4(D), one class against the rest",
        report_order=4,
        primary=True,
        zero_means=f"nobody is predicted {CLASS}",
    ),
    Rate(
        "base_rate",
        f"Base rate of {CLASS}",
        f"of everyone, the share whose class is {CLASS}",
        TP | FN,
        ALL,
        "no rows",
        needs=("y_true",),
        source="Kleinberg, Mullainathan & Raghavan 2017, one class against the rest",
        report_order=6,
        charted=False,
        printed=False,
        zero_means=f"nobody's class is {CLASS}",
    ),
    Rate(
        "true_positive_rate",
        f"True positive rate of {CLASS}",
        f"of those whose class is {CLASS}, the share predicted so",
        TP,
        TP | FN,
        f"nobody whose class is {CLASS}",
        source="Hardt, Price & Srebro 2016, one class against the rest",
        harm="low",
        report_order=2,
        primary=True,
        zero_means=f"nobody whose class is {CLASS} is predicted so",
    ),
    Rate(
        "false_positive_rate",
        f"False positive rate of {CLASS}",
        f"of those whose class is another than {CLASS}, the share predicted {CLASS}",
        FP,
        TN | FP,
        f"nobody whose class is another than {CLASS}",
        source="Hardt, Price & Srebro 2016, one class against the rest",
        harm="high",
        report_order=3,
        charted=False,
        printed=False,
        zero_means=f"nobody is taken for {CLASS}",
    ),
    Rate(
        "positive_predictive_value",
        f"Positive predictive value of {CLASS}",
        f"of those predicted {CLASS}, the share whose class it is",
        TP,
        TP | FP,
        f"nobody predicted {CLASS}",
        source="Chouldechova 2017, one class against the rest",
        harm="low",
        report_order=5,
        charted=False,
        printed=False,
        zero_means=f"no prediction of {CLASS} is right",
    ),
)
WORDS = ("label", "meaning", "undefined", "zero_means")


def in_words(class_name: str) -> str:
    """Write a class within a sentence: a grade by itself would be a number of anything.

    Examples
    --------
    >>> in_words("flu"), in_words("3")
    ('flu', 'class 3')
    """
    shown = clean(class_name, 40) or "(empty)"
    return f"class {shown}" if shown.removeprefix("-").isdigit() else shown


def of_class(row: Rate, class_name: str) -> Rate:
    """Put the name of a class into the words of a row."""
    shown = in_words(class_name)
    words = {name: getattr(row, name).replace(CLASS, shown) for name in WORDS}
    return replace(row, name=measure_name(row.name, class_name), **words)


@lru_cache(maxsize=4_096)
def row_of_class(metric: str, class_name: str) -> Rate | None:
    """Return the row of a metric of a class; None where no class has it."""
    return next((of_class(row, class_name) for row in CLASS_RATES if row.name == metric), None)


def class_rates(
    classes: Sequence[str], *, has_true: bool, has_pred: bool, used: Sequence[bool] | None = None
) -> tuple[ClassRate, ...]:
    """Return the rates of several classes: accuracy over all, and what is asked of each.

    Parameters
    ----------
    classes : sequence of str
        In order.
    used : sequence of bool, optional
        Of which classes it is asked; of all where left out.
    has_true, has_pred : bool
        Whether there are labels, and predictions.

    Returns
    -------
    tuple of ClassRate

    Examples
    --------
    >>> [rate.name for rate in class_rates(["cold", "flu"], has_true=False, has_pred=True)]
    ['selection_rate[cold]', 'selection_rate[flu]']
    """
    has = {"y_true": has_true, "y_pred": has_pred}
    k = len(classes)
    over_all = [_laid_over(get_rate("accuracy"), k, None)] if has_true and has_pred else []
    of_each = [
        _laid_over(of_class(row, name), k, place)
        for row in CLASS_RATES
        if all(has[column] for column in row.needs)
        for place, name in enumerate(classes)
        if used is None or used[place]
    ]
    return (*over_all, *of_each)


def confusion_rates(classes: Sequence[str]) -> tuple[ClassRate, ...]:
    """Return, of those in each class, the share that is predicted each: true classes first, then predicted ones.

    Parameters
    ----------
    classes : sequence of str

    Returns
    -------
    tuple of ClassRate
        classes² of them.
    """
    k = len(classes)
    row = replace(get_rate("true_positive_rate"), complement="")
    each = [replace(row, undefined=f"nobody in {in_words(name)}") for name in classes]
    return tuple(
        _laid_over(replace(each[i], name=measure_name("confusion", f"{i},{j}")), k, i, taken_for=j)
        for i in range(k)
        for j in range(k)
    )


def _laid_over(row: Rate, classes: int, place: int | None, taken_for: int | None = None) -> ClassRate:
    """Lay a rate of two classes over so many, of which one stands against all others."""
    own = {one.name: getattr(row, one.name) for one in fields(Rate)}
    return ClassRate(**own, classes=classes, place=place, taken_for=taken_for)
