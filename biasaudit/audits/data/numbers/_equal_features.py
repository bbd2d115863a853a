"""The gap in a label that is a number where people with the same features are compared, by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.audits.data.counts import Data, Pair
from biasaudit.audits.data.equal_features import ADJUSTED, EXPLAINED
from biasaudit.audits.findings.phrases import against, unsettled
from biasaudit.audits.parts import Part
from biasaudit.counts.column_counts import ColumnCounts, encode_column
from biasaudit.counts.column_kinds import sample_people, sample_rows
from biasaudit.counts.engines import to_floats
from biasaudit.counts.values import MISSING, canonical_each
from biasaudit.errors import AuditError
from biasaudit.inference.means.regression import adjusted_gap
from biasaudit.inference.verdicts import NOT_SHOWN, SHOWN
from biasaudit.metrics.units import Unit
from biasaudit.names import clean
from biasaudit.reporting.report import Column, Record
from biasaudit.reporting.words.text import gap, gap_ends, unit_head
from biasaudit.reporting.words.words import listed

__all__ = ["Rows", "number_features_part", "read_rows"]

MOST_CELLS, MOST_ROWS = 10_000_000, 200_000
# Levels with fewer rows are put together; so are those beyond the most frequent.
FEWEST, MOST_LEVELS = 10, 60
MOST_STRATA = 500
# A column that explains this share of the label by itself is made from it, and makes nobody alike.
GIVES_AWAY = 0.99


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows with a label, in memory.

    Parameters
    ----------
    label : float array of shape (rows,)
    level : int array of shape (rows, features)
        Level of each sensitive feature.
    columns : mapping of str to float array of shape (rows, columns)
        What stands for each column that is held equal.
    weight, cluster : array of shape (rows,) or None
    """

    label: Floats
    level: Ints
    columns: dict[str, Floats]
    weight: Floats | None
    cluster: Ints | None


def read_rows(data: Data, usable: Sequence[ColumnCounts], strata: Sequence[str], weight: str | None) -> Rows:
    """Read the rows that the regression rests on: all, or as many at random as fit.

    Raises
    ------
    AuditError
        If strata that were named make too many combinations.
    """
    held = [data.of(name) for name in strata] if strata else usable
    held = [counts for counts in held if counts.kind.role != "many" and len(counts.levels) > 1]
    names = [data.label, *data.table.features, *(c.name for c in held), *(n for n in (weight, data.cluster) if n)]
    width = sum(2 if _is_number(counts) else min(len(counts.levels), MOST_LEVELS) for counts in held)
    most = min(MOST_ROWS, MOST_CELLS // max(width, 1))
    needed, count = list(dict.fromkeys(names)), data.columns.count
    frame = (
        sample_rows(data.columns.frame, needed, most, data.random_state)
        if count is None
        else sample_people(data.columns.frame, needed, count, most, data.random_state)
    )
    label = to_floats(frame[data.label])
    known = np.isfinite(label)
    level = np.stack([_levels(data, frame, i) for i in range(len(data.references))], axis=1)
    if strata:
        columns = {" × ".join(strata): _combined([encode_column(counts, frame) for counts in held], strata)}
    else:
        columns = {counts.name: _columns(counts, frame) for counts in held}
    return Rows(
        label[known],
        level[known],
        {name: found[known] for name, found in columns.items()},
        None if weight is None else to_floats(frame[weight])[known],
        None if data.cluster is None else _numbered(frame[data.cluster])[known],
    )


def _is_number(counts: ColumnCounts) -> bool:
    return counts.kind.role in ("numbers", "bins")


def _levels(data: Data, frame: Any, feature: int) -> Ints:
    position: dict[Any, int] = {name: i for i, name in enumerate(data.table.levels[feature])}
    position[None] = position.get(MISSING, -1)
    return np.fromiter(
        map(position.__getitem__, canonical_each(frame[data.table.features[feature]].to_list())), np.int64
    )


def _numbered(column: Any) -> Ints:
    return np.unique([str(one) for one in canonical_each(column.to_list())], return_inverse=True)[1].ravel()


def _columns(counts: ColumnCounts, frame: Any) -> Floats:
    """Code a column: a number as itself, its square and whether it is missing; all others as one column a level."""
    if not _is_number(counts):
        return _dummies(encode_column(counts, frame))
    if counts.kind.role == "bins":
        values = to_floats(frame[counts.name])
    else:
        codes = encode_column(counts, frame)
        values = np.where(codes < 0, np.nan, np.array([*map(float, counts.levels), np.nan])[codes])
    missing = ~np.isfinite(values)
    if missing.all():
        return np.zeros((len(values), 0))
    middle, spread = float(values[~missing].mean()), float(values[~missing].std()) or 1.0
    scaled = np.where(missing, 0.0, (values - middle) / spread)
    return np.column_stack([scaled, scaled**2, missing])


def _dummies(codes: Ints) -> Floats:
    levels, at, rows = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-rows, kind="stable")
    kept = order[: MOST_LEVELS - 1][rows[order[: MOST_LEVELS - 1]] >= FEWEST]
    # The first, most frequent one is what the others are held against.
    place = np.full(len(levels), len(kept))
    place[kept] = np.arange(len(kept))
    found = np.zeros((len(codes), len(kept) + 1))
    found[np.arange(len(codes)), place[at.ravel()]] = 1
    return found[:, 1:]


def _combined(codes: Sequence[Ints], strata: Sequence[str]) -> Floats:
    """Make a column of each combination of strata: with them, means are compared within strata alone."""
    if not codes:
        raise AuditError(
            f"{listed(strata)} hold one value alone, or too many to make anybody alike. Name other strata."
        )
    at = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)[1].ravel()
    if at.max() >= MOST_STRATA:
        raise AuditError(
            f"strata make {int(at.max()) + 1:,} combinations of {listed(strata)}, and means are compared within at "
            f"most {MOST_STRATA}. Name fewer columns, or cut numbers with bins=."
        )
    return np.eye(int(at.max()) + 1)[at]


def _explained_share(columns: Floats, label: Floats) -> float:
    whole = np.column_stack([np.ones(len(label)), columns])
    rest = label - whole @ np.linalg.lstsq(whole, label, rcond=None)[0]
    total = float(((label - label.mean()) ** 2).sum())
    return 1 - float(rest @ rest) / total if total else 0.0


def number_features_part(data: Data, rows: Rows, unit: Unit, strata: Sequence[str], many: Sequence[str]) -> Part:
    """Split each gap between means into what the features explain and what is left at equal features."""
    leaking = [name for name, found in rows.columns.items() if _explained_share(found, rows.label) >= GIVES_AWAY]
    used = tuple(name for name in rows.columns if name not in leaking)
    controls = np.column_stack([np.zeros((len(rows.label), 0)), *(rows.columns[name] for name in used)])
    found = [row for pair in data.pairs() for row in _rows(data, rows, pair, controls, used)] if used else []
    return Part(
        "equal_features",
        "What remains where like is compared with like",
        tuple(found),
        _table(unit),
        to_sentence=lambda row: _sentence(row, unit),
        reported=_reported,
        sentences=tuple(_how(used, leaking, strata, many)),
        unit=unit,
    )


def _table(unit: Unit) -> tuple[Column, ...]:
    return (
        Column("group", "Group", "group"),
        Column("reference", "Against", "group"),
        Column("what", "Gap"),
        Column("estimate", unit_head("Difference", unit), "number", ("low", "high")),
        Column("rows", "Rows", "count"),
        Column("p_adjusted", "p, adjusted", "p_value"),
        Column("verdict", "Verdict", "verdict"),
    )


def _how(used: Sequence[str], leaking: Sequence[str], strata: Sequence[str], many: Sequence[str]) -> list[str]:
    """Say who is alike, and which columns are not held equal."""
    if not used:
        start = "No column can make people alike."
    elif strata:
        start = f"Means are compared among people who share {listed(used)}, each stratum weighed by what it can tell."
    else:
        start = (
            f"Least squares hold {listed(used, 6)} equal: a number with its square, all else level by level; what no "
            "column holds, and how columns work together, is not made alike."
        )
    told = [start]
    if leaking:
        told.append(f"{listed(leaking, 6)} nearly settle the label: made from it or after it, and not held equal.")
    if many:
        told.append(f"{listed(many, 6)} hold too many values to make anybody alike.")
    return [
        *told,
        "For a label that is a number, wrong labels, reversals, artefacts and interplay are not looked for.",
    ]


def _rows(data: Data, rows: Rows, pair: Pair, controls: Floats, used: tuple[str, ...]) -> list[Record]:
    level = rows.level[:, pair.feature]
    both = (level == pair.group) | (level == pair.reference)
    found = adjusted_gap(
        rows.label[both],
        level[both] == pair.group,
        controls[both],
        weight=None if rows.weight is None else rows.weight[both],
        cluster=None if rows.cluster is None else rows.cluster[both],
    )
    shared = {**data.ends(pair), "comparison": "difference", "used": used, "pair": pair, "label": data.label}
    shared |= {"rows": int(both.sum()), "raw": found.raw}
    return [
        shared
        | {"what": ADJUSTED}
        | _gap(
            found.limits(found.adjusted, found.adjusted_error, found.adjusted_skew, data.confidence), found.adjusted
        ),
        shared
        | {"what": EXPLAINED}
        | _gap(
            found.limits(found.explained, found.explained_error, found.explained_skew, data.confidence), found.explained
        ),
    ]


def _gap(limits: tuple[float, float, float], value: float) -> Record:
    return dict(zip(("low", "high", "p_value"), limits, strict=True)) | {"estimate": value}


def _reported(rows: Sequence[Record]) -> Sequence[Record]:
    """Tell both parts of the gap of each pair whose gap at equal features is shown, else of each feature's first."""
    first = {row["pair"].feature: row["pair"] for row in reversed(rows)}
    shown = {row["pair"] for row in rows if row["what"] == ADJUSTED and row["verdict"] == SHOWN}
    told = shown | {first[feature] for feature in first if not any(pair.feature == feature for pair in shown)}
    return [row for row in rows if row["pair"] in told]


def _sentence(row: Record, unit: Unit) -> str:
    used, label, who = listed(row["used"], 4), clean(row["label"]), against(row)
    size, limits = gap(unit, "difference", row["estimate"]), gap_ends(unit, "difference", row["low"], row["high"])
    if row["what"] == EXPLAINED:
        told = f"by {used} alone, the mean of {label} would differ by {size} ({limits})"
        raw = gap(unit, "difference", row["raw"])
        return f"{who}: {told}; it does by {raw}. How that came about, justly or not, the data do not say."
    start = f"{who}, among people with equal {used}: "
    if np.isnan(row["estimate"]):
        return f"{start}the data cannot tell, since nobody in one group is like anybody in the other."
    if row["verdict"] == SHOWN:
        small = "" if row["material"] else " It is too small to matter much."
        return (
            f"{start}the mean of {label} still differs by {size} ({limits}). That is label bias or a cause "
            f"that nobody measured, or measured wrongly: these data alone cannot tell which.{small}"
        )
    if row["verdict"] == NOT_SHOWN:
        return f"{start}no gap in {label} beyond {gap(unit, 'difference', unit.small)} remains ({limits})."
    return f"{start}the data cannot tell whether a gap in {label} remains: {size} ({limits}){unsettled(row)}."
