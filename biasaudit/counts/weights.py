"""What a row counts for: how many people it stands for, and how much it weighs."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.engines import float_expression
from biasaudit.counts.table.validation import MAX_COUNT
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["check_weights", "drop_empty_cells", "is_no_count", "notes_on_weights", "people_per_row", "sum_weights"]


def is_no_count(value: Any) -> Any:
    """Say of a column of floats, as an expression, where it is no number of people: no whole number of 0 or more.

    Parameters
    ----------
    value : Narwhals expression

    Returns
    -------
    Narwhals expression
    """
    return value.is_null() | (value * 0 != 0) | (value < 0) | (value != value.round(0)) | (value > MAX_COUNT)


def drop_empty_cells(cells: dict[str, list[Any]], count: str | None) -> dict[str, list[Any]]:
    """Take the cells that hold anybody, where rows stand for so many people.

    Parameters
    ----------
    cells : dict of str to list
        Columns of the cells; "rows" counts people, and "no_count" rows that do not say how many.
    count : str or None
        Column of how many people a row stands for.

    Returns
    -------
    dict of str to list

    Raises
    ------
    AuditError
        If a count is none, or nobody is counted.
    """
    if count is None:
        return cells
    occupied = [i for i, rows in enumerate(cells["rows"]) if rows > 0]
    _check_counts(count, int(sum(cells.pop("no_count"))), nobody=bool(cells["rows"]) and not occupied)
    return {name: [values[i] for i in occupied] for name, values in cells.items()}


def people_per_row(frame: Any, count: str) -> Ints:
    """Return how many people each row of a table in memory stands for.

    Parameters
    ----------
    frame : Narwhals frame
    count : str
        Column of whole numbers, 0 or more.

    Returns
    -------
    int array of shape (rows,)

    Raises
    ------
    AuditError
        If a count is none.
    """
    counts = frame.select(float_expression(frame, count).alias("rows"))
    bad = int(counts.select(is_no_count(nw.col("rows")).cast(nw.Int64).alias("bad"))["bad"].sum())
    _check_counts(count, bad, nobody=bool(len(counts)) and not counts["rows"].sum())
    return np.asarray(counts["rows"].to_numpy(), dtype=np.int64)


def _check_counts(count: str, bad: int, *, nobody: bool) -> None:
    """Raise an AuditError where rows do not say how many people they stand for, or stand for nobody."""
    if bad:
        raise AuditError(
            f'count="{clean(count)}" is missing, negative or no whole number in {bad:,} rows. Say how many people each '
            "row stands for; what weighs people otherwise is sample_weight."
        )
    if nobody:
        raise AuditError(f'count="{clean(count)}" is 0 in every row. Nobody is counted; name another column.')


def notes_on_weights(cells: Mapping[str, Sequence[Any]], weight: str | None, count: str | None) -> list[str]:
    """Notice weights that look like numbers of people: whole ones, on rows of which no two are alike.

    Parameters
    ----------
    cells : mapping of str to sequence
        Columns of the cells, with "rows" and "weight".
    weight, count : str or None
        Columns of weights, and of how many people a row stands for.

    Returns
    -------
    list of str
        A sentence, or none.
    """
    if weight is None or count is not None or any(rows != 1 for rows in cells["rows"]):
        return []
    weights = cells["weight"]
    if not all(float(value).is_integer() for value in weights) or sum(weights) < 2 * len(weights):
        return []
    return [
        f'"{clean(weight)}" holds whole numbers, and no two rows are alike. If it says how many people a row stands '
        f'for, give count="{clean(weight)}" in place of sample_weight: {sum(weights):,.0f} people are more evidence '
        f"than {len(weights):,} rows."
    ]


def sum_weights(cells: Mapping[str, Sequence[Any]]) -> tuple[Floats | None, Floats | None]:
    """Return the sums of weights and of their squares that a scan found.

    Parameters
    ----------
    cells : mapping of str to sequence
        Columns of the cells: "weight", "weight_squared" and "unusable", the number of weights that are none.

    Returns
    -------
    weight, weight_squared : float array of shape (cells,) or None
        None where rows carry no weights.

    Raises
    ------
    AuditError
        If a weight is negative or not finite, all are 0, or their squares have no finite sum.
    """
    if "weight" not in cells:
        return None, None
    weight = np.asarray(cells["weight"], dtype=float)
    squared = np.asarray(cells["weight_squared"], dtype=float)
    check_weights(int(sum(cells["unusable"])), weight)
    with np.errstate(over="ignore"):
        finite = np.isfinite(weight.sum()) and np.isfinite(squared.sum())
    if not finite:
        raise AuditError(
            "sample_weight is so large that its squares have no finite sum. Divide it by its largest value."
        )
    return weight, squared


def check_weights(unusable: int, weight: Floats) -> None:
    """Refuse weights that are none.

    Parameters
    ----------
    unusable : int
        Rows whose weight is negative or not finite.
    weight : float array

    Raises
    ------
    AuditError
        If a weight is unusable, or none is above 0.
    """
    if unusable:
        raise AuditError(
            f"sample_weight is negative, NaN or infinite in {unusable:,} rows. Weights must be 0 or more, and finite."
        )
    if not (weight > 0).any():
        raise AuditError("sample_weight is 0 in every row. Leave it out, or give some rows a weight.")
