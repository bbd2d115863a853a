"""Quantiles of groups from histograms, with errors by Woodruff's interval."""

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.inference.means.distributions import Distribution
from biasaudit.inference.means.means import Means

__all__ = ["quantile_means"]

CRITICAL = 1.959963984540054
FAR = 4.0
# Limits lean by chance more than by the shape of what rows are drawn from, which the root of their number takes away.
LEAN = 0.2
LEAN_OF_MANY = 3.0


def quantile_means(distribution: Distribution, at: float, mean: Means) -> Means:
    """Estimate a quantile of each group as the smallest value that so large a share of its weight is at or below.

    That is the "inverted_cdf" of numpy and of Hyndman and Fan (their type 1). The error is that of Woodruff's interval:
    the quantiles at the limits of the share, over twice the critical value. Clusters widen the limits by their design
    effect on the mean of the same variable, as histograms hold none. Where so few rows lie on a side that no value
    bounds the quantile, nobody knows the error.

    Parameters
    ----------
    distribution : Distribution
    at : float
        Share, between 0 and 1.
    mean : Means
        Of the same variable, one row.

    Returns
    -------
    Means

    References
    ----------
    Woodruff (1952), "Confidence intervals for medians and other position measures".
    Hyndman and Fan (1996), "Sample quantiles in statistical packages".
    """
    value = distribution.quantile(np.full(mean.value.shape[1], at))
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = (mean.deviation[0] / mean.error[0]) ** 2
        effective = np.where(mean.deviation[0] > 0, effective, mean.rows[0])
        of_share = np.sqrt(at * (1 - at) / effective)
        error, lean = _woodruff(distribution, at, value, of_share, CRITICAL)
        far, _ = _woodruff(distribution, at, value, of_share, FAR)
        # Few values: the next one may be just out of reach.
        error = np.where(error > 0, error, far)
        most = np.nan_to_num(np.minimum(LEAN, LEAN_OF_MANY / np.sqrt(effective)))
        bounded = effective * np.log1p(-min(at, 1 - at)) <= np.log(0.025)
    known = bounded & np.isfinite(mean.error[0])
    return Means(
        value[None],
        mean.rows,
        mean.weight,
        np.where(known, error, np.nan)[None],
        mean.df,
        np.where(known, np.clip(np.nan_to_num(lean), -most, most), 0.0)[None],
        mean.deviation,
    )


def _woodruff(
    distribution: Distribution, at: float, value: Floats, of_share: Floats, critical: float
) -> tuple[Floats, Floats]:
    """Return the error that the limits of the share give, and the skewness that lets an interval lean as they do."""
    shares = [np.clip(np.nan_to_num(at + sign * critical * of_share), 0, 1) for sign in (-1, 1)]
    low, high = (distribution.quantile(share) for share in shares)
    reached = (shares[1] - shares[0]) / of_share
    error = (high - low) / reached
    lean = ((high - value) - (value - low)) / (2 * error * (critical**2 / 3 + 1 / 6))
    return error, lean
