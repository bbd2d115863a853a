"""Who is in the data: shares against a population, and values that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.errors import AuditError
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.plots._marks import from_zero, rows_of, series
from biasaudit.reporting.plots.base import Plot, words
from biasaudit.reporting.words.text import clean, count, interval, level_name, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_missing_values", "plot_shares"]

MOST = 30
MOST_COLUMNS = 12
MOST_GROUPS = 6


def plot_shares(representation: pd.DataFrame, features: tuple[str, ...]) -> Plot:
    """Draw each group's share of the data with its interval, and its share of the population where one was given.

    Parameters
    ----------
    representation : DataFrame
        ``audit.part("representation")`` of the audit of a data set.
    features : tuple of str
        Sensitive features whose groups are drawn; the 30 largest are.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If there are no groups of these features.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_berkeley(), population={"gender": {"Female": 0.5, "Male": 0.5}})
    >>> plot_shares(audit.part("representation"), ("gender",)).title
    'Too few of Female: 40.5 % of the data, 50.0 % of the population'
    """
    chosen = representation[[tuple(group) == features for group in representation["group"]]]
    if chosen.empty:
        raise AuditError(f"This audit holds no groups by {' and '.join(map(str, features))}.")
    chosen = chosen.sort_values("share", ascending=False, kind="stable").head(MOST).reset_index(drop=True)
    known = bool(chosen["population"].notna().any())
    records = chosen.to_dict("records")
    names = [f"{words(level_name(row['group']))} (n = {count(row['rows'])})" for row in records]
    drawn = rows_of(names, 2 if known else 1, unit="Share of all rows" + (" or people" if known else ""))
    at = range(len(records))
    hover = [
        [level_name(r["group"]), f"{percent(r['share'])} of the data", interval(r["share_low"], r["share_high"], "")]
        for r in records
    ]
    limits = (chosen["share_low"].tolist(), chosen["share_high"].tolist())
    series(drawn, "in the data", at, chosen["share"].tolist(), limits=limits, of=1 + known, hover=hover)
    if known:
        population_hover = [[level_name(r["group"]), f"{percent(r['population'])} of the population"] for r in records]
        shares = chosen["population"].tolist()
        series(drawn, "in the population", at, shares, number=1, of=2, hover=population_hover, hollow=True)
    drawn.update_layout(showlegend=known)
    from_zero(drawn, [*chosen["share_high"], *chosen["population"]])
    return Plot(_shares_title(chosen, features), drawn, chosen)


def _shares_title(chosen: pd.DataFrame, features: tuple[str, ...]) -> str:
    who = " and ".join(clean(name) for name in features)
    tested = chosen[chosen["estimate"].notna()]
    off = tested[tested["verdict"] == SHOWN].to_dict("records")
    few = [row for row in off if row["estimate"] < 1]
    if few:
        row = min(few, key=lambda row: row["estimate"])
        shares = f"{percent(row['share'])} of the data, {percent(row['population'])} of the population"
        return f"Too few of {level_name(row['group'])}: {shares}"
    if len(tested):
        return f"By {who}, no group is shown to be rarer in the data than in the population"
    largest = chosen.iloc[0]
    return f"Who is in the data by {who}: most are {level_name(largest['group'])}, {percent(largest['share'])}"


def plot_missing_values(missing: pd.DataFrame, feature: str) -> Plot:
    """Draw how often each column's value is missing, by group.

    Parameters
    ----------
    missing : DataFrame
        ``audit.missing_values()`` of the audit of a data set.
    feature : str
        Sensitive feature whose groups are drawn: the 6 largest, in the 12 columns that lack most.

    Returns
    -------
    Plot

    Raises
    ------
    AuditError
        If no value is missing by this feature.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_compas())
    >>> plot_missing_values(audit.missing_values(), "race").title
    'Values of days_b_screening_arrest are missing for 8.3 % of Hispanic and 3.1 % of Caucasian'
    """
    chosen = missing[[tuple(group) == (feature,) for group in missing["group"]]]
    if chosen.empty:
        raise AuditError(f"No value is missing by {clean(feature)}.")
    chosen = chosen.assign(name=[level_name(group) for group in chosen["group"]])
    size = chosen.groupby("name", sort=False)["denominator"].max().sort_values(ascending=False, kind="stable")
    worst = chosen.groupby("column", sort=False)["estimate"].max().sort_values(ascending=False, kind="stable")
    groups, columns = list(size.index[:MOST_GROUPS]), list(worst.index[:MOST_COLUMNS])
    drawn = rows_of([words(name, 26) for name in columns], len(groups), unit="Share of values that are missing")
    for i, group in enumerate(groups):
        rows = chosen[(chosen["name"] == group) & chosen["column"].isin(columns)].to_dict("records")
        hover = [
            [group, f"{clean(r['column'])}: {percent(r['estimate'])} missing", interval(r["low"], r["high"], "")]
            for r in rows
        ]
        series(
            drawn,
            group,
            [columns.index(r["column"]) for r in rows],
            [r["estimate"] for r in rows],
            number=i,
            of=len(groups),
            limits=([r["low"] for r in rows], [r["high"] for r in rows]),
            hover=hover,
        )
    from_zero(drawn, chosen["high"].tolist())
    first = chosen[chosen["column"] == columns[0]].to_dict("records")
    # The ends that are sure: a group of few people may lack many by chance.
    ends = max(first, key=lambda r: r["low"]), min(first, key=lambda r: r["high"])
    extremes = " and ".join(f"{percent(row['estimate'])} of {row['name']}" for row in ends)
    table = chosen.drop(columns="name")
    return Plot(f"Values of {clean(columns[0])} are missing for {extremes}", drawn, table)
