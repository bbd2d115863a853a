"""Inequality of what a decision does to people: generalized entropy and Theil index, between and within groups."""

from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.effective import Shares
from biasaudit.inference.variance.noncentrality import SquaredGaps

__all__ = ["INDICES", "Inequality", "between_interval", "inequality"]


INDICES = ("generalized_entropy", "theil")
# The benefit is prediction - label + 1: nothing for a missed positive, 2 for an undeserved one.
CELL_BENEFITS = np.array([1.0, 2.0, 0.0, 1.0])
# Below such a part of what chance gives an index is none, but for rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Inequality:
    """An index of inequality over everyone, and its parts; arrays share the leading axes of the input."""

    total: Floats
    between: Floats

    @property
    def within(self) -> Floats:
        """What is left when every group's own mean is taken as given."""
        return self.total - self.between


def inequality(confusion: Floats, index: str) -> Inequality:
    """Measure how unequally the benefits of decisions fall on people.

    Parameters
    ----------
    confusion : array of shape (..., groups, 4)
        TN, FP, FN, TP in each group.
    index : {"generalized_entropy", "theil"}
        Generalized entropy with alpha = 2, or alpha = 1 which is Theil's.

    Returns
    -------
    Inequality
        NaN where nobody has a benefit.

    References
    ----------
    Speicher et al. (2018), "A unified approach to quantifying algorithmic unfairness", equations 2 and 4.

    Examples
    --------
    >>> import numpy as np
    >>> float(inequality(np.array([[1, 1, 1, 1], [2, 0, 0, 2]]), "theil").between)
    0.0
    """
    rows = confusion.sum(axis=-1)
    benefit = confusion @ CELL_BENEFITS
    n = rows.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = benefit.sum(axis=-1) / n
        total = _index(confusion.sum(axis=-2), CELL_BENEFITS / mean[..., None], n, index)
        groups = np.where(rows > 0, benefit / rows / mean[..., None], 1.0)
        between = _index(rows, groups, n, index)
    defined = mean > 0
    return Inequality(np.where(defined, total, np.nan), np.where(defined, between, np.nan))


def _index(rows: Floats, relative: Floats, n: Floats, index: str) -> Floats:
    """Average the index' term over people, given benefits relative to the mean."""
    if index == "generalized_entropy":
        terms = (relative**2 - 1) / 2
    else:
        terms = relative * np.log(np.where(relative > 0, relative, 1.0))
    return np.asarray((rows * terms).sum(axis=-1) / n)


def between_interval(rows: Floats, shares: Shares, index: str, confidence: float) -> tuple[float, float]:
    """Bound the inequality between groups, which is 0 where their mean benefits are alike and never below.

    Parameters
    ----------
    rows : array of shape (groups,)
        Rows of each group, or their weights.
    shares : Shares
        Half the mean benefit, shape (1, groups).
    index : {"generalized_entropy", "theil"}
    confidence : float

    Returns
    -------
    low, high : float
        NaN where nobody has a benefit, or a group's uncertainty is unknown. 0 is left out only where the test over all
        groups, :func:`~biasaudit.inference.testing.hypothesis_tests.homogeneity_test`, finds their means unequal as
        well.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.metrics.influence import mean_of_rows
    >>> cells = np.array([[50.0, 30.0, 5.0, 15.0], [60.0, 10.0, 15.0, 15.0]])
    >>> found = mean_of_rows(cells, cells, CELL_BENEFITS / 2)
    >>> unknown, free = np.full((1, 2), np.nan), np.full((1, 2), np.inf)
    >>> shares = Shares(unknown, found.rows[None], found.share[None], found.independent_rows[None], free)
    >>> [round(limit, 4) for limit in between_interval(cells.sum(axis=1), shares, "theil", 0.95)]
    [0.0027, 0.0204]
    """
    used = rows > 0
    part, half, nobs = rows[used] / rows.sum(), shares.share[0, used], shares.nobs[0, used]
    pooled = float(part @ half)
    if not pooled > 0 or not (nobs > 0).all():
        return np.nan, np.nan
    if len(part) < 2:
        return 0.0, 0.0
    df = float(shares.df[0, used].min())
    gaps = _squared_gaps(part, half / pooled, pooled, nobs, index, df)
    low, high = gaps.interval(confidence) if gaps.bias > 0 else (0.0, 0.0)
    differ = float(homogeneity_test(half * nobs, nobs, df=df)) <= 1 - confidence
    return low if differ else 0.0, high


def _squared_gaps(part: Floats, relative: Floats, pooled: float, nobs: Floats, index: str, df: float) -> SquaredGaps:
    """Describe how the index varies: as half the groups' mean squared distance from 1 near it, else by its slopes."""
    null_variance = (1 - pooled) / pooled / nobs
    variance_of_group = relative * (1 / pooled - relative) / nobs
    bias = float(part @ ((1 - part) * null_variance)) / 2
    fourth = float((part * null_variance) ** 2 @ (1 - 2 * part) + (part**2 @ null_variance) ** 2) / 4
    estimate = float(_index(part, relative, part.sum(), index))
    if index == "generalized_entropy":
        slopes, of_part = relative - 1 - 2 * estimate, relative**2 / 2 - (1 + 2 * estimate) * relative
    else:
        logarithm = np.log(np.where(relative > 0, relative, 1.0))
        slopes, of_part = logarithm - estimate, relative * (logarithm - 1 - estimate)
    variance = part**2 * slopes**2 @ variance_of_group + part @ (of_part - part @ of_part) ** 2 / nobs.sum()
    scale = fourth / bias if bias > 0 else 0.0
    near = estimate <= ROUNDING * bias
    return SquaredGaps(max(estimate, 0.0), bias, scale, scale if near else float(variance) / 4 / estimate, df)
