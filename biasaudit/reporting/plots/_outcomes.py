"""Who is right and who is wronged, group by group, and what a score means for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biasaudit.errors import AuditError
from biasaudit.reporting.plots._marks import error_bars
from biasaudit.reporting.plots.base import COLOURS, DASHES, SYMBOLS, Plot, figure, words
from biasaudit.reporting.report import Report
from biasaudit.reporting.words.breakdowns import breakdown_by
from biasaudit.reporting.words.text import level_name, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_calibration", "plot_confusion"]

MOST = 20
FEWEST = 20
# Name, colour, pattern: what is right is plain, what is wrong is hatched.
CELLS = (
    ("true positives", "rightly positive", COLOURS[0], ""),
    ("false negatives", "wrongly negative (missed)", COLOURS[0], "/"),
    ("false positives", "wrongly positive (flagged)", COLOURS[1], "/"),
    ("true negatives", "rightly negative", COLOURS[1], ""),
)


def plot_confusion(report: Report, *, features: tuple[str, ...]) -> Plot:
    """Draw the four outcomes of each group as shares that add up to all its people.

    Parameters
    ----------
    report : Report
        Of an audit with labels and decisions.
    features : tuple of str
        Those that split people.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> report = ba.audit_predictions(ba.datasets.load_compas()).report()
    >>> plot_confusion(report, features=("race",)).title
    'Decided wrongly: 36.2 % of African-American, 15.6 % of Asian (groups of 20 or more)'
    """
    import pandas as pd

    breakdown = breakdown_by(report, features)
    needed = ("true_positive_rate", "false_positive_rate", "base_rate")
    if breakdown is None or any(name not in breakdown.rates for name in needed):
        raise AuditError("There are no labels and decisions by these groups to hold against each other.")
    rates = {name: {tuple(r["group"].values()): r for r in breakdown.rates[name]} for name in needed}
    rows = []
    for row in breakdown.largest_first("base_rate")[:MOST]:
        key = tuple(row["group"].values())
        positive, negative = rates["true_positive_rate"][key], rates["false_positive_rate"][key]
        tp, fp = positive["numerator"], negative["numerator"]
        counts = (tp, positive["denominator"] - tp, fp, negative["denominator"] - fp)
        rows.append({"group": row["group"], **dict(zip([cell[0] for cell in CELLS], counts, strict=True))})
    table = pd.DataFrame(rows)
    total = table[[cell[0] for cell in CELLS]].sum(axis=1)
    drawn = figure(len(table))
    names = [words(level_name(group)) for group in table["group"]]
    for column, legend, colour, pattern in CELLS:
        drawn.add_bar(
            y=names,
            x=table[column] / total,
            name=legend,
            orientation="h",
            customdata=table[[column]],
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "solidity": 0.4},
                "line": {"width": 1, "color": "#fff"},
            },
            hovertemplate=f"{legend}: %{{customdata[0]:,.0f}} people, %{{x:.1%}}<extra></extra>",
        )
    drawn.update_layout(barmode="stack", legend={"traceorder": "normal"}, height=130 + 34 * len(table))
    drawn.update_xaxes(tickformat=".0%", range=[0, 1], title="Share of the group")
    drawn.update_yaxes(autorange="reversed")
    return Plot(_errors_title(table, total), drawn, table)


def _errors_title(table: pd.DataFrame, total: pd.Series) -> str:
    wrong = ((table["false negatives"] + table["false positives"]) / total).to_numpy()
    known = np.flatnonzero((total.to_numpy() >= FEWEST) & np.isfinite(wrong))
    if len(known) < 2:
        return "What was decided, and what came true"
    most, least = known[wrong[known].argmax()], known[wrong[known].argmin()]
    names = [level_name(group) for group in table["group"]]
    return (
        f"Decided wrongly: {percent(wrong[most])} of {names[most]}, {percent(wrong[least])} of {names[least]} "
        f"(groups of {FEWEST} or more)"
    )


def plot_calibration(calibration: pd.DataFrame) -> Plot:
    """Draw how often the label came true at each score, for each group.

    Parameters
    ----------
    calibration : DataFrame
        As :meth:`biasaudit.ThresholdAudit.calibration` gives it.

    Returns
    -------
    Plot

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> drawn = plot_calibration(lines.calibration(most_bins=4))
    >>> drawn.title
    "How often it came true at each score, by group, the 6 groups' four largest"
    """
    drawn = figure(height=400)
    sizes = calibration.groupby("group")["denominator"].sum().sort_values(ascending=False)
    for i, group in enumerate(sizes.index[:4]):
        rows = calibration[calibration["group"] == group]
        drawn.add_scatter(
            x=rows["score"],
            y=rows["estimate"],
            mode="lines+markers",
            name=words(group),
            line={"color": COLOURS[i], "dash": DASHES[i], "width": 1.5},
            marker={"symbol": SYMBOLS[i], "size": 9, "color": COLOURS[i]},
            error_y=error_bars(rows, COLOURS[i], thickness=1, width=3),
            customdata=rows[["denominator"]],
            hovertemplate="score %{x}: %{y:.1%} of %{customdata[0]:,.0f} people<extra></extra>",
        )
    drawn.update_xaxes(title="Score")
    drawn.update_yaxes(tickformat=".0%", range=[0, 1.02], title="Came true")
    left = f", the {len(sizes)} groups' four largest" if len(sizes) > 4 else ""
    return Plot(f"How often it came true at each score, by group{left}", drawn, calibration)
