"""The pieces of a TOML text, in one pass, and the bounds of a policy: what is past them hangs or crashes a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Token", "past_bounds", "tokens"]

MOST_DEPTH = 16
MOST_PARTS = 16
MOST_LETTERS = 1_000
MOST_VALUES = 10_000
# Several a value; a text that is no TOML may have pieces alone.
MOST_PIECES = 10 * MOST_VALUES
NAMED = frozenset({"word", "string"})
COUNTED = frozenset({"open", "equals", "comma"})
ENDS_A_NAME = frozenset({"word", "dot", "equals"})
# A text that ends too early ends its last piece, so that no piece is tried twice: the time grows with the length alone.
PIECES = re.compile(
    r'''(?P<string>"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\\?\Z|"{1,2}\Z)|\'\'\'(?:[^']|'(?!''))*+(?:'{3,5}|'{0,2}\Z)'''
    r"""|"(?:[^"\\\n]|\\[^\n])*+"?|'[^'\n]*+'?)"""
    r"|(?P<gap>(?:[ \t\r\n]+|#[^\n]*+)++)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<equals>=)|(?P<comma>,)|(?P<dot>\.)"
    r"""|(?P<word>[^ \t\r\n"'#\[\]{}=,.]++)""",
    re.DOTALL,
)
REMEDY = "Take out what is no rule."


class Token(NamedTuple):
    """A piece of text: string, gap (space, line ends and comments), open, close, equals, comma, dot or word."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    r"""Yield the pieces of a TOML text; of one that is none, pieces until its end all the same.

    Examples
    --------
    >>> [token.kind for token in tokens('a = "x=1" # y\n')]
    ['word', 'gap', 'equals', 'gap', 'string', 'gap']
    """
    line = 1
    for found in PIECES.finditer(text):
        yield Token(str(found.lastgroup), found[0], line)
        line += found[0].count("\n")


def past_bounds(text: str) -> tuple[int, str] | None:
    """Say where a text is past what a policy may hold, as a line and a sentence; None where it is within.

    Parameters
    ----------
    text : str
        TOML, or what is taken for it. The standard reader takes minutes for a long dotted key, and brackets inside
        each other crash it.

    Examples
    --------
    >>> past_bounds("a = 1"), past_bounds("a = " + "[" * 17)
    (None, (1, 'brackets stand 17 deep, and a policy needs 16 at most. Take out what is no rule.'))
    """
    depth = parts = letters = values = pieces = 0
    for kind, piece, line in tokens(text):
        if kind == "gap":
            continue
        pieces += 1
        if kind == "word" or kind == "string":
            # Of a text in quotes only the length of a key is bounded, which shows at what follows it.
            letters = len(piece)
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        values += kind in COUNTED
        parts = parts + 1 if kind == "dot" else parts if kind in NAMED else 0
        if depth > MOST_DEPTH:
            return line, f"brackets stand {depth} deep, and a policy needs {MOST_DEPTH} at most. {REMEDY}"
        if parts >= MOST_PARTS:
            return line, f"a key or number has more than {MOST_PARTS} parts, which a policy never needs. {REMEDY}"
        if letters > MOST_LETTERS and kind in ENDS_A_NAME:
            return line, f"a key or number has more than {MOST_LETTERS:,} letters, which a policy never needs. {REMEDY}"
        if values > MOST_VALUES or pieces > MOST_PIECES:
            return line, f"there are more than {MOST_VALUES:,} keys and values, which is no policy. {REMEDY}"
        letters = letters if kind in NAMED else 0
    return None
