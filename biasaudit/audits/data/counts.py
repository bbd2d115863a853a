"""All that the audit of a data set counts: the label by group, and every column by group and label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from biasaudit.audits.data._dummies import dummies_of
from biasaudit.audits.data.input import DataColumns
from biasaudit.counts.column_counts import ColumnCounts, ColumnTable, count_columns
from biasaudit.counts.column_kinds import ColumnKind, column_kinds, sample_people, sample_rows
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.lookup import by_name
from biasaudit.metrics.cell_totals import rows_by_group

__all__ = ["SAMPLE", "Data", "Pair", "cluster_evidence", "count_data"]

SAMPLE = 20_000
FEWEST = 10


@dataclass(frozen=True)
class Pair:
    """Two groups of one sensitive feature that are held against each other, by number."""

    feature: int
    group: int
    reference: int


@dataclass(frozen=True, eq=False)
class Data:
    """What was counted, and how much of it counts as evidence.

    Parameters
    ----------
    table : Crosstab
        Label by group.
    columns : ColumnTable
        The table with its keys.
    sample : Narwhals frame
        Random rows, in memory.
    counts : tuple of ColumnCounts
        Every column that is neither label nor sensitive feature.
    features : tuple of str
        Columns a model may learn from.
    references : tuple of int
        The group of each feature that others are held against.
    evidence : float
        Independent rows for each row: below 1 where rows carry weights or come in clusters.
    confidence : float
    label : str
        Name of the label for sentences.
    random_state : int
    cluster : str or None
        Column of the sample that says which rows belong together.
    """

    table: Crosstab
    columns: ColumnTable
    sample: Any
    counts: tuple[ColumnCounts, ...]
    features: tuple[str, ...]
    references: tuple[int, ...]
    evidence: float
    confidence: float
    label: str
    random_state: int
    cluster: str | None = None

    @cached_property
    def sources(self) -> dict[str, str]:
        """Column behind each dummy; others are not in it."""
        return dummies_of(self.counts, self.sample, self.random_state)

    def source(self, name: str) -> str:
        """Return what a column is a dummy of; itself where it is none."""
        return self.sources.get(name, name)

    def of(self, name: str) -> ColumnCounts:
        """Return the counts of a column."""
        return by_name(self.counts, name, "a column that is counted", "Columns")

    def rows(self, feature: int) -> Any:
        """Rows of each group of a feature."""
        return rows_by_group(self.table.rollup([self.table.features[feature]]))

    def pairs(self) -> list[Pair]:
        """Every group with enough rows against its reference."""
        return [
            Pair(i, group, reference)
            for i, reference in enumerate(self.references)
            for group, rows in enumerate(self.rows(i).tolist())
            if group != reference and rows >= FEWEST
        ]

    def name(self, feature: int, group: int) -> dict[str, str]:
        """Name a group as reports do."""
        return {self.table.features[feature]: self.table.levels[feature][group]}

    def ends(self, pair: Pair) -> dict[str, dict[str, str]]:
        """Name both groups of a pair, as rows do."""
        return {
            "group": self.name(pair.feature, pair.group),
            "reference": self.name(pair.feature, pair.reference),
        }


def count_data(
    read: DataColumns,
    table: Crosstab,
    *,
    y_true: str,
    positive: Mapping[str, int],
    references: Sequence[int],
    confidence: float,
    random_state: int,
    count: str | None = None,
    cluster: str | None = None,
) -> Data:
    """Sample the table to learn what its columns hold, then count each.

    Parameters
    ----------
    read : DataColumns
    table : Crosstab
        Label by group.
    y_true : str
        Column of labels.
    positive : mapping of str to int
        Value of the label to 1 where it counts as positive, else 0; none where it is a number.
    references : sequence of int
        The group of each feature that others are held against.
    confidence : float
    random_state : int
    count, cluster : str or None
        Columns of how many people a row stands for, and of what belongs together.
    """
    needed = list(dict.fromkeys([*read.others, *table.features, *([cluster] if cluster is not None else [])]))
    if count is None:
        sample = sample_rows(read.frame, needed, SAMPLE, random_state)
    else:
        sample = sample_people(read.frame, needed, count, SAMPLE, random_state)
    kinds: tuple[ColumnKind, ...] = column_kinds(sample, read.others)
    columns = ColumnTable(read.frame, table.features, table.levels, y_true if positive else None, positive, count)
    return Data(
        table=table,
        columns=columns,
        sample=sample,
        counts=count_columns(columns, kinds),
        features=tuple(read.features),
        references=tuple(references),
        evidence=_evidence(table),
        confidence=confidence,
        label=y_true,
        random_state=random_state,
        cluster=cluster,
    )


def cluster_evidence(rows: Any) -> float:
    """Count what each row is worth at least where so many come in each cluster: as if all of a cluster were alike.

    References
    ----------
    Kish (1965), Survey Sampling, section 5.4.

    Examples
    --------
    Ten clusters of four are ten; where one holds most of the rows, they are few.

    >>> cluster_evidence([4] * 10), round(40 * cluster_evidence([31] + [1] * 9), 2)
    (0.25, 1.65)
    """
    sizes = np.asarray(rows, dtype=float)
    return float(sizes.sum() / (sizes**2).sum())


def _evidence(table: Crosstab) -> float:
    """Count clusters as if the rows of each were alike, and weighted rows as Kish does: it is seldom too much."""
    rows = float(table.rows.sum())
    if table.cluster is not None:
        return cluster_evidence(np.bincount(table.cluster, weights=table.rows))
    if table.weight is not None and table.weight_squared is not None:
        return float(table.weight.sum() ** 2 / table.weight_squared.sum() / rows)
    return 1.0
