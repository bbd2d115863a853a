"""Decision lines on a score: what each does to each group, and which do what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.arrays import share

__all__ = ["BENEFITS", "ThresholdCounts", "best_thresholds"]

BENEFITS = ("true_positive", "false_positive", "false_negative", "true_negative")
N_STEPS = 100
# What rounding may add to a distance.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class ThresholdCounts:
    """People of each group on either side of every line.

    Parameters
    ----------
    positive, negative : float array of shape (groups, lines)
        People at or above each line, by label; the first line has everybody above it, the last nobody. Without labels
        everybody counts as negative.
    has_labels : bool
    """

    positive: Floats
    negative: Floats
    has_labels: bool

    @classmethod
    def of(cls, counts: Floats, *, has_labels: bool) -> ThresholdCounts:
        """Sum the counts of score bins, shape (groups, 2, bins), from the top."""
        above = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]
        above = np.concatenate([above, np.zeros((*above.shape[:-1], 1))], axis=-1)
        return cls(above[:, 1], above[:, 0], has_labels)

    @property
    def selection_rate(self) -> Floats:
        """Share of each group at or above each line; NaN where the group is empty."""
        above = self.positive + self.negative
        return share(above, above[:, :1])

    @property
    def true_positive_rate(self) -> Floats:
        """Share of the positive people at or above each line."""
        return share(self.positive, self.positive[:, :1])

    @property
    def false_positive_rate(self) -> Floats:
        """Share of the negative people at or above each line."""
        return share(self.negative, self.negative[:, :1])

    @property
    def positive_predictive_value(self) -> Floats:
        """Share of the people at or above each line who are positive."""
        return share(self.positive, self.positive + self.negative)

    def benefit(self, benefits: Mapping[str, float]) -> Floats:
        """Sum what each decision is worth, shape (groups, lines)."""
        values = [benefits[name] for name in BENEFITS]
        below = self.positive[:, :1] - self.positive, self.negative[:, :1] - self.negative
        return values[0] * self.positive + values[1] * self.negative + values[2] * below[0] + values[3] * below[1]


def best_thresholds(benefit: Floats, rates: Sequence[Floats], constrained: Bools, tolerance: float) -> Ints:
    """Find the line of each group with the greatest benefit in all, such that rates differ by the tolerance at most.

    Every group that is held may choose among the lines that bring each of its rates into one band, half the tolerance
    to either side of a middle that all groups share; the others take the line nearest to the middle. Of all middles, in
    steps of one hundredth, the best is taken. Where only deciding alike about everybody fits, the tolerance is widened
    in steps of its own size.

    Parameters
    ----------
    benefit : float array of shape (groups, lines)
    rates : sequence of float array of shape (groups, lines)
        Rates that are to be alike: none, one or two. A group whose rate is undefined is free.
    constrained : bool array of shape (groups,)
        Groups that are large enough to be held to the tolerance.
    tolerance : float
        Largest gap between two groups, above 0.

    Returns
    -------
    int array of shape (groups,)

    References
    ----------
    Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning", NeurIPS, without randomising.
    """
    if not rates:
        return np.asarray(benefit.argmax(axis=1), dtype=np.int64)
    middles = np.arange(N_STEPS + 1) / N_STEPS
    distances = [np.nan_to_num(np.abs(rate - middles[:, None, None])) for rate in rates]
    uniform_benefit = max(benefit[:, 0].sum(), benefit[:, -1].sum())
    free_benefit = _free_benefit(benefit, distances, constrained)
    chosen, total, width = benefit.argmax(axis=1), -np.inf, tolerance
    while total <= uniform_benefit and width < 1 + tolerance:
        chosen, total = _best_in_band(benefit, distances, constrained, width, free_benefit)
        width += tolerance
    return np.asarray(chosen, dtype=np.int64)


def _best_in_band(
    benefit: Floats, distances: Sequence[Floats], constrained: Bools, width: float, free_benefit: Floats
) -> tuple[Ints, float]:
    """Choose the best lines of a band's width, over all middles."""
    if len(distances) == 1:
        return _best_at_middles(benefit, distances[0], distances[0], constrained, width)
    values = free_benefit.copy()
    for group in np.flatnonzero(constrained):
        near = np.ascontiguousarray(distances[1][:, group].T) <= width / 2 + ROUNDING
        # Few lines are near a middle of the first rate, and only these are looked at by the second.
        for middle, thresholds in enumerate(distances[0][:, group] <= width / 2 + ROUNDING):
            values[middle, :, group] = _greatest_benefit(near[thresholds], benefit[group, thresholds])
    totals = values.sum(axis=2)
    first, second = np.unravel_index(totals.argmax(), totals.shape)
    distance1, distance2 = distances[0][first], distances[1][[second]]
    return _best_at_middles(benefit, distance2 + distance1, np.maximum(distance2, distance1), constrained, width)


def _free_benefit(benefit: Floats, distances: Sequence[Floats], constrained: Bools) -> Floats:
    """Return what groups that are not held get at each pair of middles, whatever the width of the band.

    Of shape (middles, middles, groups), with minus infinity for groups that are held.
    """
    values = np.full((len(distances[0]), len(distances[-1]), len(benefit)), -np.inf)
    for group in np.flatnonzero(~constrained) if len(distances) > 1 else ():
        near = np.ascontiguousarray(distances[1][:, group].T)
        for middle, distance in enumerate(distances[0][:, group]):
            both = near + distance[:, None]
            values[middle, :, group] = _greatest_benefit(both <= both.min(axis=0), benefit[group])
    return values


def _greatest_benefit(fits: Bools, benefit: Floats) -> Floats:
    """Return the greatest benefit of the lines that fit, of shape (lines, middles), at each middle."""
    return np.asarray(np.where(fits, benefit[:, None], -np.inf).max(axis=0, initial=-np.inf))


def _best_at_middles(
    benefit: Floats, nearness: Floats, distance: Floats, constrained: Bools, width: float
) -> tuple[Ints, float]:
    """Choose, of middles of shape (middles, groups, lines), the one of greatest benefit: its lines and that benefit."""
    fits = np.where(
        constrained[:, None], distance <= width / 2 + ROUNDING, nearness <= nearness.min(axis=2, keepdims=True)
    )
    allowed = np.where(fits, benefit, -np.inf)
    chosen = allowed.argmax(axis=2)
    totals = np.take_along_axis(allowed, chosen[..., None], axis=2)[..., 0].sum(axis=1)
    at = int(totals.argmax())
    return chosen[at], float(totals[at])
