"""Decide whether a header and the columns that came with it are a table of moments, whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.arrays import distinct_keys
from biasaudit.counts.moments.bins import MAX_EXACT, bin_bounds
from biasaudit.counts.table.headers import (
    DamagedTable,
    check_groups,
    check_strata,
    check_texts,
    is_finite_number,
    parse_header,
)
from biasaudit.counts.table.validation import MAX_COUNT, check_weight_sums, read_column
from biasaudit.names import clean

__all__ = ["PARTS", "bin_columns", "moment_header", "sum_columns", "table_parts"]

NUMBERS, PARTS = "numbers", ("outcome", "prediction")
POSSIBLE = (("outcome",), ("prediction",), ("outcome", "prediction", "error", "absolute_error", "squared_error"))
# Sums of many numbers differ by their order.
ROUNDING = 1e-6


def moment_header(text: Any, where: str) -> dict[str, Any]:
    """Read the header of a table of moments.

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
    needed = ("features", "levels", "variables", "pivots", "weighted", "histograms", "strata", "withheld")
    header = parse_header(text, where, needed)
    check_groups(header)
    check_texts(header["variables"], "its variables")
    if tuple(header["variables"]) not in POSSIBLE:
        raise DamagedTable("its variables are no outcome, no prediction and not both with their errors")
    pivots = header["pivots"]
    if (
        not isinstance(pivots, list)
        or not all(map(is_finite_number, pivots))
        or len(pivots) != len(header["variables"])
    ):
        raise DamagedTable("its pivots are no list of a finite number for each variable")
    for name in ("weighted", "withheld"):
        if not isinstance(header[name], bool):
            raise DamagedTable(f'its header\'s "{name}" is neither true nor false')
    histograms = header["histograms"]
    known = [role for role in PARTS if role in header["variables"]]
    if not isinstance(histograms, dict) or not {*histograms} <= {*known}:
        raise DamagedTable("its histograms are not of its outcome and prediction")
    if not all(isinstance(exact, bool) for exact in histograms.values()):
        raise DamagedTable("its histograms do not say whether they are exact")
    if header["strata"] is not None:
        check_strata(header["strata"])
    return header


def sum_columns(header: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Name the columns of cells: whole numbers, and numbers.

    Parameters
    ----------
    header : mapping of str to object
    """
    places = range(len(header["variables"]))
    whole = ["part", *(f"level_{i}" for i in range(len(header["features"]))), "rows", "left_out"]
    whole += [] if header["strata"] is None else ["stratum"]
    numbers = [f"s_{i}_{k}" for i in places for k in (1, 2, 3)]
    numbers += ["p_1", "p_2"] if len(places) > 1 else []
    numbers += [f"q_{i}_{k}" for i in places for k in (1, 2)] if header["weighted"] else []
    return whole, numbers + (["weight", "weight_squared"] if header["weighted"] else [])


def bin_columns(header: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Name the columns that bins have beside those of cells: whole numbers, and numbers.

    Parameters
    ----------
    header : mapping of str to object
    """
    return ["bin"], ["low", "high", *(["outcome"] if len(header["variables"]) > 1 else [])]


def table_parts(header: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read the columns of a table of moments and hold them against each other.

    Parameters
    ----------
    header : mapping of str to object
        Of :func:`moment_header`.
    columns : mapping of str to array

    Returns
    -------
    dict of str to dict of str to array
        Columns of "cells" and of each histogram; "group" among them.

    Raises
    ------
    DamagedTable
        If they are no such columns, or do not belong together.
    """
    found = _read(header, columns)
    sizes = [len(names) for names in header["levels"]]
    levels = [found[f"level_{i}"] for i in range(len(sizes))]
    for i, (codes, size) in enumerate(zip(levels, sizes, strict=True)):
        _check_codes(f"level_{i}", codes, size)
    found["group"] = (
        np.ravel_multi_index(tuple(levels), sizes) if sizes else np.zeros(len(found["rows"]), dtype=np.int64)
    )
    places = {"cells": 0} | {role: i for i, role in enumerate(PARTS, 1) if role in header["histograms"]}
    if not np.isin(found["part"], list(places.values())).all():
        raise DamagedTable("it holds rows of a part that its header does not name")
    parts = {name: {key: column[found["part"] == i] for key, column in found.items()} for name, i in places.items()}
    _check_cells(header, parts["cells"])
    for role, exact in header["histograms"].items():
        _check_bins(header, parts[role], parts["cells"], exact=exact)
    return parts


def _read(header: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    (whole, numbers), (more_whole, more_numbers) = sum_columns(header), bin_columns(header)
    kinds = dict.fromkeys([*whole, *more_whole], "whole numbers") | dict.fromkeys([*numbers, *more_numbers], NUMBERS)
    if header["withheld"]:
        kinds["suppressed"] = "true and false"
    for name in kinds:
        if name not in columns:
            raise DamagedTable(f'the column "{clean(name)}" is missing')
    for name in columns:
        if name not in kinds:
            raise DamagedTable(f'it has a column "{clean(name)}", which its header does not explain')
    found: dict[str, Any] = {name: read_column(name, columns[name], kind) for name, kind in kinds.items()}
    if any(len(column) != len(found["rows"]) for column in found.values()):
        raise DamagedTable("its columns are not of one length")
    for name, kind in kinds.items():
        if kind == NUMBERS and not np.isfinite(found[name]).all():
            raise DamagedTable(f'the column "{name}" holds numbers that are not finite')
    return found


def _check_codes(name: str, codes: Ints, size: int) -> None:
    wrong = codes[(codes < 0) | (codes >= size)]
    if len(wrong):
        raise DamagedTable(f'the column "{name}" holds the code {wrong[0]:,}, which stands for nothing')


def _check_cells(header: Mapping[str, Any], cells: Mapping[str, Any]) -> None:
    rows, left_out = cells["rows"], cells["left_out"]
    suppressed = cells.get("suppressed", np.zeros(len(rows), dtype=bool))
    if not len(rows):
        raise DamagedTable("it has no cells")
    if min(rows.min(), left_out.min()) < 0:
        raise DamagedTable("it counts fewer than no rows")
    if rows.sum(dtype=float) + left_out.sum(dtype=float) > MAX_COUNT:
        raise DamagedTable("it counts more than 2^53 rows")
    if not rows.any() and not suppressed.any():
        raise DamagedTable("it counts nobody")
    if (rows[suppressed] > 0).any():
        raise DamagedTable("it withholds cells and counts them all the same")
    keys = [cells["group"]]
    if "stratum" in cells:
        _check_codes("stratum", cells["stratum"], len(header["strata"]))
        keys.append(cells["stratum"])
    if len(distinct_keys(keys)[1]) < len(rows):
        raise DamagedTable("two of its cells have the same group")
    weight, squared = rows.astype(float), rows.astype(float)
    if header["weighted"]:
        weight, squared = cells["weight"], cells["weight_squared"]
        check_weight_sums(rows, weight, squared, bool(suppressed.any()))
    for i in range(len(header["variables"])):
        _check_sums([cells[f"s_{i}_{k}"] for k in (1, 2, 3)], weight, rows, weighted=header["weighted"])
        if header["weighted"]:
            _check_sums([cells[f"q_{i}_{k}"] for k in (1, 2)], squared, rows, weighted=True)
    if "p_1" in cells and ((cells["p_2"] < 0).any() or cells["p_1"][rows == 0].any()):
        raise DamagedTable("its products are sums of no numbers")


def _check_sums(sums: Sequence[Floats], weight: Floats, rows: Ints, *, weighted: bool) -> None:
    """Refuse sums that no numbers have: by Cauchy and Schwarz (Σwx)² ≤ Σw Σwx², and |Σx³| ≤ (Σx²)^1.5."""
    first, second = sums[:2]
    bad = (second < 0) | (np.abs(first) > np.sqrt(weight) * np.sqrt(np.maximum(second, 0)) * (1 + ROUNDING))
    if len(sums) > 2 and not weighted:
        bad |= np.abs(sums[2]) > np.maximum(second, 0) ** 1.5 * (1 + ROUNDING)
    empty = rows == 0
    if bad.any() or any(column[empty].any() for column in sums):
        raise DamagedTable("its sums of powers are those of no numbers")


def _check_bins(header: Mapping[str, Any], bins: Mapping[str, Any], cells: Mapping[str, Any], *, exact: bool) -> None:
    low, high, groups = bins["low"], bins["high"], int(np.prod([len(names) for names in header["levels"]]))
    if (bins["rows"] <= 0).any() or (bins.get("weight", bins["rows"]) < 0).any():
        raise DamagedTable("its bins count fewer than one row")
    if np.abs(bins["bin"]).max(initial=0) > 2**18:
        raise DamagedTable("its bins are none of any number")
    lowest, highest = bin_bounds(bins["bin"])
    if not ((lowest <= low) & (low <= high) & (high <= highest)).all():
        raise DamagedTable("the ends of its bins do not lie in them")
    if exact and (not np.array_equal(low, high) or len(np.unique(low)) > MAX_EXACT):
        raise DamagedTable("its bins do not hold a value each, as its header says")
    key = np.unique(low, return_inverse=True)[1].astype(np.int64) if exact else bins["bin"]
    if len(low) and len(distinct_keys([bins["group"], key])[1]) < len(low):
        raise DamagedTable("two of its bins are the same")
    there = np.bincount(bins["group"], minlength=groups) > 0
    for name in ("rows", *(["weight"] if header["weighted"] else [])):
        totals, wanted = (
            np.bincount(part["group"], weights=part[name].astype(float), minlength=groups) for part in (bins, cells)
        )
        if not _agree(totals, wanted, there, withheld=header["withheld"]):
            raise DamagedTable("its bins do not count the rows of its cells")


def _agree(totals: Any, wanted: Any, there: Any, *, withheld: bool) -> bool:
    """Say whether bins count what cells count, groups without bins excepted where some were withheld."""
    close = np.abs(totals - wanted) <= ROUNDING * np.abs(wanted)
    return bool(close[there].all() if withheld else close.all())
