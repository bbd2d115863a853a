"""Lines on a score: read as they are given, and chosen to do what a criterion asks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError, nearest
from biasaudit.inference.thresholds import BENEFITS, ThresholdCounts, best_thresholds
from biasaudit.names import clean
from biasaudit.reporting.words.text import capitalised

__all__ = [
    "CRITERIA",
    "FEWEST",
    "RATES",
    "Thresholds",
    "benefit_weights",
    "check_choice",
    "choose_thresholds",
    "largest_gap",
    "median_threshold",
    "moved_note",
    "read_thresholds",
    "threshold_index",
    "values_at",
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
# What can be read of every group at every threshold.
RATES: Mapping[str, Callable[[ThresholdCounts], Floats]] = {
    "selection_rate": lambda counts: counts.selection_rate,
    "true_positive_rate": lambda counts: counts.true_positive_rate,
    "false_positive_rate": lambda counts: counts.false_positive_rate,
    "positive_predictive_value": lambda counts: counts.positive_predictive_value,
}


@dataclass(frozen=True)
class Thresholds:
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
        return thresholds_in_words(self)


def read_thresholds(
    thresholds: float | Mapping[str, float],
    otherwise: float | None,
    possible: NDArray[np.float64],
    groups: Sequence[str],
    index: Mapping[str, int],
) -> NDArray[np.int64]:
    """Return the number of the line of each group.

    Parameters
    ----------
    thresholds : float or mapping of str to float
    otherwise : float or None
        Line of the groups that are not named.
    possible : float array
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
        return np.full(len(index), threshold_index(thresholds, possible), dtype=np.int64)
    for name in thresholds:
        if name not in index:
            raise AuditError(
                f'thresholds names the group "{clean(str(name))}", which is not there.'
                f"{nearest(str(name), groups)} Groups: {', '.join(clean(g) for g in groups[:20])}."
            )
    lacking = [name for name in groups if name not in thresholds]
    if lacking and otherwise is None:
        raise AuditError(f'thresholds gives no line to "{clean(lacking[0])}". Name it, or give otherwise=.')
    at = np.full(len(index), threshold_index(math.inf if otherwise is None else otherwise, possible), dtype=np.int64)
    for name, value in thresholds.items():
        at[index[name]] = threshold_index(value, possible)
    return at


def threshold_index(value: Any, possible: NDArray[np.float64]) -> int:
    """Return the number of the line at a score.

    Raises
    ------
    AuditError
        If it is no number, or none of the lines.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or math.isnan(float(value)):
        raise AuditError(f"A threshold must be a number, not {clean(repr(value))}.")
    if not math.isfinite(value):
        return 0 if value < 0 else len(possible) - 1
    at = int(np.argmin(np.abs(possible - value)))
    if not math.isclose(possible[at], value, rel_tol=1e-9, abs_tol=1e-12):
        above = int(np.searchsorted(possible, value))
        raise AuditError(
            f"No line can be drawn at {value:g}: the counts cannot tell which rows reach it. "
            f"The nearest are {possible[above - 1]:g} and {possible[above]:g}."
        )
    return at


def median_threshold(counts: ThresholdCounts, possible: NDArray[np.float64]) -> float:
    """Return the line that comes nearest to having half of all people above it."""
    above = (counts.positive + counts.negative).sum(axis=0)
    inner = slice(1, -1) if len(possible) > 2 else slice(None)
    return float(possible[inner][np.abs(above[inner] - above[0] / 2).argmin()])


def moved_note(threshold: float, declared: float | None) -> tuple[str, ...]:
    """Say where the line that a data set declares cannot be drawn."""
    if declared is None or math.isclose(threshold, declared, rel_tol=1e-9, abs_tol=1e-12):
        return ()
    return (
        f"The data set declares its line at {declared:g}, where these counts cannot draw one: this is the nearest, "
        f"{threshold:g}.",
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


def choose_thresholds(
    counts: ThresholdCounts,
    criterion: str,
    benefits: Mapping[str, float] | None,
    tolerance: float,
    constrained: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], float, float]:
    """Choose the lines of greatest benefit that do what a criterion asks.

    Parameters
    ----------
    counts : ThresholdCounts
    criterion : str
    benefits : mapping of str to float or None
        What each kind of decision is worth; else every right one is worth 1.
    tolerance : float
    constrained : bool array of shape (groups,)
        Groups that are large enough to be held to the tolerance.

    Returns
    -------
    tuple of int array of shape (groups,), float, float
        Number of each group's line, the benefit in all, and the largest gap left.
    """
    benefit = counts.benefit(benefit_weights(benefits))
    rates = tuple(RATES[name](counts) for name in CRITERIA[criterion])
    if criterion == "one_threshold":
        at = np.full(len(benefit), int(benefit.sum(axis=0).argmax()))
    else:
        at = best_thresholds(benefit, rates, constrained, tolerance)
    return at, float(values_at(benefit, at).sum()), largest_gap([values_at(rate, at) for rate in rates])


def values_at(values: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pick the value of each group at its line."""
    return np.take_along_axis(values, at[:, None], axis=1)[:, 0]


def largest_gap(rates: Sequence[NDArray[np.float64]]) -> float:
    """Return the largest gap in any of the rates between groups that have one; NaN without rates."""
    known = [rate[~np.isnan(rate)] for rate in rates]
    return max((float(np.ptp(rate)) for rate in known if len(rate)), default=math.nan)


def thresholds_in_words(chosen: Thresholds) -> str:
    """Say what lines promise, and what they do to people who had no say in the choice.

    Examples
    --------
    >>> thresholds_in_words(Thresholds("equal_opportunity", {"F": 0.5, "M": 0.6}, 480.0, 0.026, 462.4, 0.0602))
    'True positive rates lie 2.6 points apart on these rows; expect 6.0 points on other people.'
    >>> thresholds_in_words(Thresholds("one_threshold", {"F": 0.5, "M": 0.5}, 480.0, float("nan"), 462.4))
    'The benefit is 480 on these rows; expect 462.4 on as many other people.'
    """
    rates, others = [name.replace("_", " ") for name in CRITERIA[chosen.criterion]], "other people"
    if rates and not math.isnan(chosen.gap):
        names = " and ".join([*(name.removesuffix(" rate") for name in rates[:-1]), f"{rates[-1]}s"])
        here = f"{capitalised(names)} lie {100 * chosen.gap:.1f} points apart"
        elsewhere = chosen.gap_elsewhere, f"{100 * chosen.gap_elsewhere:.1f} points"
    else:
        here, others = f"The benefit is {round(chosen.benefit, 1):,.10g}", "as many other people"
        elsewhere = chosen.benefit_elsewhere, f"{round(chosen.benefit_elsewhere, 1):,.10g}"
    if math.isnan(elsewhere[0]):
        return f"{here} on these rows; these are too few people to tell what to expect on others."
    return f"{here} on these rows; expect {elsewhere[1]} on {others}."


def benefit_weights(given: Mapping[str, float] | None) -> dict[str, float]:
    """Return what each kind of decision is worth; where nothing is given every right one is worth 1."""
    benefits = ACCURACY if given is None else {**dict.fromkeys(BENEFITS, 0.0), **given}
    for name, value in benefits.items():
        if name not in BENEFITS:
            raise AuditError(f'benefits names "{clean(str(name))}". Name: {", ".join(BENEFITS)}.')
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise AuditError(f"benefits gives {name} the worth {clean(repr(value))}. Give a number.")
    return {name: float(value) for name, value in benefits.items()}
