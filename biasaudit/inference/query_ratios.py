"""Ratios of totals over queries, such as exposure over people: what they are, and how uncertain, by the jackknife."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.counts.rankings.table import RankTable
from biasaudit.inference.disparities import Disparities
from biasaudit.inference.means.comparisons import compare_means, mean_p_values
from biasaudit.inference.means.means import Means
from biasaudit.metrics.rankings.measures import RankMeasure

__all__ = ["QueryRatios", "compare_ratios", "query_ratios", "ratio_p_values"]

FEW_COUNTED = 10
ADDED = 2.0
MIN_VARIANCE_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class QueryRatios:
    """Ratios of totals by group; arrays have shape (measures, groups) unless they say otherwise.

    Parameters
    ----------
    numerator, denominator : float array
    shift : float array of shape (measures, groups, queries)
        How much each ratio falls when a query is left out.
    weight : float array of shape (measures, groups, queries)
        What of the group's denominator lies in a query.
    counts : bool array of shape (measures,)
        Whether the numerator counts people or pairs.
    """

    numerator: Floats
    denominator: Floats
    shift: Floats
    weight: Floats
    counts: Bools

    @cached_property
    def queries(self) -> Floats:
        """Queries that each ratio rests on."""
        return np.asarray((self.weight > 0).sum(axis=2), dtype=float)

    @cached_property
    def scaled(self) -> Floats:
        """Shifts whose products sum up to variances and covariances; NaN where a group is in one query alone."""
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = np.where(self.queries > 1, np.sqrt((self.queries - 1) / self.queries), np.nan)
        return np.asarray(self.shift * factor[:, :, None])

    @cached_property
    def means(self) -> Means:
        """The ratios with their evidence, each by itself; degrees of freedom as if all queries were of one size."""
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(self.denominator > 0, self.numerator / self.denominator, np.nan)
            part = self.weight / self.denominator[:, :, None]
            df = np.nan_to_num(1 / (part**2).sum(axis=2) - 1)
        variance = (self.scaled**2).sum(axis=2)
        error = np.sqrt(variance + self._unseen(variance))
        known = np.isfinite(error) & (df > 0)
        nothing = np.zeros(value.shape)
        weight = self.denominator
        return Means(
            value, weight, weight, np.where(known, error, np.nan), np.where(known, df, np.nan), nothing, nothing
        )

    def _unseen(self, variance: Floats) -> Floats:
        """Return the variance to add where so few are counted that their spread between queries is not seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (self.numerator + ADDED) / (self.denominator + 2 * ADDED)
            lowest = np.clip(share * (1 - share), 0, None) / self.denominator
            rarer = np.minimum(self.numerator, self.denominator - self.numerator)
        few = self.counts[:, None] & (rarer < FEW_COUNTED)
        return np.where(few, np.clip(lowest - variance, 0, None), 0.0)

    def correlation(self, first: Ints, other: "QueryRatios", second: Ints) -> Floats:
        """Correlate groups with those of the same or another way to split, through the queries that they share.

        Parameters
        ----------
        first, second : int array of shape (pairs,)
            Groups of this and of the other.
        other : QueryRatios

        Returns
        -------
        float array of shape (measures, pairs)
        """
        covariance = np.stack(
            [(self.scaled[:, a] * other.scaled[:, b]).sum(axis=1) for a, b in zip(first, second, strict=True)]
            or [np.zeros(len(self.counts))],
            axis=1,
        )[:, : len(first)]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = covariance / (self.means.error[:, first] * other.means.error[:, second])
        return np.clip(np.nan_to_num(found), -1, 1)

    def apart(self) -> Means:
        """Return the ratios with errors by which independent groups would differ as uncertainly as these do.

        References
        ----------
        Firth and de Menezes (2004), "Quasi-variances", by least squares.
        """
        means = self.means
        used = np.isfinite(means.value) & np.isfinite(means.error)
        groups = used.sum(axis=1, keepdims=True)
        error = np.where(used, means.error, 0.0)
        scaled = np.where(used[:, :, None], self.scaled, 0.0)
        together = scaled.sum(axis=1, keepdims=True)
        shared = (scaled * together).sum(axis=2) - (scaled**2).sum(axis=2)
        variance = error**2
        with np.errstate(invalid="ignore", divide="ignore"):
            # The sum over the other groups of the variance of the difference from them.
            differences = (groups - 2) * variance + variance.sum(axis=1, keepdims=True) - 2 * shared
            of_two = variance / variance.sum(axis=1, keepdims=True) * differences
            total = np.where(used, differences, 0.0).sum(axis=1, keepdims=True) / (2 * (groups - 1))
            quasi = np.where(groups > 2, (differences - total) / (groups - 2), of_two)
        quasi = np.where(used, np.maximum(quasi, MIN_VARIANCE_SHARE * variance), np.nan)
        # All groups vary over the same queries, which are the fewer to tell by the more groups there are.
        df = np.maximum((means.df - groups + 2) / 2, 0.5)
        return replace(means, error=np.sqrt(quasi), df=np.where(used, df, np.nan))


def query_ratios(table: RankTable, measures: Sequence[RankMeasure], *, rest: bool = False) -> QueryRatios:
    """Estimate each measure in each group of a table, as ratios of totals over queries.

    What is handed out within a query (places at the top, exposure) is held against a claim (people, relevance) that
    counts as much as there is to hand out for each claim of that query. So whoever stands in long lists is not taken
    for somebody who is ranked low, all groups have one value where rankings are fair, and with lists of one length
    nothing changes.

    Parameters
    ----------
    table : RankTable
    measures : sequence of RankMeasure
    rest : bool
        Of everyone outside each group instead.

    Returns
    -------
    QueryRatios
        Memory: measures × groups × queries numbers of 8 bytes, some four times.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 11, for the jackknife.
    """
    groups, queries = len(table.groups), table.n_queries
    shape = (len(measures), groups, queries)
    gets, claims, scale = np.zeros(shape), np.zeros(shape), np.ones((len(measures), 1, queries))
    for i, measure in enumerate(measures):
        got, claim, scale[i, 0] = _resource_and_claim(table, measure)
        gets[i, table.group, table.query], claims[i, table.group, table.query] = got, claim
    if rest:
        gets, claims = (a.sum(axis=1, keepdims=True) - a for a in (gets, claims))
        # What rounding leaves of a query that lies wholly inside is nothing.
        claims[claims < 1e-9 * claims.max(initial=0)] = 0.0
    numerator, denominator = gets.sum(axis=2), claims.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(denominator > 0, numerator / denominator, np.nan)
        without = scale * (numerator[:, :, None] - gets) / (denominator[:, :, None] - claims)
        shift = value[:, :, None] - without
    counts = np.array([measure.counts for measure in measures], dtype=bool)
    return QueryRatios(numerator, denominator, shift, claims, counts)


def _resource_and_claim(table: RankTable, measure: RankMeasure) -> tuple[Floats, Floats, Floats]:
    """Return both by cell, and by query how much more there would be for each claim if it were left out."""
    got, claim = table.column(measure.resource, measure.k), table.column(measure.claim)
    if not measure.shared:
        return got, claim, np.ones(table.n_queries)
    there, claimed = table.by_query(got), table.by_query(claim)
    used = claimed > 0
    got, there = np.where(used[table.query], got, 0.0), np.where(used, there, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        overall = claimed.sum() / there.sum()
        each = np.where(used, there / claimed, 0.0) * overall
        scale = (there.sum() - there) / (claimed.sum() - claimed) * overall
    return got, claim * each[table.query], scale


def ratio_p_values(
    measures: Sequence[RankMeasure], first: Means, second: Means, *, correlation: Floats | float
) -> Floats:
    """Test that each value of `first` is as the same column of `second`, both over the same queries.

    Parameters
    ----------
    measures : sequence of RankMeasure
    first, second : Means
    correlation : float array of shape (measures, groups)

    Returns
    -------
    float array of shape (measures, groups)
    """
    first, second = _over_same_queries(first, second, correlation)
    return mean_p_values(first, second, correlation=correlation)


def compare_ratios(
    measures: Sequence[RankMeasure],
    first: Means,
    second: Means,
    *,
    confidence: float,
    alpha: Floats | float,
    correlation: Floats | float = 0.0,
    p_value: Floats | None = None,
) -> dict[str, Disparities]:
    """Compare each value of `first` with the same column of `second`, both over the same queries.

    Parameters
    ----------
    measures : sequence of RankMeasure
    first, second : Means
    confidence, alpha, correlation, p_value
        As for :func:`~biasaudit.inference.means.comparisons.compare_means`.

    Returns
    -------
    dict of str to Disparities
    """
    first, second = _over_same_queries(first, second, correlation)
    return compare_means(
        measures, first, second, confidence=confidence, alpha=alpha, correlation=correlation, p_value=p_value
    )


def _over_same_queries(first: Means, second: Means, correlation: Floats | float) -> tuple[Means, Means]:
    """Give both sides the degrees of freedom that their difference has where both vary over the same queries.

    Two groups that share no query vary by themselves, and keep their own.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other = first.error**2, second.error**2
        joint = ((one + other) / (one / np.sqrt(first.df + 1) + other / np.sqrt(second.df + 1))) ** 2 - 1
        each = joint * (one**2 + other**2) / (one + other) ** 2
    shared = (np.asarray(correlation) != 0) & np.isfinite(each) & (each > 0)
    return tuple(  # type: ignore[return-value]
        replace(side, df=np.where(shared, each, side.df)) for side in (first, second)
    )
