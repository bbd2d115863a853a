"""Small pictures in rows: what the people of a story about pictures are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.plots.base import Plot, figure
from biasaudit.reporting.words.text import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["plot_pictures"]


def plot_pictures(rows: Mapping[str, NDArray[Any]], title: str) -> Plot:
    """Draw rows of square pictures as ink on paper.

    Parameters
    ----------
    rows : mapping of str to float array of shape (pictures, points)
        What to call each row, and its pictures, from 0 to 1; all rows have as many.
    title : str
        What is found.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import numpy as np
    >>> rows = {"upright": np.eye(4).reshape(1, 16), "turned": np.eye(4)[::-1].reshape(1, 16)}
    >>> plot_pictures(rows, "The same stroke, upright and turned").table.shape
    (2, 17)
    """
    import numpy as np
    import pandas as pd

    side = round(next(iter(rows.values())).shape[1] ** 0.5)
    # A margin of one point keeps pictures apart.
    strips = [np.pad(p.reshape(-1, side, side), ((0, 0), (1, 1), (1, 1))).transpose(1, 0, 2) for p in rows.values()]
    sheet = np.vstack([strip.reshape(side + 2, -1) for strip in strips])
    drawn = figure(height=60 + 75 * len(rows))
    drawn.add_heatmap(z=sheet, colorscale="Greys", showscale=False, hoverinfo="skip")
    middles = [(side + 2) * (i + 0.5) - 0.5 for i in range(len(rows))]
    drawn.update_xaxes(visible=False, constrain="domain")
    drawn.update_yaxes(
        tickvals=middles,
        ticktext=[clean(name) for name in rows],
        autorange="reversed",
        scaleanchor="x",
        constrain="domain",
        showgrid=False,
    )
    table = pd.concat([pd.DataFrame(p).assign(row=clean(name)) for name, p in rows.items()], ignore_index=True)
    return Plot(title, drawn, table.rename(columns=str))
