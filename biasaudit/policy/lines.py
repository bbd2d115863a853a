"""On which line of a TOML text each key stands, which the standard reader does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

__all__ = ["BARE", "key_lines", "line_of"]

Path = tuple[str | int, ...]
TABLE = re.compile(r"^\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$")
BARE = re.compile(r"[A-Za-z0-9_-]+")
PART = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*'")
KEY = re.compile(rf"\s*((?:{PART.pattern})(?:\s*\.\s*(?:{PART.pattern}))*)\s*=")
# What may stand in a value: long strings, short strings, a comment, a bracket, or anything else.
TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|[^"\'#\[\]{}]+|.', re.DOTALL)


def key_lines(text: str) -> dict[Path, int]:
    r"""Map every key and table of a TOML text to its line; the elements of an array of tables are numbered.

    Parameters
    ----------
    text : str
        Text that :mod:`tomllib` reads.

    Returns
    -------
    dict
        Path of keys to line, from 1.

    Examples
    --------
    >>> lines = key_lines('name = "a"\n\n[[rules]]\nmax = 0.1\n[rules.waiver]\nuntil = 2026-01-01')
    >>> lines[("rules", 0, "max")], lines[("rules", 0, "waiver", "until")]
    (4, 6)
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        head = TABLE.match(statement)
        if head:
            table = _table(_names(head[2]), counts, new=head[1] == "[[")
            found.setdefault(table, line)
            found.setdefault(table[:-1] if table and isinstance(table[-1], int) else table, line)
            continue
        key = KEY.match(statement)
        if key:
            path = (*table, *_names(key[1]))
            found.setdefault(path, line)
            _inside(found, path, statement[key.end() :], line + statement[: key.end()].count("\n"))
    return found


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a key, or of the nearest thing around it; 1 where there is none.

    Examples
    --------
    >>> line_of({("rules", 0): 3}, ("rules", 0, "min"))
    3
    """
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def _names(dotted: str) -> list[str]:
    return [part if BARE.fullmatch(part) else part[1:-1] for part in PART.findall(dotted)]


def _table(names: list[str], counts: dict[Path, int], *, new: bool) -> Path:
    """Count the elements of arrays of tables along the path, a new one where a header opens it."""
    path: Path = ()
    for at, name in enumerate(names):
        path = (*path, name)
        if new and at == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement with its first line: what is open in brackets or long strings goes on."""
    start, line, depth, long, kept = 1, 1, 0, "", ""
    for token in TOKEN.findall(text):
        pieces = token.split("\n") if depth == 0 and not long and not token.startswith(("#", '"', "'")) else [token]
        for at, piece in enumerate(pieces):
            if at:
                yield start, kept
                line, kept = line + 1, ""
                start = line
            kept += piece
            line += piece.count("\n")
        if token in ('"""', "'''"):
            long = "" if long == token else long or token
        elif not long:
            # Brackets of a header are closed on its own line.
            depth = max(0, depth + (token in "[{") - (token in "]}")) if token in "[]{}" else depth
    yield start, kept


def _inside(found: dict[Path, int], path: Path, value: str, line: int) -> None:
    """Find the keys of an inline table."""
    if not value.lstrip().startswith("{"):
        return
    for key in KEY.finditer(value.lstrip().removeprefix("{")):
        found.setdefault((*path, *_names(key[1])), line + value[: key.start()].count("\n"))
