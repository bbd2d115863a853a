"""What mitigations mend and what they cost, who gains and who loses, and whether the cost is real."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.errors import AuditError
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.plots._marks import rows_of, series
from biasaudit.reporting.plots.base import COLOURS, GREY, SYMBOLS, Plot, figure, words
from biasaudit.reporting.words.text import clean, count, level_name, number, percent, points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_gains", "plot_pareto", "plot_true_accuracy"]

# Where the numbers of neighbours stand, so that they keep apart.
AROUND = ("top right", "bottom left", "top left", "bottom right")
DECIDED = {
    "selection_rate": "Positive decisions",
    "true_positive_rate": "Positive decisions for people whose label is positive",
    "false_positive_rate": "Positive decisions for people whose label is negative",
}


def plot_pareto(
    pareto: pd.DataFrame,
    harm: str,
    cost: str,
    *,
    more_is_better: tuple[bool, bool] = (False, True),
    names: Mapping[str, str] | None = None,
) -> Plot:
    """Draw harm against cost, both with intervals; filled marks on a dotted line are on the front of the estimates.

    Every mark has a number, which the legend below names: readable on a phone, and where marks lie on each other.

    Parameters
    ----------
    pareto : DataFrame
        As ``Comparison.pareto()`` gives it, the unmitigated model first.
    harm, cost : str
        What the axes show, in words.
    more_is_better : pair of bool
        Whether more of the harm's figure is better, and of the cost's.
    names : mapping of str to str, optional
        Words for the mitigations.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> data = ba.datasets.make_hiring(n=4_000, label_bias=0.5)
    >>> found = ba.mitigation.compare(data, ["threshold_optimizer"], folds=2, n_jobs=1)
    >>> plot_pareto(found.pareto(), "equalized odds gap", "accuracy").title.split(":")[0]
    'Threshold optimizer does best by equalized odds gap'
    """
    table = pareto.reset_index(drop=True)
    shown_names = [_called(name, names) for name in table["mitigation"]]
    drawn = figure(height=400 + 22 * len(table))
    front = table[table["on_front"]].sort_values("cost")
    drawn.add_scatter(
        x=front["cost"],
        y=front["harm"],
        mode="lines",
        name="front: nothing here is better in both",
        line={"color": GREY, "dash": "dot"},
        hoverinfo="skip",
    )
    place = {at: i for i, at in enumerate(table.sort_values(["cost", "harm"]).index)}
    for i, row in enumerate(table.to_dict("records")):
        colour, symbol = COLOURS[i % len(COLOURS)], SYMBOLS[i % len(SYMBOLS)]
        drawn.add_scatter(
            x=[row["cost"]],
            y=[row["harm"]],
            mode="markers+text",
            name=f"{i + 1} {words(shown_names[i], 40)}",
            text=[str(i + 1)],
            textposition=AROUND[place[i] % len(AROUND)],
            textfont={"size": 14},
            marker={
                "symbol": symbol + ("" if row["on_front"] else "-open"),
                "size": 13,
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            error_x=_error(row, "cost", colour),
            error_y=_error(row, "harm", colour),
            hovertemplate=f"{words(shown_names[i], 40)}<br>{words(harm)} {_with_interval(row, 'harm')}"
            f"<br>{words(cost)} {_with_interval(row, 'cost')}<extra></extra>",
        )
    better = ["more is better" if more else "less is better" for more in more_is_better]
    drawn.update_yaxes(title=f"{harm}<br>({better[0]})")
    drawn.update_xaxes(title=f"{cost} ({better[1]})")
    drawn.update_layout(legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0, "entrywidth": 0})
    return Plot(_best(table, shown_names, harm, more_is_better[0]), drawn, table.drop(columns=["beaten_by"]))


def _best(table: pd.DataFrame, shown_names: Sequence[str], harm: str, more: bool) -> str:
    """Say which does best by the harm, and how the unmitigated model stands."""
    if table["harm"].isna().all():
        return f"{harm.capitalize()} is undefined: cannot tell"
    values = table["harm"].to_numpy(dtype=float)
    at = int(np.nanargmax(values if more else -values))
    rows = table.to_dict("records")
    if at == 0:
        return f"Nothing tried does better by {harm} than the unmitigated model: {_with_interval(rows[0], 'harm')}"
    return (
        f"{shown_names[at]} does best by {harm}: {_with_interval(rows[at], 'harm')}, against "
        f"{_with_interval(rows[0], 'harm')} where nothing is done"
    )


def plot_gains(
    gains: pd.DataFrame,
    mitigation: str,
    *,
    metric: str = "selection_rate",
    confidence: float = 0.95,
    names: Mapping[str, str] | None = None,
) -> Plot:
    """Draw by how much the share of positive decisions moves in each group under one mitigation, with intervals.

    Parameters
    ----------
    gains : DataFrame
        As ``Comparison.gains()`` gives it.
    mitigation : str
        By its name.
    metric : {"selection_rate", "true_positive_rate", "false_positive_rate"}
        Among everybody, or among people of one label.
    confidence : float
        Level of the intervals, for the axis.
    names : mapping of str to str, optional
        Words for the mitigations.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If there is no such mitigation or rate.

    Examples
    --------
    >>> import biasaudit as ba
    >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
    >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
    >>> plot_gains(found.gains(), "reweighing").title
    'Positive decisions under Reweighing: man moves most, from 14.1 % to 9.3 % (−6.3 to −3.5 points)'
    """
    table = gains[(gains["mitigation"] == mitigation) & (gains["metric"] == metric)].reset_index(drop=True)
    if not len(table):
        raise AuditError(f'There are no gains of "{clean(mitigation)}" in "{clean(metric)}".')
    rows = table.to_dict("records")
    labels = [f"{words(level_name(row['group']))} (n = {count(row['rows'])})" for row in rows]
    drawn = rows_of(labels, unit=f"change in points ({100 * confidence:g} % interval)", shares=False)
    hover = [[level_name(row["group"]), _moved(row)] for row in rows]
    difference, low, high = ((100 * table[name]).tolist() for name in ("difference", "low", "high"))
    series(drawn, DECIDED[metric], range(len(rows)), difference, limits=(low, high), hover=hover)
    drawn.add_vline(x=0, line={"color": GREY, "dash": "dot"})
    drawn.update_layout(showlegend=False)
    shown = [row for row in rows if row["verdict"] == SHOWN]
    shown_name = _called(mitigation, names)
    if shown:
        most = max(shown, key=lambda row: abs(row["difference"]))
        title = f"{DECIDED[metric]} under {shown_name}: {level_name(most['group'])} moves most, {_moved(most)}"
    else:
        title = f"{DECIDED[metric]} under {shown_name}: no change shown in any group"
    return Plot(title, drawn, table.drop(columns=["mitigation", "metric"]))


def plot_true_accuracy(
    figures: pd.DataFrame, *, confidence: float = 0.95, names: Mapping[str, str] | None = None
) -> Plot:
    """Draw how often each mitigation is right by the recorded label, and by the true one.

    Parameters
    ----------
    figures : DataFrame
        As ``Comparison.to_frame()`` gives it where the true label is known, the unmitigated model first.
    confidence : float
        Level of the intervals, for the axis.
    names : mapping of str to str, optional
        Words for the mitigations.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If the true label is not known.

    Examples
    --------
    >>> import biasaudit as ba
    >>> hiring = ba.datasets.make_hiring(2_000, label_bias=0.5, proxy_strength=0.8, random_state=0)
    >>> found = ba.mitigation.compare(hiring, ["reweighing"], folds=2, n_jobs=1)
    >>> plot_true_accuracy(found.to_frame()).title
    'Against the true label, Reweighing is right most often: 76.1 %, unmitigated 75.4 %'
    """
    columns = ["mitigation", "figure", "estimate", "low", "high", "change", "verdict"]
    table = figures.loc[figures["figure"].isin(["accuracy", "true_accuracy"]), columns].reset_index(drop=True)
    if "true_accuracy" not in set(table["figure"]):
        raise AuditError("The true label is known of generated data alone, such as make_hiring().")
    order = list(dict.fromkeys(table["mitigation"]))
    shown_names = [_called(name, names) for name in order]
    drawn = rows_of(
        [words(name) for name in shown_names], 2, unit=f"share decided rightly ({100 * confidence:g} % interval)"
    )
    for i, (name, legend) in enumerate((("accuracy", "by the recorded label"), ("true_accuracy", "by the true label"))):
        part = table[table["figure"] == name]
        hover = [[one, f"{legend}: {percent(value)}"] for one, value in zip(shown_names, part["estimate"], strict=True)]
        value, low, high = (part[column].tolist() for column in ("estimate", "low", "high"))
        series(drawn, legend, range(len(part)), value, limits=(low, high), number=i, of=2, hover=hover)
    true = table[table["figure"] == "true_accuracy"].set_index("mitigation")
    best = str(true["estimate"].idxmax())
    start = true["estimate"].iloc[0]
    title = f"Against the true label, {_called(best, names)} is right most often: {percent(true['estimate'][best])}"
    return Plot(title + (f", unmitigated {percent(start)}" if best != order[0] else ""), drawn, table)


def _called(name: str, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(name) or clean(name.replace("_", " ").capitalize())


def _error(row: Mapping[Any, Any], axis: str, colour: str) -> dict[str, object]:
    high, low = row[f"{axis}_high"] - row[axis], row[axis] - row[f"{axis}_low"]
    known = math.isfinite(high) and math.isfinite(low)
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(high, 0) if known else 0],
        "arrayminus": [max(low, 0) if known else 0],
        "color": colour,
        "thickness": 1.5,
        "width": 3,
    }


def _with_interval(row: Mapping[Any, Any], axis: str) -> str:
    return f"{number(row[axis])} ({number(row[f'{axis}_low'])} to {number(row[f'{axis}_high'])})"


def _moved(row: Mapping[Any, Any]) -> str:
    """Write a move from before to after, with the interval of the change."""
    interval = f"{points(row['low'])} to {points(row['high'])} points"
    return f"from {percent(row['before'])} to {percent(row['after'])} ({interval})"
