"""What chance shows, and how much data would tell it from harm."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from biasaudit.reporting.plots.base import COLOURS, GREY, SYMBOLS, Plot, figure, words
from biasaudit.reporting.words.text import count, level_name, percent, points

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import plotly.graph_objects as go
    from numpy.typing import NDArray

__all__ = ["plot_chance", "plot_plan", "plot_power"]

BINS = 40
POWER = 0.8
# Powers of ten that an axis can show with 2 and 5 between them, on a phone as well.
MOST_DECADES = 2.6


def plot_power(curve: pd.DataFrame, rows: int, gap: float) -> Plot:
    """Draw the chance of showing a gap against the number of rows; `rows` is what there are now.

    Parameters
    ----------
    curve : DataFrame
        As :func:`biasaudit.power_curve` gives it.
    rows : int
        What there are now.
    gap : float
        The gap that is to be shown.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> curve = ba.power_curve(0.3, 100, 100, gap=0.2)
    >>> plot_power(curve, rows=200, gap=0.2).title
    'To show a gap of 20.0 points in 4 of 5 samples takes about 208 rows; there are 200'
    """
    import numpy as np

    drawn = figure(height=340)
    drawn.add_scatter(
        x=curve["rows"],
        y=curve["power"],
        mode="lines",
        showlegend=False,
        line={"color": COLOURS[0], "width": 3},
        hovertemplate="%{x:,.0f} rows: shown in %{y:.0%} of samples<extra></extra>",
    )
    drawn.add_vline(x=rows, line={"dash": "dash", "color": COLOURS[1], "width": 2})
    # The annotation of a line would stand at 10 to the power of its place.
    drawn.add_annotation(
        x=math.log10(rows), y=0.02, yanchor="bottom", text="rows now", showarrow=False, xanchor="left", xshift=4
    )
    drawn.add_hline(y=POWER, line={"dash": "dot", "color": GREY}, annotation_text="4 of 5")
    _log_axis(drawn, [*curve["rows"], rows], "Rows of both groups")
    drawn.update_yaxes(tickformat=".0%", range=[0, 1.05], title="Chance of showing it")
    enough = curve[curve["power"] >= POWER]
    needed = (
        f"about {count(float(np.ceil(enough['rows'].iloc[0])))} rows"
        if len(enough)
        else "more rows than are drawn here"
    )
    title = f"To show a gap of {points(gap)} points in 4 of 5 samples takes {needed}; there are {count(rows)}"
    return Plot(title, drawn, curve)


def _log_axis(drawn: go.Figure, values: Iterable[float], title: str) -> None:
    """Lay rows out by their ratio; plotly's own ticks would be lone digits."""
    known = [value for value in values if value > 0 and math.isfinite(value)]
    low, high = (math.log10(end(known, default=1.0)) for end in (min, max))
    steps = (1, 2, 5) if high - low < MOST_DECADES else (1,)
    ticks = [step * 10**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps]
    drawn.update_xaxes(type="log", title=title, tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks])


def plot_plan(plan: pd.DataFrame, gap: float) -> Plot:
    """Draw rows at hand and rows needed for each group, as :func:`biasaudit.plan_sample` gives them.

    Parameters
    ----------
    plan : DataFrame
        As :func:`biasaudit.plan_sample` gives it.
    gap : float
        The gap that is to be seen.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> plan = ba.plan_sample(ba.audit_predictions(ba.datasets.load_ricci()), "selection_rate", gap=0.2)
    >>> plot_plan(plan, gap=0.2).title
    '2 of 2 groups have too few rows to show a gap of 20.0 points'
    """
    drawn = figure(len(plan))
    names = [words(level_name(group)) for group in plan["group"]]
    for i, (column, legend) in enumerate((("rows", "rows now"), ("rows_needed", "rows needed"))):
        drawn.add_scatter(
            x=plan[column],
            y=names,
            mode="markers",
            name=legend,
            marker={"symbol": SYMBOLS[i], "size": 12, "color": COLOURS[i]},
            hovertemplate=f"{legend}: %{{x:,.0f}}<extra></extra>",
        )
    _log_axis(drawn, [*plan["rows"], *plan["rows_needed"]], "Rows that count for the rate")
    drawn.update_yaxes(autorange="reversed")
    few = plan[plan["times"] > 1]
    title = f"A gap of {points(gap)} points would be seen in every group that is here"
    if len(few):
        title = f"{len(few)} of {len(plan)} groups have too few rows to show a gap of {points(gap)} points"
    return Plot(title, drawn, plan)


def plot_chance(gaps: NDArray[np.float64], expected: float, seen: float | None) -> Plot:
    """Draw how wide the widest gap is by chance alone, beside the one that was seen.

    Parameters
    ----------
    gaps : float array of shape (draws,)
        Widest gap of each draw, as :class:`biasaudit.ChanceGaps` has them.
    expected : float
        Their exact mean.
    seen : float or None
        The gap that an audit found.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> chance = ba.simulate_equal_groups([400, 400, 20], rate=0.3)
    >>> plot_chance(chance.gaps, chance.expected, seen=0.15).title
    'Chance alone puts equal groups 9.7 points apart on average; a gap of 15.0 points or more comes up in 19.1 % of
    draws'
    """
    import numpy as np
    import pandas as pd

    rows, edges = np.histogram(gaps, bins=BINS)
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "draws": rows})
    drawn = figure(height=320)
    drawn.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=rows / len(gaps),
        width=np.diff(edges),
        showlegend=False,
        marker={"color": COLOURS[0]},
        hovertemplate="gap near %{x:.1%}: %{y:.1%} of draws<extra></extra>",
    )
    # Words stand on the far sides of the two lines, which may lie close together.
    sides = ("left", "right") if seen is not None and seen >= expected else ("right", "left")
    drawn.add_vline(
        x=expected,
        line={"dash": "dot", "color": GREY, "width": 2},
        annotation_text="mean",
        annotation_position=f"top {sides[0]}",
    )
    if seen is not None:
        drawn.add_vline(
            x=seen,
            line={"dash": "dash", "color": COLOURS[1], "width": 3},
            annotation_text="seen",
            annotation_position=f"top {sides[1]}",
        )
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero", title="Widest gap by chance alone")
    drawn.update_yaxes(tickformat=".0%", title="Share of draws")
    title = f"Chance alone puts equal groups {points(expected)} points apart on average"
    if seen is not None:
        title += (
            f"; a gap of {points(seen)} points or more comes up in {percent(float((gaps >= seen).mean()))} of draws"
        )
    return Plot(title, drawn, table)
