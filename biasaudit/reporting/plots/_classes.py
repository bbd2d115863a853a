"""Who is predicted what where there are several classes: a heat map a group, side by side on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.reporting.plots.base import COLOURS, Plot, words
from biasaudit.reporting.words.text import level_name, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_class_confusion"]

MOST_GROUPS, MOST_WRITTEN = 6, 8
ACROSS = 3


def plot_class_confusion(confusion: pd.DataFrame, *, features: tuple[str, ...]) -> Plot:
    """Draw the confusion of each group: of those in each class, the share that is predicted each.

    Parameters
    ----------
    confusion : DataFrame
        As :meth:`biasaudit.audits.classes.audit.ClassAudit.confusion` gives it.
    features : tuple of str
        Those that split people; the largest six groups are drawn.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If people are not split by these features.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 3, "true": list("aabbcc"), "said": list("abbbca")})
    >>> audit = ba.audit_predictions(frame, sensitive_features="sex", y_true="true", y_pred="said")
    >>> plot_class_confusion(audit.confusion(), features=("sex",)).title
    'Most often taken for another: of man in a, 100.0 % are predicted b'
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    table = confusion[[tuple(group) == tuple(features) for group in confusion["group"]]].reset_index(drop=True)
    if not len(table):
        raise AuditError(f"There is no confusion by {' and '.join(map(clean, features))}. Name features of the audit.")
    classes = list(dict.fromkeys(table["y_true"]))
    k = len(classes)
    blocks = [table.iloc[start : start + k * k] for start in range(0, len(table), k * k)]
    blocks = sorted(blocks, key=lambda block: -block["rows"].sum())[:MOST_GROUPS]
    across = min(ACROSS, len(blocks))
    down = -(-len(blocks) // across)
    drawn = make_subplots(
        rows=down,
        cols=across,
        shared_yaxes=True,
        horizontal_spacing=0.04,
        vertical_spacing=0.22 if down > 1 else 0.0,
        subplot_titles=[words(level_name(block["group"].iloc[0])) for block in blocks],
    )
    names = [words(name, 14) for name in classes]
    for number, block in enumerate(blocks):
        share = block["share"].to_numpy(float).reshape(k, k)
        heat = go.Heatmap(
            x=names,
            y=names,
            z=share,
            zmin=0,
            zmax=1,
            coloraxis="coloraxis",
            text=[[percent(value) for value in line] for line in share] if k <= MOST_WRITTEN else None,
            texttemplate="%{text}" if k <= MOST_WRITTEN else None,
            customdata=block["rows"].to_numpy(float).reshape(k, k),
            hovertemplate="class %{y}, predicted %{x}: %{z:.1%}, %{customdata:,.0f} people<extra></extra>",
            xgap=1,
            ygap=1,
        )
        drawn.add_trace(heat, row=number // across + 1, col=number % across + 1)
    drawn.update_layout(
        height=110 + down * (70 + max(36 * k, 110)),
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        dragmode=False,
        coloraxis={
            "colorscale": [[0, "#ffffff"], [1, COLOURS[0]]],
            "cmin": 0,
            "cmax": 1,
            "colorbar": {"tickformat": ".0%", "title": {"text": "Share of<br>the class"}},
        },
    )
    drawn.update_xaxes(type="category", title="Predicted", automargin=True, fixedrange=True)
    drawn.update_yaxes(type="category", autorange="reversed", automargin=True, fixedrange=True)
    drawn.update_yaxes(title="True class", col=1)
    shown = table[[group in [block["group"].iloc[0] for block in blocks] for group in table["group"]]]
    return Plot(_title(shown), drawn, shown.reset_index(drop=True))


def _title(table: pd.DataFrame) -> str:
    """Say which mistake is the most frequent of all groups that are drawn."""
    wrong = np.where(table["y_true"] == table["y_pred"], np.nan, table["share"].to_numpy(float))
    if not np.isfinite(wrong).any() or np.nanmax(wrong) == 0:
        return "Who is predicted what: nobody is taken for another"
    worst = table.iloc[int(np.nanargmax(wrong))]
    return (
        f"Most often taken for another: of {level_name(worst['group'])} in {clean(worst['y_true'], 40)}, "
        f"{percent(worst['share'])} are predicted {clean(worst['y_pred'], 40)}"
    )
