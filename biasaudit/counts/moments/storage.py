"""Save a table of moments as Parquet and load it again, so that sites share sums without people."""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from biasaudit.counts.moments._merging import cell_columns
from biasaudit.counts.moments._validation import PARTS, bin_columns, moment_header, sum_columns, table_parts
from biasaudit.counts.moments._withholding import withheld
from biasaudit.counts.table.headers import FORMAT_VERSION
from biasaudit.counts.table.storage import read_parquet, write_parquet
from biasaudit.counts.table.validation import damage_refused
from biasaudit.errors import AuditError

__all__ = ["check_moments", "load_fields", "save_moments"]

KEY = "biasaudit_moments"


def save_moments(table: Any, path: str | os.PathLike[str], *, min_cell: int) -> None:
    """Write a table of moments to one Parquet file, whole or not at all.

    Parameters
    ----------
    table : MomentTable
    path : str or path-like
        File to write; an older one is replaced.
    min_cell : int
        Cells with fewer rows are written without their sums.

    Raises
    ------
    AuditError
        If the table has clusters, the file cannot be written, or the table is none that could be loaded again.
    """
    if table.cluster is not None:
        raise AuditError(
            "The table has clusters, and their sums may be those of single people. Save table.without_clusters()."
        )
    table = withheld(table, min_cell) if min_cell else table
    header, columns = _checked(table)
    write_parquet(path, columns, json.dumps(header), KEY)


def check_moments(table: Any) -> None:
    """Raise an AuditError if a table in memory is none that :func:`load_fields` would take.

    Parameters
    ----------
    table : MomentTable

    Raises
    ------
    AuditError
        If its parts do not fit each other.
    """
    _checked(table if table.cluster is None else table.without_clusters())


def _checked(table: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and columns of a table that could be loaded again."""
    header = _header(table)
    columns = _columns(table, header)
    with damage_refused("The table", "Count rows with biasaudit.count, or load a table that was saved.", "moments"):
        table_parts(moment_header(json.dumps(header), "The table"), columns)
    return header, columns


def _header(table: Any) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "features": table.features,
        "levels": table.levels,
        "variables": table.variables,
        "pivots": table.pivots.tolist(),
        "weighted": table.weight is not None,
        "withheld": table.suppressed is not None,
        "histograms": {role: one.exact for role, one in table.histograms.items()},
        "strata": None if table.strata is None else [dict(names) for names in table.strata],
    }


def _columns(table: Any, header: Mapping[str, Any]) -> dict[str, Any]:
    """Lay out cells and bins one below the other; what one of them lacks is 0 there."""
    (whole, numbers), (more_whole, more_numbers) = sum_columns(header), bin_columns(header)
    cells = cell_columns(table)
    for letter, name in (("s", "sums"), ("q", "squared_sums")):
        cells |= {
            f"{letter}_{i}_{k}": one for i, sums in enumerate(cells.pop(name, ())) for k, one in enumerate(sums, 1)
        }
    cells |= {f"p_{k}": one for k, one in enumerate(cells.pop("products", ()), 1)}
    parts = [(cells, len(table.rows), table.codes, 0)]
    sizes = [len(names) for names in table.levels]
    for role, one in table.histograms.items():
        bins = {name: getattr(one, name) for name in ("bin", "low", "high", "rows", "weight", "outcome")}
        codes = (
            np.stack(np.unravel_index(one.group, sizes), axis=1) if sizes else np.zeros((len(one.rows), 0), np.int64)
        )
        parts.append((bins, len(one.rows), codes, PARTS.index(role) + 1))
    kinds = dict.fromkeys([*whole, *more_whole], "int64") | dict.fromkeys([*numbers, *more_numbers], "float64")
    if header["withheld"]:
        kinds["suppressed"] = "bool"
    columns = {
        name: np.concatenate([_filled(part, name, size, kind) for part, size, _, _ in parts])
        for name, kind in kinds.items()
    }
    columns |= {f"level_{i}": np.concatenate([codes[:, i] for _, _, codes, _ in parts]) for i in range(len(sizes))}
    return columns | {"part": np.concatenate([np.full(size, number) for _, size, _, number in parts])}


def _filled(part: Mapping[str, Any], name: str, size: int, kind: str) -> Any:
    column = part.get(name)
    return np.zeros(size, dtype=kind) if column is None else np.asarray(column, dtype=kind)


def load_fields(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a table of moments that :func:`save_moments` wrote.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to object
        Arguments of MomentTable; of each histogram, those of Histogram.

    Raises
    ------
    AuditError
        If the file is no such table, a damaged one, or one from a newer version.
    """
    return read_parquet(path, KEY, _fields, kind="moments")


def _fields(text: Any, columns: Mapping[str, Any], where: str) -> dict[str, Any]:
    header = moment_header(text, where)
    parts = table_parts(header, columns)
    cells, places, weighted = parts["cells"], range(len(header["variables"])), header["weighted"]
    rows = cells["rows"]

    def stacked(letter: str, powers: tuple[int, ...]) -> Any:
        return np.stack([np.stack([cells[f"{letter}_{i}_{k}"] for k in powers]) for i in places])

    levels = [cells[f"level_{i}"] for i in range(len(header["features"]))]
    return {
        "features": tuple(header["features"]),
        "levels": tuple(tuple(names) for names in header["levels"]),
        "codes": np.stack(levels, axis=1) if levels else np.zeros((len(rows), 0), np.int64),
        "variables": tuple(header["variables"]),
        "pivots": np.array(header["pivots"], dtype=float),
        "rows": rows,
        "left_out": cells["left_out"],
        "sums": stacked("s", (1, 2, 3)),
        "squared_sums": stacked("q", (1, 2)) if weighted else None,
        "products": np.stack([cells["p_1"], cells["p_2"]]) if len(places) > 1 else None,
        "weight": cells.get("weight"),
        "weight_squared": cells.get("weight_squared"),
        "stratum": cells.get("stratum"),
        "strata": None if header["strata"] is None else tuple(dict(names) for names in header["strata"]),
        "suppressed": cells.get("suppressed"),
        "histograms": {
            role: _bins(parts[role], exact=exact, calibrated=role == "prediction" and len(places) > 1)
            for role, exact in header["histograms"].items()
        },
    }


def _bins(columns: Mapping[str, Any], *, exact: bool, calibrated: bool) -> dict[str, Any]:
    return {
        **{name: columns[name] for name in ("group", "bin", "low", "high", "rows")},
        "weight": columns.get("weight", columns["rows"].astype(float)),
        "outcome": columns["outcome"] if calibrated else None,
        "exact": exact,
    }
