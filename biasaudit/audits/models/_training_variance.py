"""Models of halves of the rows: what they decide for the other half tells how much hangs on who was learnt from."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.counts import count
from biasaudit.audits.models.crossfit import Folds, cross_fit
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.inference.variance.trainings import Halves

__all__ = ["HALVINGS", "HalfPredictions", "free_name", "predict_by_halves", "split_in_halves"]

# Two trainings each, on half of the rows: as many as keep t near the normal and the wait within a few times that of
# the folds.
HALVINGS = 12
TRIES = 100


def split_in_halves(
    y: Ints, *, halvings: int = HALVINGS, random_state: int | None, cluster: NDArray[Any] | None = None
) -> list[Folds]:
    """Deal the rows, or their clusters, into halves at random, again and again.

    Nothing is balanced between the halves: how many of a group and a label there are is part of what varies from one
    training set to the next.

    Parameters
    ----------
    y : int array of shape (rows,)
        Labels 0 and 1; each half gets both.
    halvings : int
    random_state : int or None
    cluster : array of shape (rows,), optional

    Raises
    ------
    AuditError
        If the clusters cannot be dealt so that each half has both labels.

    Examples
    --------
    >>> [half.held_out.sum().item() for half in split_in_halves(np.array([0, 1] * 6), halvings=2, random_state=0)]
    [6, 6]
    """
    rng = np.random.default_rng(random_state)
    unit = np.arange(len(y)) if cluster is None else np.unique(cluster.astype(str), return_inverse=True)[1]
    return [_split(y, unit, rng) for _ in range(halvings)]


def _split(y: Ints, unit: Ints, rng: np.random.Generator) -> Folds:
    sides = np.arange(int(unit.max()) + 1) % 2
    for _ in range(TRIES):
        held_out = rng.permutation(sides)[unit]
        if all(len(np.unique(y[held_out == side])) == 2 for side in (0, 1)):
            return Folds(held_out)
    raise AuditError(
        "The clusters cannot be dealt into halves that both hold both labels, so that nobody can say what another "
        'training would change. Ask about="models" for an audit of the models as they are.'
    )


@dataclass(frozen=True, eq=False)
class HalfPredictions:
    """What models of halves decided for the other halves.

    Parameters
    ----------
    y_true : int array of shape (rows,)
    weight : float array of shape (rows,)
    repeats : list of Folds
    decisions : list of int array of shape (rows,)
    scores : list of float array of shape (rows,)
        One for each deal, or none.
    """

    y_true: Ints
    weight: NDArray[np.float64]
    repeats: list[Folds]
    decisions: list[Ints]
    scores: list[NDArray[np.float64]]

    def counted_as(self, table: Crosstab, groups: pd.DataFrame) -> Halves:
        """Read groups and score bins as a table of the same rows has them."""
        edges = table.edges if len(self.scores) == len(self.repeats) else None
        return Halves(
            table.features,
            table.levels,
            _codes(groups, table),
            self.y_true,
            self.weight,
            np.array([half.held_out for half in self.repeats]),
            np.array(self.decisions),
            None if edges is None else np.array([np.searchsorted(edges, one, side="right") for one in self.scores]),
            None if edges is None else table.bin_scores,
        )


def predict_by_halves(
    model: Any,
    X: pd.DataFrame,
    y: Ints,
    repeats: list[Folds],
    *,
    groups: pd.DataFrame,
    weight: NDArray[Any] | None,
    advance: Callable[[str], None],
) -> HalfPredictions:
    """Train on each half and decide for the other.

    Parameters
    ----------
    model : classifier
    X : DataFrame of shape (rows, columns)
    y : int array of shape (rows,)
    repeats : list of Folds
    groups : DataFrame of shape (rows, features)
    weight : array of shape (rows,), optional
    advance : callable
        Called after each deal.

    Raises
    ------
    AuditError
        If a model cannot be trained on a half.
    """
    decisions, scores = [], []
    for half in repeats:
        try:
            decided, scored = cross_fit(model, X, y, half, groups=groups, weight=weight)
        except AuditError as error:
            raise AuditError(
                f"Half of the rows do not do to train on, so that nobody can say what another training would change: "
                f'{error} Ask about="models" for an audit of the models as they are.'
            ) from error
        decisions.append(decided)
        if scored is not None:
            scores.append(scored)
        advance("halves")
    return HalfPredictions(y, np.ones(len(y)) if weight is None else weight.astype(float), repeats, decisions, scores)


def _codes(frame: pd.DataFrame, table: Crosstab) -> Ints:
    """Find each row's levels, read as the table reads them: once for each combination."""
    place = frame.groupby(list(table.features), dropna=False, observed=True).ngroup().to_numpy()
    _, first = np.unique(place, return_index=True)
    decided = free_name("decided", frame.columns)
    combination = free_name("combination", frame.columns)
    few = frame.iloc[first].assign(**{decided: np.arange(len(first)) % 2, combination: np.arange(len(first))})
    read = count(few, sensitive_features=table.features, y_pred=decided, cluster=combination)
    assert read.levels == table.levels
    assert read.cluster is not None
    assert read.cluster_names is not None
    codes = np.empty((len(first), len(table.features)), dtype=np.int64)
    codes[np.array([int(name) for name in read.cluster_names])[read.cluster]] = read.codes
    return codes[place]


def free_name(name: str, taken: Container[Any]) -> str:
    """Return a column's name that is not taken: the name, and as many underscores as it takes."""
    while name in taken:
        name += "_"
    return name
