"""A name from outside, made safe for a message, a report or a screen: one way for all of them."""

import unicodedata
from functools import lru_cache
from typing import Any

__all__ = ["clean"]

MAX_LENGTH = 60
UNPRINTABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
# Persian, Indic scripts and emoji need these two between their letters.
JOINERS = "\u200c\u200d"


def clean(text: Any, most: int = MAX_LENGTH) -> str:
    r"""Cut long text and replace what could steer a screen: control characters, and marks that turn text around.

    Examples
    --------
    >>> clean("\x1b[31mred")
    '�[31mred'
    >>> clean("a very long name indeed", most=11)
    'a very lon…'
    """
    return _clean(str(text), most)


@lru_cache(maxsize=8192)
def _clean(text: str, most: int) -> str:
    kept = text if len(text) <= most else text[: most - 1] + "…"
    if kept.isprintable():
        return kept
    return "".join(_printable(kept, i) for i in range(len(kept)))


def _printable(text: str, at: int) -> str:
    character = text[at]
    joins = character in JOINERS and 0 < at < len(text) - 1 and ord(text[at - 1]) > 0x5FF and ord(text[at + 1]) > 0x5FF
    return "�" if unicodedata.category(character) in UNPRINTABLE and not joins else character
