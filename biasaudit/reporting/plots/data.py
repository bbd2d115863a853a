"""What an audit of data found: who is in them, what the labels say, what gives groups away, what is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.plots.base import COLOURS, SYMBOLS, Plot, figure, words
from biasaudit.reporting.text import clean, level_name, number, percent, points

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["plot_equal_features", "plot_levels", "plot_missing", "plot_proxies", "plot_shares"]

MOST = 30


def plot_shares(representation: pd.DataFrame) -> Plot:
    """Draw the share of each group in the data and, where it is known, in the population.

    Parameters
    ----------
    representation : DataFrame
        Rows of one feature of the part "representation" of :func:`biasaudit.audit_dataset`.
    """
    table = representation.head(MOST)
    names = [words(level_name(group)) for group in table["group"]]
    drawn = figure(len(table))
    known = table["population"].notna().any()
    _dots(drawn, table["share"], names, table["share_low"], table["share_high"], "in the data", 0)
    if known:
        drawn.add_scatter(
            x=table["population"], y=names, mode="markers", name="in the population",
            marker={"symbol": "line-ns", "size": 18, "line": {"width": 4, "color": COLOURS[1]}},
            hovertemplate="population: %{x:.1%}<extra></extra>",
        )  # fmt: skip
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero", title="Share of the people")
    title = "Who is in the data"
    if known:
        worst = table.sort_values("estimate").iloc[0].to_dict()
        title = (
            f"{level_name(worst['group'])}: {percent(worst['share'])} of the data, {percent(worst['population'])} of "
            "the population"
        )
    return Plot(title, drawn, table[["group", "rows", "share", "share_low", "share_high", "population"]])


def plot_equal_features(part: pd.DataFrame) -> Plot:
    """Draw the gap that features explain and the one that remains where like is compared with like."""
    table = part.head(MOST)
    drawn = figure(len(table))
    pairs = [f"{level_name(row['group'])} − {level_name(row['reference'])}" for row in table.to_dict("records")]
    for i, what in enumerate(dict.fromkeys(table["what"])):
        mine = (table["what"] == what).to_numpy()
        rows = table[mine]
        _dots(
            drawn, rows["estimate"], [words(name, 26) for name, keep in zip(pairs, mine, strict=True) if keep],
            rows["low"], rows["high"], what, i, share=False,
        )  # fmt: skip
    drawn.add_vline(x=0, line={"dash": "dash", "width": 1.5, "color": "#888888"})
    drawn.update_xaxes(tickformat=".0%", title="Gap in the label (1 % is one point)")
    drawn.update_layout(scattermode="group")
    remains = table[table["what"] == "at equal features"]
    largest = _widest(remains) if remains["estimate"].notna().any() else None
    title = "What remains where like is compared with like"
    if largest is not None:
        title += f": at most {points(abs(largest['estimate']))} points, {level_name(largest['group'])} against "
        title += level_name(largest["reference"])
    return Plot(title, drawn, table.drop(columns=[c for c in ("strata",) if c in table]))


def plot_levels(levels: pd.DataFrame, column: str, label: str, title: str) -> Plot:
    """Draw how often the label is positive at each level of a column, for each group.

    Parameters
    ----------
    levels : DataFrame
        As ``audit.label_by(column, feature)`` gives it.
    column, label, title : str
    """
    order = list(dict.fromkeys(levels["level"]))
    kept = order if len(order) <= 2 * MOST else order[-2 * MOST :]
    table = levels[levels["level"].isin(kept)]
    drawn = figure(height=380)
    groups = list(table.groupby("group", sort=False)["denominator"].sum().sort_values(ascending=False).index[:4])
    most = max(float(table["denominator"].max()), 1.0)
    for i, group in enumerate(groups):
        rows = table[table["group"] == group]
        drawn.add_scatter(
            x=[words(level, 12) for level in rows["level"]], y=rows["estimate"], mode="lines+markers",
            name=words(group),
            line={"color": COLOURS[i], "dash": ("solid", "dash", "dot", "dashdot")[i], "width": 1.5},
            marker={"symbol": SYMBOLS[i], "color": COLOURS[i],
                    "size": [7 + 14 * math.sqrt(n / most) for n in rows["denominator"]]},
            error_y={"type": "data", "symmetric": False, "array": rows["high"] - rows["estimate"],
                     "arrayminus": rows["estimate"] - rows["low"], "thickness": 1, "width": 3, "color": COLOURS[i]},
            customdata=rows[["denominator"]], showlegend=len(groups) > 1,
            hovertemplate="%{x}: %{y:.1%} of %{customdata[0]:,.0f} people<extra>" + words(group) + "</extra>",
        )  # fmt: skip
    drawn.update_yaxes(tickformat=".0%", range=[0, 1.02], title=f"{clean(label, 30)}: positive")
    drawn.update_xaxes(title=clean(column, 40), type="category", categoryarray=[words(level, 12) for level in kept])
    return Plot(title, drawn, table)


def plot_proxies(part: pd.DataFrame) -> Plot:
    """Draw what each column alone tells of a group, with its share in what all tell together."""
    whole = part[part["column"] == "all together"].iloc[0]
    table = part[part["column"] != "all together"].sort_values("alone", ascending=False).head(MOST)
    names = [words(name) for name in table["column"]]
    drawn = figure(len(table) + 1)
    drawn.add_bar(
        x=table["alone"] - 0.5, base=0.5, y=names, orientation="h", showlegend=False, marker={"color": COLOURS[0]},
        customdata=table[["alone", "part"]],
        hovertemplate="AUC alone %{customdata[0]:.3f}, %{customdata[1]:.1%} of what all tell<extra></extra>",
        text=[f"{percent(part)} of all" for part in table["part"]], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    drawn.add_vline(x=float(whole["auc"]), line={"dash": "dash", "width": 2, "color": COLOURS[1]})
    drawn.update_xaxes(range=[0.45, 1.12], tickvals=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
                       title="AUC: 0.5 tells nothing, 1 everything (dashed: all together)")  # fmt: skip
    drawn.update_yaxes(autorange="reversed")
    title = (
        f"Columns tell who is {level_name(whole['group'])} with AUC {number(whole['auc'])} "
        f"({number(whole['auc_low'])} to {number(whole['auc_high'])})"
    )
    return Plot(title, drawn, table[["column", "alone", "part"]])


def plot_missing(part: pd.DataFrame) -> Plot:
    """Draw how much more is missing for a group than for its reference."""
    table = part[part["what"] == "missing values"].head(MOST)
    names = [words(f"{row['column']}, {level_name(row['group'])}", 26) for row in table.to_dict("records")]
    drawn = figure(len(table))
    _dots(
        drawn,
        table["estimate"],
        names,
        table["low"],
        table["high"],
        "more missing than in the reference",
        0,
        share=False,
    )
    drawn.add_vline(x=0, line={"dash": "dash", "width": 1.5, "color": "#888888"})
    drawn.update_xaxes(tickformat=".0%", title="More values missing than in the reference group (1 % is one point)")
    worst = _widest(table)
    title = f"{clean(worst['column'])} is missing for {percent(worst['share'])} of {level_name(worst['group'])} and "
    title += f"{percent(worst['other'])} of {level_name(worst['reference'])}"
    return Plot(title, drawn, table[["column", "group", "share", "reference", "other", "estimate", "low", "high"]])


def _widest(table: pd.DataFrame) -> dict[Any, Any]:
    return table.sort_values("estimate", key=abs, ascending=False).iloc[0].to_dict()


def _dots(
    drawn: go.Figure, x: Any, names: list[str], low: Any, high: Any, legend: str, at: int, *, share: bool = True
) -> None:
    drawn.add_scatter(
        x=x, y=names, mode="markers", name=legend,
        marker={"symbol": SYMBOLS[at], "size": 11, "color": COLOURS[at]},
        error_x={"type": "data", "symmetric": False, "array": high - x, "arrayminus": x - low,
                 "color": COLOURS[at], "thickness": 2, "width": 4},
        hovertemplate=("%{x:.1%}" if share else "%{x:+.1%}") + "<extra></extra>",
    )  # fmt: skip
    drawn.update_yaxes(autorange="reversed")
