"""Gaps between the means of two groups, as differences and as ratios, with their intervals and tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from biasaudit.arraytypes import Bools, Floats
from biasaudit.inference.disparities import Disparities, confidence_levels
from biasaudit.inference.means.means import Means
from biasaudit.inference.means.skewness import df_with_skew, hall, hall_inverse, two_sided
from biasaudit.metrics.wilson import critical_value, t_quantile

__all__ = ["Comparable", "compare_means", "mean_interval", "mean_p_values"]

# What shared clusters leave of the variance of a gap is never nothing.
MIN_VARIANCE_RATIO = 1e-6
POWER = 0.8
# A statistic whose cube is still a number.
LARGEST = 1e30
N_BISECTIONS = 34


class Comparable(Protocol):
    """What is measured: says whether one value may be held over another."""

    @property
    def has_ratio(self) -> bool:
        """Whether values that are above 0 have a ratio that tells something."""


def mean_interval(means: Means, confidence: float, *, skewness: bool = True) -> tuple[Floats, Floats]:
    """Interval of each value, by t on what Hall's transformation leaves.

    Parameters
    ----------
    means : Means
    confidence : float
        Between 0 and 1; an array broadcasts.
    skewness : bool
        Whether to correct for skew; otherwise it is the textbook's interval.

    Returns
    -------
    low, high : float array of shape (measures, groups)
        NaN where the error is not known.

    References
    ----------
    Hall (1992), "On the removal of skewness by transformation".

    Examples
    --------
    >>> ten = Means(*(np.array([[number]]) for number in (5.0, 30.0, 30.0, 1.0, 29.0, 0.3, 5.5)))
    >>> [round(float(limit[0, 0]), 2) for limit in mean_interval(ten, 0.95)]
    [3.17, 8.2]
    >>> [round(float(limit[0, 0]), 2) for limit in mean_interval(ten, 0.95, skewness=False)]
    [2.95, 7.05]
    """
    df = df_with_skew(means) if skewness else means.df
    return _limits(
        means.value, means.error, means.skew if skewness else np.zeros(df.shape), critical_value(confidence, df)
    )


def _limits(value: Floats, error: Floats, skew: Floats, critical: Floats) -> tuple[Floats, Floats]:
    return value - error * hall_inverse(critical, skew), value - error * hall_inverse(-critical, skew)


@dataclass(frozen=True)
class _Gap:
    """A difference of two means, with what its studentised form is judged by."""

    value: Floats
    error: Floats
    df: Floats
    skew: Floats

    @property
    def statistic(self) -> Floats:
        """The studentised difference after transformation; 0 where nothing differs and nothing varies."""
        with np.errstate(invalid="ignore", divide="ignore"):
            plain = np.where((self.error == 0) & (self.value == 0), 0.0, self.value / self.error)
        finite = np.isfinite(plain)
        return np.where(finite, hall(np.clip(np.where(finite, plain, 0.0), -LARGEST, LARGEST), self.skew), plain)


def _gap(first: Means, second: Means, correlation: Floats | float, skewness: bool) -> _Gap:
    """Take second from first; degrees of freedom are those of independent sides of the same errors."""
    error, skew = _together(first.error, second.error, first.skew, second.skew, correlation)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = first.error**2, second.error**2
        dofs = [df_with_skew(side) if skewness else side.df for side in (first, second)]
        doubt = sum(np.where(part > 0, part**2 / df, 0.0) for part, df in zip(parts, dofs, strict=True))
        df = np.where(doubt > 0, (parts[0] + parts[1]) ** 2 / doubt, np.fmin(*dofs))
    return _Gap(first.value - second.value, error, df, skew if skewness else np.zeros(skew.shape))


def _together(
    error1: Floats, error2: Floats, skew1: Floats, skew2: Floats, correlation: Floats | float
) -> tuple[Floats, Floats]:
    """Return error and skewness of a difference; the latter as of independent sides of the same errors."""
    with np.errstate(invalid="ignore", divide="ignore"):
        independent = error1**2 + error2**2
        shared = 2 * np.asarray(correlation, dtype=float) * error1 * error2
        variance = np.maximum(independent - shared, MIN_VARIANCE_RATIO * independent)
        cubed = (skew1 * error1**3 - skew2 * error2**3) / independent**1.5
        return np.sqrt(variance), np.nan_to_num(cubed)


def mean_p_values(first: Means, second: Means, *, correlation: Floats | float = 0.0, skewness: bool = True) -> Floats:
    """Test that each value of `first` is as the same column of `second`: by the interval of the difference, inverted.

    Parameters
    ----------
    first, second : Means
        Groups and what they are held against.
    correlation : float array of shape (measures, groups), or float
        Of the two values, through clusters that both have.
    skewness : bool
        Whether to correct for skew; otherwise it is Welch's test.

    Returns
    -------
    float array of shape (measures, groups)
        NaN where an error is not known.
    """
    gap = _gap(first, second, correlation, skewness)
    return two_sided(gap.statistic, gap.df)


def compare_means(
    measures: Sequence[Comparable],
    first: Means,
    second: Means,
    *,
    confidence: float,
    alpha: Floats | float,
    correlation: Floats | float = 0.0,
    p_value: Floats | None = None,
    skewness: bool = True,
) -> dict[str, Disparities]:
    """Compare each group of `first` with the same column of `second`, or with the only one.

    The interval of the difference is Welch's after Hall's transformation, which takes out skewness; its degrees of
    freedom are lower where rows are skew. That of the ratio is Fieller's by the same test, so that both leave out no
    gap together.

    Parameters
    ----------
    measures : sequence of Comparable
        Such as MomentMeasure.
    first, second : Means
    confidence : float
        Confidence of each gap's own interval.
    alpha : array of shape (measures, groups), or float
        Level at which a gap is judged, by its adjusted limits.
    correlation : array of shape (measures, groups), or float
        Of the two values, through clusters that both have.
    p_value : array of shape (measures, groups), optional
        What :func:`mean_p_values` says of these, where it was asked already.
    skewness : bool
        Whether to correct for skew.

    Returns
    -------
    dict of str to Disparities
        "difference": first minus second. "ratio": first over second, NaN where a limit of a value is not above 0.

    References
    ----------
    Welch (1947), "The generalization of 'Student's' problem when several different population variances are involved".
    Hall (1992), "On the removal of skewness by transformation". Fieller (1954), "Some problems in interval estimation".
    """
    shape = np.broadcast_shapes(first.value.shape, second.value.shape)
    first, second = (side.each(lambda a: np.broadcast_to(a, shape)) for side in (first, second))
    levels = confidence_levels(confidence, alpha, shape)
    gap = _gap(first, second, correlation, skewness)
    critical = critical_value(levels, gap.df)
    if p_value is None:
        p_value = two_sided(gap.statistic, gap.df)
    detectable = _detectable(gap, critical[1])
    limits = _limits(gap.value, gap.error, gap.skew, critical)
    ratio, ratio_limits = _ratio(first, second, correlation, skewness, critical)
    has_ratio = np.array([measure.has_ratio for measure in measures])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        smallest_ratio = second.value / (second.value + detectable)
    out = {}
    for comparison, estimate, (lows, highs), smallest in (
        ("difference", gap.value, limits, detectable),
        ("ratio", np.where(has_ratio, ratio, np.nan), ratio_limits, smallest_ratio),
    ):
        arrays = (estimate, lows[0], highs[0], lows[1], highs[1], p_value, smallest, np.full(shape, np.nan))
        out[comparison] = Disparities(*(np.where(np.isnan(estimate), np.nan, array) for array in arrays))
    return out


def _detectable(gap: _Gap, critical: Floats) -> Floats:
    """Find the gap that would be seen with the given power, whichever way it goes."""
    power = t_quantile(POWER, gap.df)
    ways = [hall_inverse(a, gap.skew) - hall_inverse(-b, gap.skew) for a, b in ((critical, power), (power, critical))]
    return np.asarray(gap.error * np.maximum(*ways))


def _ratio(
    first: Means, second: Means, correlation: Floats | float, skewness: bool, critical: Floats
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Return first over second with its limits, where all limits of both are above 0 at the first level."""
    with np.errstate(invalid="ignore", divide="ignore"):
        positive = [_lowest(side, critical, skewness) > 0 for side in (first, second)]
        both = positive[0] & positive[1]
        ratio = np.where(both[0], first.value / second.value, np.nan)
    low, high = np.zeros(both.shape), np.full(both.shape, np.inf)
    if both.any():
        at = np.nonzero(both)
        one, other = (side.each(lambda a: np.broadcast_to(a, both.shape)[at]) for side in (first, second))
        shared = np.broadcast_to(np.asarray(correlation, dtype=float), both.shape)[at]
        low[at], high[at] = _fieller(one, other, shared, skewness, critical[at])
    return ratio, (low, high)


def _lowest(side: Means, critical: Floats, skewness: bool) -> Floats:
    skew = side.skew if skewness else np.zeros(side.skew.shape)
    return _limits(side.value, side.error, skew, critical)[0]


def _fieller(
    first: Means, second: Means, correlation: Floats, skewness: bool, critical: Floats
) -> tuple[Floats, Floats]:
    """Find by halving the ratios at which first less ratio × second is just as far from 0 as `critical`.

    A ratio is the estimate times u / (1 - u).
    """
    scale = first.value / second.value
    skew1, skew2 = (side.skew if skewness else np.zeros(scale.shape) for side in (first, second))

    def statistic(u: Floats) -> Floats:
        error, skew = _together((1 - u) * first.error, u * scale * second.error, skew1, skew2, correlation)
        return _Gap(first.value * (1 - 2 * u), error, error, skew).statistic

    def root(inner: Floats, outer: Floats, beyond: Callable[[Floats], Bools]) -> Floats:
        for _ in range(N_BISECTIONS):
            middle = (inner + outer) / 2
            far = beyond(statistic(middle))
            inner, outer = np.where(far, inner, middle), np.where(far, middle, outer)
        return (inner + outer) / 2

    half = np.full(scale.shape, 0.5)
    ends = (
        root(half, np.zeros(scale.shape), lambda t: t > critical),
        root(half, np.ones(scale.shape), lambda t: t < -critical),
    )
    return tuple(scale * u / (1 - u) for u in ends)  # type: ignore[return-value]
