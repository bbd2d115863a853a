"""Audit an outcome that is a number: wages, grades, prices, lengths of stay, scores of risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.audits.cautions import group_cautions, left_out
from biasaudit.audits.chosen import EVERYTHING, Chosen
from biasaudit.audits.counts import noticed
from biasaudit.audits.families import check_reference, check_two_groups
from biasaudit.audits.moment_counts import counted_moments
from biasaudit.audits.numbers.audit import NumberAudit
from biasaudit.audits.numbers.family import NumberFamily, rows_by_group
from biasaudit.audits.outcomes import Outcome
from biasaudit.audits.own.calls import call_functions, resampling_settings
from biasaudit.audits.own.estimates import DEFAULT_RESAMPLING, Resampling
from biasaudit.audits.own.metrics import own_metrics
from biasaudit.audits.request import Request
from biasaudit.audits.source import opened
from biasaudit.counts.moments.table import MomentTable
from biasaudit.errors import AuditError
from biasaudit.metrics.moment_measures import available_measures
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.primary import Primary
from biasaudit.metrics.registry import row_of
from biasaudit.metrics.units import outcome_unit, read_tolerance
from biasaudit.names import clean

__all__ = ["audit_moments", "audit_numbers"]

# The variable that a role brings.
NUMBERS_OF = {"y_true": "outcome", "y_pred": "prediction"}
ROLES = ("sensitive_features", "y_true", "y_pred", "score", "sample_weight", "cluster")


def audit_numbers(
    data: Any,
    request: Request,
    outcome: Outcome,
    tolerance: float | str | None,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> NumberAudit:
    """Audit a table whose labels or predictions are numbers.

    Parameters
    ----------
    data : dataframe, path or Dataset
    request : Request
    outcome : Outcome
        How it was read.
    tolerance : float, str or None
        As for :func:`biasaudit.audit_predictions`.
    resampling : Resampling
        How rows are resampled for functions of the caller's own.

    Returns
    -------
    NumberAudit

    Raises
    ------
    AuditError
        If a column holds no numbers, or what was asked is not for numbers.
    """
    _check_roles(request)
    asked = request.read_as("number")
    with opened(data, asked) as source:
        found = counted_moments(source, asked)
        notes = (*source.notes, *found.notes, outcome.note(), *asked.notes(), *noticed(source, asked))
        audit = _audit_counted(found.table, asked, outcome, tolerance, f"Audit of {source.name or 'a table'}", notes)
        if not asked.metrics.functions:
            return audit
        own = call_functions(audit.table, source, asked, {}, resampling, rows_of=rows_by_group)
        settings = {**audit.settings, **resampling_settings(resampling)}
        return replace(audit, own=own, settings=settings, warnings=(*own.notes, *audit.warnings))


def _audit_counted(
    table: MomentTable, asked: Request, outcome: Outcome, tolerance: Any, title: str, notes: tuple[str, ...]
) -> NumberAudit:
    settings = {**asked.settings(*ROLES), **asked.join_settings(), **asked.primary.settings, **asked.metrics.settings}
    return audit_moments(
        table,
        title=title,
        settings=settings | {"reference": dict(asked.reference)},
        reference=asked.reference,
        confidence=asked.confidence,
        unit=asked.unit,
        tolerance=tolerance,
        words=_called(asked.words, outcome),
        primary=asked.primary,
        metrics=asked.metrics,
        notes=tuple(note for note in notes if note),
    )


def audit_moments(
    table: MomentTable,
    *,
    title: str,
    settings: Mapping[str, Any],
    reference: Mapping[str, str],
    confidence: float,
    unit: str | None,
    tolerance: float | str | None,
    words: OutcomeWords,
    primary: Primary,
    metrics: Chosen = EVERYTHING,
    notes: tuple[str, ...] = (),
) -> NumberAudit:
    """Audit what was counted already, as :func:`audit_numbers` does."""
    check_two_groups(table, table.rows + table.left_out)
    check_reference(table, reference)
    available = available_measures(table)
    metrics.check({f"{role}_number": name in table.variables for role, name in NUMBERS_OF.items()})
    primary.check((*(row_of(measure.name) for measure in available), *own_metrics([*metrics.functions])))
    deviation = _deviation(table)
    asked = read_tolerance(tolerance)
    small = asked.of(deviation)
    lacking = left_out(table, table.left_out, "an outcome or prediction and are left out")
    missing, similar, same = group_cautions(table, table.rows + table.left_out)
    return NumberAudit(
        table,
        title,
        outcome_unit(clean(unit or "", 40), scale=deviation, small=small),
        settings={**settings, "unit": unit, "tolerance": asked.text, "tolerance_in_unit": small},
        reference=reference,
        confidence=confidence,
        warnings=(*notes, *filter(None, [lacking]), *missing, *similar, *_too_perfect(table), *same, *_binned(table)),
        words=words,
        primary=primary,
        metrics=metrics,
    )


def _check_roles(request: Request) -> None:
    """Refuse what is asked of yes and no alone."""
    if request.column("control_features") is not None:
        raise AuditError(
            "control_features holds people equal where an outcome is a yes or no. For a number, audit_dataset tells "
            "what is left at equal features; or cut it with positive=."
        )
    if request.pos_label is not None:
        raise AuditError("pos_label is a value of a yes or no, and the outcome is a number. Cut it with positive=.")
    if request.column("y_pred") is not None and request.column("score") is not None:
        raise AuditError("y_pred and score are both predictions of a number. Name one of them.")
    if request.threshold is not None:
        raise AuditError(
            "threshold cuts the score into yes and no, and the label is a number. Cut the label as well, with "
            "positive=, or leave threshold out."
        )


def _called(words: OutcomeWords, outcome: Outcome) -> OutcomeWords:
    """Call an outcome that nobody has a word for by its column."""
    if words.outcome != OutcomeWords.outcome or not outcome.columns:
        return words
    return replace(words, outcome=clean(outcome.columns[0].name.replace("_", " "), 40))


def _deviation(table: MomentTable) -> float:
    """Return the standard deviation of the outcome over everyone, or of the prediction where there is no outcome."""
    everyone = NumberFamily(table.rollup(()), available_measures(table)[:1])
    return float(np.nan_to_num(everyone.means.deviation[0, 0]))


def _too_perfect(table: MomentTable) -> tuple[str, ...]:
    if "absolute_error" not in table.variables or not table.rows.sum():
        return ()
    at = table.variables.index("absolute_error")
    rows = table.rows.sum() if table.weight is None else table.weight.sum()
    total = table.sums[at, 0].sum() + table.pivots[at] * rows
    return ("Predictions equal the outcomes in every row: was one passed as the other?",) if total == 0 else ()


def _binned(table: MomentTable) -> tuple[str, ...]:
    binned = [name for name, histogram in table.histograms.items() if not histogram.exact]
    if not binned:
        return ()
    return (
        f"More than 1,000 different values: quantiles and distances of the {' and the '.join(binned)} are computed "
        "from bins, and exact for values cut to these bins.",
    )
