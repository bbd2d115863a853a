"""Mitigations before training that change the features, and have to know the group at prediction too."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import UNKNOWN, Mitigation

__all__ = ["CorrelationRemover", "DisparateImpactRepair"]


def _check_amount(name: str, value: float) -> float:
    if not (isinstance(value, (int, float)) and 0 <= value <= 1):
        raise AuditError(f"{name}={value!r} is out of range. Give a number from 0 (nothing) to 1 (all).")
    return float(value)


class CorrelationRemover(Mitigation):
    """Take out of every feature what a linear regression on the group explains; fairlearn's own, behind this protocol.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers; logistic regression otherwise.
    alpha : float, default 1
        How much of the correlation is removed, 0 to 1.
    random_state : int, optional

    References
    ----------
    Bird et al. (2020), "Fairlearn: a toolkit for assessing and improving fairness in AI", CorrelationRemover.
    """

    needs_groups = True
    libraries = ("fairlearn.preprocessing",)

    def __init__(self, estimator: Any = None, alpha: float = 1.0, random_state: int | None = None) -> None:
        super().__init__(estimator, random_state)
        self.alpha = alpha

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        from fairlearn.preprocessing import CorrelationRemover as Remover

        alpha = _check_amount("alpha", self.alpha)
        number = len(self.groups_) - 1
        self.remover_ = Remover(sensitive_feature_ids=list(range(number)), alpha=alpha) if number else None
        if self.remover_ is not None:
            self.remover_.fit(self._beside(rows, groups))
        self.model_ = self._classifier().fit(self._cleaned(rows, groups), y)

    def _beside(self, rows: Floats, groups: Ints) -> Floats:
        """Put a 0/1 column for each group but the first before the rows; fairlearn regresses on them."""
        return np.column_stack([(groups[:, None] == np.arange(1, len(self.groups_))).astype(float), rows])

    def _cleaned(self, rows: Floats, groups: Ints) -> Floats:
        if self.remover_ is None:
            return rows
        cleaned = self.remover_.transform(self._beside(rows, groups))
        return np.where((groups == UNKNOWN)[:, None], rows, cleaned)

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        return self.model_.predict(self._cleaned(rows, groups))


class DisparateImpactRepair(Mitigation):
    """Give every group the same distribution of each number: a value becomes the median group's at the same rank.

    Text columns have no order and stay as they are.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers; logistic regression otherwise.
    amount : float, default 1
        How far values move, 0 (not at all) to 1 (all the way).
    random_state : int, optional

    References
    ----------
    Feldman, Friedler, Moeller, Scheidegger and Venkatasubramanian (2015), "Certifying and removing disparate
    impact", sections 5.1 and 5.2 (combinatorial repair).
    """

    needs_groups = True

    def __init__(self, estimator: Any = None, amount: float = 1.0, random_state: int | None = None) -> None:
        super().__init__(estimator, random_state)
        self.amount = amount

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        _check_amount("amount", self.amount)
        numbers = range(len(self.encoder_.numbers_))
        members = [np.flatnonzero(groups == g) for g in range(len(self.groups_))]
        self.sorted_ = [[np.sort(rows[at, column]) for at in members] for column in numbers]
        self.model_ = self._classifier().fit(self.repaired(rows, groups), y)

    def repaired(self, rows: Floats, groups: Ints) -> Floats:
        """Move each number towards the median over groups of their values at its rank; shape as `rows`."""
        out = rows.copy()
        for column, by_group in enumerate(self.sorted_):
            for group, values in enumerate(by_group):
                at = np.flatnonzero(groups == group)
                moved = np.median([_quantile(v, _rank(values, rows[at, column])) for v in by_group], axis=0)
                out[at, column] += self.amount * (moved - out[at, column])
        return out

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        return self.model_.predict(self.repaired(rows, groups))


def _rank(values: Floats, given: Floats) -> Floats:
    """Find the rank of each given value among sorted `values`, 0 to 1; of equal ones it is the middle."""
    below, upto = np.searchsorted(values, given, "left"), np.searchsorted(values, given, "right")
    return np.asarray(np.clip((below + np.maximum(upto - 1, below)) / 2 / max(len(values) - 1, 1), 0, 1))


def _quantile(values: Floats, rank: Floats) -> Floats:
    return np.asarray(np.interp(rank, np.linspace(0, 1, len(values)) if len(values) > 1 else [0.0], values))
