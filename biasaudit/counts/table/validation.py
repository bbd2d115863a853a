"""Decide whether a header and the columns that came with it are a table of counts, whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.counts.arrays import distinct_keys
from biasaudit.counts.table.headers import DamagedTable
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["MAX_COUNT", "cell_arrays", "check_weight_sums", "damage_refused", "read_column", "table_fields"]

# Beyond it, neighbouring whole numbers are one float.
MAX_COUNT = 2**53
WHOLE_NUMBERS = "whole numbers"
KEY_COLUMNS = ("y_true", "y_pred", "score_bin", "cluster", "stratum")
WEIGHT_COLUMNS = ("weight", "weight_squared")
OPTIONAL_COLUMNS = (*KEY_COLUMNS, *WEIGHT_COLUMNS, "suppressed")
# Sums of many weights differ by their order; the smallest float stands for what squares of tiny weights lost.
ROUNDING, SMALLEST_FLOAT = 1e-6, 5e-324


def cell_arrays(table: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of the cells that a table has, by name, but for the levels of their groups.

    Parameters
    ----------
    table : Crosstab

    Returns
    -------
    dict of str to array of shape (cells,)
    """
    arrays = {
        "y_true": table.y_true,
        "y_pred": table.y_pred,
        "score_bin": table.score_bin,
        "cluster": table.cluster,
        "stratum": table.stratum,
        "rows": table.rows,
        "weight": table.weight,
        "weight_squared": table.weight_squared,
        "suppressed": table.suppressed,
    }
    return {name: array for name, array in arrays.items() if array is not None}


@contextmanager
def damage_refused(where: str, remedy: str, kind: str = "counts") -> Iterator[None]:
    """Turn a damage into the one error, which says where it is and what helps.

    Parameters
    ----------
    where : str
        What may be damaged, as the message calls it.
    remedy : str
        What helps, as a sentence.
    kind : str
        What the table is one of, as the message calls it.

    Raises
    ------
    AuditError
        If a DamagedTable is raised inside.
    """
    try:
        yield
    except DamagedTable as damage:
        raise AuditError(f"{where} is no whole table of {kind}: {damage}. {remedy}") from None


def table_fields(header: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a header that :func:`read_header` has read and the columns of cells into the fields of a table of counts.

    Parameters
    ----------
    header : mapping of str to object
    columns : mapping of str to array of shape (cells,)

    Returns
    -------
    dict of str to object
        Arguments of Crosstab.

    Raises
    ------
    DamagedTable
        If they are none, or do not belong together.
    """
    codes = [f"level_{i}" for i in range(len(header["features"]))]
    _check_names(header, codes, columns)
    found = {name: read_column(name, column) for name, column in columns.items()}
    rows = found["rows"]
    if any(len(column) != len(rows) for column in found.values()):
        raise DamagedTable("its columns are not of one length")
    levels = zip(codes, header["levels"], strict=True)
    sizes = {name: len(names) for name, names in levels} | _code_counts(header)
    for name in (*codes, *KEY_COLUMNS):
        if name in found:
            _check_codes(name, found[name], -1 if name in ("y_true", "y_pred") else 0, sizes.get(name))
    _check_counts(found)
    if "cluster" in found:
        found["cluster"] = _consecutive_codes(found["cluster"])
    _check_distinct([found[name] for name in (*codes, *KEY_COLUMNS) if name in found], len(rows))
    edges, bin_scores, strata = (header.get(name) for name in ("edges", "bin_scores", "strata"))
    return {
        "features": tuple(header["features"]),
        "levels": tuple(tuple(names) for names in header["levels"]),
        "classes": tuple(header["classes"]),
        "codes": np.stack([found[name] for name in codes], axis=1) if codes else np.zeros((len(rows), 0), np.int64),
        "edges": None if edges is None else np.array(edges, dtype=float),
        "bin_scores": None if bin_scores is None else np.array(bin_scores, dtype=float),
        "strata": None if strata is None else tuple(dict(names) for names in strata),
        "rows": rows,
        **{name: found.get(name) for name in OPTIONAL_COLUMNS},
    }


def _check_names(header: Mapping[str, Any], codes: Sequence[str], columns: Mapping[str, Any]) -> None:
    declared = header.get("columns")
    needed = [*codes, "rows", *(declared or ())]
    known = {*codes, "rows", *OPTIONAL_COLUMNS} if declared is None else {*needed}
    for name in needed:
        if name not in columns:
            raise DamagedTable(f'the column "{clean(name)}" is missing')
    for name in columns:
        if name not in known or name not in {*codes, "rows", *OPTIONAL_COLUMNS}:
            raise DamagedTable(f'it has a column "{clean(name)}", which its header does not explain')
    pairs = (("weight", "weight_squared"), ("weight_squared", "weight"))
    for name, other in pairs:
        if name in columns and other not in columns:
            raise DamagedTable(f'it has a column "{name}" and no "{other}"')
    for name, key in (("score_bin", "edges"), ("stratum", "strata")):
        if (name in columns) != (header.get(key) is not None):
            raise DamagedTable(f'only one of the column "{name}" and the header\'s "{key}" is there')


def read_column(name: str, column: Any, kind: str = "") -> NDArray[Any]:
    """Read a column as its kind; DuckDB hands a NULL over as a masked cell.

    Parameters
    ----------
    name : str
    column : array of shape (cells,)
        Masked where a cell holds nothing.
    kind : {"", "whole numbers", "numbers", "true and false"}
        What it has to hold; as its name says where that is empty.

    Returns
    -------
    array of shape (cells,)
        Of int64, float64 or bool.

    Raises
    ------
    DamagedTable
        If a cell holds nothing, or something else.
    """
    array = np.ma.getdata(column)
    what = kind or (
        "numbers" if name in WEIGHT_COLUMNS else "true and false" if name == "suppressed" else WHOLE_NUMBERS
    )
    kinds, dtype = {WHOLE_NUMBERS: ("iu", "int64"), "numbers": ("fiu", "float64"), "true and false": ("b", "bool")}[
        what
    ]
    if array.ndim != 1 or array.dtype.kind not in kinds:
        raise DamagedTable(f'the column "{name}" does not hold {what}')
    if np.ma.getmaskarray(column).any():
        raise DamagedTable(f'the column "{name}" holds NULL')
    if dtype == "int64" and len(array) and not (-MAX_COUNT <= array.min() <= array.max() <= MAX_COUNT):
        raise DamagedTable(f'the column "{name}" holds numbers beyond 2^53')
    return array.astype(dtype)


def _code_counts(header: Mapping[str, Any]) -> dict[str, int]:
    """Count what the codes of each column may stand for; clusters have no names."""
    classes = len(header["classes"])
    bins, strata = header["bin_scores"] or (), header.get("strata") or ()
    return {"y_true": classes, "y_pred": classes, "score_bin": len(bins), "stratum": len(strata)}


def _check_codes(name: str, codes: Ints, lowest: int, size: int | None) -> None:
    if not len(codes):
        return
    if codes.min() < lowest or (size is not None and codes.max() >= size):
        worst = codes.min() if codes.min() < lowest else codes.max()
        raise DamagedTable(f'the column "{name}" holds the code {worst:,}, which stands for nothing')


def _check_counts(found: Mapping[str, NDArray[Any]]) -> None:
    rows, suppressed = found["rows"], found.get("suppressed")
    if not len(rows):
        raise DamagedTable("it has no cells")
    if rows.min() < 0:
        raise DamagedTable(f'the column "rows" holds {rows.min():,}, a negative count')
    if rows.sum(dtype=float) > MAX_COUNT:
        raise DamagedTable("it counts more than 2^53 rows")
    withheld = suppressed is not None and bool(suppressed.any())
    if not rows.any() and not withheld:
        raise DamagedTable("it counts nobody")
    if "weight" in found:
        check_weight_sums(rows, found["weight"], found["weight_squared"], withheld)


def check_weight_sums(rows: NDArray[Any], weight: NDArray[Any], squared: NDArray[Any], withheld: bool) -> None:
    """Refuse sums that no weights of so many rows have: both lie between the sums of equal weights and of a single one.

    By Cauchy and Schwarz, Σw² ≤ (Σw)² ≤ n Σw²; roots keep the squares of large weights finite.

    Parameters
    ----------
    rows, weight, squared : array of shape (cells,)
    withheld : bool
        Whether any cell is.

    Raises
    ------
    DamagedTable
        If there are none such.
    """
    if not (np.isfinite(weight).all() and np.isfinite(squared).all() and weight.min() >= 0 and squared.min() >= 0):
        raise DamagedTable("its weights are not all finite and 0 or more")
    if not (weight.any() or withheld):
        raise DamagedTable("its weights are 0 everywhere")
    with np.errstate(over="ignore"):
        finite = np.isfinite(weight.sum()) and np.isfinite(squared.sum())
    upper_bound = np.sqrt(rows) * np.sqrt(squared + rows * SMALLEST_FLOAT) * (1 + ROUNDING)
    if not finite or (weight > upper_bound).any() or (np.sqrt(squared) > weight * (1 + ROUNDING)).any():
        raise DamagedTable('the columns "weight" and "weight_squared" are sums of no weights of so many rows')


def _consecutive_codes(cluster: Ints) -> Ints:
    """Give the clusters numbers without gaps, so that no code asks for more memory than there are clusters."""
    _, codes = np.unique(cluster, return_inverse=True)
    return codes.astype(np.int64)


def _check_distinct(keys: list[Ints], cells: int) -> None:
    _, first = distinct_keys(keys) if keys else ([], [0])
    if len(first) < cells:
        raise DamagedTable("two of its cells have the same group, labels and scores")
