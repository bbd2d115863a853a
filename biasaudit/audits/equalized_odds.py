"""Equalized odds: the larger of the gaps in true and in false positive rate."""

from typing import Any

import numpy as np

from biasaudit.audits.families import Family
from biasaudit.audits.no_gap import far_apart
from biasaudit.statistics.disparities import Disparities
from biasaudit.statistics.spread import spread_interval, spread_ratio_interval

__all__ = ["equalized_odds"]

DRAWS = 1_000
ALMOST_NORMAL = 12.0


def equalized_odds(family: Family, spreads: dict[str, Disparities], *, confidence: float) -> dict[str, dict[str, Any]]:
    """Lay out the rows of equalized odds of a family, a difference and a ratio; none without both rates.

    The larger gap is at least the lower limit of either when both are judged at once, and at most the
    larger of the two upper limits, which needs no correction: it is one of the two gaps.

    References
    ----------
    Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning", definition 2.1.
    """
    names = [m.name for m in family.measures]
    if "true_positive_rate" not in names:
        return {}
    parts = [names.index("true_positive_rate"), names.index("false_positive_rate")]
    shares = family.between.each(lambda array: array[parts])
    joint = (1 + confidence) / 2
    x, n = np.nan_to_num(shares.count), np.where(np.isnan(shares.share), 0.0, shares.nobs)
    low = spread_interval(x, n, confidence=joint, df=shares.df)[0]
    high = spread_ratio_interval(x, n, confidence=joint, df=shares.df)[1]
    difference, ratio = (_take(spreads[name], parts) for name in ("difference", "ratio"))
    p_value = min(1.0, 2 * float(np.min(difference["p_value"])))
    numbers = {
        "difference": {
            "estimate": difference["estimate"].max(),
            "low": low.max(),
            "high": difference["high"].max(),
            "p_value": p_value,
            "expected_by_chance": _by_chance(x, n),
            "smallest_detectable": difference["smallest_detectable"].max(),
        },
        "ratio": {
            "estimate": ratio["estimate"].min(),
            "low": ratio["low"].min(),
            "high": high.min(),
            "p_value": p_value,
            "expected_by_chance": np.nan,
            "smallest_detectable": ratio["smallest_detectable"].min(),
        },
    }
    worst = {"difference": difference["estimate"].argmax(), "ratio": ratio["estimate"].argmin()}
    undefined = bool((np.isnan(shares.share) & family.asked).any())
    return {
        comparison: _row(family, comparison, values, shares.share[worst[comparison]], undefined)
        for comparison, values in numbers.items()
    }


def _take(found: Disparities, rows: list[int]) -> dict[str, Any]:
    names = ("estimate", "low", "high", "p_value", "smallest_detectable")
    return {name: getattr(found, name)[rows, 0] for name in names}


def _row(family: Family, comparison: str, values: dict[str, Any], share: Any, undefined: bool) -> dict[str, Any]:
    highest, lowest = far_apart(family, share[None, :])
    row = {name: np.array([np.nan if undefined else value]) for name, value in values.items()}
    words = {
        "metric": "equalized_odds",
        "comparison": comparison,
        "kind": "range",
        "sensitive_features": family.table.features,
        "group": family.groups[int(highest[0])],
        "reference": family.groups[int(lowest[0])],
        "reason": "",
    }
    for name, word in words.items():
        row[name] = np.empty(1, dtype=object)
        row[name][0] = word
    return row


def _by_chance(count: Any, nobs: Any) -> float:
    """Mean of the larger of the two spreads if all groups shared both rates, by simulation with a fixed seed."""
    rng = np.random.default_rng(0)
    spreads = np.zeros(DRAWS)
    for x, n in zip(count, np.rint(nobs), strict=True):
        used = n > 0
        if used.sum() < 2:
            return float("nan")
        rates = _draw_rates(rng, n[used], min(1.0, float(x.sum() / n.sum())))
        spreads = np.maximum(spreads, rates.max(axis=1) - rates.min(axis=1))
    return float(spreads.mean())


def _draw_rates(rng: np.random.Generator, nobs: Any, pooled: float) -> Any:
    """Draw the rate of each group: normal where the variance allows, which is several times as fast as binomial."""
    variance = pooled * (1 - pooled)
    rates = pooled + rng.standard_normal((DRAWS, len(nobs))) * np.sqrt(variance / nobs)
    small = nobs * variance < ALMOST_NORMAL
    rates[:, small] = rng.binomial(nobs[small].astype(np.int64), pooled, size=(DRAWS, int(small.sum()))) / nobs[small]
    return rates
