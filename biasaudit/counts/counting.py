"""The one pass over the data: a single group-by, written once for every dataframe engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts._grouping import count_by_keys
from biasaudit.counts.columns import check_scores
from biasaudit.counts.encoding import encode_clusters, encode_features, encode_labels, encode_strata
from biasaudit.counts.engines import float_expression
from biasaudit.counts.labels import LabelReading
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.weights import drop_empty_cells, is_no_count, notes_on_weights, sum_weights
from biasaudit.errors import AuditError

__all__ = ["SCORE_BINS", "CountResult", "count_rows"]

SCORE_BINS = 100


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


@dataclass(frozen=True)
class _Scan:
    """What one pass reads: the columns by role, and how scores are cut."""

    features: tuple[str, ...]
    controls: tuple[str, ...]
    y_true: str | None
    y_pred: str | None
    score: str | None
    threshold: float | None
    sample_weight: str | None
    cluster: str | None
    count: str | None
    edges: Floats | None
    bin_scores: Floats | None

    @property
    def labels(self) -> dict[str, str]:
        """Columns that hold classes; where a threshold decides, predictions are read from scores."""
        columns = {"y_true": self.y_true, "y_pred": self.y_pred if self.threshold is None else None}
        return {role: name for role, name in columns.items() if name is not None}


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
        Levels that a feature or a label declares, and whether they have an order.
    pos_label : str, optional
        Canonical.
    controls : sequence of str
        Columns that make strata; the table then keeps them apart.
    y_true, y_pred, score, threshold, sample_weight, cluster, count
        As for :func:`biasaudit.count`.

    Returns
    -------
    CountResult

    Raises
    ------
    AuditError
        If what the scan found cannot be counted, or the table is empty.
    """
    edges, bin_scores = check_scores(frame, score, SCORE_BINS) if score else (None, None)
    scan = _Scan(
        features=tuple(features),
        controls=tuple(controls),
        y_true=y_true,
        y_pred=y_pred,
        score=score,
        threshold=threshold,
        sample_weight=sample_weight,
        cluster=cluster,
        count=count,
        edges=edges,
        bin_scores=bin_scores,
    )
    cells = drop_empty_cells(_count_cells(_select_columns(frame, scan)), count)
    return _assemble(cells, scan, declared, pos_label)


def _select_columns(frame: Any, scan: _Scan) -> Any:
    """Keep the key columns under names of our own, so that no user's column name can clash."""
    chosen = [nw.col(name).alias(f"k_feature_{i}") for i, name in enumerate(scan.features)]
    chosen += [nw.col(name).alias(f"k_control_{i}") for i, name in enumerate(scan.controls)]
    chosen += [nw.col(name).alias(f"k_{role}") for role, name in scan.labels.items()]
    if scan.cluster is not None:
        chosen.append(nw.col(scan.cluster).alias("k_cluster"))
    numbers = {"weight": scan.sample_weight, "score": scan.score, "rows": scan.count}
    chosen += [float_expression(frame, name).alias(role) for role, name in numbers.items() if name is not None]
    selected = frame.select(*chosen)
    if scan.count is not None:
        selected = selected.with_columns(is_no_count(nw.col("rows")).cast(nw.Int64).alias("no_count"))
    if scan.edges is not None:
        selected = selected.with_columns(*_score_keys(selected, scan.edges, scan.threshold))
    if scan.sample_weight is not None:
        # Sums of conditions go wrong inside agg() on some engines, so the columns are made first.
        weight = nw.col("weight")
        unusable = weight.is_null() | (weight * 0 != 0) | (weight < 0)
        rows = nw.col("rows") if scan.count is not None else nw.lit(1.0)
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


def _assemble(
    cells: dict[str, list[Any]],
    scan: _Scan,
    declared: Mapping[str, tuple[tuple[str, ...], bool]],
    pos_label: str | None,
) -> CountResult:
    """Encode the keys of the cells that the scan found, and make the table of them."""
    if not cells["rows"]:
        raise AuditError("The table has no rows. Check the file, or the filter that made it.")
    weight, weight_squared = sum_weights(cells)
    columns = {name: cells[f"k_feature_{i}"] for i, name in enumerate(scan.features)}
    levels, codes, notes = encode_features(columns, declared)
    classes, label_codes, reading = encode_labels(cells, scan.labels, pos_label, declared)
    if "k_y_pred" in cells and "y_pred" not in label_codes:
        label_codes["y_pred"] = np.asarray(cells["k_y_pred"], dtype=np.int64)
    cluster_names, cluster = encode_clusters(cells.get("k_cluster"))
    strata, stratum = encode_strata(cells, scan.controls)
    table = Crosstab(
        features=scan.features,
        levels=levels,
        classes=classes,
        codes=codes,
        y_true=label_codes.get("y_true"),
        y_pred=label_codes.get("y_pred"),
        score_bin=None if scan.edges is None else np.asarray(cells["k_score_bin"], dtype=np.int64),
        edges=scan.edges,
        bin_scores=scan.bin_scores,
        cluster=cluster,
        cluster_names=cluster_names,
        rows=np.asarray(cells["rows"], dtype=np.int64),
        weight=weight,
        weight_squared=weight_squared,
        stratum=stratum,
        strata=strata,
    )
    more = notes_on_weights(cells, scan.sample_weight, scan.count)
    return CountResult(table.merge_cells(), reading, (*notes, *more))
