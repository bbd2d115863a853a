"""Twenty people of three classes in order, as measures over all classes see them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

import biasaudit as ba
from biasaudit.metrics.metric import Metric

from .pictures import COUNTED, ELIGIBLE, Picture, Row, by_group
from .sentences import GROUPS, gap, value

__all__ = ["GRADED", "drawn_grades", "grade_values", "graded"]

# True and predicted grade of each person.
GRADED = {
    "A": ([0, 0, 0, 1, 1, 1, 1, 2, 2, 2], [0, 0, 1, 1, 1, 1, 2, 2, 2, 1]),
    "B": ([0, 0, 0, 0, 1, 1, 1, 1, 2, 2], [0, 0, 0, 0, 0, 1, 1, 0, 2, 1]),
}


def graded() -> pd.DataFrame:
    """Return them as a table."""
    parts = [pd.DataFrame({"group": group, "grade": true, "guess": said}) for group, (true, said) in GRADED.items()]
    return pd.concat(parts, ignore_index=True)


@cache
def _audit() -> Any:
    return ba.audit_predictions(graded(), y_true="grade", y_pred="guess", sensitive_features="group")


def grade_values(name: str) -> tuple[float, float, float]:
    """Return the value of a metric in group A and in group B, and the gap between them."""
    rates = _audit().rates()
    rates = rates[rates["metric"] == name]
    each = [float(rates[[one == {"group": group} for one in rates["group"]]]["estimate"].iloc[0]) for group in GROUPS]
    return each[0], each[1], abs(each[0] - each[1])


def drawn_grades(row: Metric) -> tuple[str, str]:
    """Draw the twenty people with both grades, and say what the metric is in each group."""
    states = {g: [COUNTED if t == s else ELIGIBLE for t, s in zip(*both, strict=True)] for g, both in GRADED.items()}
    asked = {"y_true": "grade", "y_pred": "guess"}
    rows = {
        group: tuple(
            Row(asked[column], [str(grade) for grade in both[column == "y_pred"]])
            for column in ("y_true", "y_pred")
            if column in row.needs
        )
        for group, both in GRADED.items()
    }
    legend = {COUNTED: "guessed rightly", ELIGIBLE: "guessed wrongly"}
    title = f"{row.label}, counted among twenty people of three grades"
    picture = Picture(row.name, title, by_group(states), by_group(rows), legend).svg()
    first, second, apart = grade_values(row.name)
    return picture, (
        f"{row.label} is **{value(first, row.unit)}** in group A and **{value(second, row.unit)}** in group B, a "
        f"difference of {gap(apart, row.unit)}."
    )
