"""How a page that is made is written."""

from pathlib import Path


def write_page(file: Path, text: str) -> None:
    """Write a page where its text has changed, so that Sphinx reads only what is new."""
    if file.is_file() and file.read_text("utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write rows as a table of Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
