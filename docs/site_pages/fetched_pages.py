"""A page for each data set that is fetched, from its card, and one for the populations that come with the package."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biasaudit.datasets.dataset import Card
from biasaudit.datasets.fetched import captions, madlibs, vowels
from biasaudit.datasets.shipped.populations import POPULATIONS, Population
from biasaudit.datasets.shipped.speakers import SPEAKERS
from biasaudit.reporting.words.text import percent

from .card_pages import card_blocks
from .markdown_parts import cell, facts, fence, hidden_toctree, write_page
from .writing import table

__all__ = ["FETCHED", "Fetched", "make_fetched_pages"]


@dataclass(frozen=True)
class Fetched:
    """A data set that is fetched: its card, its files with their digests, and how large one may be."""

    function: str
    card: Card
    files: Mapping[str, str]
    most_bytes: int


FETCHED = (
    Fetched("fetch_madlibs", madlibs.CARD, {madlibs.FILE: madlibs.SHA256}, madlibs.MOST_BYTES),
    Fetched("fetch_vowels", vowels.CARD, vowels.FILES, vowels.MOST_BYTES),
    Fetched("fetch_caption_accuracy", captions.CARD, {captions.FILE: captions.SHA256}, captions.MOST_BYTES),
)


def make_fetched_pages(srcdir: Path | str) -> None:
    """Write a page for each fetched data set and one for populations, and what the index page includes."""
    folder = Path(srcdir) / "data" / "made"
    with (Path(__file__).parent / "fetched.toml").open("rb") as file:
        words = tomllib.load(file)
    for one in FETCHED:
        write_page(folder / f"{one.function}.md", _page(one, words["fetched"] | words[one.function]))
    rows = [
        [f"[`{one.function}`](made/{one.function}.md)", cell(one.card.question), _size(one), f"{one.card.rows:,}"]
        for one in FETCHED
    ]
    write_page(folder / "fetched.txt", [table(["Function", "Question", "Download", "Rows"], rows, numbers=1)])
    write_page(folder / "populations.md", _populations(words["populations"]))
    write_page(
        folder / "fetched_pages.txt",
        [hidden_toctree([*(f"made/{one.function}" for one in FETCHED), "made/populations"])],
    )


def _size(one: Fetched) -> str:
    files = f"{len(one.files)} files" if len(one.files) > 1 else "one file"
    return f"{files}, at most {one.most_bytes // 1_000_000} MB{' each' * (len(one.files) > 1)}"


def _page(one: Fetched, words: dict[str, Any]) -> list[str]:
    card = one.card
    figures = [[cell(figure.statement), cell(figure.source), cell(figure.value)] for figure in card.published_figures]
    return [
        f"# {cell(card.title)}",
        f"**{cell(card.question)}**",
        words["lead"].strip(),
        fence("text", words["code"]),
        table(
            ["File", "At most", "SHA-256"],
            [[f"`{name}`", f"{one.most_bytes:,} bytes", f"`{digest}`"] for name, digest in one.files.items()],
        ),
        *card_blocks(card),
        "## What others published",
        table(["Figure", "Source", "Value"], figures, numbers=1),
    ]


def _populations(words: dict[str, Any]) -> list[str]:
    return [
        f"# {words['title']}",
        words["lead"].strip(),
        fence("python", words["code"]),
        *(block for population in POPULATIONS for block in _population(population)),
        "## Who speaks in collections of speech",
        words["speakers"].strip(),
        table(
            ["Collection", "Measure", "Group", "Value", "Counted"],
            [
                [f"`{row.corpus}`", row.measure.replace("_", " "), row.group, percent(row.value), _counted(row)]
                for row in SPEAKERS
            ],
            numbers=2,
        ),
        "\n".join(f"- {cell(source)}" for source in dict.fromkeys(row.source for row in SPEAKERS)),
    ]


def _counted(row: Any) -> str:
    return "as published" if row.count is None else f"{row.count:,} of {row.total:,}"


def _population(population: Population) -> list[str]:
    shares = [[cell(group), percent(share)] for group, share in population.shares.items()]
    return [
        f"## {cell(population.people)}, by {population.feature}",
        facts(
            [
                ("Name", f"`{population.name}`"),
                ("Year", str(population.year)),
                ("Source", cell(population.source)),
                ("What it does not say", cell(population.caution)),
            ]
        ),
        table(["Group", "Share"], shares, numbers=1),
    ]
