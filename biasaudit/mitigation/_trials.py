"""Train every mitigation on the same folds and keep what each decided for each row."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.audits.models.crossfit import Folds
from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress, in_parallel, progress_bar
from biasaudit.names import clean

__all__ = ["Trials", "run_trials"]


@dataclass(frozen=True)
class Trials:
    """Decisions for rows that the deciding model had not seen.

    Parameters
    ----------
    names : tuple of str
        The unmitigated model first.
    predictions : array of shape (mitigations, repeats, rows)
        0 or 1, or numbers.
    seconds : float array of shape (mitigations, repeats * folds)
        Time to train and decide.
    notes : tuple of str
        What could not be run and why, and warnings on the way.
    """

    names: tuple[str, ...]
    predictions: NDArray[Any]
    seconds: NDArray[np.float64]
    notes: tuple[str, ...]


def run_trials(
    models: Mapping[str, Any],
    X: pd.DataFrame,
    y: NDArray[Any],
    groups: NDArray[np.object_],
    splits: list[Folds],
    *,
    n_jobs: int,
    progress: Progress,
    dtype: type = np.int8,
) -> Trials:
    """Train each model on each fold of each deal, in parallel.

    Parameters
    ----------
    models : mapping of str to mitigation
        The unmitigated one first.
    X : DataFrame of shape (rows, columns)
    y : array of shape (rows,)
    groups : array of str of shape (rows,)
    splits : list of Folds
        One for each repeat.
    n_jobs : int
        Processes; -1 uses every core. Each keeps to one thread.
    progress : bool or callable
        Show a progress bar where standard error is a terminal; or what to call with the number of trials done,
        of all, and the mitigation last done: after each, and with several processes four times a second in between.
        What it raises ends the processes and passes through.
    dtype : type
        Of predictions: float where they are numbers.

    Raises
    ------
    AuditError
        If the unmitigated model cannot be trained.
    """
    parts = [(repeat, fold, *rows) for repeat, split in enumerate(splits) for fold, rows in enumerate(split)]
    jobs = [(name, at) for at in range(len(parts)) for name in models]
    predictions: NDArray[Any] = np.full((len(models), len(splits), len(y)), -1, dtype=dtype)
    seconds = np.full((len(models), len(parts)), np.nan)
    place, failed, messages = {name: i for i, name in enumerate(models)}, dict[str, str](), dict[str, None]()
    trials = in_parallel(_trial, jobs, (models, parts, X, y, groups), n_jobs)
    with closing(trials), progress_bar(len(jobs), progress) as advance:
        for trial in trials:
            if trial is None:
                advance(None)
                continue
            (name, at), decided, took, notes = trial
            if isinstance(decided, str):
                failed.setdefault(name, decided)
            else:
                repeat, _, _, test = parts[at]
                predictions[place[name], repeat, test] = decided
                seconds[place[name], at] = took
            messages |= dict.fromkeys(f"{name}: {note}" for note in notes)
            advance(name)
    baseline = next(iter(models))
    if baseline in failed:
        raise AuditError(failed[baseline])
    completed = [place[name] for name in models if name not in failed]
    lost = [f"{name} could not be run and is left out: {why}" for name, why in failed.items()]
    return Trials(
        tuple(name for name in models if name not in failed),
        predictions[completed],
        seconds[completed],
        (*lost, *messages),
    )


def _trial(
    key: tuple[str, int],
    models: Mapping[str, Any],
    parts: Sequence[tuple[int, int, Ints, Ints]],
    X: pd.DataFrame,
    y: NDArray[Any],
    groups: NDArray[np.object_],
) -> tuple[tuple[str, int], NDArray[Any] | str, float, list[str]]:
    """Train on some rows and decide for others; a failure comes back as its sentence."""
    from sklearn.base import clone

    model, (_, _, train, test) = models[key[0]], parts[key[1]]
    for library in getattr(model, "libraries", ()):
        # Loaded before the clock starts, where it is there at all.
        with suppress(ImportError):
            importlib.import_module(library)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        start = time.perf_counter()
        try:
            fitted = clone(model).fit(X.iloc[train], y[train], sensitive_features=groups[train])
            decided = fitted.predict(X.iloc[test], sensitive_features=groups[test])
        except Exception as error:  # Whatever a library raises must not cost the user the other mitigations.
            sentence = str(error) if isinstance(error, AuditError) else f"{type(error).__name__}: {error}"
            return key, clean(sentence, 300), 0.0, []
        took = time.perf_counter() - start
    notes = sorted({f"{w.category.__name__}: {clean(str(w.message), 150)}" for w in caught})
    return key, np.asarray(decided), took, notes
