"""The label of a data set, where it is a number."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.outcomes import NUMBER, look_at_outcome
from biasaudit.audits.request import declared
from biasaudit.counts.columns import ColumnRequest, check_columns
from biasaudit.counts.frames import as_frame
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["halves", "holds_numbers", "read_number"]


def holds_numbers(dataset: Dataset) -> bool:
    """Say whether the label is read as a number, by the rule of every audit."""
    if dataset.label is None or dataset.label not in dataset.frame:
        return False
    own = declared(dataset)
    cut = any(own.get(name) is not None for name in ("pos_label", "positive", "threshold"))
    frame = nw.from_native(dataset.frame[[dataset.label]], eager_only=True)
    if not frame[dataset.label].dtype.is_numeric():
        return False
    asked = own.get("outcome_type")
    return bool(look_at_outcome(frame, {"y_true": dataset.label}, asked=asked, is_decided=cut).type == NUMBER)


def read_number(dataset: Dataset) -> Floats:
    """Read the label as numbers, NaN where it is missing.

    Raises
    ------
    AuditError
        If a number is infinite, or all are the same.
    """
    label = str(dataset.label)
    requested = [ColumnRequest("sensitive_features", name, "group") for name in dataset.sensitive_features]
    check_columns(as_frame(dataset.frame), [*requested, ColumnRequest("label", label, "number")])
    values = dataset.frame[label].to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise AuditError(f'The label "{clean(label)}" is infinite in row {row}. Make it missing, or leave the row out.')
    known: Any = values[~np.isnan(values)]
    if len(known) < 2 or np.ptp(known) == 0:
        raise AuditError(f'The label "{clean(label)}" holds one value; a model needs several. Choose another label.')
    return np.asarray(values)


def halves(y: Floats) -> Ints:
    """Tell the upper half of the numbers from the lower, by which rows are dealt into folds."""
    rank = np.empty(len(y), dtype=np.int64)
    rank[np.argsort(y, kind="stable")] = np.arange(len(y))
    return (rank >= len(y) // 2).astype(np.int64)
