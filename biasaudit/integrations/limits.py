"""Gaps held against a limit, in sentences: within it, past it, or the data cannot tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import ranges
from biasaudit.errors import AuditError
from biasaudit.metrics.registry import aliases
from biasaudit.names import clean
from biasaudit.policy.estimates import PAST, UNSURE, WITHIN, Estimate, state
from biasaudit.policy.judging import WORST_FIRST
from biasaudit.reporting.words.breakdowns import unit_in
from biasaudit.reporting.words.text import gap, gap_interval, group_name

if TYPE_CHECKING:
    from biasaudit.audits.answers import Answers
    from biasaudit.metrics.units import Unit

__all__ = ["HeldGap", "hold"]

MARKS = {WITHIN: "✓", PAST: "✗", UNSURE: "?"}
AFTER = {UNSURE: ", and the interval lies on both sides. More rows decide."}


@dataclass(frozen=True)
class HeldGap:
    """The widest gap of one split, held against a limit.

    Parameters
    ----------
    state : {"within", "past", "cannot tell"}
        Where the whole interval lies.
    sentence : str
        The same in words, as a test that fails prints it.

    Examples
    --------
    >>> import biasaudit as ba
    >>> from biasaudit.integrations.limits import hold
    >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
    >>> held = hold(audit, ["selection_rate"], max_difference=0.1)[0]
    >>> held.state
    'past'
    >>> print(held.sentence)
    ✗ selection_rate by gender: the gap is 14.2 points (11.3 to 17.0 points) between gender = Male and gender = Female;
    allowed is at most 10.0 points.
    """

    state: str
    sentence: str


def hold(
    audit: Answers, metrics: Sequence[str], *, max_difference: float | None = None, min_ratio: float | None = None
) -> tuple[HeldGap, ...]:
    """Hold the gap over all groups of each split against a limit; the worst come first.

    Parameters
    ----------
    audit : Audit
        Whose gaps they are.
    metrics : sequence of str
        Such as "selection_rate" or "equal_opportunity".
    max_difference, min_ratio : float, optional
        Largest difference, of numbers in their unit, and smallest ratio allowed.

    Returns
    -------
    tuple of HeldGap

    Raises
    ------
    AuditError
        If there is no limit, it is out of range, or a metric is not there.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.audit_predictions(ba.datasets.load_berkeley())
    >>> [held.state for held in hold(audit, ["selection_rate"], max_difference=0.1)]
    ['past']
    >>> [held.state for held in hold(audit, ["selection_rate"], max_difference=0.2)]
    ['within']
    >>> [held.state for held in hold(audit, ["selection_rate"], max_difference=0.14)]
    ['cannot tell']
    """
    limits = [("difference", max_difference), ("ratio", min_ratio)]
    given = [(comparison, limit) for comparison, limit in limits if limit is not None]
    if not given or not metrics:
        raise AuditError("There is no limit to hold gaps against. Name a metric, and max_difference or min_ratio.")
    units, other_names = audit.report().metrics, aliases()
    asked = {metric: unit_in(units, other_names.get(metric, metric)) for metric in metrics}
    shares = any(unit.is_share for unit in asked.values())
    for comparison, limit in given:
        most = 1 if comparison == "ratio" or shares else math.inf
        if not 0 <= limit <= most:
            name = "max_difference" if comparison == "difference" else "min_ratio"
            range_ = "from 0 to 1, such as 0.1 or 0.8" if most == 1 else "of 0 or more, in the unit of the metric"
            raise AuditError(f"{name}={limit!r} is out of range. Give a number {range_}.")
    held = [
        _held(row, comparison, limit, asked[metric])
        for metric in metrics
        for comparison, limit in given
        for row in _widest(audit, metric, comparison)
    ]
    return tuple(sorted(held, key=lambda one: WORST_FIRST.index(one.state)))


def _widest(audit: Answers, metric: str, comparison: str) -> list[dict[str, Any]]:
    rows = ranges(audit, metric, comparison)
    if not len(rows):
        raise AuditError(f'"{metric}" has no {comparison} over all groups in this audit. Name another metric.')
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _held(row: dict[str, Any], comparison: str, limit: float, unit: Unit) -> HeldGap:
    """Judge the whole interval: an estimate alone is one draw of many."""
    estimate = Estimate(row["estimate"], row["low"], row["high"])
    if not estimate.known:
        return HeldGap(UNSURE, f"? {_what(row)} is undefined ({clean(row['reason'], 120)}), so it passes no limit.")
    edge, bounds = ("at most", {"most": limit}) if comparison == "difference" else ("at least", {"least": limit})
    found = state(estimate, **bounds)
    # Over all groups a gap is at least as wide as over those that have a value.
    if row["reason"] and found == WITHIN:
        return HeldGap(
            UNSURE,
            f"? {_what(row)} is within the limit, but not every group has a value ({clean(row['reason'], 120)}).",
        )
    seen = (
        f"{_what(row)} is {gap(unit, comparison, row['estimate'])} "
        f"({gap_interval(unit, comparison, row['low'], row['high'])}) between {group_name(row['group'])} and "
        f"{group_name(row['reference'])}; allowed is {edge} {gap(unit, comparison, limit)}"
    )
    return HeldGap(found, f"{MARKS[found]} {seen}{AFTER.get(found, '.')}")


def _what(row: dict[str, Any]) -> str:
    split = " × ".join(clean(name) for name in row["sensitive_features"])
    kind = "gap" if row["comparison"] == "difference" else "ratio"
    return f"{row['metric']} by {split}: the {kind}"
