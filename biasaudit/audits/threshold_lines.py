"""Lines on a score: read as they are given, and chosen to do what a criterion asks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError, nearest
from biasaudit.statistics.lines import BENEFITS, LineCounts, best_lines
from biasaudit.statistics.names import clean

__all__ = ["CRITERIA", "Lines", "check_choice", "chosen_lines", "given_lines", "line_at", "middle_line", "moved"]

ACCURACY = {"true_positive": 1.0, "false_positive": 0.0, "false_negative": 0.0, "true_negative": 1.0}
FEWEST = 100
# What each criterion holds alike; "one_threshold" holds the line itself.
CRITERIA: Mapping[str, tuple[str, ...]] = {
    "one_threshold": (),
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "greatest_benefit": (),
}


@dataclass(frozen=True)
class Lines:
    """Lines that were chosen, and what they reach on the rows they were chosen on.

    Parameters
    ----------
    criterion : str
    thresholds : mapping of str to float
        Group to the score from which on it is decided positively: minus infinity for everybody, infinity for nobody.
    benefit : float
        Sum over all rows.
    gap : float
        Largest gap left in the rates that the criterion holds alike; NaN where it holds none.
    """

    criterion: str
    thresholds: Mapping[str, float]
    benefit: float
    gap: float


def given_lines(
    thresholds: float | Mapping[str, float], otherwise: float | None, lines: NDArray[np.float64], groups: Sequence[str],
    index: Mapping[str, int],
) -> NDArray[np.int64]:  # fmt: skip
    """Return the number of the line of each group.

    Parameters
    ----------
    thresholds : float or mapping of str to float
    otherwise : float or None
        Line of the groups that are not named.
    lines : float array
        All that can be drawn, ascending.
    groups : sequence of str
        Groups that have rows.
    index : mapping of str to int
        Place of every group.

    Raises
    ------
    AuditError
        If a group is not there or has no line, or no line can be drawn at a score.
    """
    if not isinstance(thresholds, Mapping):
        return np.full(len(index), line_at(thresholds, lines), dtype=np.int64)
    for name in thresholds:
        if name not in index:
            raise AuditError(
                f'thresholds names the group "{clean(str(name))}", which is not there.'
                f"{nearest(str(name), groups)} Groups: {', '.join(clean(g) for g in groups[:20])}."
            )
    lacking = [name for name in groups if name not in thresholds]
    if lacking and otherwise is None:
        raise AuditError(f'thresholds gives no line to "{clean(lacking[0])}". Name it, or give otherwise=.')
    at = np.full(len(index), line_at(math.inf if otherwise is None else otherwise, lines), dtype=np.int64)
    for name, value in thresholds.items():
        at[index[name]] = line_at(value, lines)
    return at


def line_at(value: Any, lines: NDArray[np.float64]) -> int:
    """Return the number of the line at a score.

    Raises
    ------
    AuditError
        If it is no number, or none of the lines.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or math.isnan(float(value)):
        raise AuditError(f"A threshold must be a number, not {clean(repr(value))}.")
    if not math.isfinite(value):
        return 0 if value < 0 else len(lines) - 1
    at = int(np.argmin(np.abs(lines - value)))
    if not math.isclose(lines[at], value, rel_tol=1e-9, abs_tol=1e-12):
        above = int(np.searchsorted(lines, value))
        raise AuditError(
            f"No line can be drawn at {value:g}: the counts cannot tell which rows reach it. "
            f"The nearest are {lines[above - 1]:g} and {lines[above]:g}."
        )
    return at


def middle_line(counts: LineCounts, lines: NDArray[np.float64]) -> float:
    """Return the line that comes nearest to having half of all people above it."""
    above = (counts.positive + counts.negative).sum(axis=0)
    inner = slice(1, -1) if len(lines) > 2 else slice(None)
    return float(lines[inner][np.abs(above[inner] - above[0] / 2).argmin()])


def moved(line: float, declared: float | None) -> tuple[str, ...]:
    """Say where the line that a data set declares cannot be drawn."""
    if declared is None or math.isclose(line, declared, rel_tol=1e-9, abs_tol=1e-12):
        return ()
    return (
        f"The data set declares its line at {declared:g}, where these counts cannot draw one: this is the nearest, "
        f"{line:g}.",
    )


def check_choice(criterion: str, tolerance: float, *, labelled: bool) -> None:
    """Raise an AuditError if no lines can be chosen so."""
    if criterion not in CRITERIA:
        raise AuditError(
            f'"{clean(str(criterion))}" is not a criterion.{nearest(str(criterion), list(CRITERIA))} '
            f"Criteria: {', '.join(CRITERIA)}."
        )
    if not labelled:
        raise AuditError("Choosing lines needs labels: without them nobody can say which decisions are right.")
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or not 0 < tolerance <= 1:
        raise AuditError(f"tolerance={clean(repr(tolerance))} is out of range. Give a number above 0, at most 1.")


def chosen_lines(
    counts: LineCounts, criterion: str, benefits: Mapping[str, float] | None, tolerance: float,
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.int64], float, float]:  # fmt: skip
    """Choose the lines of greatest benefit that do what a criterion asks.

    Parameters
    ----------
    counts : LineCounts
    criterion : str
    benefits : mapping of str to float or None
        What each kind of decision is worth; else every right one is worth 1.
    tolerance : float
    rows : int array of shape (groups,)

    Returns
    -------
    tuple of int array of shape (groups,), float, float
        Number of each group's line, the benefit in all, and the largest gap left.
    """
    benefit = counts.benefit(_benefits(benefits))
    rates = tuple(getattr(counts, name) for name in CRITERIA[criterion])
    if criterion == "one_threshold":
        at = np.full(len(benefit), int(benefit.sum(axis=0).argmax()))
    else:
        at = best_lines(benefit, rates, rows >= FEWEST, tolerance)
    chosen = np.take_along_axis(benefit, at[:, None], axis=1)
    found = [np.take_along_axis(rate, at[:, None], axis=1)[:, 0] for rate in rates]
    gap = max((float(np.nanmax(rate) - np.nanmin(rate)) for rate in found), default=math.nan)
    return at, float(chosen.sum()), gap


def _benefits(given: Mapping[str, float] | None) -> dict[str, float]:
    benefits = ACCURACY if given is None else {**dict.fromkeys(BENEFITS, 0.0), **given}
    for name, value in benefits.items():
        if name not in BENEFITS:
            raise AuditError(f'benefits names "{clean(str(name))}". Name: {", ".join(BENEFITS)}.')
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise AuditError(f"benefits gives {name} the worth {clean(repr(value))}. Give a number.")
    return {name: float(value) for name, value in benefits.items()}
