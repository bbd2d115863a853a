"""What mitigations mend and what they cost, and who gains and loses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.plots.base import COLOURS, SYMBOLS, Plot, figure, words
from biasaudit.reporting.text import clean, level_name, percent, points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_gains", "plot_pareto"]

BASELINE = "unmitigated"


def plot_pareto(pareto: pd.DataFrame, harm: str, cost: str) -> Plot:
    """Draw harm against cost, both with intervals; the front is joined by a line.

    Parameters
    ----------
    pareto : DataFrame
        As ``Comparison.pareto()`` gives it.
    harm, cost : str
        What the axes show, in words.
    """
    table = pareto.reset_index(drop=True)
    drawn = figure(height=430)
    front = table[table["on_front"]].sort_values("cost")
    drawn.add_scatter(
        x=front["cost"], y=front["harm"], mode="lines", name="nothing here is better in both",
        line={"color": "#888888", "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    for i, row in enumerate(table.to_dict("records")):
        colour = COLOURS[i % len(COLOURS)]
        drawn.add_scatter(
            x=[row["cost"]], y=[row["harm"]], mode="markers", name=words(row["mitigation"].replace("_", " "), 40),
            marker={"symbol": SYMBOLS[i % len(SYMBOLS)] + ("" if row["on_front"] else "-open"), "size": 13,
                    "color": colour, "line": {"width": 2, "color": colour}},
            error_x=_error(row, "cost", colour), error_y=_error(row, "harm", colour),
            hovertemplate=f"{words(row['mitigation'], 40)}: %{{x:.3f}}, %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    drawn.update_xaxes(title=cost)
    drawn.update_yaxes(title=harm)
    drawn.update_layout(legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0}, height=520)
    least = table.sort_values("harm").iloc[0].to_dict()
    start = table.iloc[0].to_dict()
    title = (
        f"{clean(least['mitigation']).replace('_', ' ').capitalize()} leaves the smallest {harm}: {least['harm']:.3f} "
        f"({least['harm_low']:.3f} to {least['harm_high']:.3f}), where nothing is done {start['harm']:.3f}"
    )
    return Plot(title, drawn, table.drop(columns=["beaten_by"]))


def _error(row: Mapping[Any, Any], axis: str, colour: str) -> dict[str, object]:
    high, low = row[f"{axis}_high"] - row[axis], row[axis] - row[f"{axis}_low"]
    return {"type": "data", "symmetric": False, "array": [high], "arrayminus": [low], "color": colour, "thickness": 1}


def plot_gains(gains: pd.DataFrame, mitigation: str) -> Plot:
    """Draw how the share of positive decisions moves for each group under one mitigation.

    Parameters
    ----------
    gains : DataFrame
        As ``Comparison.gains()`` gives it.
    mitigation : str
    """
    chosen = (gains["mitigation"] == mitigation) & (gains["metric"] == "selection_rate")
    table = gains[chosen].reset_index(drop=True)
    names = [words(level_name(group)) for group in table["group"]]
    drawn = figure(len(table))
    for before, after, name in zip(table["before"], table["after"], names, strict=True):
        drawn.add_scatter(
            x=[before, after], y=[name, name], mode="lines", line={"color": "#888888"}, showlegend=False,
            hoverinfo="skip",
        )  # fmt: skip
    for column, symbol, at, legend in (("before", "circle-open", 0, "as it is"), ("after", "diamond", 1, "mitigated")):
        drawn.add_scatter(
            x=table[column], y=names, mode="markers", name=legend,
            marker={"symbol": symbol, "size": 12, "color": COLOURS[at], "line": {"width": 2}},
            hovertemplate=f"{legend}: %{{x:.1%}}<extra></extra>",
        )  # fmt: skip
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero", title="Decided positively")
    drawn.update_yaxes(autorange="reversed")
    moved = table.sort_values("difference", key=abs, ascending=False).iloc[0].to_dict()
    title = (
        f"{clean(mitigation).replace('_', ' ').capitalize()} moves {level_name(moved['group'])} most: from "
        f"{percent(moved['before'])} to {percent(moved['after'])} decided positively "
        f"({points(moved['difference'])} points)"
    )
    return Plot(title, drawn, table.drop(columns=["mitigation", "metric"]))
