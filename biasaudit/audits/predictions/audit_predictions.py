"""The audit of predictions: what decisions do to each group, and how sure we can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from biasaudit.arguments import check_confidence, check_mapping
from biasaudit.audits.cautions import cautions, repeated_ids, unnamed_count
from biasaudit.audits.counts import binary_table, check_two_groups, counted, positive_words
from biasaudit.audits.families import check_reference, measures_of
from biasaudit.audits.predictions._controlled import Controls, check_controls
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import Source, opened
from biasaudit.counts.counting import CountResult
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.table.storage import check_table
from biasaudit.counts.values import canonical, resolve_level
from biasaudit.datasets.files.joining import second_table
from biasaudit.errors import AuditError
from biasaudit.metrics.outcome_words import OutcomeWords, read_words
from biasaudit.metrics.primary import Primary, read_primary

__all__ = ["audit_crosstab", "audit_predictions"]

ROLES = ("sensitive_features", "y_true", "y_pred", "score", "sample_weight", "cluster")
GROUP_OF = ("a feature to its group", '{"sex": "man"}')


def audit_predictions(
    data: Any,
    *,
    sensitive_features: Sequence[str] | str | None = None,
    y_true: str | None = None,
    y_pred: str | None = None,
    score: str | None = None,
    threshold: float | None = None,
    pos_label: Any = None,
    control_features: Sequence[str] | str | None = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    join: Any = None,
    on: str | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
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
    control_features : str or sequence of str, optional
        Columns in which people are to be alike: rates and gaps are told within their strata as well, and standardised
        over them (:meth:`Audit.controlled`, :meth:`Audit.by_stratum`). Half of the chance of a false alarm goes there.
    sample_weight : str, optional
        Column of weights, none negative.
    cluster : str, optional
        Column that says which rows belong together, such as several rows of one person.
    count : str, optional
        Column that says how many people a row stands for, as tables of counts have it: whole numbers, 0 or more.
    bins : mapping of str to sequence of float, optional
        Rising edges of a sensitive or control feature that holds numbers, such as ``{"age": [25, 45]}``; each edge
        belongs to the bin above it.
    join : dataframe or path, optional
        A second table that holds the columns which the first lacks, such as who belongs to which group; of the same
        engine, or a path where `data` is one. A row without a match there counts as "(missing)".
    on : str, optional
        Column of ids in both tables, unique in the second.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against; the largest group otherwise.
    confidence : float, default 0.95
        Confidence of the intervals; one minus it is the level of the verdicts.
    words : mapping of str to str, optional
        What sentences say of people: ``people`` ("applicants"), ``selected`` and ``rejected`` (what a decision does:
        "were invited"), ``positive`` and ``negative`` (what a label says: "were right for the job"), and ``good``
        ("positive" or "negative": which outcome is good for them). A data card's own stand in for those left out.
    primary : str or sequence of str, optional
        Measures whose gaps matter most, by any name in use, such as "accuracy" or "precision": they share 95 % of the
        chance of a false alarm and are told first. By default selection, false positive and false negative rate and
        positive predictive value. Complements ask the same; the fewer are named, the smaller the gaps that are seen.

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
    >>> audit = ba.audit_predictions(ba.datasets.load_compas(), primary=["accuracy", "precision"])
    >>> audit.settings["primary"]
    ['accuracy', 'positive_predictive_value']
    """
    given = {
        "sensitive_features": sensitive_features,
        "y_true": y_true,
        "y_pred": y_pred,
        "score": score,
        "control_features": control_features,
        "sample_weight": sample_weight,
        "cluster": cluster,
        "count": count,
    }
    request = read_request(
        data,
        given,
        threshold=threshold,
        pos_label=pos_label,
        reference=reference,
        bins=bins,
        join=join,
        on=on,
        confidence=confidence,
        words=words,
        primary=primary,
    )
    _check_roles(request)
    with opened(data, request) as source:
        found = counted(source, request)
        notes = (*source.notes, *found.notes, *request.notes(), *_noticed(source, request))
    if len(found.table.classes) > 2 and found.reading.positive is None:
        from biasaudit.audits.classes.class_audit import class_audit
        return class_audit(found, request, f"Audit of {source.name or 'a table'}", notes, ordered=all(c.isdigit() for c in found.table.classes))
    return _audit_counted(found, request, f"Audit of {source.name or 'a table'}", notes)


def _audit_counted(found: CountResult, request: Request, title: str, notes: tuple[str, ...]) -> Audit:
    """Audit what was counted as it was asked for."""
    return _audit(
        found.table,
        found.reading.positive,
        title=title,
        settings={
            **request.settings(*ROLES),
            "threshold": request.threshold,
            "pos_label": request.pos_label,
            **_joined(request),
            "reference": dict(request.reference),
            **request.primary.settings,
        },
        reference=request.reference,
        confidence=request.confidence,
        positive_text=positive_words(found.reading, request),
        notes=notes,
        words=request.words,
        primary=request.primary,
        control_features=request.columns.get("control_features", ()),
    )


def audit_crosstab(
    table: Crosstab,
    *,
    pos_label: Any = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
) -> Audit:
    """Audit a table of counts, such as the sum of the tables of several sites.

    Parameters
    ----------
    table : Crosstab
        What :func:`count` counted, or the sum of such tables.
    pos_label, reference, confidence, words, primary
        As for :func:`audit_predictions`.

    Returns
    -------
    Audit

    Raises
    ------
    AuditError
        If the table is none, or not whole.

    Examples
    --------
    >>> import biasaudit as ba
    >>> data = ba.datasets.load_ricci()
    >>> site = ba.count(data.frame, sensitive_features=["race"], y_pred="passed")
    >>> int(ba.audit_crosstab(site + site).rates()["denominator"].max())
    236
    """
    if not isinstance(table, Crosstab):
        raise AuditError(
            f"audit_crosstab takes a table of counts, not a {type(table).__name__}. Count rows with biasaudit.count, "
            "or load a table that was saved with biasaudit.Crosstab.load."
        )
    check_table(table)
    read = {f: str(canonical(v)) for f, v in check_mapping("reference", reference, *GROUP_OF).items()}
    questions = read_primary(primary)
    return _audit(
        table,
        None if pos_label is None else resolve_level(pos_label, table.classes),
        title="Audit of counts",
        settings={"sensitive_features": list(table.features), "reference": read, **questions.settings},
        reference=read,
        confidence=check_confidence(confidence),
        words=read_words(words),
        primary=questions,
    )


def _audit(
    table: Crosstab,
    positive: str | None,
    *,
    title: str,
    settings: Mapping[str, Any],
    reference: Mapping[str, str],
    confidence: float,
    words: OutcomeWords,
    primary: Primary,
    positive_text: str = "",
    notes: tuple[str, ...] = (),
    control_features: tuple[str, ...] = (),
) -> Audit:
    table = binary_table(table, positive)
    controls = Controls(table, control_features, reference, confidence, primary) if control_features else None
    table = table.without_strata() if control_features else table
    check_two_groups(table)
    primary.check(measures_of(table))
    check_reference(table, reference)
    return Audit(
        table,
        title=title,
        settings=settings,
        reference=reference,
        confidence=confidence,
        warnings=(*notes, *cautions(table)),
        positive=positive_text,
        words=words,
        controls=controls,
        primary=primary,
    )


def _noticed(source: Source, request: Request) -> tuple[str, ...]:
    """Notice in the rows what the counts cannot tell: copies, ids that repeat, and a count that nobody named."""
    if request.column("count") is not None:
        return ()
    names = list(dict.fromkeys(one.name for one in request.requested))
    counts = unnamed_count(source.frame, names) if request.column("sample_weight") is None else ()
    return (*counts, *repeated_ids(source.first, request.column("cluster"), names))


def _joined(request: Request) -> dict[str, Any]:
    """Tell how the table was joined, where it was."""
    return {} if request.join is None else {"join": second_table(request.join).strip('"'), "on": request.on}


def _check_roles(request: Request) -> None:
    """Refuse roles that do not go together."""
    check_controls(request)
    y_true, y_pred, score = (request.column(role) for role in ("y_true", "y_pred", "score"))
    if y_true is None and y_pred is None and score is None:
        raise AuditError(
            "There is nothing to audit: name y_pred (decisions), y_true (labels), or score with a threshold."
        )
    if request.threshold is not None and score is None:
        raise AuditError("threshold needs score: name the column of scores that the threshold cuts.")
    if request.threshold is not None and y_pred is not None:
        raise AuditError("Give either y_pred or score with threshold, not both: they may disagree.")
    if y_true is None and y_pred is None and request.threshold is None:
        raise AuditError("score alone says nothing of decisions or outcomes: add threshold= or y_true=.")
