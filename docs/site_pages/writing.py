"""Markdown that is made: tables, and files that are written only where their text has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

__all__ = ["cell", "code", "indexed", "table", "write", "write_folder"]


def cell(words: object) -> str:
    """Write text so that it stays inside a cell of a table."""
    return str(words).replace("|", "\\|").replace("\n", " ")


def code(name: str) -> str:
    """Write a name of code that may break after an underscore or a point, so that a table of names fits its page."""
    broken = escape(name).replace("_", "_<wbr>").replace(".", ".<wbr>")
    return f'<code class="docutils literal notranslate">{broken}</code>'


def indexed(words: Iterable[str]) -> str:
    """Put words into the index as main entries, which lead the results of a search for them."""
    found = [f"! {word}" for word in dict.fromkeys(words)]
    return f"```{{index}} {', '.join(found)}\n```" if found else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> str:
    """Write a table; the last `numbers` columns are set to the right. Cells are Markdown already."""
    marks = ["---"] * (len(heads) - numbers) + ["---:"] * numbers
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, marks, *rows))


def write(path: Path, text: str) -> None:
    """Write a file where its text has changed, so that Sphinx reads anew only what is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def write_folder(folder: Path, texts: dict[str, str]) -> None:
    """Write files into a folder that holds nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write(folder / name, text)
    for path in folder.iterdir():
        if path.name not in texts:
            path.unlink()
