"""The audit of predictions: what decisions do to each group, and how sure we can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biasaudit.audits.audit import Audit
from biasaudit.audits.cautions import cautions, repeated_ids
from biasaudit.audits.opening import opened, settings_of
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.statistics.columns import shorten
from biasaudit.statistics.counting import count
from biasaudit.statistics.crosstab import Crosstab
from biasaudit.statistics.dense import rows_by_group
from biasaudit.statistics.labels import canonical

__all__ = ["audit_crosstab", "audit_predictions", "binary_table", "check_two_groups"]


def audit_predictions(
    data: Any,
    *,
    sensitive_features: Sequence[str] | str | None = None,
    y_true: str | None = None,
    y_pred: str | None = None,
    score: str | None = None,
    threshold: float | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    join: Any = None,
    on: str | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
) -> Audit:
    """Audit predictions, or decisions alone, for gaps between groups.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes, the path of a CSV, Parquet or Arrow file (or a glob), or a Dataset,
        whose own arguments stand in for those left out here.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to.
    y_true : str, optional
        Column of labels: 0/1, bool, or any two values with `pos_label`. Decisions may have none.
    y_pred : str, optional
        Column of predictions or decisions, read like `y_true`.
    score : str, optional
        Column of finite scores, for AUC and calibration.
    threshold : float, optional
        Predict positive where ``score >= threshold``; stands in for `y_pred`.
    pos_label : label, optional
        The value that counts as positive; with more than two values it stands against all others.
    sample_weight : str, optional
        Column of weights, none negative.
    cluster : str, optional
        Column that says which rows belong together, such as several rows of one person.
    bins : mapping of str to sequence of float, optional
        Rising edges of a sensitive feature that holds numbers, such as ``{"age": [25, 45]}``; each edge belongs to the
        bin above it.
    join : dataframe or path, optional
        A second table that holds the columns which the first lacks, such as who belongs to which group; of the same
        engine, or a path where `data` is one. A row without a match there counts as "(missing)".
    on : str, optional
        Column of ids in both tables, unique in the second.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against; the largest group otherwise.
    confidence : float, default 0.95
        Confidence of the intervals; one minus it is the level of the verdicts.

    Returns
    -------
    Audit

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, or the table cannot be read.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_predictions(ba.datasets.load_ricci())
    >>> row = audit.disparities("selection_rate").iloc[0]
    >>> print(f"{row['estimate']:.3f}", row["verdict"])
    0.342 shown
    """
    asked = {
        "sensitive_features": [sensitive_features] if isinstance(sensitive_features, str) else sensitive_features,
        "y_true": y_true, "y_pred": y_pred, "score": score, "threshold": threshold, "pos_label": pos_label,
        "sample_weight": sample_weight, "cluster": cluster,
    }  # fmt: skip
    if isinstance(data, Dataset):
        asked, reference = _from_dataset(data, asked, reference)
    with opened(data, asked, bins, join, on) as (title, frame, first, notes):
        _check_arguments(asked, confidence)
        counted = count(frame, **asked, bins=bins)
        notes += repeated_ids(first, asked["cluster"])
    settings = {**asked, **settings_of(bins, join, on), "reference": dict(reference or {})}
    return _audit(counted, title, settings, reference, confidence, asked["pos_label"], notes)


def audit_crosstab(
    table: Crosstab, *, pos_label: Any = None, reference: Mapping[str, Any] | None = None, confidence: float = 0.95
) -> Audit:
    """Audit a table of counts, such as the sum of the tables of several sites.

    Parameters
    ----------
    table : Crosstab
    pos_label, reference, confidence
        As for :func:`audit_predictions`.

    Examples
    --------
    >>> import biasaudit as ba
    >>> data = ba.datasets.load_ricci()
    >>> site = ba.count(data.frame, sensitive_features=["race"], y_pred="passed")
    >>> int(ba.audit_crosstab(site + site).rates()["denominator"].max())
    236
    """
    _check_arguments({"sensitive_features": table.features, "y_true": True}, confidence)
    settings = {"sensitive_features": list(table.features), "reference": dict(reference or {})}
    return _audit(table, "Audit of counts", settings, reference, confidence, pos_label, ())


def _audit(
    table: Crosstab,
    title: str,
    settings: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    confidence: float,
    pos_label: Any,
    notes: tuple[str, ...],
) -> Audit:
    table = binary_table(table, canonical(pos_label))
    check_two_groups(table)
    named = {feature: str(canonical(level)) for feature, level in (reference or {}).items()}
    audit = Audit(table, title, settings, named, confidence, (*notes, *cautions(table)))
    audit._families  # noqa: B018  (a reference group that is not there is an error now, not later)
    return audit


def _from_dataset(
    data: Dataset, asked: dict[str, Any], reference: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
    """Fill what was not asked from the data set's own arguments; naming features replaces its reference too."""
    own = data.audit_arguments
    if asked["y_pred"] is not None or asked["score"] is not None:
        own = {name: value for name, value in own.items() if name not in {"y_pred", "score", "threshold"}}
    filled = {name: own.get(name) if value is None else value for name, value in asked.items()}
    if reference is None:
        features = filled["sensitive_features"] or ()
        reference = {f: level for f, level in own.get("reference", {}).items() if f in features}
    return filled, reference


def _check_arguments(asked: Mapping[str, Any], confidence: float) -> None:
    features = asked["sensitive_features"]
    if features is not None and not isinstance(features, (list, tuple)):
        raise AuditError(
            f"sensitive_features must be names of columns, not a {type(features).__name__}. "
            "Put the values into the table as a column, so that rows cannot be matched wrongly."
        )
    if asked["sensitive_features"] is None:
        raise AuditError(
            "sensitive_features is missing. Name at least one column that says who belongs to which group."
        )
    if not any(asked.get(role) is not None for role in ("y_true", "y_pred", "score")):
        raise AuditError(
            "There is nothing to audit: name y_pred (decisions), y_true (labels), or score with a threshold."
        )
    if asked.get("threshold") is not None and asked.get("score") is None:
        raise AuditError("threshold needs score: name the column of scores that the threshold cuts.")
    if asked.get("threshold") is not None and asked.get("y_pred") is not None:
        raise AuditError("Give either y_pred or score with threshold, not both: they may disagree.")
    if asked.get("y_true") is None and asked.get("y_pred") is None and asked.get("threshold") is None:
        raise AuditError("score alone says nothing of decisions or outcomes: add threshold= or y_true=.")
    if not (isinstance(confidence, (int, float)) and 0.5 <= confidence < 1):
        raise AuditError(
            f"confidence={confidence!r} is out of range. Give a number from 0.5 up to but below 1, such as 0.95."
        )


def binary_table(table: Crosstab, pos_label: str | None) -> Crosstab:
    """Make the table one of two classes, the positive one last.

    Raises
    ------
    AuditError
        If it is not plain which class is positive.
    """
    if pos_label is not None and table.classes != ("0", "1"):
        return table.one_vs_rest(pos_label)
    if table.classes == ("0", "1") or (table.y_true is None and table.y_pred is None):
        return table.one_vs_rest("0") if pos_label == "0" else table
    shown = ", ".join(repr(name[:40]) for name in table.classes[:5]) + (", …" if len(table.classes) > 5 else "")
    raise AuditError(
        f"The labels hold {len(table.classes)} value{'s' * (len(table.classes) != 1)} ({shown}), and which one is "
        f"positive is not plain. Say so with pos_label, for example pos_label={table.classes[-1][:40]!r}."
    )


def check_two_groups(table: Crosstab) -> None:
    """Raise an AuditError if a feature has all its rows in one group."""
    for feature in table.features:
        rows = rows_by_group(table.rollup([feature]))
        if np.count_nonzero(rows) < 2:
            level = table.levels[table.features.index(feature)][int(rows.argmax())]
            raise AuditError(
                f'All rows are in one group: {shorten(feature)}="{shorten(level)}". A comparison needs two; '
                "name another sensitive feature or check the filter."
            )
