"""Predicted numbers aligned between groups after training, by their means or by their whole distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.numbers._base import Weighted, check_strength
from biasaudit.names import clean

__all__ = ["MeanAlignment", "QuantileAlignment", "Unmitigated"]

TARGETS = ("predictions", "errors")
INNER_FOLDS = 5


class Unmitigated(Weighted):
    """The model as it is: what every mitigation is held against.

    Parameters
    ----------
    estimator : regressor, optional
        Regressor of numbers; linear regression otherwise.
    random_state : int, optional
    """

    def _learn(self, rows: Floats, y: Floats, groups: Ints, weight: Floats | None) -> None:
        self.model_ = self._fitted(rows, y, weight)


class MeanAlignment(Weighted):
    """Shift the predictions of each group by one number, so that means of predictions, or of errors, are alike.

    Parameters
    ----------
    estimator : regressor, optional
        Regressor of numbers; linear regression otherwise.
    target : {"predictions", "errors"}
        What is to be alike: the mean prediction of each group, or its mean error, which becomes 0. Errors are those of
        rows that the model did not see, by five folds: those of its own rows are too small.
    strength : float, default 1
        Part of the gap that is closed, from 0 to 1.
    random_state : int, optional

    Attributes
    ----------
    shifts_ : float array of shape (groups,)
        What is added to the predictions of each of `groups_`.

    References
    ----------
    Calders, Karim, Kamiran, Ali and Zhang (2013), "Controlling attribute effect in linear regression", sections III.A
    (equal means) and III.B (balanced residuals); here any model is shifted after training.

    Examples
    --------
    >>> rows, sex = np.arange(8.0)[:, None], np.array(["F", "F", "M", "M"] * 2)
    >>> model = MeanAlignment().fit(rows, rows[:, 0], sensitive_features=sex)
    >>> model.shifts_.round(6).tolist()
    [1.0, -1.0]
    >>> predicted = model.predict(rows, sensitive_features=sex)
    >>> [round(float(predicted[sex == name].mean()), 6) for name in ("F", "M")]
    [3.5, 3.5]
    """

    needs_groups = True

    def __init__(
        self,
        estimator: Any = None,
        target: str = "predictions",
        strength: float = 1.0,
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, random_state)
        self.target = target
        self.strength = strength

    def _learn(self, rows: Floats, y: Floats, groups: Ints, weight: Floats | None) -> None:
        strength = check_strength(self.strength)
        if self.target not in TARGETS:
            raise AuditError(f'target="{clean(str(self.target))}" is not one. Targets: {", ".join(TARGETS)}.')
        self.model_ = self._fitted(rows, y, weight)
        counted = np.ones(len(y)) if weight is None else weight
        if self.target == "predictions":
            predicted = self.model_.predict(rows)
            gaps = np.average(predicted, weights=counted) - _means(groups, predicted, counted, len(self.groups_))
        else:
            gaps = _means(groups, y - self._unseen(rows, y, weight), counted, len(self.groups_))
        # A group whose rows all weigh nothing is not known.
        self.shifts_ = strength * np.nan_to_num(gaps)

    def _unseen(self, rows: Floats, y: Floats, weight: Floats | None) -> Floats:
        """Predict every row by a model trained on the others."""
        from sklearn.model_selection import KFold

        if len(y) < 2:
            return np.asarray(self.model_.predict(rows))
        predicted = np.empty(len(y))
        folds = KFold(min(INNER_FOLDS, len(y)), shuffle=True, random_state=self.random_state or 0)
        for train, test in folds.split(rows):
            fitted = self._fitted(rows[train], y[train], None if weight is None else weight[train])
            predicted[test] = fitted.predict(rows[test])
        return predicted

    def _predict(self, rows: Floats, groups: Ints) -> Any:
        # The code of an unknown group, -1, finds the last shift.
        return self.model_.predict(rows) + np.append(self.shifts_, 0.0)[groups]


def _means(groups: Ints, values: Floats, weight: Floats, number: int) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            np.bincount(groups, weights=values * weight, minlength=number)
            / np.bincount(groups, weights=weight, minlength=number)
        )


class QuantileAlignment(Weighted):
    """Move the predictions of each group to one distribution, the Wasserstein barycentre of the groups'.

    Who stands at a tenth of their own group gets what stands at a tenth on average over the groups, so that nobody is
    overtaken within a group. Of all ways to make the groups' distributions alike it changes predictions least, in mean
    square. Between predictions of training it is interpolated; beyond them, what is beyond is kept.

    Parameters
    ----------
    estimator : regressor, optional
        Regressor of numbers; linear regression otherwise.
    strength : float, default 1
        How far along the shortest way, from 0 to 1.
    random_state : int, optional

    References
    ----------
    Chzhen, Denis, Hebiri, Oneto and Pontil (2020), "Fair regression with Wasserstein barycenters", NeurIPS 33; Le
    Gouic, Loubes and Rigollet (2020), "Projection to fairness in statistical learning"; Chzhen and Schreuder (2022), "A
    minimax framework for quantifying risk-fairness trade-off in regression", for the way between.

    Examples
    --------
    >>> rows, sex = np.arange(8.0)[:, None], np.array(["F", "M"] * 4)
    >>> model = QuantileAlignment().fit(rows, rows[:, 0], sensitive_features=sex)
    >>> model.predict(rows, sensitive_features=sex).round(6).tolist()
    [0.5, 0.5, 2.5, 2.5, 4.5, 4.5, 6.5, 6.5]
    """

    needs_groups = True

    def __init__(self, estimator: Any = None, strength: float = 1.0, random_state: int | None = None) -> None:
        super().__init__(estimator, random_state)
        self.strength = strength

    def _learn(self, rows: Floats, y: Floats, groups: Ints, weight: Floats | None) -> None:
        check_strength(self.strength)
        self.model_ = self._fitted(rows, y, weight)
        predicted = self.model_.predict(rows)
        counted = np.ones(len(y)) if weight is None else weight
        self.quantiles_ = [_quantiles(predicted[groups == g], counted[groups == g]) for g in range(len(self.groups_))]
        known = [g for g, (values, _) in enumerate(self.quantiles_) if len(values)]
        share = np.bincount(groups, weights=counted, minlength=len(self.groups_))[known] / counted.sum()
        self.places_ = np.unique(np.concatenate([self.quantiles_[g][1] for g in known]))
        curves = [np.interp(self.places_, self.quantiles_[g][1], self.quantiles_[g][0]) for g in known]
        self.barycentre_ = share @ np.array(curves)

    def _predict(self, rows: Floats, groups: Ints) -> Any:
        predicted = np.asarray(self.model_.predict(rows), dtype=float)
        out = predicted.copy()
        for group, (values, places) in enumerate(self.quantiles_):
            at = groups == group
            if not len(values) or not at.any():
                continue
            place = np.interp(predicted[at], values, places)
            beyond = predicted[at] - np.clip(predicted[at], values[0], values[-1])
            aligned = np.interp(place, self.places_, self.barycentre_) + beyond
            out[at] += float(self.strength) * (aligned - predicted[at])
        return out


def _quantiles(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Lay out the different values and the middle of the share of rows that each takes up, both rising."""
    found, code = np.unique(values[weight > 0], return_inverse=True)
    share = np.bincount(code, weights=weight[weight > 0], minlength=len(found))
    return found, (np.cumsum(share) - share / 2) / max(share.sum(), np.finfo(float).tiny)
