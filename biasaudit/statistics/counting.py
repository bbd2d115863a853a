"""The one pass over the data: a single group-by, written once for every dataframe engine."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError
from biasaudit.statistics.binning import bin_names, check_bins, with_bins
from biasaudit.statistics.columns import check_columns, check_groups, check_scores, declared_levels
from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.engines import collected
from biasaudit.statistics.labels import MISSING, canonical, order_levels, read_classes, union

__all__ = ["SCORE_BINS", "as_frame", "count"]

SCORE_BINS = 100
MAX_CLASSES = 100


def count(
    data: Any,
    *,
    sensitive_features: Sequence[str],
    y_true: str | None = None,
    y_pred: str | None = None,
    score: str | None = None,
    threshold: float | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
) -> Crosstab:
    """Count rows by sensitive features, label, prediction and score bin, in one scan.

    Parameters
    ----------
    data : dataframe
        Anything Narwhals takes: pandas, Polars eager or lazy, pyarrow, a DuckDB relation, Spark, …
    sensitive_features : sequence of str
        Columns that say which group a row belongs to. A missing value is the group "(missing)".
    y_true, y_pred : str, optional
        Columns of labels and predictions. Rows that lack one are counted, apart.
    score : str, optional
        Column of finite scores. Scores within 0–1 fall into 100 bins of equal width; others into one
        bin a value where there are at most 100 values, and into 100 bins of equal width where there
        are more.
    threshold : float, optional
        Predict positive where ``score >= threshold``; stands in for `y_pred`.
    pos_label : label, optional
        The value that counts as positive, where it is not plain.
    sample_weight : str, optional
        Column of weights: finite, none negative.
    cluster : str, optional
        Column that says which rows belong together, such as the utterances of one speaker.
    bins : mapping of str to sequence of float, optional
        Rising edges of a sensitive feature that holds numbers: ``{"age": [25, 45]}`` makes the groups "under 25",
        "25 to 45" (25 is in it, 45 is not) and "45 or more".

    Returns
    -------
    Crosstab

    Raises
    ------
    AuditError
        If a column is missing, is not what it should be, or the table is empty.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M", "M"], "hired": ["no", "yes", "no"]})
    >>> table = count(frame, sensitive_features=["sex"], y_pred="hired")
    >>> table.groups, table.rows.tolist()
    (({'sex': 'F'}, {'sex': 'M'}), [1, 1, 1])
    """
    frame = as_frame(data)
    columns = {"y_true": y_true, "y_pred": y_pred, "score": score, "sample_weight": sample_weight, "cluster": cluster}
    cut = check_bins(bins, sensitive_features, frame.collect_schema(), others=list(columns.values()))
    frame = with_bins(frame, cut)
    check_columns(frame, list(sensitive_features), columns)
    edges, bin_scores = check_scores(frame, score, SCORE_BINS) if score else (None, None)
    selected = _select(frame, list(sensitive_features), columns, edges, threshold)
    cells = _group(selected)
    table = _assemble(
        cells,
        list(sensitive_features),
        declared_levels(frame, list(sensitive_features), {name: bin_names(edges) for name, edges in cut.items()}),
        {"y_true": y_true, "y_pred": y_pred if threshold is None else None},
        None if pos_label is None else canonical(pos_label),
        edges,
        bin_scores,
    )
    return table.merge_cells()


def as_frame(data: Any) -> Any:
    """Return anything Narwhals takes as a Narwhals frame.

    Raises
    ------
    AuditError
        If it is no table, or two of its columns share a name.
    """
    try:
        return nw.from_native(data)
    except nw.exceptions.DuplicateError as error:
        raise AuditError(f"Two columns have the same name: {error}. Rename one of them.") from None
    except TypeError:
        raise AuditError(
            f"Cannot audit a {type(data).__name__}. Give a dataframe (pandas, Polars, pyarrow, DuckDB relation, Spark) "
            "or the path of a CSV, Parquet or Arrow file."
        ) from None


def _select(
    frame: Any,
    features: list[str],
    columns: dict[str, str | None],
    edges: NDArray[np.float64] | None,
    threshold: float | None,
) -> Any:
    """Keep the key columns under names of our own, so that no user's column name can clash."""
    chosen = [nw.col(name).alias(f"k_feature_{i}") for i, name in enumerate(features)]
    for role in ("y_true", "y_pred", "cluster"):
        name = columns[role]
        if name is not None and not (role == "y_pred" and threshold is not None):
            chosen.append(nw.col(name).alias(f"k_{role}"))
    if columns["sample_weight"] is not None:
        chosen.append(nw.col(columns["sample_weight"]).cast(nw.Float64).alias("weight"))
    if columns["score"] is not None:
        chosen.append(nw.col(columns["score"]).cast(nw.Float64).alias("score"))
    selected = frame.select(*chosen)
    if edges is not None:
        selected = selected.with_columns(*_score_keys(selected, edges, threshold))
    if columns["sample_weight"] is not None:
        # Sums of conditions go wrong inside agg() on some engines, so the columns are made first.
        weight = nw.col("weight")
        unusable = weight.is_null() | (weight * 0 != 0) | (weight < 0)
        selected = selected.with_columns(
            (weight * weight).alias("weight_squared"), unusable.cast(nw.Int64).alias("unusable")
        )
    return selected


def _score_keys(selected: Any, edges: NDArray[np.float64], threshold: float | None) -> list[Any]:
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


def _edges_reached(score: Any, edges: NDArray[np.float64], low: int, high: int) -> Any:
    """Search the edges by halves: seven comparisons a row for a hundred bins."""
    if low == high:
        return nw.lit(low)
    middle = (low + high + 1) // 2
    above = _edges_reached(score, edges, middle, high)
    return (
        nw.when(score >= float(edges[middle - 1])).then(above).otherwise(_edges_reached(score, edges, low, middle - 1))
    )


def _group(selected: Any) -> dict[str, list[Any]]:
    """Run the group-by and bring the small table home as plain lists."""
    names = selected.collect_schema().names()
    keys = [name for name in names if name.startswith("k_")]
    sums = [name for name in ("weight", "weight_squared", "unusable") if name in names]
    grouped = selected.group_by(*keys, drop_null_keys=False).agg(
        nw.len().alias("rows"), *[nw.col(name).sum() for name in sums]
    )
    grouped = collected(grouped)
    return {name: grouped[name].to_list() for name in [*keys, "rows", *sums]}


def _assemble(
    cells: dict[str, list[Any]],
    features: list[str],
    declared: list[tuple[str, ...]],
    labels: dict[str, str | None],
    pos_label: str | None,
    edges: NDArray[np.float64] | None,
    bin_scores: NDArray[np.float64] | None,
) -> Crosstab:
    if not cells["rows"]:
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    weight, weight_squared = _weights(cells)
    levels, codes = [], []
    for i, name in enumerate(features):
        values = [canonical(value) for value in cells[f"k_feature_{i}"]]
        check_groups(name, values, is_float=False, is_number=False)
        names, column = _encode([MISSING if value is None else value for value in values], declared[i])
        levels.append(names)
        codes.append(column)
    classes, label_codes = _encode_labels(cells, labels, pos_label)
    if "k_y_pred" in cells and "y_pred" not in label_codes:
        label_codes["y_pred"] = np.asarray(cells["k_y_pred"], dtype=np.int64)
    cluster_names, cluster = _encode_clusters(cells.get("k_cluster"))
    return Crosstab(
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
    )


def _encode(values: list[str], extra: Sequence[str] = ()) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    names = union(values, extra)
    position = {name: i for i, name in enumerate(names)}
    return names, np.fromiter((position[value] for value in values), np.int64, len(values))


def _encode_labels(
    cells: dict[str, list[Any]], labels: dict[str, str | None], pos_label: str | None
) -> tuple[tuple[str, ...], dict[str, NDArray[np.int64]]]:
    """Give label and prediction the same classes; the positive one is last where it is known."""
    found = {role: [canonical(v) for v in cells[f"k_{role}"]] for role, name in labels.items() if name is not None}
    names = {role: str(labels[role]) for role in found}
    distinct = {names[role]: order_levels(v for v in values if v is not None) for role, values in found.items()}
    readings = read_classes(distinct, pos_label) if found else {}
    seen = order_levels(name for reading in readings.values() for name in reading.values())
    classes = _classes(seen, pos_label)
    if len(classes) > MAX_CLASSES:
        raise AuditError(f"The labels hold {len(classes):,} classes; at most {MAX_CLASSES} can be audited.")
    position: dict[str | None, int] = {name: i for i, name in enumerate(classes)} | {None: -1}
    codes = {
        role: np.fromiter(
            (position[None if v is None else readings[names[role]][v]] for v in values), np.int64, len(values)
        )
        for role, values in found.items()
    }
    return classes, codes


def _classes(seen: tuple[str, ...], pos_label: str | None) -> tuple[str, ...]:
    if pos_label is None:
        return ("0", "1") if set(seen) <= {"0", "1"} else seen
    others = [name for name in seen if name != pos_label]
    return (*(others or [f"not {pos_label}"]), pos_label)


def _encode_clusters(values: list[Any] | None) -> tuple[tuple[str, ...] | None, NDArray[np.int64] | None]:
    if values is None:
        return None, None
    names = [canonical(value) for value in values]
    if None in names:
        raise AuditError("The cluster column has missing values. Say which cluster every row belongs to.")
    return _encode([str(name) for name in names])


def _weights(cells: dict[str, list[Any]]) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    if "weight" not in cells:
        return None, None
    unusable = int(sum(cells["unusable"]))
    if unusable:
        raise AuditError(
            f"sample_weight is negative, NaN or infinite in {unusable:,} rows. Weights must be 0 or more, and finite."
        )
    weight = np.asarray(cells["weight"], dtype=float)
    if not weight.sum() > 0:
        raise AuditError("sample_weight is 0 in every row. Leave it out, or give some rows a weight.")
    return weight, np.asarray(cells["weight_squared"], dtype=float)
