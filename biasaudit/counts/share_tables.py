"""Tables of how many of how many: each group's hits and misses as the cells of a binary table of counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biasaudit.arraytypes import Ints
from biasaudit.counts.table.crosstab import Crosstab

__all__ = ["share_table"]


def share_table(
    features: Sequence[str],
    levels: tuple[tuple[str, ...], ...],
    codes: Ints,
    *,
    hits: Ints,
    trials: Ints,
    cluster: Ints | None = None,
    cluster_names: tuple[str, ...] | None = None,
    stratum: Ints | None = None,
    strata: tuple[dict[str, str], ...] | None = None,
) -> Crosstab:
    """Make the binary table in which each trial is a row, and its "prediction" says whether it hit.

    Parameters
    ----------
    features : sequence of str
    levels : tuple of tuple of str
        Of each feature; those without a trial stay, with nobody in them.
    codes : int array of shape (cells, features)
    hits, trials : int array of shape (cells,)
        Hits are 0 or more. More of them than trials leave a count below 0, which the caller has to refuse.
    cluster, stratum : int array of shape (cells,), optional
    cluster_names, strata : tuple, optional
        What their codes mean.

    Returns
    -------
    Crosstab

    Examples
    --------
    >>> codes = np.array([[0], [1]])
    >>> table = share_table(["sex"], (("F", "M"),), codes, hits=np.array([2, 1]), trials=np.array([5, 1]))
    >>> table.y_pred.tolist(), table.rows.tolist()
    ([0, 1, 1], [3, 2, 1])
    """
    rows = np.concatenate([trials - hits, hits])
    occupied = rows != 0
    return Crosstab(
        features=tuple(features),
        levels=levels,
        classes=("0", "1"),
        codes=np.tile(codes, (2, 1))[occupied],
        y_true=None,
        y_pred=np.repeat(np.array([0, 1], dtype=np.int64), len(hits))[occupied],
        rows=rows[occupied],
        cluster=None if cluster is None else np.tile(cluster, 2)[occupied],
        cluster_names=cluster_names,
        stratum=None if stratum is None else np.tile(stratum, 2)[occupied],
        strata=strata,
    ).merge_cells()
