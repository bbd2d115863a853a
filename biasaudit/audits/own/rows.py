"""The rows that a function of the caller's own is called with: outcomes, predictions, weights, groups and clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.counts.counting import CountResult
from biasaudit.counts.encoding import encode_clusters
from biasaudit.counts.engines import collected, to_floats
from biasaudit.counts.values import MISSING, canonical
from biasaudit.counts.weights import people_per_row
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["OwnRows", "binary_values", "read_rows"]


@dataclass(frozen=True, eq=False)
class OwnRows:
    """Rows with both outcome and prediction.

    Parameters
    ----------
    y_true, y_pred : array of shape (rows,)
    codes : int array of shape (rows, features)
        Level of each sensitive feature.
    weight : float array of shape (rows,) or None
    cluster : int array of shape (rows,) or None
    """

    y_true: Any
    y_pred: Any
    codes: Ints
    weight: Floats | None = None
    cluster: Ints | None = None

    def __len__(self) -> int:
        return len(self.y_true)

    def at(self, rows: Any) -> OwnRows:
        """Take some of the rows, as often as they are named."""
        weight, cluster = (None if part is None else part[rows] for part in (self.weight, self.cluster))
        return OwnRows(self.y_true[rows], self.y_pred[rows], self.codes[rows], weight, cluster)

    def called(self, rows: Any) -> OwnRows:
        """Take what functions are called with of some of the rows."""
        weight = None if self.weight is None else self.weight[rows]
        return OwnRows(self.y_true[rows], self.y_pred[rows], self.codes[:0], weight)


def binary_values(request: Request, found: CountResult) -> dict[str, dict[str, int]]:
    """Say of each column of yes and no which of its values counts as 1, as the table of counts has it."""
    positive = found.reading.positive or "1"
    return {
        column: {value: int(name == positive) for value, name in classes.items()}
        for column, classes in found.reading.classes.items()
        if column in (request.column("y_true"), request.column("y_pred"))
    }


def read_rows(
    source: Source, request: Request, levels: Mapping[str, tuple[str, ...]], values: Mapping[str, Mapping[str, Any]]
) -> OwnRows:
    """Bring the rows home that functions are called with: the columns that were asked for, which have to fit in memory.

    Parameters
    ----------
    source : Source
    request : Request
        With y_true, and y_pred or score. Where a threshold decides, the prediction is 1 from it on; a score without one
        is handed over as it is.
    levels : mapping of str to tuple of str
        Levels of each sensitive feature, in order.
    values : mapping of str to mapping
        Column of y_true or y_pred to what each of its values is for a function, such as 0 or 1. A column that is not
        in it holds numbers.

    Returns
    -------
    OwnRows
        Rows that lack the outcome or the prediction are left out.

    Raises
    ------
    AuditError
        If there is no outcome, or no prediction.
    """
    labels, predicted = request.column("y_true"), request.column("y_pred") or request.column("score")
    if labels is None or predicted is None:
        missing = "y_pred (or score)" if predicted is None else "y_true"
        raise AuditError(
            f'metrics["{clean(next(iter(request.metrics.functions)))}"] is a function of y_true and y_pred, and '
            f"{missing} is not named. Name the column."
        )
    roles = (labels, predicted, *(request.column(r) for r in ("sample_weight", "cluster", "count")))
    names = list(dict.fromkeys(name for name in (*request.features, *roles) if name is not None))
    frame = collected(source.frame.select(names))
    y_true, y_pred = (_values(frame[name], values.get(name)) for name in (labels, predicted))
    if request.threshold is not None:
        y_pred = np.where(np.isnan(y_pred), np.nan, y_pred >= request.threshold)
    weight, cluster, count = (request.column(role) for role in ("sample_weight", "cluster", "count"))
    rows = OwnRows(
        y_true,
        y_pred,
        np.stack([_levels(frame[name], levels[name]) for name in request.features], axis=1),
        None if weight is None else to_floats(frame[weight]),
        None if cluster is None else _clusters(frame[cluster]),
    )
    known = np.flatnonzero(_is_known(y_true) & _is_known(y_pred))
    times = None if count is None else people_per_row(frame, count)[known]
    rows = rows.at(known if times is None else np.repeat(known, times))
    return OwnRows(_plain(rows.y_true), _plain(rows.y_pred), rows.codes, rows.weight, rows.cluster)


def _factorized(column: Any) -> tuple[list[str | None], Ints]:
    """Name the different values of a column, None where it is missing, and say which of them each row has."""
    import pandas as pd

    codes, values = pd.factorize(column.to_numpy(), use_na_sentinel=True)
    return [*(canonical(value) for value in values), None], codes


def _values(column: Any, known: Mapping[str, Any] | None) -> Any:
    """Read each value as what it is for a function; NaN or None where it is missing."""
    if known is None:
        return to_floats(column)
    names, codes = _factorized(column)
    found = [None if name is None else known[name] for name in names]
    are_numbers = all(value is None or isinstance(value, (int, float)) for value in found)
    return np.array(found, dtype=float if are_numbers else object)[codes]


def _is_known(values: Any) -> Any:
    return values != np.array(None) if values.dtype == object else ~np.isnan(values)


def _plain(values: Any) -> Any:
    """Hand over 0 and 1 as whole numbers, and text as text."""
    if values.dtype == object:
        return values.astype(str)
    return values.astype(np.int64) if np.isin(values, (0, 1)).all() else values


def _levels(column: Any, levels: tuple[str, ...]) -> Ints:
    names, codes = _factorized(column)
    place = {level: at for at, level in enumerate(levels)}
    # A level that is missing, or that no row has, is none of those that are found.
    return np.array([place.get(MISSING if name is None else name, -1) for name in names], dtype=np.int64)[codes]


def _clusters(column: Any) -> Ints:
    names, codes = _factorized(column)
    found = names if (codes < 0).any() else names[:-1]
    _, place = encode_clusters(found)
    assert place is not None
    return place[codes]
