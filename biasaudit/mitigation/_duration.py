"""How long a comparison may take on this machine, from two small fits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from biasaudit.audits.models.crossfit import learning_columns, read_label
from biasaudit.datasets.dataset import Dataset
from biasaudit.mitigation.registry import get_mitigation

__all__ = ["expected_seconds"]

ROWS = (400, 1_600)
# What processes take to start, in seconds: the same order on all machines tried.
START = 2.0


def expected_seconds(
    dataset: Dataset,
    mitigations: Sequence[str],
    *,
    model: str = "logistic_regression",
    folds: int = 5,
    repeats: int = 1,
    n_jobs: int = -1,
) -> float:
    """Estimate the seconds that :func:`compare` takes: the right order, no promise.

    The model is trained on 400 and on 1,600 rows; a line through the two seconds and the effort of each mitigation,
    declared in the registry, give the rest.

    Parameters
    ----------
    dataset : Dataset
        As for :func:`compare`.
    mitigations : sequence of str
        As for :func:`compare`.
    model : str
        As for :func:`compare`.
    folds, repeats, n_jobs : int
        As for :func:`compare`.

    Returns
    -------
    float

    Raises
    ------
    AuditError
        If a name is unknown, or the data cannot be learnt from.

    Examples
    --------
    >>> import biasaudit as ba
    >>> data = ba.datasets.make_hiring(n=1_000)
    >>> expected_seconds(data, ["reweighing"]) < expected_seconds(data, ["exponentiated_gradient"])
    True
    """
    from joblib import effective_n_jobs

    X = learning_columns(dataset)
    labels, _ = read_label(dataset)
    known = np.flatnonzero(~np.isnan(labels))
    # Ordered files would give a sample of one label.
    known = np.random.default_rng(0).permutation(known)
    sizes = [min(len(known), rows) for rows in ROWS]
    taken = [_seconds(model, X.iloc[known[:size]], labels[known[:size]]) for size in sizes]
    slope = max(0.0, taken[1] - taken[0]) / max(1, sizes[1] - sizes[0])
    one = taken[1] + slope * max(0.0, len(known) * (folds - 1) / folds - sizes[1])
    fits = 1 + sum(get_mitigation(name).effort for name in mitigations)
    return float(START + one * fits * folds * repeats / min(effective_n_jobs(n_jobs), folds * repeats))


def _seconds(model: str, X: Any, labels: Any) -> float:
    from biasaudit.models.tabular import make_model

    made = make_model(model, 0)
    if len(np.unique(labels)) < 2:
        return 0.0
    start = time.perf_counter()
    made.fit(X, labels)
    made.predict(X)
    return time.perf_counter() - start
