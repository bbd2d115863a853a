"""Functions of the caller's own beside what the counts of an audit say."""

from __future__ import annotations

from dataclasses import replace

from biasaudit.audits.families import rolled_up
from biasaudit.audits.own.estimates import RESAMPLES, Resampling, estimate
from biasaudit.audits.own.functions import own_functions
from biasaudit.audits.own.rows import binary_values, read_rows
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.request import Request
from biasaudit.audits.source import Source
from biasaudit.counts.counting import CountResult
from biasaudit.metrics.cell_totals import rows_by_group

__all__ = ["with_functions"]


def with_functions(audit: Audit, source: Source, request: Request, found: CountResult, how: Resampling) -> Audit:
    """Call the functions for every group of an audit, and again for resamples of its rows."""
    table = audit.table
    levels = dict(zip(table.features, table.levels, strict=True))
    functions = own_functions(request.metrics.functions)
    rows = read_rows(source, request, levels, binary_values(request, found))
    tables = [table.rollup(()), *rolled_up(table, rows_by_group)]
    own = estimate(rows, functions, tables, features=table.features, how=how)
    settings = {**audit.settings, "resamples": RESAMPLES, "random_state": how.random_state}
    return replace(audit, own=own, settings=settings, warnings=(*own.notes, *audit.warnings))
