"""A comparison as text for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from biasaudit.mitigation.measures import Measure, get_measure
from biasaudit.mitigation.registry import MITIGATIONS, NUMBER_MITIGATIONS
from biasaudit.mitigation.sentences import display_name
from biasaudit.reporting.formats.markdown import escape
from biasaudit.reporting.words.text import clean

__all__ = ["markdown", "markdown_table", "notes", "text", "title"]

NEEDS_GROUP = {row.name for row in (*MITIGATIONS, *NUMBER_MITIGATIONS) if row.needs_group}
FRONT_MARK, NEEDS_MARK = "*", "†"
TRUE = ("true_accuracy", "true_root_mean_squared_error")


def text(comparison: Any) -> str:
    """Write the main figures and what was found of them; the rest is in `to_frame`, `gains` and `findings`."""
    settings = comparison.settings
    harm, cost = settings["harm"], settings["cost"]
    wanted = {*comparison.always, cost, harm, *TRUE, "seconds"}
    measures = [measure for measure in comparison.figures if measure.name in wanted]
    rows = _cells(comparison, measures, brief=True)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    main = [f for f in comparison.findings() if f.metric in (harm, *TRUE)]
    sentences = [f"[{finding.verdict}] {finding.sentence}" for finding in main]
    warnings = [f"Mind: {note}" for note in comparison.warnings]
    blocks = [[title(comparison)], lines, notes(comparison), sentences, warnings]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def markdown(comparison: Any) -> str:
    """Write all figures and all that was found as Markdown."""
    sentences = [f"- **{finding.verdict}** {escape(finding.sentence)}" for finding in comparison.findings()]
    blocks = [f"# {escape(title(comparison))}", markdown_table(comparison, comparison.figures)]
    blocks += [*map(escape, notes(comparison)), "## What was found", "\n".join(sentences)]
    if comparison.warnings:
        blocks += ["## Before you rely on this", "\n".join(f"- {escape(note)}" for note in comparison.warnings)]
    return "\n\n".join(blocks) + "\n"


def markdown_table(comparison: Any, measures: Sequence[Measure]) -> str:
    """Write some figures of every mitigation as a table of Markdown."""
    head, *rows = ([escape(cell) for cell in row] for row in _cells(comparison, measures, brief=False))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---", *["---:"] * len(measures)], *rows))


def _cells(comparison: Any, measures: Sequence[Measure], *, brief: bool) -> list[list[str]]:
    values = {(row["mitigation"], row["figure"]): row for row in comparison.to_frame().to_dict("records")}
    front = set(comparison.pareto().query("on_front")["mitigation"])
    rows = [["Mitigation", *(measure.short for measure in measures)]]
    for name in comparison.names:
        marks = f" {NEEDS_MARK}" * (name in NEEDS_GROUP) + f" {FRONT_MARK}" * (name in front)
        rows.append(
            [
                display_name(name) + marks,
                *(_cell(comparison, values[name, measure.name], brief) for measure in measures),
            ]
        )
    return rows


def _cell(comparison: Any, row: dict[str, Any], brief: bool) -> str:
    estimate, low, high = (comparison.value_text(row[name], row["figure"]) for name in ("estimate", "low", "high"))
    if brief and row["figure"] == "seconds":
        return str(estimate)
    return f"{estimate} ({low}–{high})" if estimate != "undefined" else "undefined"


def notes(comparison: Any) -> list[str]:
    """Say what the marks mean, and what the intervals hold."""
    settings = comparison.settings
    harm, cost = (get_measure(settings[axis]).label for axis in ("harm", "cost"))
    notes = [f"{FRONT_MARK} on the Pareto front of {harm} against {cost}, by estimates."]
    if NEEDS_GROUP & set(comparison.names):
        notes.append(f"{NEEDS_MARK} has to know each person's group when it decides, which law or data may not allow.")
    notes.append(
        f"{100 * settings['confidence']:g} % intervals, of decisions for rows that the model had not seen; they hold "
        "the trained models for given."
    )
    return notes


def title(comparison: Any) -> str:
    """Say what was compared, on what and how."""
    settings = comparison.settings
    times = "" if settings["repeats"] == 1 else f" × {settings['repeats']}"
    groups = " × ".join(map(clean, settings["sensitive_features"]))
    how = f"{clean(settings['model'])}, {settings['folds']} folds{times}, {len(comparison.y):,} rows"
    return f'Mitigations on "{clean(settings["dataset"])}" by {groups}: {how}'
