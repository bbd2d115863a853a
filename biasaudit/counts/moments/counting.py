"""The pass over numbers: sums by group about pivots, and how values are spread, on every dataframe engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.encoding import encode_clusters, encode_features, encode_levels, encode_strata
from biasaudit.counts.moments._facts import Facts, has_few_values, read_facts
from biasaudit.counts.moments._grouping import Cells, grouped, grouped_in_blocks
from biasaudit.counts.moments._histograms import summed
from biasaudit.counts.moments._rows import Scan, select_columns, with_powers
from biasaudit.counts.moments.bins import bin_key, bin_number
from biasaudit.counts.moments.table import Histogram, MomentTable
from biasaudit.counts.values import relabel
from biasaudit.counts.weights import notes_on_weights

__all__ = ["MomentResult", "count_moments"]

Declared = Mapping[str, tuple[tuple[str, ...], bool]]


@dataclass(frozen=True, eq=False)
class MomentResult:
    """A table of moments, and what making it took.

    Parameters
    ----------
    table : MomentTable
    notes : tuple of str
    """

    table: MomentTable
    notes: tuple[str, ...] = ()


def count_moments(
    frame: Any,
    *,
    features: Sequence[str],
    declared: Declared,
    y_true: str | None = None,
    y_pred: str | None = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    controls: Sequence[str] = (),
    called: Mapping[str, str] | None = None,
) -> MomentResult:
    """Sum numbers by sensitive features (× cluster × stratum), and count how they are spread in each group.

    Rows that lack the outcome, the prediction or both are in no sum: each cell counts them.

    Parameters
    ----------
    frame : Narwhals frame
        Whose columns are there.
    features : sequence of str
    declared : mapping of str to pair of tuple of str and bool
        Levels that a feature declares, and whether they have an order.
    y_true, y_pred : str, optional
        Columns of numbers, one of them at least: the outcome, and what was predicted.
    sample_weight, cluster, count
        As for :func:`biasaudit.count`.
    controls : sequence of str
        Columns that make strata; the table then keeps them apart.
    called : mapping of str to str, optional
        What the caller calls the roles y_true and y_pred, for messages.

    Returns
    -------
    MomentResult

    Raises
    ------
    AuditError
        If a column holds anything but finite numbers, or what the scan found cannot be summed.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"sex": ["F", "M", "M"], "wage": [10.0, 14.0, 18.0]}))
    >>> table = count_moments(frame, features=["sex"], declared={}, y_true="wage").table
    >>> means = table.pivots[0] + table.sums[0, 0] / table.rows
    >>> table.groups, means.tolist()
    (({'sex': 'F'}, {'sex': 'M'}), [10.0, 16.0])
    """
    numbers = {"outcome": y_true, "prediction": y_pred}
    scan = Scan(
        features=tuple(features),
        controls=tuple(controls),
        numbers={role: name for role, name in numbers.items() if name is not None},
        sample_weight=sample_weight,
        cluster=cluster,
        count=count,
    )
    facts = read_facts(frame, scan, called or {})
    cells = _sum_cells(frame, scan, facts)
    levels, codes, found = encode_features(_features(cells, scan), declared)
    cluster_names, clusters = encode_clusters(cells.get("k_cluster"))
    strata, stratum = encode_strata(cells, controls)
    used = np.asarray(cells["k_used"], dtype=bool)
    table = MomentTable(
        features=scan.features,
        levels=levels,
        codes=codes,
        variables=scan.variables,
        pivots=facts.pivots,
        **_sums(cells, scan, used),
        cluster=clusters,
        cluster_names=cluster_names,
        stratum=stratum,
        strata=strata,
    ).merge_cells()
    histograms = {role: _histogram(frame, scan, facts, role, table) for role in scan.numbers}
    return MomentResult(replace(table, histograms=histograms), (*found, *notes_on_weights(cells, sample_weight, count)))


def _features(cells: Cells, scan: Scan) -> dict[str, list[Any]]:
    return {name: cells[f"k_feature_{i}"] for i, name in enumerate(scan.features)}


def _sum_cells(frame: Any, scan: Scan, facts: Facts) -> Cells:
    """Sum by features, cluster and strata, those rows apart that lack a number."""
    weights = [] if scan.sample_weight is None else ["weight", "weight_squared"]

    def block(rows: Any) -> Cells:
        selected = select_columns(rows, scan)
        keys = [name for name in selected.collect_schema().names() if name.startswith("k_")]
        powers, names = with_powers(selected, scan, facts.pivots.tolist())
        if facts.lacking:
            powers, keys = powers.with_columns(nw.col("used").alias("k_used")), [*keys, "k_used"]
        return grouped(powers, keys, [*_rows(scan), *weights, *names])

    cells = grouped_in_blocks(frame, block)
    return cells if facts.lacking else cells | {"k_used": [1] * len(cells["rows"])}


def _rows(scan: Scan) -> list[str]:
    return [] if scan.count is None else ["rows"]


def _sums(cells: Cells, scan: Scan, used: Any) -> dict[str, Any]:
    """Lay out the sums as the table has them; what the rows that lack a number have is no sum of anything."""

    def column(name: str) -> Floats:
        return np.where(used, np.asarray(cells[name], dtype=float), 0.0)

    def stacked(letter: str, powers: Sequence[int]) -> Floats:
        return np.stack([np.stack([column(f"{letter}_{i}_{k}") for k in powers]) for i in range(len(scan.variables))])

    rows, weighted = np.asarray(cells["rows"], dtype=float).astype(np.int64), scan.sample_weight is not None
    return {
        "rows": np.where(used, rows, 0),
        "left_out": np.where(used, 0, rows),
        "sums": stacked("s", (1, 2, 3)),
        "squared_sums": stacked("q", (1, 2)) if weighted else None,
        "products": np.stack([column("p_1"), column("p_2")]) if "error" in scan.variables else None,
        "weight": column("weight") if weighted else None,
        "weight_squared": column("weight_squared") if weighted else None,
    }


def _histogram(frame: Any, scan: Scan, facts: Facts, role: str, table: MomentTable) -> Histogram:
    """Count by features and bin, or by features and value where there are few."""
    exact = has_few_values(frame, scan, facts, role)
    calibrated = role == "prediction" and "outcome" in scan.numbers
    weighted = scan.sample_weight is not None
    sums = [*_rows(scan), *(["weight"] if weighted else []), *(["total"] if calibrated else [])]

    def block(rows: Any) -> Cells:
        selected = select_columns(rows, scan)
        selected = selected.filter(nw.col("used") == 1) if facts.lacking else selected
        key = nw.col(role) if exact else bin_key(nw.col(role))
        # Minus zero is zero.
        columns = [(key + 0.0).alias("k_bin")]
        if calibrated:
            columns.append(_times(nw.col("outcome"), scan).alias("total"))
        keys = [f"k_feature_{i}" for i in range(len(scan.features))]
        return grouped(selected.with_columns(*columns), [*keys, "k_bin"], sums, () if exact else (role,))

    cells = grouped_in_blocks(frame, block)
    key, count = (np.asarray(cells[name], dtype=float) for name in ("k_bin", "rows"))
    found = Histogram(
        group=_groups(cells, scan, table),
        bin=bin_number(key),
        low=key if exact else np.asarray(cells[f"low_{role}"], dtype=float),
        high=key if exact else np.asarray(cells[f"high_{role}"], dtype=float),
        rows=count.astype(np.int64),
        weight=np.asarray(cells["weight"], dtype=float) if weighted else count,
        outcome=np.asarray(cells["total"], dtype=float) if calibrated else None,
        exact=exact,
    )
    return cast(Histogram, summed(found))


def _times(value: Any, scan: Scan) -> Any:
    """Count a value as often as its row counts."""
    if scan.sample_weight is not None:
        return value * nw.col("weight")
    return value if scan.count is None else value * nw.col("rows")


def _groups(cells: Cells, scan: Scan, table: MomentTable) -> Ints:
    """Return the group of each cell, as the table numbers them."""
    codes = []
    for values, levels in zip(_features(cells, scan).values(), table.levels, strict=True):
        found, column = encode_levels(values)
        codes.append(relabel(column, found, levels))
    return np.asarray(np.ravel_multi_index(tuple(codes), [len(levels) for levels in table.levels]), dtype=np.int64)
