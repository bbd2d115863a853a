"""Shares by the hour, a line for each group or way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.reporting.plots._marks import error_bars
from biasaudit.reporting.plots.base import COLOURS, DASHES, SYMBOLS, Plot, figure, words
from biasaudit.reporting.words.text import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_hours"]


def plot_hours(shares: pd.DataFrame, by: str, *, title: str, hours: int) -> Plot:
    """Draw shares by hour, with intervals where there are any.

    Parameters
    ----------
    shares : DataFrame
        Columns hour, estimate, the one named by `by`, and low and high where intervals are drawn.
    by : str
        Column whose values get a line each.
    title : str
        What is found.
    hours : int
        Where the axis ends.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import pandas as pd
    >>> toxic = [0, 0.3, 0.6, 0, 0.01, 0.01]
    >>> hours = pd.DataFrame({"hour": [0, 12, 24] * 2, "group": ["A"] * 3 + ["B"] * 3, "estimate": toxic})
    >>> drawn = plot_hours(hours, "group", title="Toxic replies about A rise for a day", hours=24)
    >>> [line.name for line in drawn.figure.data]
    ['A', 'B']
    """
    names = list(dict.fromkeys(shares[by]))
    drawn = figure(height=380 + 16 * max(0, len(names) - 4))
    for i, name in enumerate(names):
        part, colour = shares[shares[by] == name], COLOURS[i % len(COLOURS)]
        error = error_bars(part, colour, thickness=1, width=2) if "low" in shares else None
        drawn.add_scatter(
            x=part["hour"],
            y=part["estimate"],
            name=words(name, 40),
            mode="lines+markers",
            error_y=error,
            line={"color": colour, "width": 2, "dash": DASHES[i % len(DASHES)]},
            marker={"color": colour, "symbol": SYMBOLS[i % len(SYMBOLS)], "size": 7},
            hovertemplate=f"{words(clean(name))}, hour %{{x}}: %{{y:.1%}}<extra></extra>",
        )
    drawn.update_xaxes(title="Hour", range=[0.4, hours + 0.6], dtick=4, tick0=4)
    drawn.update_yaxes(title="Toxic replies", tickformat=".0%", range=[-0.02, 1.02])
    return Plot(title, drawn, shares.reset_index(drop=True))
