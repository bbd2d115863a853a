"""Rows that come beside a table: matched by its index where that is sure, and refused where it is not."""

import warnings
from typing import Any

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["align_to_table"]


def align_to_table(role: str, values: Any, table: Any) -> Any:
    """Return values beside a table in the order of its rows.

    Parameters
    ----------
    role : str
        What the caller calls the values, for messages.
    values : array, Series or DataFrame of shape (rows,) or (rows, columns)
    table : array or DataFrame of shape (rows, columns)

    Returns
    -------
    array, Series or DataFrame
        As they were where either has no index or both have the same; in the order of the table, with a UserWarning,
        where each label stands exactly once on both sides.

    Raises
    ------
    AuditError
        If the values have an index that is not the table's.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"x": [1, 2]}, index=["a", "b"])
    >>> align_to_table("sensitive_features", pd.Series(["F", "M"], index=["a", "b"]), table).tolist()
    ['F', 'M']
    """
    index_of_values, index_of_table = _index(values), _index(table)
    if index_of_values is None or index_of_table is None or index_of_values.equals(index_of_table):
        return values
    remedy = f"Give {role} with the index of the table, or without one (.to_numpy()) if it is in the order of the rows."
    for what, index in (("the table", index_of_table), (role, index_of_values)):
        if not index.is_unique:
            repeated = index[index.duplicated()][0]
            raise AuditError(
                f"{role} cannot be matched to the table: the index of {what} holds {clean(repeated)} more than once. "
                f"{remedy}"
            )
    if len(index_of_values) != len(index_of_table) or not index_of_values.isin(index_of_table).all():
        lacking = next((label for label in index_of_values[~index_of_values.isin(index_of_table)]), None)
        found = (
            f"{len(index_of_values):,} labels for {len(index_of_table):,} rows"
            if lacking is None
            else f"no row is {clean(lacking)}"
        )
        raise AuditError(f"{role} has another index than the table: {found}. {remedy}")
    warnings.warn(
        f"{role} stands in another order than the table, and was matched to it by its index. Give it in the order of "
        "the rows to be sure.",
        UserWarning,
        stacklevel=4,
    )
    return values.loc[index_of_table]


def _index(values: Any) -> Any:
    """Return the index of what pandas holds, or None."""
    return values.index if hasattr(values, "iloc") and hasattr(values, "index") else None
