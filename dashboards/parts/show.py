"""How findings, plots, tables, code and downloads look, on every page alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from biasaudit.metrics.registry import row_of
from biasaudit.reporting.render import files_of, render
from biasaudit.reporting.words.text import clean
from biasaudit.reporting.words.words import BENEFIT, SECTION_VERDICTS, verdict_of
from parts.widgets import Download, download_buttons

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.plots import Plot
    from biasaudit.reporting.report import Finding, MetricText, Section
    from parts.call import Attribute, Call

__all__ = [
    "code",
    "downloads",
    "finding",
    "findings",
    "md",
    "plain",
    "plot",
    "rate_words",
    "section",
    "table",
    "verdict",
    "verdict_words",
]

# Streamlit's badges of these colours are readable in both themes; a shape and words say the same.
BADGES = {"shown": "orange", "benefit": "green", "not shown": "blue", "cannot tell": "gray"}
MARKS = {"shown": "▲", "benefit": "✚", "not shown": "●", "cannot tell": "◆"}
MOST_IN_PAGE = 60
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Bare addresses become links, :streamlit: a picture and -> an arrow, escaped or not: a mark of no width takes what
# makes them apart.
LINKED = re.compile(
    r"(?i)(?<=w)(?=ww\.)|(?<=http)(?=s?:)|(?<=ftp)(?=:)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)|(?=@)"
    r"|(?<=:)(?=[\w+-])|(?<=[<>~])(?=[=-])|(?<=-)(?=[->])"
)
APART = "\u2060"
# Commas, percent signs and hyphens within words mean nothing to Markdown, and are read out where a label is escaped.
ESCAPED = re.compile(r"(?!(?<=\w)-(?=\w))([!-$&-+\--/:-@\[-`{-~])")


def md(text: Any, most: int = 200) -> str:
    r"""Write data so that Markdown takes it for text: names of groups are data.

    Examples
    --------
    >>> md("![x](/e) <b>")
    '\\!\\[x\\]\\(\\/e\\) \\<b\\>'
    """
    return ESCAPED.sub(r"\\\1", LINKED.sub(APART, clean(text, most)))


def plain(text: Any) -> str:
    """Write data for a widget that shows text as it is."""
    return clean(text, 80)


def rate_words(metric: str, words: str) -> str:
    """Say what a rate is in a page's own words, with its title.

    Examples
    --------
    >>> rate_words("selection_rate", "decided positively")
    'decided positively (selection rate)'
    """
    return f"{words} ({row_of(metric).lower})"


def finding(found: Finding) -> None:
    """Show a finding: its verdict as a badge with a shape and words, and its sentence."""
    words = verdict_of(found)
    name = "benefit" if words is BENEFIT else found.verdict
    _badge(name, words.label if words else found.verdict, found.sentence)


def verdict(name: str, sentence: str) -> None:
    """Show a sentence with a verdict on what need not be a gap."""
    _badge(name, SECTION_VERDICTS[name].label, sentence)


def verdict_words(name: str, label: str, meaning: str) -> None:
    """Show what a verdict means."""
    _badge(name, label, meaning)


def _badge(name: str, label: str, sentence: str) -> None:
    badge = f":{BADGES.get(name, 'gray')}-badge[{MARKS.get(name, '◆')} {md(label)}]"
    st.markdown(f"{badge} {md(sentence, 900)}")


def findings(found: Sequence[Finding], most: int = 5) -> None:
    """Show the first findings, and the others folded away."""
    for one in found[:most]:
        finding(one)
    left = len(found) - most
    if left > 0:
        with st.expander("1 more finding" if left == 1 else f"{left} more findings"):
            for one in found[most:]:
                finding(one)
    if not found:
        st.markdown("Nothing was found to say.")


def plot(drawn: Plot, key: str) -> None:
    """Show a plot under a title that states its finding, with the table behind it."""
    from biasaudit.reporting.plots import CONFIG

    st.markdown(f"**{md(drawn.title, 300)}**")
    st.plotly_chart(drawn.figure, key=key, config=dict(CONFIG), alt=clean(drawn.title, 300))
    # The table is made when somebody opens it: it may be longer than the plot takes.
    behind = st.expander("The numbers behind this plot", key=f"{key}_numbers", on_change="rerun")
    if behind.open:
        with behind:
            table(drawn.to_frame())


def table(frame: pd.DataFrame, metrics: Mapping[str, MetricText] | None = None) -> None:
    """Show a table in the units of `metrics`; cells that a spreadsheet would run are made text."""
    from biasaudit.reporting.readable import readable

    _cells(readable(frame, metrics or {}))


def section(of_report: Section, settings: Mapping[str, Any]) -> None:
    """Show the table of a report's section, in the words of the reports."""
    import pandas as pd

    from biasaudit.reporting.formats.sections import MOST_ROWS
    from biasaudit.reporting.readable import readable

    frame = pd.DataFrame(list(of_report.rows[:MOST_ROWS]))
    frame.attrs["columns"] = of_report.columns
    _cells(readable(frame))
    left = len(of_report.rows) - MOST_ROWS
    if left > 0:
        st.caption(f"And {left:,} more rows: download the JSON.")


def _cells(cells: pd.DataFrame) -> None:
    """Show text in cells; a wide table scrolls within itself."""
    if cells.empty:
        st.markdown("There are no rows.")
    elif len(cells) <= MOST_IN_PAGE:
        shown = cells.map(lambda cell: md(cell, 400)).rename(columns=lambda head: md(head, 60))
        with st.container(width="stretch"):
            st.table(shown, hide_index=True, width="stretch")
    else:
        st.dataframe(cells.map(_harmless), hide_index=True)


def _harmless(cell: str) -> str:
    """Mark text that a spreadsheet would run: this table can be downloaded."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def code(*calls: Call | Attribute) -> None:
    """Show the Python that gives the same numbers."""
    with st.expander("The same in Python"):
        for one in calls:
            st.code(one.python(), language="python")


def downloads(audit: Any, call: Call, name: str) -> None:
    """Offer the report in every format, and the code that makes it."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60] or "audit"
    files: dict[str, Download] = {
        **{row.words: (partial(render, audit, row.name), f"{stem}{row.ending}", row.mime) for row in files_of(audit)},
        "Python": (lambda: f'{call.python()}\n{call.variable}.to_html("{stem}.html")\n', f"{stem}.py", "text/x-python"),
    }
    download_buttons("Download the report", files)
