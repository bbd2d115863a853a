"""Pages of criteria and comparisons: written by hand in criteria/, with pictures and figures that are counted."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from biasaudit.metrics.registry import row_of

from ..writing import indexed, table
from .facts import fact_of
from .metric_pictures import people_of_rate
from .names_pages import names_of, searched_names
from .sentences import GROUPS, gap, value
from .twenty import twenty

__all__ = ["CRITERIA", "RARE", "criterion_page"]

HERE = Path(__file__).parent / "criteria"
CRITERIA = {
    "demographic_parity": "Demographic parity",
    "equal_opportunity": "Equal opportunity",
    "predictive_parity": "Predictive parity",
    "four_fifths": "Disparate impact and the four-fifths rule",
    "comparisons": "Difference and ratio, range, reference group, overall",
}


def criterion_page(slug: str) -> str:
    """Write the page of a criterion: its template, filled."""
    loaded = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    return loaded.get_template(f"{slug}.md").render(
        title=CRITERIA[slug], names=names_of(slug), index=indexed(searched_names(slug)), **COUNTING
    )


def _counted(metric: str, a: str = "", b: str = "", slug: str = "") -> str:
    """Draw twenty people as a rate sees them, by the cells that they fall into, with the sentence under them."""
    row = row_of(metric)
    drawn, sentence = people_of_rate(row, fact_of(row), twenty(a, b), slug)
    return f"{drawn}\n\n{sentence}"


def _ratio(metric: str, a: str = "", b: str = "") -> str:
    """Write the ratio of the smaller to the larger rate."""
    return f"{twenty(a, b).figures.gap(metric, 'ratio'):.2f}"


def _ratio_of_others(metric: str) -> str:
    """Write the ratio of the shares that are not counted."""
    rest = sorted(1 - twenty().figures.rate(metric, group)[2] for group in GROUPS)
    return f"{rest[0] / rest[1]:.2f}"


def _difference(metric: str) -> str:
    return gap(twenty().figures.gap(metric, "difference"), row_of(metric).unit)


def _both(metric: str, a: str = "", b: str = "") -> str:
    """Write the rates of both groups."""
    figures = twenty(a, b).figures
    return " and ".join(value(figures.rate(metric, group)[2], row_of(metric).unit) for group in GROUPS)


def _comparisons(metric: str) -> str:
    """Write every comparison of the standard twenty, as `disparities()` has them."""
    figures, row = twenty().figures, row_of(metric)
    gaps = figures.gaps[figures.gaps["metric"] == metric]
    told = []
    for found in gaps.to_dict("records"):
        sides = [_side(found["group"]), _side(found["reference"])]
        written = (
            gap(found["estimate"], row.unit) if found["comparison"] == "difference" else f"{found['estimate']:.2f}"
        )
        told.append((f"`{found['comparison']}`", f"`{found['kind']}`", *sides, written))
    rates = ", ".join(f"group {group} {value(figures.rate(metric, group)[2], row.unit)}" for group in GROUPS)
    everyone = value(figures.rate(metric, "")[2], row.unit)
    head = f"{row.label}: {rates}, everyone {everyone}."
    return f"{head}\n\n{table(('comparison', 'kind', 'group', 'reference', 'estimate'), told)}"


def _side(levels: dict[str, str]) -> str:
    return f"group {next(iter(levels.values()))}" if levels else "everyone"


# Equal true and false positive rates, unequal base rates.
RARE = ("3 TP, 3 FN, 1 FP, 3 TN", "1 TP, 1 FN, 2 FP, 6 TN")
# What a template may ask for.
COUNTING = {
    "RARE": RARE,
    "counted": _counted,
    "ratio": _ratio,
    "ratio_of_others": _ratio_of_others,
    "difference": _difference,
    "both": _both,
    "comparisons": _comparisons,
}
