"""Lines on a score: read as they are given, and chosen to do what a criterion asks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.errors import AuditError, nearest
from biasaudit.inference.thresholds import BENEFITS, ThresholdCounts, best_thresholds
from biasaudit.names import clean

__all__ = [
    "CRITERIA",
    "FEWEST",
    "Lines",
    "check_choice",
    "chosen_lines",
    "given_lines",
    "largest_gap",
    "line_at",
    "middle_line",
    "moved",
    "values_at",
    "worth",
]

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
    """Lines that were chosen, and what they reach: on the rows they were chosen on, and on others.

    What they do elsewhere is cross-fitted: people are dealt to ten folds, lines are chosen without one and read on it.
    Its parts lie on either side, so that the largest gap is another: lines are chosen on people drawn again from these
    and read on these, 20 times.

    Parameters
    ----------
    criterion : str
    thresholds : mapping of str to float
        Group to the score from which on it is decided positively: minus infinity for everybody, infinity for nobody.
    benefit : float
        Sum over all rows.
    gap : float
        Largest gap left in the rates that the criterion holds alike; NaN where it holds none.
    benefit_elsewhere : float
        Benefit to as many people who had no say in the choice.
    gap_elsewhere : float
        Largest gap that lines chosen so leave among others, on average.
    rates_elsewhere : mapping of str to mapping of str to float
        Selection rate, true positive rate and false positive rate, by group, of people who had no say in the choice;
        NaN where nobody can be read.
    """

    criterion: str
    thresholds: Mapping[str, float]
    benefit: float
    gap: float
    benefit_elsewhere: float = math.nan
    gap_elsewhere: float = math.nan
    rates_elsewhere: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What was promised, and what people found who had no say in it."""
        return lines_in_words(self)


def given_lines(
    thresholds: float | Mapping[str, float],
    otherwise: float | None,
    lines: NDArray[np.float64],
    groups: Sequence[str],
    index: Mapping[str, int],
) -> NDArray[np.int64]:
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


def middle_line(counts: ThresholdCounts, lines: NDArray[np.float64]) -> float:
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
    counts: ThresholdCounts,
    criterion: str,
    benefits: Mapping[str, float] | None,
    tolerance: float,
    held: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], float, float]:
    """Choose the lines of greatest benefit that do what a criterion asks.

    Parameters
    ----------
    counts : ThresholdCounts
    criterion : str
    benefits : mapping of str to float or None
        What each kind of decision is worth; else every right one is worth 1.
    tolerance : float
    held : bool array of shape (groups,)
        Groups that are large enough to be held to the tolerance.

    Returns
    -------
    tuple of int array of shape (groups,), float, float
        Number of each group's line, the benefit in all, and the largest gap left.
    """
    benefit = counts.benefit(worth(benefits))
    rates = tuple(getattr(counts, name) for name in CRITERIA[criterion])
    if criterion == "one_threshold":
        at = np.full(len(benefit), int(benefit.sum(axis=0).argmax()))
    else:
        at = best_thresholds(benefit, rates, held, tolerance)
    return at, float(values_at(benefit, at).sum()), largest_gap([values_at(rate, at) for rate in rates])


def values_at(values: NDArray[np.float64], lines: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pick the value of each group at its line."""
    return np.take_along_axis(values, lines[:, None], axis=1)[:, 0]


def largest_gap(rates: Sequence[NDArray[np.float64]]) -> float:
    """Return the largest gap in any of the rates between groups that have one; NaN without rates."""
    known = [rate[~np.isnan(rate)] for rate in rates]
    return max((float(np.ptp(rate)) for rate in known if len(rate)), default=math.nan)


def lines_in_words(lines: Lines) -> str:
    """Say what lines promise, and what they do to people who had no say in the choice.

    Examples
    --------
    >>> lines_in_words(Lines("equal_opportunity", {"F": 0.5, "M": 0.6}, 480.0, 0.026, 462.4, 0.0602))
    'True positive rates lie 2.6 points apart on these rows; expect 6.0 points on other people.'
    >>> lines_in_words(Lines("one_threshold", {"F": 0.5, "M": 0.5}, 480.0, float("nan"), 462.4))
    'The benefit is 480 on these rows; expect 462.4 on as many other people.'
    """
    rates, others = [name.replace("_", " ") for name in CRITERIA[lines.criterion]], "other people"
    if rates and not math.isnan(lines.gap):
        names = " and ".join([*(name.removesuffix(" rate") for name in rates[:-1]), f"{rates[-1]}s"])
        told = f"{names[:1].upper()}{names[1:]} lie {100 * lines.gap:.1f} points apart"
        found = lines.gap_elsewhere, f"{100 * lines.gap_elsewhere:.1f} points"
    else:
        told, others = f"The benefit is {round(lines.benefit, 1):,.10g}", "as many other people"
        found = lines.benefit_elsewhere, f"{round(lines.benefit_elsewhere, 1):,.10g}"
    if math.isnan(found[0]):
        return f"{told} on these rows; these are too few people to tell what to expect on others."
    return f"{told} on these rows; expect {found[1]} on {others}."


def worth(given: Mapping[str, float] | None) -> dict[str, float]:
    """Return what each kind of decision is worth; where nothing is given every right one is worth 1."""
    benefits = ACCURACY if given is None else {**dict.fromkeys(BENEFITS, 0.0), **given}
    for name, value in benefits.items():
        if name not in BENEFITS:
            raise AuditError(f'benefits names "{clean(str(name))}". Name: {", ".join(BENEFITS)}.')
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise AuditError(f"benefits gives {name} the worth {clean(repr(value))}. Give a number.")
    return {name: float(value) for name, value in benefits.items()}
