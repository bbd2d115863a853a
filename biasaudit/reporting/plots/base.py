"""What all plots share: a title that states a finding, the table behind it, colours that everybody can tell apart."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.words.text import clean

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["COLOURS", "CONFIG", "DASHES", "GREY", "ROW", "SYMBOLS", "Plot", "figure", "show_plot", "words"]

# plotly offers to upload a chart to a cloud; nothing leaves this machine.
CONFIG: Mapping[str, Any] = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
}
# Okabe and Ito's palette without black and yellow, which a dark or a white page swallows; never colour alone.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
GREY = "#888888"
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x")
DASHES = ("solid", "dash", "dot", "dashdot")
# Height of a row of a plot and of what is around the rows, in pixels.
ROW, AROUND = 30, 90
WRAP = 22


@dataclass(frozen=True, eq=False)
class Plot:
    """A figure, a title that states its finding, and the table it is drawn from.

    Parameters
    ----------
    title : str
        What the plot shows, in a sentence; data in it are not escaped.
    figure : plotly.graph_objects.Figure
        Without a title of its own, since plotly's do not wrap.
    table : DataFrame
        What is drawn, tidy.

    Examples
    --------
    >>> import biasaudit as ba
    >>> from biasaudit.reporting.plots import plot_rates
    >>> report = ba.audit_predictions(ba.datasets.load_berkeley()).report()
    >>> drawn = plot_rates(report, "selection_rate", features=("gender",))
    >>> drawn.title
    'Selection rate by gender: gap shown, 14.2 points (11.3 to 17.0 points) between Male and Female. Chance alone would
    show about 1.2 points.'
    >>> drawn.figure.data[0].type
    'scatter'
    >>> print(drawn.table[["group", "estimate", "low", "high"]].round(3).to_string(index=False))
                   group  estimate   low  high
      {'gender': 'Male'}     0.445 0.427 0.464
    {'gender': 'Female'}     0.304 0.283 0.325
    """

    title: str
    figure: go.Figure
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers that are drawn.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> import biasaudit as ba
        >>> from biasaudit.reporting.plots import plot_rates
        >>> report = ba.audit_predictions(ba.datasets.load_berkeley()).report()
        >>> plot_rates(report, "selection_rate", features=("gender",)).to_frame()["estimate"].round(3).tolist()
        [0.445, 0.304]
        """
        return self.table.copy()

    def _ipython_display_(self) -> None:
        show_plot(self)


def show_plot(drawn: Plot) -> None:
    """Show a plot in a notebook, under the title that states its finding."""
    import plotly.io as pio

    from biasaudit.reporting.formats.notebook import show_words

    show_words(drawn.title)
    pio.show(drawn.figure, config=dict(CONFIG))


def figure(rows: int | None = None, *, height: int | None = None) -> go.Figure:
    """Start a figure that fits a phone: small margins, labels never cut, no zoom by accident."""
    import plotly.graph_objects as go

    made = go.Figure()
    made.update_layout(
        height=height or AROUND + ROW * max(rows or 1, 2),
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hoverlabel={"namelength": -1},
        dragmode=False,
    )
    made.update_xaxes(automargin=True, fixedrange=True, zeroline=False)
    made.update_yaxes(automargin=True, fixedrange=True, zeroline=False)
    return made


def words(text: Any, width: int = WRAP) -> str:
    """Write data for plotly, which reads a little HTML: as text, broken into short lines.

    Examples
    --------
    >>> words("<b>African-American × Female × 25 - 45")
    '&lt;b&gt;African-American ×<br>Female × 25 - 45'
    """
    lines = textwrap.wrap(clean(text, 120), width) or [""]
    return "<br>".join(html.escape(line) for line in lines)
