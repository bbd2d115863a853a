"""Reports as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from biasaudit.reporting.layout import MARKS, panels
from biasaudit.reporting.report import Report
from biasaudit.reporting.text import clean, number

__all__ = ["rate_tables", "to_text"]

FINDINGS = 5
PLAIN = str.maketrans({"✗": "x", "✓": "v", "–": "-", "−": "-", "×": "x", "…": "...", "∞": "inf", "�": "?"})


def to_text(report: Report, *, width: int = 100, ascii_only: bool = False) -> str:
    """Answer in about ten lines: what was audited, the answer, and the main findings with their verdicts.

    Parameters
    ----------
    report : Report
    width : int
        Columns of the terminal.
    ascii_only : bool
        Write no character that an old terminal cannot show.
    """
    lines = [f"{clean(report.title, width)}: {number(report.rows, 0)} rows", *_wrap(report.headline, width, "")]
    for finding in report.findings[:FINDINGS]:
        mark = MARKS[finding.verdict]
        lines += _wrap(f"{mark} {finding.verdict}: {finding.sentence}", width, "  ")
    more = len(report.findings) - FINDINGS
    if more > 0:
        lines.append(f"  and {more} more findings; see findings(), rates() and disparities()")
    if report.warnings:
        lines.append(f"{len(report.warnings)} things to know first:")
        for text in report.warnings:
            lines += _wrap(f"! {clean(text, 400)}", width, "  ")
    text = "\n".join(lines)
    return text.translate(PLAIN).encode("ascii", "replace").decode() if ascii_only else text


def _wrap(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=True
    )


def rate_tables(report: Report, metrics: tuple[str, ...]) -> str:
    """Lay out rates by group as aligned columns, one table a metric."""
    blocks = []
    for panel in panels(report, metrics):
        rows = [(r.group, r.shown, r.interval or r.reason, r.people) for r in panel.rows]
        title = f"{panel.text.label} by {panel.split}: {MARKS[panel.verdict]} {panel.verdict}, {panel.gap}"
        blocks.append(title + "\n" + _columns(rows))
    return "\n\n".join(blocks)


def _columns(rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  " + "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )  # fmt: skip
