"""A page for each generator of data: its dials and their ranges as the code has them, and what is known to be true."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpydoc.docscrape import NumpyDocString

import biasaudit as ba
from biasaudit.errors import AuditError

from .markdown_parts import cell, fence, hidden_toctree, parameters, prose, references, write_page
from .writing import table

__all__ = ["GENERATORS", "make_generated_pages", "takes"]

# Out of every range: what a generator says of it is what it takes.
ABSURD = -1_000
PLANTED = (
    "historical_bias",
    "label_bias",
    "measurement_bias",
    "underrepresentation",
    "proxy_strength",
    "omitted_variable",
    "missingness",
    "artefact",
)
# Each generator with its dials that are numbers: their range is asked of it.
GENERATORS: tuple[tuple[Callable[..., Any], tuple[str, ...]], ...] = (
    (ba.datasets.make_hiring, PLANTED),
    (ba.datasets.make_recidivism, (*PLANTED, "policing", "rounds")),
    (ba.datasets.make_wages, ("groups", "gap", "explained", "spread", "underestimation")),
    (ba.datasets.make_ranking, ("candidates", "bias", "merit", "noise")),
    (ba.datasets.make_diagnoses, ("groups", "recall", "overlooked")),
    (ba.datasets.simulate_patrols, ("rounds", "initial", "offence_rates")),
    (ba.datasets.make_speech, ("takes", "noise", "room")),
    (ba.datasets.make_templates, ()),
)
COUNTS = ("n", "runs", "queries", "random_state")


def make_generated_pages(srcdir: Path | str) -> None:
    """Write a page for each generator, and the table and list that the index page includes."""
    folder = Path(srcdir) / "data" / "made"
    with (Path(__file__).parent / "generators.toml").open("rb") as file:
        words = tomllib.load(file)
    rows = []
    for made_by, dials in GENERATORS:
        name = made_by.__name__
        write_page(folder / f"{name}.md", _page(made_by, dials, {"after": words["truth"]} | words[name]))
        own = ", ".join(f"`{dial}`" for dial in dials) or "sentences, terms"
        rows.append([f"[`{name}`](made/{name}.md)", words[name]["title"], own])
    write_page(folder / "generated.txt", [table(["Function", "Makes", "Dials"], rows)])
    write_page(
        folder / "generated_pages.txt", [hidden_toctree(f"made/{made_by.__name__}" for made_by, _ in GENERATORS)]
    )


def takes(made_by: Callable[..., Any], parameter: str) -> str:
    """Ask a generator what it takes for a parameter, by giving it something absurd.

    Examples
    --------
    >>> takes(ba.datasets.make_speech, "room")
    'seconds from 0 to 3'
    """
    try:
        made_by(**{parameter: ABSURD})
    except AuditError as error:
        return str(error).rpartition("Give ")[2].rstrip(".")
    raise ValueError(f"{made_by.__name__} takes {parameter}={ABSURD}: its range is not known.")


def _page(made_by: Callable[..., Any], dials: tuple[str, ...], words: dict[str, Any]) -> list[str]:
    asked = {*dials, *COUNTS} if dials else set()

    def taken(name: str, kind: str) -> str:
        return takes(made_by, name) if name in asked else cell(kind)

    papers = references(made_by)
    return [
        f"# {words['title']}",
        f"`ba.datasets.{made_by.__name__}`. {words['lead'].strip()}",
        fence("python", words["code"]),
        words["after"].strip(),
        "## Dials",
        parameters(made_by, taken),
        *_equations(NumpyDocString(inspect.getdoc(made_by) or "")["Notes"]),
        *(["## Source", *papers] if papers else []),
    ]


def _equations(notes: list[str]) -> list[str]:
    """Turn the notes of a docstring into Markdown: words, the equations as they stand, words."""
    before, marked, rest = "\n".join(notes).partition("::")
    if not marked:
        return []
    equations, _, after = rest.rpartition("\n\n")
    return ["## How people are made", f"{prose(before)}:", fence("text", inspect.cleandoc(equations)), prose(after)]
