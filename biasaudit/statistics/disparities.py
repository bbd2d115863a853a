"""Gaps between groups: differences and ratios of pairs, against everyone else, and over all groups."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from biasaudit.statistics.chance_spread import expected_range, expected_spread
from biasaudit.statistics.composites import Composite
from biasaudit.statistics.degrees_of_freedom import df_of_difference, rows_at_level, with_df
from biasaudit.statistics.effective import Shares
from biasaudit.statistics.hypothesis_tests import homogeneity_test, proportion_p_value
from biasaudit.statistics.intervals import critical_value, mover_difference, mover_ratio, wilson
from biasaudit.statistics.power import smallest_detectable_difference
from biasaudit.statistics.rates import Rate
from biasaudit.statistics.small_groups import difference_interval, guarded_limits, ratio_interval
from biasaudit.statistics.spread import spread_interval, spread_ratio_interval

__all__ = [
    "Disparities",
    "Measure",
    "averages",
    "compare_pairs",
    "compare_range",
    "rate_interval",
    "to_overall",
]

Floats = NDArray[np.float64]
Measure = Rate | Composite


@dataclass(frozen=True)
class Disparities:
    """Gaps with their uncertainty; every array has shape (measures, comparisons).

    Parameters
    ----------
    estimate, low, high : float array
        The gap and its interval; NaN where a side is undefined.
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
    p_value: Floats
    smallest_detectable: Floats
    expected_by_chance: Floats

    def columns(self, start: int, stop: int) -> "Disparities":
        """Keep some of the comparisons."""
        return Disparities(*(getattr(self, field.name)[:, start:stop] for field in fields(self)))


def rate_interval(measures: Sequence[Measure], shares: Shares, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Return the value of each measure in each group, and its Wilson limits (with t where there are clusters)."""
    low, high = wilson(shares.count, shares.nobs, critical=critical_value(confidence, shares.df))
    return _values(measures, shares.share), _values(measures, low), _values(measures, high)


def _values(measures: Sequence[Measure], shares: Floats) -> Floats:
    out = np.empty(shares.shape)
    for i, measure in enumerate(measures):
        out[i] = measure.value(shares[i])
    return out


def _is_plain(measure: Measure) -> bool:
    """Whether the value is the share itself, so that the intervals made for shares apply."""
    return isinstance(measure, Rate) and measure.transform is None


def _has_ratio(measure: Measure) -> bool:
    return measure.lowest >= 0


def _slope(measures: Sequence[Measure]) -> Floats:
    """Factor from a gap between shares to one between values; NaN where the value is no linear function."""
    slopes = [1.0 if _is_plain(m) else 1 - m.lowest if isinstance(m, Composite) else np.nan for m in measures]
    return np.array(slopes)[:, None]


def compare_pairs(
    measures: Sequence[Measure],
    first: Shares,
    second: Shares,
    *,
    confidence: float,
    alpha: float,
    correlation: Floats | float = 0.0,
) -> dict[str, Disparities]:
    """Compare each group of `first` with the same column of `second` (or its only one).

    Parameters
    ----------
    measures : sequence of Rate or Composite
    first, second : Shares
        Groups and what they are held against; arrays broadcast.
    confidence : float
        Confidence of the interval.
    alpha : float
        Level at which a gap has to be seen for `smallest_detectable`.
    correlation : array
        Correlation of the two through clusters they share.

    Returns
    -------
    dict of str to Disparities
        "difference": first minus second. "ratio": first over second.
    """
    both = np.asarray(correlation, dtype=float)
    df = df_of_difference(first.nobs, first.df, second.nobs, second.df)
    critical = critical_value(confidence, df)
    sides = [_side(measures, shares, critical) for shares in (first, second)]
    difference = _pair_difference(measures, first, second, sides, both)
    ratio = _pair_ratio(measures, first, second, sides, both)
    p_value = with_df(_pair_p_value(first, second, both), df)
    rows1, rows2 = (rows_at_level(shares.nobs, df, alpha) for shares in (first, second))
    gap = smallest_detectable_difference(rows1, rows2, second.share, alpha=alpha)
    out = {}
    for comparison, arrays in (("difference", difference), ("ratio", ratio)):
        known = ~np.isnan(arrays[0])
        detectable = _detectable(measures, gap, second.share, comparison)
        rest = [np.where(known, a, np.nan) for a in (p_value, detectable)]
        estimate, low, high = arrays
        none = np.full(known.shape, np.nan)
        out[comparison] = Disparities(estimate, low, high, rest[0], rest[1], none)
    return out


@dataclass(frozen=True)
class _Side:
    """What one side of a comparison brings: its value, its guarded limits and the critical value of both."""

    value: Floats
    low: Floats
    high: Floats
    critical: Floats


def _side(measures: Sequence[Measure], shares: Shares, critical: Floats) -> _Side:
    low, high = guarded_limits(shares.count, shares.nobs, critical=critical)
    return _Side(_values(measures, shares.share), _values(measures, low), _values(measures, high), critical)


def _pair_difference(
    measures: Sequence[Measure], first: Shares, second: Shares, sides: list[_Side], correlation: Floats
) -> list[Floats]:
    a, b = sides
    plain = difference_interval(
        first.count,
        first.nobs,
        second.count,
        second.nobs,
        critical1=a.critical,
        critical2=b.critical,
        correlation=correlation,
    )
    other = mover_difference(a.value, a.low, a.high, b.value, b.low, b.high, correlation=correlation)
    is_plain = np.array([_is_plain(m) for m in measures])[:, None]
    low, high = (np.where(is_plain, x, y) for x, y in zip(plain, other, strict=True))
    with np.errstate(invalid="ignore"):
        estimate = a.value - b.value
    known = np.isfinite(estimate)
    return [np.where(known, array, np.nan) for array in (estimate, low, high)]


def _pair_ratio(
    measures: Sequence[Measure], first: Shares, second: Shares, sides: list[_Side], correlation: Floats
) -> list[Floats]:
    a, b = sides
    plain = ratio_interval(
        first.count, first.nobs, second.count, second.nobs, critical1=a.critical, critical2=b.critical
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        other = mover_ratio(a.value, a.low, a.high, b.value, b.low, b.high, correlation=correlation)
        estimate = a.value / b.value
    is_plain = np.array([_is_plain(m) for m in measures])[:, None] & (correlation == 0)
    low, high = (np.where(is_plain, x, y) for x, y in zip(plain, other, strict=True))
    # Nothing over nothing has no value, though its limits 0 and infinity are known.
    known = np.array([_has_ratio(m) for m in measures])[:, None] & ~np.isnan(estimate)
    known &= np.isfinite(a.value) & np.isfinite(b.value)
    return [np.where(known, array, np.nan) for array in (estimate, low, high)]


def _pair_p_value(first: Shares, second: Shares, correlation: Floats) -> Floats:
    p_value = proportion_p_value(first.count, first.nobs, second.count, second.nobs)
    if np.any(correlation):
        p_value = _correlated(p_value, first, second, correlation)
    return p_value


def _correlated(p_value: Floats, first: Shares, second: Shares, correlation: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        sd1, sd2 = (np.sqrt(s.share * (1 - s.share) / s.nobs) for s in (first, second))
        kept = 1 - 2 * correlation * sd1 * sd2 / (sd1**2 + sd2**2)
        z = ndtri(np.clip(p_value, 1e-300, 1) / 2) / np.sqrt(np.clip(kept, 1e-6, None))
    return np.where(np.isnan(z), p_value, 2 * stdtr(1e12, np.nan_to_num(z)))


def _detectable(measures: Sequence[Measure], gap: Floats, share: Floats, comparison: str) -> Floats:
    """Turn a gap of shares into one of values; for ratios, how far below 1 the ratio would have to be."""
    if comparison == "difference":
        return np.asarray(gap * _slope(measures))
    has_value = np.array([_is_plain(m) or (isinstance(m, Composite) and m.lowest == 0) for m in measures])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(has_value, share / (share + gap), np.nan)


def to_overall(gaps: dict[str, Disparities], groups: Shares, rest: Shares) -> dict[str, Disparities]:
    """Turn the gaps of each group to everyone else into gaps to everyone, of whom it is a part.

    The group makes up a share w of everyone, so its gap to all is 1 - w times its gap to the rest,
    and its ratio to all is ``1 / (w + (1 - w) / ratio to the rest)``; the limits follow. That holds for
    measures whose overall value is the mean of the groups' values: see :func:`averages`.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        part = groups.denominator / (groups.denominator + rest.denominator)

    def shrink(gap: Floats, comparison: str) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            if comparison == "difference":
                return np.asarray((1 - part) * gap)
            return np.where(gap > 0, 1 / (part + (1 - part) / gap), gap)

    out = {}
    for comparison, gap in gaps.items():
        names = ("estimate", "low", "high", "smallest_detectable")
        out[comparison] = replace(gap, **{name: shrink(getattr(gap, name), comparison) for name in names})
    return out


def averages(measure: Measure) -> bool:
    """Say whether the value over everyone is the mean of the groups' values, weighted by those eligible."""
    return _is_plain(measure) or (isinstance(measure, Composite) and measure.averages)


def compare_range(
    measures: Sequence[Measure], groups: Shares, detectable: dict[str, Floats], *, confidence: float
) -> dict[str, Disparities]:
    """Compare the highest with the lowest of all groups that have rows; arrays have one comparison.

    Parameters
    ----------
    measures : sequence of Rate or Composite
    groups : Shares
    detectable : dict of str to array of shape (measures,)
        Gap that the two extreme groups would have shown, for each comparison.
    confidence : float

    Returns
    -------
    dict of str to Disparities
        "difference": highest minus lowest. "ratio": lowest over highest.
    """
    x, n = np.nan_to_num(groups.count), np.where(np.isnan(groups.share), 0.0, groups.nobs)
    values = _values(measures, groups.share)
    top, bottom = np.fmax.reduce(values, axis=1), np.fmin.reduce(values, axis=1)
    comparable = (np.isfinite(values).sum(axis=1) > 1) & ~np.isinf(values).any(axis=1)
    p_value = homogeneity_test(x, n, df=groups.df)
    out = {}
    for comparison, spread in (("difference", spread_interval), ("ratio", spread_ratio_interval)):
        low, high = spread(x, n, confidence=confidence, df=groups.df)
        if comparison == "difference":
            with np.errstate(invalid="ignore"):
                estimate = top - bottom
            low, high, chance = _rescale(measures, groups, confidence, low, high, expected_spread(x, n))
        else:
            with np.errstate(invalid="ignore", divide="ignore"):
                estimate = bottom / top
            low, high = _rescale_ratio(measures, groups, confidence, low, high)
            estimate = np.where([_has_ratio(m) for m in measures], estimate, np.nan)
            chance = np.full(top.shape, np.nan)
        known = np.isfinite(estimate) & comparable
        arrays = (estimate, low, high, p_value, detectable[comparison], chance)
        out[comparison] = Disparities(*(np.where(known, a, np.nan)[:, None] for a in arrays))
    return out


def _rescale(
    measures: Sequence[Measure], groups: Shares, confidence: float, low: Floats, high: Floats, chance: Floats
) -> tuple[Floats, Floats, Floats]:
    """Turn a spread of shares into one of values; composites vary otherwise than binomially by chance."""
    slope = _slope(measures)[:, 0]
    low, high, chance = low * slope, high * slope, chance * slope
    for i, measure in enumerate(measures):
        if isinstance(measure, Composite):
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = np.nansum(groups.count[i]) / np.sum(groups.nobs[i][~np.isnan(groups.share[i])])
                error = np.sqrt(mean * (1 - mean) / groups.nobs[i])
            chance[i] = expected_range(np.where(np.isfinite(error), error, np.nan))[()] * slope[i]
        elif measure.transform is not None:
            low[i], high[i] = _transformed_spread(measure, groups, i, confidence)
    return low, high, chance


def _transformed_spread(measure: Measure, groups: Shares, i: int, confidence: float) -> tuple[float, float]:
    """Bound the spread of an increasing function of the share by its values at joint limits of each share."""
    used = ~np.isnan(groups.share[i]) & (groups.nobs[i] > 0)
    if used.sum() < 2:
        return np.nan, np.nan
    each = 1 - (1 - confidence) / used.sum()
    critical = critical_value(each, groups.df[i][used])
    low, high = guarded_limits(groups.count[i][used], groups.nobs[i][used], critical=critical)
    low, high = measure.value(low), measure.value(high)
    return max(0.0, float(low.max() - high.min())), float(high.max() - low.min())


def _rescale_ratio(
    measures: Sequence[Measure], groups: Shares, confidence: float, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    for i, measure in enumerate(measures):
        if isinstance(measure, Rate) and measure.transform is not None:
            used = ~np.isnan(groups.share[i]) & (groups.nobs[i] > 0)
            if used.sum() < 2:
                continue
            critical = critical_value(1 - (1 - confidence) / used.sum(), groups.df[i][used])
            limits = guarded_limits(groups.count[i][used], groups.nobs[i][used], critical=critical)
            bottom, top = (measure.value(limit) for limit in limits)
            with np.errstate(invalid="ignore", divide="ignore"):
                low[i], high[i] = bottom.min() / top.max(), min(1.0, top.min() / bottom.max())
    return low, high
