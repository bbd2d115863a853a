"""On which line of a TOML text each key stands, which the standard reader does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from biasaudit.policy._toml_tokens import Token, tokens

__all__ = ["BARE", "key_lines", "line_of"]

Path = tuple[str | int, ...]
BARE = re.compile(r"[A-Za-z0-9_-]+")


def key_lines(text: str) -> dict[Path, int]:
    r"""Map every key and table of a TOML text to its line; the elements of arrays are numbered.

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
    reading = _Reading()
    for token in tokens(text):
        reading.take(token)
    return reading.found


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


@dataclass
class _Value:
    """What a bracket has opened: an inline table, or an array whose elements are counted."""

    path: Path
    array: bool
    at: int = 0

    @property
    def inner(self) -> Path:
        return (*self.path, self.at) if self.array else self.path


@dataclass
class _Reading:
    """Where a reader stands: in which table, inside which brackets, at a key or at a value."""

    found: dict[Path, int] = field(default_factory=dict)
    counts: dict[Path, int] = field(default_factory=dict)
    table: Path = ()
    open: list[_Value] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    line: int = 0
    header: int = 0
    path: Path | None = None

    def take(self, token: Token) -> None:
        if token.kind == "gap":
            if "\n" in token.text and not self.open:
                self._end_line()
        elif self.path is None and token.kind in ("word", "string"):
            self._name(token)
        elif self.path is None and not self.open and token.kind in ("open", "close"):
            self._header(token)
        elif token.kind == "equals" and self.path is None:
            self.path = (*(self.open[-1].inner if self.open else self.table), *self.names)
            self.found.setdefault(self.path, self.line)
            self.names = []
        elif token.kind == "open" and self.path is not None:
            self.open.append(_Value(self.path, array=token.text == "["))
            # Inside a table a key comes first, inside an array a value.
            self.path = self.open[-1].inner if token.text == "[" else None
        elif token.kind == "close" and self.open:
            self.path, self.names = self.open.pop().path, []
        elif token.kind == "comma" and self.open:
            self._next()

    def _name(self, token: Token) -> None:
        self.line = self.line if self.names else token.line
        self.names.append(token.text if token.kind == "word" else token.text[1:-1])

    def _header(self, token: Token) -> None:
        if token.kind == "open":
            self.header += 1
            return
        if self.header and self.names:
            self.table = self._counted()
            self.found.setdefault(self.table, self.line)
            self.found.setdefault(self.table[:-1] if isinstance(self.table[-1], int) else self.table, self.line)
        self.names = []

    def _counted(self) -> Path:
        """Count the elements of arrays of tables along the path of a header, a new one where it opens it."""
        path: Path = ()
        for at, name in enumerate(self.names):
            path = (*path, name)
            if self.header > 1 and at == len(self.names) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def _next(self) -> None:
        inside = self.open[-1]
        inside.at += 1
        self.path, self.names = (inside.inner if inside.array else None), []

    def _end_line(self) -> None:
        self.path, self.names, self.header = None, [], 0
