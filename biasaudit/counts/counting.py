"""The one pass over the data: a single group-by, written once for every dataframe engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts._grouping import count_by_keys
from biasaudit.counts.columns import check_groups, check_scores
from biasaudit.counts.engines import float_expression
from biasaudit.counts.labels import LabelReading, read_classes
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.table.validation import MAX_COUNT
from biasaudit.counts.values import MISSING, canonical_each, order_levels, unicode_duplicates, union_levels
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = [
    "SCORE_BINS",
    "CountResult",
    "check_weights",
    "count_rows",
    "encode_clusters",
    "encode_levels",
    "notes_on_weights",
    "people_per_row",
]

SCORE_BINS = 100
MAX_CLASSES = 100
MAX_STRATA = 2_000


@dataclass(frozen=True, eq=False)
class CountResult:
    """A table of counts, and how its labels were read.

    Parameters
    ----------
    table : Crosstab
    reading : LabelReading
    notes : tuple of str
        What reading the groups took.
    """

    table: Crosstab
    reading: LabelReading
    notes: tuple[str, ...] = ()


def count_rows(
    frame: Any,
    *,
    features: Sequence[str],
    declared: Mapping[str, tuple[tuple[str, ...], bool]],
    y_true: str | None = None,
    y_pred: str | None = None,
    score: str | None = None,
    threshold: float | None = None,
    pos_label: str | None = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    controls: Sequence[str] = (),
) -> CountResult:
    """Count rows by sensitive features, label, prediction and score bin, in one scan.

    Parameters
    ----------
    frame : Narwhals frame
        Whose columns have been checked.
    features : sequence of str
    declared : mapping of str to pair of tuple of str and bool
        Levels that a feature declares, and whether they have an order.
    pos_label : str, optional
        Canonical.
    controls : sequence of str
        Columns that make strata; the table then keeps them apart.
    y_true, y_pred, score, threshold, sample_weight, cluster, count
        As for :func:`biasaudit.count`.

    Raises
    ------
    AuditError
        If what the scan found cannot be counted, or the table is empty.
    """
    columns = {
        "y_true": y_true,
        "y_pred": y_pred,
        "score": score,
        "sample_weight": sample_weight,
        "cluster": cluster,
        "count": count,
    }
    edges, bin_scores = check_scores(frame, score, SCORE_BINS) if score else (None, None)
    cells = _drop_empty_cells(
        _count_cells(_select_columns(frame, list(features), list(controls), columns, edges, threshold)), count
    )
    labels = {"y_true": y_true, "y_pred": y_pred if threshold is None else None}
    found = _assemble(cells, list(features), list(controls), declared, labels, pos_label, edges, bin_scores)
    return replace(found, notes=(*found.notes, *notes_on_weights(cells, sample_weight, count)))


def _select_columns(
    frame: Any,
    features: list[str],
    controls: list[str],
    columns: dict[str, str | None],
    edges: Floats | None,
    threshold: float | None,
) -> Any:
    """Keep the key columns under names of our own, so that no user's column name can clash."""
    chosen = [nw.col(name).alias(f"k_feature_{i}") for i, name in enumerate(features)]
    chosen += [nw.col(name).alias(f"k_control_{i}") for i, name in enumerate(controls)]
    for role in ("y_true", "y_pred", "cluster"):
        name = columns[role]
        if name is not None and not (role == "y_pred" and threshold is not None):
            chosen.append(nw.col(name).alias(f"k_{role}"))
    if columns["sample_weight"] is not None:
        chosen.append(float_expression(frame, columns["sample_weight"]).alias("weight"))
    if columns["score"] is not None:
        chosen.append(float_expression(frame, columns["score"]).alias("score"))
    if columns["count"] is not None:
        chosen.append(float_expression(frame, columns["count"]).alias("rows"))
    selected = frame.select(*chosen)
    if columns["count"] is not None:
        selected = selected.with_columns(_no_count(nw.col("rows")).cast(nw.Int64).alias("no_count"))
    if edges is not None:
        selected = selected.with_columns(*_score_keys(selected, edges, threshold))
    if columns["sample_weight"] is not None:
        # Sums of conditions go wrong inside agg() on some engines, so the columns are made first.
        weight = nw.col("weight")
        unusable = weight.is_null() | (weight * 0 != 0) | (weight < 0)
        rows = nw.col("rows") if columns["count"] is not None else nw.lit(1.0)
        selected = selected.with_columns(
            (weight * rows).alias("weight"),
            (weight * weight * rows).alias("weight_squared"),
            unusable.cast(nw.Int64).alias("unusable"),
        )
    return selected


def _score_keys(selected: Any, edges: Floats, threshold: float | None) -> list[Any]:
    """Give each row the number of edges its score has reached: exact where arithmetic on scores is not."""
    if isinstance(selected, nw.DataFrame):
        scores = selected["score"].to_numpy()
        namespace = nw.get_native_namespace(selected)
        bins = np.searchsorted(edges, scores, side="right")
        keys: list[Any] = [nw.new_series("k_score_bin", bins, nw.Int64, backend=namespace)]
        if threshold is not None:
            reached = (scores >= threshold).astype(np.int64)
            keys.append(nw.new_series("k_y_pred", reached, nw.Int64, backend=namespace))
        return keys
    keys = [_edges_reached(nw.col("score"), edges, 0, len(edges)).alias("k_score_bin")]
    if threshold is not None:
        keys.append((nw.col("score") >= threshold).cast(nw.Int64).alias("k_y_pred"))
    return keys


def _edges_reached(score: Any, edges: Floats, low: int, high: int) -> Any:
    """Search the edges by halves: seven comparisons a row for a hundred bins."""
    if low == high:
        return nw.lit(low)
    middle = (low + high + 1) // 2
    above = _edges_reached(score, edges, middle, high)
    return (
        nw.when(score >= float(edges[middle - 1])).then(above).otherwise(_edges_reached(score, edges, low, middle - 1))
    )


def _count_cells(selected: Any) -> dict[str, list[Any]]:
    names = selected.collect_schema().names()
    keys = [name for name in names if name.startswith("k_")]
    sums = [name for name in ("rows", "weight", "weight_squared", "unusable", "no_count") if name in names]
    return count_by_keys(selected, keys, sums)


def _no_count(value: Any) -> Any:
    """Say of a column of floats, as an expression, where it is no number of people: no whole number of 0 or more."""
    return value.is_null() | (value * 0 != 0) | (value < 0) | (value != value.round(0)) | (value > MAX_COUNT)


def _drop_empty_cells(cells: dict[str, list[Any]], count: str | None) -> dict[str, list[Any]]:
    """Take the cells that hold anybody, where rows stand for so many people.

    Raises
    ------
    AuditError
        If a count is none, or nobody is counted.
    """
    if count is None:
        return cells
    occupied = [i for i, rows in enumerate(cells["rows"]) if rows > 0]
    _check_counts(count, int(sum(cells.pop("no_count"))), nobody=bool(cells["rows"]) and not occupied)
    return {name: [values[i] for i in occupied] for name, values in cells.items()}


def people_per_row(frame: Any, count: str) -> Ints:
    """Return how many people each row of a table in memory stands for.

    Raises
    ------
    AuditError
        If a count is none.
    """
    counts = frame.select(float_expression(frame, count).alias("rows"))
    bad = int(counts.select(_no_count(nw.col("rows")).cast(nw.Int64).alias("bad"))["bad"].sum())
    _check_counts(count, bad, nobody=bool(len(counts)) and not counts["rows"].sum())
    return np.asarray(counts["rows"].to_numpy(), dtype=np.int64)


def _check_counts(count: str, bad: int, *, nobody: bool) -> None:
    """Raise an AuditError where rows do not say how many people they stand for, or stand for nobody."""
    if bad:
        raise AuditError(
            f'count="{clean(count)}" is missing, negative or no whole number in {bad:,} rows. Say how many people each '
            "row stands for; what weighs people otherwise is sample_weight."
        )
    if nobody:
        raise AuditError(f'count="{clean(count)}" is 0 in every row. Nobody is counted; name another column.')


def notes_on_weights(cells: Mapping[str, Sequence[Any]], weight: str | None, count: str | None) -> list[str]:
    """Notice weights that look like numbers of people: whole ones, on rows of which no two are alike."""
    if weight is None or count is not None or any(rows != 1 for rows in cells["rows"]):
        return []
    weights = cells["weight"]
    if not all(float(value).is_integer() for value in weights) or sum(weights) < 2 * len(weights):
        return []
    return [
        f'"{clean(weight)}" holds whole numbers, and no two rows are alike. If it says how many people a row stands '
        f'for, give count="{clean(weight)}" in place of sample_weight: {sum(weights):,.0f} people are more evidence '
        f"than {len(weights):,} rows."
    ]


def _assemble(
    cells: dict[str, list[Any]],
    features: list[str],
    controls: list[str],
    declared: Mapping[str, tuple[tuple[str, ...], bool]],
    labels: dict[str, str | None],
    pos_label: str | None,
    edges: Floats | None,
    bin_scores: Floats | None,
) -> CountResult:
    if not cells["rows"]:
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    weight, weight_squared = _weights(cells)
    levels, codes, notes = [], [], []
    for i, name in enumerate(features):
        check_groups(name, cells[f"k_feature_{i}"])
        notes += [
            f'"{clean(name)}" writes {clean(level)!r} in two ways that look the same (accents composed, and as '
            "marks of their own); they are one group here."
            for level in unicode_duplicates(cells[f"k_feature_{i}"])
        ]
        names, column = encode_levels(cells[f"k_feature_{i}"], *declared.get(name, ((), False)))
        levels.append(names)
        codes.append(column)
    classes, label_codes, reading = _encode_labels(cells, labels, pos_label)
    if "k_y_pred" in cells and "y_pred" not in label_codes:
        label_codes["y_pred"] = np.asarray(cells["k_y_pred"], dtype=np.int64)
    cluster_names, cluster = encode_clusters(cells.get("k_cluster"))
    strata, stratum = _encode_strata(cells, controls)
    table = Crosstab(
        features=tuple(features),
        levels=tuple(levels),
        classes=classes,
        codes=np.stack(codes, axis=1),
        y_true=label_codes.get("y_true"),
        y_pred=label_codes.get("y_pred"),
        score_bin=None if edges is None else np.asarray(cells["k_score_bin"], dtype=np.int64),
        edges=edges,
        bin_scores=bin_scores,
        cluster=cluster,
        cluster_names=cluster_names,
        rows=np.asarray(cells["rows"], dtype=np.int64),
        weight=weight,
        weight_squared=weight_squared,
        stratum=stratum,
        strata=strata,
    )
    return CountResult(table.merge_cells(), reading, tuple(notes))


def encode_levels(
    values: Sequence[Any], declared: Sequence[str] = (), ordered: bool = False
) -> tuple[tuple[str, ...], Ints]:
    """Name the levels of a column in order, those it declares included, and return the level of each value.

    Examples
    --------
    >>> names, codes = encode_levels(["b", None, True], ["z"])
    >>> names, codes.tolist()
    (('True', 'b', 'z', '(missing)'), [1, 3, 0])
    """
    found = [MISSING if name is None else name for name in canonical_each(values)]
    names = union_levels(found, declared, declared if ordered else ())
    position = {name: i for i, name in enumerate(names)}
    return names, np.fromiter((position[name] for name in found), np.int64, len(found))


def encode_clusters(values: list[Any] | None) -> tuple[tuple[str, ...] | None, Ints | None]:
    """Name the clusters, and return that of each value.

    Raises
    ------
    AuditError
        If a cluster is missing.
    """
    if values is None:
        return None, None
    names, codes = encode_levels(values)
    if MISSING in names:
        raise AuditError("The cluster column has missing values. Say which cluster every row belongs to.")
    return names, codes


def _encode_strata(
    cells: Mapping[str, list[Any]], controls: Sequence[str]
) -> tuple[tuple[dict[str, str], ...] | None, Ints | None]:
    """Name the combinations of control features that have a row, and return that of each cell.

    Raises
    ------
    AuditError
        If a control feature looks like an id or a measurement, or there are too many combinations.
    """
    if not controls:
        return None, None
    for i, name in enumerate(controls):
        check_groups(name, cells[f"k_control_{i}"], "Control feature")
    names, codes = zip(*(encode_levels(cells[f"k_control_{i}"]) for i in range(len(controls))), strict=True)
    found, stratum = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)
    if len(found) > MAX_STRATA:
        raise AuditError(
            f"The control features {list(controls)} cross into {len(found):,} strata; at most {MAX_STRATA:,} can be "
            "held equal. Leave one out, or cut numbers with bins=."
        )
    strata = tuple(
        {name: levels[code] for name, levels, code in zip(controls, names, row, strict=True)} for row in found.tolist()
    )
    return strata, stratum.ravel().astype(np.int64)


def _encode_labels(
    cells: dict[str, list[Any]], labels: dict[str, str | None], pos_label: str | None
) -> tuple[tuple[str, ...], dict[str, Ints], LabelReading]:
    """Give label and prediction the same classes; the positive one is last where it is known."""
    found = {role: canonical_each(cells[f"k_{role}"]) for role, name in labels.items() if name is not None}
    names = {role: str(labels[role]) for role in found}
    distinct = {names[role]: order_levels(v for v in values if v is not None) for role, values in found.items()}
    reading = read_classes(distinct, pos_label) if found else LabelReading({}, pos_label or "1")
    classes = _classes(reading)
    if len(classes) > MAX_CLASSES:
        raise AuditError(f"The labels hold {len(classes):,} classes; at most {MAX_CLASSES} can be audited.")
    position: dict[str | None, int] = {name: i for i, name in enumerate(classes)} | {None: -1}
    codes = {
        role: np.fromiter(
            (position[None if v is None else reading.classes[names[role]][v]] for v in values), np.int64, len(values)
        )
        for role, values in found.items()
    }
    return classes, codes, reading


def _classes(reading: LabelReading) -> tuple[str, ...]:
    """List the classes, the positive one last."""
    seen = order_levels(name for classes in reading.classes.values() for name in classes.values())
    if {*seen, reading.positive or "1"} <= {"0", "1"} and reading.positive != "0":
        return ("0", "1")
    if reading.positive is None:
        return seen
    others = [name for name in seen if name != reading.positive]
    return (*(others or [f"not {reading.positive}"]), reading.positive)


def _weights(cells: dict[str, list[Any]]) -> tuple[Floats | None, Floats | None]:
    if "weight" not in cells:
        return None, None
    weight = np.asarray(cells["weight"], dtype=float)
    squared = np.asarray(cells["weight_squared"], dtype=float)
    check_weights(int(sum(cells["unusable"])), weight)
    with np.errstate(over="ignore"):
        finite = np.isfinite(weight.sum()) and np.isfinite(squared.sum())
    if not finite:
        raise AuditError(
            "sample_weight is so large that its squares have no finite sum. Divide it by its largest value."
        )
    return weight, squared


def check_weights(unusable: int, weight: Floats) -> None:
    """Raise an AuditError where so many weights are none, or no row has one."""
    if unusable:
        raise AuditError(
            f"sample_weight is negative, NaN or infinite in {unusable:,} rows. Weights must be 0 or more, and finite."
        )
    if not (weight > 0).any():
        raise AuditError("sample_weight is 0 in every row. Leave it out, or give some rows a weight.")
