"""Reports as Markdown; nothing that comes from the data can act as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from biasaudit.reporting.layout import DISPARITY_HEADS, MARKS, disparity_rows, panels
from biasaudit.reporting.report import Report
from biasaudit.reporting.text import clean, group_name, number, percent

__all__ = ["escape", "to_markdown"]

NOTE = (
    "*Shown*: more than chance explains, after adjustment for all that was compared. *Not shown*: the whole interval "
    "lies within the tolerance. *Cannot tell*: the data are too few to say. An audit describes data; it is no legal "
    "advice, and no gap shown is no proof that nobody is harmed."
)


def escape(text: str) -> str:
    """Make text harmless in Markdown, tables and HTML included.

    Examples
    --------
    >>> escape("![](http://x) | <b>")
    '!\\\\[\\\\]\\\\(http\\\\://x\\\\) \\\\| \\\\<b\\\\>'
    """
    text = " ".join(text.split("\n"))
    text = re.sub(r"([\\`*_{}\[\]()<>#+!|~:@&=^$-])", r"\\\1", text)
    return re.sub(r"\\(!)", r"\1", text) if "\\[" not in text else text.replace("\\!", "!")


def to_markdown(report: Report) -> str:
    """Write a report as Markdown: the answer first, then rates and gaps by group."""
    blocks = [f"# {escape(clean(report.title, 120))}", f"**{escape(report.headline)}**"]
    blocks.append(f"{number(report.rows, 0)} rows.")
    blocks.append("\n".join(f"- {MARKS[f.verdict]} **{f.verdict}**: {escape(f.sentence)}" for f in report.findings))
    if report.warnings:
        blocks.append("## Before you rely on this")
        blocks.append("\n".join(f"- {escape(clean(text, 500))}" for text in report.warnings))
    blocks.append("## Rates by group")
    for panel in panels(report):
        title = f"{panel.text.label} by {panel.split}"
        blocks.append(f"### {escape(title)}")
        blocks.append(f"{escape(panel.text.meaning)}; {MARKS[panel.verdict]} {panel.verdict}, {escape(panel.gap)}.")
        rows = [(r.group, r.shown, r.interval or r.reason, r.people) for r in panel.rows]
        blocks.append(_table(("Group", "Rate", "Interval", "Counted"), rows))
    blocks.append("## Gaps over all groups")
    blocks.append(_table(DISPARITY_HEADS, disparity_rows(report, "range")))
    blocks.append("## Gaps against the reference group")
    blocks.append(_table(DISPARITY_HEADS, disparity_rows(report, "pair")))
    if len(report.left_out):
        blocks.append("## Rows left out")
        left = zip(report.left_out["reason"], report.left_out["group"], report.left_out["rows"], strict=True)
        blocks.append(_table(("Reason", "Group", "Rows"), [(r, group_name(g), number(n, 0)) for r, g, n in left]))
    blocks.append("## How this was done")
    asked = [(str(k), clean(v, 200)) for k, v in report.settings.items() if v not in (None, {}, ())]
    blocks.append(_table(("Setting", "Value"), [*asked, ("confidence level", percent(report.settings["confidence"]))]))
    blocks.append(NOTE)
    blocks.append(f"biasaudit {report.package_version}")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
