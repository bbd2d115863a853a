"""A function of the caller's own: how it is called, what it may return, and the sentence that says what went wrong."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from biasaudit.audits.chosen import MetricFunction
from biasaudit.audits.own.rows import OwnRows
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["OwnFunction", "own_functions"]

LONGEST = 160


@dataclass(frozen=True, eq=False)
class OwnFunction:
    """A function with its name, and whether it takes weights.

    Parameters
    ----------
    name : str
    function : callable
        Takes y_true and y_pred, arrays of shape (rows,), and returns a number.
    weighted : bool
        Whether it has an argument sample_weight.
    """

    name: str
    function: MetricFunction
    weighted: bool

    def _call(self, rows: OwnRows) -> Any:
        if self.weighted and rows.weight is not None:
            return self.function(rows.y_true, rows.y_pred, sample_weight=rows.weight)
        return self.function(rows.y_true, rows.y_pred)

    def value(self, rows: OwnRows, where: str) -> tuple[float, str]:
        """Return the value of some rows, NaN where it has none, and what the function warned of.

        Parameters
        ----------
        rows : OwnRows
        where : str
            Whose rows they are, for messages.

        Raises
        ------
        AuditError
            If the function fails, or returns no number.
        """
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                found = self._call(rows)
            except Exception as error:
                raise AuditError(
                    f'metrics["{clean(self.name)}"] failed for {where} ({len(rows):,} rows): {type(error).__name__}: '
                    f"{clean(error, LONGEST)}. Let it return nan where it has no value."
                ) from error
        if not _is_number(found):
            raise AuditError(
                f'metrics["{clean(self.name)}"] returned {_described(found)} for {where}. Let it return one number, or '
                "nan where it has no value."
            )
        return float(found), clean(warned[0].message, LONGEST) if warned else ""

    def again(self, rows: OwnRows) -> float:
        """Return the value of rows that were drawn anew; NaN where it is not finite, or the function fails."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = self._call(rows)
            except Exception:
                return float("nan")
        return float(found) if _is_number(found) and np.isfinite(found) else float("nan")


def _is_number(found: Any) -> bool:
    if isinstance(found, np.ndarray) and found.shape == ():
        found = found.item()
    return isinstance(found, (Real, np.integer, np.floating)) and not isinstance(found, (bool, np.bool_))


def _described(found: Any) -> str:
    if isinstance(found, np.ndarray):
        return f"an array of shape {found.shape}"
    return "nothing" if found is None else f"a {type(found).__name__} ({clean(repr(found), 40)})"


def own_functions(functions: Mapping[str, MetricFunction]) -> tuple[OwnFunction, ...]:
    """Look at the signature of each function.

    Parameters
    ----------
    functions : mapping of str to callable

    Returns
    -------
    tuple of OwnFunction

    Raises
    ------
    AuditError
        If one cannot be called with y_true and y_pred.

    Examples
    --------
    >>> [one.weighted for one in own_functions({"mae": lambda y_true, y_pred, sample_weight=None: 0.0})]
    [True]
    """
    return tuple(OwnFunction(name, function, _takes_weights(name, function)) for name, function in functions.items())


def _takes_weights(name: str, function: MetricFunction) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        # Functions written in C may not say what they take.
        return False
    weighted = "sample_weight" in signature.parameters
    try:
        signature.bind(None, None, **({"sample_weight": None} if weighted else {}))
    except TypeError as error:
        raise AuditError(
            f'metrics["{clean(name)}"] cannot be called with y_true and y_pred: {clean(error, LONGEST)}. Let it take '
            "(y_true, y_pred) or (y_true, y_pred, sample_weight)."
        ) from None
    return weighted
