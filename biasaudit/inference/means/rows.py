"""Means of variables in groups and outside them, with the errors that weights and clusters leave them."""

from collections.abc import Sequence

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.moments.table import MomentTable
from biasaudit.inference.means.means import Means, concat_means
from biasaudit.inference.variance.bias_reduced import bias_reduced, correlation_within
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.moment_totals import GroupMoments, group_moments, moment_totals

__all__ = ["clustered_means", "independent_means", "means_of_variables"]

BLOCK = 200_000
MAX_SKEW = 2.0


def means_of_variables(table: MomentTable, variables: Sequence[str], *, outside: bool = False) -> Means:
    """Estimate the mean of each variable in each group, or in everyone outside it.

    Parameters
    ----------
    table : MomentTable
    variables : sequence of str
    outside : bool

    Returns
    -------
    Means
        A measure for each variable.
    """
    moments = group_moments(table, variables, outside=outside)
    spread = _spread_of_all(table, variables)
    independent = independent_means(moments, spread)
    if table.cluster is None:
        return independent
    totals = moment_totals(table, variables)
    inside = group_moments(table, variables) if outside else moments
    pivots = table.pivots[[table.variables.index(v) for v in variables]][:, None]
    correlation = correlation_within(totals, inside.mean - pivots, inside.variance)
    if not outside:
        return clustered_means(independent, totals, moments.mean - pivots, correlation)
    # A few groups at once, so that everyone outside each fits in memory.
    step, parts = max(1, BLOCK // max(totals.n_clusters, 1)), []
    for start in range(0, table.shape_size, step):
        at = slice(start, min(start + step, table.shape_size))
        block = independent.each(lambda a, at=at: a[:, at])  # type: ignore[misc]
        others = totals.outside(at.start, at.stop)
        parts.append(clustered_means(block, others, moments.mean[:, at] - pivots, correlation))
    return concat_means(parts)


def _spread_of_all(table: MomentTable, variables: Sequence[str]) -> Floats:
    """Variance of all rows together, shape (variables, 1)."""
    moments = group_moments(table, variables)
    known = moments.rows > 0
    weight = np.where(known, moments.weight, 0.0)
    mean = np.where(known, moments.mean, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (weight * mean).sum(axis=1, keepdims=True) / weight.sum()
        squares = np.where(known, moments.second + weight * (mean - middle) ** 2, 0.0)
        return np.asarray(squares.sum(axis=1, keepdims=True) / weight.sum())


def independent_means(moments: GroupMoments, spread: Floats) -> Means:
    """Estimate means as if rows were independent.

    The table holds no cubes and fourth powers of weights, on which skewness and degrees of freedom rest: they are taken
    to be as the first two powers have it where weights are about lognormal or take two values.

    Parameters
    ----------
    moments : GroupMoments
    spread : float array of shape (variables, 1)
        Variance of the rows of all groups together, for a group whose rows are all alike: not even they say that no
        other row is, and it has the variance of one more row drawn from all.

    Returns
    -------
    Means
        A measure for each variable.
    """
    rows, weight, part = moments.rows, moments.weight, moments.concentration
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = 1 / part
        linearised = moments.squared / weight**2 / (1 - part)
        alike = spread / (effective + 1) / effective
        variance = np.where(moments.second > 0, linearised, alike)
        several = np.isfinite(moments.mean) & (rows > 1) & (part < 1)
        variance = np.where(several, variance, np.nan)
        df = np.where(several, np.maximum(effective**2 / rows - 1, np.minimum(effective - 1, 1)), 0.0)
        cubed = moments.third / weight / ((1 - part) * (1 - 2 * part)) / moments.variance**1.5
        skew = np.where(several & (part < 0.5) & (moments.second > 0), cubed * np.sqrt(rows) / effective, 0.0)
        deviation = np.sqrt(moments.variance)
    shape = moments.mean.shape
    value = np.where(rows > 0, moments.mean, np.nan)
    n, w, df = (np.broadcast_to(a, shape) for a in (rows, weight, df))
    return Means(value, n, w, np.sqrt(variance), df, _bounded(skew), deviation)


def clustered_means(independent: Means, totals: ClusterTotals, mean: Floats, correlation: Floats) -> Means:
    """Replace the errors by those that the spread between clusters shows: CR2, with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    independent : Means
        As if rows were independent.
    totals : ClusterTotals
        Of the same variables and groups.
    mean : float array of shape (variables, groups)
        Means above the pivot that the totals are about.
    correlation : float array of shape (variables, 1)
        Of two rows of a cluster.

    Returns
    -------
    Means
    """
    estimated, residual = bias_reduced(totals, mean, correlation), totals.residuals(mean)
    weight = totals.by_group(totals.denominator)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = totals.by_group(totals.denominator**2) / weight**2
        variance = estimated.variance
        # Clusters that all have one mean, or rows that are all alike, show no spread to measure.
        flat = (estimated.df > 0) & ~(variance > 1e-12 * independent.error**2)
        variance = np.where(flat | _alike(independent), independent.error**2, variance)
        error = np.where(estimated.df > 0, np.sqrt(variance), np.nan)
        cubed = totals.by_group(residual**3) / weight**3 / ((1 - part) * (1 - 2 * part))
        skew = np.where((part < 0.5) & (error > 0) & ~_alike(independent), cubed / error**3, 0.0)
    given = independent
    return Means(given.value, given.rows, given.weight, error, estimated.df, _bounded(skew), given.deviation)


def _bounded(skew: Floats) -> Floats:
    """Keep to what a single sample can show: with all but one row alike it is about 1."""
    return np.clip(np.nan_to_num(skew, posinf=0.0, neginf=0.0), -MAX_SKEW, MAX_SKEW)


def _alike(means: Means) -> np.ndarray:
    return np.asarray(means.deviation == 0)
