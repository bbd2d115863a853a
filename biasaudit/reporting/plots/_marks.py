"""Dots with intervals in rows that belong together: what most plots of groups are drawn with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.plots.base import COLOURS, ROW, SYMBOLS, figure, words
from biasaudit.reporting.words.text import NO_VALUE

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["error_bars", "from_zero", "rows_of", "series"]

# What several series of one row keep from each other, in rows.
APART = 0.22
SIZE = 11


def rows_of(names: Sequence[str], series: int = 1, *, unit: str, shares: bool = True) -> go.Figure:
    """Start a figure with a row for each name, the first on top, tall enough for its series.

    Parameters
    ----------
    names : sequence of str
        As :func:`words` gives them; two rows may share one.
    series : int
        Dots in a row.
    unit : str
        What the horizontal axis says.
    shares : bool
        Whether it is written as per cent.
    """
    lines = max((name.count("<br>") + 1 for name in names), default=1)
    tall = max(ROW, 15 * series + 8, 17 * lines + 6)
    drawn = figure(height=100 + tall * max(len(names), 2))
    drawn.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=list(names),
        range=[len(names) - 0.4, -0.6],
        tickfont={"size": 13},
    )
    drawn.update_xaxes(title=unit, tickformat=".0%" if shares else "")
    return drawn


def series(
    drawn: go.Figure,
    name: str,
    at: Sequence[float],
    x: Sequence[float],
    *,
    limits: tuple[Sequence[float], Sequence[float]] | None = None,
    number: int = 0,
    of: int = 1,
    hover: Sequence[Sequence[str]] = (),
    sizes: Sequence[float] | None = None,
    hollow: bool = False,
) -> None:
    """Add dots with their intervals, one a row; a row without a value stays empty.

    Parameters
    ----------
    at : sequence of float
        Row of each dot.
    limits : pair of sequences of float, optional
    number, of : int
        Which series this is, and of how many: it chooses colour, symbol and place in the row.
    hover : sequence of sequence of str
        Lines that a dot says when pointed at.
    """
    shift = (number - (of - 1) / 2) * min(APART, 0.8 / max(of, 1))
    colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
    error: dict[str, Any] = {}
    if limits is not None:
        pairs = list(zip(x, *limits, strict=True))
        error = {
            "type": "data",
            "symmetric": False,
            "thickness": 2,
            "width": 4,
            "color": colour,
            "array": [_length(e, high) for e, _, high in pairs],
            "arrayminus": [_length(low, e) for e, low, _ in pairs],
        }
    drawn.add_scatter(
        x=[value if math.isfinite(value) else None for value in x],
        y=[row + shift for row in at],
        name=words(name, 40),
        mode="markers",
        error_x=error or None,
        marker={
            "color": colour,
            "opacity": 1,
            "symbol": f"{symbol}-open" if hollow else symbol,
            "size": list(sizes) if sizes else SIZE,
            "line": {"width": 2.5 if hollow else 0, "color": colour},
        },
        customdata=[["<br>".join(words(line, 60) for line in lines if line and line != NO_VALUE)] for lines in hover],
        hovertemplate="%{customdata[0]}<extra></extra>" if hover else None,
    )


def error_bars(rows: pd.DataFrame, colour: str, **style: float) -> dict[str, Any]:
    """Draw the interval of each row's estimate, from low to high; `style` holds its width and thickness."""
    ends = {"array": rows["high"] - rows["estimate"], "arrayminus": rows["estimate"] - rows["low"]}
    return {"type": "data", "symmetric": False, "color": colour, **ends, **style}


def from_zero(drawn: go.Figure, ends: Sequence[float], most: float = math.inf) -> None:
    """Let the axis start a little left of zero, so that no dot is cut, and end right of all intervals."""
    top = min(max((end for end in ends if math.isfinite(end)), default=1.0), most) or 1.0
    drawn.update_xaxes(range=[-0.03 * top, 1.04 * top])


def _length(low: float, high: float) -> float:
    return max(0.0, high - low) if math.isfinite(low) and math.isfinite(high) else 0.0
