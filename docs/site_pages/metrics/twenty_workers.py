"""Twenty people who earn, and what a model says that they earn: the pictures of metrics of numbers, counted."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pandas as pd

import biasaudit as ba
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.units import OUTCOME, Unit

from .pictures import ELIGIBLE, Picture, Row, by_group, short
from .sentences import GROUPS, gap, value
from .twenty import Figures

__all__ = ["EARNED", "SAID", "earnings"]

# Dollars an hour, and what is predicted of the same people.
EARNED = {"A": [10, 12, 13, 14, 15, 16, 17, 18, 20, 25], "B": [8, 9, 10, 11, 12, 13, 14, 15, 16, 22]}
SAID = {"A": [12, 13, 13, 15, 15, 16, 16, 17, 18, 20], "B": [12, 12, 13, 13, 13, 14, 14, 15, 15, 17]}
DOLLARS = Unit("dollars", digits=3)


@cache
def _figures() -> Figures:
    audit = ba.audit_predictions(
        pd.DataFrame({"group": ["A"] * 10 + ["B"] * 10, "wage": _all(EARNED), "said": _all(SAID)}),
        y_true="wage",
        y_pred="said",
        sensitive_features="group",
        outcome_type="number",
    )
    return Figures(audit.rates(), audit.disparities())


def _all(values: dict[str, list[int]]) -> list[int]:
    return [each for group in GROUPS for each in values[group]]


def earnings(row: Metric) -> tuple[str, str]:
    """Draw the twenty with what a metric looks at, and say its value in each group."""
    assert isinstance(row, Moment)
    rows = {group: tuple(_rows(row, group)) for group in GROUPS}
    states = {group: [ELIGIBLE] * len(EARNED[group]) for group in GROUPS}
    title = f"{row.label}, of twenty people who earn"
    legend = {ELIGIBLE: "a worker; the numbers are dollars an hour"}
    return Picture(row.name, title, by_group(states), by_group(rows), legend).svg(), _sentence(row)


def _rows(row: Moment, group: str) -> list[Row]:
    told: dict[str, list[Any]] = {}
    if "y_true_number" in row.needs:
        told["earns"] = EARNED[group]
    if "y_pred_number" in row.needs:
        told["predicted"] = SAID[group]
    if row.name in ("mean_error", "mean_absolute_error", "root_mean_squared_error"):
        errors = [said - earned for said, earned in zip(SAID[group], EARNED[group], strict=True)]
        told["error"] = errors if row.name == "mean_error" else [abs(error) for error in errors]
    return [
        Row(label, [short(float(each)) if each % 1 else f"{each}".replace("-", "−") for each in values])
        for label, values in told.items()
    ]


def _sentence(row: Moment) -> str:
    unit = DOLLARS if row.unit == OUTCOME else row.unit
    first, second = (value(_figures().rate(row.name, group)[2], unit) for group in GROUPS)
    apart = _figures().gap(row.name, "difference")
    told = f"{row.label} of group A: **{first}**. Of group B: **{second}**."
    if math.isnan(apart):
        return f"{told} Of ten people nobody knows how sure that is, so that the audit gives no difference."
    return f"{told} The difference is **{gap(apart, unit)}**."
