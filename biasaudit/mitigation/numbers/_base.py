"""The protocol of mitigations of numbers: that of all mitigations, with weights and with groups told in words."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, clone
from sklearn.utils.validation import _check_sample_weight, check_array, column_or_1d, has_fit_parameter

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError
from biasaudit.mitigation.base import UNKNOWN, Grouped, read_groups
from biasaudit.models.tabular import make_regressor
from biasaudit.names import clean

__all__ = ["NumberMitigation", "Weighted", "check_strength"]

MOST_NAMED = 5


def check_strength(strength: Any) -> float:
    """Return the strength, if it is a number from 0 to 1.

    Raises
    ------
    AuditError
        If it is not.
    """
    is_number = isinstance(strength, (int, float, np.number)) and not isinstance(strength, bool)
    if not is_number or not 0 <= strength <= 1:
        raise AuditError(
            f"strength={clean(repr(strength))} is out of range. Give a number from 0 (nothing) to 1 (all)."
        )
    return float(strength)


class NumberMitigation(RegressorMixin, Grouped):  # type: ignore[misc]  # scikit-learn has no types
    """A model of a number that is told the group of every row.

    A subclass learns in `_learn` and predicts in `_predict`, both on encoded rows and group codes.

    Attributes
    ----------
    groups_ : array of str
        Groups seen in training.
    encoder_ : Encoder
    """

    def fit(self, X: Any, y: Any, sensitive_features: Any = None) -> NumberMitigation:
        """Learn from rows, numbers and groups.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
            Text and numbers.
        y : float array of shape (rows,)
        sensitive_features : array or DataFrame of shape (rows,) or (rows, features)
            The group of every row; several columns are crossed. Matched to `X` by index where both are of pandas.

        Returns
        -------
        NumberMitigation
            Itself.

        Raises
        ------
        AuditError
            If there are no groups, `y` is not all finite numbers, or a column no model can take.
        """
        self._learn(*self._read(X, y, sensitive_features), None)
        return self

    def predict(self, X: Any, sensitive_features: Any = None) -> Floats:
        """Predict a number for each row.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
        sensitive_features : array or DataFrame, optional
            The group of every row, where the mitigation needs it. A group that was not there in training keeps the
            model's own predictions, and a warning says so.

        Returns
        -------
        float array of shape (rows,)

        Raises
        ------
        AuditError
            If the mitigation needs the groups and they are missing.
        """
        rows, codes = self._told(X, sensitive_features)
        if self.needs_groups and (codes == UNKNOWN).any():
            self._warn_of_strangers(read_groups(sensitive_features, len(rows))[codes == UNKNOWN])
        return np.asarray(self._predict(rows, codes), dtype=float)

    def _warn_of_strangers(self, names: NDArray[np.object_]) -> None:
        found = sorted(set(names))
        shown = ", ".join(f'"{clean(name)}"' for name in found[:MOST_NAMED]) + " and more" * (len(found) > MOST_NAMED)
        warnings.warn(
            f"{shown} {'was' if len(found) == 1 else 'were'} no group of the training rows: predictions of these "
            f"{len(names):,} rows are the model's own. Train with rows of all groups to mend them too.",
            stacklevel=3,
        )

    def _read_labels(self, y: Any, rows: int) -> Floats:
        if y is None:
            raise AuditError("requires y to be passed, but the target y is None. Give the number of every row.")
        y = column_or_1d(y, warn=True)
        if len(y) != rows:
            raise AuditError(f"y has {len(y):,} numbers and the table {rows:,} rows. Give the number of every row.")
        try:
            return np.asarray(check_array(y, ensure_2d=False, dtype=float, input_name="y"))
        except (TypeError, ValueError) as error:
            why = clean(str(error).partition("\n")[0], 150).rstrip(".")
            raise AuditError(f"y is not all numbers: {why}. Leave such rows out, or make them numbers.") from None

    def _regressor(self) -> Any:
        return (
            make_regressor("linear_regression", self.random_state) if self.estimator is None else clone(self.estimator)
        )

    def _weighted_regressor(self) -> Any:
        chosen = self._regressor()
        if not has_fit_parameter(chosen, "sample_weight"):
            raise AuditError(
                f"{type(self).__name__} needs a model that takes sample_weight, and {type(chosen).__name__} does not. "
                "Choose another model, such as linear_regression."
            )
        return chosen

    def _learn(self, rows: Floats, y: Floats, groups: Ints, weight: Floats | None) -> None:
        raise NotImplementedError

    def _predict(self, rows: Floats, groups: Ints) -> Any:
        return self.model_.predict(rows)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags


class Weighted(NumberMitigation):
    """A mitigation of numbers whose rows may count for more or less than one."""

    def fit(self, X: Any, y: Any, sensitive_features: Any = None, sample_weight: Any = None) -> Weighted:
        """Learn from rows, numbers and groups.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
            Text and numbers.
        y : float array of shape (rows,)
        sensitive_features : array or DataFrame of shape (rows,) or (rows, features)
            The group of every row; several columns are crossed.
        sample_weight : array of shape (rows,), optional
            How much each row counts, 0 or more.

        Returns
        -------
        Weighted
            Itself.

        Raises
        ------
        AuditError
            If there are no groups, `y` is not all finite numbers, or the model takes no weights and some are given.
        """
        rows, labels, groups = self._read(X, y, sensitive_features)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, rows, dtype=float, ensure_non_negative=True)
        self._learn(rows, labels, groups, weight)
        return self

    def _fitted(self, rows: Floats, y: Floats, weight: Floats | None) -> Any:
        if weight is None:
            return self._regressor().fit(rows, y)
        return self._weighted_regressor().fit(rows, y, sample_weight=weight)
