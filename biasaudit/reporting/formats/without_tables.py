"""The report of a result that has no rates and no gaps of its own: sentences, findings and sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from biasaudit.reporting.formats._schema import COLUMNS
from biasaudit.reporting.report import Finding, Report, Section
from biasaudit.version import __version__

__all__ = ["report_without_tables"]


def report_without_tables(
    title: str,
    headline: str,
    *,
    findings: Sequence[Finding] = (),
    sections: Sequence[Section] = (),
    settings: Mapping[str, Any] | None = None,
    rows: int = 0,
    unit: str = "rows",
    warnings: Sequence[str] = (),
) -> Report:
    """Make a report whose tables of rates, gaps and groups are empty.

    Parameters
    ----------
    title, headline, findings, sections, settings, rows, unit, warnings
        As for :class:`biasaudit.reporting.report.Report`.

    Examples
    --------
    >>> report_without_tables("A test", "Nothing was found.").rates.empty
    True
    """
    import pandas as pd

    tables: dict[str, Any] = {
        name: pd.DataFrame(columns=list(columns)) for name, columns in COLUMNS.items() if name != "findings"
    }
    return Report(
        title=title,
        headline=headline,
        findings=tuple(findings),
        metrics={},
        settings=dict(settings or {}),
        rows=rows,
        warnings=tuple(warnings),
        package_version=__version__,
        sections=tuple(sections),
        unit=unit,
        **tables,
    )
