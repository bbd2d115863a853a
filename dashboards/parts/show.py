"""How findings, plots, tables, code and downloads look, on every page alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from biasaudit.reporting.text import clean
from biasaudit.reporting.words import SECTION_VERDICTS, verdict_of

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.plots import Plot
    from biasaudit.reporting.report import Finding, Section
    from parts.call import Call

__all__ = [
    "code",
    "downloads",
    "finding",
    "findings",
    "md",
    "plain",
    "plot",
    "section",
    "table",
    "verdict",
    "verdict_words",
]

BADGES = {"shown": "orange", "not shown": "blue", "cannot tell": "gray"}
MARKS = {"shown": "▲", "not shown": "●", "cannot tell": "◆"}
MOST_IN_PAGE = 60
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def md(text: Any, most: int = 200) -> str:
    r"""Write data so that Markdown takes it for text: names of groups are data.

    Examples
    --------
    >>> md("![x](http://e.com) <b>")
    '\\!\\[x\\]\\(http\\:\\/\\/e\\.com\\) \\<b\\>'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", clean(text, most))


def plain(text: Any) -> str:
    """Write data for a widget that shows text as it is."""
    return clean(text, 80)


def finding(found: Finding) -> None:
    """Show a finding: its verdict as a badge with a shape and words, and its sentence."""
    words = verdict_of(found)
    _badge(found.verdict, words.label if words else found.verdict, found.sentence)


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
    if len(found) > most:
        with st.expander(f"{len(found) - most} more findings"):
            for one in found[most:]:
                finding(one)
    if not found:
        st.markdown("Nothing was found to say.")


def plot(drawn: Plot, key: str) -> None:
    """Show a plot under a title that states its finding, with the table behind it."""
    from biasaudit.reporting.plots import CONFIG

    st.markdown(f"**{md(drawn.title, 300)}**")
    st.plotly_chart(drawn.figure, key=key, config=dict(CONFIG), alt=clean(drawn.title, 300))
    with st.expander("The numbers behind this plot"):
        table(drawn.to_frame())


def table(frame: pd.DataFrame) -> None:
    """Show a table of words and numbers; cells that a spreadsheet would run are made text."""
    shown = frame.map(_cell).rename(columns=md)
    if len(frame) <= MOST_IN_PAGE:
        st.table(shown.map(lambda cell: md(cell) if isinstance(cell, str) else cell), hide_index=True)
    else:
        st.dataframe(shown, hide_index=True)


def section(said: Section, settings: Mapping[str, Any]) -> None:
    """Show the table of a report's section, in the words of the reports."""
    import pandas as pd

    from biasaudit.reporting.sections import section_table

    laid, left = section_table(said, settings)
    if laid is None:
        return
    heads = [
        f"{head.words}{' ' * i}" if head.words.endswith("interval") else head.words for i, head in enumerate(laid.heads)
    ]
    table(pd.DataFrame(laid.parts[0].rows, columns=heads))
    if left:
        st.caption(f"And {left:,} more rows: download the JSON.")


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        value = " × ".join(map(str, value.values())) or "everyone"
    if isinstance(value, str):
        value = clean(value, 200)
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}"
    return value


def code(*calls: Call) -> None:
    """Show the Python that gives the same numbers."""
    with st.expander("The same in Python"):
        for one in calls:
            st.code(one.python(), language="python")


def downloads(audit: Any, call: Call, name: str) -> None:
    """Offer the report in every format, and the code that makes it."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60] or "audit"
    made = {
        "HTML": (audit.to_html, f"{stem}.html", "text/html"),
        "JSON": (audit.to_json, f"{stem}.json", "application/json"),
        "Markdown": (audit.to_markdown, f"{stem}.md", "text/markdown"),
        "Python": (lambda: f'{call.python()}\n{call.variable}.to_html("{stem}.html")\n', f"{stem}.py", "text/x-python"),
    }
    with st.container(horizontal=True):
        for words, (make, file_name, mime) in made.items():
            st.download_button(words, data=make, file_name=file_name, mime=mime, on_click="ignore", key=f"get_{words}")
