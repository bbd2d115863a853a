"""One form for every value that names something, whichever file or engine it came from, and the order of such names."""

import calendar
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from biasaudit.arraytypes import Ints

__all__ = [
    "MISSING",
    "align_boolean_levels",
    "canonical",
    "canonical_each",
    "order_levels",
    "overlapping_bins",
    "relabel",
    "resolve_level",
    "unicode_duplicates",
    "union_levels",
]

MISSING = "(missing)"
BOOLEANS = {"false": "False", "true": "True"}
# Until version 1.1 a column of booleans had these levels; tables, baselines and policies of that time still do.
FORMER_BOOLEANS = {"0": "False", "1": "True"}
# How pandas writes the whole numbers of a column in which some are missing.
WHOLE_NUMBER = re.compile(r"(-?(?:0|[1-9]\d*))\.0+")
_NUMBER = r"(-?\d+(?:\.\d+)?(?:e[+-]\d+)?)"
BIN_PATTERN = re.compile(rf"under {_NUMBER}|{_NUMBER} to {_NUMBER}|{_NUMBER} or more")
INTERVAL_PATTERN = re.compile(r"[(\[](-inf|-?[\d.]+(?:e[+-]?\d+)?), (inf|-?[\d.]+(?:e[+-]?\d+)?)[)\]]")
CALENDARS = tuple(
    {name.casefold(): at for at, name in enumerate(names) if name}
    for names in (calendar.month_name, calendar.month_abbr, calendar.day_name, calendar.day_abbr)
)


def canonical(value: Any) -> str | None:
    """Write a value the same way whichever engine it came from; a missing one is None.

    Text is composed (NFC), booleans are "False" and "True" even where a file holds them as text, and 1.0 is "1".

    Parameters
    ----------
    value : object

    Returns
    -------
    str or None

    Examples
    --------
    >>> canonical(True), canonical("true"), canonical(1.0), canonical("1.0"), canonical("yes"), canonical(float("nan"))
    ('True', 'True', '1', '1', 'yes', None)
    """
    if isinstance(value, str):
        return _canonical_text(value)
    # pandas' own missing value answers no comparison, so it is known by its type.
    if value is None or type(value).__name__ in {"NAType", "NaTType"} or value != value:
        return None
    if hasattr(value, "is_integer") and not isinstance(value, int):
        return str(int(value)) if math.isfinite(value) and value.is_integer() else str(float(value))
    return _canonical_text(str(value)) if not isinstance(value, int) else str(value)


def canonical_each(values: Sequence[Any]) -> list[str | None]:
    """Write each value the same way, working on no value twice.

    Parameters
    ----------
    values : sequence

    Returns
    -------
    list of str or None

    Examples
    --------
    >>> canonical_each([True, 1, 1.0, "a", None, "a"])
    ['True', '1', '1', 'a', None, 'a']
    """
    # True and 1 are equal and have two names.
    known = {(type(value), value): value for value in values}
    names = {key: canonical(value) for key, value in known.items()}
    return [names[type(value), value] for value in values]


def _canonical_text(value: str) -> str:
    whole = WHOLE_NUMBER.fullmatch(value)
    if whole:
        return "0" if whole[1] == "-0" else whole[1]
    if value.isascii():
        return BOOLEANS.get(value.casefold(), value) if len(value) in (4, 5) else value
    # Half a character (a lone surrogate) is no text that can be written anywhere; its escape is.
    whole_text = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return unicodedata.normalize("NFC", whole_text)


def unicode_duplicates(values: Iterable[Any]) -> list[str]:
    r"""Return the names that are written both with composed letters and with marks of their own.

    Parameters
    ----------
    values : iterable

    Returns
    -------
    list of str
        In order.

    Examples
    --------
    >>> unicode_duplicates(["Qu\u00e9bec", "Que\u0301bec", "Ontario"])
    ['Québec']
    """
    texts = {value for value in values if isinstance(value, str)}
    decomposed = (text for text in texts if not text.isascii() and not unicodedata.is_normalized("NFC", text))
    return sorted(name for text in decomposed if (name := unicodedata.normalize("NFC", text)) in texts)


def resolve_level(value: Any, levels: Iterable[str]) -> str:
    """Return the level that a value means, in the words of `levels`; a value that means none is only made canonical.

    Parameters
    ----------
    value : object
    levels : iterable of str

    Returns
    -------
    str

    Examples
    --------
    >>> resolve_level(1, ["False", "True"]), resolve_level(1.0, ["0", "1"]), resolve_level("x", ["a"])
    ('True', '1', 'x')
    """
    name, levels = str(canonical(value)), set(levels)
    other = FORMER_BOOLEANS.get(name) or next((old for old, new in FORMER_BOOLEANS.items() if new == name), name)
    return other if name not in levels and other in levels else name


def align_boolean_levels(left: Sequence[str], right: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the levels that a column of booleans had formerly their present names, where the other side has these.

    Parameters
    ----------
    left, right : sequence of str

    Returns
    -------
    left, right : tuple of str

    Examples
    --------
    >>> align_boolean_levels(["0", "1"], ["False", "True", "(missing)"])
    (('False', 'True'), ('False', 'True', '(missing)'))
    """
    aligned = []
    for levels, other_levels in ((left, right), (right, left)):
        named = {*other_levels} - {MISSING}
        former = {*levels} - {MISSING} <= {*FORMER_BOOLEANS} and named and named <= {*FORMER_BOOLEANS.values()}
        aligned.append(tuple(FORMER_BOOLEANS.get(name, name) for name in levels) if former else tuple(levels))
    return aligned[0], aligned[1]


def order_levels(levels: Iterable[str], declared: Sequence[str] = ()) -> tuple[str, ...]:
    """Order names as people do: as declared, bins, months, weekdays and whole numbers by size, then text by letter.

    Parameters
    ----------
    levels : iterable of str
    declared : sequence of str
        Order of a column that has one of its own; used where it holds every level.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> order_levels(["45 or more", "25 to 45", "under 25"])
    ('under 25', '25 to 45', '45 or more')
    >>> order_levels(["March", "January", "February"])
    ('January', 'February', 'March')
    """
    levels = set(levels)
    if levels <= set(declared):
        return tuple(name for name in dict.fromkeys(declared) if name in levels)
    for pattern, bounds in ((BIN_PATTERN, _bin_bounds), (INTERVAL_PATTERN, _interval_bounds)):
        if levels and all(map(pattern.fullmatch, levels)):
            return tuple(sorted(levels, key=bounds))
    for names in CALENDARS:
        if len(levels) > 1 and all(level.casefold() in names for level in levels):
            return tuple(sorted(levels, key=lambda level: (names[level.casefold()], level)))

    def key(level: str) -> tuple[bool, int, str]:
        digits = level.removeprefix("-")
        number = digits.isascii() and digits.isdigit() and len(digits) < 19
        return (not number, int(level) if number else 0, level)

    return tuple(sorted(levels, key=key))


def _bin_bounds(level: str) -> tuple[float, float]:
    """Read the bounds of a bin off its name."""
    under, low, high, minimum = BIN_PATTERN.fullmatch(level).groups()  # type: ignore[union-attr]
    return float(low or minimum or -math.inf), float(under or high or math.inf)


def _interval_bounds(level: str) -> tuple[float, float, str]:
    low, high = INTERVAL_PATTERN.fullmatch(level).groups()  # type: ignore[union-attr]
    return float(low), float(high), level


def overlapping_bins(levels: Iterable[str]) -> tuple[str, str] | None:
    """Return two bins that share numbers, as bins with other edges do, or None.

    Parameters
    ----------
    levels : iterable of str
        Names of bins among them; others are passed over.

    Returns
    -------
    pair of str, or None

    Examples
    --------
    >>> overlapping_bins(["under 25", "25 to 45", "25 or more"])
    ('25 to 45', '25 or more')
    """
    bins = order_levels(level for level in levels if BIN_PATTERN.fullmatch(level))
    pairs = itertools.pairwise(bins)
    return next(((a, b) for a, b in pairs if _bin_bounds(b)[0] < _bin_bounds(a)[1]), None)


def relabel(codes: Ints, old: Sequence[str], new: Sequence[str]) -> Ints:
    """Translate codes into `old` names to codes into `new` names, which holds them all; -1 stays.

    Parameters
    ----------
    codes : int array
    old, new : sequence of str

    Returns
    -------
    int array of the shape of `codes`
    """
    position = {name: i for i, name in enumerate(new)}
    table = np.array([*(position[name] for name in old), -1], dtype=np.int64)
    return table[codes]


def union_levels(left: Iterable[str], right: Iterable[str], declared: Sequence[str] = ()) -> tuple[str, ...]:
    """All names of both in order, that of `declared` where it has them all; MISSING last.

    Parameters
    ----------
    left, right : iterable of str
    declared : sequence of str
        Order of a column that has one of its own.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> union_levels(["low", "high"], ["mid", "(missing)"], ["low", "mid", "high"])
    ('low', 'mid', 'high', '(missing)')
    """
    names = {*left, *right}
    ordered = order_levels(names - {MISSING}, declared)
    return (*ordered, MISSING) if MISSING in names else ordered
