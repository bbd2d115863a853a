"""Forest plots: where each dot, interval and tick stands. The template draws them, the browser scales them.

All positions are per cent of the width of the axis, so that a plot fits a phone without shrinking its text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from biasaudit.metrics.units import Unit
from biasaudit.reporting.report import MetricText, Record
from biasaudit.reporting.words.breakdowns import Breakdown, is_pooled, place_of
from biasaudit.reporting.words.text import amount, clean, count, interval, level_name, number, unit_of, value

__all__ = ["MOST_ROWS", "Axis", "Forest", "Mark", "axis", "forest"]

MOST_ROWS = 40
STEPS = 4
SMALLEST, LARGEST = 3.0, 5.5
# Per cent of the width that a rate as counted must be away from its dot to be drawn.
APART = 0.5
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """An axis of four equal steps.

    Parameters
    ----------
    start, step : float
        Value at the left end, and from tick to tick.
    unit : str
        What is written after a value: "%" where the values are shares.
    factor : float
        What a value is multiplied by before it is written.
    """

    start: float
    step: float
    unit: str = ""
    factor: float = 1.0

    def at(self, x: float) -> float | None:
        """Return the place of `x` in per cent of the width, None without one; outside is at the edge."""
        if not math.isfinite(x):
            return None
        return round(min(100.0, max(0.0, 100 * (x - self.start) / (STEPS * self.step))), 2)

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Pairs of place and words."""
        values = (self.start + i * self.step for i in range(STEPS + 1))
        places = range(0, 101, 100 // STEPS)
        return tuple((float(place), self._words(x)) for place, x in zip(places, values, strict=True))

    def _words(self, x: float) -> str:
        step = self.step * self.factor
        magnitude = math.floor(math.log10(step))
        finer = not round(step / 10.0**magnitude, 6).is_integer()
        text = number(x * self.factor, max(0, finer - magnitude))
        return f"{text} {self.unit}" if self.unit else text


@dataclass(frozen=True)
class Mark:
    """One row of a plot: words for reading, and places for drawing.

    Parameters
    ----------
    name, estimate, interval, counted, reason, pooled : str
        `reason` says why something is missing, `pooled` the partly pooled rate where there is one.
    at, low, high : float or None
        Places of the dot and of the ends of its interval: partly pooled where it is.
    raw : float or None
        Place of the rate as it was counted, where that is seen to be elsewhere.
    radius : float
        Size of the dot in pixels: its area grows with the people behind it.
    """

    name: str
    estimate: str
    interval: str
    counted: str
    reason: str
    pooled: str
    at: float | None
    low: float | None
    high: float | None
    raw: float | None
    radius: float


@dataclass(frozen=True)
class Forest:
    """One metric over the groups of one split.

    Parameters
    ----------
    words : MetricText
    axis : Axis
    everyone : Mark or None
    marks : tuple of Mark
        The highest rate first where rates are partly pooled, else the largest group.
    omitted : int
        Smaller groups that found no room.
    widest : dict or None
        Row of the disparities about the widest difference.
    """

    words: MetricText
    axis: Axis
    everyone: Mark | None
    marks: tuple[Mark, ...]
    omitted: int
    widest: Record | None


def axis(values: Sequence[float], metric: str | Unit, steps: Sequence[float] = NICE) -> Axis:
    """Choose an axis: 0 to 100 % for shares, 0 to 1 for what fits there, else round numbers around the values.

    Examples
    --------
    >>> axis([0.2, 0.6], "selection_rate").ticks[-1]
    (100.0, '100 %')
    >>> [words for _, words in axis([0.4, 7.1], "treatment_equality").ticks]
    ['0', '2', '4', '6', '8']
    >>> [words for _, words in axis([0.41, 0.47], "mean_score").ticks]
    ['0.40', '0.42', '0.44', '0.46', '0.48']
    """
    finite = [x for x in values if math.isfinite(x)]
    unit = unit_of(metric)
    after = "" if unit.is_long else unit.after_value
    zoomed = not unit.from_zero and max(finite, default=0.0) > min(finite, default=0.0)
    low, high = min(finite if zoomed else [0.0, *finite]), max(finite if zoomed else [0.0, *finite])
    if not zoomed and low >= 0 and high <= 1:
        return Axis(0.0, 1 / STEPS, after, unit.factor)
    power = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    for step in (power * nice for nice in (*steps, 2 * steps[-1])):
        start = math.floor(low / step) * step
        if start + STEPS * step >= high:
            break
    return Axis(start, step, after, unit.factor)


def forest(
    metric: str, breakdown: Breakdown, everyone: Record | None, words: MetricText, most: int = MOST_ROWS
) -> Forest:
    """Arrange one metric of `breakdown` for drawing, at most so many groups of it."""
    rows, shown = breakdown.rates.get(metric, []), breakdown.highest_first(metric, most)
    ends = [end for row in [*shown, *([everyone] if everyone else [])] for end in (*place_of(row), row["estimate"])]
    scale = axis(ends, words.unit)
    largest = max([row["denominator"] for row in shown if math.isfinite(row["denominator"])], default=1.0)
    return Forest(
        words,
        scale,
        _mark(everyone, scale, math.inf, words.unit) if everyone else None,
        tuple(_mark(row, scale, largest, words.unit) for row in shown),
        len(rows) - len(shown),
        breakdown.widest(metric),
    )


def _mark(row: Record, scale: Axis, largest: float, unit: Unit) -> Mark:
    n = row["denominator"]
    known = math.isfinite(n) and n > 0
    share = math.sqrt(min(1.0, n / largest)) if known and largest > 0 else 0.0
    raw = scale.at(row["estimate"])
    at, low, high = (scale.at(place) for place in place_of(row))
    return Mark(
        level_name(row["group"]),
        (amount if unit.is_long else value)(unit, row["estimate"]),
        _limits(row, unit),
        counted(row),
        clean(row["reason"], 120),
        (amount if unit.is_long else value)(unit, row["pooled"]) if is_pooled(row) else "",
        at,
        low if high is not None else None,
        high if low is not None else None,
        raw if is_pooled(row) and raw is not None and at is not None and abs(raw - at) >= APART else None,
        round(SMALLEST + (LARGEST - SMALLEST) * share, 1),
    )


def _limits(row: Record, unit: Unit) -> str:
    """Write an interval, without a unit that the head of the column says."""
    ends = interval(row["low"], row["high"], unit)
    return ends.removesuffix(unit.after_value).rstrip() if unit.is_long else ends


def counted(row: Record) -> str:
    """Write the counts behind a rate, as far as it has any.

    Examples
    --------
    >>> counted({"numerator": 805.0, "denominator": 1795.0})
    '805 of 1,795'
    """
    if not math.isfinite(row["denominator"]):
        return ""
    if not math.isfinite(row["numerator"]):
        return count(row["denominator"])
    return f"{count(row['numerator'])} of {count(row['denominator'])}"
