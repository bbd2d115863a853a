"""Traces in the columns: where labels break off, which columns give a group away, how many labels would be wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.reporting.plots._marks import from_zero, rows_of, series
from biasaudit.reporting.plots.base import COLOURS, GREY, Plot, figure, words
from biasaudit.reporting.words.text import clean, count, interval, level_name, number, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_along", "plot_columns", "plot_proxies", "plot_wrong_labels"]

WHOLE = "all together"
MOST = 15


def plot_along(along: pd.DataFrame, *, column: str, label: str) -> Plot:
    """Draw the share of positive labels along a column, with the stretch of one label marked.

    Parameters
    ----------
    along : DataFrame
        ``audit.along(column)`` of the audit of a data set.
    column, label : str
        For the words of the plot.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_compas())
    >>> along = audit.along("compas_screening_date")
    >>> plot_along(along, column="compas_screening_date", label="two_year_recid").title
    'From compas_screening_date 2014-04-02 on, two_year_recid is 100.0 %; elsewhere it is 36.2 %'
    """
    drawn = figure(height=360)
    for inside, symbol, name in ((False, "circle", "elsewhere"), (True, "diamond", "the stretch")):
        rows = along[along["in_stretch"] == inside]
        if rows.empty:
            continue
        colour = COLOURS[int(inside)]
        known = rows["estimate"].notna()
        drawn.add_scatter(
            x=rows.index.tolist(),
            y=rows["estimate"].where(known, None).tolist(),
            name=name,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 9},
            error_y={
                "type": "data",
                "symmetric": False,
                "width": 3,
                "color": colour,
                "array": (rows["high"] - rows["estimate"]).clip(lower=0).fillna(0).tolist(),
                "arrayminus": (rows["estimate"] - rows["low"]).clip(lower=0).fillna(0).tolist(),
            },
            customdata=[
                [
                    f"{words(r['level'], 60)}<br>{percent(r['estimate'])} ({interval(r['low'], r['high'], '')})"
                    f"<br>{count(r['numerator'])} of {count(r['denominator'])} rows"
                ]
                for r in rows.to_dict("records")
            ],
            hovertemplate="%{customdata[0]}<extra></extra>",
        )
    marked = along.index[along["in_stretch"]]
    if len(marked):
        drawn.add_vrect(x0=marked[0] - 0.5, x1=marked[-1] + 0.5, fillcolor=COLOURS[1], opacity=0.15, line_width=0)
    step = max(1, math.ceil(len(along) / 8))
    ticks = along.index[::step].tolist()
    drawn.update_xaxes(
        title=words(column, 40),
        tickmode="array",
        tickvals=ticks,
        tickangle=-40,
        ticktext=[words(clean(along["level"][i], 14), 16) for i in ticks],
    )
    drawn.update_yaxes(title=f"Share with {words(clean(label, 24), 40)}", tickformat=".0%", range=[-0.03, 1.03])
    drawn.update_layout(showlegend=bool(len(marked)))
    return Plot(_along_title(along, column, label), drawn, along)


def _along_title(along: pd.DataFrame, column: str, label: str) -> str:
    inside, outside = along[along["in_stretch"]], along[~along["in_stretch"]]
    if inside.empty:
        return f"Along {clean(column)}, {clean(label)} has no stretch in which nearly all labels agree"
    first, last = inside["level"].iloc[0], inside["level"].iloc[-1]
    where = f"At {clean(column)} {clean(first)}"
    if len(inside) > 1:
        to_end = inside.index[-1] == along.index[-1]
        start = f"From {clean(column)} {clean(along.attrs.get('starts', first))}"
        where = f"{start} on" if to_end else f"{start} to {clean(last)}"
    rate = inside["numerator"].sum() / inside["denominator"].sum()
    rest = outside["denominator"].sum()
    other = f"; elsewhere it is {percent(outside['numerator'].sum() / rest)}" if rest else ""
    return f"{where}, {clean(label)} is {percent(rate)}{other}"


def plot_proxies(proxies: pd.DataFrame) -> Plot:
    """Draw how well all other columns together tell each group apart.

    Parameters
    ----------
    proxies : DataFrame
        ``audit.part("proxies")`` of the audit of a data set.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If nothing was rebuilt.

    Examples
    --------
    >>> import biasaudit as ba
    >>> plot_proxies(ba.audit_dataset(ba.datasets.load_berkeley()).part("proxies")).title
    'Other columns tell gender = Female apart in 76.4 % of tries; guessing gives 50 %'
    """
    whole = proxies[proxies["column"] == WHOLE].reset_index(drop=True)
    if whole.empty:
        raise AuditError("There are no columns to rebuild the groups from.")
    rows = whole.to_dict("records")
    names = [words(_named(row["group"]), 26) for row in rows]
    drawn = rows_of(names, unit="AUC: 0.5 is guessing, 1 is always right", shares=False)
    hover = [
        [_named(r["group"]), f"AUC {number(r['auc'])}", interval(r["auc_low"], r["auc_high"], "auc")] for r in rows
    ]
    limits = (whole["auc_low"].tolist(), whole["auc_high"].tolist())
    series(drawn, "AUC", range(len(rows)), whole["auc"].tolist(), limits=limits, hover=hover)
    drawn.add_vline(x=0.5, line={"dash": "dash", "width": 1.5, "color": GREY})
    drawn.update_layout(showlegend=False)
    drawn.update_xaxes(range=[min(0.4, float(whole["auc_low"].min())), 1.02])
    most = max(rows, key=lambda row: row["auc"])
    title = f"Other columns tell {_named(most['group'])} apart in {percent(most['auc'])} of tries"
    return Plot(f"{title}; guessing gives 50 %", drawn, whole.drop(columns=["alone", "part", "column"]))


def plot_columns(proxies: pd.DataFrame, group: Mapping[str, str]) -> Plot:
    """Draw which columns give one group away, the 15 that do most.

    Parameters
    ----------
    proxies : DataFrame
        ``audit.part("proxies")`` of the audit of a data set.
    group : mapping of str to str
        The one that is given away, as feature to value.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If the group was not rebuilt.

    Examples
    --------
    >>> import biasaudit as ba
    >>> proxies = ba.audit_dataset(ba.datasets.load_berkeley()).part("proxies")
    >>> plot_columns(proxies, {"gender": "Female"}).title
    'What gives gender = Female away most is department: 100.0 % of it'
    """
    chosen = proxies[
        [g == dict(group) and c != WHOLE for g, c in zip(proxies["group"], proxies["column"], strict=True)]
    ]
    if chosen.empty:
        raise AuditError(f"{_named(group)} was not rebuilt from other columns.")
    table = chosen[["column", "part", "alone"]].sort_values("part", ascending=False, kind="stable").head(MOST)
    rows = table.to_dict("records")
    drawn = rows_of([words(row["column"]) for row in rows], unit="Share of what gives the group away")
    drawn.add_bar(
        x=[row["part"] for row in rows],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": COLOURS[0]},
        text=[percent(row["part"]) for row in rows],
        textposition="auto",
        width=0.6,
        showlegend=False,
        customdata=[[f"{words(r['column'], 60)}<br>AUC alone {number(r['alone'])}"] for r in rows],
        hovertemplate="%{customdata[0]}<extra></extra>",
    )
    drawn.update_xaxes(range=[0, 1.02])
    first = rows[0]
    title = f"What gives {_named(group)} away most is {clean(first['column'])}: {percent(first['part'])} of it"
    if not first["part"] > 0:
        title = f"No column gives {_named(group)} away by itself"
    return Plot(title, drawn, table)


def _named(group: Mapping[str, str]) -> str:
    return f"{clean(next(iter(group)))} = {level_name(group)}"


def plot_wrong_labels(explaining: pd.DataFrame) -> Plot:
    """Draw what share of labels would have to be wrong to make up the whole of each gap.

    Parameters
    ----------
    explaining : DataFrame
        ``audit.part("label_errors")`` of the audit of a data set; the 15 widest gaps beyond chance are drawn.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If no gap is beyond chance.

    Examples
    --------
    >>> import biasaudit as ba
    >>> plot_wrong_labels(ba.audit_dataset(ba.datasets.load_berkeley()).part("label_errors")).title[:60]
    'The gap between Female and Male would be label error alone i'
    """
    chosen = explaining[explaining["low"] > 0].sort_values("gap", ascending=False, kind="stable").head(MOST)
    if chosen.empty:
        raise AuditError("No gap between two groups is beyond chance: no label need be wrong.")
    chosen = chosen.reset_index(drop=True)
    rows = chosen.to_dict("records")
    names = [words(f"{level_name(row['group'])} against {level_name(row['reference'])}", 24) for row in rows]
    drawn = rows_of(names, 2, unit="Share of those labels that would be wrong")
    both = (("wrong “no” in the lower group", "negatives"), ("wrong “yes” in the higher group", "positives"))
    for i, (name, at) in enumerate(both):
        hover = [
            [name, f"{percent(r[at])} would make all of the gap", f"from {percent(r[at + '_low'])} on it may be chance"]
            for r in rows
        ]
        # The line goes from what brings the gap's interval to zero up to what makes all of it.
        limits = (chosen[f"{at}_low"].tolist(), chosen[at].tolist())
        series(drawn, name, range(len(rows)), chosen[at].tolist(), limits=limits, number=i, of=2, hover=hover)
    from_zero(drawn, [*chosen["negatives"], *chosen["positives"]])
    first = rows[0]
    title = (
        f"The gap between {level_name(first['group'])} and {level_name(first['reference'])} would be label error alone "
        f"if {percent(first['negatives'])} of the negative labels of {level_name(first['group'])} were wrong"
    )
    return Plot(title, drawn, chosen)
