"""Compare mitigations by repeated cross-validation, the same folds for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arguments import check_confidence, check_seed
from biasaudit.audits.models.audit import audited_features, sensitive_columns_learnt
from biasaudit.audits.models.crossfit import learning_columns, make_folds, read_label
from biasaudit.audits.source import as_dataset
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.mitigation._base import CONSTRAINTS, read_groups
from biasaudit.mitigation._comparison import Comparison
from biasaudit.mitigation._trials import run_trials
from biasaudit.mitigation.measures import get_measure
from biasaudit.mitigation.registry import BASELINE, MITIGATIONS, get_mitigation, make_mitigation
from biasaudit.names import clean

__all__ = ["compare"]

FEWEST = 100


def compare(
    dataset: Dataset,
    mitigations: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    model: str | Any = "logistic_regression",
    sensitive_features: Sequence[str] | str | None = None,
    folds: int = 5,
    repeats: int = 1,
    harm: str = "equalized_odds",
    cost: str = "accuracy",
    random_state: int | None = 0,
    confidence: float = 0.95,
    n_jobs: int = -1,
    progress: bool | Callable[[int, int, str], None] = True,
) -> Comparison:
    """Compare what mitigations mend and what they cost, on rows that their models did not see.

    All rows are used. Gaps are measured between groups of 100 rows or more; smaller ones are joined for training with
    the smallest of the others, and listed by themselves in the gains.

    Parameters
    ----------
    dataset : Dataset
        Rows with a label, and features that a model may learn from.
    mitigations : sequence of str or mapping of str to mitigation, optional
        Names of :data:`biasaudit.mitigation.MITIGATIONS`, or mitigations by names of your own; all by default.
    model : str or classifier
        Name of a model, or a classifier of numbers; networks with a loss of their own do not use it.
    sensitive_features : str or sequence of str, optional
        Columns whose crossing makes the groups; by default the first of those the data set is audited by.
    folds, repeats : int
        Parts the rows are dealt into, and how often. The rows of a cluster stay together.
    harm : {"equalized_odds", "demographic_parity", "selection_ratio"}
        What is to be mended. Mitigations that hold a constraint hold this one.
    cost : {"accuracy", "balanced_accuracy", "true_accuracy", "seconds"}
        What it is held against on the Pareto front.
    random_state : int, optional
        Seed of folds, models and resamples.
    confidence : float, default 0.95
    n_jobs : int, default -1
        Processes, of one thread each; -1 uses every core.
    progress : bool or callable
        Show a progress bar where standard error is a terminal; or what to call with the number of trials done,
        of all, and the name of the mitigation last done: after each trial, and with several processes four times a
        second in between. What it raises ends the processes and passes through.

    Returns
    -------
    Comparison

    Raises
    ------
    AuditError
        If a name is unknown, a label has fewer rows than folds, or fewer than two groups have 100 rows.

    Examples
    --------
    >>> import biasaudit as ba
    >>> data = ba.datasets.make_hiring(n=1_000, label_bias=0.5)
    >>> found = compare(data, ["reweighing"], folds=2, n_jobs=1)
    >>> found.names
    ('unmitigated', 'reweighing')
    """
    chosen = _check(dataset, repeats, harm, cost, confidence, random_state)
    features = audited_features(chosen, sensitive_features)
    features = features[:1] if sensitive_features is None else features
    X = learning_columns(chosen)
    labels, positive = read_label(replace(chosen, sensitive_features=tuple(features)))
    known = ~np.isnan(labels)
    y, frame = labels[known].astype(np.int64), chosen.frame[known]
    levels, groups = _levels(frame[features])
    large = np.bincount(groups) >= FEWEST
    if large.sum() < 2:
        raise AuditError(
            f"Only {large.sum()} of the {len(levels)} groups of {' × '.join(clean(f) for f in features)} has "
            f"{FEWEST} rows or more; gaps need two. Name another sensitive feature, or join groups."
        )
    training_groups, joined = _joined(levels, groups, large)
    constraint = harm if harm in CONSTRAINTS else "demographic_parity"
    made, left_out = _mitigations(mitigations, model, constraint, random_state)
    cluster = None if chosen.cluster is None else np.unique(frame[chosen.cluster].astype(str), return_inverse=True)[1]
    seeds = [None if random_state is None else random_state + repeat for repeat in range(repeats)]
    splits = [make_folds(y, groups, folds=folds, random_state=seed, cluster=cluster) for seed in seeds]
    trials = run_trials(made, X[known], y, training_groups, splits, n_jobs=n_jobs, progress=progress)
    settings = {
        "dataset": chosen.name,
        "sensitive_features": features,
        "label": chosen.label,
        "pos_label": positive,
        "model": model if isinstance(model, str) else type(model).__name__,
        "harm": harm,
        "cost": cost,
        "folds": folds,
        "repeats": repeats,
        "confidence": confidence,
        "random_state": random_state,
    }
    unlabelled = (f"{(~known).sum():,} rows have no label and are left out.",) if not known.all() else ()
    notes = (*unlabelled, *sensitive_columns_learnt(chosen, features), *joined, *left_out, *trials.notes)
    truth = None if chosen.truth is None else np.asarray(chosen.truth.label, dtype=np.int64)[known]
    return Comparison(trials, y, truth, groups, levels, cluster, large, settings, notes)


def _check(data: Any, repeats: int, harm: str, cost: str, confidence: Any, random_state: Any) -> Dataset:
    dataset: Dataset = as_dataset(data, "compare")
    if dataset.weight is not None:
        raise AuditError(
            "compare takes no sample weights. Leave the weight out of the Dataset to compare rows as they are."
        )
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise AuditError(f"repeats={repeats!r} is not a whole number from 1 on. Use 1.")
    check_confidence(confidence)
    if random_state is not None:
        check_seed(random_state)
    get_measure(harm, harm=True)
    if get_measure(cost, harm=False).name == "true_accuracy" and dataset.truth is None:
        raise AuditError('cost="true_accuracy" needs data whose true label is known, such as make_hiring().')
    return dataset


def _levels(columns: pd.DataFrame) -> tuple[tuple[dict[str, str], ...], NDArray[np.int64]]:
    """Name the groups that are there, each as feature to value, and code the rows by them."""
    names = np.column_stack([read_groups(columns[[feature]], len(columns)) for feature in columns]).astype(str)
    found, codes = np.unique(names, axis=0, return_inverse=True)
    levels = tuple(dict(zip(columns.columns, map(str, level), strict=True)) for level in found)
    return levels, codes.reshape(-1).astype(np.int64)


def _joined(
    levels: Sequence[dict[str, str]], groups: NDArray[np.int64], large: NDArray[np.bool_]
) -> tuple[NDArray[np.object_], tuple[str, ...]]:
    """Name the group of each row as mitigations are told it: small ones go with the smallest of the large ones."""
    rows = np.bincount(groups)
    names = np.array([" × ".join(level.values()) for level in levels], dtype=object)
    small = np.flatnonzero(~large)
    if not len(small):
        return names[groups], ()
    host = int(np.where(large, rows, rows.max() + 1).argmin())
    training_groups = names.copy()
    training_groups[small] = names[host]
    shown = ", ".join(f'"{clean(names[i])}" ({rows[i]})' for i in small[:6]) + (" and more" if len(small) > 6 else "")
    return training_groups[groups], (
        f"Groups of fewer than {FEWEST} rows are too small to measure gaps by: {shown}. For training they are one "
        f'group with "{clean(names[host])}"; the gains list them by themselves.',
    )


def _mitigations(
    requested: Sequence[str] | Mapping[str, Any] | None, model: Any, constraint: str, random_state: int | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    from biasaudit.models.tabular import make_classifier

    left_out: tuple[str, ...] = ()
    if requested is None:
        missing = [row.name for row in MITIGATIONS if not row.installed]
        requested = [row.name for row in MITIGATIONS if row.installed]
        if missing:
            left_out = (f'{", ".join(missing)} need PyTorch and are left out: pip install "biasaudit[torch]".',)
    requested = [requested] if isinstance(requested, str) else requested
    estimator = make_classifier(model, random_state) if isinstance(model, str) else model
    settings = {"estimator": estimator, "constraint": constraint, "random_state": random_state}
    made = {BASELINE.name: make_mitigation(BASELINE.name, **settings)}
    if isinstance(requested, Mapping):
        return made | dict(requested), left_out
    for name in requested:
        if name in made:
            raise AuditError(f'The mitigation "{clean(str(name))}" is named twice, or is the baseline. Name each once.')
        made[get_mitigation(name).name] = make_mitigation(name, **settings)
    return made, left_out
