"""Read what the header of a table of counts says: features, levels, classes, score bins and strata."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = [
    "FORMAT_VERSION",
    "MAX_GROUPS",
    "DamagedTable",
    "check_groups",
    "check_strata",
    "check_texts",
    "is_finite_number",
    "parse_header",
    "read_header",
]

FORMAT_VERSION = "1"
MAX_GROUPS = 10_000
MAX_HEADER = 2**26


class DamagedTable(Exception):  # noqa: N818
    """What keeps a header and columns from being a table of counts, as the second half of a sentence."""


def read_header(text: Any, where: str) -> dict[str, Any]:
    """Read the header of a table of counts.

    Parameters
    ----------
    text : object
        JSON.
    where : str
        What the header is of, for messages.

    Returns
    -------
    dict of str to object

    Raises
    ------
    DamagedTable
        If it is none.
    AuditError
        If it is one of a newer version.
    """
    header = parse_header(text, where, ("features", "levels", "classes", "edges", "bin_scores"))
    check_groups(header)
    check_texts(header["classes"], "its classes", min_length=1)
    _check_scores(header)
    if header.get("columns") is not None:
        check_texts(header["columns"], "its columns")
    if header.get("strata") is not None:
        check_strata(header["strata"])
    return header


def parse_header(text: Any, where: str, needed: Sequence[str]) -> dict[str, Any]:
    """Read the names and values of a header of this version, whatever table it is of.

    Parameters
    ----------
    text : object
        JSON.
    where : str
        What the header is of, for messages.
    needed : sequence of str
        Names that have to be there.

    Returns
    -------
    dict of str to object

    Raises
    ------
    DamagedTable
        If it is none, or lacks a name.
    AuditError
        If it is one of a newer version.
    """
    if not isinstance(text, str):
        raise DamagedTable("its header is no text")
    if len(text) > MAX_HEADER:
        raise DamagedTable(f"its header has {len(text):,} letters, and {MAX_HEADER:,} are the most")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedTable("its header is no JSON that can be read") from None
    if not isinstance(header, dict):
        raise DamagedTable("its header holds no names and values")
    version = header.get("format")
    if version != FORMAT_VERSION:
        if isinstance(version, str) and version.isascii() and version.isdigit():
            raise AuditError(
                f"{where} has format {clean(version)}; this version reads {FORMAT_VERSION}. Update biasaudit."
            )
        raise DamagedTable(f"its header says format {_preview(version)}, where {FORMAT_VERSION!r} should be")
    missing = [name for name in needed if name not in header]
    if missing:
        raise DamagedTable(f'its header lacks "{missing[0]}"')
    return header


def _preview(value: Any) -> str:
    return clean(repr(value), 40) if isinstance(value, (str, int, float, type(None))) else f"a {type(value).__name__}"


def check_groups(header: Mapping[str, Any]) -> None:
    """Refuse features and levels that are none, or cross into too many groups.

    Parameters
    ----------
    header : mapping of str to object

    Raises
    ------
    DamagedTable
        If it names no features with their levels.
    """
    features, levels = header["features"], header["levels"]
    check_texts(features, "its features")
    if not isinstance(levels, Sequence) or isinstance(levels, str) or len(levels) != len(features):
        raise DamagedTable("its header does not list the levels of each feature")
    for name, names in zip(features, levels, strict=True):
        check_texts(names, f'the levels of "{clean(name)}"', min_length=1)
    groups = math.prod(len(names) for names in levels)
    if groups > MAX_GROUPS:
        raise DamagedTable(f"its features cross into {groups:,} groups, and at most {MAX_GROUPS:,} can be audited")


def check_texts(names: Any, what: str, min_length: int = 0) -> None:
    """Refuse what is no list of texts, each of which stands there once.

    Parameters
    ----------
    names : object
    what : str
        What messages call them.
    min_length : int

    Raises
    ------
    DamagedTable
        If they are none.
    """
    if not isinstance(names, (list, tuple)) or len(names) < min_length:
        raise DamagedTable(f"{what} are no list of names ({_preview(names)})")
    not_text = [name for name in names if not _is_text(name)]
    if not_text:
        raise DamagedTable(f"{what} are not all text ({_preview(not_text[0])})")
    if len(set(names)) < len(names):
        repeated = Counter(names).most_common(1)[0][0]
        raise DamagedTable(f"{what} name {_preview(repeated)} twice")


def _is_text(name: Any) -> bool:
    """Say whether a name is text that can be written; half a character (a lone surrogate) cannot."""
    try:
        return isinstance(name, str) and bool(name.encode("utf-8") or True)
    except UnicodeEncodeError:
        return False


def _check_scores(header: Mapping[str, Any]) -> None:
    edges, bin_scores = header["edges"], header["bin_scores"]
    if edges is None and bin_scores is None:
        return
    for name, values in (("edges", edges), ("bin_scores", bin_scores)):
        if not isinstance(values, list) or not all(map(is_finite_number, values)):
            raise DamagedTable(f"its {name} are no list of finite numbers")
    if len(bin_scores) != len(edges) + 1:
        raise DamagedTable(f"{len(edges):,} edges make {len(edges) + 1:,} bins, and bin_scores has {len(bin_scores):,}")
    if not (np.diff(np.array(edges, dtype=float)) > 0).all() or (np.diff(np.array(bin_scores, dtype=float)) < 0).any():
        raise DamagedTable("the edges or scores of its bins do not rise")


def is_finite_number(value: Any) -> bool:
    """Say whether a value of JSON is a finite number.

    Parameters
    ----------
    value : object
    """
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def check_strata(strata: Any) -> None:
    """Refuse strata that are no values of the same control features, each of them once.

    Parameters
    ----------
    strata : object

    Raises
    ------
    DamagedTable
        If they are none.
    """
    if not isinstance(strata, (list, tuple)) or not strata or not all(isinstance(stratum, dict) for stratum in strata):
        raise DamagedTable("its strata are no list of names and values")
    for stratum in strata:
        check_texts([*stratum], "the control features of a stratum", min_length=1)
        if not all(map(_is_text, stratum.values())):
            raise DamagedTable("the values of a stratum are not all text")
    features, values = ({tuple(part) for part in parts} for parts in (strata, [s.values() for s in strata]))
    if len(features) > 1 or len(values) < len(strata):
        raise DamagedTable("its strata do not differ from each other, or name different control features")
