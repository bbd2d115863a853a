"""Every measure of numbers in every group, and in everyone outside it, with what it rests on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.moments.table import MomentTable
from biasaudit.inference.means._quantiles import quantile_means
from biasaudit.inference.means._r_squared import r_squared_means
from biasaudit.inference.means.distributions import Distribution
from biasaudit.inference.means.means import Means, concat_means
from biasaudit.inference.means.rows import means_of_variables
from biasaudit.metrics.moment_measures import MomentMeasure

__all__ = ["group_means", "rest_means"]


def group_means(table: MomentTable, measures: Sequence[MomentMeasure]) -> Means:
    """Estimate each measure in each group of `table`.

    Without weights and clusters the error of a mean is s / √n with n - 1 degrees of freedom, as Welch has it. Weights
    give the linearised variance, clusters CR2 with Satterthwaite's degrees of freedom. Rows that are all alike leave an
    error too: that of one more row drawn from all groups. Strata are not told apart.

    Parameters
    ----------
    table : MomentTable
        Rolled up to the features wanted.
    measures : sequence of MomentMeasure
        All of them among :func:`~biasaudit.metrics.moment_measures.available_measures`.

    Returns
    -------
    Means

    References
    ----------
    Welch (1938), "The significance of the difference between two means when the population variances are unequal".
    Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples".
    """
    return _estimated(table, measures, outside=False)


def rest_means(table: MomentTable, measures: Sequence[MomentMeasure]) -> Means:
    """Estimate each measure in the rows outside each group, as :func:`group_means` does inside.

    Parameters
    ----------
    table : MomentTable
        Rolled up to the features wanted.
    measures : sequence of MomentMeasure

    Returns
    -------
    Means
    """
    return _estimated(table, measures, outside=True)


def _estimated(table: MomentTable, measures: Sequence[MomentMeasure], *, outside: bool) -> Means:
    variables = tuple(dict.fromkeys(measure.variable for measure in measures))
    known = means_of_variables(table, variables, outside=outside)
    spread = {
        name: Distribution(table.histograms[name], table.shape_size, outside=outside) for name in _histograms(measures)
    }
    rows = []
    for measure in measures:
        mean = known.each(_only(variables.index(measure.variable)))
        rows.append(_row(table, measure, mean, spread, outside))
    return concat_means(rows, axis=0)


def _histograms(measures: Sequence[MomentMeasure]) -> list[str]:
    needed = (
        "outcome" if m.kind == "r_squared" else m.variable for m in measures if m.kind in ("quantile", "r_squared")
    )
    return list(dict.fromkeys(needed))


def _only(row: int) -> Callable[[Floats], Floats]:
    return lambda array: array[[row]]


def _row(
    table: MomentTable, measure: MomentMeasure, mean: Means, spread: Mapping[str, Distribution], outside: bool
) -> Means:
    """Estimate one measure, given the mean of its variable; arrays have one row."""
    if measure.kind == "mean":
        return mean
    if measure.kind == "root_mean_square":
        return _root(mean)
    if measure.kind == "r_squared":
        return r_squared_means(table, mean, spread["outcome"], outside=outside)
    assert measure.quantile is not None
    return quantile_means(spread[measure.variable], measure.quantile, mean)


def _root(mean: Means) -> Means:
    """Take the root of means of squares; what bends the root is taken off the skewness of what is studentised."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.sqrt(mean.value)
        error = np.where(value > 0, mean.error / (2 * value), np.sqrt(mean.error))
        bent = np.where(value > 0, 0.75 * mean.error / mean.value, 0.0)
    return replace(mean, value=value, error=error, skew=mean.skew - np.nan_to_num(bent), deviation=value)
