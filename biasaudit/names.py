"""A name from outside, made safe for a message, a report or a screen: one way for all of them."""

import unicodedata
from functools import lru_cache
from typing import Any

__all__ = ["clean"]

MAX_LENGTH = 60
UNPRINTABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
# Persian, Indic scripts and emoji need these two between their letters.
JOINERS = "\u200c\u200d"


def clean(text: Any, max_length: int = MAX_LENGTH) -> str:
    r"""Cut long text and replace what could steer a screen: control characters, and marks that turn text around.

    Parameters
    ----------
    text : object
    max_length : int
        Letters that are kept at most.

    Returns
    -------
    str

    Examples
    --------
    >>> clean("\x1b[31mred")
    '�[31mred'
    >>> clean("a very long name indeed", max_length=11)
    'a very lon…'
    """
    return _clean(str(text), max_length)


@lru_cache(maxsize=8192)
def _clean(text: str, max_length: int) -> str:
    cut = text if len(text) <= max_length else text[: max_length - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(_printable(cut, i) for i in range(len(cut)))


def _printable(text: str, position: int) -> str:
    character = text[position]
    is_joiner = (
        character in JOINERS
        and 0 < position < len(text) - 1
        and ord(text[position - 1]) > 0x5FF
        and ord(text[position + 1]) > 0x5FF
    )
    return "�" if unicodedata.category(character) in UNPRINTABLE and not is_joiner else character
