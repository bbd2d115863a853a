"""What a comparison of mitigations of numbers found, in plain sentences in the unit of the label."""

from __future__ import annotations

from typing import Any

import pandas as pd

from biasaudit.audits.findings.gap_records import known, known_interval
from biasaudit.inference.verdicts import NOT_SHOWN, SHOWN
from biasaudit.metrics.units import SMALL
from biasaudit.mitigation.measures import get_measure
from biasaudit.mitigation.sentences import display_name, front_sentence
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.text import clean, group_name

__all__ = ["findings"]

TRUE = "true_root_mean_squared_error"
WORDS = {
    "mean_prediction": "the mean prediction",
    "mean_error": "the mean error",
    "mean_absolute_error": "the mean absolute error",
}


def findings(comparison: Any) -> tuple[Finding, ...]:
    """Say of each mitigation what it does to harm and cost, to the true error and to the groups."""
    rows = {(row["mitigation"], row["figure"]): row for row in comparison.to_frame().to_dict("records")}
    front = {row["mitigation"]: row for row in comparison.pareto().to_dict("records")}
    gains = comparison.gains()
    harm, cost = comparison.settings["harm"], comparison.settings["cost"]
    found, names = [], comparison.names[1:]
    for name in names:
        changes = f"{_change(comparison, rows[name, harm])}; {_change(comparison, rows[name, cost])}"
        found.append(
            _finding(rows[name, harm], f"{display_name(name)}: {changes}. {front_sentence(front[name])}", "range")
        )
    if comparison.true_label is not None:
        found += [
            _finding(rows[name, TRUE], f"{display_name(name)}: {_change(comparison, rows[name, TRUE])}.", "pair")
            for name in names
        ]
    for name in names:
        found += _moved(comparison, name, gains[(gains["mitigation"] == name) & (gains["metric"] == harm)])
    return tuple(found)


def _finding(row: dict[Any, Any], sentence: str, kind: str) -> Finding:
    """Take the change as the estimate, and what was before and after as the values."""
    return Finding(
        sentence,
        row["verdict"],
        row["figure"],
        "difference",
        kind,
        benefit=bool(row["change"] * get_measure(row["figure"]).better > 0),
        estimate=known(row["change"]),
        interval=known_interval({"low": row["change_low"], "high": row["change_high"]}),
        values=(known(row["estimate"]), known(row["estimate"] - row["change"])),
    )


def _change(comparison: Any, row: dict[Any, Any]) -> str:
    measure, name = get_measure(row["figure"]), row["figure"]
    after, by = row["estimate"], row["change"]
    if by != by:
        return f"{measure.label}: undefined, cannot tell"
    written = comparison.value_text
    if name == "seconds":
        return f"{measure.label}: {written(after, name)}"
    unit = "" if name == "r_squared" else _unit(comparison)
    values = f"from {written(after - by, name)} to {written(after, name)}{unit}"
    low, high = row["change_low"], row["change_high"]
    if row["verdict"] == SHOWN:
        least, most = (written(end, name) for end in sorted((abs(low), abs(high))))
        return f"{measure.label} {'rises' if by > 0 else 'falls'} {values} (by {least} to {most})"
    ends = f"{_signed(comparison, low, name)} to {_signed(comparison, high, name)}"
    if row["verdict"] == NOT_SHOWN:
        small = SMALL if name == "r_squared" else comparison.unit.small
        return f"{measure.label} goes {values}, no change beyond {written(small, name)} ({ends})"
    counted = " once all comparisons count" if low > 0 or high < 0 else ""
    return f"{measure.label} goes {values}, which may be chance{counted} ({ends})"


def _unit(comparison: Any) -> str:
    return f" {clean(comparison.unit.after_value)}" if comparison.unit.after_value else ""


def _signed(comparison: Any, value: float, name: str) -> str:
    return f"{'+' if value >= 0 else '-'}{comparison.value_text(abs(value), name)}" if value == value else "undefined"


def _moved(comparison: Any, name: str, gains: pd.DataFrame) -> list[Finding]:
    """Tell the group whose mean rises most, and the one where it falls most."""
    shown = gains[gains["verdict"] == SHOWN]
    risen, fallen = shown[shown["difference"] > 0], shown[shown["difference"] < 0]
    ends = [*risen.nlargest(1, "difference").to_dict("records"), *fallen.nsmallest(1, "difference").to_dict("records")]
    return [
        Finding(
            f"{display_name(name)}: {WORDS[row['metric']]} for {group_name(row['group'])} goes from "
            f"{comparison.value_text(row['before'], row['metric'])} to "
            f"{comparison.value_text(row['after'], row['metric'])}{_unit(comparison)} "
            f"({_signed(comparison, row['low'], row['metric'])} to "
            f"{_signed(comparison, row['high'], row['metric'])}).",
            SHOWN,
            row["metric"],
            "difference",
            "pair",
            row["group"],
            estimate=row["difference"],
            interval=(row["low"], row["high"]),
            values=(row["after"], row["before"]),
        )
        for row in ends
    ]
