"""How a number is spread in each group: outlines in rows, with the middle half, the median and the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.reporting.distributions import QUANTILES, Distribution, outline
from biasaudit.reporting.plots.base import COLOURS, GREY, Plot, figure, words
from biasaudit.reporting.report import Column, Report
from biasaudit.reporting.words.breakdowns import breakdown_by, unit_in
from biasaudit.reporting.words.ridges import MOST_RIDGES, split_of
from biasaudit.reporting.words.tables import gap_words
from biasaudit.reporting.words.text import amount, clean, count, level_name, value
from biasaudit.reporting.words.words import VERDICTS, interval_head

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["plot_distributions"]

# Of the room between two rows: how tall an outline is, and how far below its baseline the marks stand.
TALL, BELOW_HALF, BELOW_MEAN = 0.7, 0.07, 0.2
ROW_HEIGHT, AROUND = 78, 120
OUTLINE, HALF = "rgba(0,114,178,0.28)", 6


def plot_distributions(report: Report, variable: str, *, features: tuple[str, ...]) -> Plot:
    """Draw how an outcome or a prediction is spread in each group: a mean alone hides who is at the ends.

    Each row is a group: its outline, as high as many of it are there; below it the middle half of the group as a bar
    with its median, and its mean as a diamond with its interval. The dashed line is everyone's mean.

    Parameters
    ----------
    report : Report
        As ``audit.report()`` of an audit of numbers gives it.
    variable : {"outcome", "prediction"}
    features : tuple of str
        Sensitive features whose groups are drawn; the 12 largest groups are.

    Returns
    -------
    Plot
        Its table has a row for each group: group, rows, mean, low, high, and the values that 5, 25, 50, 75 and 95 % of
        the group are at or below.

    Raises
    ------
    AuditError
        If the report has no distribution of the variable by these features.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import biasaudit as ba
    >>> from biasaudit.reporting.distributions import Distribution
    >>> report = ba.audit_predictions(ba.datasets.load_berkeley()).report()
    >>> spread = [
    ...     Distribution("outcome", "Grade", group, 100, (1, 2, 3), (0.2, 0.5, 0.3), 1, (1, 2, 2, 3, 3), mean)
    ...     for mean, group in ((2.1, {"gender": "Female"}), (2.2, {"gender": "Male"}))
    ... ]
    >>> drawn = plot_distributions(replace(report, distributions=tuple(spread)), "outcome", features=("gender",))
    >>> drawn.title
    'Grade by gender: the mean is 2.100 for Female and 2.200 for Male'
    """
    everyone, groups = split_of(report.distributions, variable, features)
    if not groups:
        raise AuditError(
            f'This audit has no distribution of "{clean(variable)}" by {" and ".join(map(str, features))}.'
        )
    shown = groups[:MOST_RIDGES]
    drawn = figure(height=AROUND + ROW_HEIGHT * len(shown))
    if everyone is not None:
        drawn.add_vline(x=everyone.mean, line={"dash": "dash", "color": COLOURS[1], "width": 1.5})
    _outlines(drawn, shown)
    _halves(drawn, shown)
    _means(drawn, shown, interval_head(report.settings))
    unit = shown[0].unit
    drawn.update_xaxes(title=f"{clean(shown[0].title, 60)}{f', {unit.after_value}' if unit.after_value else ''}")
    drawn.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(shown))),
        ticktext=[f"{words(level_name(one.group))}<br>(n = {count(one.rows)})" for one in shown],
        range=[len(shown) - 0.6, -TALL - 0.1],
        tickfont={"size": 13},
        showgrid=False,
    )
    return Plot(_title(report, variable, shown, features), drawn, _table(shown))


def _outlines(drawn: go.Figure, shown: Sequence[Distribution]) -> None:
    """Add the outline of each group, all to one scale."""
    tallest = max((share for one in shown for share in one.share), default=0.0) or 1.0
    for row, one in enumerate(shown):
        corners = outline(one)
        drawn.add_scatter(
            x=[at for at, _ in corners],
            y=[row - TALL * share / tallest for _, share in corners],
            mode="lines",
            line={"color": COLOURS[0], "width": 1.5, "simplify": False},
            fill="toself",
            fillcolor=OUTLINE,
            hoverinfo="skip",
            showlegend=False,
        )


def _halves(drawn: go.Figure, shown: Sequence[Distribution]) -> None:
    """Add the middle half of each group as a bar, and its median as a line across it."""
    x = [place for one in shown for place in (one.quantiles[1], one.quantiles[3], None)]
    y = [place for row in range(len(shown)) for place in (row + BELOW_HALF, row + BELOW_HALF, None)]
    drawn.add_scatter(x=x, y=y, mode="lines", name="Middle half", hoverinfo="skip", line={"color": GREY, "width": HALF})
    drawn.add_scatter(
        x=[one.median for one in shown],
        y=[row + BELOW_HALF for row in range(len(shown))],
        mode="markers",
        name="Median",
        marker={"symbol": "line-ns", "size": 13, "line": {"width": 2.5, "color": COLOURS[0]}},
        customdata=[[f"{words(level_name(one.group), 60)}<br>median {value(one.unit, one.median)}"] for one in shown],
        hovertemplate="%{customdata[0]}<extra></extra>",
    )


def _means(drawn: go.Figure, shown: Sequence[Distribution], interval_words: str) -> None:
    limits = [one.interval or (one.mean, one.mean) for one in shown]
    drawn.add_scatter(
        x=[one.mean for one in shown],
        y=[row + BELOW_MEAN for row in range(len(shown))],
        mode="markers",
        name=f"Mean, {interval_words}",
        marker={"symbol": "diamond", "size": 9, "color": COLOURS[1], "opacity": 1},
        error_x={
            "type": "data",
            "symmetric": False,
            "thickness": 2,
            "width": 4,
            "color": COLOURS[1],
            "array": [high - one.mean for one, (_, high) in zip(shown, limits, strict=True)],
            "arrayminus": [one.mean - low for one, (low, _) in zip(shown, limits, strict=True)],
        },
        customdata=[[_words(one)] for one in shown],
        hovertemplate="%{customdata[0]}<extra></extra>",
    )


def _words(one: Distribution) -> str:
    limits = f" ({amount(one.unit, one.interval[0])} to {amount(one.unit, one.interval[1])})" if one.interval else ""
    return f"{words(level_name(one.group), 60)}<br>mean {words(value(one.unit, one.mean), 60)}{limits}"


def _title(report: Report, variable: str, shown: Sequence[Distribution], features: tuple[str, ...]) -> str:
    """Say of the widest gap between means what is known; where nobody asked, between whom the means lie."""
    what, metric = f"{clean(shown[0].title, 60)} by {' and '.join(map(clean, features))}", f"mean_{variable}"
    breakdown = breakdown_by(report, features)
    widest = breakdown.widest(metric) if breakdown else None
    if breakdown is not None and widest is not None:
        verdict = VERDICTS.get(widest["verdict"])
        known = verdict.label.lower() if verdict else clean(widest["verdict"])
        return f"{what}: in the means, {known}, {gap_words(widest, breakdown, unit_in(report.metrics, metric))}"
    least, most = (end(shown, key=lambda one: one.mean) for end in (min, max))
    if least is most:
        least, most = shown[0], shown[-1]
    unit = shown[0].unit
    ends = f"{value(unit, least.mean)} for {level_name(least.group)} and {amount(unit, most.mean)} for "
    return f"{what}: the mean is {ends}{level_name(most.group)}"


def _table(shown: Sequence[Distribution]) -> pd.DataFrame:
    import pandas as pd

    percents = [f"{100 * part:g} %" for part in QUANTILES]
    unit = shown[0].unit
    heads = {name: f"{name} at or below" for name in percents}
    rows = [
        {"group": dict(one.group), "rows": one.rows, "mean": one.mean}
        | dict(zip(("low", "high"), one.interval or (float("nan"),) * 2, strict=True))
        | dict(zip(percents, one.quantiles, strict=True))
        for one in shown
    ]
    table = pd.DataFrame(rows)
    mean = f"Mean, {unit.after_value}" if unit.after_value else "Mean"
    table.attrs["columns"] = (
        Column("group", "Group", "group"),
        Column("rows", "Rows", "count"),
        Column("mean", mean, "number", ("low", "high")),
        *(Column(name, words_, "number") for name, words_ in heads.items()),
    )
    return table
