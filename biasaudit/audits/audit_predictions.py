"""The audit of predictions: what decisions do to each group, and how sure we can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from biasaudit.arguments import check_seed
from biasaudit.audits.chosen import MetricFunction, check_not_chosen
from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.classes.class_audit import class_audit
from biasaudit.audits.counts import counted, noticed
from biasaudit.audits.outcomes import BINARY, CLASSES, MOST_ORDERED, NUMBER, Outcome
from biasaudit.audits.own.estimates import Resampling
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.predictions.decisions import (
    check_controls,
    decision_audit,
    with_functions,
)
from biasaudit.audits.rankings.routing import holds_rankings, ranking_audit
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import Source, opened
from biasaudit.counts.counting import CountResult
from biasaudit.counts.encoding import TooManyClassesError
from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress
from biasaudit.names import clean

if TYPE_CHECKING:
    from biasaudit.audits.numbers.audit import NumberAudit
    from biasaudit.audits.rankings.audit import RankingAudit

__all__ = ["audit_decisions", "audit_predictions"]

ROLES = (
    "sensitive_features",
    "y_true",
    "y_pred",
    "score",
    "control_features",
    "sample_weight",
    "cluster",
    "count",
    "selected",
    "of",
)
# How the columns are read, and what is asked of them.
HOW = (
    "threshold",
    "pos_label",
    "reference",
    "bins",
    "join",
    "on",
    "confidence",
    "words",
    "primary",
    "metrics",
    "outcome_type",
    "unit",
    "positive",
)


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
    selected: str | None = None,
    of: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    join: Any = None,
    on: str | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
    metrics: Sequence[str] | str | Mapping[str, MetricFunction | None] | None = None,
    outcome_type: str | None = None,
    positive: str | Sequence[str] | None = None,
    unit: str | None = None,
    tolerance: float | str | None = None,
    random_state: int = 0,
    n_jobs: int = -1,
    progress: Progress = True,
    rank: str | None = None,
    query: str | None = None,
    relevance: str | None = None,
    k: Sequence[int] | int | None = None,
) -> Audit | ClassAudit | NumberAudit | RankingAudit:
    """Audit predictions, or decisions alone, for gaps between groups.

    What the outcome is, its values say: two are a yes or no, whole numbers of at most ten values and text are classes,
    and all other numbers are a number, of which means and errors are told. The answer says how it was read.

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
    selected, of : str, optional
        Columns of a published table, which has one row a group, or several that add up: how many people were selected
        (or admitted, paid, believed), and of how many. They stand in for `y_pred` and `count`.
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
        positive predictive value; of several classes accuracy and macro recall, and of each its selection and true
        positive rate. Complements ask the same; the fewer are named, the smaller the gaps that are seen.
    metrics : str, sequence of str, or mapping of str to function or None, optional
        Which measures are asked, by any name in use: the fewer, the smaller the gaps that are seen. Those that are
        named come first, unless `primary` chooses some of them. A mapping adds functions of your own, such as
        ``{"f2": f2}``, next to all measures or, with ``{"f2": f2, "recall": None}``, to those with None. A function
        takes y_true and y_pred (0 and 1 of a yes or no, else the values; the score where there is no decision) and
        sample_weight if it has such an argument, arrays of the rows of one group, and returns a number, nan where it
        has none. Its limits come from 500 resamples of rows within each group, of clusters as a whole: that takes
        longer than counting, and the rows have to fit into memory. Functions of your own share 5 % of the chance of a
        false alarm with the other secondary measures, unless `primary` names them. Gaps within 0.05 are too small to
        matter, as of any number.
    outcome_type : {"binary", "classes", "number"}, optional
        What labels and predictions are, where their values would be read otherwise.
    positive : str or sequence of str, optional
        Where a number is cut into yes and no, such as ``"G3>=10"``: once for each column of labels or predictions.
    unit : str, optional
        Unit of a number, such as "dollars an hour"; a Dataset's own stands in where it is left out.
    tolerance : float or str, optional
        Difference between means that is too small to matter: in the unit, or as ``"0.2 sd"`` in standard deviations of
        the outcome. By default 0.1 of them.
    rank, query, relevance, k
        Where the table holds rankings, as :func:`biasaudit.audit_rankings` takes them: with `rank`, or `score` and
        `query`, that audit is made.
    random_state : int, default 0
        Seed of the resamples.
    n_jobs : int, default -1
        Processes that resample; -1 uses every core. The answer is the same with any number of them.
    progress : bool or callable
        Show a progress bar where standard error is a terminal and rows are resampled; or what to call with the number
        of parts done, of all, and the name of the last.

    Returns
    -------
    Audit, ClassAudit, NumberAudit or RankingAudit
        The second where the outcome has several classes and no `pos_label`, the third where it is a number, the fourth
        where the table holds rankings.

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, the table cannot be read, or a function of your own fails.

    References
    ----------
    Efron (1987), "Better bootstrap confidence intervals", JASA 82, for functions of your own.

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
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sex": ["Male", "Female"], "selected": [667, 555], "applicants": [1390, 1181]})
    >>> audit = ba.audit_predictions(table, sensitive_features="sex", selected="selected", of="applicants")
    >>> gaps = audit.disparities("selection_rate").set_index(["comparison", "kind"])["estimate"]
    >>> audit.table.n, round(float(gaps["ratio", "range"]), 3)
    (2571, 0.979)

    Two measures alone, and beside them one of your own:

    >>> def missed_or_alarmed(y_true, y_pred):
    ...     return 5 * ((y_true == 1) & (y_pred == 0)).mean() + ((y_true == 0) & (y_pred == 1)).mean()
    >>> audit = ba.audit_predictions(
    ...     ba.datasets.load_compas(), metrics={"cost": missed_or_alarmed, "selection_rate": None, "f1": None}
    ... )
    >>> sorted(set(audit.disparities()["metric"]))
    ['cost', 'f1', 'selection_rate']
    """
    resampling = Resampling(check_seed(random_state), n_jobs, progress)
    asked = locals()
    if holds_rankings(asked):
        return ranking_audit(asked)
    request = read_request(data, {role: asked[role] for role in ROLES}, **{name: asked[name] for name in HOW})
    _check_roles(request)
    if request.column("of") is not None:
        _check_tolerance(tolerance)
        return _audit_selected(data, request)
    request = request.read_as("outcome")
    with opened(data, request) as source:
        outcome = source.outcome
        if outcome.type != NUMBER:
            found = _counted_classes(source, request, outcome)
            if found is not None:
                _check_tolerance(tolerance)
                notes = (*source.notes, *found.notes, *request.notes(), *noticed(source, request))
                return _audit_counted(source, request, found, notes, resampling)
    from biasaudit.audits.numbers.audit_numbers import audit_numbers

    return audit_numbers(data, request, replace(outcome, type=NUMBER), tolerance, resampling)


def _check_tolerance(tolerance: Any) -> None:
    """Refuse a tolerance where there are no means that it could be about."""
    if tolerance is not None:
        raise AuditError(
            f"tolerance={clean(repr(tolerance))} is a difference between means, and the outcome is no number. Leave it "
            "out; how large a gap may be, a policy says."
        )


def _audit_counted(
    source: Source, request: Request, found: CountResult, notes: tuple[str, ...], resampling: Resampling
) -> Audit | ClassAudit:
    """Audit what was counted, as several classes or as a yes or no."""
    title = f"Audit of {source.name or 'a table'}"
    if _holds_classes(found, source.outcome):
        read = replace(source.outcome, type=CLASSES)
        told = (*notes, *filter(None, [read.note()]))
        check_not_chosen(request.metrics)
        return class_audit(found, request, title, told, ordered=read.is_ordered)
    audit = decision_audit(found, request, title, notes)
    return with_functions(audit, source, request, found, resampling) if request.metrics.functions else audit


def _audit_selected(data: Any, request: Request) -> Audit:
    """Audit a table of how many of how many, in which nothing is left to read."""
    if request.metrics.functions:
        raise AuditError(
            "metrics gives functions, which are called with rows; selected and of are counts. Name measures that there "
            "are, or leave metrics out."
        )
    with opened(data, request) as source:
        found = counted(source, request)
        notes = (*source.notes, *found.notes, *request.notes())
        return decision_audit(found, request, f"Audit of {source.name or 'a table'}", notes)


def _holds_classes(found: CountResult, outcome: Outcome) -> bool:
    """Say whether all classes are audited: nobody named one, and they are no yes and no, or somebody asked for all."""
    if outcome.asked:
        return outcome.type == CLASSES
    return found.reading.positive is None and len(found.table.classes) > 2


def audit_decisions(data: Any, **arguments: Any) -> Audit:
    """Audit a yes or no as :func:`audit_predictions` does, for callers that know their outcome to be one."""
    return cast(Audit, audit_predictions(data, outcome_type=BINARY, **arguments))


def _counted_classes(source: Source, request: Request, outcome: Outcome) -> CountResult | None:
    """Count the classes; None where there are so many numbers that they are none."""
    try:
        found = counted(source, request)
    except TooManyClassesError:
        if outcome.may_be_number:
            return None
        raise
    outcome.check_finite(found.table.classes)
    is_number = outcome.may_be_number and len(found.table.classes) > MOST_ORDERED and found.reading.positive is None
    return None if is_number else found


def _check_roles(request: Request) -> None:
    """Refuse roles that do not go together."""
    check_controls(request)
    if request.column("of") is not None:
        return
    y_true, y_pred, score = (request.column(role) for role in ("y_true", "y_pred", "score"))
    if y_true is None and y_pred is None and score is None:
        raise AuditError(
            "There is nothing to audit: name y_pred (decisions), y_true (labels), score with a threshold, or "
            "selected and of."
        )
    if request.threshold is not None and score is None:
        raise AuditError("threshold needs score: name the column of scores that the threshold cuts.")
    if request.threshold is not None and y_pred is not None:
        raise AuditError("Give either y_pred or score with threshold, not both: they may disagree.")
