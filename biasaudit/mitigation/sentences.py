"""A comparison in words, as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from biasaudit.mitigation.comparison import get_figure
from biasaudit.mitigation.registry import BASELINE, MITIGATIONS
from biasaudit.reporting.markdown import escape
from biasaudit.reporting.report import Finding
from biasaudit.reporting.text import group_name
from biasaudit.statistics.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN

if TYPE_CHECKING:
    from biasaudit.mitigation.comparison import Comparison

__all__ = ["findings", "markdown", "text"]

LABELS = {row.name: row.label for row in (BASELINE, *MITIGATIONS)}
NEEDS_GROUP = {row.name for row in MITIGATIONS if row.needs_group}
ASKS_FOR_GROUP = "† has to know the group of each person when it decides, which law or data may not allow."
METRICS = {
    "selection_rate": "positive decisions",
    "true_positive_rate": "positive decisions among those with a positive label",
    "false_positive_rate": "positive decisions among those with a negative label",
}


def _called(name: str) -> str:
    return LABELS.get(name, name)


def _number(value: float, figure: str) -> str:
    if value != value:
        return "undefined"
    return (
        f"{value:.1f}"
        if figure == "seconds" and value >= 10
        else f"{value:.2f}"
        if figure == "seconds"
        else f"{value:.3f}"
    )


def _with_interval(row: Any, low: str = "low", high: str = "high", value: str = "estimate") -> str:
    ends = (_number(row[name], row["figure"]) for name in (low, high))
    return f"{_number(row[value], row['figure'])} ({' to '.join(ends)})"


def findings(comparison: Comparison) -> tuple[Finding, ...]:
    """Say of each mitigation what it does to harm and cost, to the true label and to the groups."""
    table = comparison.to_frame().set_index(["mitigation", "figure"], drop=False)
    harm, cost = comparison.settings["harm"], comparison.settings["cost"]
    gains, front = comparison.gains(), comparison.pareto().set_index("mitigation", drop=False)
    found = []
    for name in comparison.names[1:]:
        row = table.loc[(name, harm)]
        found.append(
            Finding(
                f"{_called(name)}: {_change(row)}; {_change(table.loc[(name, cost)])}. {_front(front.loc[name])}",
                row["verdict"],
                harm,
                "difference",
                "range",
            )
        )
        if comparison.true_label is not None:
            found += _against_truth(name, table.loc[(name, "accuracy")], table.loc[(name, "true_accuracy")])
        found += _moved(name, gains[gains["mitigation"] == name])
    return tuple(found)


def _change(row: pd.Series) -> str:
    figure = get_figure(row["figure"])
    before, by = row["estimate"] - row["change"], row["change"]
    if row["verdict"] == SHOWN:
        verb = "rises" if by > 0 else "falls"
        ends = " to ".join(_number(v, figure.name) for v in sorted((abs(row["change_low"]), abs(row["change_high"]))))
        return f"{figure.label} {verb} from {_number(before, figure.name)} to {_number(row['estimate'], figure.name)} (by {ends}, shown)"
    ends = f"{row['change_low']:+.3f} to {row['change_high']:+.3f}"
    if figure.name == "seconds":
        return f"{figure.label}: {_number(before, 'seconds')} before, {_number(row['estimate'], 'seconds')} with it"
    said = {NOT_SHOWN: "no change shown", CANNOT_TELL: "cannot tell whether it changes"}[row["verdict"]]
    return f"{figure.label}: {said} ({_number(before, figure.name)} to {_number(row['estimate'], figure.name)}, change {ends})"


def _front(row: pd.Series) -> str:
    if row["beaten_by"]:
        names = ", ".join(_called(name) for name in row["beaten_by"][:3])
        return f"Better in both, shown: {names}."
    share = f"{100 * row['front_share']:.0f} % of resamples"
    return f"On the front of the estimates, and in {share}." if row["on_front"] else f"Off the front; on it in {share}."


def _against_truth(name: str, measured: pd.Series, true: pd.Series) -> list[Finding]:
    """Say where the labels mislead: what accuracy seems to do against what it does."""
    said = f"{_called(name)} against the true label: {_change(true)}."
    if true["verdict"] == SHOWN and true["change"] > 0 and measured["change"] < 0:
        said += (
            f" Measured by the recorded label accuracy falls ({_number(measured['estimate'] - measured['change'], 'accuracy')}"
            f" to {_number(measured['estimate'], 'accuracy')}): the recorded labels are biased, and what looks like a cost is a gain."
        )
    elif true["verdict"] == SHOWN and true["change"] < 0 and measured["change"] > 0:
        said += (
            " By the recorded label accuracy seems to rise: the recorded labels are biased, and the gain is not real."
        )
    return [Finding(said, true["verdict"], "true_accuracy", "difference", "pair")]


def _moved(name: str, gains: pd.DataFrame) -> list[Finding]:
    """Tell the group whose share of positive decisions rises most, and the one where it falls most."""
    shown = gains[(gains["verdict"] == SHOWN) & (gains["metric"] == "selection_rate")].sort_values("difference")
    ends = [shown.iloc[i] for i in (-1, 0)] if len(shown) > 1 else [row for _, row in shown.iterrows()]
    chosen = [row for i, row in enumerate(ends) if len(ends) == 1 or (row["difference"] > 0) == (i == 0)]
    return [
        Finding(
            f"{_called(name)}: {METRICS['selection_rate']} for {group_name(row['group'])} "
            f"{'rise' if row['difference'] > 0 else 'fall'} from {100 * row['before']:.1f} to {100 * row['after']:.1f} % "
            f"({100 * row['low']:+.1f} to {100 * row['high']:+.1f} points).",
            SHOWN,
            "selection_rate",
            "difference",
            "pair",
            row["group"],
        )
        for row in chosen
    ]


def _cells(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    table = comparison.to_frame().set_index(["mitigation", "figure"], drop=False)
    heads = ["Mitigation", *(figure.short for figure in comparison.figures)]
    front = comparison.pareto().set_index("mitigation")["on_front"]
    rows = [
        [
            _called(name) + (" †" if name in NEEDS_GROUP else "") + (" *" if front[name] else ""),
            *(_with_interval(table.loc[(name, figure.name)]) for figure in comparison.figures),
        ]
        for name in comparison.names
    ]
    return heads, rows


def _notes(comparison: Comparison) -> list[str]:
    asked = comparison.settings
    notes = [
        f"* on the front of {get_figure(asked['harm']).label} against {get_figure(asked['cost']).label}, by estimates.",
    ]
    if NEEDS_GROUP & set(comparison.names):
        notes.append(ASKS_FOR_GROUP)
    notes.append(
        f"{100 * asked['confidence']:g} % intervals of rows decided by models that had not seen them; they hold the "
        "trained models for given. Seconds: mean time to train and decide, t interval over the fits."
    )
    return notes


def _title(comparison: Comparison) -> str:
    asked = comparison.settings
    times = "" if asked["repeats"] == 1 else f" × {asked['repeats']}"
    return (
        f'Mitigations on "{asked["dataset"]}" by {", ".join(asked["sensitive_features"])}: {asked["model"]}, '
        f"{asked['folds']} folds{times}, {len(comparison.y):,} rows"
    )


def text(comparison: Comparison) -> str:
    """Write the table and the sentences for a terminal."""
    heads, rows = _cells(comparison)
    widths = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in (heads, *rows)]
    said = [f"[{finding.verdict}] {finding.sentence}" for finding in comparison.findings()]
    warned = [f"Mind: {warning}" for warning in comparison.warnings]
    return "\n".join(
        [_title(comparison), "", *lines, "", *_notes(comparison), "", *said, *([""] if warned else []), *warned]
    )


def markdown(comparison: Comparison) -> str:
    """Write the table and the sentences as Markdown."""
    heads, rows = _cells(comparison)
    table = [heads, ["---", *("---:" for _ in heads[1:])], *([escape(cell) for cell in row] for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in table]
    said = [f"- **{finding.verdict}** {escape(finding.sentence)}" for finding in comparison.findings()]
    blocks = [
        f"# {escape(_title(comparison))}",
        "\n".join(lines),
        *map(escape, _notes(comparison)),
        "## What was found",
    ]
    blocks.append("\n".join(said))
    if comparison.warnings:
        blocks += ["## Before you rely on this", "\n".join(f"- {escape(warning)}" for warning in comparison.warnings)]
    return "\n\n".join(blocks) + "\n"
