"""Gaps between estimates that are known by their resamples alone: intervals, tests and ranges.

A limit is the estimate and so many standard errors, by Student's t, bent as bias, skewness and acceleration of the
resamples say (the smooth form of Efron's BCa), so that limits at small levels need no extreme resamples, and limit and
p-value are one and the same statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.disparities import Disparities, confidence_levels
from biasaudit.inference.intervals.chance_spread import expected_range
from biasaudit.inference.intervals.closed_form import mover_ratio
from biasaudit.inference.testing.gatekeeping import comparison_level
from biasaudit.metrics.metric import Metric

__all__ = [
    "Resampled",
    "compare_range",
    "compare_resampled",
    "concat_resampled",
    "pair_p_values",
    "range_p_values",
    "resampled_interval",
]

POWER = 0.8


@dataclass(frozen=True)
class Resampled:
    """Estimates with what their resamples tell; every array has shape (measures, groups).

    Parameters
    ----------
    value : float array
        The estimate; NaN where a group has none.
    rows : float array
        Rows that it rests on.
    error : float array
        Standard error; NaN where nobody can know it.
    df : float array
        Its degrees of freedom: of the rows (or clusters), and of the number of resamples.
    bias : float array
        How far resamples lie above the estimate on average.
    skew : float array
        Skewness of the resamples: their third cumulant over the error cubed.
    acceleration : float array
        How fast the error grows with the estimate, from leaving out rows: a sixth of the skewness of a mean.
    lowest : float array
        Smallest value that was seen.
    """

    value: Floats
    rows: Floats
    error: Floats
    df: Floats
    bias: Floats
    skew: Floats
    acceleration: Floats
    lowest: Floats

    @property
    def known(self) -> Bools:
        """Where it has a value, and somebody can say how sure that is."""
        return np.isfinite(self.value) & np.isfinite(self.error)

    def each(self, change: Callable[[Floats], Floats]) -> "Resampled":
        """Apply `change` to every array."""
        return Resampled(*(change(getattr(self, field.name)) for field in fields(self)))


def concat_resampled(parts: Sequence[Resampled], *, axis: int = 1) -> Resampled:
    """Put groups next to each other; with axis 0, measures below each other.

    Parameters
    ----------
    parts : sequence of Resampled
    axis : int

    Returns
    -------
    Resampled
    """
    arrays = ([getattr(part, field.name) for part in parts] for field in fields(Resampled))
    return Resampled(*(np.concatenate(together, axis=axis) for together in arrays))


def resampled_interval(found: Resampled, confidence: Floats | float) -> tuple[Floats, Floats]:
    """Return the limits of each estimate.

    Parameters
    ----------
    found : Resampled
    confidence : float, or array that broadcasts

    Returns
    -------
    low, high : float array

    References
    ----------
    Efron (1987), "Better bootstrap confidence intervals", JASA 82. Hall (1992), "On the removal of skewness by
    transformation", JRSS B 54: the cubic that bends the limits never turns back.

    Examples
    --------
    >>> ten = (np.array([[number]]) for number in (10.0, 50.0, 1.0, 49.0, 0.0, 0.0, 0.0, 0.0))
    >>> [limit.round(2).tolist() for limit in resampled_interval(Resampled(*ten), 0.95)]
    [[[7.99]], [[12.01]]]
    """
    critical = stdtrit(found.df, 0.5 + np.asarray(confidence, dtype=float) / 2)
    return _bent(found, -critical), _bent(found, critical)


def _slopes(found: Resampled) -> tuple[Floats, Floats]:
    """Return how many standard errors all limits are shifted by, and how much they bend."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = found.skew / 6 - found.bias / found.error
    return shift, found.skew / 6 + found.acceleration


def _bent(found: Resampled, standard_errors: Floats) -> Floats:
    shift, bend = _slopes(found)
    flat = np.abs(bend) < 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(flat, standard_errors, ((1 + bend * standard_errors) ** 3 - 1) / (3 * bend))
    return np.asarray(found.value + found.error * (moved + shift))


def _p_value(gap: Resampled) -> Floats:
    """Return the level at which the limits of a gap begin to leave out 0."""
    shift, bend = _slopes(gap)
    flat = np.abs(bend) < 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = -gap.value / gap.error - shift
        standard_errors = np.where(flat, moved, (np.cbrt(1 + 3 * bend * moved) - 1) / bend)
    return np.asarray(2 * stdtr(gap.df, -np.abs(standard_errors)))


def _difference(first: Resampled, second: Resampled, correlation: Floats | float) -> Resampled:
    """Subtract: cumulants of independent estimates add, the odd ones with their sign."""
    one, other = first.error, second.error
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(one**2 + other**2 - 2 * np.asarray(correlation) * one * other, 0.0)
        error = np.where(variance > 0, np.sqrt(variance), np.nan)
        df = (one**2 + other**2) ** 2 / (one**4 / first.df + other**4 / second.df)
        skew = (first.skew * one**3 - second.skew * other**3) / error**3
        acceleration = (first.acceleration * one**3 - second.acceleration * other**3) / error**3
        lowest = first.lowest - second.lowest
    return Resampled(
        value=first.value - second.value,
        rows=np.minimum(first.rows, second.rows),
        error=error,
        df=df,
        bias=first.bias - second.bias,
        skew=skew,
        acceleration=acceleration,
        lowest=lowest,
    )


def pair_p_values(
    measures: Sequence[Metric], first: Resampled, second: Resampled, *, correlation: Floats | float = 0.0
) -> Floats:
    """Test that each group of `first` is as the same column of `second`.

    Parameters
    ----------
    measures : sequence of Metric
    first, second : Resampled
    correlation : float array of shape (measures, groups), or float

    Returns
    -------
    float array of shape (measures, groups)
        NaN where a side has no value, or nobody knows how sure it is.
    """
    return _p_value(_difference(first, second, correlation))


def compare_resampled(
    measures: Sequence[Metric],
    first: Resampled,
    second: Resampled,
    *,
    confidence: float,
    alpha: Floats | float,
    correlation: Floats | float = 0.0,
    p_value: Floats | None = None,
) -> dict[str, Disparities]:
    """Compare each group of `first` with the same column of `second`.

    Parameters
    ----------
    measures : sequence of Metric
    first, second : Resampled
    confidence : float
        Of each gap's own interval.
    alpha : array
        Level at which a gap is judged, by its adjusted limits.
    correlation : array
        Of the two estimates, through clusters they share.
    p_value : array, optional
        What :func:`pair_p_values` says of these.

    Returns
    -------
    dict of str to Disparities
        "difference": first minus second. "ratio": first over second, where no value below 0 was seen.
    """
    gap = _difference(first, second, correlation)
    p = _p_value(gap) if p_value is None else np.asarray(p_value)
    levels = confidence_levels(confidence, alpha, gap.value.shape)
    (low, low_adjusted), (high, high_adjusted) = resampled_interval(gap, levels)
    seen = (stdtrit(gap.df, 1 - np.asarray(alpha) / 2) + ndtri(POWER)) * gap.error
    none = np.full(gap.value.shape, np.nan)
    difference = Disparities(gap.value, low, high, low_adjusted, high_adjusted, p, seen, none)
    return {"difference": difference, "ratio": _ratio(first, second, levels, correlation, p, seen)}


def _ratio(
    first: Resampled, second: Resampled, levels: Floats, correlation: Floats | float, p_value: Floats, seen: Floats
) -> Disparities:
    sides = [[found.value, *(np.maximum(end, 0.0) for end in _limits(found, levels))] for found in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = mover_ratio(*sides[0], *sides[1], correlation=correlation)
        estimate = first.value / second.value
        smallest = second.value / (second.value + seen)
    known = (first.lowest >= 0) & (second.lowest >= 0) & np.isfinite(estimate)
    p_value, smallest = (np.broadcast_to(array, estimate.shape) for array in (p_value, smallest))
    arrays = (estimate, low[0], high[0], low[1], high[1], p_value, smallest, np.full(estimate.shape, np.nan))
    return Disparities(*(np.where(known, array, np.nan) for array in arrays))


def _limits(found: Resampled, levels: Floats) -> tuple[Floats, Floats]:
    """Bound one side; limits of a ratio hold its estimate between them, whatever the bias."""
    low, high = resampled_interval(found, levels)
    ends = np.fmin(low, found.value), np.fmax(high, found.value)
    return np.where(np.isnan(low), np.nan, ends[0]), np.where(np.isnan(high), np.nan, ends[1])


def range_p_values(measures: Sequence[Metric], groups: Resampled) -> Floats:
    """Test that all groups are alike, one p-value a measure; NaN where there are not two.

    Two groups are tested as a pair is; more of them by Welch's analysis of variance.

    Parameters
    ----------
    measures : sequence of Metric
    groups : Resampled

    Returns
    -------
    float array of shape (measures,)

    References
    ----------
    Welch (1951), "On the comparison of several mean values: an alternative approach", Biometrika 38.
    """
    known = groups.known
    number = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(known, 1 / groups.error**2, 0.0)
        total = weight.sum(axis=1)
        value = np.where(known, groups.value, 0.0)
        mean = (weight * value).sum(axis=1) / total
        between = (weight * (value - mean[:, None]) ** 2).sum(axis=1) / (number - 1)
        spread = np.where(known, (1 - weight / total[:, None]) ** 2 / groups.df, 0.0).sum(axis=1)
        statistic = between / (1 + 2 * (number - 2) / (number**2 - 1) * spread)
        df = (number**2 - 1) / (3 * spread)
        out = np.where(number > 1, _upper_tail_of_f(number - 1, df, statistic), np.nan)
    two = np.flatnonzero(number == 2)
    if len(two):
        ends = np.argsort(~known[two], axis=1, kind="stable")[:, :2]
        first, second = (groups.each(_picked(two, at)) for at in ends.T)
        out[two] = _p_value(_difference(first, second, 0.0))[:, 0]
    return out


def _picked(measures: Ints, groups: Ints) -> Callable[[Floats], Floats]:
    """Return what picks a group of each measure, or some groups of all."""
    return lambda array: array[measures, groups].reshape(len(measures), -1)


def _upper_tail_of_f(df1: Floats, df2: Floats, statistic: Floats) -> Floats:
    from scipy.special import fdtrc

    return np.asarray(fdtrc(np.maximum(df1, 1), df2, statistic))


def compare_range(
    measures: Sequence[Metric],
    groups: Resampled,
    detectable: dict[str, Floats],
    *,
    confidence: float,
    alpha: Floats | float,
    p_value: Floats | None = None,
) -> dict[str, Disparities]:
    """Compare the highest with the lowest of all groups; arrays have one comparison.

    The range is at least as wide as every pair is, and no wider than the widest may be: limits are those of all pairs,
    at the level at which they hold together.

    Parameters
    ----------
    measures : sequence of Metric
    groups : Resampled
    detectable : dict of str to array of shape (measures,)
        Gap that the two largest groups would have shown, for each comparison.
    confidence : float
    alpha : array of shape (measures,), or float
    p_value : array of shape (measures,), optional

    Returns
    -------
    dict of str to Disparities
    """
    p = range_p_values(measures, groups) if p_value is None else p_value
    known = groups.known
    number = known.sum(axis=1)
    comparable = (np.isfinite(groups.value).sum(axis=1) > 1) & (number > 1)
    top, bottom = np.fmax.reduce(groups.value, axis=1), np.fmin.reduce(groups.value, axis=1)
    chance = expected_range(np.where(known, groups.error, np.nan))
    one, other = np.triu_indices(groups.value.shape[1], k=1)
    levels = comparison_level(1 - confidence_levels(confidence, alpha, top.shape), np.maximum(number, 2))
    everything = np.arange(len(top))[:, None]
    first, second = (groups.each(_picked(everything, at)) for at in (one, other))
    pairs = [compare_resampled(measures, first, second, confidence=0.5, alpha=level[:, None]) for level in levels]
    with np.errstate(divide="ignore", invalid="ignore"):
        estimates = {"difference": top - bottom, "ratio": np.where(_no_negative(groups), bottom / top, np.nan)}
    out = {}
    # Nobody can say how far a group is from the others whose own error nobody knows.
    unbounded = np.asarray((np.isfinite(groups.value) & ~known).any(axis=1))
    for name, estimate in estimates.items():
        (low, high), (low_adjusted, high_adjusted) = (_widest(found[name], name, unbounded) for found in pairs)
        is_known = np.isfinite(estimate) & comparable
        arrays = (estimate, low, high, low_adjusted, high_adjusted, p, detectable[name])
        by_chance = chance if name == "difference" else np.full(top.shape, np.nan)
        out[name] = Disparities(*(np.where(is_known, a, np.nan)[:, None] for a in (*arrays, by_chance)))
    return out


def _no_negative(groups: Resampled) -> Bools:
    return np.asarray(np.fmin.reduce(groups.lowest, axis=1) >= 0)


def _widest(pairs: Disparities, comparison: str, unbounded: Bools) -> tuple[Floats, Floats]:
    """Bound the range by the adjusted limits of all pairs."""
    low, high, open_end = pairs.low_adjusted, pairs.high_adjusted, np.where(unbounded, np.nan, 0.0)
    if comparison == "difference":
        widest = np.fmax.reduce(np.fmax(high, -low), axis=1)
        return np.fmax(np.fmax.reduce(np.fmax(low, -high), axis=1), 0.0), widest + open_end
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest, highest = np.fmin(low, 1 / high), np.fmin(high, 1 / low)
    return np.fmin.reduce(lowest, axis=1) + open_end, np.fmin(np.fmin.reduce(highest, axis=1), 1.0)
