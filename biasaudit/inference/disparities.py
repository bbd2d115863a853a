"""Gaps between pairs of groups, as differences and as ratios: of two groups, and of each against everyone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtr

from biasaudit.arraytypes import Floats, Ints
from biasaudit.inference.intervals.closed_form import mover_difference, mover_ratio
from biasaudit.inference.intervals.small_groups import difference_interval, guarded_limits, ratio_interval
from biasaudit.inference.measures import (
    Measure,
    distinct_questions,
    has_ratio,
    is_share,
    to_values,
    value_slopes,
)
from biasaudit.inference.testing.hypothesis_tests import proportion_p_value
from biasaudit.inference.testing.power import smallest_detectable_difference
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference, p_value_with_df, rows_at_level
from biasaudit.inference.variance.effective import Shares
from biasaudit.inference.variance.shared_clusters import variance_ratio
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.wilson import critical_value

__all__ = ["Disparities", "compare_pairs", "confidence_levels", "pair_p_values", "to_overall"]


@dataclass(frozen=True)
class Disparities:
    """Gaps with their uncertainty; every array has shape (measures, comparisons).

    Parameters
    ----------
    estimate, low, high : float array
        The gap and its interval; NaN where a side is undefined.
    low_adjusted, high_adjusted : float array
        Interval at the level at which the gap is judged beside others.
    p_value : float array
        Test that there is no gap.
    smallest_detectable : float array
        Gap that these rows would have shown with a chance of 80 %.
    expected_by_chance : float array
        Mean gap if all groups shared one rate; NaN for pairs, where it is zero.
    """

    estimate: Floats
    low: Floats
    high: Floats
    low_adjusted: Floats
    high_adjusted: Floats
    p_value: Floats
    smallest_detectable: Floats
    expected_by_chance: Floats

    def at(self, comparisons: Ints) -> "Disparities":
        """Choose some of the comparisons."""
        return Disparities(*(getattr(self, field.name)[:, comparisons] for field in fields(self)))

    def rows(self, measures: slice | list[int]) -> "Disparities":
        """Choose some of the measures."""
        return Disparities(*(getattr(self, field.name)[measures] for field in fields(self)))

    def each_gap(self, change: Callable[[Floats], Floats]) -> "Disparities":
        """Apply `change` to the gaps, their limits and the smallest that would be seen."""
        return replace(
            self,
            estimate=change(self.estimate),
            low=change(self.low),
            high=change(self.high),
            low_adjusted=change(self.low_adjusted),
            high_adjusted=change(self.high_adjusted),
            smallest_detectable=change(self.smallest_detectable),
        )


def compare_pairs(
    measures: Sequence[Measure],
    first: Shares,
    second: Shares,
    *,
    confidence: float,
    alpha: Floats | float,
    correlation: Floats | float = 0.0,
    p_value: Floats | None = None,
) -> dict[str, Disparities]:
    """Compare each group of `first` with the same column of `second` (or its only one).

    Parameters
    ----------
    measures : sequence of Rate or Composite
    first, second : Shares
        Groups and what they are held against; arrays broadcast.
    confidence : float
        Confidence of each gap's own interval.
    alpha : array
        Level at which a gap is judged, by its adjusted limits, and at which it has to be seen for
        `smallest_detectable`.
    correlation : array
        Correlation of the two through clusters they share.
    p_value : array, optional
        What :func:`pair_p_values` says of these, where it was asked already.

    Returns
    -------
    dict of str to Disparities
        "difference": first minus second. "ratio": first over second.
    """
    shape = np.broadcast_shapes(first.share.shape, second.share.shape)
    first, second = (shares.each(lambda a: np.broadcast_to(a, shape)) for shares in (first, second))
    paired_correlation = np.broadcast_to(np.asarray(correlation, dtype=float), shape)
    df = df_of_difference(first.nobs, first.df, second.nobs, second.df)
    critical = critical_value(confidence_levels(confidence, alpha, df.shape), df)
    sides = [_side_limits(measures, shares, critical) for shares in (first, second)]
    if p_value is None:
        p_value = pair_p_values(measures, first, second, correlation=paired_correlation)
    gap = _smallest_gap(measures, first, second, df, alpha, paired_correlation)
    out = {}
    for comparison, found in (
        ("difference", _pair_difference(measures, first, second, sides, paired_correlation)),
        ("ratio", _pair_ratio(measures, first, second, sides, paired_correlation)),
    ):
        estimate, (low, low_adjusted), (high, high_adjusted) = found
        defined, unknown = ~np.isnan(estimate), np.full(df.shape, np.nan)
        detectable = _detectable(measures, gap, second.share, comparison)
        p, smallest = (np.where(defined, a, np.nan) for a in (p_value, detectable))
        out[comparison] = Disparities(estimate, low, high, low_adjusted, high_adjusted, p, smallest, unknown)
    return out


def confidence_levels(confidence: float, alpha: Floats | float, shape: tuple[int, ...]) -> Floats:
    """Stack the confidence of own limits on that of adjusted ones, 1 - `alpha`: an array of shape (2, ...).

    Parameters
    ----------
    confidence : float
    alpha : float or array
        Broadcasts to `shape`.
    shape : tuple of int

    Returns
    -------
    float array of shape (2, ...)
    """
    return np.stack([np.full(shape, confidence), np.broadcast_to(1 - np.asarray(alpha, dtype=float), shape)])


def _smallest_gap(
    measures: Sequence[Measure], first: Shares, second: Shares, df: Floats, alpha: Floats | float, correlation: Floats
) -> Floats:
    """Find the gap of shares that would be seen; complements are seen alike."""
    distinct, inverse = distinct_questions(measures)
    nobs1, nobs2, dof = first.nobs[distinct], second.nobs[distinct], df[distinct]
    ratio = variance_ratio(first, second, correlation)[distinct]
    level = np.broadcast_to(alpha, df.shape)[distinct]
    rows1, rows2 = (rows_at_level(nobs / ratio, dof, level) for nobs in (nobs1, nobs2))
    return smallest_detectable_difference(rows1, rows2, second.share[distinct], alpha=level)[inverse]


def pair_p_values(
    measures: Sequence[Measure], first: Shares, second: Shares, *, correlation: Floats | float = 0.0
) -> Floats:
    """Test that each group of `first` is as the same column of `second`, as :func:`compare_pairs` does.

    Parameters
    ----------
    measures : sequence of Rate or Composite
    first, second : Shares
        Groups and what they are held against.
    correlation : float array of shape (measures, groups), or float
        Of the two shares, through clusters that both have.

    Returns
    -------
    float array of shape (measures, groups)
        NaN where a side has no rows.
    """
    df = df_of_difference(first.nobs, first.df, second.nobs, second.df)
    distinct, inverse = distinct_questions(measures)
    ratio = variance_ratio(first, second, np.asarray(correlation, dtype=float))
    shares1, shares2 = (shares.each(lambda a: a[distinct]) for shares in (first, second))
    return p_value_with_df(_pair_p_value(shares1, shares2, ratio[distinct]), df[distinct])[inverse]


@dataclass(frozen=True)
class _SideLimits:
    """What one side of a comparison brings: its value, its guarded limits and the critical value of both."""

    value: Floats
    low: Floats
    high: Floats
    critical: Floats


def _side_limits(measures: Sequence[Measure], shares: Shares, critical: Floats) -> _SideLimits:
    low, high = guarded_limits(shares.count, shares.nobs, critical=critical)
    return _SideLimits(to_values(measures, shares.share), to_values(measures, low), to_values(measures, high), critical)


def _counts(
    first: Shares, second: Shares, sides: list[_SideLimits], chosen: Any
) -> tuple[list[Floats], dict[str, Floats]]:
    """Choose what intervals made for shares take: counts and rows of both sides, and their critical values."""
    counts = [array[chosen] for array in (first.count, first.nobs, second.count, second.nobs)]
    return counts, {f"critical{i}": side.critical[:, chosen] for i, side in enumerate(sides, 1)}


def _pair_difference(
    measures: Sequence[Measure], first: Shares, second: Shares, sides: list[_SideLimits], correlation: Floats
) -> list[Floats]:
    a, b = sides
    plain = [i for i, measure in enumerate(measures) if is_share(measure)]
    low, high = mover_difference(a.value, a.low, a.high, b.value, b.low, b.high, correlation=correlation)
    counts, critical = _counts(first, second, sides, plain)
    low[:, plain], high[:, plain] = difference_interval(*counts, **critical, correlation=correlation[plain])
    with np.errstate(invalid="ignore"):
        estimate = a.value - b.value
    known = np.isfinite(estimate)
    return [np.where(known, array, np.nan) for array in (estimate, low, high)]


def _pair_ratio(
    measures: Sequence[Measure], first: Shares, second: Shares, sides: list[_SideLimits], correlation: Floats
) -> list[Floats]:
    a, b = sides
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = mover_ratio(a.value, a.low, a.high, b.value, b.low, b.high, correlation=correlation)
        estimate = a.value / b.value
    plain = np.array([is_share(m) for m in measures])[:, None] & (correlation == 0)
    counts, critical = _counts(first, second, sides, plain)
    low[:, plain], high[:, plain] = ratio_interval(*counts, **critical)
    # Nothing over nothing has no value, though its limits 0 and infinity are known.
    known = np.array([has_ratio(m) for m in measures])[:, None] & ~np.isnan(estimate)
    known &= np.isfinite(a.value) & np.isfinite(b.value)
    return [np.where(known, array, np.nan) for array in (estimate, low, high)]


def _pair_p_value(first: Shares, second: Shares, ratio: Floats) -> Floats:
    p_value = proportion_p_value(first.count, first.nobs, second.count, second.nobs)
    if (ratio == 1).all():
        return p_value
    z = ndtri(np.clip(p_value, 1e-300, 1) / 2) / np.sqrt(ratio)
    return np.where(np.isnan(z) | (ratio == 1), p_value, 2 * stdtr(1e12, np.nan_to_num(z)))


def _detectable(measures: Sequence[Measure], gap: Floats, share: Floats, comparison: str) -> Floats:
    """Turn a gap of shares into one of values; for ratios, how far below 1 the ratio would have to be."""
    if comparison == "difference":
        return np.asarray(gap * value_slopes(measures))
    has_value = np.array([is_share(m) or (isinstance(m, Composite) and m.lowest == 0) for m in measures])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(has_value, share / (share + gap), np.nan)


def to_overall(gaps: dict[str, Disparities], inside: Floats, outside: Floats) -> dict[str, Disparities]:
    """Turn the gaps of each group to everyone else into gaps to everyone, of whom it is a part.

    The group makes up a share w of everyone, so its gap to all is 1 - w times its gap to the rest,
    and its ratio to all is ``1 / (w + (1 - w) / ratio to the rest)``; the limits follow. That holds for
    measures whose overall value is the mean of the groups' values: see
    :func:`~biasaudit.inference.measures.is_mean_of_groups`.

    Parameters
    ----------
    gaps : dict of str to Disparities
        Of each group to everyone else, by comparison, as :func:`compare_pairs` returns them.
    inside, outside : float array of shape (measures, groups)
        What the values of each group, and of everyone outside it, are weighted by: those eligible, or their weights.

    Returns
    -------
    dict of str to Disparities
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = inside / (inside + outside)

    def difference(gap: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray((1 - weight) * gap)

    def ratio(gap: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(gap > 0, 1 / (weight + (1 - weight) / gap), gap)

    change = {"difference": difference, "ratio": ratio}
    return {comparison: gap.each_gap(change[comparison]) for comparison, gap in gaps.items()}
