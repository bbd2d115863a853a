"""What a comparison found, in plain sentences, each with its verdict."""

from __future__ import annotations

from typing import Any

import pandas as pd

from biasaudit.audits.findings.gap_records import known, known_interval
from biasaudit.inference.verdicts import NOT_SHOWN, SHOWN
from biasaudit.metrics.units import TOLERANCE
from biasaudit.mitigation.measures import get_measure
from biasaudit.mitigation.registry import BASELINE, MITIGATIONS, NUMBER_MITIGATIONS
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.text import clean, group_name

__all__ = ["display_name", "findings", "front_sentence", "measure_text"]

LABELS = {row.name: row.label for row in (BASELINE, *MITIGATIONS, *NUMBER_MITIGATIONS)}
MOST_NAMED = 3


def display_name(name: str) -> str:
    """Return the words for a mitigation: its label, or the name that the user gave it."""
    return LABELS.get(name) or clean(name)


def measure_text(value: float, measure: str) -> str:
    """Write the value of a figure.

    Examples
    --------
    >>> measure_text(0.1234, "accuracy"), measure_text(12.345, "seconds"), measure_text(float("nan"), "accuracy")
    ('0.123', '12.35', 'undefined')
    """
    if value != value:
        return "undefined"
    return f"{value:.2f}" if measure == "seconds" else f"{value:.3f}"


def findings(comparison: Any) -> tuple[Finding, ...]:
    """Say of each mitigation what it does to harm and cost, to accuracy against the true label and to the groups."""
    rows = {(row["mitigation"], row["figure"]): row for row in comparison.to_frame().to_dict("records")}
    front = {row["mitigation"]: row for row in comparison.pareto().to_dict("records")}
    gains = comparison.gains()
    harm, cost = comparison.settings["harm"], comparison.settings["cost"]
    names = comparison.names[1:]
    found = [_harm_and_cost(name, rows[name, harm], rows[name, cost], front[name]) for name in names]
    if comparison.true_label is not None:
        found += [_against_truth(name, rows[name, "accuracy"], rows[name, "true_accuracy"]) for name in names]
    for name in names:
        found += _moved(name, gains[gains["mitigation"] == name])
    return tuple(found)


def _harm_and_cost(name: str, harm: dict[Any, Any], cost: dict[Any, Any], front: dict[Any, Any]) -> Finding:
    sentence = f"{display_name(name)}: {_change(harm)}; {_change(cost)}. {front_sentence(front)}"
    better = bool(harm["change"] * get_measure(harm["figure"], harm=True).better > 0)
    return Finding(sentence, harm["verdict"], harm["figure"], "difference", "range", benefit=better, **_numbers(harm))


def _numbers(row: dict[Any, Any]) -> dict[str, Any]:
    """Take the change as the estimate, and what was before and after as the values."""
    before, after = known(row["estimate"] - row["change"]), known(row["estimate"])
    limits = {"low": row["change_low"], "high": row["change_high"]}
    return {"estimate": known(row["change"]), "interval": known_interval(limits), "values": (after, before)}


def _change(row: dict[Any, Any]) -> str:
    measure = get_measure(row["figure"])
    after, by = row["estimate"], row["change"]
    if by != by:
        return f"{measure.label}: undefined, cannot tell"
    values = f"from {measure_text(after - by, measure.name)} to {measure_text(after, measure.name)}"
    if measure.name == "seconds":
        return f"{measure.label}: {measure_text(after, measure.name)}"
    if row["verdict"] == SHOWN:
        least, most = sorted((abs(row["change_low"]), abs(row["change_high"])))
        return f"{measure.label} {'rises' if by > 0 else 'falls'} {values} (by {least:.3f} to {most:.3f})"
    ends = f"{row['change_low']:+.3f} to {row['change_high']:+.3f}"
    if row["verdict"] == NOT_SHOWN:
        return f"{measure.label} goes {values}, no change beyond {TOLERANCE['difference'][1]:g} ({ends})"
    counted = " once all comparisons count" if row["change_low"] > 0 or row["change_high"] < 0 else ""
    return f"{measure.label} goes {values}, which may be chance{counted} ({ends})"


def front_sentence(row: dict[Any, Any]) -> str:
    """Say who does better in both, if anybody."""
    if row["beaten_by"]:
        return f"Shown to do better in both: {', '.join(map(display_name, row['beaten_by'][:MOST_NAMED]))}."
    share = f"{100 * row['front_share']:.0f} % of resamples"
    if row["on_front"]:
        return f"Nothing tried here is better in both; nor is it in {share}."
    return f"Something else here is better in both, though not in {share}."


def _against_truth(name: str, measured: dict[Any, Any], true: dict[Any, Any]) -> Finding:
    """Say where the recorded labels mislead: what accuracy seems to do against what it does."""
    sentence = f"{display_name(name)}: {_change(true)}."
    before, after = (
        measure_text(value, "accuracy") for value in (measured["estimate"] - measured["change"], measured["estimate"])
    )
    both = true["verdict"] == measured["verdict"] == SHOWN
    if both and true["change"] > 0 > measured["change"]:
        sentence += (
            f" By the recorded label it falls from {before} to {after}: the recorded labels are biased, and what looks "
            "like a cost is a gain."
        )
    elif both and true["change"] < 0 < measured["change"]:
        sentence += (
            f" By the recorded label it rises from {before} to {after}: the recorded labels are biased, and what looks "
            "like a gain is a loss."
        )
    better = bool(true["change"] > 0)
    return Finding(sentence, true["verdict"], "true_accuracy", "difference", "pair", benefit=better, **_numbers(true))


def _moved(name: str, gains: pd.DataFrame) -> list[Finding]:
    """Tell the group whose share of positive decisions rises most, and the one where it falls most."""
    shown = gains[(gains["verdict"] == SHOWN) & (gains["metric"] == "selection_rate")]
    risen, fallen = shown[shown["difference"] > 0], shown[shown["difference"] < 0]
    ends = [*risen.nlargest(1, "difference").to_dict("records"), *fallen.nsmallest(1, "difference").to_dict("records")]
    return [
        Finding(
            f"{display_name(name)}: positive decisions for {group_name(row['group'])} go from "
            f"{100 * row['before']:.1f} to {100 * row['after']:.1f} % "
            f"({100 * row['low']:+.1f} to {100 * row['high']:+.1f} points).",
            SHOWN,
            "selection_rate",
            "difference",
            "pair",
            row["group"],
            estimate=row["difference"],
            interval=(row["low"], row["high"]),
            values=(row["after"], row["before"]),
        )
        for row in ends
    ]
