"""A mitigation during training that bounds the loss of every group, by fairlearn."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import quiet
from biasaudit.mitigation.numbers._base import NumberMitigation
from biasaudit.names import clean

__all__ = ["BoundedGroupLoss"]

LOSSES = ("square", "absolute")


class BoundedGroupLoss(NumberMitigation):
    """Weigh groups in training until the mean loss of none is above a bound; fairlearn's own, behind this protocol.

    The answer is a mixture of models; each row is predicted by their mean. Where no mixture keeps the bound, it is the
    one that comes nearest.

    Parameters
    ----------
    estimator : regressor, optional
        Regressor of numbers that takes sample_weight; linear regression otherwise.
    loss : {"square", "absolute"}
        Loss that is bounded. The model still learns by its own loss, of weighted rows.
    bound : float, optional
        Most that the mean loss of a group may be, in the unit of `y` (squared, where the loss is); that of everyone
        under the model as it is otherwise.
    random_state : int, optional

    References
    ----------
    Agarwal, Dudík and Wu (2019), "Fair regression: quantitative definitions and reduction-based algorithms", ICML.

    Examples
    --------
    >>> rows, sex = np.arange(40.0)[:, None] % 8, np.repeat(["F", "M"], [10, 30])
    >>> y = np.where(sex == "F", 7 - rows[:, 0], rows[:, 0])
    >>> model = BoundedGroupLoss(bound=10).fit(rows, y, sensitive_features=sex)
    >>> error = (model.predict(rows) - y) ** 2
    >>> bool(error[sex == "F"].mean() < 11)
    True
    """

    libraries = ("fairlearn.reductions",)

    def __init__(
        self,
        estimator: Any = None,
        loss: str = "square",
        bound: float | None = None,
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, random_state)
        self.loss = loss
        self.bound = bound

    def _learn(self, rows: Floats, y: Floats, groups: Ints, weight: Floats | None) -> None:
        from fairlearn.reductions import AbsoluteLoss, BoundedGroupLoss as Bound, ExponentiatedGradient, SquareLoss

        self._check()
        model = self._weighted_regressor()
        # Numbers from 0 to 1, so that fairlearn's tolerances mean the same in every unit.
        self.low_, self.range_ = float(y.min()), float(np.ptp(y)) or 1.0
        scaled = (y - self.low_) / self.range_
        kind, power = (SquareLoss, 2) if self.loss == "square" else (AbsoluteLoss, 1)
        if self.bound is None:
            alone = np.clip(self._weighted_regressor().fit(rows, scaled).predict(rows), 0, 1)
            bound = float((np.abs(alone - scaled) ** power).mean())
        else:
            bound = float(self.bound) / self.range_**power
        self.model_ = None
        if np.ptp(y):
            with quiet():
                self.model_ = ExponentiatedGradient(model, Bound(kind(0.0, 1.0), upper_bound=bound))
                self.model_.fit(rows, scaled, sensitive_features=groups)

    def _check(self) -> None:
        if self.loss not in LOSSES:
            raise AuditError(f'loss="{clean(str(self.loss))}" is not one. Losses: {", ".join(LOSSES)}.')
        is_number = isinstance(self.bound, (int, float, np.number)) and not isinstance(self.bound, bool)
        if self.bound is not None and not (is_number and 0 <= self.bound < np.inf):
            raise AuditError(
                f"bound={clean(repr(self.bound))} is out of range. Give the loss that no group may exceed."
            )

    def _predict(self, rows: Floats, groups: Ints) -> Any:
        if self.model_ is None:
            return np.full(len(rows), self.low_)
        weights = np.asarray(self.model_.weights_, dtype=float)
        used = np.flatnonzero(weights > 0)
        mean = sum(weights[i] * np.asarray(self.model_.predictors_[i].predict(rows)) for i in used)
        return self.low_ + self.range_ * mean
