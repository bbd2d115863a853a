"""Distributions as rows of a page: where outline, middle half, median and mean stand, in per cent of the width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from biasaudit.names import clean
from biasaudit.reporting.distributions import Distribution, outline
from biasaudit.reporting.words.forest import Axis, axis
from biasaudit.reporting.words.text import amount, count, level_name, percent, unit_head

__all__ = ["MOST_RIDGES", "Ridge", "Ridges", "ridges", "split_of", "variables_of"]

MOST_RIDGES = 12
# Height of the tallest outline in the drawing's own units, and where its baseline is.
TALL, BASE = 34.0, 36.0
# Finer than where dots stand: an outline fills its axis.
STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Ridge:
    """One group: words for reading, and places for drawing.

    Parameters
    ----------
    name, mean, interval, median, rows : str
    path : str
        The outline, for a drawing 100 wide and 40 tall.
    at, low, high : float or None
        Places of the mean and of its limits.
    middle, first, third : float or None
        Places of the median and of the quartiles.
    is_everyone : bool
    """

    name: str
    mean: str
    interval: str
    median: str
    rows: str
    path: str
    at: float | None
    low: float | None
    high: float | None
    middle: float | None
    first: float | None
    third: float | None
    is_everyone: bool


@dataclass(frozen=True)
class Ridges:
    """One variable over the groups of one split.

    Parameters
    ----------
    title : str
        Such as "Wage".
    head : str
        Head of the column of means, with the unit.
    axis : Axis
    rows : tuple of Ridge
        Everyone first, then the largest groups.
    omitted : int
        Smaller groups that found no room.
    outside : str
        The largest share of a group that lies outside of what is drawn; empty where nobody does.
    """

    title: str
    head: str
    axis: Axis
    rows: tuple[Ridge, ...]
    omitted: int
    outside: str


def variables_of(distributions: Sequence[Distribution]) -> list[str]:
    """Name the variables that have distributions."""
    return list(dict.fromkeys(one.variable for one in distributions))


def split_of(
    distributions: Sequence[Distribution], variable: str, features: Sequence[str]
) -> tuple[Distribution | None, list[Distribution]]:
    """Return the distribution of everyone, and those of the groups of a split, the largest first."""
    ours = [one for one in distributions if one.variable == variable]
    everyone = next((one for one in ours if not one.group), None)
    groups = [one for one in ours if set(one.group) == set(features) and one.group]
    return everyone, sorted(groups, key=lambda one: -one.rows)


def ridges(distributions: Sequence[Distribution], variable: str, features: Sequence[str]) -> Ridges | None:
    """Arrange the distributions of a variable for drawing; None where there is none for this split."""
    everyone, groups = split_of(distributions, variable, features)
    if not groups:
        return None
    drawn = ([everyone] if everyone else []) + groups[:MOST_RIDGES]
    ends = [edge for one in drawn if len(one.low) for edge in (one.low[0], one.low[-1] + one.width)]
    unit = drawn[0].unit
    scale = axis([*ends, *(one.mean for one in drawn)], unit, STEPS)
    tallest = max((share for one in drawn for share in one.share), default=0.0) or 1.0
    outside = max((one.outside for one in drawn), default=0.0)
    return Ridges(
        f"{clean(drawn[0].title, 80)}{f' in {clean(unit.after_value, 40)}' if unit.after_value else ''}",
        unit_head("Mean", unit),
        scale,
        tuple(_ridge(one, scale, tallest) for one in drawn),
        max(0, len(groups) - MOST_RIDGES),
        percent(outside) if outside >= 0.00005 else "",
    )


def _ridge(one: Distribution, scale: Axis, tallest: float) -> Ridge:
    low, high = one.interval or (math.nan, math.nan)
    _, first, middle, third, _ = one.quantiles
    return Ridge(
        name=level_name(one.group),
        mean=amount(one.unit, one.mean),
        interval=f"{amount(one.unit, low)} to {amount(one.unit, high)}" if one.interval else "",
        median=f"median {amount(one.unit, middle)}",
        rows=f"{count(one.rows)} rows",
        path=_path(one, scale, tallest),
        at=scale.at(one.mean),
        low=scale.at(low),
        high=scale.at(high),
        middle=scale.at(middle),
        first=scale.at(first),
        third=scale.at(third),
        is_everyone=not one.group,
    )


def _path(one: Distribution, scale: Axis, tallest: float) -> str:
    """Write the outline as a path; nothing where the group has no rows."""
    corners = [(scale.at(value), BASE - TALL * share / tallest) for value, share in outline(one)]
    return "".join(f"{'L' if i else 'M'}{x:g} {y:.2f}" for i, (x, y) in enumerate(corners)) + ("Z" if corners else "")
