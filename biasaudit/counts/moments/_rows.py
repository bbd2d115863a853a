"""The columns of a pass over numbers: who is in the sums, values less their pivots, and powers, times weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from biasaudit.counts.engines import float_expression
from biasaudit.counts.weights import is_no_count

__all__ = ["Scan", "select_columns", "with_powers"]


@dataclass(frozen=True)
class Scan:
    """What one pass reads: the columns by role.

    Parameters
    ----------
    features, controls : tuple of str
    numbers : mapping of str to str
        Column of each of "outcome" and "prediction" that there is.
    sample_weight, cluster, count : str or None
    """

    features: tuple[str, ...]
    controls: tuple[str, ...]
    numbers: Mapping[str, str]
    sample_weight: str | None
    cluster: str | None
    count: str | None

    @property
    def variables(self) -> tuple[str, ...]:
        """What is summed."""
        both = len(self.numbers) == 2
        return (*self.numbers, *(("error", "absolute_error", "squared_error") if both else ()))


def select_columns(frame: Any, scan: Scan) -> Any:
    """Take the columns under names of our own, so that no user's column name can clash, with all variables.

    Beside the keys ("k_…") and variables there are "used", 1 where every number is there and the row stands for
    anybody; "rows" and "no_count" with a count; "weight", "weight_squared" and "unusable" with weights.
    """
    chosen = [nw.col(name).alias(f"k_feature_{i}") for i, name in enumerate(scan.features)]
    chosen += [nw.col(name).alias(f"k_control_{i}") for i, name in enumerate(scan.controls)]
    if scan.cluster is not None:
        chosen.append(nw.col(scan.cluster).alias("k_cluster"))
    floats = {**scan.numbers, "weight": scan.sample_weight, "rows": scan.count}
    chosen += [float_expression(frame, name).alias(role) for role, name in floats.items() if name is not None]
    selected = frame.select(*chosen)
    lacking = [_is_missing(nw.col(role)) for role in scan.numbers]
    if scan.count is not None:
        selected = selected.with_columns(is_no_count(nw.col("rows")).cast(nw.Int64).alias("no_count"))
        lacking.append(nw.col("rows") == 0)
    used = lacking[0]
    for one in lacking[1:]:
        used = used | one
    selected = selected.with_columns((~used).cast(nw.Int64).alias("used"), *_errors(scan))
    if "error" in scan.variables:
        error = nw.col("error")
        selected = selected.with_columns(error.abs().alias("absolute_error"), (error * error).alias("squared_error"))
    return selected if scan.sample_weight is None else selected.with_columns(*_weights(scan))


def _is_missing(value: Any) -> Any:
    return value.is_null() | (value * 0 != 0)


def _errors(scan: Scan) -> list[Any]:
    if "error" not in scan.variables:
        return []
    return [(nw.col("prediction") - nw.col("outcome")).alias("error")]


def _weights(scan: Scan) -> list[Any]:
    weight = nw.col("weight")
    rows = nw.col("rows") if scan.count is not None else nw.lit(1.0)
    unusable = weight.is_null() | (weight * 0 != 0) | (weight < 0)
    return [
        (weight * rows).alias("weight"),
        (weight * weight * rows).alias("weight_squared"),
        unusable.cast(nw.Int64).alias("unusable"),
    ]


def with_powers(selected: Any, scan: Scan, pivots: Sequence[float]) -> tuple[Any, list[str]]:
    """Add what is summed by cell: weight × (value − pivot)^k, as :class:`MomentTable` lists it.

    Parameters
    ----------
    selected : Narwhals frame
        Of :func:`select_columns`.
    scan : Scan
    pivots : sequence of float
        Of each variable.

    Returns
    -------
    frame : Narwhals frame
    names : list of str
        Of the columns: "s_0_1" is variable 0 to the power of 1, "q_0_1" that times the squared weight, and "p_1" the
        products.
    """
    variables = scan.variables
    centred = [
        (nw.col(name) - pivot).alias(f"d_{i}") for i, (name, pivot) in enumerate(zip(variables, pivots, strict=True))
    ]
    powers: list[Any] = []
    times = _times(scan)
    for i in range(len(variables)):
        value = nw.col(f"d_{i}")
        first, second = value, value * value
        powers += [
            _product(power, times).alias(f"s_{i}_{k}") for k, power in enumerate((first, second, second * value), 1)
        ]
        if scan.sample_weight is not None:
            squared = nw.col("weight_squared")
            powers += [(squared * power).alias(f"q_{i}_{k}") for k, power in enumerate((first, second), 1)]
    if "error" in variables:
        squared_error, outcome = nw.col("squared_error"), nw.col("d_0")
        powers.append(_product(squared_error * outcome, times).alias("p_1"))
        powers.append(_product(squared_error * outcome * outcome, times).alias("p_2"))
    names = [f"s_{i}_{k}" for i in range(len(variables)) for k in (1, 2, 3)]
    if scan.sample_weight is not None:
        names += [f"q_{i}_{k}" for i in range(len(variables)) for k in (1, 2)]
    names += ["p_1", "p_2"] if "error" in variables else []
    return selected.with_columns(*centred).with_columns(*powers), names


def _times(scan: Scan) -> Any:
    """Return what a row counts for, as an expression, or None where that is 1."""
    if scan.sample_weight is not None:
        return nw.col("weight")
    return None if scan.count is None else nw.col("rows")


def _product(value: Any, times: Any) -> Any:
    return value if times is None else value * times
