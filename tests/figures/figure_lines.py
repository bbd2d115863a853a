"""Figures as plain text: a line a fact, so that a diff shows which figure of which group is another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pandas.api.types import is_numeric_dtype

__all__ = ["COUNTED", "Kind", "Section", "file_text", "sections_of", "sentence_lines", "table_lines", "written"]

MARK = "== "
# What is smaller is left over by rounding; of p-values every size says something.
NOTHING = 1e-12
MOST_WHOLE = 1e15
# Numbers that say where something is, and not how much.
PLACES = ("threshold", "score")


@dataclass(frozen=True)
class Kind:
    """Where figures come from, and so how closely they are held.

    Parameters
    ----------
    within : float
        How far figures may be apart that a model was trained for; 0 for those that are counted.
    needs : tuple of str
        Modules without which there are no such figures.
    network : bool
        Whether a network was trained: its verdicts are held only where they are clear.
    """

    within: float = 0.0
    needs: tuple[str, ...] = ()
    network: bool = False


COUNTED = Kind()


@dataclass(frozen=True)
class Section:
    """Lines of one kind under a title."""

    title: str
    lines: tuple[str, ...]
    kind: Kind = COUNTED

    @property
    def head(self) -> str:
        """The title, with how far its figures may be apart and what it needs."""
        trained = f" · trained: figures may differ by {self.kind.within:g}" if self.kind.within else ""
        needs = f" · needs {', '.join(self.kind.needs)}" if self.kind.needs else ""
        return f"{MARK}{self.title}{trained}{needs}"


def file_text(header: Sequence[str], sections: Iterable[Section]) -> str:
    """Write a file: its header, and every section that has lines."""
    blocks = ["\n".join(f"# {line}" for line in header)]
    blocks += ["\n".join((section.head, *section.lines)) for section in sections if section.lines]
    return "\n\n".join(blocks) + "\n"


def sections_of(text: str) -> list[tuple[str, ...]]:
    """Read a file back: the lines of each block, its head first."""
    return [tuple(block.splitlines()) for block in text.strip("\n").split("\n\n")]


def written(value: Any, name: str = "") -> str:
    """Write one value: counts whole, other figures with six digits.

    Examples
    --------
    >>> [written(v) for v in (3.0, 1 / 3, float("nan"), True, {}, {"race": "Asian"}, ())]
    ['3', '0.333333', 'undefined', 'yes', 'everyone', 'race=Asian', '-']
    """
    if value is None:
        return "undefined"
    if isinstance(value, str):
        return " ".join(value.split()) or "-"
    if isinstance(value, Mapping):
        return " × ".join(f"{key}={written(level)}" for key, level in value.items()) or "everyone"
    if isinstance(value, (tuple, list)):
        return " × ".join(map(str, value)) or "-"
    if (value in (True, False) and not isinstance(value, (int, float))) or isinstance(value, bool):
        return "yes" if value else "no"
    return _number(float(value), name)


def _number(value: float, name: str) -> str:
    if math.isnan(value):
        return "undefined"
    if abs(value) < NOTHING and not name.startswith("p_"):
        return "0"
    return str(int(value)) if abs(value) < MOST_WHOLE and value.is_integer() else f"{value:.6g}"


def table_lines(frame: Any, keys: Sequence[str], leave_out: Sequence[str] = ()) -> tuple[str, ...]:
    """Write a table, a line a row in alphabetical order: first whom it is about, then each figure by its name."""
    keys = [key for key in keys if key in frame and (key in PLACES or not is_numeric_dtype(frame[key]))]
    others = [name for name in frame if name not in keys and name not in leave_out]
    return tuple(sorted(_row(row, keys, others) for row in frame.to_dict("records")))


def _row(row: Mapping[str, Any], keys: Sequence[str], others: Sequence[str]) -> str:
    about = " | ".join(written(row[key], key) for key in keys)
    return f"{about}: " + " ".join(f"{name}={written(row[name], name)}" for name in others)


def sentence_lines(sentences: Iterable[str]) -> tuple[str, ...]:
    """Write sentences, a line each."""
    return tuple(written(sentence) for sentence in sentences)
