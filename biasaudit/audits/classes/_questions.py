"""What is asked of several classes, and which of these questions come first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.measures import Measure
from biasaudit.metrics.classes.composites import class_composites
from biasaudit.metrics.classes.rates import class_rates
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.primary import Primary

__all__ = ["ClassPrimary", "class_measures", "labelled", "used"]


@dataclass(frozen=True)
class ClassPrimary(Primary):
    """The questions that come first where there are several classes.

    Where nobody chose, they are accuracy and macro recall, of each class its selection rate and true positive rate,
    and where classes have an order the mean ranks of predictions and of their errors: 2 + 2K or 4 + 2K of the 3 + 5K
    or 7 + 5K that are asked of K classes. What people are told and whether they are recognised is asked of each class;
    false alarms and precision follow from these and from the base rates, so that they may come second.
    """

    def comes_first(self, name: str) -> bool:
        """Say whether a metric is told before others, where its question is answered alike."""
        return super().comes_first(name) or (not self.names and name == "accuracy")

    def check(self, measures: Iterable[Metric]) -> None:
        """Refuse what is not measured of several classes.

        Raises
        ------
        AuditError
            If the caller named a metric that is not among `measures`.
        """
        available = dict.fromkeys(parted(measure.name)[0] for measure in measures)
        for name in self.names:
            if name not in available:
                raise AuditError(
                    f'primary names "{name}", which is not measured where there are several classes and these columns. '
                    f"Name one of: {', '.join(available)}; or hold one class against all others with pos_label."
                )


def used(table: Crosstab) -> Any:
    """Say which classes some label or prediction has, of rows that can be used; bool array of shape (classes,)."""
    return _seen(table, table.y_true) | _seen(table, table.y_pred)


def labelled(table: Crosstab) -> Any:
    """Say which classes some label has, of rows that can be used; bool array of shape (classes,)."""
    return _seen(table, table.y_true)


def _seen(table: Crosstab, column: Any) -> Any:
    if column is None:
        return np.zeros(len(table.classes), dtype=bool)
    counts = table.usable & (table.rows > 0)
    return np.bincount(column[counts], minlength=len(table.classes)) > 0


def class_measures(table: Crosstab, *, ordered: bool) -> tuple[Measure, ...]:
    """Return all that is measured of the classes of a table.

    Parameters
    ----------
    table : Crosstab
    ordered : bool
        Whether the classes have an order.
    """
    has = {"has_true": table.y_true is not None, "has_pred": table.y_pred is not None}
    asked = used(table)
    rates = class_rates(table.classes, used=asked.tolist(), **has)
    return (*rates, *class_composites(table.classes, labelled(table), asked, ordered=ordered, **has))
