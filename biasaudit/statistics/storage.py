"""Save a table of counts as Parquet and load it again, so that sites share counts without people."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from biasaudit.errors import AuditError

__all__ = ["FORMAT_VERSION", "assemble", "columns_of", "header_of", "load_fields", "save_crosstab", "suppress"]

FORMAT_VERSION = "1"
_COLUMNS = {
    "y_true": "BIGINT",
    "y_pred": "BIGINT",
    "score_bin": "BIGINT",
    "cluster": "BIGINT",
    "rows": "BIGINT",
    "weight": "DOUBLE",
    "weight_squared": "DOUBLE",
    "suppressed": "BOOLEAN",
}


def suppress(table: Any, min_cell: int) -> Any:
    """Withhold the count of every cell with fewer than `min_cell` rows.

    A rate that needs a withheld cell is undefined in that group afterwards; nothing is guessed.

    Raises
    ------
    AuditError
        If `min_cell` is negative.
    """
    if min_cell < 0:
        raise AuditError(f"min_cell={min_cell} is negative. Give the smallest number of people to show, such as 10.")
    small = table.rows < min_cell
    if table.suppressed is not None:
        small |= table.suppressed

    def hidden(column: Any) -> Any:
        return None if column is None else np.where(small, 0, column).astype(column.dtype)

    return replace(
        table,
        rows=hidden(table.rows),
        weight=hidden(table.weight),
        weight_squared=hidden(table.weight_squared),
        suppressed=small,
    )


def save_crosstab(table: Any, path: str | os.PathLike[str], *, min_cell: int) -> None:
    """Write a table of counts to one Parquet file, whole or not at all.

    Parameters
    ----------
    table : Crosstab
    path : str or path-like
        File to write; an older one is replaced.
    min_cell : int
        Cells with fewer rows are written without their count. Names of clusters are never written.

    Raises
    ------
    AuditError
        If the file cannot be written.
    """
    import duckdb

    table = suppress(table, min_cell) if min_cell else table
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    header = header_of(table)
    columns = columns_of(table)
    with duckdb.connect() as connection:
        connection.register("counts", columns)
        try:
            connection.execute(
                f"COPY (SELECT {', '.join(columns)} FROM counts) TO '{_quoted(part)}' "
                f"(FORMAT parquet, KV_METADATA {{biasaudit: '{_quoted(json.dumps(header))}'}})"
            )
            part.replace(target)
        except (duckdb.Error, OSError) as error:
            raise AuditError(f'"{path}" cannot be written: {str(error)[:200]}. Choose another place.') from None
        finally:
            part.unlink(missing_ok=True)


def header_of(table: Any) -> dict[str, Any]:
    """Return what a table of counts says of its cells, ready for JSON."""
    return {
        "format": FORMAT_VERSION,
        "features": table.features,
        "levels": table.levels,
        "classes": table.classes,
        "edges": None if table.edges is None else table.edges.tolist(),
        "bin_scores": None if table.bin_scores is None else table.bin_scores.tolist(),
    }


def columns_of(table: Any) -> dict[str, Any]:
    """Return the cells of a table of counts as columns by name; what the table lacks is left out."""
    columns: dict[str, Any] = {f"level_{i}": table.codes[:, i] for i in range(len(table.features))}
    columns |= {name: getattr(table, name) for name in _COLUMNS}
    return {name: column for name, column in columns.items() if column is not None}


def _quoted(value: object) -> str:
    return str(value).replace("'", "''")


def load_fields(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a table of counts that :func:`save_crosstab` wrote.

    Raises
    ------
    AuditError
        If the file is no such table, or one from a newer version.
    """
    import duckdb

    with duckdb.connect() as connection:
        try:
            found = connection.execute(
                f"SELECT decode(value) FROM parquet_kv_metadata('{_quoted(path)}') WHERE decode(key) = 'biasaudit'"
            ).fetchone()
            cells = connection.execute(f"SELECT * FROM read_parquet('{_quoted(path)}')").fetchnumpy()
        except duckdb.Error as error:
            if not Path(path).exists():
                raise AuditError(
                    f'There is no table of counts "{path}". Give the path of a file that save() wrote.'
                ) from None
            why = str(error).splitlines()[0][:200].rstrip(".")
            raise AuditError(f'"{path}" cannot be read as a table of counts: {why}.') from None
    if found is None:
        raise AuditError(f'"{path}" is Parquet, but no table of counts. Make one with Crosstab.save.')
    header = json.loads(found[0])
    if header["format"] != FORMAT_VERSION:
        raise AuditError(
            f'"{path}" has format {header["format"]}; this version reads {FORMAT_VERSION}. Update biasaudit.'
        )
    return assemble(header, cells)


def assemble(header: Mapping[str, Any], cells: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a header and columns back into the fields of a table of counts."""
    kinds = {"BIGINT": np.int64, "DOUBLE": np.float64, "BOOLEAN": np.bool_}
    arrays: dict[str, Any] = {
        name: np.asarray(cells[name], dtype=kinds[kind]) if name in cells else None for name, kind in _COLUMNS.items()
    }
    codes = [np.asarray(cells[f"level_{i}"], dtype=np.int64) for i in range(len(header["features"]))]
    return {
        "features": tuple(header["features"]),
        "levels": tuple(tuple(levels) for levels in header["levels"]),
        "classes": tuple(header["classes"]),
        "codes": np.stack(codes, axis=1),
        "edges": None if header["edges"] is None else np.array(header["edges"]),
        "bin_scores": None if header["bin_scores"] is None else np.array(header["bin_scores"]),
        **arrays,
    }
