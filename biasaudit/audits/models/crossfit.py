"""Predictions for rows that the model did not see: every row is predicted by a model trained on the other folds."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.request import declared
from biasaudit.counts.columns import Asked, check_columns
from biasaudit.counts.frames import as_frame
from biasaudit.counts.labels import read_classes
from biasaudit.counts.values import canonical, order_levels
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["Folds", "cross_fit", "learning_columns", "make_folds", "read_label"]

MOST_NAMED = 5


@dataclass(frozen=True)
class Folds:
    """Which rows are held out together: `held_out` names the fold of each row."""

    held_out: Ints

    def __iter__(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield rows to train on and rows to predict."""
        for fold in range(int(self.held_out.max()) + 1):
            yield np.flatnonzero(self.held_out != fold), np.flatnonzero(self.held_out == fold)


def learning_columns(dataset: Dataset) -> pd.DataFrame:
    """Pick the columns a model may learn from.

    Raises
    ------
    AuditError
        If the data have no label, no features, or the label is among them.
    """
    if dataset.label is None:
        raise AuditError(f'"{clean(dataset.name)}" has no label to learn. Audit its decisions instead.')
    if not dataset.features:
        raise AuditError(f'"{clean(dataset.name)}" names no features to learn from. Give features= to the Dataset.')
    if dataset.label in dataset.features:
        raise AuditError(f'The label "{clean(dataset.label)}" is among the features. Leave it out of them.')
    missing = [name for name in dataset.features if name not in dataset.frame]
    if missing:
        raise AuditError(f'features names "{clean(str(missing[0]))}", which is not a column. Check the Dataset.')
    return dataset.frame[list(dataset.features)]


def read_label(dataset: Dataset) -> tuple[NDArray[np.float64], str]:
    """Read the label as 0 and 1, NaN where it is missing, and return the name of the positive one.

    Raises
    ------
    AuditError
        If it does not hold two values of which one is plainly positive.
    """
    label = str(dataset.label)
    requested = [Asked("sensitive_features", name, "group") for name in dataset.sensitive_features]
    check_columns(as_frame(dataset.frame), [*requested, Asked("label", label, "label")])
    codes, values = pd.factorize(dataset.frame[label], use_na_sentinel=True)
    names = [str(canonical(value)) for value in values]
    reading = read_classes({label: order_levels(names)}, canonical(declared(dataset).get("pos_label")))
    read = reading.classes[label]
    classes = set(read.values())
    if len(classes) == 2 and reading.positive is None:
        raise AuditError(
            f'The label "{clean(label)}" holds {", ".join(map(repr, sorted(classes)))}, and which one is positive is '
            f"not plain. Give audit_arguments={{'pos_label': {max(classes)!r}}} to the Dataset."
        )
    if len(classes) < 2 or reading.positive is None:
        raise AuditError(
            f'The label "{clean(label)}" holds {len(classes)} value{"s" * (len(classes) != 1)}; a model needs two. '
            "Choose a label of yes and no."
        )
    coded = np.array([*(float(read[name] == reading.positive) for name in names), np.nan])
    return coded[codes], next(iter(reading.positives(label)))


def make_folds(
    y: Ints, groups: Ints, *, folds: int, random_state: int | None, cluster: NDArray[Any] | None = None
) -> Folds:
    """Deal rows into folds with the same share of each label and group, keeping clusters together.

    Parameters
    ----------
    y, groups : int array of shape (rows,)
        Labels 0 and 1, and group codes. A group with fewer rows of a label than folds is dealt by label alone.
    folds : int
    random_state : int or None
    cluster : array of shape (rows,), optional
        Rows of one cluster stay in one fold.

    Raises
    ------
    AuditError
        If there are fewer rows of a label than folds, so that a model would have to learn from one class.

    Examples
    --------
    >>> folds = make_folds(np.array([0, 1] * 6), np.array([0, 0, 1, 1] * 3), folds=3, random_state=0)
    >>> [len(held_out) for _, held_out in folds]
    [4, 4, 4]
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if isinstance(folds, bool) or not isinstance(folds, (int, np.integer)) or folds < 2:
        raise AuditError(f"folds={folds!r} is not a whole number from 2 on. Use 5.")
    counts = np.bincount(y, minlength=2)
    if counts.min() < folds:
        raise AuditError(
            f"Only {counts.min():,} rows have label {counts.argmin()}, fewer than the {folds} folds: a fold would hold "
            "one class alone. Use fewer folds, or give more rows."
        )
    strata = groups * 2 + y
    small = np.bincount(strata)[strata] < folds
    strata = np.where(small, y - 2, strata)
    # A stratum of leftovers may itself be smaller than the folds; nobody needs a warning of that.
    strata = np.where(np.isin(strata, [s for s in (-2, -1) if 0 < (strata == s).sum() < folds]), y, strata)
    held_out = np.empty(len(y), dtype=np.int64)
    if cluster is None:
        parts = StratifiedKFold(folds, shuffle=True, random_state=random_state).split(y, strata)
    else:
        parts = StratifiedGroupKFold(folds, shuffle=True, random_state=random_state).split(y, y, cluster)
    for fold, (_, rows) in enumerate(parts):
        held_out[rows] = fold
    found = Folds(held_out)
    if any(len(np.unique(y[train])) < 2 or not len(test) for train, test in found):
        raise AuditError(f"The clusters cannot be dealt into {folds} folds that all hold both labels. Use fewer folds.")
    return found


def takes_groups(model: Any, method: str) -> bool:
    """Say whether a method of the model takes `sensitive_features`."""
    return "sensitive_features" in inspect.signature(getattr(model, method)).parameters


def cross_fit(
    model: Any, X: pd.DataFrame, y: Ints, folds: Folds, *, groups: Any = None, weight: Any = None
) -> tuple[Ints, NDArray[np.float64] | None]:
    """Predict every row, and score it where the model gives probabilities, by a model trained on the other folds.

    Parameters
    ----------
    model : classifier
        Cloned for each fold. Where its `fit` or `predict` takes `sensitive_features` it is given `groups`.
    X : DataFrame
    y : int array of shape (rows,)
    folds : Folds
    groups : DataFrame, optional
    weight : array of shape (rows,), optional
        Handed to models that take `sample_weight`.

    Returns
    -------
    predictions : int array of shape (rows,)
    scores : float array of shape (rows,) or None

    Raises
    ------
    AuditError
        If the model cannot take a column.
    """
    from sklearn.base import clone

    predictions, scores = np.zeros(len(y), dtype=np.int64), np.full(len(y), np.nan)
    for train, test in folds:
        fitted = clone(model)
        given = {} if groups is None or not takes_groups(fitted, "fit") else {"sensitive_features": groups.iloc[train]}
        if weight is not None:
            given |= _weighted(fitted, weight[train])
        _understood(model, X, lambda f=fitted, t=train, g=given: f.fit(X.iloc[t], y[t], **g))
        takes = groups is not None and takes_groups(fitted, "predict")
        groups_given = {"sensitive_features": groups.iloc[test]} if takes else {}
        predicted = _understood(model, X, lambda f=fitted, t=test, a=groups_given: f.predict(X.iloc[t], **a))
        predictions[test] = _decisions(model, predicted)
        if hasattr(fitted, "predict_proba"):
            scores[test] = np.asarray(fitted.predict_proba(X.iloc[test]))[:, -1]
    return predictions, None if np.isnan(scores).any() else scores


def _weighted(model: Any, weight: Any) -> dict[str, Any]:
    """Name the argument by which a model, or the last step of a pipeline, takes weights; none where it takes none."""
    step, prefix = (model.steps[-1][1], f"{model.steps[-1][0]}__") if hasattr(model, "steps") else (model, "")
    return {f"{prefix}sample_weight": weight} if "sample_weight" in inspect.signature(step.fit).parameters else {}


def _decisions(model: Any, predicted: Any) -> Any:
    predicted = np.asarray(predicted).reshape(-1)
    found = np.unique(predicted)
    if not np.isin(found, (0, 1)).all():
        raise AuditError(
            f"{type(model).__name__} was trained on labels 0 and 1 and predicts {clean(str(found[:3].tolist()))}. "
            "Audit a classifier, or cut its scores at a threshold first."
        )
    return predicted


def _understood(model: Any, X: pd.DataFrame, step: Any) -> Any:
    """Take a step, and say in one sentence which columns the model cannot take where it fails on text or gaps."""
    try:
        return step()
    except AuditError:
        raise
    except (TypeError, ValueError) as error:
        text = [str(name) for name in X if not pd.api.types.is_numeric_dtype(X[name])]
        gaps = [str(name) for name in X if X[name].isna().any()]
        kind = type(model).__name__
        wrong = ("text", text) if text else ("missing values", gaps)
        if not wrong[1]:
            raise AuditError(f"{kind} cannot learn from these rows: {clean(str(error), 200)}") from error
        names = ", ".join(f'"{clean(name)}"' for name in wrong[1][:MOST_NAMED])
        more = f" and {len(wrong[1]) - MOST_NAMED} more" if len(wrong[1]) > MOST_NAMED else ""
        raise AuditError(
            f"{kind} cannot learn from these rows; {wrong[0]} in {names}{more} may be why "
            f"({clean(str(error), 120)}). Put biasaudit.models.tabular.Encoder() before it in a pipeline, or leave "
            "the columns out."
        ) from error
