"""The share of each group at the top of rankings, place by place, beside what fair draws would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.reporting.plots.base import COLOURS, DASHES, SYMBOLS, Plot, figure, words
from biasaudit.reporting.words.text import level_name, percent

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["plot_top_shares"]

MOST_GROUPS = 6
BAND = 0.16


def plot_top_shares(shares: pd.DataFrame, feature: str) -> Plot:
    """Draw the share of each group in the first 1, 2, ... places, with the band that fair draws would stay in.

    Parameters
    ----------
    shares : DataFrame
        As :meth:`biasaudit.RankingAudit.top_shares` gives it.
    feature : str
        Sensitive feature whose groups are drawn, the largest six of them.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> data = pd.DataFrame({"gender": ["man"] * 10 + ["woman"] * 10, "rank": range(1, 21)})
    >>> audit = ba.audit_rankings(data, sensitive_features="gender", rank="rank", k=10)
    >>> drawn = plot_top_shares(audit.top_shares(), "gender")
    >>> drawn.title
    'Share of the first places by gender: farthest below fair draws is woman, with 0.0 % of the first 10 where 50.0 %
    would be fair.'
    >>> len(drawn.figure.data), len(drawn.table)
    (4, 40)
    """
    mine = shares[shares["sensitive_features"] == (feature,)]
    names = mine["group"].map(level_name)
    sizes = mine.groupby(names)["expected"].mean().sort_values(ascending=False)
    drawn, table = figure(height=360), mine[names.isin(sizes.index[:MOST_GROUPS])].reset_index(drop=True)
    for at, name in enumerate(sizes.index[:MOST_GROUPS]):
        _draw(drawn, table[table["group"].map(level_name) == name], name, at)
    drawn.update_layout(xaxis={"title": "First places"}, yaxis={"tickformat": ".0%", "rangemode": "tozero"})
    return Plot(_title(table, feature), drawn, table)


def _draw(drawn: go.Figure, group: pd.DataFrame, name: str, at: int) -> None:
    import plotly.graph_objects as go

    colour = COLOURS[at % len(COLOURS)]
    band = {
        "x": [*group["k"], *group["k"][::-1]],
        "y": [*group["high"], *group["low"][::-1]],
        "fill": "toself",
        "line": {"width": 0},
        "fillcolor": colour,
        "opacity": BAND,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    drawn.add_trace(go.Scatter(**band, mode="lines"))
    drawn.add_trace(
        go.Scatter(
            x=group["k"],
            y=group["share"],
            name=words(name, 60),
            mode="lines+markers",
            line={"color": colour, "dash": DASHES[at % len(DASHES)]},
            marker={"symbol": SYMBOLS[at % len(SYMBOLS)], "size": 6},
            customdata=group[["expected", "low", "high"]],
            hovertemplate="first %{x}: %{y:.1%} (fair: %{customdata[0]:.1%}, %{customdata[1]:.1%} to "
            "%{customdata[2]:.1%})",
        )
    )


def _title(table: pd.DataFrame, feature: str) -> str:
    """Say who is farthest below fair draws, and where; or that nobody is below their band."""
    below = table[table["share"] < table["low"]]
    start = f"Share of the first places by {feature}"
    if below.empty:
        return f"{start}: every group stays where 95 % of fair draws would, or above."
    lacking = (below["expected"] - below["share"]).round(9)
    worst = below[lacking == lacking.max()].iloc[-1]
    first = "place" if worst["k"] == 1 else int(worst["k"])
    return (
        f"{start}: farthest below fair draws is {level_name(worst['group'])}, with {percent(float(worst['share']))} of "
        f"the first {first} where {percent(float(worst['expected']))} would be fair."
    )
