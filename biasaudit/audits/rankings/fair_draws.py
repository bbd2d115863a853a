"""Whether the tops of rankings could come from fair draws: FA*IR's test of each ranking, and one answer for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.audits.rankings.family import RankFamily
from biasaudit.counts.rankings.table import RankTable
from biasaudit.inference.testing.fair_draws import fair_draw_p_value, joint_fair_draw_p_value
from biasaudit.inference.verdicts import CANNOT_TELL, SHOWN
from biasaudit.reporting.report import Column, Finding, Section
from biasaudit.reporting.words.text import count, group_name

__all__ = ["LEVEL", "NAME", "FairDraws", "fair_draws"]

NAME = "fair_draws"
# Of fair rankings so many fail at most, as in the paper.
LEVEL = 0.1
TITLE = "Could the top of the rankings come from fair draws?"
COLUMNS = (
    Column("group", "Group", "group"),
    Column("rankings", "Rankings", "count"),
    Column("failed", "Fail by themselves", "count"),
    Column("in_top", "At the top", "count"),
    Column("expected", "Fair draws", "number"),
    Column("p_adjusted", "p, adjusted", "p_value"),
    Column("verdict", "Verdict", "verdict"),
)


@dataclass(frozen=True, eq=False)
class FairDraws:
    """The answer for each group: whether rankings have too few of it at the top.

    Parameters
    ----------
    rows : tuple of dict
        group, rankings (which hold the group and others), failed, in_top, expected, p_value, p_adjusted, verdict.
    places : int
        How many places at the top are looked at.
    tied : bool
        Whether some people share their places.
    """

    rows: tuple[dict[str, Any], ...]
    places: int
    tied: bool = False

    def findings(self) -> list[Finding]:
        """Tell the groups of which it is shown; where rankings are one, which tells nothing else, of all groups."""
        told = [row for row in self.rows if row["verdict"] == SHOWN]
        if not told and self.rows and max(row["rankings"] for row in self.rows) == 1:
            told = [min(self.rows, key=lambda row: float(row["p_value"]))]
        return [
            Finding(
                sentence=self._sentence(row),
                verdict=row["verdict"],
                metric=NAME,
                comparison="difference",
                kind="section",
                group=row["group"],
                material=True if row["verdict"] == SHOWN else None,
            )
            for row in told
        ]

    def _sentence(self, row: dict[str, Any]) -> str:
        who, top = group_name(row["group"]), f"the first {self.places} places"
        if row["rankings"] == 1:
            if row["verdict"] == SHOWN:
                return (
                    f"There are fewer people with {who} in {top} of the one ranking than fair draws would leave there."
                )
            return (
                f"One ranking tells little: whether there are too few people with {who} in {top}, or in any beginning "
                "of them, the data cannot tell."
            )
        return (
            f"There are fewer people with {who} in {top} of the rankings, or in a beginning of them, than fair draws "
            f"from their own people would leave there: {count(row['in_top'])} in {top}, where {count(row['expected'])} "
            f"would be fair; {count(row['failed'])} of {count(row['rankings'])} rankings fail by themselves."
        )

    def section(self) -> Section:
        """Lay the answers out for a report."""
        sentences = [
            f"Every beginning of the first {self.places} places has to hold as many people of the group as draws from "
            "the ranking's own people, which put nobody back, would leave there (FA*IR, Zehlike et al. 2017). Of fair "
            f"rankings at most {100 * LEVEL:g} % fail by themselves; the verdict is on all rankings together, "
            "beginning by beginning.",
        ]
        if self.tied:
            sentences.append("Of people who tie, those of the group in question are taken to stand first.")
        return Section(NAME, TITLE, tuple(sentences), COLUMNS, self.rows)


def fair_draws(splits: Sequence[RankFamily], *, alpha: float, spend: float, tied: bool) -> FairDraws:
    """Test for each group of each split whether too few of it are at the top.

    Parameters
    ----------
    splits : sequence of RankFamily
    alpha : float
        One minus the confidence.
    spend : float
        Part of the chance of a false alarm of the audit that goes here.
    tied : bool
        Whether some people share their places.

    Returns
    -------
    FairDraws
    """
    rows = [row for family in splits for row in _of_family(family)]
    adjusted = np.minimum(_holm([row["p_value"] for row in rows]) / spend, 1.0)
    judged = (
        {**row, "p_adjusted": float(p), "verdict": SHOWN if p <= alpha else CANNOT_TELL}
        for row, p in zip(rows, adjusted, strict=True)
    )
    return FairDraws(tuple(judged), max(splits[0].table.k), tied)


def _of_family(family: RankFamily) -> list[dict[str, Any]]:
    table = family.table
    p_value, told = _each_ranking(table)
    k = min(table.drawn.shape[1], table.expected.shape[1])
    in_top = np.zeros((len(family.groups), k))
    np.add.at(in_top, table.group, table.drawn[:, :k])
    expected = table.expected[:, :k]
    joint = joint_fair_draw_p_value(in_top, expected, table.spread[:, :k], table.successive[:, :k])
    rows = []
    for at in np.flatnonzero(family.present).tolist():
        own = p_value[(table.group == at) & told]
        rows.append(
            {
                "group": family.groups[at],
                "rankings": len(own),
                "failed": int((own <= LEVEL).sum()),
                "in_top": float(in_top[at, -1]),
                "expected": float(expected[at, -1]),
                "p_value": float(own[0]) if len(own) == 1 else float(joint[at]),
            }
        )
    return rows


def _each_ranking(table: RankTable) -> tuple[Any, Any]:
    """Return the p-value of each group in each ranking, and which rankings hold both the group and others."""
    size = table.by_query(table.people)[table.query].astype(np.int64)
    people = table.people.astype(np.int64)
    told = people < size
    places = np.minimum(size, table.drawn.shape[1])
    p_value = np.ones(len(people))
    for k in np.unique(places[told]).tolist():
        at = told & (places == k)
        p_value[at] = fair_draw_p_value(table.drawn[at, :k], people[at], size[at])
    return p_value, told


def _holm(p_value: Sequence[float]) -> Any:
    p = np.array(p_value)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)
