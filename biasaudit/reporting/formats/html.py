"""Reports as one page of HTML that opens offline; everything that comes from the data is escaped by the template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biasaudit.reporting.formats.sections import section_table
from biasaudit.reporting.report import Finding, Record, Report, Section
from biasaudit.reporting.words.breakdowns import (
    Breakdown,
    any_pooled,
    breakdowns,
    everyone,
    key_metrics,
    thing_of,
    words_of,
)
from biasaudit.reporting.words.forest import MOST_ROWS, forest
from biasaudit.reporting.words.ridges import Ridges, ridges, variables_of
from biasaudit.reporting.words.tables import (
    TextTable,
    gap_table,
    gap_words,
    glossary,
    inequality,
    left_out,
    rate_table,
    weight,
)
from biasaudit.reporting.words.text import capitalised, clean, count, head, level_name, percent, unit_head
from biasaudit.reporting.words.words import (
    BENEFIT,
    VERDICTS,
    VerdictWords,
    interval_head,
    notes,
    setting_rows,
    verdict_of,
)

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "finding_page", "section_pages", "to_fragment", "to_html"]

# A page that can be mailed and read: what is left out is in the JSON report, and the page says so.
FINDINGS_FIRST, MOST_FINDINGS = 6, 60
MOST_GAPS, MOST_RATES, MOST_GROUPS, MOST_PLOTTED, FEWEST_PLOTTED = 1200, 1500, 60, 900, 6
FOLD_FROM = 16
MOST_BYTES = 1_500_000


def to_html(report: Report) -> str:
    """Write a report as a page of HTML: the answer, plots by group, tables, method.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        One document without scripts, fonts, pictures or links to anywhere else.
    """
    template, page = environment().get_template("page.html"), ""
    for times_fewer in (1, 2, 4, 16):
        page = template.render(page=_page(report, times_fewer)).lstrip()
        if len(page.encode("utf-8", "replace")) <= MOST_BYTES:
            break
    return page


def to_fragment(report: Report) -> str:
    """Write the answer and the plots as a piece of HTML for a notebook."""
    return environment().get_template("fragment.html").render(page=_head(report, breakdowns(report))).lstrip()


@cache
def environment() -> Environment:
    """Return what renders the templates, escaping everything."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _prose(text: str, most: int = 800) -> str:
    r"""Set a sentence: cut if it is very long, and no line break between a number and its unit.

    Examples
    --------
    >>> _prose("a gap of 5 points")
    'a gap of 5\xa0points'
    """
    return re.sub(r"(?<=[\d∞]) (?=%|points)", "\u00a0", clean(text, most))


def _head(report: Report, arranged: list[Breakdown]) -> dict[str, Any]:
    """Gather what both the page and the notebook show."""
    overall = everyone(report)
    plots = len(arranged) * len(key_metrics(report))
    most = max(FEWEST_PLOTTED, min(MOST_ROWS, MOST_PLOTTED // max(1, plots)))
    first, rest = report.findings[:FINDINGS_FIRST], report.findings[FINDINGS_FIRST:MOST_FINDINGS]
    return {
        "title": _prose(report.title, 200),
        "headline": _prose(report.headline),
        "about": _prose(_about(report, arranged)),
        "findings": [finding_page(finding) for finding in first],
        "more_findings": [finding_page(finding) for finding in rest],
        "findings_omitted": max(0, len(report.findings) - MOST_FINDINGS),
        "warnings": [_prose(text) for text in report.warnings],
        "splits": [_breakdown(report, breakdown, i, overall, most) for i, breakdown in enumerate(arranged)],
        "interval": interval_head(report.settings),
        "pooled": any_pooled(report),
        "thing": thing_of(report),
        "has_ridges": bool(report.distributions),
    }


def _page(report: Report, times_fewer: int = 1) -> dict[str, Any]:
    """Gather all that the page shows; `times_fewer` shortens the tables of a page that grew too heavy."""
    arranged = breakdowns(report)
    gaps, gaps_omitted = _gaps(report, arranged, MOST_GAPS // times_fewer)
    rates, rates_omitted = _rates(report, arranged, MOST_RATES // times_fewer)
    page = _head(report, arranged) | {
        "who": f"{count(report.rows)} {clean(report.unit, 40)} were read.",
        "left_out": left_out(report),
        "gaps": gaps,
        "gaps_omitted": gaps_omitted and count(gaps_omitted),
        "rates": rates,
        "rates_omitted": rates_omitted and count(rates_omitted),
        "inequality": inequality(report),
        "sections": section_pages(report.sections, report.settings),
        "glossary": glossary(report),
        "notes": notes(report.settings, pooled=any_pooled(report), thing=thing_of(report)),
        "settings": setting_rows(report.settings),
        "version": clean(report.package_version),
    }
    return page | {"links": list(_links(page))}


def _about(report: Report, arranged: list[Breakdown]) -> str:
    features = [f"{s.name} ({len(s.groups)} groups)" for s in arranged if len(s.features) == 1]
    counted = f"{count(report.rows)} {clean(report.unit, 40)}"
    return f"{counted}; {', '.join(features)}." if features else f"{counted}."


def section_pages(sections: Sequence[Section], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Gather what the template shows of each section."""
    return [_section(i, section, *section_table(section, settings)) for i, section in enumerate(sections)]


def _section(number: int, section: Section, table: TextTable | None, omitted: int) -> dict[str, Any]:
    return {
        "id": f"section-{number}",
        "title": clean(section.title, 200),
        "sentences": [_prose(text) for text in section.sentences],
        "table": table,
        "folded": f"Table: {count(len(section.rows))} rows" if len(section.rows) >= FOLD_FROM else "",
        "omitted": omitted,
    }


def _links(page: dict[str, Any]) -> Iterable[dict[str, str]]:
    names = {"who": "Who is in the data"}
    names |= {section["id"]: section["title"] for section in page["sections"]}
    names |= {s["id"]: f"By {s['name']}" for s in page["splits"] if s["forests"] or s["ridges"]}
    names |= {"gaps": "Every gap"} if page["gaps"] else {}
    names |= {"rates": f"Every {page['thing']}"} if page["rates"] else {}
    names |= {"method": "How to read this", "asked": "What was asked"}
    return ({"id": id_, "words": words} for id_, words in names.items())


def _verdict(verdict: str, material: bool | None = None) -> dict[str, str]:
    """Describe a verdict for the template; one that is not known is shown as it is, never as a pass."""
    words = VERDICTS.get(verdict, VerdictWords(clean(verdict), "?", "diamond", ""))
    slug = verdict.replace(" ", "-") if verdict in VERDICTS else "cannot-tell"
    small = ", but small" if verdict == "shown" and material is False else ""
    return {"slug": slug, "label": words.label + small, "shape": words.shape}


def finding_page(finding: Finding) -> dict[str, Any]:
    """Gather what the template shows of a finding."""
    verdict = _verdict(finding.verdict)
    words = verdict_of(finding)
    if words:
        verdict |= {"label": words.label, "shape": words.shape}
    if words is BENEFIT:
        verdict |= {"slug": "benefit"}
    return {"verdict": verdict, "sentence": _prose(finding.sentence)}


def _breakdown(
    report: Report, breakdown: Breakdown, number: int, overall: dict[str, Record], most: int
) -> dict[str, Any]:
    charted = [metric for metric in key_metrics(report) if metric in breakdown.rates]
    groups = sorted(breakdown.groups, key=lambda row: -row["rows"])
    many = len(breakdown.groups) >= FOLD_FROM
    return {
        "id": f"split-{number}",
        "name": breakdown.name,
        "crossed": len(breakdown.features) > 1,
        "folded": f"{len(breakdown.groups)} groups, {len(charted)} metrics" if many else "",
        "forests": [_forest(report, breakdown, metric, overall.get(metric), most) for metric in charted],
        "ridges": _ridges(report, breakdown),
        "people": [_group_row(row) for row in groups[:MOST_GROUPS]],
        "people_omitted": max(0, len(groups) - MOST_GROUPS),
        "people_caption": f"Rows by {breakdown.name}",
        "people_summary": f"Rows by {breakdown.name}: {len(groups)} groups",
    }


def _ridges(report: Report, breakdown: Breakdown) -> list[Ridges]:
    found = (ridges(report.distributions, name, breakdown.features) for name in variables_of(report.distributions))
    return [drawn for drawn in found if drawn is not None]


def _group_row(row: Record) -> dict[str, Any]:
    share = row["share"] if row["share"] == row["share"] else 0.0
    return {
        "name": level_name(row["group"]),
        "rows": count(row["rows"]),
        "share": percent(row["share"]),
        "width": round(100 * min(1.0, max(0.0, share)), 1),
    }


def _forest(report: Report, breakdown: Breakdown, metric: str, overall: Record | None, most: int) -> dict[str, Any]:
    drawn = forest(metric, breakdown, overall, words_of(metric, report.metrics), most)
    meaning = clean(drawn.words.meaning, 300)
    widest = drawn.widest
    return {
        "label": clean(drawn.words.label),
        "head": unit_head(head(drawn.words.unit), drawn.words.unit),
        "meaning": f"{capitalised(meaning)}." if meaning else "",
        "ticks": drawn.axis.ticks,
        "everyone": drawn.everyone,
        "marks": drawn.marks,
        "pooled": any(mark.pooled for mark in drawn.marks),
        "omitted": drawn.omitted,
        "verdict": _verdict(widest["verdict"], widest["material"]) if widest else None,
        "gap": _prose(gap_words(widest, breakdown, drawn.words.unit)) if widest else "",
    }


def _gaps(report: Report, arranged: list[Breakdown], room: int) -> tuple[list[TextTable], int]:
    """Lay out the gaps that say most, as many as the page holds."""
    everything = sorted((row for breakdown in arranged for row in breakdown.gaps), key=weight)
    chosen = {id(row) for row in everything[:room]}
    rows = [(breakdown, [row for row in breakdown.gaps if id(row) in chosen]) for breakdown in arranged]
    tables = [gap_table(breakdown, part, report.metrics) for breakdown, part in rows if part]
    return tables, len(everything) - len(chosen)


def _rates(report: Report, arranged: list[Breakdown], room: int) -> tuple[list[TextTable], int]:
    """Lay out the rates, the splits with the fewest groups first, as many as the page holds."""
    omitted, tables = 0, []
    for breakdown in sorted(arranged, key=lambda s: len(s.groups)):
        sizes = breakdown.sizes
        largest = sorted(sizes, key=lambda group: -sizes[group])[: max(0, room // max(1, len(breakdown.rates)))]
        names, rows = set(largest), [row for found in breakdown.rates.values() for row in found]
        chosen = [row for row in rows if tuple(row["group"].values()) in names]
        omitted, room = omitted + len(rows) - len(chosen), room - len(chosen)
        if chosen:
            tables.append(rate_table(breakdown, chosen, report.metrics, report.settings, thing_of(report)))
    return tables, omitted
