"""Measures over all classes: macro recall, macro F1, and the mean rank of classes that have an order."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from biasaudit.arraytypes import Bools, Floats
from biasaudit.metrics.classes.influence import macro_f1, macro_recall, mean_rank
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.influence import Influence
from biasaudit.metrics.units import RANK

__all__ = ["CLASS_COMPOSITES", "class_composites"]


def _macro_recall(weights: Floats, squares: Floats, scores: Any, labelled: Bools | None = None) -> Influence:
    return macro_recall(weights, squares, labelled)


def _macro_f1(weights: Floats, squares: Floats, scores: Any, used: Bools | None = None) -> Influence:
    return macro_f1(weights, squares, used)


def _mean_true_rank(weights: Floats, squares: Floats, scores: Any) -> Influence:
    true, _, last = _places(weights)
    return mean_rank(weights, squares, true / last)


def _mean_predicted_rank(weights: Floats, squares: Floats, scores: Any) -> Influence:
    _, predicted, last = _places(weights)
    return mean_rank(weights, squares, predicted / last)


def _mean_rank_error(weights: Floats, squares: Floats, scores: Any) -> Influence:
    true, predicted, last = _places(weights)
    return mean_rank(weights, squares, (1 + (predicted - true) / last) / 2)


def _mean_absolute_rank_error(weights: Floats, squares: Floats, scores: Any) -> Influence:
    true, predicted, last = _places(weights)
    return mean_rank(weights, squares, np.abs(predicted - true) / last)


def _places(weights: Floats) -> tuple[Floats, Floats, int]:
    """Return the place of the true and the predicted class of each cell, from 0, and the last place."""
    classes = round(weights.shape[1] ** 0.5)
    true, predicted = np.divmod(np.arange(classes**2), classes)
    return true.astype(float), predicted.astype(float), classes - 1


IN_ORDER: dict[str, Any] = {"unit": RANK, "charted": True, "printed": True}
CLASS_COMPOSITES = (
    Composite(
        "macro_recall",
        "Macro recall",
        "the mean over all classes of the share of each that is predicted rightly",
        "nobody in one of the classes",
        _macro_recall,
        source="Brodersen et al. 2010, for more than two classes",
        aliases=("recall_macro", "balanced_accuracy_multiclass"),
        harm="low",
        report_order=1,
        primary=True,
        averages=False,
        zero_means="nobody is predicted rightly",
    ),
    Composite(
        "macro_f1",
        "Macro F1",
        "the mean over all classes of the harmonic mean of precision and recall",
        "nobody in one of the classes, nor predicted so",
        _macro_f1,
        source="Opitz & Burst 2019",
        aliases=("f1_macro",),
        harm="low",
        report_order=8,
        printed=False,
        averages=False,
        zero_means="nobody is predicted rightly",
    ),
    Composite(
        "mean_true_rank",
        "Mean true rank",
        "the mean place of the true class in the order of the classes, from 1",
        "no rows",
        _mean_true_rank,
        needs=("y_true",),
        source="Agresti 2010, mean ranks of ordered classes",
        lowest=1.0,
        highest=2.0,
        report_order=9,
        **IN_ORDER,
    ),
    Composite(
        "mean_predicted_rank",
        "Mean predicted rank",
        "the mean place of the predicted class in the order of the classes, from 1",
        "no rows",
        _mean_predicted_rank,
        needs=("y_pred",),
        source="Agresti 2010, mean ranks of ordered classes",
        lowest=1.0,
        highest=2.0,
        report_order=5,
        primary=True,
        **IN_ORDER,
    ),
    Composite(
        "mean_rank_error",
        "Mean error in ranks",
        "predicted rank minus true rank, on average: above 0, people are placed too high",
        "no rows",
        _mean_rank_error,
        source="Gaudette & Japkowicz 2009",
        lowest=-1.0,
        report_order=5,
        primary=True,
        **IN_ORDER,
    ),
    Composite(
        "mean_absolute_rank_error",
        "Mean absolute error in ranks",
        "by how many ranks the predicted class is off, on average",
        "no rows",
        _mean_absolute_rank_error,
        source="Gaudette & Japkowicz 2009",
        harm="high",
        zero_means="every rank is right",
        report_order=8,
        unit=RANK,
        charted=False,
        printed=False,
    ),
)


def class_composites(
    classes: Sequence[str], labelled: Bools, used: Bools, *, has_true: bool, has_pred: bool, ordered: bool
) -> tuple[Composite, ...]:
    """Return the measures over all of so many classes.

    Parameters
    ----------
    classes : sequence of str
        In order.
    labelled : bool array of shape (classes,)
        Those that some label has: of others there is no recall.
    used : bool array of shape (classes,)
        Those that some label or prediction has.
    has_true, has_pred : bool
        Whether there are labels, and predictions.
    ordered : bool
        Whether the classes have an order, so that ranks can be averaged.

    Returns
    -------
    tuple of Composite

    Examples
    --------
    >>> import numpy as np
    >>> every = np.ones(3, dtype=bool)
    >>> grades = class_composites("012", every, every, has_true=False, has_pred=True, ordered=True)
    >>> [(row.name, row.lowest, row.highest) for row in grades]
    [('mean_predicted_rank', 1.0, 3.0)]
    """
    has = {"y_true": has_true, "y_pred": has_pred}
    return tuple(
        _of_classes(row, len(classes), labelled, used)
        for row in CLASS_COMPOSITES
        if all(has[column] for column in row.needs) and (ordered or row.unit is not RANK)
    )


def _of_classes(row: Composite, classes: int, labelled: Bools, used: Bools) -> Composite:
    """Let a measure run over so many classes."""
    if row.name == "macro_recall":
        return replace(row, influence=partial(_macro_recall, labelled=labelled))
    if row.name == "macro_f1":
        return replace(row, influence=partial(_macro_f1, used=used))
    if row.unit is not RANK:
        return row
    last = float(classes - 1)
    lowest = {1.0: 1.0, -1.0: -last, 0.0: 0.0}[row.lowest]
    return replace(row, lowest=lowest, highest=1 + last if lowest == 1 else last)
