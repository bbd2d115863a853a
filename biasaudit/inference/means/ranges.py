"""The range of means over all groups: the highest against the lowest, with what chance alone would give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, fdtri, ndtr

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.disparities import Disparities, confidence_levels
from biasaudit.inference.intervals.chance_spread import expected_range
from biasaudit.inference.intervals.closed_form import mover_difference, mover_ratio
from biasaudit.inference.intervals.spread import range_critical
from biasaudit.inference.means.comparisons import Comparable, compare_means, mean_interval, mean_p_values
from biasaudit.inference.means.means import Means
from biasaudit.inference.means.skewness import df_with_skew, hall_inverse
from biasaudit.inference.variance.degrees_of_freedom import welch

__all__ = ["compare_means_range", "means_range_p_values"]

MAX_DF = 1e9
MAX_PAIRED = 32
N_SPLITS = 65
# Errors below this part of the values are rounding.
ROUNDING = 1e-12
SMALLEST = 1e-150
# Where skewness parts what lies above a value from what lies below: near the limits of 95 %.
FAR = 2.0


def means_range_p_values(measures: Sequence[Comparable], groups: Means, *, skewness: bool = True) -> Floats:
    """Test that all groups are alike by Welch's analysis of variance, one p-value a measure; NaN without two groups.

    Where rows are skew, the truth lies further on one side of a value than on the other: each side has the error that
    Hall's transformation gives its limit. Of two groups it is the test of their difference, which is the same but for
    skewness. Groups of unknown error are left out.

    Parameters
    ----------
    measures : sequence of Comparable
    groups : Means
    skewness : bool
        Whether degrees of freedom are lower where rows are skew.

    Returns
    -------
    float array of shape (measures,)

    References
    ----------
    Welch (1951), "On the comparison of several mean values: an alternative approach".
    """
    used = _used(groups)
    found, number = _analysis(groups, used, skewness), used.sum(axis=1)
    p_value = np.where(number > 1, fdtrc(found.between, found.within, found.statistic), np.nan)
    two = number == 2
    if two.any():
        top, bottom = (side.each(lambda a: a[two]) for side in _ends(groups, used))
        p_value[two] = mean_p_values(top, bottom, skewness=skewness)[:, 0]
    return p_value


def _used(groups: Means) -> Bools:
    return np.asarray(np.isfinite(groups.value) & np.isfinite(groups.error))


def _ends(groups: Means, used: Bools) -> tuple[Means, Means]:
    """Take the group with the highest value of each measure, and the one with the lowest, shape (measures, 1)."""
    top = np.where(used, groups.value, -np.inf).argmax(axis=1)[:, None]
    bottom = np.where(used, groups.value, np.inf).argmin(axis=1)[:, None]
    return tuple(  # type: ignore[return-value]
        groups.each(lambda a, at=at: np.take_along_axis(a, at, axis=1))  # type: ignore[misc]
        for at in (top, bottom)
    )


@dataclass(frozen=True)
class _Analysis:
    """Welch's analysis of variance; arrays have shape (measures, groups) or (measures,).

    `above` and `below` are what squares of distances from each value count in that direction; skewness parts them.
    `distance` over `between` × `scale` is F with `within` degrees of freedom in the denominator.
    """

    above: Floats
    below: Floats
    distance: Floats
    between: Floats
    within: Floats
    scale: Floats

    @property
    def statistic(self) -> Floats:
        return self.distance / self.between / self.scale

    def limit(self, level: Floats) -> Floats:
        """Distance that is exceeded by chance in a share 1 - `level` of cases."""
        return np.asarray(self.between * self.scale * fdtri(self.between, self.within, level))


def _analysis(groups: Means, used: Bools, skewness: bool) -> _Analysis:
    value = np.where(used, groups.value, 0.0)
    above, below = (np.where(used, 1 / error**2, 0.0) for error in _one_sided(groups, used, skewness))
    middle, distance = _nearest_mean(value, above, below)
    weight = np.where(value < middle[:, None], above, below)
    df = np.where(used, df_with_skew(groups) if skewness else groups.df, 1.0)
    # Relative weights are all that matters here; those of rows that are all alike are huge.
    within, scale = welch(weight / np.maximum(weight.max(axis=1, keepdims=True), SMALLEST), df)
    between = np.maximum(used.sum(axis=1) - 1.0, 1.0)
    return _Analysis(above, below, distance, between, np.clip(np.nan_to_num(within, nan=1.0), 1e-9, MAX_DF), scale)


def _one_sided(groups: Means, used: Bools, skewness: bool) -> list[Floats]:
    """Return errors by which the truth lies above and below each value: half of the transformed limits at 2 errors."""
    error = np.where(used, groups.error, 0.0)
    size = np.where(used, np.abs(groups.value) + error, 0.0).max(axis=1, keepdims=True, initial=0.0)
    error = np.maximum(error, ROUNDING * size + SMALLEST)
    if not skewness:
        return [error, error]
    return [sign * error * hall_inverse(sign * np.full(error.shape, FAR), groups.skew) / FAR for sign in (-1.0, 1.0)]


def _nearest_mean(value: Floats, above: Floats, below: Floats) -> tuple[Floats, Floats]:
    """Find the common mean that is nearest to all values, and the weighted squares of their distances from it."""
    order = np.argsort(np.where(above > 0, value, np.inf), axis=1)
    origin = np.take_along_axis(value, order[:, :1], axis=1)
    value, above, below = (np.take_along_axis(a, order, axis=1) for a in (value - origin, above, below))
    # Between two neighbours the mean lies above so many and below the others.
    lower = np.cumsum([above, above * value, above * value**2], axis=2)
    of_others = np.array([below, below * value, below * value**2])
    upper = of_others.sum(axis=2, keepdims=True) - np.cumsum(of_others, axis=2)
    s0, s1, s2 = lower + upper
    with np.errstate(invalid="ignore", divide="ignore"):
        to_next = np.concatenate([np.where(above > 0, value, np.inf)[:, 1:], np.full((len(value), 1), np.inf)], axis=1)
        mean = np.clip(s1 / s0, value, np.fmax(to_next, value))
        cost = np.where(above > 0, (s0 * mean - 2 * s1) * mean + s2, np.inf)
    at = cost.argmin(axis=1)[:, None]
    nearest, distance = (np.take_along_axis(a, at, axis=1)[:, 0] for a in (mean, cost))
    return nearest + origin[:, 0], np.where(np.isfinite(distance), np.maximum(distance, 0.0), 0.0)


def compare_means_range(
    measures: Sequence[Comparable],
    groups: Means,
    detectable: dict[str, Floats],
    *,
    confidence: float,
    alpha: Floats | float | None = None,
    p_value: Floats | None = None,
    skewness: bool = True,
) -> dict[str, Disparities]:
    """Compare the highest with the lowest of all groups whose error is known; arrays have one comparison.

    Parameters
    ----------
    measures : sequence of Comparable
    groups : Means
    detectable : dict of str to array of shape (measures,)
        Gap that the two largest groups would have shown, for each comparison.
    confidence : float
        Confidence of each range's own interval.
    alpha : array of shape (measures,), or float, optional
        Level at which a range is judged, by its adjusted limits; that of its own where it is judged alone.
    p_value : array of shape (measures,), optional
        What :func:`means_range_p_values` says of these, where it was asked already.
    skewness : bool
        Whether to correct for skew.

    Returns
    -------
    dict of str to Disparities
        "difference": highest minus lowest. "ratio": lowest over highest.

    Notes
    -----
    Of two groups it is the interval of their difference, cut at 0. Of more, the upper limit is the largest upper limit
    of any pair at its own level: the range is the difference of one pair, though nobody knows which. The lower limit is
    0 unless the analysis of variance says that groups differ; then it is the smallest range that it does not reject, or
    the largest lower limit of any pair at Tukey's critical value.

    References
    ----------
    Berger (1982), "Multiparameter hypothesis testing and acceptance sampling". Marcus, Peritz and Gabriel (1976), "On
    closed testing procedures with special reference to ordered analysis of variance".
    """
    used = _used(groups)
    number = used.sum(axis=1)
    if p_value is None:
        p_value = means_range_p_values(measures, groups, skewness=skewness)
    levels = confidence_levels(confidence, 1 - confidence if alpha is None else alpha, number.shape)
    estimates, limits = _of_two(measures, groups, used, confidence, 1 - levels[1], skewness)
    many = np.flatnonzero(number > 2)
    if len(many):
        of_many = _of_many(groups.each(lambda a: a[many]), used[many], levels[:, many], skewness)
        for comparison, ends in of_many.items():
            for limit, end in zip(limits[comparison], ends, strict=True):
                limit[:, many] = end
    error = np.where(used, groups.error, np.nan)
    unit = np.fmax.reduce(error, axis=1, keepdims=True, initial=SMALLEST)
    by_chance = expected_range(error / unit) * unit[:, 0]
    chance = {"difference": by_chance, "ratio": np.full(number.shape, np.nan)}
    out = {}
    for comparison, estimate in estimates.items():
        known = np.isfinite(estimate) & (number > 1)
        (low, low_adjusted), (high, high_adjusted) = limits[comparison]
        arrays = (estimate, low, high, low_adjusted, high_adjusted, p_value, detectable[comparison], chance[comparison])
        out[comparison] = Disparities(*(np.where(known, a, np.nan)[:, None] for a in arrays))
    return out


def _of_two(
    measures: Sequence[Comparable], groups: Means, used: Bools, confidence: float, alpha: Floats, skewness: bool
) -> tuple[dict[str, Floats], dict[str, list[Floats]]]:
    """Compare the highest with the lowest as if they were the only two; limits are [low, high] by level."""
    top, bottom = _ends(groups, used)
    level = {"confidence": confidence, "alpha": alpha[:, None], "skewness": skewness}
    gaps = compare_means(measures, top, bottom, **level)["difference"]  # type: ignore[arg-type]
    ratios = compare_means(measures, bottom, top, **level)["ratio"]  # type: ignore[arg-type]
    (low, high), (ratio_low, ratio_high) = (
        [np.stack([getattr(gap, f"{end}{level}")[:, 0] for level in ("", "_adjusted")]) for end in ("low", "high")]
        for gap in (gaps, ratios)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.maximum(low, 0.0), np.maximum(high, -low)
        ratio = np.minimum(ratio_low, 1 / ratio_high), np.minimum(ratio_high, 1.0)
    return (
        {"difference": gaps.estimate[:, 0], "ratio": ratios.estimate[:, 0]},
        {"difference": list(difference), "ratio": list(ratio)},
    )


def _of_many(groups: Means, used: Bools, levels: Floats, skewness: bool) -> dict[str, tuple[Floats, Floats]]:
    """Bound the range and the ratio of more than two groups, at each level."""
    ends = [_limits_at(groups, used, level, skewness) for level in levels]
    return {
        comparison: tuple(np.stack([end[comparison][i] for end in ends]) for i in (0, 1))  # type: ignore[misc]
        for comparison in ("difference", "ratio")
    }


def _limits_at(groups: Means, used: Bools, level: Floats, skewness: bool) -> dict[str, tuple[Floats, Floats]]:
    top, bottom, same = _pairs(groups, used, level[:, None], skewness, inner=False)
    high = np.where(same, np.nan, mover_difference(*top, *bottom)[1])
    ratio_low = np.where(same, np.nan, mover_ratio(*bottom, *top)[0])
    low, ratio_high = _least(groups, used, level, skewness)
    return {
        "difference": (low, np.fmax.reduce(high, axis=(1, 2))),
        "ratio": (np.fmin.reduce(ratio_low, axis=(1, 2)), ratio_high),
    }


def _pairs(
    groups: Means, used: Bools, confidence: Floats, skewness: bool, *, inner: bool
) -> tuple[list[Floats], list[Floats], Bools]:
    """Values and limits of the groups that may be the highest, and of those that may be the lowest.

    They have shapes (measures, candidates, 1) and (measures, 1, candidates); the third array says where they are the
    same group. Of many groups only those are kept whose outer limits lie furthest out, or inner ones.
    """
    arrays = [groups.value, *mean_interval(groups, confidence, skewness=skewness)]  # type: ignore[arg-type]
    value, low, high = (np.where(used, a, np.nan) for a in arrays)
    up, down = (low, high) if inner else (high, low)
    first, second = _outermost(-(0.3 * value + 0.7 * up)), _outermost(0.3 * value + 0.7 * down)
    top = [np.take_along_axis(a, first, axis=1)[:, :, None] for a in (value, low, high)]
    bottom = [np.take_along_axis(a, second, axis=1)[:, None, :] for a in (value, low, high)]
    return top, bottom, first[:, :, None] == second[:, None, :]


def _outermost(key: Floats) -> Ints:
    if key.shape[1] <= MAX_PAIRED:
        return np.broadcast_to(np.arange(key.shape[1]), key.shape)
    return np.argpartition(key, MAX_PAIRED, axis=1)[:, :MAX_PAIRED]


def _least(groups: Means, used: Bools, level: Floats, skewness: bool) -> tuple[Floats, Floats]:
    """Return the least range and the largest ratio; 0 and 1 where the groups may all be alike."""
    found = _analysis(groups, used, skewness)
    limit = found.limit(level)
    rejected = found.distance > limit
    low, ratio = np.zeros(len(level)), np.ones(len(level))
    if not rejected.any():
        return low, ratio
    chosen = groups.each(lambda a: a[rejected])
    number = used[rejected].sum(axis=1)
    tukey = np.array([range_critical(float(a), int(k)) for a, k in zip(level[rejected], number, strict=True)])
    joint = 2 * ndtr(tukey) - 1
    top, bottom, _ = _pairs(chosen, used[rejected], joint[:, None], skewness, inner=True)
    by_pairs = np.fmax.reduce(mover_difference(*top, *bottom)[0], axis=(1, 2))
    ratio_by_pairs = np.fmin.reduce(mover_ratio(*bottom, *top)[1], axis=(1, 2))
    bottom_end, top_end = _unrejected_ends(chosen.value, found.above[rejected], found.below[rejected], limit[rejected])
    low[rejected] = np.fmax(by_pairs, (top_end - bottom_end).min(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        by_all = np.where(bottom_end > 0, bottom_end / top_end, np.inf).min(axis=1)
    ratio[rejected] = np.fmin(np.fmin(ratio_by_pairs, by_all), 1.0)
    return low, ratio


def _unrejected_ends(value: Floats, above: Floats, below: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Lay out the lowest and highest means that the analysis just does not reject, shape (measures, ways).

    Groups between the two ends cost nothing, the others weight × (value - end)² each. The ways differ in how they
    divide the `limit` of that cost between the ends.
    """
    value = np.where(above > 0, value, np.nan)
    spent = limit[:, None] * np.sin(np.linspace(0, np.pi / 2, N_SPLITS)) ** 2
    return _lowest_end(value, above, spent), -_lowest_end(-value, below, limit[:, None] - spent)


def _lowest_end(value: Floats, weight: Floats, cost: Floats) -> Floats:
    """Raise the low end until the groups below it cost so much."""
    origin = np.nanmin(value, axis=1, keepdims=True)
    order = np.argsort(value, axis=1)
    value, weight = (np.take_along_axis(a, order, axis=1) for a in (np.nan_to_num(value - origin, nan=np.inf), weight))
    finite = np.where(weight > 0, value, 0.0)
    s0, s1, s2 = np.cumsum([weight, weight * finite, weight * finite**2], axis=2)
    at_group = np.where(weight > 0, (s0 * finite - 2 * s1) * finite + s2, np.inf)
    passed = (at_group[:, 1:, None] <= cost[:, None, :]).sum(axis=1)
    s0, s1, s2 = (np.take_along_axis(a, passed, axis=1) for a in (s0, s1, s2))
    return np.asarray(origin + (s1 + np.sqrt(np.maximum(s1**2 - s0 * (s2 - cost), 0.0))) / s0)
