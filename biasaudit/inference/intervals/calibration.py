"""How far scores read as probabilities lie from what happened, bin by bin."""

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.intervals.small_groups import guarded_limits
from biasaudit.metrics.cell_totals import score_counts
from biasaudit.metrics.wilson import critical_value

__all__ = ["CALIBRATION_BINS", "calibration_error", "calibration_table", "rows_in_bins"]

CALIBRATION_BINS = 10


def calibration_table(table: Crosstab) -> tuple[Floats, Floats, Floats, Floats]:
    """Sum rows, positive labels, scores and effective rows in ten wide bins of the score.

    Parameters
    ----------
    table : Crosstab
        Binary table with labels and score bins.

    Returns
    -------
    rows, positives, score_sum, nobs : float array of shape (groups, 10)
    """
    assert table.bin_scores is not None
    counts = score_counts(table)
    wide = np.minimum((table.bin_scores * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    membership = np.eye(CALIBRATION_BINS)[wide]
    rows, positives = counts.sum(axis=1) @ membership, counts[:, 1] @ membership
    return rows, positives, (counts.sum(axis=1) * table.bin_scores) @ membership, rows_in_bins(table, wide)


def rows_in_bins(table: Crosstab, wide: Ints) -> Floats:
    """Count effective rows in each wide bin, those of a cluster in one bin as if they were alike.

    Parameters
    ----------
    table : Crosstab
    wide : int array of shape (bins,)
        Wide bin of each score bin, counted from 0.

    Returns
    -------
    float array of shape (groups, wide bins)

    References
    ----------
    Kish (1965), Survey Sampling, sections 5.4 and 8.2.
    """
    membership = np.eye(int(wide.max(initial=-1)) + 1)[wide]
    rows = score_counts(table).sum(axis=1) @ membership
    if table.cluster is None:
        squared = score_counts(table, squared=True).sum(axis=1) @ membership
    else:
        squared = _squares_of_clusters(table, wide, membership.shape[1])
    return np.asarray(np.divide(rows**2, squared, out=np.zeros_like(rows), where=squared > 0))


def _squares_of_clusters(table: Crosstab, wide: Ints, bins: int) -> Floats:
    """Sum over clusters the squared weight that each has in a bin, shape (groups, bins)."""
    assert table.cluster is not None
    assert table.score_bin is not None
    use, clusters = table.usable, int(table.cluster.max(initial=-1)) + 1
    weights = table.rows.astype(float) if table.weight is None else table.weight
    place = table.group[use] * bins + wide[table.score_bin[use]]
    keys, at = np.unique(place * clusters + table.cluster[use], return_inverse=True)
    of_cluster = np.bincount(at, weights=weights[use], minlength=len(keys))
    size = table.shape_size * bins
    return np.bincount(keys // clusters, weights=of_cluster**2, minlength=size).reshape(-1, bins).astype(float)


def calibration_error(table: Crosstab, confidence: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Measure the expected calibration error of each group: the mean gap between score and outcome over ten bins.

    The gap of a small group is large by chance alone, so the interval is not built around the
    estimate: it runs over all that the bins allow when judged at once, and groups of unlike size are
    not compared by this measure. Rows of a cluster in one bin count as if they were alike.

    Parameters
    ----------
    table : Crosstab
        Binary table with labels and score bins within 0–1.
    confidence : float

    Returns
    -------
    error, low, high, rows : float array of shape (groups,)

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning".
    """
    rows, positives, scores, nobs = calibration_table(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, score = positives / rows, scores / rows
        part = rows / rows.sum(axis=1, keepdims=True)
        critical = critical_value(1 - (1 - confidence) / CALIBRATION_BINS)
        low, high = guarded_limits(rate * nobs, nobs, critical=critical)
        smallest_gap = np.maximum(np.maximum(low - score, score - high), 0.0)
        largest_gap = np.maximum(high - score, score - low)
    gaps = (np.abs(rate - score), smallest_gap, largest_gap)
    total = rows.sum(axis=1)
    error, low, high = (np.where(total > 0, np.nansum(part * gap, axis=1), np.nan) for gap in gaps)
    return error, low, high, total
