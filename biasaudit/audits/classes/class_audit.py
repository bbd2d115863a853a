"""The audit of several classes at once: checked, and made of what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from biasaudit.audits.cautions import cautions
from biasaudit.audits.classes._questions import ClassPrimary, class_measures, labelled, used
from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.families import check_reference, check_two_groups
from biasaudit.audits.request import Request
from biasaudit.counts.counting import CountResult
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError
from biasaudit.metrics.classes.words import ClassWords, class_words
from biasaudit.metrics.primary import Primary
from biasaudit.names import clean

__all__ = ["class_audit", "class_audit_of_table"]

ROLES = ("sensitive_features", "y_true", "y_pred", "sample_weight", "cluster")
# Groups times cells of the confusion matrix: half a gigabyte for what is found of them.
MOST_CELLS = 4_000_000
MOST_NAMED = 5


def class_audit(
    found: CountResult, request: Request, title: str, notes: tuple[str, ...], *, ordered: bool
) -> ClassAudit:
    """Audit several classes, as they were asked for and counted.

    Parameters
    ----------
    found : CountResult
    request : Request
    title : str
        The first line of a report.
    notes : tuple of str
        What a reader has to know so far.
    ordered : bool
        Whether the classes have an order.

    Returns
    -------
    ClassAudit

    Raises
    ------
    AuditError
        If what was asked needs a yes and a no, or there are not two classes or groups.
    """
    _check_roles(request)
    truth = request.column("y_true") or request.column("y_pred")
    return class_audit_of_table(
        found.table,
        title=title,
        settings={**request.settings(*ROLES), "reference": dict(request.reference), **request.primary.settings},
        reference=request.reference,
        confidence=request.confidence,
        notes=notes,
        words=class_words(request.words, truth),
        primary=request.primary,
        ordered=ordered,
    )


def class_audit_of_table(
    table: Crosstab,
    *,
    title: str,
    settings: Mapping[str, Any],
    reference: Mapping[str, str],
    confidence: float,
    words: ClassWords,
    primary: Primary,
    ordered: bool | None = None,
    notes: tuple[str, ...] = (),
) -> ClassAudit:
    """Audit the classes of a table of counts.

    Parameters
    ----------
    table : Crosstab
    title, settings, reference, confidence, words
        As :class:`ClassAudit` has them.
    primary : Primary
        As the caller chose.
    ordered : bool, optional
        Whether the classes have an order; where nobody says so, whole numbers have.
    notes : tuple of str

    Returns
    -------
    ClassAudit

    Raises
    ------
    AuditError
        If there are not two classes or groups, or more than can be held against each other.
    """
    table = table.without_scores()
    if table.y_true is None and table.y_pred is None:
        raise AuditError("There are no classes to audit: name y_pred (decisions) or y_true (labels).")
    check_two_groups(table, table.rows)
    check_reference(table, reference)
    _check_classes(table)
    in_order = all(_is_whole(name) for name in table.classes) if ordered is None else ordered
    questions = ClassPrimary(primary.names)
    questions.check(class_measures(table, ordered=in_order))
    return ClassAudit(
        table,
        title=title,
        settings={**settings, "classes": list(table.classes)},
        reference=reference,
        confidence=confidence,
        warnings=(*notes, *_without_labels(table), *cautions(table)),
        ordered=in_order,
        words=words,
        primary=questions,
    )


def _check_roles(request: Request) -> None:
    """Refuse what needs a yes and a no."""
    one = "Hold one class against all others with pos_label"
    if request.pos_label is not None:
        raise AuditError(
            'Give either outcome_type="classes", which audits all of them, or pos_label, which holds one against all '
            "others, and not both."
        )
    if request.column("score") is not None:
        raise AuditError(
            f'score="{clean(request.column("score"))}" says how likely one class is, and the labels have several. '
            f"{one}, or leave score out and give the predicted class as y_pred."
        )
    if request.columns.get("control_features"):
        raise AuditError(
            f"control_features hold people alike for a yes or no, and the labels have several classes. {one}."
        )


def _check_classes(table: Crosstab) -> None:
    asked = used(table)
    if asked.sum() < 2:
        held = ", ".join(repr(clean(table.classes[i], 40)) for i in np.flatnonzero(asked)) or "none"
        raise AuditError(
            f"All rows that can be used are of one class ({held}). An audit of classes needs two; check the filter, "
            "or the columns y_true and y_pred."
        )
    cells = table.shape_size * len(table.classes) ** 2
    if cells > MOST_CELLS:
        raise AuditError(
            f"{table.shape_size:,} groups with {len(table.classes)} true and as many predicted classes are {cells:,} "
            f"cells; {MOST_CELLS:,} can be audited. Leave out a feature, or hold one class against all others with "
            "pos_label."
        )


def _without_labels(table: Crosstab) -> tuple[str, ...]:
    """Name the classes that are predicted and that no label has."""
    if table.y_true is None:
        return ()
    names = [clean(table.classes[i], 40) for i in np.flatnonzero(used(table) & ~labelled(table))]
    if not names:
        return ()
    shown = ", ".join(f'"{name}"' for name in names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    verb, those = ("is", "it has") if len(names) == 1 else ("are", "they have")
    lacking = f"{those} no true positive rate, and no part in macro recall"
    return (f"{shown} {verb} predicted, and no label says so: {lacking}.",)


def _is_whole(name: str) -> bool:
    digits = name.removeprefix("-")
    return digits.isascii() and digits.isdigit()
