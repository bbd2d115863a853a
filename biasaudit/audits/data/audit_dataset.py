"""The audit of a data set before any model: who is in it, what the labels say, and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.arguments import check_seed
from biasaudit.audits.cautions import cautions
from biasaudit.audits.counts import binary_table, counted, positive_words
from biasaudit.audits.data.audit import DatasetAudit
from biasaudit.audits.data.input import DataColumns, read_columns
from biasaudit.audits.families import check_two_groups, families, measures_of
from biasaudit.audits.outcomes import NUMBER
from biasaudit.audits.parts import judge
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import Source, opened
from biasaudit.counts.counting import CountResult
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.names import clean
from biasaudit.reporting.words.text import percent
from biasaudit.reporting.words.words import listed

if TYPE_CHECKING:
    from biasaudit.audits.data.counts import Data
    from biasaudit.audits.data.numbers.audit import NumberDatasetAudit

__all__ = ["audit_dataset"]

ROLES = ("sensitive_features", "features", "after_decision", "verified", "sample_weight", "cluster", "count")
CLUSTERED = (
    "Rows carry weights or come in clusters. Rates, gaps and shares of groups respect that; the other parts count rows "
    "as they are, and as evidence {evidence} of them, so that they claim too little rather than too much."
)


def audit_dataset(
    data: Any,
    *,
    label: str | None = None,
    sensitive_features: Sequence[str] | str | None = None,
    features: Sequence[str] | None = None,
    population: Mapping[Any, Mapping[Any, float]] | None = None,
    strata: Sequence[str] | str | None = None,
    control_features: Sequence[str] | str | None = None,
    after_decision: Sequence[str] | str | None = None,
    verified: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    pos_label: Any = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    random_state: int = 0,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
    outcome_type: str | None = None,
    positive: str | Sequence[str] | None = None,
    unit: str | None = None,
    tolerance: float | str | None = None,
) -> DatasetAudit | NumberDatasetAudit:
    """Audit a data set before any model learns from it.

    Parameters
    ----------
    data : Dataset, dataframe or path
        A Dataset, whose own columns stand in for those left out here; anything Narwhals takes; or a CSV, Parquet or
        Arrow file (or a glob).
    label : str
        Column of labels or decisions: 0/1, bool, any two values with `pos_label`, or a number such as a wage.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to.
    features : sequence of str, optional
        Columns a model may learn from; all others otherwise. Every column is searched for artefacts all the same.
    population : mapping of str to mapping of str to float, optional
        Feature to group to share of the population; a tuple of features may stand for their intersection.
    strata : str or sequence of str, optional
        Columns in which people are to be alike; otherwise those features that tell most of the label. A column of ids,
        of row numbers or of free text makes nobody alike, and is refused.
    control_features : str or sequence of str, optional
        Another name of `strata`, as :func:`audit_predictions` has it.
    after_decision : str or sequence of str, optional
        Columns that hold what came after the label was decided, such as how long a call took: they make nobody alike,
        are no proxies and name no cause.
    verified : str, mapping or Series, optional
        Labels known to be true for a small sample: a column, missing elsewhere, or row to label.
    sample_weight, cluster, count : str, optional
        Columns of weights, of what belongs together, and of how many people a row stands for.
    bins : mapping of str to sequence of float, optional
        Rising edges of a sensitive feature, or of one of `strata`, that holds numbers: ``{"age": [25, 45]}``.
    pos_label : label, optional
        The value that counts as positive.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against; the largest otherwise.
    confidence : float, default 0.95
        Of the intervals; one minus it is the chance that data without any bias have anything called shown.
    random_state : int
        Seed of samples and folds.
    words : mapping of str to str, optional
        What sentences say of people, as for :func:`audit_predictions`; of a label they need ``positive`` and
        ``negative``.
    primary : str or sequence of str, optional
        As for :func:`audit_predictions`. A label alone has one question, its base rate.
    outcome_type, positive, unit, tolerance
        As for :func:`audit_predictions`: what the label is, where a number is cut into yes and no, and of a number its
        unit and the difference that is too small to matter.

    Returns
    -------
    DatasetAudit or NumberDatasetAudit
        The latter where the label is a number. It compares means; what is left of a gap at equal features is told by
        least squares, and wrong labels, reversals, artefacts and interplay are not looked for.

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, the label has one class, or a population does not fit.

    References
    ----------
    Mantel and Haenszel (1959); Bickel, Hammel and O'Connell (1975) for reversals; Barenstein (2019) for artefacts.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_dataset(ba.datasets.load_berkeley())
    >>> row = audit.part("reversals").iloc[0]
    >>> row["column"], [float(round(1 / row[name], 3)) for name in ("crude", "estimate")], row["verdict"]
    ('department', [1.841, 0.905], 'shown')
    """
    asked = locals()
    seed = check_seed(random_state)
    strata, named = _strata(strata, control_features)
    given = {"y_true": label, "strata": strata} | {role: asked[role] for role in ROLES}
    request = read_request(
        data,
        given,
        argument_names={"y_true": "label"} | named,
        fill={"y_true": "label", "sensitive_features": "every_feature"},
        pos_label=pos_label,
        reference=reference,
        bins=bins,
        confidence=confidence,
        words=words,
        primary=primary,
        outcome_type=outcome_type,
        positive=positive,
        unit=unit,
    ).read_as("outcome")
    if population is None:
        population = {
            f: shares for f, shares in request.declared.get("population", {}).items() if f in request.features
        }
    with opened(data, request) as source:
        read = read_columns(source.frame, request, verified)
        outcome = source.outcome
        if outcome.type != NUMBER:
            return _audit(source, read, counted(source, request), request, population, seed)
    from biasaudit.audits.data.numbers.audit_number_data import audit_number_data

    return audit_number_data(
        data, request, outcome, verified=verified, population=population, tolerance=tolerance, random_state=seed
    )


def _strata(strata: Any, control_features: Any) -> tuple[Any, dict[str, str]]:
    """Return what was named by either of two names, and by which."""
    if strata is not None and control_features is not None:
        raise AuditError("strata and control_features are two names of one thing. Give one of them.")
    return (strata, {}) if control_features is None else (control_features, {"strata": "control_features"})


def _audit(
    source: Source, read: DataColumns, found: CountResult, request: Request, population: Any, seed: int
) -> DatasetAudit:
    from biasaudit.audits.data._build_parts import build_parts
    from biasaudit.audits.data.counts import count_data
    from biasaudit.audits.data.representation import population_settings, read_population

    y_true = str(request.column("y_true"))
    table = _labelled(found, y_true)
    request.primary.check(measures_of(table))
    splits = families(table, request.reference)
    shares = read_population(population, table)
    data = count_data(
        read,
        table,
        y_true=y_true,
        positive={value: int(name == table.classes[1]) for value, name in found.reading.classes[y_true].items()},
        references=[family.reference for family in splits[: len(table.features)]],
        confidence=request.confidence,
        random_state=seed,
        count=request.column("count"),
        cluster=request.column("cluster"),
    )
    strata = request.columns.get("strata", ())
    parts = build_parts(data, shares, strata, read.verified, request.argument("strata"))
    settings = {
        **request.settings("y_true", "sensitive_features"),
        "features": read.features,
        **request.settings("strata", "sample_weight", "cluster"),
        "pos_label": request.pos_label,
        "reference": dict(request.reference),
        "verified": read.verified,
        "population": population_settings(shares),
        **request.primary.settings,
    }
    return DatasetAudit(
        table,
        title=f"Audit of the data {source.name}" if source.name else "Audit of a data set",
        settings=settings,
        reference=request.reference,
        confidence=request.confidence,
        warnings=(*source.notes, *found.notes, *_cautions(request, data), *cautions(table)),
        positive=positive_words(found.reading, request),
        parts=judge(parts, 1 - request.confidence),
        label=y_true,
        evidence=data.evidence,
        words=request.words,
        primary=request.primary,
    )


def _labelled(found: CountResult, y_true: str) -> Crosstab:
    """Return the table of a label of two classes, in two groups or more."""
    table = binary_table(found.table, found.reading.positive)
    check_two_groups(table, table.rows)
    assert table.y_true is not None
    classes = set(table.y_true[(table.y_true >= 0) & (table.rows > 0)].tolist())
    if len(classes) < 2:
        value = f'is "{clean(table.classes[classes.pop()])}" in every row' if classes else "is missing in every row"
        raise AuditError(f'label="{clean(y_true)}" {value}. There is nothing to compare; name another label.')
    return table


def _cautions(request: Request, data: Data) -> list[str]:
    found = [CLUSTERED.format(evidence=percent(data.evidence))] if data.evidence < 1 else []
    after = request.columns.get("after_decision", ())
    if after:
        found.append(
            f"{listed(after)} came after the decision (after_decision=): not held equal, no proxy and no cause here."
        )
    found += [
        f'features names "{clean(name)}", a sensitive feature: it was left out of what is looked at.'
        for name in request.columns.get("features", ())
        if name in request.features
    ]
    return found
