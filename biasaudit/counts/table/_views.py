"""Other views of a table of counts: fewer features, two classes, one line on the score, one stratum.

Cells that have become alike are left apart: :meth:`Crosstab.merge_cells` sums them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.arraytypes import Ints
from biasaudit.counts.table.validation import cell_arrays
from biasaudit.errors import AuditError, nearest

__all__ = ["at_threshold", "by_features", "in_stratum", "one_vs_rest"]


def by_features(table: Any, features: Sequence[str]) -> Any:
    """Keep the named sensitive features; see :meth:`Crosstab.rollup`."""
    for name in features:
        if name not in table.features:
            raise AuditError(
                f'"{name}" is not a sensitive feature of this table.{nearest(name, table.features)} '
                f"It counts by {list(table.features)}."
            )
    keep = [table.features.index(name) for name in features]
    return replace(
        table,
        features=tuple(features),
        levels=tuple(table.levels[i] for i in keep),
        codes=table.codes[:, keep],
    )


def one_vs_rest(table: Any, pos_label: str) -> Any:
    """Turn any number of classes into two; see :meth:`Crosstab.one_vs_rest`."""
    if pos_label not in table.classes:
        raise AuditError(
            f"pos_label={pos_label!r} is not a class.{nearest(pos_label, table.classes)} "
            f"Classes: {', '.join(map(repr, table.classes))}."
        )
    positive = table.classes.index(pos_label)
    others = [name for name in table.classes if name != pos_label]
    names = (others[0] if len(others) == 1 else f"not {pos_label}", pos_label)

    def binary(column: Ints | None) -> Ints | None:
        return None if column is None else np.where(column < 0, -1, column == positive).astype(np.int64)

    return replace(table, classes=names, y_true=binary(table.y_true), y_pred=binary(table.y_pred))


def at_threshold(table: Any, threshold: float) -> Any:
    """Predict from the score bins; see :meth:`Crosstab.at_threshold`."""
    if table.edges is None or table.score_bin is None:
        raise AuditError("This table has no score bins, so it has no thresholds. Count it with score=.")
    position = int(np.searchsorted(table.edges, threshold))
    if position == len(table.edges) or table.edges[position] != threshold:
        nearest_edges = np.sort(table.edges[np.argsort(np.abs(table.edges - threshold))[:2]])
        raise AuditError(
            f"threshold={threshold:g} is not an edge between two score bins, so the table cannot tell "
            f"which rows reach it. The nearest edges are {' and '.join(f'{e:g}' for e in nearest_edges)}."
        )
    return replace(table, y_pred=(table.score_bin > position).astype(np.int64))


def in_stratum(table: Any, stratum: int) -> Any:
    """Keep the cells of one stratum; see :meth:`Crosstab.in_stratum`."""
    assert table.stratum is not None
    chosen = table.stratum == stratum
    arrays = {name: column[chosen] for name, column in cell_arrays(table).items()}
    return replace(table, codes=table.codes[chosen], **arrays | {"stratum": None, "strata": None})
