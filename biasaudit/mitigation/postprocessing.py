"""Mitigations after training: other decisions from the same scores; all have to know the group."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import Mitigation, check_constraint, quiet, shares_by_group

__all__ = ["GroupCalibration", "RejectOption", "ThresholdOptimizer", "reject_option"]

FEWEST = 100
INNER_FOLDS = 5
WIDTHS = np.linspace(0, 0.5, 51)


def _scores(model: Any, rows: Floats) -> Floats:
    if not hasattr(model, "predict_proba"):
        raise AuditError(
            f"{type(model).__name__} gives no probabilities to decide by. Choose a model with predict_proba."
        )
    return np.asarray(model.predict_proba(rows)[:, 1])


class ThresholdOptimizer(Mitigation):
    """Cut the scores of each group at thresholds of its own that hold a constraint; fairlearn's own.

    Decisions between two thresholds are drawn by lot: with a `random_state` the same each time. A group without
    both labels in training keeps the model's own decisions.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers with probabilities; logistic regression otherwise.
    constraint : {"equalized_odds", "demographic_parity"}
    random_state : int, optional

    References
    ----------
    Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning".
    """

    needs_groups = True
    libraries = ("fairlearn.postprocessing",)

    def __init__(
        self, estimator: Any = None, constraint: str = "equalized_odds", random_state: int | None = None
    ) -> None:
        super().__init__(estimator, random_state)
        self.constraint = constraint

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        from fairlearn.postprocessing import ThresholdOptimizer as Optimizer

        self.model_ = self._classifier().fit(rows, y)
        _scores(self.model_, rows[:1])
        rate = shares_by_group(groups, y, len(self.groups_))
        self.cut_ = np.flatnonzero((rate > 0) & (rate < 1))
        use = np.isin(groups, self.cut_)
        if not use.any():
            return
        with quiet():
            self.optimizer_ = Optimizer(
                estimator=self.model_,
                constraints=check_constraint(self.constraint),
                prefit=True,
                predict_method="predict_proba",
            ).fit(rows[use], y[use], sensitive_features=groups[use])

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        out = np.asarray(self.model_.predict(rows))
        use = np.isin(groups, self.cut_)
        if use.any():
            with quiet():
                out[use] = self.optimizer_.predict(
                    rows[use], sensitive_features=groups[use], random_state=self.random_state
                )
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


class _FromScores(Mitigation):
    """A rule learnt from scores of rows that the scoring model did not see."""

    needs_groups = True

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        self.model_ = self._classifier().fit(rows, y)
        scores = _scores(self.model_, rows)
        folds = min(INNER_FOLDS, int(np.bincount(y).min()))
        if folds > 1:
            split = StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
            scores = cross_val_predict(self._classifier(), rows, y, cv=split, method="predict_proba")[:, 1]
        self._learn_rule(scores, y, groups)

    def _learn_rule(self, scores: Floats, y: Ints, groups: Ints) -> None:
        raise NotImplementedError


class GroupCalibration(_FromScores):
    """Make a score mean the same chance in every group, then decide at one half.

    A group of fewer than 100 rows in training, or one without both labels, is calibrated with everyone.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers with probabilities; logistic regression otherwise.
    random_state : int, optional

    References
    ----------
    Platt (1999), "Probabilistic outputs for support vector machines", for the curve; Kleinberg, Mullainathan and
    Raghavan (2017), "Inherent trade-offs in the fair determination of risk scores", for calibration within groups.
    """

    def _learn_rule(self, scores: Floats, y: Ints, groups: Ints) -> None:
        everyone = _curve(scores, y)
        curves = [everyone] * (len(self.groups_) + 1)
        for group in range(len(self.groups_)):
            at = groups == group
            if at.sum() >= FEWEST and len(np.unique(y[at])) == 2:
                curves[group] = _curve(scores[at], y[at])
        # The last one is everyone's: the code of an unknown group, -1, finds it.
        self.curves_ = np.array(curves)

    def calibrated(self, rows: Floats, groups: Ints) -> Floats:
        """Return the calibrated chance of label 1 of encoded rows."""
        start, slope = self.curves_[groups].T
        return np.asarray(1 / (1 + np.exp(-(start + slope * _logit(_scores(self.model_, rows))))))

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        return self.calibrated(rows, groups) >= 0.5


def _logit(scores: Floats) -> Floats:
    scores = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(scores / (1 - scores)))


def _curve(scores: Floats, y: Ints) -> tuple[float, float]:
    """Fit intercept and slope of Platt's curve, hardly penalised."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e4, max_iter=1_000).fit(_logit(scores)[:, None], y)
    return float(fitted.intercept_[0]), float(fitted.coef_[0, 0])


def reject_option(scores: Floats, deprived: NDArray[np.bool_], favoured: NDArray[np.bool_], width: Any) -> Any:
    """Decide by score, but within `width` of one half for those deprived and against those favoured.

    Parameters
    ----------
    scores : float array of shape (rows,)
        Chance of label 1.
    deprived, favoured : bool array of shape (rows,)
        Who gets label 1, and who does not, where the score is not sure.
    width : float or array that broadcasts against the rows
        Half the width of the region where the model is not sure: the paper's theta minus one half.

    Returns
    -------
    bool array of shape (rows,) or as broadcast

    References
    ----------
    Kamiran, Karim and Zhang (2012), "Decision theory for discrimination-aware classification", algorithm 1.

    Examples
    --------
    >>> women = np.array([True, True, False, False])
    >>> reject_option(np.array([0.3, 0.45, 0.55, 0.8]), women, ~women, 0.1).tolist()
    [False, True, False, True]
    """
    unsure = np.abs(scores - 0.5) < width
    return np.where(unsure & deprived, True, np.where(unsure & favoured, False, scores >= 0.5))


class RejectOption(_FromScores):
    """Where the model is not sure, decide for those whom it selects less and against those whom it selects more.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of numbers with probabilities; logistic regression otherwise.
    constraint : {"equalized_odds", "demographic_parity"}
        The gap that the width of the unsure region is chosen by, among groups of 100 rows or more.
    width : float, optional
        Half the width of that region, 0 to 0.5; chosen on scores of unseen rows otherwise.
    random_state : int, optional

    References
    ----------
    Kamiran, Karim and Zhang (2012), "Decision theory for discrimination-aware classification", section 3.1.
    """

    def __init__(
        self,
        estimator: Any = None,
        constraint: str = "equalized_odds",
        width: float | None = None,
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, random_state)
        self.constraint = constraint
        self.width = width

    def _learn_rule(self, scores: Floats, y: Ints, groups: Ints) -> None:
        by_label = check_constraint(self.constraint) == "equalized_odds"
        if self.width is not None and not (isinstance(self.width, (int, float)) and 0 <= self.width <= 0.5):
            raise AuditError(f"width={self.width!r} is out of range. Give a number from 0 to 0.5.")
        selected = shares_by_group(groups, scores >= 0.5, len(self.groups_))
        self.deprived_ = np.append(selected < (scores >= 0.5).mean(), False)
        self.favoured_ = np.append(selected > (scores >= 0.5).mean(), False)
        if self.width is not None:
            self.width_ = float(self.width)
            return
        chosen = reject_option(scores, self.deprived_[groups], self.favoured_[groups], WIDTHS[:, None])
        parts = [y == 0, y == 1] if by_label else [np.ones(len(y), dtype=bool)]
        gaps = np.max([_gap(chosen[:, part], groups[part]) for part in parts], axis=0)
        self.width_ = float(WIDTHS[gaps.argmin()])

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        scores = _scores(self.model_, rows)
        return reject_option(scores, self.deprived_[groups], self.favoured_[groups], self.width_)


def _gap(chosen: NDArray[np.bool_], groups: Ints) -> Floats:
    """Spread of the groups' shares of chosen rows for each width; groups of few rows only count if all are small."""
    member = groups == np.arange(groups.max(initial=0) + 1)[:, None]
    large = member.sum(axis=1) >= FEWEST
    member = member[large] if large.sum() > 1 else member[member.any(axis=1)]
    shares = chosen.astype(float) @ member.T / member.sum(axis=1)
    return np.asarray(np.ptp(shares, axis=1))
