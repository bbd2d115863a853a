"""Read label values: which two values mean no and yes, and when that is not plain."""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError

__all__ = ["MISSING", "canonical", "order_levels", "overlapping", "read_classes", "relabel", "union"]

MISSING = "(missing)"
_NUMBER = r"(-?\d+(?:\.\d+)?(?:e[+-]\d+)?)"
BIN = re.compile(rf"under {_NUMBER}|{_NUMBER} to {_NUMBER}|{_NUMBER} or more")

PLAIN_PAIRS = (
    ("0", "1"),
    ("-1", "1"),
    ("no", "yes"),
    ("false", "true"),
    ("n", "y"),
    ("f", "t"),
    ("negative", "positive"),
)


def canonical(value: Any) -> str | None:
    """Write a key the same way whichever engine it came from; a missing one is None.

    Examples
    --------
    >>> canonical(True), canonical(1.0), canonical("yes"), canonical(float("nan"))
    ('1', '1', 'yes', None)
    """
    if isinstance(value, str):
        return value
    # pandas' own missing value answers no comparison, so it is known by its type.
    if value is None or type(value).__name__ in {"NAType", "NaTType"} or value != value:
        return None
    if type(value).__name__ in {"bool", "bool_"}:
        return str(int(value))
    if hasattr(value, "is_integer") and not isinstance(value, int):
        return str(int(value)) if math.isfinite(value) and value.is_integer() else str(float(value))
    return str(value)


def order_levels(levels: Iterable[str]) -> tuple[str, ...]:
    """Order names as people do: bins and whole numbers by size, then text by letter.

    Examples
    --------
    >>> order_levels(["45 or more", "25 to 45", "under 25"])
    ('under 25', '25 to 45', '45 or more')
    """
    levels = set(levels)
    if levels and all(map(BIN.fullmatch, levels)):
        return tuple(sorted(levels, key=_bounds))

    def key(level: str) -> tuple[bool, int, str]:
        digits = level.removeprefix("-")
        number = digits.isascii() and digits.isdigit() and len(digits) < 19
        return (not number, int(level) if number else 0, level)

    return tuple(sorted(levels, key=key))


def _bounds(level: str) -> tuple[float, float]:
    """Read the bounds of a bin off its name."""
    under, low, high, least = BIN.fullmatch(level).groups()  # type: ignore[union-attr]
    return float(low or least or -math.inf), float(under or high or math.inf)


def overlapping(levels: Iterable[str]) -> tuple[str, str] | None:
    """Return two bins that share numbers, as bins with other edges do, or None.

    Examples
    --------
    >>> overlapping(["under 25", "25 to 45", "25 or more"])
    ('25 to 45', '25 or more')
    """
    bins = order_levels(level for level in levels if BIN.fullmatch(level))
    pairs = itertools.pairwise(bins)
    return next(((a, b) for a, b in pairs if _bounds(b)[0] < _bounds(a)[1]), None)


def read_classes(columns: Mapping[str, Sequence[str]], pos_label: str | None) -> dict[str, dict[str, str]]:
    """Map every value of each label column to the name of its class.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Column name to the canonical values found in it.
    pos_label : str or None
        The value that counts as positive, if the user named one.

    Returns
    -------
    dict of str to dict of str to str
        For each column, value to class name. Where the values are plainly no and yes
        the names are ``"0"`` and ``"1"``; otherwise they are the values themselves.

    Raises
    ------
    AuditError
        If `pos_label` stands in no column, or a column does not share the other's values
        and cannot be read by itself.

    Examples
    --------
    >>> read_classes({"hired": ["yes", "no"], "invited": ["0", "1"]}, None)["hired"]
    {'yes': '1', 'no': '0'}
    """
    if pos_label is None:
        plain = {name: _plain(values) for name, values in columns.items()}
        if all(mapping is not None for mapping in plain.values()):
            return {name: mapping for name, mapping in plain.items() if mapping is not None}
        return {name: {value: value for value in values} for name, values in columns.items()}
    found = order_levels(value for values in columns.values() for value in values)
    pair = _plain([pos_label]) is not None
    if pos_label not in found and not (pair and all(_plain([*v, pos_label]) for v in columns.values())):
        names = " and ".join(f'"{name}"' for name in columns)
        raise AuditError(
            f"pos_label={pos_label!r} is not a value of {names}. "
            f"Found: {_listed(found)}. Give one of these as pos_label."
        )
    shared = set(next((v for v in columns.values() if pos_label in v), ())) | {pos_label}
    return {name: _by_equality(name, values, pos_label, shared) for name, values in columns.items()}


def _plain(values: Sequence[str]) -> dict[str, str] | None:
    """Read values that are plainly no and yes, or None where they are not."""
    for negative, positive in PLAIN_PAIRS:
        pair = {negative: "0", positive: "1"}
        if all(value.casefold() in pair for value in values):
            return {value: pair[value.casefold()] for value in values}
    return None


def _by_equality(name: str, values: Sequence[str], pos_label: str, shared: set[str]) -> dict[str, str]:
    if pos_label in values or set(values) <= shared or _plain([*values, pos_label]):
        return {value: value for value in values}
    plain = _plain(values)
    if plain is not None:
        return {value: pos_label if code == "1" else f"not {pos_label}" for value, code in plain.items()}
    raise AuditError(
        f'Column "{name}" never holds pos_label={pos_label!r}. Found: {_listed(values)}. '
        "Write both label columns with the same values."
    )


def _listed(values: Iterable[str], most: int = 5) -> str:
    values = [repr(value if len(value) <= 40 else value[:39] + "…") for value in values]
    return ", ".join(values[:most]) + (f" and {len(values) - most} more" if len(values) > most else "")


def relabel(codes: NDArray[np.int64], old: Sequence[str], new: Sequence[str]) -> NDArray[np.int64]:
    """Translate codes into `old` names to codes into `new` names, which holds them all; -1 stays."""
    position = {name: i for i, name in enumerate(new)}
    table = np.array([*(position[name] for name in old), -1], dtype=np.int64)
    return table[codes]


def union(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    """All names of both in the common order, MISSING last."""
    names = order_levels({*left, *right} - {MISSING})
    return (*names, MISSING) if MISSING in {*left, *right} else names
