"""The parts of an audit of data: each asks its questions, and all are judged together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from biasaudit.reporting.report import Column, Finding, Section
from biasaudit.statistics.hypothesis_tests import holm
from biasaudit.statistics.verdicts import NOT_SHOWN, SHOWN, is_material, verdicts

__all__ = ["SPEND", "Part", "Row", "judge"]

Row = dict[str, Any]
# Gaps in the label spend one half of the chance of a false alarm, all other parts the other.
SPEND = 0.5


@dataclass(frozen=True, eq=False)
class Part:
    """One part: its questions as rows, and how each is told.

    Parameters
    ----------
    name, title : str
    rows : tuple of dict
        Each with `estimate`, `low`, `high`, `p_value` (NaN where nothing is tested) and `comparison`: "difference",
        "ratio", or "finding" where a p-value alone decides. Rows of equal `hypothesis` ask the same.
    columns : tuple of Column
        Columns of the table.
    say : callable
        Puts a judged row into a sentence.
    tell : callable
        Picks the rows that become findings.
    sentences : tuple of str
        What to know before reading the table.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    say: Callable[[Row], str]
    tell: Callable[[Sequence[Row]], Sequence[Row]]
    sentences: tuple[str, ...] = field(default=())

    def findings(self) -> list[Finding]:
        """Tell what matters, each with its verdict."""
        return [
            Finding(
                sentence=self.say(row),
                verdict=row["verdict"],
                metric=self.name,
                comparison="ratio" if row["comparison"] == "ratio" else "difference",
                kind="section",
                group=row.get("group") or {},
                reference=row.get("reference") or {},
            )
            for row in self.tell(self.rows)
        ]

    def section(self) -> Section:
        """Lay the part out for a report."""
        keep = [column.name for column in self.columns] + [end for c in self.columns for end in c.limits or ()]
        rows = tuple({name: row.get(name) for name in keep} for row in self.rows)
        return Section(self.name, self.title, self.sentences, self.columns, rows)

    def shown(self) -> list[Row]:
        """Return the rows whose verdict is shown and whose size matters."""
        return [row for row in self.rows if row["verdict"] == SHOWN and row["material"] is not False]


def judge(parts: Sequence[Part], alpha: float) -> tuple[Part, ...]:
    """Adjust the p-values of all parts together by Holm's method, and give every row its verdict."""
    rows = [row for part in parts for row in part.rows]
    names = [(part.name, row.get("hypothesis", i)) for part in parts for i, row in enumerate(part.rows)]
    adjusted = _adjusted(names, [row["p_value"] for row in rows])
    judged = iter([_judged(row, p, alpha) for row, p in zip(rows, adjusted, strict=True)])
    return tuple(replace(part, rows=tuple(next(judged) for _ in part.rows)) for part in parts)


def _adjusted(names: Sequence[Any], p_values: Sequence[float]) -> list[float]:
    smallest: dict[Any, float] = {}
    for name, p in zip(names, p_values, strict=True):
        if not np.isnan(p):
            smallest[name] = min(p, smallest.get(name, 1.0))
    found = dict(zip(smallest, holm(list(smallest.values())), strict=True))
    return [float(min(1.0, found[name] / SPEND)) if not np.isnan(p) else np.nan
            for name, p in zip(names, p_values, strict=True)]


def _judged(row: Row, p_adjusted: float, alpha: float) -> Row:
    if row["comparison"] == "finding":
        verdict, material = (SHOWN if p_adjusted <= alpha else NOT_SHOWN), True
    else:
        kind = row["comparison"]
        verdict = verdicts([row["low"]], [row["high"]], [p_adjusted], kind, alpha=alpha)[0]
        material = is_material([row["estimate"]], kind)[0]
    return row | {"p_adjusted": p_adjusted, "verdict": verdict, "material": material}
