"""Where the names of other tools lead: a table for each tool, and the part of it that a metric's page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from biasaudit.audits.clarify.metrics import CLARIFY_METRICS
from biasaudit.errors import AuditError

from ..writing import cell, code, indexed, table
from .facts import Name, names

__all__ = ["TOOLS", "clarify_table", "links_of", "names_of", "searched_names", "table_of_tool"]

TOOLS = {
    "fairlearn": "fairlearn",
    "clarify-pre": "Clarify, before training",
    "clarify-post": "Clarify, after training",
    "aif360-data": "AIF360, `BinaryLabelDatasetMetric`",
    "aif360-model": "AIF360, `ClassificationMetric`",
    "aequitas": "Aequitas",
}
KINDS = {
    "range": "over all groups (`range`)",
    "pair": "group against reference (`pair`)",
    "everyone": "of everyone",
    "lowest": "the lowest of the groups'",
    "highest": "the highest of the groups'",
    "B": "of the group",
}


def links_of(pages: Mapping[str, tuple[str, str]], up: str) -> dict[str, str]:
    """Return a link to each page, from a folder from which `up` leads to docs/understand."""
    return {slug: f"[{title}]({up}{path})" for slug, (title, path) in pages.items()}


def table_of_tool(tool: str, links: Mapping[str, str]) -> str:
    """Write where each name of a tool leads."""
    rows = [(code(one.name), _where(one, links), _here(one)) for one in names() if one.tool == tool]
    lead_nowhere_else = [one.name for one in names() if one.tool == tool and not one.page]
    return "\n\n".join([indexed(lead_nowhere_else), table(("there", "leads to", "what it is here"), rows), ""]).lstrip()


def searched_names(slug: str) -> list[str]:
    """Return the names of other tools by which a page should be found; one that reads as its title finds it anyhow."""
    return [one.name for one in names() if one.page == slug and one.name.lower().replace(" ", "_") != slug]


def clarify_table(stage: str) -> str:
    """Write the declared rows of Clarify's metrics, before or after training, with their formulas in words."""
    rows = [
        (code(row.name), row.label, cell(row.formula), code(row.here.lstrip("-")) if row.here else "")
        for row in CLARIFY_METRICS
        if row.stage == stage
    ]
    return "\n\n".join([table(("name", "in full", "formula, of d and a", "has the interval of"), rows), ""])


def names_of(slug: str) -> str:
    """Write the names that other tools have for a page's metric or criterion; a sentence where they have none."""
    found = [one for one in names() if slug == one.page or one.here.lstrip("-").split(" ")[0] == slug]
    if not found:
        return "None of fairlearn, AIF360, Aequitas and SageMaker Clarify has it."
    rows = [(TOOLS[one.tool], code(one.name), _here(one, nearest=True)) for one in _in_order(found)]
    return table(("tool", "name", "what it is here"), rows)


def _in_order(found: Iterable[Name]) -> list[Name]:
    return sorted(found, key=lambda one: (list(TOOLS).index(one.tool), one.not_here))


def _where(one: Name, links: Mapping[str, str]) -> str:
    if one.page and one.page not in links:
        raise AuditError(
            f'"{one.name}" of {one.tool} leads to "{one.page}", and there is no such page. Mend page in '
            "docs/site_pages/metrics/names.toml: the name of a metric or of a criterion."
        )
    call = code(one.call) if one.call else ""
    nearest = "not here; the nearest is " if one.not_here else ""
    return nearest + " and ".join(part for part in (links.get(one.page, ""), call) if part)


def _same(one: Name) -> str:
    """Say which figure of an audit is the same."""
    if not one.here:
        return ""
    metric, comparison, kind = one.here.lstrip("-").split(" ")
    turned = ", the sign turned" if one.here.startswith("-") else ""
    if metric == "clarify":
        return f"`clarify_metrics()`: {code(comparison)}"
    if metric == "inequality":
        return f"`inequality()`: `{comparison}`, `{kind}`"
    if comparison == "rate":
        return f"{code(metric)} {KINDS[kind]}, in `rates()`"
    return f"{code(metric)}: {comparison}, {KINDS[kind]}{turned}"


def _here(one: Name, *, nearest: bool = False) -> str:
    """Say which figure is the same, and what else there is to know."""
    apart = "not the same: " if one.not_here and nearest else ""
    return cell("; ".join(part for part in (_same(one), apart + one.says) if part))
