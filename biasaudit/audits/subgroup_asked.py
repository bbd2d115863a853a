"""What a search for subgroups was asked: checked, and filled from the data set's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError, nearest
from biasaudit.statistics import rates
from biasaudit.statistics.columns import check_there, shorten
from biasaudit.statistics.rates import Cell, Rate
from biasaudit.statistics.registry import ERRORS_OF_PREDICTIONS as ERROR_RATE

__all__ = ["asked_for", "check_numbers", "rate_of"]

RANKINGS = ("p_value", "effect", "sliceline")
DEVICES = ("auto", "cpu", "cuda")


def asked_for(
    data: Any, outcome: str | None, features: Sequence[str] | str | None, y_true: str | None, y_pred: str | None,
    metric: str | None, pos_label: Any,
) -> tuple[dict[str, str], tuple[str, ...], Any]:  # fmt: skip
    """Fill what was not asked from the data set's own, and check what goes together."""
    given = {"outcome": outcome, "y_true": y_true, "y_pred": y_pred}
    labels = {role: name for role, name in given.items() if name is not None}
    for role, name in labels.items():
        if not isinstance(name, str):
            check_there(role, name, [])
    if isinstance(data, Dataset):
        features = data.sensitive_features if features is None else features
        if not labels and data.label is not None:
            labels = {"outcome": data.label}
        if set(labels.values()) & {data.label, *map(str, data.audit_arguments.values())} and pos_label is None:
            pos_label = data.audit_arguments.get("pos_label")
    if features is not None and not isinstance(features, (str, list, tuple)):
        raise AuditError(f"features must be names of columns, not a {type(features).__name__}. Give a list of names.")
    chosen = (features,) if isinstance(features, str) else tuple(features or ())
    if not chosen:
        raise AuditError("features is missing. Name the columns whose values make subgroups.")
    if not labels:
        raise AuditError("There is nothing to compare: name outcome, or y_true and y_pred to search for errors.")
    if "outcome" in labels and (len(labels) > 1 or metric is not None):
        raise AuditError("Give either outcome, or y_true and y_pred with a metric, not both: they may disagree.")
    return labels, chosen, pos_label


def rate_of(metric: str | None, labels: Mapping[str, str], pos_label: Any) -> Rate:
    """Say what is counted among whom."""
    if "outcome" in labels:
        name = shorten(labels["outcome"]) + (f" = {shorten(str(pos_label))}" if pos_label is not None else "")
        return Rate("outcome", f"Rate of {name}", f"of everyone, the share with {name}", Cell.FP, Cell.TN | Cell.FP,
                    "every row lacks it", needs=("y_pred",))  # fmt: skip
    known = [ERROR_RATE, *(rate for rate in rates.RATES if rate.transform is None)]
    names = {name: rate for rate in known for name in (rate.name, *rate.also)}
    if metric is not None and metric not in names:
        listed = ", ".join(rate.name for rate in known)
        raise AuditError(
            f'metric="{shorten(str(metric))}" is not a rate.{nearest(str(metric), names)} Rates: {listed}.'
        )
    rate = names[metric or ERROR_RATE.name]
    missing = [role for role in rate.needs if role not in labels]
    if missing:
        raise AuditError(
            f"{rate.name} needs {' and '.join(missing)}. Name {'its' if len(missing) == 1 else 'their'} column."
        )
    return rate


def check_numbers(
    max_features: Any, min_support: Any, rank_by: Any, confidence: Any, device: Any, random_state: Any
) -> None:
    """Raise an AuditError unless every setting is in its range."""

    def number(value: Any, kind: Any) -> bool:
        return isinstance(value, kind) and not isinstance(value, bool)

    if max_features is not None and not (number(max_features, (int, np.integer)) and max_features >= 1):
        raise AuditError(f"max_features={max_features!r} is out of range. Give a whole number from 1 on, such as 3.")
    if not (number(min_support, (int, float, np.floating)) and 0 < min_support <= 0.5):
        raise AuditError(
            f"min_support={min_support!r} is out of range. Give the share of rows that a subgroup must have, above 0 "
            "and at most 0.5, such as 0.01."
        )
    for name, value, known in (("rank_by", rank_by, RANKINGS), ("device", device, DEVICES)):
        if value not in known:
            listed = ", ".join(f'"{one}"' for one in known)
            raise AuditError(f"{name}={value!r} is not known.{nearest(str(value), known)} Choose one of {listed}.")
    if not (number(confidence, (int, float)) and 0.5 <= confidence < 1):
        raise AuditError(
            f"confidence={confidence!r} is out of range. Give a number from 0.5 up to but below 1, such as 0.95."
        )
    if not (number(random_state, (int, np.integer)) and 0 <= random_state < 2**31):
        raise AuditError(f"random_state={shorten(repr(random_state))} is not a seed. Give a whole number such as 0.")
