"""Ratios of totals over queries, such as exposure over people, and how uncertain gaps between groups are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import stdtrit

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.rankings.table import RankTable
from biasaudit.metrics.ranks import RankMeasure

__all__ = ["QueryGaps", "QueryRatios", "query_ratios"]

FEW_COUNTED = 10
ADDED = 2.0


@dataclass(frozen=True, eq=False)
class QueryGaps:
    """Gaps between pairs of groups; every array has shape (measures, pairs).

    Parameters
    ----------
    difference, ratio : float array
        First minus second, and first over second.
    error, log_error : float array
        Standard error of the difference, and of the logarithm of the ratio; NaN where nobody can know it.
    df : float array
        Degrees of freedom of both.
    """

    difference: Floats
    ratio: Floats
    error: Floats
    log_error: Floats
    df: Floats

    @property
    def p_value(self) -> Floats:
        """Two-sided, that there is no gap."""
        from scipy.special import stdtr

        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.where(self.error > 0, -np.abs(self.difference) / self.error, np.nan)
        # Where no query differs from another the gap is certain, or there is none.
        certain = np.where(self.difference == 0, 1.0, np.nan)
        return np.where(np.isnan(t), np.where(self.error == 0, certain, np.nan), 2 * stdtr(_positive(self.df), t))

    def limits(self, level: Floats | float, *, ratio: bool = False) -> tuple[Floats, Floats]:
        """Return limits at a level: of the difference, or of the ratio."""
        reach = -stdtrit(_positive(self.df), np.broadcast_to(level, self.df.shape) / 2)
        if not ratio:
            return self.difference - reach * self.error, self.difference + reach * self.error
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return self.ratio * np.exp(-reach * self.log_error), self.ratio * np.exp(reach * self.log_error)

    def detectable(self, level: Floats | float, *, ratio: bool = False, power: float = 0.8) -> Floats:
        """Return the gap that would be seen with so much power; of ratios, how far below 1 it would have to be."""
        df = _positive(self.df)
        reach = -stdtrit(df, np.broadcast_to(level, df.shape) / 2) + stdtrit(df, power)
        return np.exp(-reach * self.log_error) if ratio else reach * self.error


def _positive(df: Floats) -> Floats:
    return np.where(df > 0, df, np.nan)


@dataclass(frozen=True, eq=False)
class QueryRatios:
    """Ratios of totals by group; arrays have shape (measures, groups) unless they say otherwise.

    Parameters
    ----------
    numerator, denominator : float array
    shift : float array of shape (measures, groups, queries)
        How much each ratio falls when a query is left out.
    weight : float array of shape (measures, groups, queries)
        Part of the group's denominator that lies in a query.
    counted : bool array of shape (measures,)
        Whether the numerator counts people or pairs.
    """

    numerator: Floats
    denominator: Floats
    shift: Floats
    weight: Floats
    counted: Floats

    @cached_property
    def value(self) -> Floats:
        """The ratios; NaN where the denominator is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.denominator > 0, self.numerator / self.denominator, np.nan)

    @cached_property
    def queries(self) -> Floats:
        """Queries that each ratio rests on."""
        return (self.weight > 0).sum(axis=2).astype(float)

    @cached_property
    def df(self) -> Floats:
        """As many queries of one size as would be as uncertain, less one."""
        return _freedom(self.weight)

    @cached_property
    def floor(self) -> Floats:
        """Variance that is added where so few are counted that their spread between queries is not seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (self.numerator + ADDED) / (self.denominator + 2 * ADDED)
            lowest = np.clip(share * (1 - share), 0, None) / self.denominator
            rarer = np.minimum(self.numerator, self.denominator - self.numerator)
        few = self.counted[:, None] & (rarer < FEW_COUNTED)
        return np.where(few, np.clip(lowest - _variance(self.shift, self.queries), 0, None), 0.0)

    @cached_property
    def error(self) -> Floats:
        """Standard error by the jackknife over queries; NaN where a group is in one query alone."""
        return np.sqrt(_variance(self.shift, self.queries) + self.floor)

    def gaps(self, first: Ints, other: "QueryRatios", second: Ints) -> QueryGaps:
        """Compare groups with those of the same or another way to split, whose queries are the same.

        Parameters
        ----------
        first, second : int array of shape (pairs,)
            Groups of this and of the other.
        other : QueryRatios
        """
        a, b = self.value[:, first], other.value[:, second]
        either = (self.weight[:, first] > 0) | (other.weight[:, second] > 0)
        queries = np.where(np.minimum(self.queries[:, first], other.queries[:, second]) > 1, either.sum(axis=2), 0)
        floor = self.floor[:, first] + other.floor[:, second]
        with np.errstate(invalid="ignore", divide="ignore"):
            error = _variance(self.shift[:, first] - other.shift[:, second], queries) + floor
            shift = self.shift[:, first] / a[:, :, None] - other.shift[:, second] / b[:, :, None]
            log_error = np.where(
                (a > 0) & (b > 0),
                _variance(shift, queries) + self.floor[:, first] / a**2 + other.floor[:, second] / b**2,
                np.nan,
            )
            ratio = np.where((a == 0) & (b == 0), np.nan, a / b)
        uncertain = self.weight[:, first] / self.denominator[:, first, None] + (
            other.weight[:, second] / other.denominator[:, second, None]
        )
        return QueryGaps(a - b, ratio, np.sqrt(error), np.sqrt(log_error), _freedom(np.nan_to_num(uncertain)))


def _variance(shift: Floats, queries: Floats) -> Floats:
    """Return the jackknife's variance of what leaving out each query shifts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(queries > 1, (shift**2).sum(axis=2) * (queries - 1) / queries, np.nan)


def _freedom(weight: Floats) -> Floats:
    """Satterthwaite's degrees of freedom of a sum of squares whose parts have these variances."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(weight.sum(axis=2) ** 2 / (weight**2).sum(axis=2) - 1)


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
        Memory: measures × groups × queries numbers of 8 bytes, three times.

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
    counted = np.array([measure.bounded for measure in measures], dtype=bool)
    return QueryRatios(numerator, denominator, shift, claims, counted)


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
