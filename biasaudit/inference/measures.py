"""The values of measures, made from the shares that they are: which is a share itself, and which ask the same."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.composites import Composite
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = [
    "Measure",
    "distinct_questions",
    "has_ratio",
    "is_mean_of_groups",
    "is_share",
    "rate_interval",
    "to_values",
    "value_slopes",
]

Measure = Rate | Composite


def rate_interval(measures: Sequence[Measure], shares: Shares, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Return the value of each measure in each group, and its Wilson limits (with t where there are clusters).

    Parameters
    ----------
    measures : sequence of Rate or Composite
    shares : Shares
    confidence : float

    Returns
    -------
    value, low, high : float array of shape (measures, groups)
        NaN where nobody is eligible.
    """
    low, high = wilson(shares.count, shares.nobs, critical=critical_value(confidence, shares.df))
    return to_values(measures, shares.share), to_values(measures, low), to_values(measures, high)


def to_values(measures: Sequence[Measure], shares: Floats) -> Floats:
    """Turn shares of shape (..., measures, groups) into values, which are shares themselves of most measures.

    Parameters
    ----------
    measures : sequence of Rate or Composite
    shares : float array of shape (..., measures, groups)

    Returns
    -------
    float array of the same shape
    """
    out = np.array(shares)
    for i, measure in enumerate(measures):
        if not is_share(measure):
            out[..., i, :] = measure.value(shares[..., i, :])
    return out


def is_share(measure: Measure) -> bool:
    """Say whether the value is the share itself, so that the intervals made for shares apply.

    Parameters
    ----------
    measure : Rate or Composite
    """
    return isinstance(measure, Rate) and measure.transform is None


def has_ratio(measure: Measure) -> bool:
    """Say whether values count from 0, so that one may be held over another.

    Parameters
    ----------
    measure : Rate or Composite
    """
    return measure.lowest == 0


def value_slopes(measures: Sequence[Measure]) -> Floats:
    """Return the factor from a gap between shares to one between values.

    Parameters
    ----------
    measures : sequence of Rate or Composite

    Returns
    -------
    float array of shape (measures, 1)
        NaN where the value is no linear function of the share.
    """
    slopes = [1.0 if is_share(m) else m.highest - m.lowest if isinstance(m, Composite) else np.nan for m in measures]
    return np.array(slopes)[:, None]


def is_mean_of_groups(measure: Measure) -> bool:
    """Say whether the value over everyone is the mean of the groups' values, weighted by those eligible.

    Parameters
    ----------
    measure : Rate or Composite
    """
    return is_share(measure) or (isinstance(measure, Composite) and measure.averages)


def distinct_questions(measures: Sequence[Measure]) -> tuple[list[int], list[int]]:
    """Find the measures that are not complements, and for each of all measures the one that asks the same of a group.

    A name that comes again, as of another split, asks again.

    Parameters
    ----------
    measures : sequence of Rate or Composite

    Returns
    -------
    distinct : list of int
        Positions of the measures that are not complements of an earlier one.
    inverse : list of int
        For each measure, the position in `distinct` of the one that asks the same.
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
