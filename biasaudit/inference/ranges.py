"""The range of a measure over all groups: the highest against the lowest, with what chance alone would give."""

from collections.abc import Sequence

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.inference.disparities import Disparities, confidence_levels
from biasaudit.inference.intervals.chance_spread import expected_range, expected_spread
from biasaudit.inference.intervals.small_groups import guarded_limits
from biasaudit.inference.intervals.spread import spread_intervals
from biasaudit.inference.measures import Measure, distinct_questions, has_ratio, to_values, value_slopes
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.wilson import critical_value

__all__ = ["compare_range", "range_p_values"]


def range_p_values(measures: Sequence[Measure], groups: Shares) -> Floats:
    """Test that all groups are alike, one p-value a measure; NaN where there are not two.

    Parameters
    ----------
    measures : sequence of Rate or Composite
    groups : Shares

    Returns
    -------
    float array of shape (measures,)
    """
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
    slope, none = value_slopes(measures)[:, 0], np.full(top.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        difference, ratio = top - bottom, bottom / top
    ratio[[not has_ratio(m) for m in measures]] = np.nan
    levels = confidence_levels(confidence, 1 - confidence if alpha is None else alpha, top.shape)
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
    has_two = number[:, 0] > 1
    return {
        "difference": (np.where(has_two, difference[0], np.nan), np.where(has_two, difference[1], np.nan)),
        "ratio": (np.where(has_two, ratio[0], np.nan), np.where(has_two, ratio[1], np.nan)),
    }
