"""Gaps in the label: in total and where like is compared with like, and gaps that turn round."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.errors import AuditError
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.plots._marks import from_zero, rows_of, series
from biasaudit.reporting.plots.base import COLOURS, GREY, Plot, words
from biasaudit.reporting.report import Column
from biasaudit.reporting.words.text import clean, count, gap_interval, interval, level_name, percent, points

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_equal_features", "plot_where", "plot_within"]

PlotRow = dict[Any, Any]
ADJUSTED = "at equal features"
MOST = 20
MOST_STRATA = 14
LEAST_SIZE, MOST_SIZE = 7, 22
WHERE = (
    Column("stratum", "Stratum"),
    Column("group", "Group", "group"),
    Column("people", "People", "count"),
    Column("share", "Share of the group", "share"),
    Column("overall", "Rate of everyone there", "share"),
)
GAPS = (
    Column("group", "Group", "group"),
    Column("reference", "Against", "group"),
    Column("total", "Gap in total, points", "points", ("total_low", "total_high")),
    Column("estimate", "Gap at equal features, points", "points", ("low", "high")),
    Column("strata", "Strata", "count"),
    Column("verdict", "Verdict at equal features", "verdict"),
)


def plot_equal_features(equal: pd.DataFrame, disparities: pd.DataFrame, feature: str) -> Plot:
    """Draw the gap in the label between two groups in total, and among people with equal features.

    Parameters
    ----------
    equal : DataFrame
        ``audit.part("equal_features")`` of the audit of a data set.
    disparities : DataFrame
        ``audit.disparities()`` of the same.
    feature : str
        Sensitive feature whose groups are drawn against their reference.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If like could not be compared with like by this feature.

    References
    ----------
    Mantel and Haenszel (1959).

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
    >>> plot_equal_features(audit.part("equal_features"), audit.disparities(), "gender").title
    'Female against Male: a gap of −14.2 points in total, of 1.8 points among people with equal features'
    """
    import pandas as pd

    rows = [row for row in equal.to_dict("records") if row["what"] == ADJUSTED and tuple(row["group"]) == (feature,)]
    if not rows:
        raise AuditError(f"By {clean(feature)}, no column tells enough of the label to compare like with like.")
    total = _totals(disparities, feature)
    rows = [row | total.get((_key(row["group"]), _key(row["reference"])), {}) for row in rows[:MOST]]
    lacking = {"total": math.nan, "total_low": math.nan, "total_high": math.nan}
    frame = pd.DataFrame([lacking | row for row in rows])
    names = [words(f"{level_name(row['group'])} against {level_name(row['reference'])}", 24) for row in rows]
    drawn = rows_of(names, 2, unit="Gap in points (first group − second)", shares=False)
    for i, (name, at, low, high) in enumerate(
        (("in total", "total", "total_low", "total_high"), ("at equal features", "estimate", "low", "high"))
    ):
        hover = [
            [
                f"{name}: {points(row[at])} points",
                gap_interval("", "difference", row[low], row[high]),
            ]
            for row in frame.to_dict("records")
        ]
        limits = ((100 * frame[low]).tolist(), (100 * frame[high]).tolist())
        series(drawn, name, range(len(rows)), (100 * frame[at]).tolist(), limits=limits, number=i, of=2, hover=hover)
    drawn.add_vline(x=0, line={"width": 1.5, "dash": "dash", "color": GREY})
    table = frame[[column.name for column in GAPS] + [end for column in GAPS for end in column.limits or ()]]
    table.attrs["columns"] = GAPS
    return Plot(_equal_title(frame.to_dict("records")), drawn, table)


def _totals(disparities: pd.DataFrame, feature: str) -> dict[Any, PlotRow]:
    chosen = disparities[
        (disparities["metric"] == "base_rate")
        & (disparities["kind"] == "pair")
        & (disparities["comparison"] == "difference")
    ]
    return {
        (_key(row["group"]), _key(row["reference"])): {
            "total": row["estimate"],
            "total_low": row["low"],
            "total_high": row["high"],
        }
        for row in chosen.to_dict("records")
        if tuple(row["group"]) == (feature,)
    }


def _key(group: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(group.items())


def _equal_title(rows: Sequence[PlotRow]) -> str:
    known = [row for row in rows if math.isfinite(row["estimate"]) and math.isfinite(row["total"])]
    if not known:
        return "No stratum holds both groups: the data cannot compare like with like"
    widest = max(known, key=lambda row: (row["verdict"] == SHOWN, _beyond_chance(row)))
    return (
        f"{level_name(widest['group'])} against {level_name(widest['reference'])}: a gap of {points(widest['total'])} "
        f"points in total, of {points(widest['estimate'])} points among people with equal features"
    )


def _beyond_chance(row: PlotRow) -> float:
    """Put a gap in total in widths of its interval: few people make wide gaps that say little."""
    width = row["total_high"] - row["total_low"]
    return abs(row["total"]) / width if width > 0 else 0.0


def plot_within(
    within: pd.DataFrame, group: Mapping[str, str], reference: Mapping[str, str], *, column: str, label: str
) -> Plot:
    """Draw the rates of two groups in total and within each level of a column: a gap may turn round.

    Dots grow with the number of people: where a group has most of its people decides its rate in total.

    Parameters
    ----------
    within : DataFrame
        ``audit.within(column)`` of the audit of a data set.
    group, reference : mapping of str to str
        The two groups, such as ``{"gender": "Female"}``.
    column, label : str
        For the words of the plot.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If the table does not hold the two groups.

    References
    ----------
    Bickel, Hammel and O'Connell (1975).

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
    >>> pair = {"gender": "Female"}, {"gender": "Male"}
    >>> plot_within(audit.within("department"), *pair, column="department", label="admitted").title
    'All together, Female have 30.4 % and Male 44.5 %; yet Female have the higher rate in 4 of 6 levels of department'
    """
    import pandas as pd

    sides, total = _sides(within, group, reference, column), (True, "")
    both = [key for key in sides[0] if key != total and all(side[key]["denominator"] > 0 for side in sides)]
    sizes = {key: sum(side[key]["denominator"] for side in sides) for key in both}
    drawn_keys = [key for key in both if key in sorted(both, key=lambda key: -sizes[key])[:MOST_STRATA]]
    keys = [total, *drawn_keys]
    names = ["<b>all together</b>", *(words(f"{clean(column, 24)} {name}", 26) for _, name in drawn_keys)]
    drawn = rows_of(names, 2, unit=f"Share with {clean(label, 30)}")
    for i, side in enumerate(sides):
        rows = [side[key] for key in keys]
        drawn_sizes = [_size(r["denominator"], side[total]["denominator"]) for r in rows]
        hover = [
            [
                level_name(r["group"]),
                percent(r["estimate"]),
                interval(r["low"], r["high"], ""),
                f"{count(r['numerator'])} of {count(r['denominator'])}",
            ]
            for r in rows
        ]
        series(
            drawn,
            level_name((group, reference)[i]),
            range(len(keys)),
            [r["estimate"] for r in rows],
            number=i,
            of=2,
            limits=([r["low"] for r in rows], [r["high"] for r in rows]),
            hover=hover,
            sizes=drawn_sizes,
        )
    drawn.add_hline(y=0.5, line={"width": 1, "dash": "dot", "color": COLOURS[3]})
    from_zero(drawn, [side[key]["high"] for side in sides for key in keys])
    title = _within_title(sides, both, group, reference, column)
    table = pd.DataFrame([side[key] for key in [total, *both] for side in sides]).drop(columns="total")
    table["stratum"] = [name or "all together" for name in table["stratum"]]
    return Plot(title, drawn, table[["stratum", *(name for name in table if name != "stratum")]])


def _sides(
    within: pd.DataFrame, group: Mapping[str, str], reference: Mapping[str, str], column: str
) -> list[dict[tuple[bool, str], PlotRow]]:
    """Return the rows of both groups by stratum."""
    records: list[PlotRow] = within.to_dict("records")
    sides = [{_stratum(row): row for row in records if row["group"] == dict(g)} for g in (group, reference)]
    if not all(sides):
        raise AuditError(f"{level_name(group)} and {level_name(reference)} were not compared within {clean(column)}.")
    return sides


def plot_where(
    within: pd.DataFrame, group: Mapping[str, str], reference: Mapping[str, str], *, column: str, label: str
) -> Plot:
    """Draw where the people of two groups are: a group that is more where rates are low has a low rate in total.

    Parameters
    ----------
    within : DataFrame
        ``audit.within(column)`` of the audit of a data set.
    group, reference : mapping of str to str
        The two groups, each as feature to value.
    column, label : str
        For the words of the plot.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If the table does not hold the two groups.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
    >>> pair = {"gender": "Female"}, {"gender": "Male"}
    >>> plot_where(audit.within("department"), *pair, column="department", label="admitted").title
    'Most of Female are in department C (32.3 %), most of Male in department A (30.7 %)'
    """
    import pandas as pd

    sides, total = _sides(within, group, reference, column), (True, "")
    held = [key for key in sides[0] if key != total and any(side[key]["denominator"] for side in sides)]
    rate = {k: sum(s[k]["numerator"] for s in sides) / sum(s[k]["denominator"] for s in sides) for k in held}
    share = [{key: side[key]["denominator"] / max(side[total]["denominator"], 1e-9) for key in held} for side in sides]
    largest = sorted(held, key=lambda key: -max(part[key] for part in share))[:MOST_STRATA]
    keys = sorted(largest, key=lambda key: -rate[key])
    names = [f"{words(f'{clean(column, 24)} {name}', 26)}<br>({percent(rate[False, name])})" for _, name in keys]
    drawn = rows_of(names, 2, unit=f"Share of the group (in brackets: {clean(label, 24)})")
    rows = []
    for i, (who, side) in enumerate(zip((group, reference), sides, strict=True)):
        x = [share[i][key] for key in keys]
        hover = [
            [level_name(who), f"{percent(share[i][k])} are in {k[1]}", count(side[k]["denominator"])] for k in keys
        ]
        series(drawn, level_name(who), range(len(keys)), x, number=i, of=2, hover=hover)
        rows += [
            {
                "stratum": k[1],
                "group": dict(who),
                "people": side[k]["denominator"],
                "share": share[i][k],
                "overall": rate[k],
            }
            for k in keys
        ]
    from_zero(drawn, [part[key] for part in share for key in keys])
    ends = [max(held, key=part.__getitem__) for part in share]
    places = [f"{clean(column)} {clean(end[1])} ({percent(part[end])})" for end, part in zip(ends, share, strict=True)]
    title = f"Most of {level_name(group)} are in {places[0]}, most of {level_name(reference)} in {places[1]}"
    table = pd.DataFrame(rows).sort_values("overall", ascending=False, kind="stable", ignore_index=True)
    table.attrs["columns"] = WHERE
    return Plot(title, drawn, table)


def _stratum(row: PlotRow) -> tuple[bool, str]:
    return row["total"], row["stratum"]


def _size(n: float, everyone: float) -> float:
    return LEAST_SIZE + (MOST_SIZE - LEAST_SIZE) * math.sqrt(n / everyone) if everyone > 0 else LEAST_SIZE


def _within_title(
    sides: Sequence[dict[Any, PlotRow]],
    both: Sequence[tuple[bool, str]],
    group: Mapping[str, str],
    reference: Mapping[str, str],
    column: str,
) -> str:
    rates = [side[True, ""]["estimate"] for side in sides]
    one, other = level_name(group), level_name(reference)
    start = f"All together, {one} have {percent(rates[0])} and {other} {percent(rates[1])}"
    lower, name = (0, one) if rates[0] < rates[1] else (1, other)
    turned = sum(sides[lower][key]["estimate"] > sides[1 - lower][key]["estimate"] for key in both)
    if not both:
        return f"{start}; no level of {clean(column)} holds both"
    if not turned:
        return f"{start}; {name} have the lower rate in every level of {clean(column)} too"
    return f"{start}; yet {name} have the higher rate in {turned} of {len(both)} levels of {clean(column)}"
