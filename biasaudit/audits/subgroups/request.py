"""What a search for subgroups was asked: checked, and filled from the data set's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from biasaudit.audits.request import Request, read_request
from biasaudit.errors import AuditError, nearest
from biasaudit.metrics import rates
from biasaudit.metrics.rates import Cell, Rate
from biasaudit.metrics.registry import ERRORS_OF_PREDICTIONS as ERROR_RATE
from biasaudit.names import clean

__all__ = ["NUMBER_METRICS", "check_numbers", "named_rate", "rate_of", "read_search_request"]

# Errors are searched for in the columns that were named alone.
FILL = {"sensitive_features": "every_feature", "y_true": "", "y_pred": ""}
RANKINGS = ("p_value", "effect", "sliceline")
# The first of them where nobody says which.
NUMBER_METRICS = ("mean_absolute_error", "mean_error", "mean_outcome")
DEVICES = ("auto", "cpu", "cuda")


def read_search_request(
    data: Any,
    given: Mapping[str, Any],
    metric: str | None,
    *,
    pos_label: Any,
    bins: Any,
    confidence: Any,
    words: Any = None,
    **number: Any,
) -> Request:
    """Read what was asked for, filled from the data set's own, and check what goes together.

    Parameters
    ----------
    data, given, metric, pos_label, bins, confidence, words
        As for :func:`biasaudit.find_subgroups`.
    **number
        outcome_type, positive and unit.

    Raises
    ------
    AuditError
        If there is nothing to compare, or one column has two roles.
    """
    given = dict(given)
    argument_names = {"sensitive_features": "features"}
    if all(given[role] is None for role in ("outcome", "y_true", "y_pred")):
        argument_names["y_true"] = "outcome"
    if given["outcome"] is not None:
        if given["y_true"] is not None or given["y_pred"] is not None or metric is not None:
            raise AuditError("Give either outcome, or y_true and y_pred with a metric, not both: they may disagree.")
        argument_names["y_true"], given["y_true"] = "outcome", given["outcome"]
    alone = argument_names.get("y_true") == "outcome"
    known = ("sensitive_features", "sample_weight", "cluster", "count", "y_true", *(() if alone else ("y_pred",)))
    roles = {role: given[role] for role in known}
    request = read_request(
        data,
        roles,
        argument_names=argument_names,
        fill={"sensitive_features": "every_feature", "y_true": "label"} if alone else FILL,
        pos_label=pos_label,
        bins=bins,
        confidence=confidence,
        words=words,
        **number,
    )
    labels = [name for role in ("y_true", "y_pred") if (name := request.column(role))]
    if not labels:
        raise AuditError("There is nothing to compare: name outcome, or y_true and y_pred to search for errors.")
    if alone and metric is not None:
        raise AuditError(
            f'metric="{clean(str(metric))}" is about decisions. Name y_true and y_pred as well, the columns that hold '
            "labels and decisions; without metric the data set's own label is searched."
        )
    for role, name in (("y_true", request.column("y_true")), ("y_pred", request.column("y_pred"))):
        if name is not None and name in request.features:
            raise AuditError(f'features names "{clean(name)}", which is {request.argument(role)} itself. Leave it out.')
    return request


def rate_of(metric: str | None, request: Request) -> Rate:
    """Say what is counted among whom."""
    if request.argument_names.get("y_true") == "outcome":
        return named_rate(clean(request.column("y_true")))
    known = [ERROR_RATE, *(rate for rate in rates.RATES if rate.transform is None)]
    names = {name: rate for rate in known for name in (rate.name, *rate.aliases)}
    if metric is not None and metric not in names:
        listed = ", ".join(rate.name for rate in known)
        raise AuditError(f'metric="{clean(str(metric))}" is not a rate.{nearest(str(metric), names)} Rates: {listed}.')
    rate = names[metric or ERROR_RATE.name]
    missing = [role for role in rate.needs if request.column(role) is None]
    if missing:
        raise AuditError(
            f"{rate.name} needs {' and '.join(missing)}. Name {'its' if len(missing) == 1 else 'their'} column."
        )
    return rate


def named_rate(name: str) -> Rate:
    """Return the rate of an outcome, such as "hired = yes"."""
    return Rate(
        "outcome",
        f"Rate of {name}",
        f"of everyone, the share with {name}",
        Cell.FP,
        Cell.TN | Cell.FP,
        "every row lacks it",
        needs=("y_pred",),
        event="positive",
    )


def check_numbers(max_features: Any, min_support: Any, rank_by: Any, device: Any) -> None:
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
