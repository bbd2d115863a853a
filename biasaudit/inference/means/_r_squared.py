"""The part of the outcome's variance that predictions explain, with its error by the delta method."""

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.counts.moments.table import MomentTable
from biasaudit.inference.means.distributions import Distribution
from biasaudit.inference.means.means import Means
from biasaudit.metrics.cell_totals import sum_of_others
from biasaudit.metrics.moment_totals import group_moments

__all__ = ["r_squared_means"]


def r_squared_means(table: MomentTable, mean: Means, outcomes: Distribution, *, outside: bool) -> Means:
    """Estimate R² of each group: 1 less the mean squared error over the variance of the group's outcomes.

    The error is that of the mean of e² - q (y - mean)² over the variance, q being what 1 lacks of R². Fourth powers of
    outcomes are read from their histogram. Clusters widen it by their design effect on the mean squared error; it is
    not corrected for skew.

    Parameters
    ----------
    table : MomentTable
        With `products`.
    mean : Means
        Of the squared error, one row.
    outcomes : Distribution
        Of the outcomes of each group, or of everyone outside it.
    outside : bool

    Returns
    -------
    Means

    References
    ----------
    Cochran (1977), "Sampling Techniques", section 6.4, for ratios of means.
    """
    moments = group_moments(table, ("outcome", "squared_error"), outside=outside)
    weight, part, (outcome, squared_error) = moments.weight, moments.concentration, moments.mean
    with np.errstate(invalid="ignore", divide="ignore"):
        spread, of_squares = moments.second / weight
        left = np.where(spread > 0, squared_error / spread, np.nan)
        shift = outcome - table.pivots[table.variables.index("outcome")]
        first, second = _products(table, outside) / weight
        together = second - 2 * shift * first + shift**2 * squared_error - squared_error * spread
        fourth = outcomes.fourth_moment(outcome) - spread**2
        variance = np.maximum(of_squares - 2 * left * together + left**2 * fourth, 0.0) / spread**2
        # Two things, a mean and a variance, are fitted to the rows.
        independent = variance * part / (1 - 2 * part)
        design_effect = mean.error[0] ** 2 / (moments.variance[1] * part)
        error = np.sqrt(independent * np.where(moments.variance[1] > 0, design_effect, 1.0))
    known = (part < 0.5) & np.isfinite(left) & np.isfinite(mean.error[0])
    nothing = np.zeros(mean.value.shape)
    return Means(
        1 - left[None],
        mean.rows,
        mean.weight,
        np.where(known, error, np.nan)[None],
        mean.df,
        nothing,
        nothing + np.nan,
    )


def _products(table: MomentTable, outside: bool) -> Floats:
    assert table.products is not None
    summed = np.array([np.bincount(table.group, weights=row, minlength=table.shape_size) for row in table.products])
    return np.asarray(sum_of_others(summed.T).T) if outside else summed
