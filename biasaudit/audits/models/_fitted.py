"""Models that were trained before somebody brought them: whether they are, and what they decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.models._training_variance import HALVINGS
from biasaudit.audits.models.crossfit import takes_groups
from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["ABOUT", "ModelDescription", "audit_target", "decisions_of", "is_trained"]

ABOUT = ("training", "models")


def is_trained(model: Any) -> bool:
    """Say whether a model has been fitted, as scikit-learn tells.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> is_trained(DummyClassifier()), is_trained(DummyClassifier().fit([[0], [1]], [0, 1]))
    (False, True)
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except (NotFittedError, TypeError):
        return False
    return True


def audit_target(about: Any, model: Any) -> str:
    """Return whether an audit speaks of the way of training or of trained models: as asked, or as the model is.

    Raises
    ------
    AuditError
        If neither was asked for.
    """
    if about is None:
        return "models" if is_trained(model) else "training"
    if about not in ABOUT:
        raise AuditError(
            f'about={clean(repr(about))} is neither. Give "training" for the way of training, or "models" for the '
            "trained models alone."
        )
    return str(about)


def decisions_of(
    model: Any, X: pd.DataFrame, recorded: pd.Series, y: Ints, groups: pd.DataFrame
) -> tuple[Ints, NDArray[np.float64] | None]:
    """Let a trained model decide, and score where it gives probabilities.

    Parameters
    ----------
    model : classifier
        Trained on the label as it is written in the data, or as 0 and 1.
    X : DataFrame
    recorded : Series of shape (rows,)
    y : int array of shape (rows,)
        The same as 0 and 1.
    groups : DataFrame

    Returns
    -------
    decisions : int array of shape (rows,)
    scores : float array of shape (rows,) or None

    Raises
    ------
    AuditError
        If it cannot take the columns, or says what is no value of the label.
    """
    kind = type(model).__name__
    given = {"sensitive_features": groups} if takes_groups(model, "predict") else {}
    try:
        predicted = np.asarray(model.predict(X, **given)).reshape(-1)
        chances = np.asarray(model.predict_proba(X)) if hasattr(model, "predict_proba") else None
    except (TypeError, ValueError) as error:
        raise AuditError(
            f"The trained {kind} cannot decide for these rows: {clean(str(error), 200)} Give the Dataset the "
            "features that it was trained on."
        ) from error
    codes = dict(zip(map(canonical, recorded), y.tolist(), strict=True))
    if set(map(canonical, np.unique(predicted))) <= {"0", "1"}:
        codes |= {"0": 0, "1": 1} if set(codes) != {"0", "1"} else {}
    unknown = [value for value in np.unique(predicted) if canonical(value) not in codes]
    if unknown:
        values = ", ".join(repr(clean(str(name))) for name in codes)
        raise AuditError(
            f"The trained {kind} says {clean(repr(unknown[0].item()))}, which is no value of the label ({values}). "
            "Audit a classifier of this label, or cut its scores at a threshold first."
        )
    decided = np.array([codes[canonical(value)] for value in predicted], dtype=np.int64)
    if chances is None or chances.ndim != 2:
        return decided, None
    positive = [codes.get(canonical(value)) == 1 for value in model.classes_]
    return decided, chances[:, positive.index(True)] if any(positive) else None


@dataclass(frozen=True)
class ModelDescription:
    """How an audit names what it speaks of.

    Parameters
    ----------
    name : str
        Name of the model.
    target : {"training", "models"}
    folds : int or None
        How many models were trained to decide; None where a trained one was brought.
    """

    name: str
    target: str
    folds: int | None

    @property
    def about(self) -> str:
        """Which trained models every sentence is about; empty for the way of training."""
        if self.target == "training":
            return ""
        return "this trained model" if self.folds is None else f"these {self.folds} trained models"

    @property
    def title(self) -> str:
        """The model, as the title has it."""
        if self.target == "training":
            return self.name
        return f"{self.about} of {self.name}" if self.folds else f"{self.about} ({self.name})"

    @property
    def settings(self) -> dict[str, Any]:
        """What reports and JSON say of it."""
        parts = "" if self.folds is None else f", {self.folds} folds"
        trainings = None if self.folds is None else self.folds + 2 * HALVINGS * (self.target == "training")
        return {"y_pred": f"{self.name}{parts}", "about": self.target, "trainings": trainings}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know of a model that was brought."""
        if self.folds is not None:
            return ()
        return (
            "The trained model decides as it is. On rows that it learnt from, its errors would look rarer than they "
            "are: audit it on others.",
        )
