"""A page for each shipped data set, from its card: what it is, what is wrong with it, what others published of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import biasaudit as ba
from biasaudit.datasets.dataset import Card, Dataset
from biasaudit.datasets.shipped.loading import SHIPPED

from .markdown_parts import bullets, cell, facts, fence, hidden_toctree, write_page
from .writing import table

__all__ = ["card_blocks", "make_card_pages", "recounted"]

RECOUNT = Path(__file__).parents[2] / "tests" / "datasets" / "shipped" / "recounted.py"
MEANS = {
    "people": "Who they are",
    "selected": "A positive decision",
    "rejected": "The other decision",
    "positive": "A positive label",
    "negative": "The other label",
    "good": "Which label is good news",
}
# Values that a cell lists by name; a column of more is described.
MOST_GROUPS = 10


def make_card_pages(srcdir: Path | str) -> None:
    """Write a page for each shipped data set, and the table and list that the index page includes."""
    folder = Path(srcdir) / "data" / "made"
    loaded = {name: ba.datasets.load(name) for name in SHIPPED}
    for name, data in loaded.items():
        write_page(folder / f"{name}.md", _page(data, recounted(name)))
    write_page(folder / "shipped.txt", [_overview(loaded.values())])
    write_page(folder / "shipped_pages.txt", [hidden_toctree(f"made/{name}" for name in SHIPPED)])


def recounted(name: str) -> dict[str, str]:
    """Count the published figures of a data set anew, as the tests do: statement to figure."""
    spec = importlib.util.spec_from_file_location("recounted", RECOUNT)
    if spec is None or spec.loader is None:
        raise ValueError(f"{RECOUNT} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.RECOUNT[name]())


def card_blocks(card: Card) -> list[str]:
    """Write what any card says of its data: where they are from, what is wrong with them, their columns."""
    columns = [[f"`{name}`", cell(meaning)] for name, meaning in card.columns.items()]
    return [
        facts(
            [
                ("Collected", cell(card.collected)),
                ("Source", cell(card.source)),
                ("Licence", cell(card.licence)),
                ("To cite", cell(card.citation)),
                ("Address", f"<{card.url}>" if card.url else ""),
            ]
        ),
        "## Before you believe a figure",
        bullets(cell(fault) for fault in card.known_faults),
        "## Columns",
        table(["Column", "What it holds"], columns),
    ]


def _overview(loaded: Iterable[Dataset]) -> str:
    rows = []
    for data in loaded:
        card = data.card
        assert card is not None
        groups = ", ".join(f"`{feature}`" for feature in data.sensitive_features)
        rows.append([f"[{data.name}](made/{data.name}.md)", cell(card.question), groups, f"{card.rows:,}"])
    return table(["Name", "Question", "Groups by", "Rows"], rows, numbers=1)


def _page(data: Dataset, counted: dict[str, str]) -> list[str]:
    card = data.card
    assert card is not None
    about, *faults, columns, held = card_blocks(card)
    return [
        f"# {cell(card.title)}",
        f"**{cell(card.question)}**",
        f"{card.rows:,} rows and {len(card.columns)} columns come with biasaudit; nothing is fetched.",
        about,
        *faults,
        "## Load and audit it",
        *_asking(data),
        "## Who is in it",
        table(["Groups by", "Group", "Rows"], _groups(data), numbers=1),
        *_published(card, counted),
        columns,
        held,
        "## In words",
        "Sentences about these data say, unless you give other words:",
        table(["", "Words"], [[MEANS[role], cell(words)] for role, words in card.words.items()]),
        "The SHA-256 digest of the unpacked file; a file that has another one is refused:",
        fence("text", card.sha256),
    ]


def _asking(data: Dataset) -> list[str]:
    code = f"""
import biasaudit as ba

data = ba.datasets.load("{data.name}")
audit = ba.audit_predictions(data)
audit  # the lines below, and what they stand on
"""
    headline = ba.audit_predictions(data).report().headline
    shown = [fence("python", code), fence("console", f"$ biasaudit audit {data.name}"), f"> {cell(headline)}"]
    if data.unit is not None:
        return [*shown, f"The card says which columns mean what, and that `{data.label}` is in {cell(data.unit)}."]
    return [
        *shown,
        "The card says which columns mean what; your own arguments come before it. Before any model, some seconds:",
        fence("text", f"biasaudit data {data.name}"),
    ]


def _groups(data: Dataset) -> list[list[str]]:
    rows = []
    for feature in data.sensitive_features:
        sizes = data.frame[feature].value_counts()
        rows += [[f"`{feature}`", cell(group), f"{size:,}"] for group, size in sizes.head(MOST_GROUPS).items()]
        if len(sizes) > MOST_GROUPS:
            rows.append([f"`{feature}`", f"and {len(sizes) - MOST_GROUPS} more", f"{sizes[MOST_GROUPS:].sum():,}"])
    return rows


def _published(card: Card, counted: dict[str, str]) -> list[str]:
    rows: list[list[Any]] = [
        [cell(figure.statement), cell(figure.source), cell(figure.value), cell(counted[figure.statement])]
        for figure in card.published_figures
    ]
    return [
        "## What others published, and what is counted here",
        table(["Figure", "Published by", "Published", "Counted here"], rows, numbers=2),
    ]
