"""What the parts of an audit of data counted on their way: rates within strata, along a column, and gaps in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.data.missing import VALUES
from biasaudit.audits.parts import Part
from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.wilson import critical_value, wilson
from biasaudit.names import clean
from biasaudit.reporting.report import Record

__all__ = ["along_table", "missing_table", "within_table"]

# Levels of a column that still make a picture.
MOST_LEVELS = 40
MONTH = 7


def within_table(parts: Sequence[Part], column: str, confidence: float) -> pd.DataFrame:
    """Return rates of the label by level of a column and group, and in total."""
    rows = [row for part in parts if part.name == "reversals" for row in part.rows]
    found = [row for row in rows if row["column"] == column]
    if not found:
        _refuse(column, [row["column"] for row in rows], "was not tried as strata")
    records = {(tuple(r["group"].items()), r["total"], r["stratum"]): r for row in found for r in _strata(row)}
    return _with_interval(list(records.values()), ["group", "total", "stratum"], confidence)


def _strata(row: Record) -> Iterator[Record]:
    for side, x, n in (("group", *row["cells"][:2]), ("reference", *row["cells"][2:])):
        shared = {"group": row[side], "evidence": row["evidence"]}
        yield shared | {"total": True, "stratum": "", "x": x.sum(), "n": n.sum()}
        for name, positive, rows in zip(row["levels"], x, n, strict=True):
            yield shared | {"total": False, "stratum": name, "x": positive, "n": rows}


def along_table(parts: Sequence[Part], column: str, confidence: float) -> pd.DataFrame:
    """Return rates of the label along a column, neighbouring levels joined where there are many."""
    rows = [row for part in parts if part.name == "artefacts" for row in part.rows]
    found = next((row for row in rows if row["column"] == column), None)
    if found is None:
        _refuse(column, [row["column"] for row in rows], "was not searched")
    cells, names = found["cells"], np.array(found["levels"], dtype=object)
    inside = np.zeros(len(names), dtype=bool)
    if found["what"]:
        inside[found["first"] : found["last"] + 1] = True
    at = _joined(cells.sum(axis=1), names[:-1], inside, found["along"])
    records = [
        {
            "level": _span(names[at == i].tolist(), names[at != i].tolist(), found["along"]),
            "in_stretch": bool(inside[at == i][0]),
            "x": cells[at == i, 1].sum(),
            "n": cells[at == i].sum(),
            "evidence": found["evidence"],
        }
        for i in range(int(at.max(initial=-1)) + 1)
    ]
    table = _with_interval([row for row in records if row["n"] > 0], ["level", "in_stretch"], confidence)
    # Several levels may be joined into one that starts before the plot's words do.
    table.attrs["starts"] = str(names[inside][0]) if inside.any() else ""
    return table


def _joined(rows: Floats, names: Any, inside: NDArray[np.bool_], along: str) -> Ints:
    """Give each level the number of what it is joined to; missing values, the last, stay by themselves."""
    levels = len(names)
    if levels <= MOST_LEVELS:
        return np.arange(levels + 1)
    if along == "days":
        key = np.array([name[:MONTH] for name in names])
        new = np.append(True, (key[1:] != key[:-1]) | (inside[1:levels] != inside[: levels - 1]))
    elif along == "ordered":
        middle = (np.cumsum(rows[:-1]) - rows[:-1] / 2) / max(rows[:-1].sum(), 1e-9)
        part = np.floor(middle * MOST_LEVELS).astype(np.int64)
        new = np.append(True, (np.diff(part) > 0) | (inside[1:levels] != inside[: levels - 1]))
    else:
        # Names have no neighbours: the largest are drawn, and what was found.
        kept = inside[:-1] | (np.argsort(np.argsort(-rows[:-1], kind="stable")) < MOST_LEVELS)
        at = np.where(kept, np.cumsum(kept) - 1, -1)
        return np.append(at, kept.sum())
    at = np.cumsum(new) - 1
    return np.append(at, at[-1] + 1)


def _span(names: list[str], others: list[str], along: str) -> str:
    """Name what was joined: the month where all days are of one, else the first and the last."""
    if len(names) == 1:
        return names[0]
    if along == "days" and not any(name[:MONTH] == names[0][:MONTH] for name in others):
        return names[0][:MONTH]
    return f"{names[0]} to {names[-1]}"


def missing_table(parts: Sequence[Part], confidence: float) -> pd.DataFrame:
    """Return the share of missing values by column and group."""
    found = [row for part in parts if part.name == "missing" for row in part.rows if row["what"] == VALUES]
    records = {
        (row["column"], tuple(row[side].items())): {
            "column": row["column"],
            "group": row[side],
            "x": x,
            "n": n,
            "evidence": row["evidence"],
        }
        for row in found
        for side, (x, n) in (("group", row["cells"][:2]), ("reference", row["cells"][2:]))
    }
    return _with_interval(list(records.values()), ["column", "group"], confidence)


def _with_interval(records: list[Record], keep: list[str], confidence: float) -> pd.DataFrame:
    """Add the rate and its interval; counts are those of rows, though the interval is that of the evidence."""
    frame = pd.DataFrame(records, columns=[*keep, "x", "n", "evidence"])
    x, n = frame["x"].to_numpy(dtype=float), frame["n"].to_numpy(dtype=float)
    low, high = wilson(x, n, critical=critical_value(confidence))
    some = n > 0
    estimate = np.divide(x, n, out=np.full(len(x), np.nan), where=some)
    made = {
        "numerator": x / frame["evidence"],
        "denominator": n / frame["evidence"],
        "estimate": estimate,
        "low": np.where(some, low, np.nan),
        "high": np.where(some, high, np.nan),
    }
    return frame[keep].assign(**made)


def _refuse(column: str, tried: Sequence[str], reason: str) -> NoReturn:
    names = list(dict.fromkeys(tried))
    columns = f" Columns: {', '.join(map(clean, names))}." if names else " There is no column."
    raise AuditError(f'"{clean(str(column))}" {reason}.{nearest(str(column), names)}{columns}')
