"""The rows that a model may learn from, and what it decides for those that it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.models._fitted import decisions_of
from biasaudit.audits.models._training_variance import HalfPredictions, predict_by_halves, split_in_halves
from biasaudit.audits.models.crossfit import cross_fit, learning_columns, make_folds, read_label
from biasaudit.datasets.dataset import Dataset
from biasaudit.models.parallel import Progress, progress_bar

__all__ = ["Decisions", "LabelledRows", "cross_fitted", "decided_as_it_is", "labelled_rows"]


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """The rows of a data set that have a label.

    Parameters
    ----------
    dataset : Dataset
    features : list of str
        Sensitive features of the audit.
    X : DataFrame of shape (rows, columns)
        What a model may learn from.
    y : int array of shape (rows,)
    frame : DataFrame
        All columns of these rows.
    positive : str
        Name of the positive label.
    unlabelled : int
        Rows that were left out.
    """

    dataset: Dataset
    features: list[str]
    X: pd.DataFrame
    y: Ints
    frame: pd.DataFrame
    positive: str
    unlabelled: int

    @property
    def groups(self) -> pd.DataFrame:
        """The sensitive features."""
        return self.frame[self.features]

    def column(self, name: str | None) -> NDArray[Any] | None:
        """Return the values of a column, or None where it has no name."""
        return None if name is None else self.frame[name].to_numpy()


def labelled_rows(dataset: Dataset, features: list[str]) -> LabelledRows:
    """Pick the rows that have a label.

    Raises
    ------
    AuditError
        If there is nothing to learn, or the label has not two values of which one is plainly positive.
    """
    X = learning_columns(dataset)
    labels, positive = read_label(replace(dataset, sensitive_features=tuple(features)))
    known = ~np.isnan(labels)
    y = labels[known].astype(np.int64)
    return LabelledRows(
        dataset,
        features,
        X=X[known],
        y=y,
        frame=dataset.frame[known],
        positive=positive,
        unlabelled=int((~known).sum()),
    )


@dataclass(frozen=True, eq=False)
class Decisions:
    """What models decided.

    Parameters
    ----------
    predictions : int array of shape (rows,)
    scores : float array of shape (rows,) or None
    by_halves : HalfPredictions, optional
        What models of halves of the rows decided.
    """

    predictions: Ints
    scores: NDArray[np.float64] | None
    by_halves: HalfPredictions | None = None


def decided_as_it_is(model: Any, rows: LabelledRows) -> Decisions:
    """Let a trained model decide."""
    return Decisions(*decisions_of(model, rows.X, rows.frame[str(rows.dataset.label)], rows.y, rows.groups))


def cross_fitted(
    model: Any, rows: LabelledRows, *, folds: int, halved: bool, random_state: int | None, progress: Progress
) -> Decisions:
    """Predict each row by a model that was trained without it and, if `halved`, by models of halves of the rows."""
    X, y, groups = rows.X, rows.y, rows.groups
    cluster, weight = rows.column(rows.dataset.cluster), rows.column(rows.dataset.weight)
    codes = rows.frame.groupby(rows.features, dropna=False, observed=True).ngroup().to_numpy().astype(np.int64)
    split = make_folds(y, codes, folds=folds, random_state=random_state, cluster=cluster)
    repeats = split_in_halves(y, random_state=random_state, cluster=cluster) if halved else []
    with progress_bar(1 + len(repeats), progress) as advance:
        predictions, scores = cross_fit(model, X, y, split, groups=groups, weight=weight)
        advance("folds")
        if not repeats:
            return Decisions(predictions, scores)
        by_halves = predict_by_halves(model, X, y, repeats, groups=groups, weight=weight, advance=advance)
    return Decisions(predictions, scores, by_halves)
