"""A comparison as JSON, as a page and as what a notebook shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd

from biasaudit.inference.verdicts import SHOWN
from biasaudit.mitigation.layout import title
from biasaudit.mitigation.measures import Measure, get_measure
from biasaudit.mitigation.sentences import display_name
from biasaudit.reporting.formats.html import to_fragment, to_html
from biasaudit.reporting.formats.without_tables import report_without_tables
from biasaudit.reporting.report import Column, Report, Section
from biasaudit.reporting.words.text import capitalised

__all__ = ["as_json", "fragment", "html"]

SCHEMA = "biasaudit-comparison/1"
CHANGES = (
    Column("mitigation", "Mitigation"),
    Column("estimate", "Value", "number", ("low", "high")),
    Column("change", "Change", "number", ("change_low", "change_high")),
    Column("verdict", "Verdict", "verdict"),
)


def as_json(comparison: Any) -> str:
    """Write all figures and all that was found as JSON."""
    parts = {"figures": comparison.to_frame(), "pareto": comparison.pareto(), "gains": comparison.gains()}
    document = {
        "schema": SCHEMA,
        "settings": dict(comparison.settings),
        "findings": [{"sentence": f.sentence, "verdict": f.verdict} for f in comparison.findings()],
        "warnings": list(comparison.warnings),
        **{name: json.loads(part.to_json(orient="records", double_precision=12)) for name, part in parts.items()},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def html(comparison: Any) -> str:
    """Write all figures, all that was found and what it does to each group as one page of HTML."""
    return to_html(_report(comparison))


def fragment(comparison: Any) -> str:
    """Write what was found as a piece of HTML for a notebook."""
    return to_fragment(_report(comparison))


def _report(comparison: Any) -> Report:
    table, gains = comparison.to_frame(), comparison.gains()
    sections = [_figure(measure, table) for measure in comparison.figures]
    sections += [
        Section(name, f"{words} by group", (), comparison.gain_columns, _rows(gains[gains["metric"] == name]))
        for name, words in comparison.moved.items()
        if (gains["metric"] == name).any()
    ]
    return report_without_tables(
        title(comparison),
        _headline(comparison, table),
        # A change is shown or not; it is no gap.
        findings=tuple(replace(finding, kind="section") for finding in comparison.findings()),
        sections=sections,
        settings=comparison.settings,
        rows=len(comparison.y),
        warnings=comparison.warnings,
    )


def _headline(comparison: Any, table: pd.DataFrame) -> str:
    harm, tried = comparison.settings["harm"], len(comparison.names) - 1
    shown = table[(table["figure"] == harm) & (table["verdict"] == SHOWN)]["mitigation"]
    what = f"shown to change the {get_measure(harm).label}"
    if not len(shown):
        return f"{f'None of {tried} mitigations is' if tried != 1 else 'The mitigation is not'} {what}."
    named = ", ".join(map(display_name, shown))
    return (
        f"Of {tried} mitigation{'s' * (tried != 1)}, {len(shown)} {'is' if len(shown) == 1 else 'are'} {what}: {named}."
    )


def _figure(measure: Measure, table: pd.DataFrame) -> Section:
    label, rows = measure.label, _rows(table[table["figure"] == measure.name])
    return Section(measure.name, capitalised(label), (), CHANGES, rows)


def _rows(table: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Turn a table into rows; the unmitigated model changes nothing and has no verdict."""
    rows = table.assign(mitigation=table["mitigation"].map(display_name)).to_dict("records")
    return tuple({str(k): None if k == "verdict" and not v else v for k, v in row.items()} for row in rows)
