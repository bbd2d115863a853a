"""Which rows of the tables a person is shown first, the same in every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from biasaudit.reporting.report import MetricText, Report
from biasaudit.reporting.text import group_name, interval, number, p_value, points, value

__all__ = ["DISPARITY_HEADS", "KEY_METRICS", "MARKS", "Panel", "Row", "disparity_rows", "panels", "split_name"]

KEY_METRICS = (
    "selection_rate",
    "base_rate",
    "false_positive_rate",
    "false_negative_rate",
    "positive_predictive_value",
    "accuracy",
    "auc",
)
MARKS = {"shown": "✗", "not shown": "✓", "cannot tell": "?"}


@dataclass(frozen=True)
class Row:
    """One group of a panel: numbers for drawing, and words for reading."""

    group: str
    estimate: float
    low: float
    high: float
    shown: str
    interval: str
    people: str
    reason: str


@dataclass(frozen=True)
class Panel:
    """One metric over the groups of one split, with everyone's value and the verdict over all groups."""

    metric: str
    text: MetricText
    split: str
    rows: tuple[Row, ...]
    overall: float
    verdict: str
    gap: str


def split_name(features: tuple[str, ...]) -> str:
    """Name a split, such as "race" or "race × sex"."""
    from biasaudit.reporting.text import clean

    return " × ".join(clean(name) for name in features)


def panels(report: Report, metrics: tuple[str, ...] = KEY_METRICS) -> Iterator[Panel]:
    """Yield the panels to draw, split by split."""
    records = report.rates.to_dict("records")
    by_key = {(r["metric"], tuple(r["group"].items())): r for r in records}
    ranges = report.disparities[
        (report.disparities["kind"] == "range") & (report.disparities["comparison"] == "difference")
    ].to_dict("records")
    for found in ranges:
        metric = found["metric"]
        if metric not in metrics:
            continue
        groups = report.groups[report.groups["sensitive_features"] == found["sensitive_features"]]
        rows = tuple(_row(by_key[metric, tuple(group.items())], metric) for group in groups["group"])
        overall = by_key[metric, ()]["estimate"]
        split = split_name(found["sensitive_features"])
        yield Panel(metric, report.metrics[metric], split, rows, overall, found["verdict"], _gap(found))


def _row(rate: dict[str, Any], metric: str) -> Row:
    whole = rate["denominator"] == rate["denominator"]
    counted = rate["numerator"] == rate["numerator"]
    people = number(rate["denominator"], 0) if whole else ""
    if whole and counted:
        people = f"{number(rate['numerator'], 0)} of {people}"
    return Row(
        group_name(rate["group"]),
        rate["estimate"],
        rate["low"],
        rate["high"],
        value(metric, rate["estimate"]),
        interval(rate["low"], rate["high"], metric),
        people,
        rate["reason"],
    )


def _gap(found: dict[str, Any]) -> str:
    if found["estimate"] != found["estimate"]:
        return found["reason"]
    if found["metric"] == "auc":
        return f"gap {number(found['estimate'])} ({number(found['low'])} to {number(found['high'])})"
    return f"gap {points(found['estimate'])} points ({points(found['low'])} to {points(found['high'])})"


def disparity_rows(report: Report, kind: str) -> list[tuple[str, ...]]:
    """Write the disparities of one kind as cells: metric, group, reference, gap, interval, chance, detectable, p, verdict."""
    table = report.disparities[report.disparities["kind"] == kind]
    return [_cells(report, row) for row in table.to_dict("records")]


def _cells(report: Report, row: dict[str, Any]) -> tuple[str, ...]:
    ratio = row["comparison"] == "ratio"

    def show(x: float) -> str:
        return number(x, 2) if ratio else points(x)

    limits = "" if row["low"] != row["low"] else f"{show(row['low'])} to {show(row['high'])}"
    return (
        report.metrics[row["metric"]].label,
        "ratio" if ratio else "difference, points",
        group_name(row["group"]),
        group_name(row["reference"]),
        show(row["estimate"]) if row["estimate"] == row["estimate"] else row["reason"],
        limits,
        show(row["expected_by_chance"]),
        show(row["smallest_detectable"]),
        p_value(row["p_adjusted"]),
        f"{MARKS[row['verdict']]} {row['verdict']}",
    )


DISPARITY_HEADS = (
    "Metric", "Comparison", "Group", "Against", "Gap", "Interval", "By chance", "Detectable", "p, adjusted", "Verdict",
)  # fmt: skip
