"""The audit of a model: what it does to each group, on rows that it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from biasaudit.arguments import check_confidence, check_seed, column_names
from biasaudit.audits.audit_predictions import audit_decisions
from biasaudit.audits.models._decisions import Decisions, LabelledRows, cross_fitted, decided_as_it_is, labelled_rows
from biasaudit.audits.models._fitted import ModelDescription, audit_target, is_trained
from biasaudit.audits.models._training_variance import free_name
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.request import declared
from biasaudit.audits.source import as_dataset
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.metrics.outcome_words import read_words
from biasaudit.metrics.primary import Primary, read_primary
from biasaudit.models.parallel import Progress
from biasaudit.names import clean

__all__ = ["audit_model", "audited_features", "sensitive_columns_learnt"]


def audit_model(
    model: Any,
    dataset: Dataset,
    *,
    about: str | None = None,
    folds: int = 5,
    sensitive_features: Sequence[str] | str | None = None,
    reference: Mapping[str, Any] | None = None,
    random_state: int | None = 0,
    confidence: float = 0.95,
    progress: Progress = True,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
) -> Audit:
    """Audit a way of training, or trained models, on rows that they did not learn from.

    A way of training is audited by cross-fitting: each row is predicted by a model that was trained without it. What
    another training set would change is seen in 12 pairs of models, each trained on a random half of the rows and
    tested on the other; intervals, p-values and verdicts of rates and gaps carry it. With 5 folds that is 29 trainings,
    24 of them on half of the rows. Inequality and calibration error hold the models of the folds for given.

    Of trained models every sentence says that it is about them alone: another training may show other gaps.

    Parameters
    ----------
    model : str or classifier
        A name such as "logistic_regression", "gradient_boosting" or "mlp", or a classifier with fit and predict, which
        is cloned and left as it is. A mitigation is told the groups. One that was trained before decides as it is, for
        rows that it did not learn from.
    dataset : Dataset
        Rows with a label, and features that the model may learn from.
    about : {"training", "models"}, optional
        What the audit speaks of: the way of training, or the trained models alone: one that is brought, or those of
        the folds. By default the trained model where one is brought, else the way of training.
    folds : int, default 5
        Parts the rows are dealt into, by label and group; the rows of one cluster stay together.
    sensitive_features : str or sequence of str, optional
        Columns that say who belongs to which group; those the data set is audited by otherwise.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against; that of the data set or the largest otherwise.
    random_state : int, optional
        Seed of the folds and halves, and of a model given by name.
    confidence : float, default 0.95
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    progress : bool or callable
        Show a progress bar where standard error is a terminal; or what to call with the number of parts done, of all,
        and the name of the last: the folds are one, and so are the two models of each pair of halves.
    words : mapping of str to str, optional
        As for :func:`audit_predictions`; what a data card says of decisions is not said of the model's.
    primary : str or sequence of str, optional
        As for :func:`audit_predictions`.

    Returns
    -------
    Audit
        Its `warnings` name sensitive features that the model learns from.

    Raises
    ------
    AuditError
        If the data have no label of two values, a label has fewer rows than folds, or the model cannot take a column.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", section 5.2: models of halves share no row, so
    that their difference shows what training varies by; folds share most of theirs.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_model("logistic_regression", ba.datasets.load_compas())
    >>> row = audit.disparities("false_positive_rate").query("kind == 'pair' and comparison == 'difference'").iloc[0]
    >>> row["group"], row["verdict"], audit.settings["trainings"]
    ({'race': 'African-American'}, 'shown', 29)
    """
    check_confidence(confidence)
    questions = read_primary(primary)
    dataset = as_dataset(dataset, "audit_model")
    outcome_words = read_words(words, declared(dataset)["words"]).without_decisions(words)
    features = audited_features(dataset, sensitive_features)
    rows = labelled_rows(dataset, features)
    seed = None if random_state is None else check_seed(random_state)
    made = _named(model, seed) if isinstance(model, str) else model
    target = audit_target(about, made)
    pretrained = target == "models" and is_trained(made)
    if pretrained:
        decisions = decided_as_it_is(made, rows)
    else:
        halved = target == "training"
        decisions = cross_fitted(made, rows, folds=folds, halved=halved, random_state=seed, progress=progress)
    reference = _reference(dataset, features) if reference is None else reference
    audit = _audit_decisions(rows, decisions, reference, confidence, questions)
    model_name = model if isinstance(model, str) else type(model).__name__
    description = ModelDescription(model_name, target, None if pretrained else folds)
    own = (*_unlabelled(rows.unlabelled), *description.warnings, *sensitive_columns_learnt(dataset, features))
    by_halves = decisions.by_halves
    return replace(
        audit,
        title=f'Audit of {clean(description.title)} on "{clean(dataset.name)}"',
        settings={**audit.settings, "y_true": dataset.label, "pos_label": rows.positive, **description.settings},
        warnings=(*own, *audit.warnings),
        positive=f"{clean(str(dataset.label))} = {clean(rows.positive, 40)}",
        about=description.about,
        words=outcome_words,
        halves=None if by_halves is None else by_halves.counted_as(audit.table, rows.groups),
    )


def _audit_decisions(
    rows: LabelledRows, decisions: Decisions, reference: Mapping[str, Any], confidence: float, questions: Primary
) -> Audit:
    """Audit what was decided for the rows, under names of our own."""
    dataset = rows.dataset
    keep = [*rows.features, *(name for name in (dataset.cluster, dataset.weight) if name)]
    names = {role: free_name(role, keep) for role in ("y_true", "y_pred", "score")}
    table = rows.frame[list(dict.fromkeys(keep))].assign(
        **{names["y_true"]: rows.y, names["y_pred"]: decisions.predictions}
    )
    if decisions.scores is not None:
        table[names["score"]] = decisions.scores
    return audit_decisions(
        table,
        sensitive_features=rows.features,
        y_true=names["y_true"],
        y_pred=names["y_pred"],
        score=None if decisions.scores is None else names["score"],
        sample_weight=dataset.weight,
        cluster=dataset.cluster,
        reference=reference,
        confidence=confidence,
        primary=questions.names or None,
    )


def audited_features(dataset: Dataset, named: Sequence[str] | str | None) -> list[str]:
    """Name the sensitive features: those asked for, those the data set is audited by, or all it has."""
    if named is None:
        named = declared(dataset).get("sensitive_features")
    features = column_names("sensitive_features", named)
    if not features:
        raise AuditError(
            "sensitive_features is missing. Name at least one column that says who belongs to which group."
        )
    return list(features)


def sensitive_columns_learnt(dataset: Dataset, features: Sequence[str]) -> tuple[str, ...]:
    """Name the sensitive features among the columns that a model learns from, or columns that repeat one."""
    found = []
    for name in dict.fromkeys([*features, *dataset.sensitive_features]):
        if name in dataset.features:
            found.append(
                f'The model learns from "{clean(name)}", a sensitive feature. If that is not meant, leave it out of '
                "the features."
            )
            continue
        group = dataset.frame[name]
        copies = [other for other in dataset.features if _repeats(dataset.frame[other], group)]
        found += [
            f'The model learns from "{clean(other)}", which tells "{clean(name)}" in every row. If that is not '
            "meant, leave it out of the features."
            for other in copies
        ]
    return tuple(found)


def _repeats(column: Any, group: Any) -> bool:
    """Say whether two columns name the same parts of the rows."""
    levels = group.nunique(dropna=False)
    if column.nunique(dropna=False) != levels or levels < 2:
        return False
    return int(column.to_frame("a").assign(b=group.to_numpy()).drop_duplicates().shape[0]) == int(levels)


def _named(name: str, random_state: int | None) -> Any:
    from biasaudit.models.tabular import make_model

    return make_model(name, random_state)


def _reference(dataset: Dataset, features: Sequence[str]) -> dict[str, Any]:
    own = declared(dataset).get("reference", {})
    return {feature: level for feature, level in own.items() if feature in features}


def _unlabelled(rows: int) -> tuple[str, ...]:
    return (f"{rows:,} rows have no label and are left out.",) if rows else ()
