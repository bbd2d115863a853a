"""Compare mitigations by repeated cross-validation, the same folds for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from biasaudit.arguments import check_confidence, check_seed
from biasaudit.audits.models.audit import audited_features, sensitive_columns_learnt
from biasaudit.audits.models.crossfit import learning_columns, make_folds, read_label
from biasaudit.audits.request import declared
from biasaudit.audits.source import as_dataset
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.metrics.units import SMALL_IN_DEVIATIONS, outcome_unit
from biasaudit.mitigation._trials import run_trials
from biasaudit.mitigation.base import CONSTRAINTS, read_groups
from biasaudit.mitigation.comparison import Comparison
from biasaudit.mitigation.measures import get_measure
from biasaudit.mitigation.numbers.comparison import NumberComparison
from biasaudit.mitigation.numbers.reading import halves, holds_numbers, read_number
from biasaudit.mitigation.registry import BASELINE, BINARY, NUMBER, get_mitigation, make_mitigation, mitigations_for
from biasaudit.models.tabular import make_classifier, make_regressor
from biasaudit.names import clean

__all__ = ["compare"]

FEWEST = 100


def compare(
    dataset: Dataset,
    mitigations: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    model: str | Any = None,
    sensitive_features: Sequence[str] | str | None = None,
    folds: int = 5,
    repeats: int = 1,
    harm: str | None = None,
    cost: str | None = None,
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
        Names of :data:`biasaudit.mitigation.MITIGATIONS` or, where the label is a number, of
        :data:`biasaudit.mitigation.NUMBER_MITIGATIONS`; or mitigations by names of your own. All by default.
    model : str or estimator, optional
        Name of a model, or a classifier of encoded rows, or a regressor where the label is a number; logistic or linear
        regression otherwise. Networks with a loss of their own do not use it.
    sensitive_features : str or sequence of str, optional
        Columns whose crossing makes the groups; by default the first of those the data set is audited by.
    folds, repeats : int
        Parts the rows are dealt into, and how often. The rows of a cluster stay together.
    harm : str, optional
        What is to be mended: "equalized_odds" (the default), "demographic_parity" or "selection_ratio"; of a number the
        gap in "mean_prediction" (the default), "mean_error" or "mean_absolute_error". Mitigations that hold a
        constraint hold this one.
    cost : str, optional
        What it is held against on the Pareto front: "accuracy" (the default), "balanced_accuracy", "true_accuracy" or
        "seconds"; of a number "root_mean_squared_error" (the default), "r_squared", "true_root_mean_squared_error" or
        "seconds".
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
        Of a number, one whose figures are in its unit.

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
    chosen, kind = _check(dataset, repeats, harm, cost, confidence, random_state)
    harm, cost = harm or kind.harm, cost or kind.cost
    model = kind.model if model is None else model
    features = audited_features(chosen, sensitive_features)
    features = features[:1] if sensitive_features is None else features
    X = learning_columns(chosen)
    labels, positive = kind.read(replace(chosen, sensitive_features=tuple(features)))
    known = ~np.isnan(labels)
    y: NDArray[Any] = labels[known].astype(kind.dtype)
    frame = chosen.frame[known]
    levels, groups = _levels(frame[features])
    large = _large(features, groups, len(levels))
    training_groups, joined = _joined(levels, groups, large)
    made, left_out = _mitigations(mitigations, kind, model, harm, random_state)
    cluster = None if chosen.cluster is None else np.unique(frame[chosen.cluster].astype(str), return_inverse=True)[1]
    seeds = [None if random_state is None else random_state + repeat for repeat in range(repeats)]
    strata = halves(y) if kind.name == NUMBER else y
    splits = [make_folds(strata, groups, folds=folds, random_state=seed, cluster=cluster) for seed in seeds]
    trials = run_trials(
        made, X[known], y, training_groups, splits, n_jobs=n_jobs, progress=progress, dtype=kind.predicted
    )
    settings = {
        "dataset": chosen.name,
        "sensitive_features": features,
        "label": chosen.label,
        **({"pos_label": positive} if positive else {}),
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
    truth = _truth(chosen, kind, known)
    return kind.compared(chosen, (trials, y, truth, groups, levels, cluster, large, settings, notes))


@dataclass(frozen=True)
class _Kind:
    """What a comparison does by itself where nothing is said, for a kind of label."""

    name: str
    model: str
    harm: str
    cost: str
    # Types of labels and of predictions.
    dtype: type
    predicted: type

    def read(self, dataset: Dataset) -> tuple[NDArray[np.float64], str]:
        """Read the label, NaN where it is missing, and the name of its positive value."""
        return (read_number(dataset), "") if self.name == NUMBER else read_label(dataset)

    def compared(self, dataset: Dataset, parts: Any) -> Comparison:
        """Return what was compared."""
        if self.name != NUMBER:
            return Comparison(*parts)
        scale = float(np.std(parts[1]))
        unit = outcome_unit(str(declared(dataset).get("unit") or ""), scale=scale, small=SMALL_IN_DEVIATIONS * scale)
        return replace(NumberComparison(*parts), unit=unit)

    def settings(self, harm: str) -> dict[str, Any]:
        """Return what a mitigation holds, so that this harm is mended."""
        if self.name == NUMBER:
            return {"target": "predictions" if harm == "mean_prediction" else "errors"}
        return {"constraint": harm if harm in CONSTRAINTS else "demographic_parity"}


KINDS = {
    kind.name: kind
    for kind in (
        _Kind(BINARY, "logistic_regression", "equalized_odds", "accuracy", np.int64, np.int8),
        _Kind(NUMBER, "linear_regression", "mean_prediction", "root_mean_squared_error", np.float64, np.float64),
    )
}


def _truth(dataset: Dataset, kind: _Kind, known: NDArray[np.bool_]) -> NDArray[Any] | None:
    """Return what an unbiased process would have written, where that is known and of the kind of the label."""
    if dataset.truth is None:
        return None
    values = np.asarray(dataset.truth.label)
    if kind.name != NUMBER and not np.isin(values, (0, 1)).all():
        return None
    return np.asarray(values, dtype=kind.dtype)[known]


def _large(features: Sequence[str], groups: NDArray[np.int64], levels: int) -> NDArray[np.bool_]:
    """Say which groups gaps are measured between."""
    large = np.bincount(groups, minlength=levels) >= FEWEST
    if large.sum() < 2:
        raise AuditError(
            f"Only {large.sum()} of the {levels} groups of {' × '.join(clean(f) for f in features)} has "
            f"{FEWEST} rows or more; gaps need two. Name another sensitive feature, or join groups."
        )
    return large


def _check(
    data: Any, repeats: int, harm: str | None, cost: str | None, confidence: Any, random_state: Any
) -> tuple[Dataset, _Kind]:
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
    kind = KINDS[NUMBER if holds_numbers(dataset) else BINARY]
    get_measure(harm or kind.harm, harm=True, outcome=kind.name)
    held = get_measure(cost or kind.cost, harm=False, outcome=kind.name).name
    if held.startswith("true_") and dataset.truth is None:
        such = "make_wages()" if kind.name == NUMBER else "make_hiring()"
        raise AuditError(f'cost="{held}" needs data whose true label is known, such as {such}.')
    return dataset, kind


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
    requested: Sequence[str] | Mapping[str, Any] | None, kind: _Kind, model: Any, harm: str, random_state: int | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    left_out: tuple[str, ...] = ()
    rows = mitigations_for(kind.name)
    if requested is None:
        missing = [row.name for row in rows if not row.installed]
        requested = [row.name for row in rows if row.installed]
        if missing:
            left_out = (f'{", ".join(missing)} need PyTorch and are left out: pip install "biasaudit[torch]".',)
    requested = [requested] if isinstance(requested, str) else requested
    make = make_regressor if kind.name == NUMBER else make_classifier
    estimator = make(model, random_state) if isinstance(model, str) else model
    settings = {"estimator": estimator, "random_state": random_state, **kind.settings(harm)}
    made = {BASELINE.name: make_mitigation(BASELINE.name, kind.name, **settings)}
    if isinstance(requested, Mapping):
        return made | dict(requested), left_out
    for name in requested:
        if name in made:
            raise AuditError(f'The mitigation "{clean(str(name))}" is named twice, or is the baseline. Name each once.')
        made[get_mitigation(name, kind.name).name] = make_mitigation(name, kind.name, **settings)
    return made, left_out
