"""The parts of an audit of data: each asks its questions, and all are judged together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.audits.findings.gap_records import known, known_answer, known_interval
from biasaudit.errors import AuditError
from biasaudit.inference.testing.multiple_comparisons import judge_gaps
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, Verdict, is_material
from biasaudit.metrics.units import Unit
from biasaudit.names import clean
from biasaudit.reporting.report import Column, Finding, Record, Section

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SPEND", "Part", "judge", "part_table"]

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
        "ratio", "finding" where a p-value alone decides, or "nothing" where a row only informs.
        Rows of equal `hypothesis` ask the same. What would be shown is `doubted`, and not shown, where a
        row's `left_out` names columns that may explain it.
    columns : tuple of Column
        Columns of the table.
    to_sentence : callable
        Puts a judged row into a sentence.
    reported : callable
        Picks the rows that become findings.
    sentences : tuple of str
        What to know before reading the table.
    if_none : str
        What to say where nothing is told.
    in_table : callable
        Picks the rows that stand in the report's table.
    unit : Unit, optional
        Of differences that are of no shares, with what is too small to matter.
    """

    name: str
    title: str
    rows: tuple[Record, ...]
    columns: tuple[Column, ...]
    _: KW_ONLY
    to_sentence: Callable[[Record], str]
    reported: Callable[[Sequence[Record]], Sequence[Record]]
    sentences: tuple[str, ...] = ()
    if_none: str = ""
    in_table: Callable[[Record], bool] = lambda row: True
    unit: Unit | None = None

    @property
    def is_tested(self) -> bool:
        """Say whether the part tests anything, and not only informs."""
        return any(not np.isnan(row["p_value"]) for row in self.rows)

    def findings(self) -> list[Finding]:
        """Tell what matters, each with its verdict."""
        return [
            Finding(
                sentence=self.to_sentence(row),
                verdict=Verdict(row["verdict"]),
                metric=self.name,
                comparison="ratio" if row["comparison"] == "ratio" else "difference",
                kind="section",
                group=row.get("group") or {},
                reference=row.get("reference") or {},
                estimate=known(row["estimate"]),
                interval=known_interval(row),
                material=known_answer(row["material"]),
                unit=self.unit,
            )
            for row in self.reported(self.rows)
        ]

    def section(self) -> Section:
        """Lay the part out for a report."""
        keep = [column.name for column in self.columns] + [end for c in self.columns for end in c.limits or ()]
        rows = tuple({name: row.get(name) for name in keep} for row in self.rows if self.in_table(row))
        if_none = (self.if_none,) if self.if_none and not self.reported(self.rows) else ()
        return Section(self.name, self.title, (*if_none, *self.sentences), self.columns, rows)

    def shown(self) -> list[Record]:
        """Return the rows whose verdict is shown and whose size matters."""
        return [row for row in self.rows if row["verdict"] == SHOWN and row["material"] is not False]


def part_table(parts: Sequence[Part], name: str) -> pd.DataFrame:
    """Return the table of one of the parts, tidy.

    Raises
    ------
    AuditError
        If there is no part of that name.
    """
    import pandas as pd

    names = [part.name for part in parts]
    if name not in names:
        raise AuditError(f'"{clean(str(name))}" is not a part of this audit. Parts: {", ".join(names)}.')
    section = parts[names.index(name)].section()
    columns = [c.name for c in section.columns] + [end for c in section.columns for end in c.limits or ()]
    return pd.DataFrame(list(section.rows), columns=columns)


def judge(parts: Sequence[Part], alpha: float) -> tuple[Part, ...]:
    """Give every row its verdict: parts that test something share the chance of a false alarm, Holm's method inside."""
    testing = sum(part.is_tested for part in parts)
    return tuple(_judged_part(part, SPEND / max(testing, 1), alpha) for part in parts)


def _judged_part(part: Part, spend: float, alpha: float) -> Part:
    rows = part.rows
    estimate, low, high, p_value = ([row[name] for row in rows] for name in ("estimate", "low", "high", "p_value"))
    hypotheses = [row.get("hypothesis", i) for i, row in enumerate(rows)]
    kinds = [row["comparison"] for row in rows]
    small = None if part.unit is None else np.full(len(rows), part.unit.small or 0.0)
    found = judge_gaps(
        estimate, low, high, p_value, kinds, alpha=alpha, hypothesis=hypotheses, spend=spend, small=small
    )
    judged_rows = zip(rows, found.p_adjusted.tolist(), found.verdicts.tolist(), strict=True)
    return replace(part, rows=tuple(_with_verdict(*row, alpha, part.unit) for row in judged_rows))


def _ratio(row: Record) -> list[float] | None:
    """Find the ratio of the two shares that a difference is between, where the row says them."""
    if "share" not in row or "other" not in row:
        return None
    return [row["share"] / row["other"] if row["other"] else np.inf if row["share"] else np.nan]


def _with_verdict(row: Record, p_adjusted: float, verdict: str, alpha: float, unit: Unit | None) -> Record:
    """Add to a row what was found of it, and whether it matters."""
    kind, doubted = row["comparison"], False
    if kind == "nothing":
        return row | {"p_adjusted": np.nan, "verdict": "", "material": False, "doubted": False}
    if kind == "finding":
        verdict, material = (SHOWN if p_adjusted <= alpha else NOT_SHOWN), True
    else:
        estimate = [row["estimate"]]
        small = None if unit is None else [unit.small or 0.0]
        apart = is_material([np.nan], estimate) if kind == "ratio" else is_material(estimate, _ratio(row), small)
        material = apart[0]
        doubted = verdict == SHOWN and bool(row.get("left_out"))
        verdict = CANNOT_TELL if doubted else verdict
    return row | {"p_adjusted": p_adjusted, "verdict": verdict, "material": material, "doubted": doubted}
