"""Scores by group, lines that are drawn on them, and what moving a line does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from biasaudit.reporting.plots.base import COLOURS, GREY, Plot, figure, words
from biasaudit.reporting.words.text import clean, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_lines", "plot_moves", "plot_scores"]

PANEL = 150
MOST_BARS = 50
PATTERNS = {"negative": "", "positive": "/", "": ""}


def plot_scores(histogram: pd.DataFrame, groups: Sequence[str]) -> Plot:
    """Draw the scores of each group, labels told apart.

    Parameters
    ----------
    histogram : DataFrame
        As :meth:`biasaudit.ThresholdAudit.histogram` gives it.
    groups : sequence of str
        Groups to draw, from top to bottom.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> drawn = plot_scores(lines.histogram(), lines.groups[:2])
    >>> drawn.title
    'Scores of 2 groups'
    >>> len(drawn.table)
    40
    """
    from plotly.subplots import make_subplots

    base = figure(height=108 + PANEL * len(groups))
    drawn = make_subplots(
        rows=len(groups),
        shared_xaxes=True,
        vertical_spacing=0.5 / max(len(groups), 1) / 2,
        figure=base,
        subplot_titles=[words(group, 60) for group in groups],
    )
    shown = histogram[histogram["group"].isin(list(groups))].reset_index(drop=True)
    bars_of, step = _joined(shown)
    for row, group in enumerate(groups, start=1):
        mine = bars_of[bars_of["group"] == group]
        for i, label in enumerate(sorted(mine["label"].unique())):
            bars = mine[mine["label"] == label]
            drawn.add_bar(
                x=bars["score"],
                y=bars["share"],
                width=step,
                name=_label(label),
                legendgroup=label,
                row=row,
                col=1,
                showlegend=row == 1 and bool(label),
                customdata=bars[["rows"]],
                marker={"color": COLOURS[i], "pattern": {"shape": PATTERNS.get(label, ""), "solidity": 0.25}},
                hovertemplate="score %{x}: %{customdata[0]:,.0f} people, %{y:.1%} of the group<extra></extra>",
            )
        drawn.update_yaxes(tickformat=".0%", title={"text": "share", "standoff": 4}, nticks=4, row=row, col=1)
    # Above the name of the first group, also on a phone.
    drawn.update_layout(
        barmode="stack", bargap=0, margin={"t": 56}, legend={"yref": "container", "y": 0.99, "yanchor": "top"}
    )
    drawn.update_xaxes(title="Score", row=len(groups), col=1)
    return Plot(f"Scores of {len(groups)} groups", drawn, shown)


def plot_lines(scores: Plot, thresholds: Mapping[str, float], groups: Sequence[str]) -> Plot:
    """Draw a line on the scores of each group.

    Parameters
    ----------
    scores : Plot
        As :func:`plot_scores` drew it for these groups; it stays as it is.
    thresholds : mapping of str to float
        Line of each group.
    groups : sequence of str
        Those that `scores` shows, in its order.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> from biasaudit.reporting.plots import plot_scores
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> scores = plot_scores(lines.histogram(), lines.groups[:2])
    >>> plot_lines(scores, {"African-American": 7, "Caucasian": 5}, lines.groups[:2]).title
    'Decided positively from a score of: African-American 7, Caucasian 5'
    """
    import plotly.graph_objects as go

    drawn, step = go.Figure(scores.figure), _step(scores.table["score"])
    drawn.layout.shapes = [
        {
            "type": "line",
            "xref": f"x{axis}",
            "yref": f"y{axis} domain",
            "y0": 0,
            "y1": 1,
            "x0": thresholds[group] - step / 2,
            "x1": thresholds[group] - step / 2,
            "line": {"color": COLOURS[5], "width": 3, "dash": "dash"},
        }
        for axis, group in zip(("", *range(2, len(groups) + 1)), groups, strict=True)
        if math.isfinite(thresholds[group])
    ]
    return Plot(_title(thresholds, groups), drawn, scores.table)


def _joined(histogram: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Join neighbouring scores until a bar is wide enough to be seen; return the bars and their width."""
    scores = sorted(histogram["score"].unique())
    each = -(-len(scores) // MOST_BARS)
    step = _step(histogram["score"]) * each
    if each == 1:
        return histogram, step
    middle = {
        s: (scores[i - i % each] + scores[min(i - i % each + each, len(scores)) - 1]) / 2 for i, s in enumerate(scores)
    }
    joined = histogram.assign(score=histogram["score"].map(middle))
    return joined.groupby(["group", "score", "label"], sort=False, as_index=False)[["rows", "share"]].sum(), step


def _label(label: str) -> str:
    return f"{label} label" if label else "everyone"


def _step(scores: pd.Series) -> float:
    """Width of a bar: the smallest distance between two scores."""
    ordered = sorted(scores.unique())
    return min((b - a for a, b in itertools.pairwise(ordered)), default=1.0)


def _title(thresholds: Mapping[str, float], groups: Sequence[str]) -> str:
    lines = {group: thresholds.get(group, math.nan) for group in groups}
    if len(set(lines.values())) == 1:
        return f"Everybody is decided positively from a score of {_threshold_text(next(iter(lines.values())))} on"
    listed = ", ".join(f"{clean(group)} {_threshold_text(line)}" for group, line in lines.items())
    return f"Decided positively from a score of: {listed}"


def _threshold_text(value: float) -> str:
    if math.isinf(value):
        return "nothing (everybody is)" if value < 0 else "no value (nobody is)"
    return f"{value:g}"


def plot_moves(before: pd.DataFrame, after: pd.DataFrame, metric: str, title: str) -> Plot:
    """Draw how a rate of each group moves from one set of lines to another.

    Parameters
    ----------
    before, after : DataFrame
        Rates as an audit gives them, of the metric alone, with a column `name` of groups.
    metric, title : str
        What the axis says, and what is found.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> def rates(audit):
    ...     found = audit.rates().query("metric == 'selection_rate'").iloc[1:]
    ...     return found.assign(name=[group["race"] for group in found["group"]])
    >>> before, after = rates(lines.at(5)), rates(lines.at({"African-American": 7}, otherwise=5))
    >>> drawn = plot_moves(before, after, "Called a high risk", "Fewer African-American people are called a high risk")
    >>> drawn.figure.layout.xaxis.title.text
    'Called a high risk'
    """
    drawn = figure(len(after))
    table = before[["name", "estimate"]].merge(
        after[["name", "estimate", "low", "high"]], on="name", suffixes=("_before", "")
    )
    names = [words(name) for name in table["name"]]
    ends = zip(table["estimate_before"], table["estimate"], strict=True)
    drawn.add_scatter(
        x=[x for pair in ends for x in (*pair, None)],
        y=[y for name in names for y in (name, name, None)],
        mode="lines",
        line={"color": GREY},
        showlegend=False,
        hoverinfo="skip",
    )
    drawn.add_scatter(
        x=table["estimate_before"],
        y=names,
        mode="markers",
        name="one line at the start",
        marker={"symbol": "circle-open", "size": 11, "color": COLOURS[0], "line": {"width": 2}},
        hovertemplate="before: %{x:.1%}<extra></extra>",
    )
    drawn.add_scatter(
        x=table["estimate"],
        y=names,
        mode="markers",
        name="these lines",
        marker={"symbol": "diamond", "size": 12, "color": COLOURS[1]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": table["high"] - table["estimate"],
            "arrayminus": table["estimate"] - table["low"],
            "color": COLOURS[1],
            "thickness": 2,
            "width": 4,
        },
        hovertemplate="now: %{x:.1%}<extra></extra>",
    )
    drawn.update_xaxes(tickformat=".0%", range=[0, 1], title=metric)
    drawn.update_yaxes(autorange="reversed")
    now = [x for x in table["estimate"] if x == x]
    spread = f": now from {percent(min(now))} to {percent(max(now))}" if now else ""
    return Plot(f"{title}{spread}", drawn, table)
