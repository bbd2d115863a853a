"""Two features at once as a table for a terminal: a line for each level of the first, a column for each of the last."""

from __future__ import annotations

from collections.abc import Sequence

from biasaudit.metrics.units import Unit
from biasaudit.reporting.formats.terminal import aligned
from biasaudit.reporting.report import Record, Report
from biasaudit.reporting.words.breakdowns import Breakdown, breakdowns, label, unit_in
from biasaudit.reporting.words.text import clean, gap, gap_interval, level_name, value
from biasaudit.reporting.words.words import VERDICTS, interval_head

__all__ = ["crossed_tables"]


def crossed_tables(report: Report) -> str:
    """Lay out each metric of the first split by two features, with the widest gap of each line.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_cv(lambda job: lambda texts: [len(text) for text in texts], jobs=["line cook", "accountant"])
    >>> print(crossed_tables(audit.report()).splitlines()[1][:60])
      job         white woman  white man  Black woman  Black man
    """
    crossed = [breakdown for breakdown in breakdowns(report) if len(breakdown.features) == 2]
    if not crossed:
        return ""
    return "\n\n".join(_table(report, crossed[0], metric, rows) for metric, rows in crossed[0].rates.items())


def _table(report: Report, breakdown: Breakdown, metric: str, rates: Sequence[Record]) -> str:
    across = list(dict.fromkeys(tuple(row["group"].values())[1] for row in rates))
    lines: dict[str, list[str]] = {}
    unit = unit_in(report.metrics, metric)
    for row in rates:
        first = next(iter(row["group"].values()))
        lines.setdefault(first, []).append(value(unit, row["estimate"]))
    widest = {next(iter(row["group"].values())): row for row in breakdown.gaps if _is_widest(row, metric)}
    limits = interval_head(report.settings)
    heads = (breakdown.features[0], *across, "widest gap", limits, "between", "verdict")
    body = [(name, *cells, *_gap(widest.get(name), unit)) for name, cells in lines.items()]
    return "\n".join([f"{label(metric, report.metrics)} by {breakdown.name}", *aligned([heads, *body])])


def _is_widest(row: Record, metric: str) -> bool:
    return bool(row["kind"] == "range" and row["comparison"] == "difference" and row["metric"] == metric)


def _gap(row: Record | None, unit: Unit) -> tuple[str, ...]:
    if row is None:
        return ("", "", "", "")
    verdict = VERDICTS.get(row["verdict"])
    ends = (level_name(dict(list(row[side].items())[-1:])) for side in ("group", "reference"))
    return (
        gap(unit, "difference", row["estimate"]),
        gap_interval(unit, "difference", row["low"], row["high"]),
        " – ".join(ends),
        f"{verdict.mark} {verdict.label}" if verdict else clean(row["verdict"]),
    )
