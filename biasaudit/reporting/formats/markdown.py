"""Reports as GitHub-flavoured Markdown; nothing that comes from the data can act as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from biasaudit.metrics.units import Unit
from biasaudit.reporting.formats.sections import section_table
from biasaudit.reporting.report import Finding, Record, Report, Section
from biasaudit.reporting.words.breakdowns import (
    Breakdown,
    any_pooled,
    breakdowns,
    everyone,
    is_pooled,
    key_metrics,
    label,
    pooled_words,
    thing_of,
    unit_in,
    words_of,
)
from biasaudit.reporting.words.forest import counted
from biasaudit.reporting.words.tables import Head, TextTable, gap_table, gap_words, left_out, verdict_words
from biasaudit.reporting.words.text import capitalised, clean, count, head, interval, level_name, value
from biasaudit.reporting.words.words import interval_head, notes, setting_rows, verdict_of

__all__ = ["escape", "opening", "section_blocks", "to_markdown"]

MOST_FINDINGS, MOST_GROUPS = 30, 40
# Shown by the page to be text, but read by hosts of Markdown as the start of a link or a mention.
LINKS = re.compile(r"://|(?<=\bwww)\.|[@#](?=\w)", re.IGNORECASE)
JOINER = "\u2060"


def escape(text: str) -> str:
    r"""Make text harmless in Markdown, tables and HTML included.

    Addresses, mentions and issue numbers get an invisible word joiner, since hosts turn them into links
    after the escapes are gone.

    Examples
    --------
    >>> print(escape("![](y.png) | <b> `x` *y*"))
    \!\[\](y.png) \| \<b\> \`x\` \*y\*
    >>> escape("https://x @you") == "https:\u2060//x @\u2060you"
    True
    """
    text = " ".join(clean(text, 2000).split())
    text = re.sub(r"([\\`*_\[\]{}<>|~!&$])", r"\\\1", text)
    return LINKS.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    return JOINER + "." if found[0] == "." else found[0][0] + JOINER + found[0][1:]


def opening(text: str) -> str:
    """Escape text that starts a line, where a dash, a hash or a number would open a list or a heading."""
    return re.sub(r"^(?=[-+=#]|\d+[.)])", JOINER, escape(text))


def to_markdown(report: Report) -> str:
    """Write a report as Markdown: the answer first, then rates and gaps by group.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        Large reports keep the main metrics and gaps; the JSON report has all.
    """
    arranged = breakdowns(report)
    blocks = [
        f"# {escape(clean(report.title, 120))}",
        f"**{escape(report.headline)}**",
        f"{count(report.rows)} {escape(clean(report.unit, 40))}.",
        *_findings(report.findings),
        *_list("## Before you rely on this", report.warnings),
        *_sections(report),
        *(block for breakdown in arranged for block in _breakdown(report, breakdown)),
        *_left_out(report),
        "## How to read this",
        *(
            f"**{escape(heading)}.** {escape(text)}"
            for heading, text in notes(report.settings, pooled=any_pooled(report), thing=thing_of(report))
        ),
        "## What was asked",
        _table((Head("Setting"), Head("Value")), setting_rows(report.settings)),
        f"biasaudit {escape(report.package_version)}",
    ]
    return "\n\n".join(blocks) + "\n"


def _findings(findings: Sequence[Finding]) -> list[str]:
    lines = [f"- {_badge(finding)}: {escape(finding.sentence)}" for finding in findings[:MOST_FINDINGS]]
    omitted = len(findings) - MOST_FINDINGS
    more = [f"And {omitted} more in the JSON report."] if omitted > 0 else []
    return ["\n".join(lines), *more] if lines else []


def _badge(finding: Finding) -> str:
    words = verdict_of(finding)
    return f"{words.mark} **{words.label}**" if words else f"? **{escape(finding.verdict)}**"


def _sections(report: Report) -> list[str]:
    return [block for section in report.sections for block in section_blocks(section, report.settings)]


def section_blocks(section: Section, settings: Mapping[str, Any]) -> list[str]:
    """Lay out a section: its heading, its sentences and its table."""
    table, omitted = section_table(section, settings)
    blocks = [f"## {escape(section.title)}", *(opening(text) for text in section.sentences)]
    blocks += _laid_out(table) if table else []
    return blocks + ([f"And {omitted} more rows in the JSON report."] if omitted else [])


def _list(heading: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {opening(text)}" for text in texts]
    return [heading, "\n".join(lines)] if lines else []


def _breakdown(report: Report, breakdown: Breakdown) -> list[str]:
    overall = everyone(report)
    metrics = [metric for metric in key_metrics(report) if metric in breakdown.rates]
    blocks = [block for metric in metrics for block in _metric(report, breakdown, metric, overall.get(metric))]
    widest = [row for row in breakdown.gaps if row["kind"] == "range"]
    if widest:
        blocks.append(f"### Widest gaps by {escape(breakdown.name)}")
        blocks += _laid_out(gap_table(breakdown, widest, report.metrics))
    return [f"## By {escape(breakdown.name)}", *blocks] if blocks else []


def _metric(report: Report, breakdown: Breakdown, metric: str, overall: Record | None) -> list[str]:
    """Lay out one metric over the groups of a split, everyone first and the largest groups next."""
    rows, unit = breakdown.largest_first(metric), unit_in(report.metrics, metric)
    limits = interval_head(report.settings)
    heads: tuple[Head, ...] = (Head("Group"), Head(head(unit), True), Head(limits, True), Head("Counted", True))
    shown = [*([overall] if overall else []), *rows[:MOST_GROUPS]]
    pooled = any(is_pooled(row) for row in shown)
    heads += (Head("Partly pooled", True),) * pooled
    blocks = [f"### {escape(label(metric, report.metrics))} by {escape(breakdown.name)}"]
    meaning, widest = words_of(metric, report.metrics).meaning, breakdown.widest(metric)
    if meaning:
        blocks.append(opening(capitalised(meaning)) + ".")
    if widest:
        blocks.append(f"{escape(verdict_words(widest | {'reason': ''}))}: {escape(gap_words(widest, breakdown, unit))}")
    blocks.append(_table(heads, [_cells(row, unit) + (pooled_words(row, unit),) * pooled for row in shown]))
    if len(rows) > MOST_GROUPS:
        blocks.append(f"And {len(rows) - MOST_GROUPS} smaller groups in the JSON report.")
    return blocks


def _cells(row: Record, unit: Unit) -> tuple[str, ...]:
    limits = interval(row["low"], row["high"], unit)
    estimate = value(unit, row["estimate"])
    return level_name(row["group"]), estimate, limits or clean(row["reason"], 120), counted(row)


def _left_out(report: Report) -> list[str]:
    table = left_out(report)
    return ["## Rows left out", *_laid_out(table)] if table else []


def _laid_out(table: TextTable) -> list[str]:
    return [_table(table.heads, part.rows) for part in table.blocks]


def _table(heads: Sequence[Head], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(escape(head.words) for head in heads) + " |"]
    lines.append("|" + "|".join(" ---: " if head.numeric else " --- " for head in heads) + "|")
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
