"""The audit of errors over trials: words wrong of words spoken, with as much certainty as there are speakers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.audit import Audit
from biasaudit.audits.cautions import cautions
from biasaudit.audits.families import Family, families
from biasaudit.audits.predictions import check_two_groups
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.statistics.dense import rows_by_group
from biasaudit.statistics.error_counts import count_errors
from biasaudit.statistics.labels import canonical
from biasaudit.statistics.rates import Cell, Rate

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import MetricText, Report

__all__ = ["ErrorAudit", "audit_errors"]

WRONG, RIGHT = Cell.TP | Cell.FP, Cell.TN | Cell.FN
ERROR_RATE = Rate(
    "error_rate", "Error rate", "of all trials, the share that went wrong", WRONG, WRONG | RIGHT, "no trials",
    needs=("y_pred",), source="Morris, Maier & Green 2004", also=("word_error_rate",),
)  # fmt: skip
FEW = 10


@dataclass(frozen=True, eq=False, repr=False)
class ErrorAudit(Audit):
    """The answer of an audit of errors; everything in it is arithmetic on its table of trials.

    Parameters
    ----------
    errors, trials : str
        What was counted, for people.
    """

    errors: str = "errors"
    trials: str = "trials"

    @cached_property
    def _families(self) -> tuple[Family, ...]:
        return families(self.table, self.reference, (ERROR_RATE,))

    @cached_property
    def _everyone(self) -> Family:
        return Family(self.table.rollup(()), (ERROR_RATE,))

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import metric_texts
        from biasaudit.reporting.report import MetricText

        meaning = f"of all {self.trials}, the share that went wrong"
        return metric_texts() | {ERROR_RATE.name: MetricText(ERROR_RATE.label, meaning, ERROR_RATE.source)}

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need."""
        return replace(super().report(), unit=self.trials)

    def naive(self) -> ErrorAudit:
        """Return the audit that takes every trial for an independent one, to see what that would claim."""
        return replace(self, table=self.table.without_clusters(), title=f"{self.title}, as if all were independent")

    def intervals(self) -> pd.DataFrame:
        """Return the interval of each group beside the one that takes every trial for an independent one.

        Returns
        -------
        DataFrame
            Columns group (dict of feature to value), errors, trials, clusters (NaN without any), estimate, low, high,
            naive_low, naive_high, design_effect: how many times as uncertain, in variance, the clusters make it.

        References
        ----------
        Kish (1965), Survey Sampling, section 5.4, for the design effect.
        """
        import pandas as pd

        rates, naive = self.rates(), self.naive().rates()
        picked = rates["metric"] == ERROR_RATE.name
        everyone = [self._everyone, *self._families]
        nobs = np.concatenate([family.shares.nobs[0] for family in everyone])
        trials = rates[picked]["denominator"].to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            effect = np.where(nobs > 0, trials / nobs, np.nan)
        return pd.DataFrame(
            {
                "group": rates[picked]["group"], "errors": rates[picked]["numerator"], "trials": trials,
                "clusters": np.concatenate([_clusters(family) for family in everyone]),
                "estimate": rates[picked]["estimate"], "low": rates[picked]["low"], "high": rates[picked]["high"],
                "naive_low": naive[picked]["low"], "naive_high": naive[picked]["high"], "design_effect": effect,
            }
        ).reset_index(drop=True)  # fmt: skip


def _clusters(family: Family) -> Any:
    """Count the clusters of each group."""
    table = family.table
    if table.cluster is None:
        return np.full(len(family.rows), np.nan)
    pairs = np.unique(np.stack([table.group, table.cluster]), axis=1)
    return np.bincount(pairs[0], minlength=table.shape_size).astype(float)


def audit_errors(
    data: Any,
    *,
    errors: str,
    trials: str | None = None,
    sensitive_features: Sequence[str] | str,
    cluster: str | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
) -> ErrorAudit:
    """Audit errors over trials, such as words heard wrong of words spoken, for gaps between groups.

    Utterances of one speaker are alike, so a thousand words of ten speakers say as much as a few words of each: with
    `cluster`, intervals, tests and verdicts count speakers.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes, the path of a CSV, Parquet or Arrow file, or a Dataset: a row an utterance, a test or a
        speaker.
    errors : str
        Column of whole numbers: what went wrong in the row.
    trials : str, optional
        Column of whole numbers: what could have gone wrong. One a row if left out.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to.
    cluster : str, optional
        Column of who speaks: rows that belong together.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against; the largest otherwise.
    confidence : float, default 0.95
        Of the intervals; one minus it is the level of the verdicts.

    Returns
    -------
    ErrorAudit

    Raises
    ------
    AuditError
        If a column is missing or no column of counts, all rows are in one group, or there are more errors than trials.

    References
    ----------
    Dean and Pagano (2015), "Evaluating confidence interval methods for binomial proportions in clustered surveys".
    Koenecke et al. (2020), "Racial disparities in automated speech recognition", for the question.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> heard = pd.DataFrame({
    ...     "speaker": ["a", "a", "b", "b", "c", "c", "d", "d"], "gender": list("ffffmmmm"),
    ...     "wrong": [3, 4, 9, 8, 1, 2, 5, 6], "words": [20] * 8,
    ... })
    >>> asked = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}
    >>> ba.audit_errors(heard, **asked).intervals()[["errors", "trials", "clusters"]].to_numpy().tolist()
    [[38.0, 160.0, 4.0], [24.0, 80.0, 2.0], [14.0, 80.0, 2.0]]
    """
    features = [sensitive_features] if isinstance(sensitive_features, str) else sensitive_features
    if not isinstance(features, (list, tuple)):
        raise AuditError(f"sensitive_features must be names of columns, not a {type(features).__name__}.")
    if isinstance(confidence, bool) or not (isinstance(confidence, (int, float)) and 0.5 <= confidence < 1):
        raise AuditError(
            f"confidence={confidence!r} is out of range. Give a number from 0.5 up to but below 1, such as 0.95."
        )
    title, frame = "Audit of errors", data
    notes: tuple[str, ...] = ()
    opened: Any = nullcontext()
    if isinstance(data, (str, os.PathLike)):
        from biasaudit.datasets.tables import open_table, reading

        read, opened = open_table(data, numbers=[name for name in (errors, trials) if name]), reading()
        title, notes, frame = f'Audit of errors in "{Path(data).name}"', read.notes, read.frame
    elif isinstance(data, Dataset):
        title, frame = f'Audit of errors in "{data.name}"', data.frame
    with opened:
        table = count_errors(frame, sensitive_features=features, errors=errors, trials=trials, cluster=cluster)
    check_two_groups(table)
    settings = {
        "errors": errors, "trials": trials, "sensitive_features": list(features), "cluster": cluster,
        "reference": dict(reference or {}),
    }  # fmt: skip
    named = {feature: str(canonical(level)) for feature, level in (reference or {}).items()}
    audit = ErrorAudit(table, title, settings, named, confidence, notes, errors, trials or "trials")
    audit._families  # noqa: B018  (a reference group that is not there is an error now, not later)
    return replace(audit, warnings=(*notes, *_speakers(audit), *cautions(table)))


def _speakers(audit: ErrorAudit) -> tuple[str, ...]:
    """Say where the certainty is not what it seems: nobody named the speakers, or there are few."""
    if audit.table.cluster is None:
        return (
            "Every trial is taken for an independent one. If a speaker has several, name cluster=: the intervals are "
            "too narrow otherwise.",
        )
    few = []
    for family in audit._families[: len(audit.table.features)]:
        counts = _clusters(family)
        few += [
            f"{' × '.join(group.values())} ({int(count)})"
            for group, count, rows in zip(family.groups, counts, rows_by_group(family.table), strict=True)
            if rows and count < FEW
        ]
    if not few:
        return ()
    return (
        f"Fewer than {FEW} of {audit.settings['cluster']}: {', '.join(few[:6])}{' and more' * (len(few) > 6)}. So few "
        "people say little about a group, whatever they say.",
    )
