"""The protocol of all mitigations: fit and predict with the groups beside the table, as scikit-learn has it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, has_fit_parameter

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.alignment import align_to_table
from biasaudit.errors import AuditError
from biasaudit.models.tabular import Encoder, canonical_texts, make_classifier
from biasaudit.names import clean

__all__ = [
    "CONSTRAINTS",
    "UNKNOWN",
    "Grouped",
    "Mitigation",
    "check_constraint",
    "quiet",
    "read_groups",
    "shares_by_group",
]

UNKNOWN = -1
CONSTRAINTS = ("equalized_odds", "demographic_parity")


def read_groups(sensitive_features: Any, rows: int) -> NDArray[np.object_]:
    """Name the group of every row; of several columns it is their intersection.

    Parameters
    ----------
    sensitive_features : array, Series or DataFrame of shape (rows,) or (rows, features)
    rows : int

    Raises
    ------
    AuditError
        If there are no sensitive features, or as many of them as there are not rows.

    Examples
    --------
    >>> read_groups(pd.DataFrame({"sex": ["F", None], "age": [30, 40]}), 2).tolist()
    ['F × 30', '(missing) × 40']
    """
    if sensitive_features is None:
        raise AuditError("sensitive_features is missing. Give the group of every row, one value or several columns.")
    frame = pd.DataFrame(sensitive_features)
    if len(frame) != rows or not frame.shape[1]:
        raise AuditError(
            f"sensitive_features has {len(frame):,} rows and the table {rows:,}. Give the group of every row."
        )
    columns = [canonical_texts(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return reduce(lambda joined, names: joined + " × " + names, columns)


def check_constraint(constraint: str) -> str:
    """Return the constraint, if it is one.

    Raises
    ------
    AuditError
        If it is not.
    """
    if constraint not in CONSTRAINTS:
        raise AuditError(
            f'constraint="{clean(str(constraint))}" is not one that can be held. Constraints: {", ".join(CONSTRAINTS)}.'
        )
    return constraint


def shares_by_group(codes: Ints, y: NDArray[Any], groups: int) -> Floats:
    """Compute the mean of `y` in each group; NaN where a group has no row."""
    rows = np.bincount(codes, minlength=groups)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(codes, weights=y, minlength=groups) / rows)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what fairlearn's own code says of pandas from the user's screen, and nothing else."""
    with warnings.catch_warnings():
        # Only where fairlearn's own lines call pandas; a warning about the user's table still comes through.
        for category in (DeprecationWarning, FutureWarning):
            warnings.filterwarnings("ignore", category=category, module=r"fairlearn\.")
        yield


class Grouped(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator that is told the group of every row, in training and, where it needs it, afterwards."""

    # Whether `predict` has to know the group of every row.
    needs_groups = False
    # What it imports at its first fit.
    libraries: tuple[str, ...] = ()

    def __init__(self, estimator: Any = None, random_state: int | None = None) -> None:
        self.estimator = estimator
        self.random_state = random_state

    def _read(self, X: Any, y: Any, sensitive_features: Any) -> tuple[Floats, Any, Ints]:
        """Read what it is to learn from: encoded rows, labels and group codes."""
        self.encoder_ = Encoder()
        rows = self.encoder_.fit_transform(X)
        self.n_features_in_ = self.encoder_.n_features_in_
        if hasattr(self.encoder_, "feature_names_in_"):
            self.feature_names_in_ = self.encoder_.feature_names_in_
        labels = self._read_labels(align_to_table("y", y, X), len(rows))
        names = read_groups(align_to_table("sensitive_features", sensitive_features, X), len(rows))
        self.groups_, codes = np.unique(names.astype(str), return_inverse=True)
        return rows, labels, codes.astype(np.int64)

    def _told(self, X: Any, sensitive_features: Any) -> tuple[Floats, Ints]:
        """Read what it is to predict: encoded rows and group codes, where it needs these."""
        check_is_fitted(self)
        rows = self.encoder_.transform(X)
        codes = np.full(len(rows), UNKNOWN, dtype=np.int64)
        if self.needs_groups:
            names = read_groups(align_to_table("sensitive_features", sensitive_features, X), len(rows)).astype(str)
            at = np.searchsorted(self.groups_, names).clip(max=len(self.groups_) - 1)
            codes = np.where(self.groups_[at] == names, at, UNKNOWN).astype(np.int64)
        return rows, codes

    def _read_labels(self, y: Any, rows: int) -> Any:
        raise NotImplementedError


class Mitigation(ClassifierMixin, Grouped):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier of two classes that is told the group of every row.

    A subclass learns in `_learn` and decides in `_decide`, both on encoded rows, labels 0 and 1 and group codes.

    Attributes
    ----------
    classes_ : array of shape (2,)
    groups_ : array of str
        Groups seen in training.
    encoder_ : Encoder
    """

    def fit(self, X: Any, y: Any, sensitive_features: Any = None) -> Mitigation:
        """Learn from rows, labels and groups.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
            Text and numbers.
        y : array of shape (rows,)
            Labels of two classes; the larger one is positive.
        sensitive_features : array or DataFrame of shape (rows,) or (rows, features)
            The group of every row; several columns are crossed. Labels and groups of pandas are matched to `X` by
            their index, which has to be the same, in any order.

        Returns
        -------
        Mitigation
            Itself.

        Raises
        ------
        AuditError
            If there are no groups, not two classes, or a column no model can take.
        """
        self._learn(*self._read(X, y, sensitive_features))
        return self

    def predict(self, X: Any, sensitive_features: Any = None) -> NDArray[Any]:
        """Decide for each row.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
        sensitive_features : array or DataFrame, optional
            The group of every row, where the mitigation needs it; a group that was not there in training is
            decided without regard to groups.

        Returns
        -------
        array of shape (rows,)

        Raises
        ------
        AuditError
            If the mitigation needs the groups and they are missing.
        """
        rows, codes = self._told(X, sensitive_features)
        return np.asarray(self.classes_[np.asarray(self._decide(rows, codes)).astype(int)])

    def _read_labels(self, y: Any, rows: int) -> Ints:
        if y is None:
            raise AuditError("requires y to be passed, but the target y is None. Give the label of every row.")
        y = column_or_1d(y, warn=True)
        if len(y) != rows:
            raise AuditError(f"y has {len(y):,} labels and the table {rows:,} rows. Give the label of every row.")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise AuditError(
                f"Only binary classification is supported. The type of the target is {type_of_target(y)}. "
                "Make the label yes or no first."
            )
        if len(self.classes_) < 2:
            raise AuditError(
                f"All labels are {clean(str(self.classes_[0]))}: one class. A classifier needs rows of both."
            )
        return codes.astype(np.int64)

    def _classifier(self) -> Any:
        if self.estimator is None:
            return make_classifier("logistic_regression", self.random_state)
        return clone(self.estimator)

    def _weighted_classifier(self) -> Any:
        chosen = self._classifier()
        if not has_fit_parameter(chosen, "sample_weight"):
            raise AuditError(
                f"{type(self).__name__} needs a model that takes sample_weight, and {type(chosen).__name__} does not. "
                "Choose another model, such as logistic_regression."
            )
        return chosen

    def _learn(self, rows: Floats, y: Ints, groups: Ints) -> None:
        raise NotImplementedError

    def _decide(self, rows: Floats, groups: Ints) -> Any:
        return self.model_.predict(rows)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.target_tags.required = True
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags
