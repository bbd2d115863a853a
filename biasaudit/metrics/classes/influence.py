"""What one row adds to a mean over classes: of their recalls, and of their F1."""

from dataclasses import replace

import numpy as np

from biasaudit.arraytypes import Bools, Floats
from biasaudit.metrics.influence import (
    Influence,
    effective_size,
    mean_of_recalls,
    mean_of_rows,
    rows_of_mean,
)
from biasaudit.metrics.linearised import linearised_rows
from biasaudit.metrics.wilson import critical_value

__all__ = ["macro_f1", "macro_recall", "mean_rank"]

FEW = 5
CONFIDENCE = 0.95


def macro_recall(weights: Floats, squares: Floats, labelled: Bools | None = None) -> Influence:
    """Average the share of each class that is predicted rightly.

    Parameters
    ----------
    weights, squares : float array of shape (groups, classes²)
        Sums of weights and of squared weights.
    labelled : bool array of shape (classes,), optional
        The classes that are averaged; all where left out.

    Returns
    -------
    Influence

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[30.0, 5, 5, 5, 15, 0, 2, 2, 6]])
    >>> macro_recall(cells, cells).share.round(4).tolist()
    [0.7]
    """
    classes = round(weights.shape[1] ** 0.5)
    use = np.ones(classes, dtype=bool) if labelled is None else labelled
    by_class, of_squares = (cells.reshape(-1, classes, classes) for cells in (weights, squares))
    found = mean_of_recalls(by_class[:, use], of_squares[:, use], np.eye(classes)[use])
    influence = np.zeros(by_class.shape)
    influence[:, use] = found.influence
    found = replace(found, influence=influence.reshape(weights.shape), squares=squares)
    return _with_few(found) if use.sum() > 2 else found


def _with_few(found: Influence) -> Influence:
    """Take no class to vary less than all do together where one has a handful of rows, which misjudge their spread."""
    guarded = found.independent_rows
    few = found.smaller_class_rows < FEW
    return replace(found, guarded_rows=np.where(few, np.fmin(guarded, found.rows_without_variance), guarded))


def macro_f1(weights: Floats, squares: Floats, used: Bools | None = None) -> Influence:
    """Average the F1 of each class, the harmonic mean of its precision and its recall.

    Where rows are independent they are so many that Wilson's interval holds the one that those of the classes make
    together (method of variance estimates recovery), each found by that of its Jaccard index, widened as the classes
    vary together.

    Parameters
    ----------
    weights, squares : float array of shape (groups, classes²)
        Sums of weights and of squared weights.
    used : bool array of shape (classes,), optional
        The classes that are averaged, at least all that have a row; all where left out.

    Returns
    -------
    Influence

    References
    ----------
    Takahashi, Yamamoto, Kuchiba and Koyama (2022), "Confidence interval for micro-averaged F1 and macro-averaged F1
    scores", for the variance. Zou and Donner (2008), "Construction of confidence limits about effect measures".

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[30.0, 5, 5, 5, 15, 0, 2, 2, 6]])
    >>> macro_f1(cells, cells).share.round(4).tolist()
    [0.6883]
    """
    size = round(weights.shape[1] ** 0.5)
    use = np.ones(size, dtype=bool) if used is None else used
    by_class, of_squares = (cells.reshape(-1, size, size)[:, use][:, :, use] for cells in (weights, squares))
    classes = by_class.shape[1]
    right, right_squares = (cells.diagonal(axis1=1, axis2=2) for cells in (by_class, of_squares))
    # Each row stands in the total of its true and in that of its predicted class.
    total, all_squares = (cells.sum(axis=1) + cells.sum(axis=2) for cells in (by_class, of_squares))
    wrong_squares = all_squares - 2 * right_squares
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2 * right / total
        part = -f1 / total
        influence = np.zeros((len(weights), size, size))
        influence[np.ix_(np.arange(len(weights)), np.flatnonzero(use), np.flatnonzero(use))] = (
            part[:, :, None] + part[:, None, :] + np.eye(classes) * (2 / total)[:, :, None]
        ) / classes
        kish = effective_size(total - right, right_squares + wrong_squares)
        fewest = classes**2 / (1 / kish).sum(axis=1)
    plain = Influence(
        f1.mean(axis=1),
        by_class.sum(axis=(1, 2)),
        fewest,
        kish.min(axis=1),
        influence.reshape(weights.shape),
        squares,
    )
    sides = (
        np.stack([one.T, other.T], axis=1)
        for one, other in ((right, total - 2 * right), (right_squares, wrong_squares))
    )
    together = _together(f1, total, right_squares, wrong_squares, plain.variance())
    rows = rows_of_mean(f1, linearised_rows(*sides).T, widened=together, jaccard=True)
    return _with_few(replace(plain, guarded_rows=rows))


def _together(f1: Floats, total: Floats, right_squares: Floats, wrong_squares: Floats, variance: Floats) -> Floats:
    """Find how much the mean varies, as a standard error, against what it would had its classes nothing in common."""
    with np.errstate(invalid="ignore", divide="ignore"):
        each = ((2 - 2 * f1) ** 2 * right_squares + f1**2 * wrong_squares) / total**2
        ratio = np.sqrt(variance / (each.sum(axis=1) / f1.shape[1] ** 2))
    return np.where(np.isfinite(ratio), ratio, 1.0)


def mean_rank(weights: Floats, squares: Floats, values: Floats) -> Influence:
    """Average a rank, or an error in ranks, that every row of a cell shares; few rows have Student's t.

    Parameters
    ----------
    weights, squares : float array of shape (groups, classes²)
        Sums of weights and of squared weights.
    values : float array of shape (classes²,)
        From 0 for the smallest to 1 for the largest possible value.

    Returns
    -------
    Influence

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[4.0, 0.0, 0.0, 6.0]])
    >>> found = mean_rank(cells, cells, np.array([0.0, 0.0, 1.0, 1.0]))
    >>> found.share.tolist(), found.independent_rows.round(2).tolist()
    ([0.6], [6.76])
    """
    found = mean_of_rows(weights, squares, values)
    size = np.maximum(found.rows_without_variance, 2)
    wider = (critical_value(CONFIDENCE, size - 1) / critical_value(CONFIDENCE)) ** 2 * size / (size - 1)
    return replace(found, guarded_rows=found.independent_rows / wider)
