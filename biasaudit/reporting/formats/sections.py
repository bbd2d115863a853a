"""Sections of a report as words in cells, the same in every format."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from biasaudit.reporting.formats.terminal import aligned
from biasaudit.reporting.report import Column, Report, Section
from biasaudit.reporting.words.tables import Head, TableBlock, TextTable
from biasaudit.reporting.words.text import (
    clean,
    count,
    interval,
    level_name,
    number,
    p_value,
    percent,
    points,
)
from biasaudit.reporting.words.words import SECTION_VERDICTS, interval_head

__all__ = ["MOST_ROWS", "section_lines", "section_table", "section_tables", "section_texts"]

MOST_ROWS = 60
MOST_IN_TERMINAL = 8
MOST_PROSE = 800
NUMERIC = ("count", "share", "points", "number", "p_value")


def section_tables(report: Report) -> list[tuple[Section, TextTable | None, int]]:
    """Lay out every section with the number of rows that were left out, to be found in the JSON report."""
    return [(section, *section_table(section, report.settings)) for section in report.sections]


def section_texts(report: Report, *, width: int = 100) -> str:
    """Write every section for a terminal: its sentences, and the first rows of its table.

    Parameters
    ----------
    report : Report
    width : int
        Columns of the terminal; sentences are wrapped, and columns that do not fit are left to the reports.
    """
    return "\n\n".join("\n".join(section_lines(section, report.settings, width=width)) for section in report.sections)


def section_lines(
    section: Section, settings: Mapping[str, Any], *, width: int = 100, most: int = MOST_IN_TERMINAL
) -> list[str]:
    """Write one section for a terminal, a line each, with no more than `most` rows of its table."""
    table, _ = section_table(section, settings)
    lines = [section.title]
    for sentence in section.sentences:
        lines += textwrap.wrap(clean(sentence, 600), max(20, width), initial_indent="  ", subsequent_indent="  ")
    if table:
        rows = table.blocks[0].rows[:most]
        cells = [tuple(head.words for head in table.heads), *rows]
        lines += aligned(_fitting(cells, _dispensable(_filled(section)), width))
        omitted = len(section.rows) - len(rows)
        lines += [f"  and {omitted} more rows in the reports"] if omitted else []
    return lines


def _dispensable(columns: Sequence[Column]) -> list[int]:
    """Order the cells of a row by how little a reader of a terminal misses them: p-values, intervals, other numbers."""
    kinds = [kind for column in columns for kind in (column.kind, *(["limits"] if column.limits else []))]
    order = ("p_value", "limits", "count", "share", "number", "points")
    return sorted((i for i, kind in enumerate(kinds) if i and kind in order), key=lambda i: (order.index(kinds[i]), -i))


def _fitting(rows: Sequence[Sequence[str]], dispensable: Sequence[int], width: int) -> list[list[str]]:
    """Drop cells until the rows fit, in the order given."""
    widths = [max(len(row[i]) for row in rows) + 2 for i in range(len(rows[0]))]
    dropped: set[int] = set()
    for i in dispensable:
        if sum(widths) - sum(widths[j] for j in dropped) <= width:
            break
        dropped.add(i)
    return [[cell for i, cell in enumerate(row) if i not in dropped] for row in rows]


def section_table(section: Section, settings: Mapping[str, Any]) -> tuple[TextTable | None, int]:
    """Lay out a section's rows; None where there are none.

    Examples
    --------
    >>> share = Column("share", "Share", "share", ("low", "high"))
    >>> rows = ({"share": 0.5, "low": 0.4, "high": 0.6},)
    >>> table, _ = section_table(Section("who", "Who", (), (share,), rows), {})
    >>> [head.words for head in table.heads], table.blocks[0].rows
    (['Share', '95 % interval'], (('50.0 %', '40.0 to 60.0 %'),))
    """
    if not section.rows:
        return None, 0
    limits = interval_head(settings)
    columns = _filled(section)
    heads = []
    for column in columns:
        heads.append(Head(column.words, column.kind in NUMERIC))
        heads += [Head(limits, True)] if column.limits else []
    shown = section.rows[:MOST_ROWS]
    rows = tuple(tuple(cell for column in columns for cell in _cells(column, row)) for row in shown)
    return TextTable(section.title, section.title, tuple(heads), (TableBlock("", rows),)), len(section.rows) - len(
        shown
    )


def _filled(section: Section) -> list[Column]:
    """Pick the columns that say anything in any row."""
    return [c for c in section.columns if any(_cell(c.kind, row[c.name]) for row in section.rows)]


def _cells(column: Column, row: Mapping[str, Any]) -> tuple[str, ...]:
    text = _cell(column.kind, row[column.name])
    if column.limits is None:
        return (text,)
    low, high = (row[end] for end in column.limits)
    if low is None or high is None or low != low or high != high:
        return text, ""
    if column.kind == "share":
        return text, interval(low, high, "")
    return text, f"{_cell(column.kind, low)} to {_cell(column.kind, high)}"


def _cell(kind: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if kind == "verdict":
        words = SECTION_VERDICTS.get(value)
        return f"{words.mark} {words.label}" if words else clean(value)
    write: dict[str, Callable[[Any], str]] = {
        "group": level_name,
        "count": count,
        "share": percent,
        "points": points,
        "number": number,
        "p_value": p_value,
        "prose": lambda text: clean(text, MOST_PROSE),
    }
    return write.get(kind, clean)(value)
