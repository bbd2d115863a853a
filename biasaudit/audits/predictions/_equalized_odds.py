"""Equalized odds: the larger of the gaps in true and in false positive rate."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from biasaudit.audits.arithmetic import Splitting
from biasaudit.audits.predictions._undefined_gaps import far_apart, left_out_reason
from biasaudit.counts.arrays import object_array
from biasaudit.inference.disparities import Disparities
from biasaudit.inference.intervals.spread import spread_intervals
from biasaudit.inference.measures import Measure
from biasaudit.inference.ranges import compare_range
from biasaudit.inference.variance.effective import Shares

__all__ = ["equalized_odds"]

DRAWS = 1_000
ALMOST_NORMAL = 12.0


def equalized_odds(
    splits: Sequence[Splitting],
    between: Shares,
    spreads: dict[str, Disparities],
    *,
    confidence: float,
    alpha: Any,
) -> list[dict[str, dict[str, Any]]]:
    """Lay out the rows of equalized odds of each split, a difference and a ratio; none without both rates.

    The larger gap is at least the lower limit of either when both are judged at once, and at most the
    larger of the two upper limits, which needs no correction: it is one of the two gaps.

    Parameters
    ----------
    splits : sequence of Splitting
    between : Shares
        All measures of the first split, then of the next; groups that a split lacks have no rows.
    spreads : dict of str to Disparities
        The range of each of those measures.
    confidence : float
        Of the own limits.
    alpha : float array of shape (splits × measures,)
        Level at which each of those ranges is judged.

    References
    ----------
    Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning", definition 2.1.
    """
    names = [m.name for m in splits[0].measures]
    if not {"true_positive_rate", "false_positive_rate"} <= set(names):
        return [{} for _ in splits]
    pair = [names.index("true_positive_rate"), names.index("false_positive_rate")]
    rows = [number * len(names) + at for number in range(len(splits)) for at in pair]
    shares = splits[0].arithmetic.of_table(between).each(lambda array: array[rows])
    spreads = {name: spread.rows(rows) for name, spread in spreads.items()}
    shares, spreads = _of_both(splits[0].measures, pair, shares, spreads, confidence, alpha[rows])
    x, n = np.nan_to_num(shares.count), np.where(np.isnan(shares.share), 0.0, shares.nobs)
    (low, _), (_, high) = spread_intervals(x, n, confidence=(1 + confidence) / 2, df=shares.df)
    limits = {"difference": low, "ratio": high}
    out = []
    for number, family in enumerate(splits):
        at = slice(2 * number, 2 * number + 2)
        found = {name: _take(spreads[name], at) | {"joint": limits[name][at]} for name in spreads}
        groups = len(family.rows)
        chance = _by_chance(x[at, :groups], n[at, :groups])
        out.append(_larger(family, shares.share[at, :groups], found, chance, left_out_reason(family, pair)))
    return out


def _larger(
    family: Splitting, share: Any, found: dict[str, dict[str, Any]], chance: float, reason: str
) -> dict[str, dict[str, Any]]:
    """Take the larger of two gaps, and of two ratios the smaller."""
    difference, ratio = found["difference"], found["ratio"]
    p_value = min(1.0, 2 * float(np.min(difference["p_value"])))
    numbers = {
        "difference": {
            "estimate": difference["estimate"].max(),
            "low": difference["joint"].max(),
            "high": difference["high"].max(),
            "low_adjusted": difference["low_adjusted"].max(),
            "high_adjusted": difference["high_adjusted"].max(),
            "p_value": p_value,
            "expected_by_chance": chance,
            "smallest_detectable": difference["smallest_detectable"].max(),
        },
        "ratio": {
            "estimate": ratio["estimate"].min(),
            "low": ratio["low"].min(),
            "high": ratio["joint"].min(),
            "low_adjusted": ratio["low_adjusted"].min(),
            "high_adjusted": ratio["high_adjusted"].min(),
            "p_value": p_value,
            "expected_by_chance": np.nan,
            "smallest_detectable": ratio["smallest_detectable"].min(),
        },
    }
    worst = {"difference": difference["estimate"].argmax(), "ratio": ratio["estimate"].argmin()}
    return {
        comparison: _row(family, comparison, values, share[worst[comparison]], reason)
        for comparison, values in numbers.items()
    }


def _of_both(
    measures: Sequence[Measure],
    pair: Sequence[int],
    shares: Shares,
    spreads: dict[str, Disparities],
    confidence: float,
    alpha: Any,
) -> tuple[Shares, dict[str, Disparities]]:
    """Leave out groups that have one of the two rates alone: of these nobody knows the larger gap."""
    known = ~np.isnan(shares.share).reshape(-1, 2, shares.share.shape[1])
    whole = np.repeat(known.all(axis=1), 2, axis=0)
    if (whole == known.reshape(whole.shape)).all():
        return shares, spreads
    shares = replace(shares, share=np.where(whole, shares.share, np.nan), nobs=np.where(whole, shares.nobs, 0.0))
    seen = {name: spread.smallest_detectable[:, 0] for name, spread in spreads.items()}
    both = [measures[i] for i in pair] * (len(whole) // 2)
    return shares, compare_range(both, shares, seen, confidence=confidence, alpha=alpha)


def _take(found: Disparities, rows: slice) -> dict[str, Any]:
    names = ("estimate", "low", "high", "low_adjusted", "high_adjusted", "p_value", "smallest_detectable")
    return {name: vars(found)[name][rows, 0] for name in names}


def _row(family: Splitting, comparison: str, values: dict[str, Any], share: Any, reason: str) -> dict[str, Any]:
    highest, lowest = far_apart(family, share[None, :])
    known = not np.isnan(values["estimate"])
    row = {name: np.array([value if known else np.nan]) for name, value in values.items()}
    words = {
        "metric": "equalized_odds",
        "comparison": comparison,
        "kind": "range",
        "sensitive_features": family.features,
        "group": family.groups[int(highest[0])],
        "reference": family.groups[int(lowest[0])],
        "reason": reason,
    }
    return row | {name: object_array([word]) for name, word in words.items()}


def _by_chance(count: Any, nobs: Any) -> float:
    """Mean of the larger of the two spreads if all groups shared both rates, by simulation with a fixed seed."""
    rows = [n[n > 0] for n in np.rint(nobs)]
    if min(map(len, rows)) < 2:
        return float("nan")
    pooled = [min(1.0, float(x.sum() / n.sum())) for x, n in zip(count, rows, strict=True)]
    plain = all(n.min() * p * (1 - p) >= ALMOST_NORMAL for n, p in zip(rows, pooled, strict=True))
    rng, spreads, drawn = np.random.default_rng(0), np.zeros(DRAWS), 0
    for n, p in zip(rows, pooled, strict=True):
        normal = _normals(len(n), drawn) if plain else rng.standard_normal((DRAWS, len(n)))
        rates, drawn = _draw_rates(rng, normal, n, p), drawn + normal.size
        spreads = np.maximum(spreads, rates.max(axis=1) - rates.min(axis=1))
    return float(spreads.mean())


@lru_cache(maxsize=16)
def _normals(groups: int, drawn: int) -> Any:
    """Return what is drawn after so many: the same for all rates, where nothing else is drawn in between."""
    rng = np.random.default_rng(0)
    rng.standard_normal(drawn)
    return rng.standard_normal((DRAWS, groups))


def _draw_rates(rng: np.random.Generator, normal: Any, nobs: Any, pooled: float) -> Any:
    """Draw the rate of each group: normal where the variance allows, which is several times as fast as binomial."""
    variance = pooled * (1 - pooled)
    rates = pooled + normal * np.sqrt(variance / nobs)
    small = nobs * variance < ALMOST_NORMAL
    rates[:, small] = rng.binomial(nobs[small].astype(np.int64), pooled, size=(DRAWS, int(small.sum()))) / nobs[small]
    return rates
