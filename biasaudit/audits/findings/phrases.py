"""Turns of phrase that the sentences of several audits share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from biasaudit.inference.verdicts import is_unsettled
from biasaudit.reporting.words.text import gap, gap_interval, group_name, unit_of
from biasaudit.reporting.words.words import UNSETTLED

if TYPE_CHECKING:
    from biasaudit.metrics.units import Unit
    from biasaudit.reporting.report import Finding, Record

__all__ = ["against", "and_listed", "gap_of", "immaterial", "limits_of", "points_interval", "unsettled", "written_in"]


def and_listed(names: Sequence[str]) -> str:
    """List names with an "and" before the last.

    Examples
    --------
    >>> and_listed(["race"]), and_listed(["race", "sex", "age"])
    ('race', 'race, sex and age')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def immaterial(material: Any) -> str:
    """Say within a sentence that a gap is too small to matter, where it is."""
    return "" if material else ", though too small a gap to matter much"


def against(row: Record) -> str:
    """Name the group of a row and its reference."""
    return f"{group_name(row['group'])} against {group_name(row['reference'])}"


def unsettled(row: Record) -> str:
    """Say behind a limit of a row's own why the data cannot tell, though it leaves out no gap; else nothing.

    Examples
    --------
    >>> unsettled({"low": -2.0, "high": -0.5, "verdict": "cannot tell", "comparison": "difference"})
    '; by itself its interval says that there is a gap; with all that was asked, this may be chance'
    """
    limits = [row["low"]], [row["high"]]
    return f"; {UNSETTLED}" if is_unsettled([row["verdict"]], limits, limits, row["comparison"])[0] else ""


def points_interval(row: Record) -> str:
    """Write the interval of a row in points."""
    return gap_interval("", "difference", row["low"], row["high"])


def written_in(one: Finding) -> Unit:
    """Return the unit of a finding: its own, or that of its metric."""
    return unit_of(one.metric) if one.unit is None else one.unit


def gap_of(one: Finding, size: float | None) -> str:
    """Write a gap in the unit of a finding."""
    return gap(written_in(one), one.comparison, size)


def limits_of(one: Finding) -> str:
    """Write the interval of a finding with its unit; nothing where it has none."""
    return "" if one.interval is None else gap_interval(written_in(one), one.comparison, *one.interval)
