"""Hold figures against those that are pinned: numbers within what the file says, words to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from clear_verdicts import UNCLEAR
from figure_lines import sections_of

__all__ = ["differences", "same"]

# Six digits are written, so the last of them may turn over; and what is left over by rounding is nothing.
COUNTED, NOTHING = 1.01e-5, 2e-12
DIGITS = r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?"
NUMBER = re.compile(rf"=[-+−]?{DIGITS}|(?<![\w.])[-+−]?{DIGITS}")
WHOLE = re.compile(r"=?[-+−]?[\d,]+$")
TRAINED = re.compile(r"== .* · trained: figures may differ by ([\d.e-]+)")
NEEDS = re.compile(r"== .* · needs (.*)$")
VERDICT = re.compile(r"^\[[^]]*\]|(?<=verdict=)(?:shown|not shown|cannot tell|~)|(?<=verdict: ).*$")
# In a table a share is 0.123; in a sentence it is 0.123, or 12.3 per cent, or so many points.
POINTS, DECIMALS = 100.0, 3


def differences(pinned: str, made: str, missing: Iterable[str] = ()) -> list[str]:
    """Return the lines that are not the same under the head of their section, each pinned one before what it is now.

    Sections that need what is missing are left out of both.
    """
    gone = set(missing)
    old, new = (
        {block[0]: block for block in sections_of(text) if not gone & _needs(block[0])} for text in (pinned, made)
    )
    lines = []
    for head in dict.fromkeys((*old, *new)):
        changed = list(_changed(head, old.get(head, ()), new.get(head, ())))
        lines += [head, *changed] if changed else []
    return lines


def _needs(head: str) -> set[str]:
    found = NEEDS.match(head)
    return set(found[1].split(", ")) if found else set()


def _changed(head: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[str]:
    """Hold lines of the same words against each other; all others are gone, or new."""
    if old == new:
        return
    found = TRAINED.match(head)
    within = float(found[1]) if found else 0.0
    words = ([_apart(VERDICT.sub(UNCLEAR, line))[0] for line in block] for block in (old, new))
    for name, first, last, start, end in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if name == "equal":
            pairs = zip(old[first:last], new[start:end], strict=True)
            yield from (line for a, b in pairs if not same(a, b, within) for line in (f"-{a}", f"+{b}"))
        else:
            yield from (*(f"-{line}" for line in old[first:last]), *(f"+{line}" for line in new[start:end]))


def same(pinned: str, made: str, within: float = 0.0) -> bool:
    """Say whether two lines have the same words, and figures that are no further apart than they may be.

    A verdict that either of them leaves open is not compared.

    Examples
    --------
    >>> same("race=Asian: n=31 low=0.3", "race=Asian: n=31 low=0.300001"), same("n=31", "n=32")
    (True, False)
    >>> same("low=0.31 verdict=~", "low=0.29 verdict=shown", within=0.05)
    True
    """
    if within and any(UNCLEAR in said for line in (pinned, made) for said in VERDICT.findall(line)):
        pinned, made = (VERDICT.sub(UNCLEAR, line) for line in (pinned, made))
    (words, old), (others, new) = _apart(pinned), _apart(made)
    return words == others and all(_near(a, b, within) for a, b in zip(old, new, strict=True))


def _apart(line: str) -> tuple[str, list[str]]:
    """Take a line apart: its words, with a # for each figure, and the figures."""
    return NUMBER.sub("#", line), NUMBER.findall(line)


def _near(pinned: str, made: str, within: float) -> bool:
    a, b = (float(text.lstrip("=").replace(",", "").replace("−", "-")) for text in (pinned, made))
    apart, size = abs(a - b), max(abs(a), abs(b))
    if not within and WHOLE.match(pinned) and WHOLE.match(made):
        return a == b
    if not within:
        return apart <= NOTHING + COUNTED * size
    decimals = max(len(text.partition(".")[2]) for text in (pinned, made))
    share = pinned.startswith("=") or decimals >= DECIMALS
    return apart <= within * max(1.0 if share else POINTS, size)
