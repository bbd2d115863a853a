"""Mitigations before training: other weights, rows or labels for the same model."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import Mitigation
from biasaudit.names import clean

__all__ = ["Massaging", "Resampling", "Reweighing", "Unmitigated", "massaged_labels", "reweighing_weights"]


class Unmitigated(Mitigation):
    """The model as it is: what every mitigation is held against.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers; logistic regression otherwise.
    random_state : int, optional
    """

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        self.model_ = self._classifier().fit(rows, y)


def reweighing_weights(y: Ints, groups: Ints) -> Floats:
    """Weigh each row so that label and group are independent: P(group) P(label) / P(group, label).

    Parameters
    ----------
    y, groups : int array of shape (rows,)
        Labels 0 and 1, and group codes.

    Returns
    -------
    float array of shape (rows,)

    References
    ----------
    Kamiran and Calders (2012), "Data preprocessing techniques for classification without discrimination",
    algorithm 3. Their table 1 has 10 people: 5 women of whom 2 are accepted, 5 men of whom 4 are.

    Examples
    --------
    >>> y, women = np.array([1, 1, 0, 0, 0, 1, 1, 1, 1, 0]), np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    >>> reweighing_weights(y, women)[[0, 2, 5, 9]].round(2).tolist()
    [1.5, 0.67, 0.75, 2.0]
    """
    cell = groups * 2 + y
    joint = np.bincount(cell, minlength=2 * (groups.max(initial=0) + 1)).reshape(-1, 2)
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0) / len(y)
    return np.asarray((expected / np.maximum(joint, 1)).ravel()[cell])


class Reweighing(Mitigation):
    """Weigh the rows so that label and group are independent in training.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers that takes sample_weight; logistic regression otherwise.
    random_state : int, optional

    References
    ----------
    Kamiran and Calders (2012), "Data preprocessing techniques for classification without discrimination", section 4.3.

    Examples
    --------
    >>> rows, sex = np.arange(8.0)[:, None], ["F", "M"] * 4
    >>> Reweighing().fit(rows, [0, 0, 0, 1, 0, 1, 1, 1], sensitive_features=sex).predict([[0.0], [7.0]]).tolist()
    [0, 1]
    """

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        self.weights_ = reweighing_weights(y, groups)
        self.model_ = self._weighted_classifier().fit(rows, y, sample_weight=self.weights_)


def ranking(model: Any, rows: Floats, y: Ints) -> Floats:
    """Score rows by how sure a model trained on them is of label 1.

    Raises
    ------
    AuditError
        If the model gives no probabilities.
    """
    if not hasattr(model, "predict_proba"):
        raise AuditError(
            f"{clean(type(model).__name__)} gives no probabilities to rank by. Choose a model with predict_proba."
        )
    return np.asarray(model.fit(rows, y).predict_proba(rows)[:, 1])


class Resampling(Mitigation):
    """Repeat and leave out rows so that label and group are independent in training.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers; logistic regression otherwise. It also ranks the rows, for which it has to give
        probabilities.
    method : {"preferential", "uniform"}
        Which rows: those closest to the border between the classes, or any.
    random_state : int, optional

    References
    ----------
    Kamiran and Calders (2012), "Data preprocessing techniques for classification without discrimination",
    algorithms 4 (uniform) and 5 (preferential sampling).
    """

    def __init__(self, estimator: Any = None, method: str = "preferential", random_state: int | None = None) -> None:
        super().__init__(estimator, random_state)
        self.method = method

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        if self.method not in ("preferential", "uniform"):
            raise AuditError(f'method="{clean(str(self.method))}" is not one. Methods: preferential, uniform.')
        rng = np.random.default_rng(self.random_state)
        if self.method == "uniform":
            order = rng.random(len(y))
        else:
            # The border is between negatives ranked high and positives ranked low.
            score = ranking(self._classifier(), rows, y)
            order = np.where(y == 1, score, -score)
        self.chosen_ = resampled(reweighing_weights(y, groups), groups * 2 + y, order)
        self.model_ = self._classifier().fit(rows[self.chosen_], y[self.chosen_])


def resampled(weights: Floats, cell: Ints, order: Floats) -> Ints:
    """Pick rows so that each cell has as many as its weights add up to.

    Of a cell that grows the rows first in `order` are repeated, of one that shrinks they are left out.
    """
    sizes = np.bincount(cell)
    wanted = np.rint(np.bincount(cell, weights=weights)).astype(np.int64)
    by_cell = np.lexsort((order, cell))
    place = np.arange(len(cell)) - (np.cumsum(sizes) - sizes)[cell[by_cell]]
    size, want = sizes[cell[by_cell]], wanted[cell[by_cell]]
    times = np.where(want >= size, want // size + (place < want % size), place >= size - want)
    return np.sort(np.repeat(by_cell, times))


def massaged_labels(y: Ints, groups: Ints, score: Floats) -> Ints:
    """Turn the labels closest to the border until every group has the same share of label 1.

    Parameters
    ----------
    y, groups : int array of shape (rows,)
        Labels 0 and 1, and group codes.
    score : float array of shape (rows,)
        How surely each row is of label 1.

    Returns
    -------
    int array of shape (rows,)

    References
    ----------
    Kamiran and Calders (2012), algorithm 1, for two groups; here each group is brought to the share of everyone.

    Examples
    --------
    >>> massaged_labels(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.6, 0.9])).tolist()
    [0, 1, 0, 1]
    """
    rows, positives = np.bincount(groups), np.bincount(groups, weights=y)
    change = np.rint(rows * y.mean() - positives).astype(np.int64)
    # Promoted are negatives, the surest first; demoted are positives, the least sure first.
    turned = y == (change[groups] < 0)
    order = np.lexsort((np.where(y == 1, score, -score), ~turned, groups))
    place = np.empty(len(y), dtype=np.int64)
    place[order] = np.arange(len(y)) - (np.cumsum(rows) - rows)[groups[order]]
    return np.where(turned & (place < np.abs(change)[groups]), 1 - y, y)


class Massaging(Mitigation):
    """Turn the training labels closest to the border, until every group has the same share of positive ones.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers with probabilities, which also ranks the rows; logistic regression otherwise.
    random_state : int, optional

    References
    ----------
    Kamiran and Calders (2012), "Data preprocessing techniques for classification without discrimination", section 4.2.
    """

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        self.labels_ = massaged_labels(y, groups, ranking(self._classifier(), rows, y))
        self.model_ = self._classifier().fit(rows, self.labels_)
