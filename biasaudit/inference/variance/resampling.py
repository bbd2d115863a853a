"""Bootstrap on the table: drawing rows with replacement is a multinomial draw of its cells."""

from collections.abc import Callable

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.cell_totals import cluster_totals, confusion
from biasaudit.metrics.rates import Cell, Rate

__all__ = ["percentile_interval", "resample"]

BLOCK = 10_000_000
_EACH_CELL = tuple(Rate(cell.name or "", "", "", cell, cell, "") for cell in Cell)


def resample(table: Crosstab, replicates: int = 1_000, *, random_state: int = 0) -> Floats:
    """Draw bootstrap replicates of the confusion counts of every group.

    The cost does not depend on the number of rows. Rows that are independent and unweighted are
    resampled exactly; weighted rows by gamma draws with the mean and variance of a Poisson
    bootstrap; clustered rows by drawing whole clusters.

    Parameters
    ----------
    table : Crosstab
        Binary table.
    replicates : int
        Number of draws.
    random_state : int
        Seed.

    Returns
    -------
    float array of shape (replicates, groups, 4)
        TN, FP, FN, TP; feed it to :meth:`Rate.estimate`.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 5.

    Examples
    --------
    >>> import pandas as pd
    >>> from biasaudit import count
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 50, "hired": [0, 1, 1, 1] * 25})
    >>> resample(count(frame, sensitive_features=["sex"], y_pred="hired"), 10).sum(axis=(1, 2)).tolist()[:2]
    [100.0, 100.0]
    """
    rng = np.random.default_rng(random_state)
    if table.cluster is not None:
        return _resample_clusters(table, replicates, rng)
    cells = confusion(table)
    if table.weight is not None:
        squares = confusion(table, squared=True)
        if not np.array_equal(cells, squares):
            return _resample_weights(cells, squares, replicates, rng)
    n = round(cells.sum())
    drawn = rng.multinomial(n, cells.ravel() / max(n, 1), size=replicates)
    return drawn.reshape(replicates, *cells.shape).astype(float)


def _resample_weights(cells: Floats, squares: Floats, replicates: int, rng: np.random.Generator) -> Floats:
    scale = np.divide(squares, cells, out=np.zeros_like(cells), where=cells > 0)
    shape = np.divide(cells, scale, out=np.zeros_like(cells), where=scale > 0)
    return rng.gamma(shape, size=(replicates, *cells.shape)) * scale


def _resample_clusters(table: Crosstab, replicates: int, rng: np.random.Generator) -> Floats:
    totals = cluster_totals(table, _EACH_CELL)
    m, pairs = totals.n_clusters, len(totals.group)
    from scipy.sparse import csr_matrix

    columns = np.concatenate([totals.group * 4 + cell for cell in range(4)])
    by_cluster = csr_matrix(
        (totals.numerator.ravel(), (np.tile(totals.cluster, 4), columns)), shape=(m, totals.n_groups * 4)
    )
    assert by_cluster.nnz <= 4 * pairs
    out = np.empty((replicates, totals.n_groups * 4))
    block = max(1, BLOCK // max(m, 1))
    for start in range(0, replicates, block):
        stop = min(start + block, replicates)
        out[start:stop] = rng.multinomial(m, np.full(m, 1 / m), size=stop - start) @ by_cluster
    return out.reshape(replicates, totals.n_groups, 4)


def percentile_interval(
    table: Crosstab,
    statistic: Callable[[Floats], Floats],
    *,
    confidence: float = 0.95,
    replicates: int = 1_000,
    random_state: int = 0,
) -> tuple[Floats, Floats]:
    """Compute the bootstrap percentile interval of any function of the confusion counts.

    Parameters
    ----------
    table : Crosstab
        Binary table.
    statistic : callable
        Maps an array of shape (replicates, groups, 4) to one of shape (replicates, ...).
    confidence : float
    replicates : int
        Number of draws.
    random_state : int
        Seed.

    Returns
    -------
    low, high : float array
        NaN where the statistic is undefined in some replicate.
    """
    values = statistic(resample(table, replicates, random_state=random_state))
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    return low, high
