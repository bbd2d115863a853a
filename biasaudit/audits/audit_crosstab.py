"""The audit of a table of counts, such as the sum of the tables of several sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from biasaudit.arguments import check_confidence, check_mapping
from biasaudit.audits.chosen import check_not_chosen, read_names_alone
from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.classes.class_audit import class_audit_of_table
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.predictions.decisions import audit_of_counts
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.table.storage import check_table
from biasaudit.counts.values import canonical, resolve_level
from biasaudit.errors import AuditError
from biasaudit.metrics.classes.words import class_words
from biasaudit.metrics.outcome_words import read_words
from biasaudit.metrics.primary import read_primary

__all__ = ["audit_crosstab"]

GROUP_OF = ("a feature to its group", '{"sex": "man"}')


def audit_crosstab(
    table: Crosstab,
    *,
    pos_label: Any = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    words: Mapping[str, str] | None = None,
    primary: Sequence[str] | str | None = None,
    metrics: Sequence[str] | str | None = None,
) -> Audit | ClassAudit:
    """Audit a table of counts, such as the sum of the tables of several sites.

    Parameters
    ----------
    table : Crosstab
        What :func:`count` counted, or the sum of such tables.
    pos_label, reference, confidence, words, primary
        As for :func:`audit_predictions`.
    metrics : str or sequence of str, optional
        As for :func:`audit_predictions`; names alone, since counts have no rows that a function could take.

    Returns
    -------
    Audit or ClassAudit
        The second where the table has more than two classes and there is no `pos_label`.

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
