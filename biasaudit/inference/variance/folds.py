"""People dealt to folds, and drawn again, from their counts: what is chosen on some is read on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.metrics.cell_totals import score_counts

__all__ = ["score_folds", "score_resamples"]


def score_folds(table: Crosstab, folds: int, *, random_state: int = 0) -> Floats:
    """Deal the people of each group to folds of like size, clusters whole.

    Parameters
    ----------
    table : Crosstab
        Binary table with labels and score bins.
    folds : int
    random_state : int

    Returns
    -------
    float array of shape (folds, groups, 2, bins)
        Weights by fold, group, label and score bin; they add up to :func:`~biasaudit.metrics.cell_totals.score_counts`.

    Notes
    -----
    Counts of people are dealt as the people would be, by a multivariate hypergeometric draw. Of weighted rows a cell
    knows only the sums of weights and of their squares: it is dealt as so many people of like weight as would vary as
    much. A cluster goes where the group to which most of its rows belong is in need of one.

    Examples
    --------
    >>> import pandas as pd
    >>> from biasaudit import count
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 50, "hired": [0, 1, 1, 1] * 25, "score": [0.2, 0.8] * 50})
    >>> table = count(frame, sensitive_features=["sex"], y_true="hired", score="score")
    >>> score_folds(table, 5).sum(axis=(2, 3)).tolist()
    [[10.0, 10.0], [10.0, 10.0], [10.0, 10.0], [10.0, 10.0], [10.0, 10.0]]
    """
    rng = np.random.default_rng(random_state)
    if table.cluster is not None:
        return _split_clusters(table, folds, rng)
    sizes, weight = _people_counts(table)
    flat = sizes.reshape(len(sizes), -1)
    start = np.concatenate([[0], np.cumsum(flat.sum(axis=1))])
    splits = [_split_counts(cells, folds, int(first), rng) for cells, first in zip(flat, start, strict=False)]
    return np.asarray(np.stack(splits, axis=1).reshape(folds, *sizes.shape) * weight)


def score_resamples(table: Crosstab, draws: int, *, random_state: int = 0) -> Floats:
    """Draw as many people again as there are, with replacement; clusters whole.

    Parameters
    ----------
    table : Crosstab
        Binary table with labels and score bins.
    draws : int
    random_state : int

    Returns
    -------
    float array of shape (draws, groups, 2, bins)

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 5.
    """
    rng = np.random.default_rng(random_state)
    if table.cluster is not None:
        clusters = int(table.cluster.max(initial=-1)) + 1
        draws_of_clusters = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
        return np.stack([_score_counts(table, times[table.cluster]) for times in draws_of_clusters])
    sizes, weight = _people_counts(table)
    flat = sizes.ravel()
    drawn = rng.multinomial(flat.sum(), flat / max(flat.sum(), 1), size=draws)
    return np.asarray(drawn.reshape(draws, *sizes.shape) * weight)


def _people_counts(table: Crosstab) -> tuple[Ints, Floats]:
    """Count the people of each group, label and score bin, and say how much each weighs."""
    weights, squares = score_counts(table), score_counts(table, squared=True)
    sizes = np.rint(np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0)).astype(np.int64)
    sizes = np.maximum(sizes, (weights > 0).astype(np.int64))
    return sizes, np.divide(weights, sizes, out=np.zeros_like(weights), where=sizes > 0)


def _score_counts(table: Crosstab, times: Ints) -> Floats:
    """Sum weights by group, label and score bin, those of each cell so many times."""
    weight = times * (table.rows if table.weight is None else table.weight).astype(float)
    return score_counts(replace(table, weight=weight, weight_squared=weight))


def _split_counts(cells: Ints, folds: int, first: int, rng: np.random.Generator) -> Ints:
    """Deal people in turn, beginning with the fold whose turn it is, so that left-over ones fall to all alike."""
    sizes = np.bincount((first + np.arange(folds)) % folds, minlength=folds) * (cells.sum() // folds)
    sizes += np.bincount((first + np.arange(cells.sum() % folds)) % folds, minlength=folds)
    remaining, folds_dealt = cells.copy(), []
    for size in sizes:
        folds_dealt.append(rng.multivariate_hypergeometric(remaining, int(size), method="marginals"))
        remaining = remaining - folds_dealt[-1]
    return np.array(folds_dealt)


def _split_clusters(table: Crosstab, folds: int, rng: np.random.Generator) -> Floats:
    assert table.cluster is not None
    n_clusters, groups = int(table.cluster.max(initial=-1)) + 1, table.shape_size
    rows = np.bincount(table.cluster * groups + table.group, weights=table.rows, minlength=n_clusters * groups)
    main_group = rows.reshape(n_clusters, groups).argmax(axis=1)
    order = np.lexsort((rng.random(n_clusters), main_group))
    fold = np.empty(n_clusters, dtype=np.int64)
    fold[order] = np.arange(n_clusters) % folds
    fold_of_cell = fold[table.cluster]
    return np.stack([_score_counts(table, (fold_of_cell == number).astype(np.int64)) for number in range(folds)])
