"""Rates by group with their intervals: a forest plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.metrics.units import Unit
from biasaudit.reporting.plots.base import COLOURS, Plot, figure, words
from biasaudit.reporting.report import Record, Report
from biasaudit.reporting.words.breakdowns import (
    Breakdown,
    breakdown_by,
    everyone,
    is_pooled,
    label,
    place_of,
    pooled_words,
    unit_in,
)
from biasaudit.reporting.words.forest import STEPS, axis, counted
from biasaudit.reporting.words.tables import gap_words
from biasaudit.reporting.words.text import count, interval, level_name, value
from biasaudit.reporting.words.words import VERDICTS

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["plot_rates"]

MOST = 30
LEAST_SIZE, MOST_SIZE, RING = 7, 16, 11
# Steps of the axis that a rate as counted must be away from its dot to be seen beside it.
APART = 0.03


def plot_rates(report: Report, metric: str, *, features: tuple[str, ...]) -> Plot:
    """Draw one rate by group: a dot as large as its group, its interval, and everyone as a dashed line.

    Where rates are partly pooled, dots, intervals and order are, so that groups of few people do not lead; a ring is
    the rate as it was counted.

    Parameters
    ----------
    report : Report
        As ``audit.report()`` gives it.
    metric : str
        Name of a rate that the report has.
    features : tuple of str
        Sensitive features whose groups are drawn; the 30 largest groups are.

    Returns
    -------
    Plot
        Its table has a row for each group: group, estimate, low, high, pooled, pooled_low, pooled_high, numerator,
        denominator, reason.

    Raises
    ------
    AuditError
        If the report has no such rate by these features.

    Examples
    --------
    >>> import biasaudit as ba
    >>> report = ba.audit_predictions(ba.datasets.load_ricci()).report()
    >>> drawn = plot_rates(report, "selection_rate", features=("race",))
    >>> drawn.title
    'Selection rate by race: gap shown, 34.2 points (8.1 to 52.5 points) between the two groups furthest...'
    """
    breakdown = breakdown_by(report, features)
    if breakdown is None or metric not in breakdown.rates:
        raise AuditError(f'This audit has no "{metric}" by {" and ".join(map(str, features))}.')
    rows = breakdown.highest_first(metric, MOST)
    overall, unit = everyone(report).get(metric), unit_in(report.metrics, metric)
    drawn = figure(len(rows))
    if overall is not None and math.isfinite(overall["estimate"]):
        drawn.add_vline(x=overall["estimate"], line={"dash": "dash", "color": COLOURS[1], "width": 1.5})
    scale = axis([end for row in rows for end in (*place_of(row), row["estimate"])], unit)
    _draw(drawn, rows, unit, APART * scale.step)
    drawn.update_xaxes(
        title=_axis_title(label(metric, report.metrics), unit),
        range=[scale.start, scale.start + STEPS * scale.step],
        tickformat=".0%" if unit.is_share else "",
    )
    drawn.update_yaxes(autorange="reversed", tickfont={"size": 13})
    return Plot(_title(report, breakdown, metric), drawn, _table(rows))


def _axis_title(name: str, unit: Unit) -> str:
    return name if unit.is_share or not unit.after_value else f"{name}, {unit.after_value}"


def _draw(drawn: go.Figure, rows: Sequence[Record], unit: Unit, apart: float) -> None:
    """Add a dot with its interval for each group whose rate is known; the others keep their place."""
    largest = max((row["denominator"] for row in rows if math.isfinite(row["denominator"])), default=1.0)
    names = [_name(row) for row in rows]
    places = [place_of(row) for row in rows]
    known = [all(map(math.isfinite, place)) for place in places]
    rings = [
        row["estimate"] if is_pooled(row) and abs(row["estimate"] - row["pooled"]) > apart else None for row in rows
    ]
    drawn.add_scatter(
        x=[at if math.isfinite(at) else None for at, _, _ in places],
        y=names,
        mode="markers",
        name="Partly pooled",
        showlegend=any(map(is_pooled, rows)),
        marker={"color": COLOURS[0], "opacity": 1, "size": [_size(row["denominator"], largest) for row in rows]},
        error_x={
            "type": "data",
            "symmetric": False,
            "thickness": 2,
            "width": 4,
            "color": COLOURS[0],
            "array": [high - at if k else 0 for (at, _, high), k in zip(places, known, strict=True)],
            "arrayminus": [at - low if k else 0 for (at, low, _), k in zip(places, known, strict=True)],
        },
        customdata=[[_words(row, unit)] for row in rows],
        hovertemplate="%{customdata[0]}<extra></extra>",
    )
    if any(map(is_pooled, rows)):
        drawn.add_scatter(
            x=rings,
            y=names,
            mode="markers",
            name="As counted",
            hoverinfo="skip",
            marker={"color": COLOURS[1], "symbol": "circle-open", "size": RING, "line": {"width": 2}},
        )


def _name(row: Record) -> str:
    size = f" (n = {count(row['denominator'])})" if math.isfinite(row["denominator"]) else ""
    return f"{words(level_name(row['group']))}{size}"


def _words(row: Record, unit: Unit) -> str:
    pooled = f"partly pooled: {pooled_words(row, unit)}" if is_pooled(row) else ""
    details = [
        value(unit, row["estimate"]),
        interval(row["low"], row["high"], unit),
        counted(row),
        pooled,
        row["reason"],
    ]
    return "<br>".join([words(level_name(row["group"]), 60), *(words(text, 60) for text in details if text)])


def _size(n: float, largest: float) -> float:
    share = math.sqrt(n / largest) if math.isfinite(n) and largest > 0 else 0.0
    return LEAST_SIZE + (MOST_SIZE - LEAST_SIZE) * min(1.0, share)


def _title(report: Report, breakdown: Breakdown, metric: str) -> str:
    what, unit = f"{label(metric, report.metrics)} by {breakdown.name}", unit_in(report.metrics, metric)
    widest = breakdown.widest(metric)
    if widest is None:
        return what
    verdict = VERDICTS.get(widest["verdict"])
    return f"{what}: {verdict.label.lower() if verdict else widest['verdict']}, {gap_words(widest, breakdown, unit)}"


def _table(rows: Sequence[Record]) -> pd.DataFrame:
    import pandas as pd

    columns = (
        "group",
        "estimate",
        "low",
        "high",
        "pooled",
        "pooled_low",
        "pooled_high",
        "numerator",
        "denominator",
        "reason",
    )
    return pd.DataFrame(rows, columns=list(columns))
