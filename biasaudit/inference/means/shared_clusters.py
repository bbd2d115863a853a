"""What means of groups have in common through the clusters that they share; zero where there are none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.moments.table import MomentTable
from biasaudit.inference.means.means import Means
from biasaudit.inference.variance import shared_clusters
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.moment_measures import MomentMeasure
from biasaudit.metrics.moment_totals import group_moments, moment_totals

__all__ = ["correlation", "correlation_between", "means_between", "rest_correlation"]


def correlation(table: MomentTable, measures: Sequence[MomentMeasure], reference: int) -> Floats:
    """Correlate each measure in each group with that in the reference.

    Roots and R² go as the mean squared error, quantiles as the mean of their variable.

    Parameters
    ----------
    table : MomentTable
    measures : sequence of MomentMeasure
    reference : int
        Index of the group.

    Returns
    -------
    float array of shape (measures, groups)
        -1 to 1.
    """
    if table.cluster is None:
        return np.zeros((len(measures), table.shape_size))
    totals, inside, _, each = _totals(table, measures)
    return totals.correlation(inside, reference)[each]


def rest_correlation(table: MomentTable, measures: Sequence[MomentMeasure]) -> Floats:
    """Correlate each measure in each group with that in everyone outside it.

    Parameters
    ----------
    table : MomentTable
    measures : sequence of MomentMeasure

    Returns
    -------
    float array of shape (measures, groups)
        -1 to 1.
    """
    if table.cluster is None:
        return np.zeros((len(measures), table.shape_size))
    totals, inside, outside, each = _totals(table, measures)
    return shared_clusters.correlation_with_rest(totals, inside, outside)[each]


def correlation_between(table: MomentTable, measures: Sequence[MomentMeasure], first: Ints, second: Ints) -> Floats:
    """Correlate each measure in groups with that in others, pair by pair.

    Parameters
    ----------
    table : MomentTable
    measures : sequence of MomentMeasure
    first, second : int array of shape (pairs,)
        Indices of the groups.

    Returns
    -------
    float array of shape (measures, pairs)
        -1 to 1.
    """
    if table.cluster is None:
        return np.zeros((len(measures), len(first)))
    totals, inside, _, each = _totals(table, measures)
    return shared_clusters.correlation_between(totals, inside, first, second)[each]


def means_between(table: MomentTable, measures: Sequence[MomentMeasure], means: Means) -> Means:
    """Give each group the error by which independent groups would differ as uncertainly as these do.

    That is what a test of all groups together takes where they share clusters.

    Parameters
    ----------
    table : MomentTable
    measures : sequence of MomentMeasure
    means : Means
        What :func:`~biasaudit.inference.means.estimates.group_means` says of them.

    Returns
    -------
    Means

    References
    ----------
    Firth and de Menezes (2004), "Quasi-variances", by least squares.
    """
    if table.cluster is None:
        return means
    totals, inside, _, each = _totals(table, measures)
    factor, affected = shared_clusters.variance_between_groups(totals.select(each), inside[each], means.error**2)
    return replace(means, error=np.where(affected, means.error * np.sqrt(factor), means.error))


def _totals(table: MomentTable, measures: Sequence[MomentMeasure]) -> tuple[ClusterTotals, Floats, Floats, list[int]]:
    """Return totals of the variables, their means inside and outside above the pivot, and the variable of each."""
    variables = tuple(dict.fromkeys(measure.variable for measure in measures))
    pivots = table.pivots[[table.variables.index(name) for name in variables]][:, None]
    inside, outside = (group_moments(table, variables, outside=out).mean - pivots for out in (False, True))
    totals = moment_totals(table, variables)
    # Correlations have no unit; squares of squares of large numbers would be no numbers.
    largest = np.abs(totals.numerator).max(axis=1, keepdims=True, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    each = [variables.index(measure.variable) for measure in measures]
    return replace(totals, numerator=totals.numerator / unit), inside / unit, outside / unit, each
