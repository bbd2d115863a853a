"""Find the subgroups whose mean of a number stands out: searched in one half of the rows, confirmed in the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from biasaudit.arraytypes import Bools
from biasaudit.audits.outcomes import Outcome
from biasaudit.audits.request import Request
from biasaudit.audits.source import opened
from biasaudit.audits.subgroups.numbers._input import Rows, read_rows, split
from biasaudit.audits.subgroups.numbers.audit import NumberSubgroupAudit
from biasaudit.audits.subgroups.request import NUMBER_METRICS
from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.units import outcome_unit, read_tolerance
from biasaudit.names import clean
from biasaudit.search.bitsets import Bitsets
from biasaudit.search.clustered_means import ClusteredSums
from biasaudit.search.pattern_means import MeanDiscoveries, pattern_sums, row_sums
from biasaudit.search.patterns import frequent_patterns

__all__ = ["find_number_subgroups"]


def find_number_subgroups(
    data: Any,
    request: Request,
    outcome: Outcome,
    *,
    metric: str | None,
    settings: Mapping[str, Any],
    tolerance: float | str | None,
    rank_by: str,
) -> NumberSubgroupAudit:
    """Search a mean as :func:`biasaudit.find_subgroups` does.

    Raises
    ------
    AuditError
        If a column holds no numbers, or something is asked that only a yes or no has.
    """
    measured = _metric(metric, request)
    if rank_by == "sliceline":
        raise AuditError('rank_by="sliceline" scores rates, and the outcome is a number. Choose "p_value" or "effect".')
    asked = request.read_as("number")
    with opened(data, asked) as source:
        rows = read_rows(source, asked, measured)
    small = (limit := read_tolerance(tolerance)).of(rows.deviation)
    note = outcome.note()
    return NumberSubgroupAudit(
        searched(rows, settings["max_features"], settings["min_support"], split(rows, settings["random_state"])),
        features=rows.features,
        levels=rows.levels,
        metric=measured,
        unit=outcome_unit(clean(request.unit or "", 40), scale=rows.deviation, small=small),
        title=f"Subgroups of {source.name or 'a table'}",
        settings={
            **settings,
            "metric": measured,
            "unit": request.unit,
            "tolerance": limit.text,
            "tolerance_in_unit": small,
        },
        rank_by=rank_by,
        confidence=request.confidence,
        warnings=(*source.notes, *([note] if note else []), *request.notes()),
        rows=rows.read,
        left_out=rows.left_out,
        words=_called(request.words, outcome),
    )


def _metric(metric: str | None, request: Request) -> str:
    """Say what is measured: the outcome alone, or how far predictions are from it."""
    if request.column("y_pred") is None:
        return "mean_outcome"
    if metric is not None and metric not in NUMBER_METRICS:
        names = ", ".join(NUMBER_METRICS)
        raise AuditError(
            f'metric="{clean(str(metric))}" is of yes and no, and these are numbers.'
            f"{nearest(str(metric), NUMBER_METRICS)} Give one of {names}, or cut the numbers with positive=."
        )
    if request.column("y_true") is None:
        raise AuditError("Errors of numbers need y_true. Name its column, or search the predictions with outcome=.")
    return metric or NUMBER_METRICS[0]


def _called(words: OutcomeWords, outcome: Outcome) -> OutcomeWords:
    """Call an outcome that nobody has a word for by its column."""
    if words.outcome != OutcomeWords.outcome or not outcome.columns:
        return words
    return replace(words, outcome=clean(outcome.columns[0].name.replace("_", " "), 40))


def searched(rows: Rows, max_features: int | None, min_support: float, is_first: Bools) -> MeanDiscoveries:
    """Sum up every pattern in either half.

    Parameters
    ----------
    rows : Rows
    max_features : int or None
    min_support : float
    is_first : bool array of shape (rows,)
        Who is in the half that is searched.

    Returns
    -------
    MeanDiscoveries
    """
    levels = [len(names) for names in rows.levels]
    bits = Bitsets.pack(rows.codes, levels, 1 - is_first.astype(np.int64), np.ones(len(is_first), dtype=np.int64), 2)
    # A share such as 0.07 of 100 rows is 7.000000000000001 of them.
    fewest = max(1, math.ceil(min_support * len(is_first) - 1e-9))
    patterns = frequent_patterns(levels, bits.count, min_rows=fewest, max_features=max_features)
    pivot = float(np.average(rows.values, weights=rows.weight))
    sums = row_sums(rows.values - pivot, rows.weight)
    halves = [is_first, ~is_first]
    samples = None
    if (cluster := rows.cluster) is not None:
        variance = float(np.cov(rows.values, aweights=rows.weight))
        first, second = (
            ClusteredSums.of_rows(rows.codes[half], cluster[half], sums[[3, 1, 2]][:, half], pivot, variance)
            for half in halves
        )
        samples = (first, second)
    return MeanDiscoveries(
        patterns,
        np.stack([pattern_sums(patterns, rows.codes[half], sums[:, half]).T for half in halves], axis=2),
        np.stack([sums[:, half].sum(axis=1, keepdims=True) for half in halves], axis=2),
        pivot,
        samples,
    )
