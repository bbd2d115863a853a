"""What a recogniser hears: errors by way of training, learning curves, and clips as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.plots._marks import error_bars, from_zero, rows_of, series
from biasaudit.reporting.plots.base import COLOURS, DASHES, SYMBOLS, Plot, figure, words
from biasaudit.reporting.words.text import clean, interval, percent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["plot_learning", "plot_spectrogram", "plot_ways"]


def plot_ways(errors: pd.DataFrame, title: str, unit: str = "Words heard wrong") -> Plot:
    """Draw the error of each group under each way of training, a row a way.

    Parameters
    ----------
    errors : DataFrame
        Columns way, group, estimate, low, high.
    title : str
        What is found.
    unit : str
        What the axis says.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("as usual", "women", 0.48, 0.41, 0.55), ("as usual", "men", 0.06, 0.04, 0.09),
    ...         ("more women", "women", 0.10, 0.07, 0.14), ("more women", "men", 0.06, 0.04, 0.09)]
    >>> errors = pd.DataFrame(rows, columns=["way", "group", "estimate", "low", "high"])
    >>> [series.name for series in plot_ways(errors, "More women in training close the gap").figure.data]
    ['women', 'men']
    """
    ways, groups = list(dict.fromkeys(errors["way"])), list(dict.fromkeys(errors["group"]))
    drawn = rows_of([words(way, 26) for way in ways], len(groups), unit=unit)
    for i, group in enumerate(groups):
        part = errors[errors["group"] == group].set_index("way").reindex(ways)
        hover = [
            [f"{clean(group)}, {clean(way)}", percent(row["estimate"]), interval(row["low"], row["high"], "")]
            for way, row in part.iterrows()
        ]
        limits = part["low"].tolist(), part["high"].tolist()
        series(
            drawn,
            clean(group),
            range(len(ways)),
            part["estimate"].tolist(),
            limits=limits,
            number=i,
            of=len(groups),
            hover=hover,
        )
    from_zero(drawn, errors["high"].tolist())
    return Plot(title, drawn, errors)


def plot_learning(curves: pd.DataFrame, unit: str, title: str) -> Plot:
    """Draw the error of each group against how many were added to training: points as measured, a line as fitted.

    Parameters
    ----------
    curves : DataFrame
        As :meth:`biasaudit.audits.learning.curves.LearningCurves.to_frame` gives them.
    unit : str
        What was added.
    title : str
        What is found.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("women", 0, 0.48, 0.44, 0.52, 0.48), ("women", 7, 0.13, 0.11, 0.16, 0.13)]
    >>> rows += [("men", 0, 0.06, 0.05, 0.08, 0.06)]
    >>> curves = pd.DataFrame(rows, columns=["group", "added", "estimate", "low", "high", "fitted"])
    >>> plot_learning(curves, "women", "Seven women more, and most of the gap is gone").to_frame()["estimate"].tolist()
    [0.48, 0.13, 0.06]
    """
    drawn = figure(height=360)
    for i, (group, part) in enumerate(curves.groupby("group", sort=False)):
        name, colour = clean(group), COLOURS[i % len(COLOURS)]
        drawn.add_scatter(
            x=part["added"],
            y=part["estimate"],
            mode="markers",
            name=name,
            legendgroup=name,
            marker={"color": colour, "symbol": SYMBOLS[i % len(SYMBOLS)], "size": 11},
            error_y=error_bars(part, colour, width=4),
            hovertemplate=f"{words(group)}, %{{x}} added: %{{y:.1%}} wrong<extra></extra>",
        )
        drawn.add_scatter(
            x=part["added"],
            y=part["fitted"],
            mode="lines",
            name=f"{name}, fitted",
            legendgroup=name,
            hoverinfo="skip",
            line={"color": colour, "width": 2, "dash": DASHES[i % len(DASHES)]},
            showlegend=False,
        )
    drawn.update_xaxes(title=f"{unit} added to training".capitalize(), tickvals=sorted(set(curves["added"])))
    drawn.update_yaxes(title="Words heard wrong", tickformat=".0%", rangemode="tozero")
    return Plot(title, drawn, curves)


def plot_spectrogram(log_mel: NDArray[Any], hop: float, middles: Sequence[float], title: str) -> Plot:
    """Draw a clip: how loud each frequency is as time goes by.

    Parameters
    ----------
    log_mel : float array of shape (bands, frames)
        Logarithm of how loud each band is, as :meth:`biasaudit.datasets.Clips.log_mel` gives it for a clip.
    hop : float
        Seconds from one frame to the next.
    middles : sequence of float
        Middle of each band, in hertz.
    title : str
        What is found.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import numpy as np
    >>> loud = np.log(1 + np.arange(12).reshape(3, 4))
    >>> drawn = plot_spectrogram(loud, 0.01, [200, 800, 3200], "A vowel that rises")
    >>> drawn.figure.layout.xaxis.title.text, drawn.figure.layout.yaxis.title.text
    ('Seconds', 'Hertz')
    """
    import numpy as np
    import pandas as pd

    seconds = np.arange(log_mel.shape[1]) * hop
    table = pd.DataFrame(log_mel.T, columns=[f"{middle:.0f} Hz" for middle in middles]).assign(seconds=seconds)
    drawn = figure(height=240)
    drawn.add_heatmap(
        z=log_mel,
        x=seconds,
        y=list(range(len(middles))),
        colorscale="Cividis",
        showscale=False,
        hovertemplate="%{x:.2f} s<extra></extra>",
    )
    marks = _near(middles, (200, 500, 1_000, 2_000, 4_000))
    drawn.update_xaxes(title="Seconds")
    drawn.update_yaxes(title="Hertz", tickvals=list(marks), ticktext=[f"{hertz:,}" for hertz in marks.values()])
    return Plot(title, drawn, table)


def _near(middles: Sequence[float], wanted: Sequence[int]) -> Mapping[int, int]:
    """Name the band that is nearest to each frequency."""
    return {min(range(len(middles)), key=lambda i: abs(middles[i] - hertz)): hertz for hertz in wanted}
