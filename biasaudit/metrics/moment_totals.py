"""Lay the sums of a table of moments out as central moments of groups, and as totals per cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Floats, Ints
from biasaudit.counts.moments.table import MomentTable
from biasaudit.metrics.cell_totals import ClusterTotals, sum_of_others

__all__ = ["GroupMoments", "group_moments", "moment_totals", "positions"]

# What rounding leaves of squares about the pivot is no spread.
ROUNDING = 1e-12


@dataclass(frozen=True)
class GroupMoments:
    """Moments of groups, or of everyone outside each; arrays have shape (groups,) or (variables, groups).

    Parameters
    ----------
    rows, weight : float array of shape (groups,)
        Rows, and the sum of their weights.
    concentration : float array of shape (groups,)
        Sum of the squared weights over the square of their sum: 1 / rows without weights.
    mean : float array of shape (variables, groups)
    second, third : float array of shape (variables, groups)
        Sum of weight × (value - mean) squared and cubed.
    squared : float array of shape (variables, groups)
        Sum of weight² × (value - mean)².
    """

    rows: Floats
    weight: Floats
    concentration: Floats
    mean: Floats
    second: Floats
    third: Floats
    squared: Floats

    @property
    def variance(self) -> Floats:
        """Variance of the rows, shape (variables, groups); NaN of a single one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.concentration < 1, self.second / self.weight / (1 - self.concentration), np.nan)


def positions(table: MomentTable, variables: Sequence[str]) -> list[int]:
    """Find where the sums of variables stand.

    Parameters
    ----------
    table : MomentTable
    variables : sequence of str

    Returns
    -------
    list of int
    """
    return [table.variables.index(variable) for variable in variables]


def group_moments(table: MomentTable, variables: Sequence[str], *, outside: bool = False) -> GroupMoments:
    """Sum up each group, or everyone outside it, as central moments.

    Parameters
    ----------
    table : MomentTable
        Rolled up to the features wanted.
    variables : sequence of str
    outside : bool
        Whether to describe the rows outside each group.

    Returns
    -------
    GroupMoments
    """
    at, size = positions(table, variables), table.shape_size

    def total(values: Floats) -> Floats:
        summed = _by(table.group, values, size)
        return np.asarray(np.moveaxis(sum_of_others(np.moveaxis(summed, -1, 0)), 0, -1)) if outside else summed

    rows = total(table.rows.astype(float))
    first, second, third = np.moveaxis(total(table.sums[at]), 1, 0)
    if table.weight is None or table.weight_squared is None or table.squared_sums is None:
        weight, squares, of_squares = rows, rows, np.stack([first, second])
    else:
        weight, squares = total(table.weight), total(table.weight_squared)
        of_squares = np.moveaxis(total(table.squared_sums[at]), 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift, concentration = first / weight, squares / weight**2
        centred = _no_less(second - shift * first, second)
        cubes = third - 3 * shift * second + 2 * shift**2 * first
        squared = _no_less(of_squares[1] - 2 * shift * of_squares[0] + shift**2 * squares, of_squares[1])
    mean = table.pivots[at][:, None] + shift
    return GroupMoments(rows, weight, concentration, mean, centred, np.where(centred > 0, cubes, 0.0), squared)


def _no_less(centred: Floats, about_pivot: Floats) -> Floats:
    return np.where(centred <= ROUNDING * about_pivot, np.where(np.isnan(centred), np.nan, 0.0), centred)


def moment_totals(table: MomentTable, variables: Sequence[str]) -> ClusterTotals:
    """Sum weights, and what variables are above their pivot, by cluster and group: the ratio is the mean.

    Parameters
    ----------
    table : MomentTable
        With clusters.
    variables : sequence of str

    Returns
    -------
    ClusterTotals
        A measure for each variable.
    """
    assert table.cluster is not None
    n_clusters = int(table.cluster.max(initial=-1)) + 1
    pairs, inverse = np.unique(table.group * n_clusters + table.cluster, return_inverse=True)
    weight = table.rows if table.weight is None else table.weight
    squares = table.rows if table.weight_squared is None else table.weight_squared
    values = table.sums[positions(table, variables), 0]
    numerator, denominator, squared = (_by(inverse, a.astype(float), len(pairs)) for a in (values, weight, squares))
    shape = numerator.shape
    return ClusterTotals(
        numerator,
        np.broadcast_to(denominator, shape),
        np.broadcast_to(squared, shape),
        pairs // max(n_clusters, 1),
        pairs % max(n_clusters, 1),
        table.shape_size,
        n_clusters,
    )


def _by(key: Ints, values: Floats, size: int) -> Floats:
    """Sum the last axis of `values` by `key`, shape (..., size)."""
    flat = values.reshape(-1, values.shape[-1])
    summed = [np.bincount(key, weights=row, minlength=size) for row in flat]
    return np.array(summed, dtype=float).reshape(*values.shape[:-1], size)
