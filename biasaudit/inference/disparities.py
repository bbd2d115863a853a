"""Gaps between groups: differences and ratios of pairs, against everyone else, and over all groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtr

from biasaudit.arraytypes import Floats, Ints
from biasaudit.inference.intervals.chance_spread import expected_range, expected_spread
from biasaudit.inference.intervals.closed_form import mover_difference, mover_ratio
from biasaudit.inference.intervals.small_groups import difference_interval, guarded_limits, ratio_interval
from biasaudit.inference.intervals.spread import spread_intervals
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test, proportion_p_value
from biasaudit.inference.testing.power import smallest_detectable_difference
from biasaudit.inference.variance.degrees_of_freedom import df_of_difference, p_value_with_df, rows_at_level
from biasaudit.inference.variance.effective import Shares
from biasaudit.inference.variance.shared_clusters import variance_ratio
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = [
    "Disparities",
    "Measure",
    "compare_pairs",
    "compare_range",
    "distinct_questions",
    "is_mean_of_groups",
    "pair_p_values",
    "range_p_values",
    "rate_interval",
    "to_overall",
    "to_values",
]

Measure = Rate | Composite


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


def rate_interval(measures: Sequence[Measure], shares: Shares, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Return the value of each measure in each group, and its Wilson limits (with t where there are clusters)."""
    low, high = wilson(shares.count, shares.nobs, critical=critical_value(confidence, shares.df))
    return to_values(measures, shares.share), to_values(measures, low), to_values(measures, high)


def to_values(measures: Sequence[Measure], shares: Floats) -> Floats:
    """Turn shares of shape (..., measures, groups) into values, which are shares themselves of most measures."""
    out = np.array(shares)
    for i in _indices(measures, plain=False):
        out[..., i, :] = measures[i].value(shares[..., i, :])
    return out


def _indices(measures: Sequence[Measure], *, plain: bool) -> list[int]:
    return [i for i, measure in enumerate(measures) if _is_plain(measure) is plain]


def _is_plain(measure: Measure) -> bool:
    """Whether the value is the share itself, so that the intervals made for shares apply."""
    return isinstance(measure, Rate) and measure.transform is None


def _has_ratio(measure: Measure) -> bool:
    return measure.lowest >= 0


def _value_slopes(measures: Sequence[Measure]) -> Floats:
    """Factor from a gap between shares to one between values; NaN where the value is no linear function."""
    slopes = [1.0 if _is_plain(m) else 1 - m.lowest if isinstance(m, Composite) else np.nan for m in measures]
    return np.array(slopes)[:, None]


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
    critical = critical_value(_levels(confidence, alpha, df.shape), df)
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


def _levels(confidence: float, alpha: Floats | float, shape: tuple[int, ...]) -> Floats:
    """Stack the confidence of own limits on that of adjusted ones."""
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
    """Test that each group of `first` is as the same column of `second`, as :func:`compare_pairs` does."""
    df = df_of_difference(first.nobs, first.df, second.nobs, second.df)
    distinct, inverse = distinct_questions(measures)
    ratio = variance_ratio(first, second, np.asarray(correlation, dtype=float))
    shares1, shares2 = (shares.each(lambda a: a[distinct]) for shares in (first, second))
    return p_value_with_df(_pair_p_value(shares1, shares2, ratio[distinct]), df[distinct])[inverse]


def distinct_questions(measures: Sequence[Measure]) -> tuple[list[int], list[int]]:
    """Find the measures that are not complements, and for each of all measures the one that asks the same of a group.

    A name that comes again, as of another split, asks again.
    """
    first_index: dict[tuple[int, frozenset[str]], int] = {}
    repeats: Counter[str] = Counter()
    inverse = []
    for i, measure in enumerate(measures):
        key = (repeats[measure.name], frozenset({measure.name, measure.complement or measure.name}))
        repeats[measure.name] += 1
        first_index.setdefault(key, i)
        inverse.append([*first_index].index(key))
    return [*first_index.values()], inverse


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
    plain = _indices(measures, plain=True)
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
    plain = np.array([_is_plain(m) for m in measures])[:, None] & (correlation == 0)
    counts, critical = _counts(first, second, sides, plain)
    low[:, plain], high[:, plain] = ratio_interval(*counts, **critical)
    # Nothing over nothing has no value, though its limits 0 and infinity are known.
    known = np.array([_has_ratio(m) for m in measures])[:, None] & ~np.isnan(estimate)
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
        return np.asarray(gap * _value_slopes(measures))
    has_value = np.array([_is_plain(m) or (isinstance(m, Composite) and m.lowest == 0) for m in measures])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(has_value, share / (share + gap), np.nan)


def to_overall(gaps: dict[str, Disparities], groups: Shares, rest: Shares) -> dict[str, Disparities]:
    """Turn the gaps of each group to everyone else into gaps to everyone, of whom it is a part.

    The group makes up a share w of everyone, so its gap to all is 1 - w times its gap to the rest,
    and its ratio to all is ``1 / (w + (1 - w) / ratio to the rest)``; the limits follow. That holds for
    measures whose overall value is the mean of the groups' values: see :func:`is_mean_of_groups`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = groups.denominator / (groups.denominator + rest.denominator)

    def shrink(gap: Floats, comparison: str) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            if comparison == "difference":
                return np.asarray((1 - weight) * gap)
            return np.where(gap > 0, 1 / (weight + (1 - weight) / gap), gap)

    out = {}
    for comparison, gap in gaps.items():
        names = ("estimate", "low", "high", "low_adjusted", "high_adjusted", "smallest_detectable")
        out[comparison] = replace(gap, **{name: shrink(getattr(gap, name), comparison) for name in names})
    return out


def is_mean_of_groups(measure: Measure) -> bool:
    """Say whether the value over everyone is the mean of the groups' values, weighted by those eligible."""
    return _is_plain(measure) or (isinstance(measure, Composite) and measure.averages)


def range_p_values(measures: Sequence[Measure], groups: Shares) -> Floats:
    """Test that all groups are alike, one p-value a measure; NaN where there are not two."""
    distinct, inverse = distinct_questions(measures)
    x, n = np.nan_to_num(groups.count[distinct]), np.where(np.isnan(groups.share), 0.0, groups.nobs)[distinct]
    return homogeneity_test(x, n, df=groups.df[distinct])[inverse]


def compare_range(
    measures: Sequence[Measure],
    groups: Shares,
    detectable: dict[str, Floats],
    *,
    confidence: float,
    alpha: Floats | float | None = None,
    p_value: Floats | None = None,
) -> dict[str, Disparities]:
    """Compare the highest with the lowest of all groups that have rows; arrays have one comparison.

    Parameters
    ----------
    measures : sequence of Rate or Composite
    groups : Shares
    detectable : dict of str to array of shape (measures,)
        Gap that the two largest groups would have shown, for each comparison.
    confidence : float
        Confidence of each range's own interval.
    alpha : array of shape (measures,), or float, optional
        Level at which a range is judged, by its adjusted limits; that of its own where it is judged alone.
    p_value : array of shape (measures,), optional
        What :func:`range_p_values` says of these, where it was asked already.

    Returns
    -------
    dict of str to Disparities
        "difference": highest minus lowest. "ratio": lowest over highest.
    """
    x, n = np.nan_to_num(groups.count), np.where(np.isnan(groups.share), 0.0, groups.nobs)
    values = to_values(measures, groups.share)
    top, bottom = np.fmax.reduce(values, axis=1), np.fmin.reduce(values, axis=1)
    comparable = (np.isfinite(values).sum(axis=1) > 1) & ~np.isinf(values).any(axis=1)
    slope, none = _value_slopes(measures)[:, 0], np.full(top.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        difference, ratio = top - bottom, bottom / top
    ratio[[not _has_ratio(m) for m in measures]] = np.nan
    levels = _levels(confidence, 1 - confidence if alpha is None else alpha, top.shape)
    of_differences, of_ratios = spread_intervals(x, n, confidence=levels, df=groups.df)
    limits = {"difference": [limit * slope for limit in of_differences], "ratio": of_ratios}
    rows = [i for i, m in enumerate(measures) if isinstance(m, Rate) and m.transform is not None]
    if rows:
        for comparison, ends in _transformed([measures[i] for i in rows], groups, rows, levels[:, rows, None]).items():
            for limit, end in zip(limits[comparison], ends, strict=True):
                limit[:, rows] = end
    distinct, inverse = distinct_questions(measures)
    if p_value is None:
        p_value = range_p_values(measures, groups)
    by_chance = _chance_spread([measures[i] for i in distinct], x[distinct], n[distinct])[inverse]
    chance = {"difference": by_chance * slope, "ratio": none}
    out = {}
    for comparison, estimate in (("difference", difference), ("ratio", ratio)):
        known = np.isfinite(estimate) & comparable
        (low, low_adjusted), (high, high_adjusted) = limits[comparison]
        arrays = (estimate, low, high, low_adjusted, high_adjusted, p_value, detectable[comparison], chance[comparison])
        out[comparison] = Disparities(*(np.where(known, a, np.nan)[:, None] for a in arrays))
    return out


def _chance_spread(measures: Sequence[Measure], x: Floats, n: Floats) -> Floats:
    """Mean spread of equal shares; composites vary otherwise than binomially by chance."""
    rows = [i for i, m in enumerate(measures) if isinstance(m, Composite)]
    plain = [i for i in range(len(measures)) if i not in set(rows)]
    chance = np.empty(len(measures))
    chance[plain] = expected_spread(x[plain], n[plain])
    if rows:
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = x[rows].sum(axis=1, keepdims=True) / n[rows].sum(axis=1, keepdims=True)
            error = np.sqrt(mean * (1 - mean) / n[rows])
        chance[rows] = expected_range(np.where(np.isfinite(error), error, np.nan))
    return chance


def _transformed(
    measures: Sequence[Measure], groups: Shares, rows: list[int], confidence: Floats
) -> dict[str, tuple[Floats, Floats]]:
    """Bound the spreads of increasing functions of shares by their values at joint limits of each share."""
    shares = groups.each(lambda a: a[rows])
    used = ~np.isnan(shares.share) & (shares.nobs > 0)
    number = used.sum(axis=1, keepdims=True)
    critical = critical_value(1 - (1 - confidence) / np.maximum(number, 1), shares.df)
    low, high = (to_values(measures, limit) for limit in guarded_limits(shares.count, shares.nobs, critical=critical))
    (least_low, least_high), (most_low, most_high) = (
        [pick(np.where(used, limit, fill), axis=-1) for limit in (low, high)]
        for pick, fill in ((np.min, np.inf), (np.max, -np.inf))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.maximum(0.0, most_low - least_high), most_high - least_low
        ratio = least_low / most_high, np.minimum(1.0, least_high / most_low)
    several = number[:, 0] > 1
    return {
        "difference": (np.where(several, difference[0], np.nan), np.where(several, difference[1], np.nan)),
        "ratio": (np.where(several, ratio[0], np.nan), np.where(several, ratio[1], np.nan)),
    }
