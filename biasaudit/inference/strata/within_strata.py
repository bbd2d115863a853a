"""Rates standardised over strata, and gaps within them, where rows may carry weights or come in clusters."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.strata.stratified import compare_in_strata, mantel_fleiss
from biasaudit.inference.variance.degrees_of_freedom import p_value_with_df
from biasaudit.metrics.rates import Rate
from biasaudit.metrics.wilson import critical_value, wilson

__all__ = [
    "EligibleCells",
    "StandardisedRate",
    "StratifiedComparison",
    "compare_within",
    "eligible_cells",
    "standardise_rate",
]

# What is left beside a row or cluster that is nearly all of its stratum: its own variance is not to be had from others.
MIN_REMAINDER = 1e-6
# Mantel and Fleiss's least number of cases that could be more or fewer.
MIN_CASES = 5
UNDEFINED = (np.nan, np.nan, np.nan)


@dataclass(frozen=True, eq=False)
class EligibleCells:
    """The cells of a table that a rate is about; every array has one entry a cell.

    Parameters
    ----------
    group, stratum : int array
    counted : float array
        1.0 where the rate counts the rows, 0.0 elsewhere.
    weight, squares : float array
        Sum of the weights of the rows, and of their squares; rows where there are no weights.
    cluster : int array or None
    independent : bool
        Whether rows carry no weights and come in no clusters.
    groups, strata : int
        How many there are.
    """

    group: Ints
    stratum: Ints
    counted: Floats
    weight: Floats
    squares: Floats
    cluster: Ints | None
    independent: bool
    groups: int
    strata: int

    def total(self, values: Floats) -> Floats:
        """Sum over the cells of each group and stratum, shape (groups, strata)."""
        at = self.group * self.strata + self.stratum
        return _sum_by(at, values, self.groups * self.strata).reshape(self.groups, self.strata)

    @cached_property
    def among(self) -> Floats:
        """Weight of those whom the rate is about, shape (groups, strata)."""
        return self.total(self.weight)

    @cached_property
    def cases(self) -> Floats:
        """Weight of those whom the rate counts, shape (groups, strata)."""
        return self.total(self.weight * self.counted)

    def select(self, chosen: Bools) -> "EligibleCells":
        """Keep some of the cells."""
        return replace(
            self,
            group=self.group[chosen],
            stratum=self.stratum[chosen],
            counted=self.counted[chosen],
            weight=self.weight[chosen],
            squares=self.squares[chosen],
            cluster=None if self.cluster is None else self.cluster[chosen],
        )


def eligible_cells(table: Crosstab, rate: Rate) -> EligibleCells:
    """Find the cells of a table with strata that a rate is about, and which of them it counts.

    Parameters
    ----------
    table : Crosstab
        Binary table with strata.
    rate : Rate

    Returns
    -------
    EligibleCells
    """
    assert table.stratum is not None
    assert table.strata is not None
    zeros = np.zeros(len(table.rows), dtype=np.int64)
    y_true, y_pred = (zeros if column is None else column for column in (table.y_true, table.y_pred))
    onehot = np.eye(4)[np.where(table.usable, 2 * y_true + y_pred, 0)]
    weight, squares = table.weight, table.weight_squared
    if weight is None or squares is None:
        weight = squares = table.rows.astype(float)
    chosen = table.usable & (rate.denominator(onehot) > 0) & (weight > 0)
    independent = table.weight is None and table.cluster is None
    cells = EligibleCells(
        table.group,
        table.stratum,
        rate.numerator(onehot),
        weight,
        squares,
        table.cluster,
        independent,
        table.shape_size,
        len(table.strata),
    )
    return cells.select(chosen)


@dataclass(frozen=True)
class StandardisedRate:
    """A group's rate if its people were spread over the strata as everyone is.

    Parameters
    ----------
    estimate, low, high : float
    covered : float
        Share of everyone in strata where the group has somebody; the rate is of these strata.
    """

    estimate: float
    low: float
    high: float
    covered: float


def standardise_rate(cells: EligibleCells, group: int, confidence: float) -> StandardisedRate:
    """Standardise the rate of a group directly, to the strata of everyone whom the rate is about.

    The variance of rows is unbiased (HC2), with clusters bias-reduced; Wilson's interval is taken at the number of rows
    that would be as uncertain. NaN where the group has nobody, or one cluster alone.

    Parameters
    ----------
    cells : EligibleCells
    group : int
    confidence : float

    Returns
    -------
    StandardisedRate

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 19.
    Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples".
    """
    overall, group_weight = cells.among.sum(axis=0), cells.among[group]
    occupied = group_weight > 0
    if not occupied.any():
        return StandardisedRate(np.nan, np.nan, np.nan, 0.0)
    standard = np.where(occupied, overall, 0.0) / overall[occupied].sum()
    share = np.divide(cells.cases[group], group_weight, out=np.zeros_like(group_weight), where=occupied)
    estimate = float(standard @ share)
    group_cells = cells.select(cells.group == group)
    factor = (standard / np.where(occupied, group_weight, 1.0))[group_cells.stratum]
    residual = group_cells.counted - share[group_cells.stratum]
    # Who is alone in a stratum says nothing of how people vary there: as far as from the rate of all, it is held.
    residual = np.where(_single_unit_strata(group_cells)[group_cells.stratum], group_cells.counted - estimate, residual)
    variance, df = _variance(group_cells, factor, residual, np.ones(len(residual)))
    squares = group_cells.total(group_cells.squares)[group]
    fewest = 1 / float((standard[occupied] ** 2 * squares[occupied] / group_weight[occupied] ** 2).sum())
    nobs = estimate * (1 - estimate) / variance if variance > 0 else fewest
    low, high = wilson(estimate * nobs, nobs, critical=critical_value(confidence, df))
    return StandardisedRate(estimate, float(low), float(high), float(overall[occupied].sum() / overall.sum()))


def _single_unit_strata(cells: EligibleCells) -> Bools:
    """Say of which strata a single row, or a single cluster, is all there is."""
    if cells.cluster is None:
        return np.asarray(cells.total(cells.squares).sum(axis=0) >= cells.among.sum(axis=0) ** 2 * (1 - MIN_REMAINDER))
    pairs = np.unique(cells.cluster * cells.strata + cells.stratum)
    return np.asarray(np.bincount(pairs % cells.strata, minlength=cells.strata) == 1)


@dataclass(frozen=True)
class StratifiedComparison:
    """Two groups within strata: difference and ratio of their rates, first against second.

    Parameters
    ----------
    difference, difference_low, difference_high : float
        Mantel and Haenszel's risk difference.
    ratio, ratio_low, ratio_high : float
        Mantel and Haenszel's risk ratio.
    p_value : float
        Of the test that the groups are alike within every stratum.
    strata : int
        Strata that hold both.
    covered : float
        Share of the people of both who are in these.
    too_few : bool
        Whether too few are counted, or all but too few, for limits and tests to hold (Mantel and Fleiss 1980).
    """

    difference: float
    difference_low: float
    difference_high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float
    strata: int
    covered: float
    too_few: bool


def compare_within(cells: EligibleCells, group: int, reference: int, confidence: float) -> StratifiedComparison:
    """Compare the rates of two groups within strata, each weighed by what it can tell.

    Plain rows are compared as :func:`~biasaudit.inference.strata.stratified.compare_in_strata` does. With weights or
    clusters, the difference is that of a regression on the group with an effect of each stratum, which is the same
    estimate, and its variance is that of the rows or clusters, reduced in bias for the effects of strata; t stands in
    for the normal where clusters are few.

    Parameters
    ----------
    cells : EligibleCells
    group, reference : int
    confidence : float

    Returns
    -------
    StratifiedComparison

    References
    ----------
    Mantel and Haenszel (1959), JNCI 22; Greenland and Robins (1985), Biometrics 41.
    Mantel and Fleiss (1980), "Minimum expected cell size requirements for the Mantel-Haenszel one-degree-of-freedom
    chi-square test", American Journal of Epidemiology 112.
    Bell and McCaffrey (2002); Imbens and Kolesár (2016), "Robust standard errors in small samples".
    """
    n1, n2 = cells.among[group], cells.among[reference]
    both = (n1 > 0) & (n2 > 0)
    if not both.any():
        return StratifiedComparison(*UNDEFINED, *UNDEFINED, np.nan, 0, 0.0, False)
    pair = cells.select(np.isin(cells.group, [group, reference]) & both[cells.stratum])
    first = pair.group == group
    covered = float((n1 + n2)[both].sum() / (n1 + n2).sum())
    x1, x2 = cells.cases[group], cells.cases[reference]
    ratio = _ratio(pair, first, (x1, n1, x2, n2), both, confidence)
    # As many rows as weights leave.
    rows = pair.weight.sum() / pair.squares.sum()
    too_few = mantel_fleiss(*(side * rows for side in (x1, n1, x2, n2))) < MIN_CASES
    if cells.independent:
        found = compare_in_strata(x1, n1, x2, n2, confidence=confidence)
        difference = found.difference, found.difference_low, found.difference_high
        p_value = found.p_value
    else:
        difference, p_value = _difference(pair, first, (x1, n1, x2, n2), both, confidence)
    if too_few or np.isnan(p_value):
        difference, ratio, p_value = (difference[0], np.nan, np.nan), (ratio[0], np.nan, np.nan), np.nan
    return StratifiedComparison(*difference, *ratio, p_value, int(both.sum()), covered, too_few)


ScalarEstimate = tuple[float, float, float]
CountsOfTwo = tuple[Floats, Floats, Floats, Floats]


def _difference(
    pair: EligibleCells, first: Bools, sides: CountsOfTwo, both: Bools, confidence: float
) -> tuple[ScalarEstimate, float]:
    x1, n1, x2, n2 = (np.where(both, side, 0.0) for side in sides)
    total = np.where(both, n1 + n2, 1.0)
    total_weight = float((n1 * n2 / total).sum())
    estimate = float(((x1 * n2 - x2 * n1) / total).sum() / total_weight)
    contrast = first - (n1 / total)[pair.stratum]
    residual = pair.counted - ((x1 + x2) / total)[pair.stratum] - estimate * contrast
    variance, df = _variance(pair, contrast / total_weight, residual, np.ones(len(residual)))
    error = float(np.sqrt(variance))
    half = float(critical_value(confidence, df)) * error
    p_value = 2 * ndtr(-abs(estimate) / error) if error > 0 else np.nan
    p_value = float(p_value_with_df(np.asarray(p_value), np.asarray(df)))
    return (estimate, estimate - half, estimate + half), p_value


def _ratio(pair: EligibleCells, first: Bools, sides: CountsOfTwo, both: Bools, confidence: float) -> ScalarEstimate:
    x1, n1, x2, n2 = (np.where(both, side, 0.0) for side in sides)
    total = np.where(both, n1 + n2, 1.0)
    above, below = float((x1 * n2 / total).sum()), float((x2 * n1 / total).sum())
    if not (above > 0 and below > 0):
        return 0.0 if below > 0 else np.nan, np.nan, np.nan
    ratio = above / below
    expected = ((x1 + x2) / np.where(both, ratio * n1 + n2, 1.0))[pair.stratum] * np.where(first, ratio, 1.0)
    factor = np.where(first, (n2 / total)[pair.stratum], -ratio * (n1 / total)[pair.stratum])
    variance, df = _variance(pair, factor / above, pair.counted - expected, expected)
    spread = np.exp(float(critical_value(confidence, df)) * np.sqrt(variance))
    return ratio, float(ratio / spread), float(ratio * spread)


def _variance(cells: EligibleCells, factor: Floats, residual: Floats, expected: Floats) -> tuple[float, float]:
    """Sum the squares of what rows or clusters add to an estimate, freed of what the effects of strata took.

    `factor` says how much a row's distance from what is expected of it, `residual`, moves the estimate; `expected` is
    proportional to the variance of that distance. Returns the variance and its degrees of freedom.
    """
    stratum = _sum_by(cells.stratum, cells.weight * expected, cells.strata)[cells.stratum]
    if cells.cluster is None:
        remainder = 1 - _safe_ratio(cells.squares / cells.weight * expected, stratum)
        remainder = np.where(remainder > MIN_REMAINDER, remainder, 1.0)
        return float((cells.squares * (factor * residual) ** 2 / remainder).sum()), np.inf
    pairs, pair_of_row = np.unique(cells.cluster * cells.strata + cells.stratum, return_inverse=True)
    contributions, factors, residuals, size = (
        _sum_by(pair_of_row, cells.weight * values)
        for values in (factor * residual, factor * expected, residual, expected)
    )
    stratum_size = np.zeros(len(pairs))
    stratum_size[pair_of_row] = stratum
    remainder = 1 - _safe_ratio(size, stratum_size)
    correction = np.where(remainder > MIN_REMAINDER, 1 / np.sqrt(np.clip(remainder, MIN_REMAINDER, None)) - 1, 0.0)
    of_cluster = np.unique(pairs // cells.strata, return_inverse=True)[1]
    cluster_sums = _sum_by(of_cluster, contributions + correction * _safe_ratio(factors, size) * residuals)
    weights = _sum_by(of_cluster, _sum_by(pair_of_row, cells.weight * np.abs(factor))) ** 2
    clusters = float(weights.sum() ** 2 / (weights**2).sum()) if weights.sum() > 0 else 0.0
    if clusters <= 1 + MIN_REMAINDER:
        return np.nan, np.nan
    return float((cluster_sums**2).sum() * clusters / (clusters - 1)), clusters - 1


def _sum_by(key: Ints, values: Floats, size: int = 0) -> Floats:
    return np.bincount(key, weights=values, minlength=size).astype(float)


def _safe_ratio(values: Floats, whole: Floats) -> Floats:
    return np.divide(values, whole, out=np.zeros_like(values), where=whole > 0)
