"""Count a score by group and label, to see what every line on it does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from biasaudit.audits.counts import binary_table, counted, positive_words
from biasaudit.audits.families import check_two_groups
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import opened
from biasaudit.audits.thresholds._audit import ThresholdAudit
from biasaudit.audits.thresholds._choice import CRITERIA, Thresholds
from biasaudit.errors import AuditError
from biasaudit.metrics.outcome_words import OutcomeWords

__all__ = ["CRITERIA", "ThresholdAudit", "Thresholds", "audit_thresholds"]


def audit_thresholds(
    data: Any,
    *,
    score: str | None = None,
    y_true: str | None = None,
    sensitive_features: Sequence[str] | str | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
) -> ThresholdAudit:
    """Count a score by group and label, to see what every line on it does.

    Parameters
    ----------
    data : dataframe, path or Dataset
        As for :func:`biasaudit.audit_predictions`.
    score : str
        Column of finite scores; at most 100 different values, or 100 bins of equal width, make the lines.
    y_true : str, optional
        Column of labels. Without them there are selection rates alone.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to.
    pos_label, sample_weight, cluster, count, bins, reference, confidence, words, primary
        As for :func:`biasaudit.audit_predictions`; decisions at a line have no scores. What a data card says of
        decisions is said of the line that the data set declares alone.

    Returns
    -------
    ThresholdAudit

    Raises
    ------
    AuditError
        If there is no score, or a column is not what it should be.

    Examples
    --------
    >>> import biasaudit as ba
    >>> lines = ba.audit_thresholds(ba.datasets.load_compas())
    >>> chosen = lines.choose("equal_opportunity")
    >>> chosen.thresholds["African-American"], chosen.thresholds["Caucasian"]
    (7.0, 5.0)
    """
    given = {
        "sensitive_features": sensitive_features,
        "y_true": y_true,
        "score": score,
        "sample_weight": sample_weight,
        "cluster": cluster,
        "count": count,
    }
    request = read_request(
        data,
        given,
        pos_label=pos_label,
        reference=reference,
        bins=bins,
        confidence=confidence,
        words=words,
        primary=primary,
    )
    made = _audit_scores(data, request, request.words.without_decisions(words))
    if request.primary.names:
        # What no line lets an audit ask is an error now, not later.
        made.at(-math.inf)
    return made


def _audit_scores(data: Any, request: Request, other_words: OutcomeWords) -> ThresholdAudit:
    """Count the scores as they were asked for."""
    if request.column("score") is None:
        raise AuditError("There is no score to draw a line on. Name the column of scores with score=.")
    with opened(data, request) as source:
        found = counted(source, replace(request, threshold=None))
    table = found.table if found.table.y_true is None else binary_table(found.table, found.reading.positive)
    check_two_groups(table, table.rows)
    same_score = request.column("score") == request.declared.get("score")
    return ThresholdAudit(
        table,
        confidence=request.confidence,
        reference=request.reference,
        drawn=request.declared.get("threshold") if same_score else None,
        title=f"Lines on {source.name or 'a score'}",
        settings={
            **request.settings("sensitive_features", "y_true", "score", "sample_weight", "cluster"),
            "pos_label": request.pos_label,
        },
        positive=positive_words(found.reading, request),
        primary=request.primary,
        words=request.words,
        other_words=other_words,
    )
