"""A comparison as text for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from biasaudit.mitigation.measures import Figure, get_figure
from biasaudit.mitigation.registry import MITIGATIONS
from biasaudit.mitigation.sentences import called, written
from biasaudit.reporting.formats.markdown import escape
from biasaudit.reporting.words.text import clean

__all__ = ["markdown", "markdown_table", "notes", "text", "title"]

NEEDS_GROUP = {row.name for row in MITIGATIONS if row.needs_group}
ON_FRONT, ASKS = "*", "†"


def text(comparison: Any) -> str:
    """Write the main figures and what was found of them; the rest is in `to_frame`, `gains` and `findings`."""
    asked = comparison.settings
    wanted = dict.fromkeys(("accuracy", asked["cost"], "selection_ratio", asked["harm"], "true_accuracy", "seconds"))
    figures = [figure for figure in comparison.figures if figure.name in wanted]
    rows = _cells(comparison, figures, brief=True)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    told = [f for f in comparison.findings() if f.metric in (asked["harm"], "true_accuracy")]
    said = [f"[{finding.verdict}] {finding.sentence}" for finding in told]
    blocks = [[title(comparison)], lines, notes(comparison), said, [f"Mind: {note}" for note in comparison.warnings]]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def markdown(comparison: Any) -> str:
    """Write all figures and all that was found as Markdown."""
    said = [f"- **{finding.verdict}** {escape(finding.sentence)}" for finding in comparison.findings()]
    blocks = [f"# {escape(title(comparison))}", markdown_table(comparison, comparison.figures)]
    blocks += [*map(escape, notes(comparison)), "## What was found", "\n".join(said)]
    if comparison.warnings:
        blocks += ["## Before you rely on this", "\n".join(f"- {escape(note)}" for note in comparison.warnings)]
    return "\n\n".join(blocks) + "\n"


def markdown_table(comparison: Any, figures: Sequence[Figure]) -> str:
    """Write some figures of every mitigation as a table of Markdown."""
    head, *rows = ([escape(cell) for cell in row] for row in _cells(comparison, figures, brief=False))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---", *["---:"] * len(figures)], *rows))


def _cells(comparison: Any, figures: Sequence[Figure], *, brief: bool) -> list[list[str]]:
    values = {(row["mitigation"], row["figure"]): row for row in comparison.to_frame().to_dict("records")}
    front = set(comparison.pareto().query("on_front")["mitigation"])
    rows = [["Mitigation", *(figure.short for figure in figures)]]
    for name in comparison.names:
        marks = f" {ASKS}" * (name in NEEDS_GROUP) + f" {ON_FRONT}" * (name in front)
        rows.append([called(name) + marks, *(_cell(values[name, figure.name], brief) for figure in figures)])
    return rows


def _cell(row: dict[str, Any], brief: bool) -> str:
    estimate, low, high = (written(row[name], row["figure"]) for name in ("estimate", "low", "high"))
    if brief and row["figure"] == "seconds":
        return estimate
    return f"{estimate} ({low}–{high})" if estimate != "undefined" else estimate


def notes(comparison: Any) -> list[str]:
    """Say what the marks mean, and what the intervals hold."""
    asked = comparison.settings
    harm, cost = (get_figure(asked[axis]).label for axis in ("harm", "cost"))
    notes = [f"{ON_FRONT} on the Pareto front of {harm} against {cost}, by estimates."]
    if NEEDS_GROUP & set(comparison.names):
        notes.append(f"{ASKS} has to know each person's group when it decides, which law or data may not allow.")
    notes.append(
        f"{100 * asked['confidence']:g} % intervals, of decisions for rows that the model had not seen; they hold the "
        "trained models for given."
    )
    return notes


def title(comparison: Any) -> str:
    """Say what was compared, on what and how."""
    asked = comparison.settings
    times = "" if asked["repeats"] == 1 else f" × {asked['repeats']}"
    groups = " × ".join(map(clean, asked["sensitive_features"]))
    how = f"{clean(asked['model'])}, {asked['folds']} folds{times}, {len(comparison.y):,} rows"
    return f'Mitigations on "{clean(asked["dataset"])}" by {groups}: {how}'
