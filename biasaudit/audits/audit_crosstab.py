"""The audit of what was counted, or summed, already: tables of sites and days that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.arguments import check_confidence, check_mapping
from biasaudit.audits.chosen import check_not_chosen, read_names_alone
from biasaudit.audits.classes.class_audit import class_audit_of_table
from biasaudit.audits.outcomes import check_unit
from biasaudit.audits.predictions.decisions import audit_of_counts
from biasaudit.counts.moments.storage import check_moments
from biasaudit.counts.moments.table import MomentTable
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.table.storage import check_table
from biasaudit.counts.values import canonical, resolve_level
from biasaudit.errors import AuditError
from biasaudit.metrics.classes.words import class_words
from biasaudit.metrics.outcome_words import OutcomeWords, read_words
from biasaudit.metrics.primary import read_primary

if TYPE_CHECKING:
    from biasaudit.audits.classes.audit import ClassAudit
    from biasaudit.audits.numbers.audit import NumberAudit
    from biasaudit.audits.predictions.audit import Audit

__all__ = ["audit_crosstab"]

GROUP_OF = ("a feature to its group", '{"sex": "man"}')


def audit_crosstab(
    table: Crosstab | MomentTable,
    *,
    pos_label: Any = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
    metrics: Sequence[str] | str | None = None,
    unit: str | None = None,
    tolerance: float | str | None = None,
) -> Audit | ClassAudit | NumberAudit:
    """Audit a table of counts or of sums of numbers, such as the sum of the tables of several sites.

    Parameters
    ----------
    table : Crosstab or MomentTable
        What :func:`count` counted or summed, or the sum of such tables.
    pos_label, reference, confidence, words, primary
        As for :func:`audit_predictions`; sums of numbers have no `pos_label`.
    metrics : str or sequence of str, optional
        As for :func:`audit_predictions`; names alone, since counts have no rows that a function could take.
    unit, tolerance
        As for :func:`audit_predictions`; of sums of numbers alone.

    Returns
    -------
    Audit, ClassAudit or NumberAudit
        The second where the table has more than two classes and there is no `pos_label`, the third of a MomentTable.

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
    >>> wages = ba.datasets.load_wages().frame
    >>> day = ba.count(wages, sensitive_features="gender", y_true="earnings", outcome_type="number")
    >>> audit = ba.audit_crosstab(day + day, unit="dollars an hour")
    >>> print(audit.findings()[0].sentence.partition(",")[0])
    People with gender = male have a mean outcome of 20.09 dollars an hour
    """
    is_number = isinstance(table, MomentTable)
    if not isinstance(table, Crosstab | MomentTable):
        raise AuditError(
            f"audit_crosstab takes a table of counts, not a {type(table).__name__}. Count rows with biasaudit.count, "
            "or load a table that was saved with biasaudit.Crosstab.load."
        )
    _check_kind(is_number, pos_label, unit, tolerance)
    (check_moments if is_number else check_table)(table)
    read = {f: str(canonical(v)) for f, v in check_mapping("reference", reference, *GROUP_OF).items()}
    chosen = read_names_alone(metrics)
    questions = chosen.first(read_primary(primary))
    asked: dict[str, Any] = {
        "title": "Audit of counts",
        "settings": {
            "sensitive_features": list(table.features),
            "reference": read,
            **questions.settings,
            **chosen.settings,
        },
        "reference": read,
        "confidence": check_confidence(confidence),
        "primary": questions,
    }
    said = read_words(words)
    if isinstance(table, MomentTable):
        return _of_sums(table, unit, tolerance, words=said, metrics=chosen, **asked)
    if pos_label is None and len(table.classes) > 2:
        check_not_chosen(chosen)
        return class_audit_of_table(table, words=class_words(said, None), **asked)
    return audit_of_counts(
        table,
        None if pos_label is None else resolve_level(pos_label, table.classes),
        words=said,
        metrics=chosen,
        **asked,
    )


def _check_kind(is_number: bool, pos_label: Any, unit: Any, tolerance: Any) -> None:
    """Refuse what is asked of another kind of table."""
    if is_number and pos_label is not None:
        raise AuditError(
            "pos_label is a value of a yes or no, and the table holds sums of numbers. Cut the number where rows are "
            "counted, with positive=."
        )
    for name, value in {"unit": unit, "tolerance": tolerance}.items():
        if not is_number and value is not None:
            raise AuditError(f"{name} is of numbers, and the table holds counts of a yes or no. Leave it out.")


def _of_sums(table: MomentTable, unit: Any, tolerance: Any, *, words: OutcomeWords, **asked: Any) -> NumberAudit:
    from biasaudit.audits.numbers.audit_numbers import audit_moments

    title = {"title": "Audit of sums"}
    table = table if table.stratum is None else table.without_strata()
    return audit_moments(table, **{**asked, **title}, unit=check_unit(unit), tolerance=tolerance, words=words)
