"""Functions of the caller's own, called for what an audit counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from biasaudit.audits.families import split_by
from biasaudit.audits.own.estimates import RESAMPLES, OwnEstimates, Resampling, estimate
from biasaudit.audits.own.functions import own_functions
from biasaudit.audits.own.rows import read_rows
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source

__all__ = ["call_functions", "resampling_settings"]


def call_functions(
    table: Any,
    source: Source,
    request: Request,
    values: Mapping[str, Mapping[str, Any]],
    how: Resampling,
    *,
    rows_of: Callable[[Any], Any],
) -> OwnEstimates:
    """Call the functions for every group of a table, and again for resamples of its rows.

    Parameters
    ----------
    table : Crosstab or MomentTable
        What the audit counted.
    source : Source
        Whose rows were counted.
    request : Request
    values : mapping of str to mapping
        As for :func:`~biasaudit.audits.own.rows.read_rows`.
    how : Resampling
    rows_of : callable
        Counts the rows of each group of such a table.

    Returns
    -------
    OwnEstimates

    Raises
    ------
    AuditError
        If a function fails.
    """
    functions = own_functions(request.metrics.functions)
    rows = read_rows(source, request, dict(zip(table.features, table.levels, strict=True)), values)
    tables = [table.rollup(()), *split_by(table.features, table.rollup, rows_of)]
    return estimate(rows, functions, tables, features=table.features, how=how)


def resampling_settings(how: Resampling) -> dict[str, int]:
    """Return what reports say of how rows were resampled."""
    return {"resamples": RESAMPLES, "random_state": how.random_state}
