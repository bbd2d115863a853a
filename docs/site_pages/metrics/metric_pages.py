"""The pages of metrics and of criteria, and the tables of names: written from the registry before Sphinx reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from biasaudit.metrics.composites import Composite
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.registry import aliases

from ..writing import indexed, table, write_folder
from .asking import asking_for
from .criteria import CRITERIA, criterion_page
from .facts import Fact, fact_of, rows
from .formulas import formula_of
from .metric_pictures import Counted, example_of, pictures_of
from .names_pages import TOOLS, clarify_table, links_of, names_of, searched_names, table_of_tool

__all__ = ["make_metric_pages", "metric_page", "pages"]

NEEDS = {
    "y_true": "labels (`y_true`)",
    "y_pred": "decisions (`y_pred`, or `score` with `threshold`)",
    "score": "scores (`score`)",
    "probability": "scores from 0 to 1 (`score`)",
    "y_true_number": "outcomes that are numbers (`y_true`)",
    "y_pred_number": "predictions that are numbers (`y_pred` or `score`)",
    "rank": "rankings (`rank`, or `score`, with `query`)",
    "relevance": "how much somebody deserves to stand above (`relevance`)",
}
NEEDS_OTHERWISE = {
    "errors": "errors and trials (`errors`, `trials`)",
    "words": "what was said and what was heard (`said`, `heard`)",
    "pairs": "a scorer that can be asked (`audit_pairs`)",
    "subgroups": "an outcome and features (`outcome`, `features`)",
    "data": "rows, and better the population as well (`population`)",
}
HARMS = {
    "low": "a low value: less of it harms the group",
    "high": "a high value: more of it harms the group",
    "": 'that depends on what a yes means: say so with `words={"good": "positive"}` or `"negative"`',
}
MORE_OR_LESS = 'that depends on what more of it means: `words={"good": "positive"}` says that more is good'
NO_DIRECTION = "neither direction by itself: groups should be alike"


def pages() -> dict[str, tuple[str, str]]:
    """Return title and path, from docs/understand, of every page of a metric or a criterion."""
    metrics = {row.name: (row.label, f"metrics/made/{row.name}.md") for row in rows()}
    return metrics | {slug: (title, f"criteria/made/{slug}.md") for slug, title in CRITERIA.items()}


def make_metric_pages(srcdir: str | Path) -> None:
    """Write all of them.

    Parameters
    ----------
    srcdir : path
        The site's sources.
    """
    understand = Path(srcdir) / "understand"
    known, metrics = links_of(pages(), "../../"), list(rows())
    texts = {f"{row.name}.md": metric_page(row, fact_of(row), known) for row in metrics}
    texts["overview.txt"] = _overview(metrics)
    texts["order.txt"] = _order(metrics)
    write_folder(understand / "metrics" / "made", texts)
    write_folder(understand / "criteria" / "made", {f"{slug}.md": criterion_page(slug) for slug in CRITERIA})
    tools = {f"names-{tool}.txt": table_of_tool(tool, links_of(pages(), "")) for tool in TOOLS}
    tools |= {f"clarify-{stage}.txt": clarify_table(stage) for stage in ("pre", "post")}
    write_folder(understand / "made", tools)


def metric_page(row: Metric, fact: Fact, links: Mapping[str, str]) -> str:
    """Write the page of a metric."""
    return "\n\n".join(
        [
            f"# {row.label}",
            _index(row, fact),
            f"**{fact.answers}** In the words of the registry: {row.meaning}.",
            _shown(pictures_of(row, fact)),
            "## Formula",
            formula_of(row, fact),
            _facts(row, fact, links),
            "## When it misleads",
            fact.misleads.strip(),
            _example(row, fact),
            "## Ask for it",
            asking_for(row, fact),
            "## Its names elsewhere",
            names_of(row.name),
            "All names of these tools, and where they lead: [names elsewhere](../../names.md).",
            "",
        ]
    )


def _index(row: Metric, fact: Fact) -> str:
    """Lead a search for other names here, but for those that have a page of their own."""
    named = (*(name for name in row.aliases if name not in CRITERIA), *fact.searched)
    return indexed(
        sorted({word for name in named for word in (name, name.replace("_", " "))}) + searched_names(row.name)
    )


def _shown(found: list[Counted]) -> str:
    return "\n\n".join(f"{drawn}\n\n{sentence}" for drawn, sentence in found)


def _example(row: Metric, fact: Fact) -> str:
    found = example_of(row, fact)
    return f"{fact.example['says']}\n\n{_shown(found)}" if found and fact.example else ""


def _facts(row: Metric, fact: Fact, links: Mapping[str, str]) -> str:
    """Write what the registry and metrics.toml say of a metric in short."""
    unit = row.unit
    written = f"{unit.name}, written in {unit.after_value}" if unit.after_value else unit.name
    points = f"; gaps in {unit.after_gap}" if unit.after_gap and unit.after_gap != unit.after_value else ""
    found = [
        ("Unit", written + points),
        ("What harms", _harm(row)),
        ("Needs", _needs(row, fact)),
        ("Name here", f"`{row.name}`"),
        ("Other names here", ", ".join(f"`{other}`" for other in row.aliases)),
        ("One minus it is", links[row.complement] if row.complement else ""),
        ("Where it is 0", row.zero_means),
        ("Undefined where", _undefined(row)),
        ("Source", row.source),
        ("Read next", ", ".join(links[other] for other in fact.neighbours)),
    ]
    return table(("in short", ""), [(f"**{head}**", said) for head, said in found if said])


def _harm(row: Metric) -> str:
    if row.harm or row.event in ("selected", "positive"):
        return HARMS[row.harm]
    if isinstance(row, Moment) and row.told in ("have", "is"):
        return MORE_OR_LESS
    return NO_DIRECTION


def _undefined(row: Metric) -> str:
    """Say when there is no value."""
    if isinstance(row, Moment):
        return "no row of a group has a value; then it is NaN, with that reason"
    return f"{row.undefined}; then it is NaN, with that reason" if isinstance(row, Rate | Composite) else ""


def _needs(row: Metric, fact: Fact) -> str:
    if fact.ask in NEEDS_OTHERWISE:
        return NEEDS_OTHERWISE[fact.ask]
    return " and ".join(NEEDS[column] for column in row.needs)


def _order(metrics: list[Metric]) -> str:
    """Write the order of the pages: that of the registry."""
    paths = "\n".join(f"made/{row.name}" for row in metrics)
    return f"```{{toctree}}\n:maxdepth: 1\n:hidden:\n\n{paths}\n```\n"


def _overview(metrics: list[Metric]) -> str:
    """Write the table of the index: every metric, the question that it answers, and which direction harms."""
    links = links_of(pages(), "../")
    others = {row.name: [other for other, name in aliases().items() if name == row.name] for row in metrics}
    return table(
        ("metric", "question", "what harms", "other names here"),
        [
            (
                links[row.name],
                fact_of(row).answers,
                {"low": "low", "high": "high", "": "depends"}[row.harm],
                ", ".join(f"`{other}`" for other in others[row.name]),
            )
            for row in metrics
        ],
    )
