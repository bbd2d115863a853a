"""What one row adds to a measure: from it come the measure's variance and that of clusters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasaudit.statistics.crosstab import Crosstab

__all__ = ["Influence", "balanced_accuracy", "mean_of_rows", "rank_auc"]

Floats = NDArray[np.float64]
FEW_ROWS = 30


@dataclass(frozen=True)
class Influence:
    """A measure in each group, and the influence on it of a row of weight 1 in each cell.

    Parameters
    ----------
    share : float array of shape (groups,)
        The measure, within 0–1; NaN where undefined.
    rows : float array of shape (groups,)
        Weight of the rows it is about.
    fewest : float array of shape (groups,)
        Effective rows to assume where no variance can be seen.
    smallest : float array of shape (groups,)
        Effective rows of the smaller class: under 30 the variance is not to be believed when it is small.
    influence, squares : float array of shape (groups, 4) or (groups, 2, bins)
        Influence, and sums of squared weights.
    """

    share: Floats
    rows: Floats
    fewest: Floats
    smallest: Floats
    influence: Floats
    squares: Floats

    def variance(self) -> Floats:
        """Variance of the measure where rows are independent, shape (groups,)."""
        squared = np.nan_to_num(self.influence) ** 2 * self.squares
        return np.asarray(squared.reshape(len(squared), -1).sum(axis=1))

    def effective_rows(self, variance: Floats, fewest: Floats) -> Floats:
        """Find how many rows of a share would vary as much, `fewest` where no variance was seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            nobs = np.where(variance > 0, self.share * (1 - self.share) / variance, fewest)
        nobs = np.where(self.smallest < FEW_ROWS, np.minimum(nobs, fewest), nobs)
        return np.where(np.isnan(self.share), 0.0, nobs)

    def at(self, table: Crosstab) -> Floats:
        """Look the influence up for each cell of `table`; cells without a label get any."""
        y_true = np.zeros_like(table.rows) if table.y_true is None else np.maximum(table.y_true, 0)
        if self.influence.ndim == 3:
            assert table.score_bin is not None
            return np.asarray(self.influence[table.group, y_true, table.score_bin])
        assert table.y_pred is not None
        return np.asarray(self.influence[table.group, 2 * y_true + np.maximum(table.y_pred, 0)])


def _kish(weights: Floats, squares: Floats) -> Floats:
    return np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0)


def mean_of_rows(weights: Floats, squares: Floats, values: Floats) -> Influence:
    """Average a value that every row of a cell shares.

    Parameters
    ----------
    weights, squares : array of shape (groups, *cells)
        Sums of weights and squared weights.
    values : array of shape cells
        Values within 0–1.
    """
    axes = tuple(range(1, weights.ndim))
    rows = weights.sum(axis=axes)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (weights * values).sum(axis=axes) / rows
        lead = (slice(None), *(None,) * (weights.ndim - 1))
        influence = (values - share[lead]) / rows[lead]
    kish = _kish(rows, squares.sum(axis=axes))
    return Influence(share, rows, kish, kish, influence, squares)


def balanced_accuracy(weights: Floats, squares: Floats) -> Influence:
    """Average true positive rate and true negative rate; cells are TN, FP, FN, TP."""
    classes, by_class = weights.reshape(-1, 2, 2), squares.reshape(-1, 2, 2)
    totals = classes.sum(axis=2)
    right = np.array([[1.0, 0.0], [0.0, 1.0]])
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = (classes * right).sum(axis=2) / totals
        influence = (right - rates[:, :, None]) / totals[:, :, None] / 2
        kish = _kish(totals, by_class.sum(axis=2))
        fewest = np.nan_to_num(4 * kish.prod(axis=1) / kish.sum(axis=1))
    share, rows = rates.mean(axis=1), totals.sum(axis=1)
    return Influence(share, rows, fewest, kish.min(axis=1), influence.reshape(-1, 4), squares)


def rank_auc(weights: Floats, squares: Floats) -> Influence:
    """Area under the ROC curve from score bins, ties counted half.

    Parameters
    ----------
    weights, squares : array of shape (groups, 2, bins)
        Sums by label and score bin.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), equations 3 to 5.

    Examples
    --------
    >>> import numpy as np
    >>> bins = np.array([[[2.0, 1.0, 0.0], [0.0, 1.0, 2.0]]])
    >>> rank_auc(bins, bins).share.round(4).tolist()
    [0.9444]
    """
    negative, positive = weights[:, 0], weights[:, 1]
    totals = weights.sum(axis=2)
    kish = _kish(totals, squares.sum(axis=2))
    with np.errstate(invalid="ignore", divide="ignore"):
        below = (np.cumsum(negative, axis=1) - negative / 2) / totals[:, [0]]
        above = 1 - (np.cumsum(positive, axis=1) - positive / 2) / totals[:, [1]]
        share = (positive * below).sum(axis=1) / totals[:, 1]
        unbiased = np.sqrt(kish / np.maximum(kish - 1, 0.5))
        components = np.stack([above, below], axis=1) - share[:, None, None]
        influence = components * (unbiased / totals)[:, :, None]
        fewest = 3 * kish.prod(axis=1) / (kish.sum(axis=1) + 1)
    return Influence(share, totals.sum(axis=1), fewest, kish.min(axis=1), influence, squares)
