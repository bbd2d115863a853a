"""Pieces of Markdown that makers of pages share: facts, lists, parameters, references, whole pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from numpydoc.docscrape import NumpyDocString

from biasaudit.reporting.formats.markdown import escape

from .writing import write

__all__ = ["bullets", "cell", "facts", "fence", "hidden_toctree", "parameters", "prose", "references", "write_page"]


def write_page(path: Path, blocks: Iterable[str]) -> None:
    """Write blocks of Markdown as a page."""
    write(path, "\n\n".join(block.rstrip() for block in blocks if block) + "\n")


def cell(text: Any) -> str:
    """Write data as text that no Markdown is read in."""
    return escape(str(text)).replace("\u2060", "")


def prose(text: str) -> str:
    """Write words of a docstring, whose names of code stand between backticks, as Markdown."""
    plain = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", " ".join(text.split())).replace("``", "`")
    parts = plain.split("`")
    return "`".join(part if i % 2 else _spaced(part) for i, part in enumerate(parts))


def _spaced(part: str) -> str:
    """Escape a part of a line, and keep the space at its ends."""
    start, end = (" " if part[at : at + 1 or None].isspace() else "" for at in (0, -1))
    return f"{start}{cell(part)}{end}" if part.strip() else part


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Write what is known as a list of terms with what they are."""
    return "\n\n".join(f"{term}\n: {text}" for term, text in pairs if text)


def bullets(texts: Iterable[str]) -> str:
    """Write a list."""
    return "\n".join(f"- {text}" for text in texts)


def fence(kind: str, code: str) -> str:
    """Write a block of code."""
    return f"```{kind}\n{code.strip()}\n```"


def hidden_toctree(pages: Iterable[str]) -> str:
    """List pages in the sidebar, and not on the page itself."""
    return "\n".join(["```{toctree}", ":hidden:", "", *pages, "```"])


def parameters(described: Callable[..., Any], takes: Callable[[str, str], str] = lambda name, kind: cell(kind)) -> str:
    """List the parameters of a function or class: what each does, what it takes, and what it is by default.

    What one entry of the docstring says of several parameters at once is said of each.

    Parameters
    ----------
    described : callable
    takes : callable
        Says what is taken, from the name and what the docstring calls its type.
    """
    defaults = {name: parameter.default for name, parameter in inspect.signature(described).parameters.items()}
    pairs = []
    for entry in NumpyDocString(inspect.getdoc(described) or "")["Parameters"]:
        words = prose(" ".join(entry.desc))
        for name in entry.name.split(", "):
            taken = f"*Takes* {takes(name, entry.type)}; `{defaults[name]!r}` by default."
            pairs.append((f"`{name}`", f"{words} {taken}".strip()))
    return facts(pairs)


def references(described: Callable[..., Any]) -> list[str]:
    """Return the papers that a docstring names, a sentence each."""
    text = " ".join(NumpyDocString(inspect.getdoc(described) or "")["References"])
    return [cell(text)] if text else []
