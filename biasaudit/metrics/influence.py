"""What one row adds to a measure: from it come the measure's variance and that of clusters."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from biasaudit.arraytypes import Floats
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = [
    "Influence",
    "balanced_accuracy",
    "effective_size",
    "mean_of_recalls",
    "mean_of_rows",
    "rank_auc",
    "rows_of_mean",
]

MIN_CLASS_ROWS = 30
# Effective rows do not depend on the confidence asked for: they are those that are right at this one.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Influence:
    """A measure in each group, and the influence on it of a row of weight 1 in each cell.

    Parameters
    ----------
    share : float array of shape (groups,)
        The measure, within 0–1; NaN where undefined.
    rows : float array of shape (groups,)
        Weight of the rows it is about.
    rows_without_variance : float array of shape (groups,)
        Effective rows to assume where no variance can be seen.
    smaller_class_rows : float array of shape (groups,)
        Effective rows of the smaller class: under 30 the variance is not to be believed when it is small.
    influence, squares : float array of shape (groups, classes²) or (groups, 2, bins)
        Influence, and sums of squared weights.
    guarded_rows : float array of shape (groups,), optional
        Effective rows, were rows independent, where the variance alone would promise too many.
    """

    share: Floats
    rows: Floats
    rows_without_variance: Floats
    smaller_class_rows: Floats
    influence: Floats
    squares: Floats
    guarded_rows: Floats | None = None

    @property
    def independent_rows(self) -> Floats:
        """Rows of a share that would be as uncertain, were rows independent."""
        rows = self.effective_rows(self.variance(), self.rows_without_variance)
        return rows if self.guarded_rows is None else np.where(np.isnan(self.share), 0.0, self.guarded_rows)

    @property
    def retained_share(self) -> Floats:
        """Part of the rows that the variance promises which is left where few carry it; no more than all."""
        with np.errstate(invalid="ignore", divide="ignore"):
            part = self.independent_rows / self.effective_rows(self.variance(), self.rows_without_variance)
        return np.fmin(part, 1.0)

    def variance(self) -> Floats:
        """Variance of the measure where rows are independent, shape (groups,)."""
        squared = np.nan_to_num(self.influence) ** 2 * self.squares
        return np.asarray(squared.reshape(len(squared), -1).sum(axis=1))

    def effective_rows(self, variance: Floats, fewest: Floats) -> Floats:
        """Find how many rows of a share would vary as much, `fewest` where no variance was seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            nobs = np.where(variance > 0, self.share * (1 - self.share) / variance, fewest)
        nobs = np.where(self.smaller_class_rows < MIN_CLASS_ROWS, np.minimum(nobs, fewest), nobs)
        return np.where(np.isnan(self.share), 0.0, nobs)

    def at(self, table: Crosstab) -> Floats:
        """Look the influence up for each cell of `table`; cells without a label get any."""
        none = np.zeros_like(table.rows)
        y_true, y_pred = (none if column is None else np.maximum(column, 0) for column in (table.y_true, table.y_pred))
        if self.influence.ndim == 3:
            assert table.score_bin is not None
            return np.asarray(self.influence[table.group, y_true, table.score_bin])
        classes = round(self.influence.shape[1] ** 0.5)
        return np.asarray(self.influence[table.group, classes * y_true + y_pred])


def effective_size(weights: Floats, squares: Floats) -> Floats:
    """Find how many rows of one weight are as much evidence, after Kish; 0 where there are none."""
    return np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0)


def mean_of_rows(weights: Floats, squares: Floats, values: Floats) -> Influence:
    """Average a value that every row of a cell shares.

    Parameters
    ----------
    weights, squares : array of shape (groups, *cells)
        Sums of weights and squared weights.
    values : array of shape cells
        Values within 0–1.

    Returns
    -------
    Influence
    """
    axes = tuple(range(1, weights.ndim))
    rows = weights.sum(axis=axes)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (weights * values).sum(axis=axes) / rows
        lead = (slice(None), *(None,) * (weights.ndim - 1))
        influence = (values - share[lead]) / rows[lead]
    kish = effective_size(rows, squares.sum(axis=axes))
    return Influence(share, rows, kish, kish, influence, squares)


def balanced_accuracy(weights: Floats, squares: Floats) -> Influence:
    """Average true positive rate and true negative rate; cells are TN, FP, FN, TP.

    Where rows are independent they are so many that Wilson's interval holds the one that Wilson's of the two rates
    make together (method of variance estimates recovery).

    Parameters
    ----------
    weights, squares : float array of shape (groups, 4)
        Sums of weights and of squared weights.

    Returns
    -------
    Influence

    References
    ----------
    Zou and Donner (2008), "Construction of confidence limits about effect measures", equation 2.

    Examples
    --------
    Newcombe's limits of the difference of 56 / 70 and 48 / 80, 0.0524 and 0.3339, give 0.5262 and 0.6670.

    >>> import numpy as np
    >>> cells = np.array([[32.0, 48.0, 14.0, 56.0]])
    >>> rows = balanced_accuracy(cells, cells).independent_rows
    >>> [round(float(limit[0]), 4) for limit in wilson(0.6 * rows, rows, critical=1.959964)]
    [0.5262, 0.6695]
    """
    found = mean_of_recalls(weights.reshape(-1, 2, 2), squares.reshape(-1, 2, 2), np.eye(2))
    return replace(found, influence=found.influence.reshape(-1, 4), squares=squares)


def mean_of_recalls(weights: Floats, squares: Floats, right: Floats) -> Influence:
    """Average the share of each class that is predicted rightly, as :func:`balanced_accuracy` does of two.

    Parameters
    ----------
    weights, squares : float array of shape (groups, classes, predictions)
        Sums of weights and of squared weights.
    right : float array of shape (classes, predictions)
        1 where a prediction is right.

    Returns
    -------
    Influence
        Its influence and squares have the shape of the weights.
    """
    totals, classes = weights.sum(axis=2), len(right)
    counted, counted_squares = ((cells * right).sum(axis=2) for cells in (weights, squares))
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = counted / totals
        influence = (right - rates[:, :, None]) / totals[:, :, None] / classes
        kish = effective_size(totals, squares.sum(axis=2))
        fewest = classes**2 / (1 / kish).sum(axis=1)
    sides = (
        np.stack([one.T, other.T], axis=1)
        for one, other in (
            (counted, (weights * (1 - right)).sum(axis=2)),
            (counted_squares, (squares * (1 - right)).sum(axis=2)),
        )
    )
    guarded_rows = rows_of_mean(rates, linearised_rows(*sides).T)
    share, rows = rates.mean(axis=1), totals.sum(axis=1)
    return Influence(share, rows, fewest, kish.min(axis=1), influence, squares, guarded_rows)


def rows_of_mean(rates: Floats, nobs: Floats, *, widened: Floats | float = 1.0, jaccard: bool = False) -> Floats:
    """Find the rows for which Wilson's limits of the mean of several rates are nowhere inside those made of theirs.

    Parameters
    ----------
    rates, nobs : float array of shape (groups, rates)
        Rates, and the rows that each rests on.
    widened : float array of shape (groups,), or float
        How much more the mean varies than it would if the rates had nothing in common.
    jaccard : bool
        Whether the rates are F1, whose rows are those of the Jaccard index J: F1 = 2J / (1 + J).

    Returns
    -------
    float array of shape (groups,)
    """
    share = rates / (2 - rates) if jaccard else rates
    low, high = wilson(share * nobs, nobs, critical=critical_value(CONFIDENCE))
    if jaccard:
        low, high = (2 * limit / (1 + limit) for limit in (low, high))
    mean, count = rates.mean(axis=1), rates.shape[1]
    below, above = (np.hypot.reduce(reach, axis=1) * widened / count for reach in (rates - low, high - rates))
    return _rows_between(mean, mean - below, mean + above)


def _rows_between(share: Floats, low: Floats, high: Floats) -> Floats:
    """Find the rows for which Wilson's interval reaches at least from `low` to `high`."""
    z = critical_value(CONFIDENCE)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Wilson's limit is where the share is z standard errors away, as they are there.
        rows = [z**2 * end * (1 - end) / (share - end) ** 2 for end in (low, high)]
    return np.fmin(*(np.where(n > 0, n, np.inf) for n in rows))


def rank_auc(weights: Floats, squares: Floats) -> Influence:
    """Area under the ROC curve from score bins, ties counted half.

    Where rows are independent, and 30 or more of either class, they are so many that Wilson's interval holds that of
    Student's t on the logit scale: where few rows are out of order the variance rests on these alone.

    Parameters
    ----------
    weights, squares : array of shape (groups, 2, bins)
        Sums by label and score bin.

    Returns
    -------
    Influence

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), equations 3 to 5. Perme and Manevski (2019), "Confidence intervals for
    the Mann-Whitney test", for the logit scale. Brunner and Munzel (2000), "The nonparametric Behrens-Fisher problem",
    for t.

    Examples
    --------
    >>> import numpy as np
    >>> bins = np.array([[[2.0, 1.0, 0.0], [0.0, 1.0, 2.0]]])
    >>> rank_auc(bins, bins).share.round(4).tolist()
    [0.9444]
    """
    negative, positive = weights[:, 0], weights[:, 1]
    totals = weights.sum(axis=2)
    kish = effective_size(totals, squares.sum(axis=2))
    with np.errstate(invalid="ignore", divide="ignore"):
        below = (np.cumsum(negative, axis=1) - negative / 2) / totals[:, [0]]
        above = 1 - (np.cumsum(positive, axis=1) - positive / 2) / totals[:, [1]]
        share = (positive * below).sum(axis=1) / totals[:, 1]
        unbiased = np.sqrt(kish / np.maximum(kish - 1, 0.5))
        components = np.stack([above, below], axis=1) - share[:, None, None]
        influence = components * (unbiased / totals)[:, :, None]
        fewest = 3 * kish.prod(axis=1) / (kish.sum(axis=1) + 1)
    found = Influence(share, totals.sum(axis=1), fewest, kish.min(axis=1), influence, squares)
    return replace(found, guarded_rows=_rows_of_auc(found, _degrees(weights, components, kish)))


def _rows_of_auc(found: Influence, df: Floats) -> Floats:
    """Find the rows for which Wilson's limits are nowhere inside those on the logit scale; few keep to their guard."""
    rows, variance = found.independent_rows, found.variance()
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = np.log(found.share / (1 - found.share))
        reach = critical_value(CONFIDENCE, df) * np.sqrt(variance) / (found.share * (1 - found.share))
    ends = _rows_between(found.share, expit(middle - reach), expit(middle + reach))
    return np.where((found.smaller_class_rows < MIN_CLASS_ROWS) | ~(variance > 0), rows, np.fmin(rows, ends))


def _degrees(weights: Floats, components: Floats, kish: Floats) -> Floats:
    """Degrees of freedom of the variance, shape (groups,): each class's is as unsure as its fourth moment says."""
    part = np.divide(weights, weights.sum(axis=2, keepdims=True), out=np.zeros_like(weights), where=weights > 0)
    second, fourth = ((part * np.nan_to_num(components) ** power).sum(axis=2) for power in (2, 4))
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.maximum(kish, 2)
        variance = second / (n - 1)
        unsure = np.maximum(fourth - second**2 * (n - 3) / (n - 1), 0) / n**3
        return np.asarray(2 * variance.sum(axis=1) ** 2 / unsure.sum(axis=1))
