"""Reports as plain text for a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from biasaudit.metrics.units import Unit
from biasaudit.reporting.report import Finding, Record, Report
from biasaudit.reporting.words.breakdowns import Breakdown, breakdowns, is_pooled, label, left_out_rows, unit_in
from biasaudit.reporting.words.forest import counted
from biasaudit.reporting.words.tables import gap_words, verdict_words
from biasaudit.reporting.words.text import clean, count, interval, level_name, value
from biasaudit.reporting.words.words import BENEFIT, listed, verdict_of

__all__ = ["aligned", "can_show", "plain", "rate_tables", "to_text"]

FINDINGS = 5
MOST_GROUPS = 15
PLAIN = str.maketrans({"✗": "x", "✓": "v", "✚": "+", "–": "-", "−": "-", "×": "x", "…": "...", "∞": "inf", "�": "?"})
COLOURS = {"shown": "\x1b[1;31m", "not shown": "\x1b[32m", "cannot tell": "\x1b[33m"}
RESET = "\x1b[0m"
INDENT = "  "


def to_text(
    report: Report,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    findings: int = FINDINGS,
    tables: str = "rates(), disparities()",
) -> str:
    """Answer in about ten lines: what was audited, the answer, and the main findings with their verdicts.

    Parameters
    ----------
    report : Report
    width : int
        Columns of the terminal; longer lines are wrapped.
    color : bool
        Colour the verdicts, which say the same in words.
    ascii_only : bool
        Write no character that an old terminal cannot show.
    findings : int
        How many findings to tell.
    tables : str
        Calls that return the tables of the audit.
    """
    lines = [*_wrap(_first_line(report), width), *_wrap(clean(report.headline, 600), width)]
    for finding in report.findings[:findings]:
        lines += _finding(finding, width, color)
    more = len(report.findings) - findings
    if more > 0:
        lines.append(f"  and {more} more: see findings()")
    lines += _wrap(_cautions(report), width)
    lines += _wrap(f'Next: {tables}, to_html("audit.html")', width)
    text = "\n".join(lines)
    return plain(text) if ascii_only else text


def _first_line(report: Report) -> str:
    features = [f"{s.name} ({len(s.groups)} groups)" for s in breakdowns(report) if len(s.features) == 1]
    return f"{clean(report.title, 120)}: {', '.join([f'{count(report.rows)} {clean(report.unit, 40)}', *features])}"


def _finding(finding: Finding, width: int, color: bool) -> list[str]:
    words = verdict_of(finding)
    badge = f"{words.mark} {words.label}" if words else f"? {clean(finding.verdict)}"
    first, *more = _wrap(f"{badge}: {clean(finding.sentence, 600)}", width, INDENT)
    if color and words:
        end = len(INDENT) + len(badge)
        colour = COLOURS["not shown" if words is BENEFIT else finding.verdict]
        first = f"{INDENT}{colour}{badge}{RESET}{first[end:]}"
    return [first, *more]


def _cautions(report: Report) -> str:
    """Count what a reader has to know first, and say the first of it."""
    warnings = [f"Note: {clean(report.warnings[0], 300)}"] if report.warnings else []
    if len(report.warnings) > 1:
        warnings.append(f"({len(report.warnings) - 1} more: see warnings)")
    if left_out_rows(report):
        reasons = dict.fromkeys(row["reason"] for row in left_out_rows(report))
        warnings.append(f"Some rows were left out: {listed(reasons)}.")
    return " ".join(warnings)


def rate_tables(report: Report, metrics: Sequence[str], *, width: int = 100) -> str:
    """Lay out rates by group as aligned columns, a table for each metric of each single feature and of all together.

    Parameters
    ----------
    report : Report
    metrics : sequence of str
        Names of metrics; those that the report does not have are passed over.
    width : int
        Columns of the terminal; titles are wrapped, rows are not.
    """
    arranged = breakdowns(report)
    blocks = [
        _metric(report, breakdown, metric, width)
        for breakdown in arranged
        for metric in metrics
        if metric in breakdown.rates
    ]
    return "\n\n".join(blocks)


def _metric(report: Report, breakdown: Breakdown, metric: str, width: int) -> str:
    rates, unit = breakdown.largest_first(metric), unit_in(report.metrics, metric)
    title, widest = f"{label(metric, report.metrics)} by {breakdown.name}", breakdown.widest(metric)
    if widest:
        title += f": {verdict_words(widest | {'reason': ''})}, {gap_words(widest, breakdown, unit)}"
    more = [f"  and {len(rates) - MOST_GROUPS} smaller groups"] if len(rates) > MOST_GROUPS else []
    lines = (line.rstrip() for line in aligned([_cells(row, unit) for row in rates[:MOST_GROUPS]]))
    return "\n".join([*_wrap(title, width), *lines, *more])


def _cells(row: Record, unit: Unit) -> tuple[str, ...]:
    limits = interval(row["low"], row["high"], unit)
    # What hardly moves needs no second number in a narrow place.
    pooled = value(unit, row["pooled"]) if is_pooled(row) else ""
    beside = f"pooled {pooled}" if pooled not in ("", value(unit, row["estimate"])) else ""
    return (
        level_name(row["group"]),
        value(unit, row["estimate"]),
        limits or row["reason"],
        counted(row),
        beside,
    )


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set rows of cells in columns, a line each."""
    rows = [[clean(cell) for cell in row] for row in rows]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        gaps = [" " * (most - _width(cell)) for cell, most in zip(row, widths, strict=True)]
        lines.append("  " + "  ".join([row[0] + gaps[0], *(g + c for c, g in zip(row[1:], gaps[1:], strict=True))]))
    return lines


def _width(text: str) -> int:
    """Count the columns that a text takes: Chinese, Japanese and Korean take two a character, accents none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    hanging = indent + "  " if indent else ""
    return textwrap.wrap(text, max(20, width), initial_indent=indent, subsequent_indent=hanging)


def can_show(encoding: str | None) -> bool:
    """Say whether an output with this encoding can show the marks of the verdicts.

    Examples
    --------
    >>> can_show("utf-8"), can_show("latin-1"), can_show(None)
    (True, False, False)
    """
    try:
        "✗✓–×−".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def plain(text: str) -> str:
    """Write text with ASCII characters alone.

    Examples
    --------
    >>> plain("✗ 5 – 7 in Zürich")
    'x 5 - 7 in Zurich'
    """
    folded = unicodedata.normalize("NFD", text.translate(PLAIN))
    return "".join(c for c in folded if not unicodedata.combining(c)).encode("ascii", "replace").decode()
