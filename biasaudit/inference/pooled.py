"""Rates of groups partly pooled: a group of few people is told nearer to everyone, since it says little of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, gammaln

from biasaudit.arraytypes import Floats
from biasaudit.inference.measures import Measure, distinct_questions, to_values
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.wilson import critical_value

__all__ = ["PooledShares", "pooled_interval", "pooled_shares"]

# Spreads that the limits are averaged over: from rates that are nearly all 0 or 1 to none that anybody could see.
N_SPREADS = 20
MIN_PRIOR, MAX_PRIOR = 0.3, 20.0


@dataclass(frozen=True)
class PooledShares:
    """Partly pooled shares with their limits, shape (measures, groups); NaN where a group has no value of its own.

    Parameters
    ----------
    share, low, high : float array of shape (measures, groups)
    mean : float array of shape (measures,)
        What shares are drawn towards.
    spread : float array of shape (measures,)
        Variance of the groups' true shares as a part of mean (1 - mean): 0 where they differ no more than by chance.
    """

    share: Floats
    low: Floats
    high: Floats
    mean: Floats
    spread: Floats


def pooled_shares(shares: Shares, confidence: float = 0.95) -> PooledShares:
    """Draw each group's share towards that of all groups, the more the fewer rows it rests on.

    The groups' true shares are taken for draws from a beta distribution. Its mean is the share of all effective rows,
    its spread that of the observed shares beyond what chance adds, by moments weighed with rows, so that small groups
    do not say how far groups differ; where there is none, all groups are at the mean. Limits are Wilson's of as many
    rows as the mean squared error around the pooled share leaves, averaged over the spreads that the beta-binomial
    likelihood allows: not knowing mean and spread widens them.

    Parameters
    ----------
    shares : Shares
        Of every measure in every group of one split.
    confidence : float

    Returns
    -------
    PooledShares
        NaN throughout where fewer than two groups have a value: there is nothing to pool.

    References
    ----------
    Kleinman (1973), "Proportions with extraneous variance: single and independent samples", JASA 68, for the moments.
    Christiansen and Morris (1997), "Hierarchical Poisson regression modeling", JASA 92, for limits over a prior that
    is uniform in how far shares are drawn; Tak, Kelly and Morris (2017), "Rgbp", J. Stat. Software 78, for binomials.

    Examples
    --------
    Two of two people do not lead:

    >>> import numpy as np
    >>> x, n = np.array([[900.0, 600.0, 2.0]]), np.array([[3000.0, 3000.0, 2.0]])
    >>> found = pooled_shares(Shares(x, n, x / n, n, np.full(x.shape, np.inf)))
    >>> found.share.round(3).tolist()
    [[0.299, 0.201, 0.291]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        defined = np.isfinite(shares.share) & (shares.nobs > 0)
        rows = np.where(defined, shares.nobs, 0.0)
        share = np.where(defined, shares.share, 0.0)
        mean, spread = _moments(share, rows)
        shrinkage = _shrinkage(spread[:, None], rows)
        pooled = np.where(defined, share + shrinkage * (mean[:, None] - share), np.nan)
        mean_left, rows_left = _posterior(share * rows, rows)
        # A variance on few degrees of freedom is worth less: as many rows less as t is wider than the normal.
        rows_left *= (critical_value(confidence) / critical_value(confidence, shares.df)) ** 2
        tails = ((1 - confidence) / 2, (1 + confidence) / 2)
        low, high = (betaincinv(mean_left * rows_left, (1 - mean_left) * rows_left, tail) for tail in tails)
    # What is told stands inside what is possible.
    low, high = np.minimum(low, pooled), np.maximum(high, pooled)
    return PooledShares(pooled, low, high, mean, spread)


def pooled_interval(measures: Sequence[Measure], shares: Shares, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Return the partly pooled value of each measure in each group, and its limits; NaN where it is not finite.

    Parameters
    ----------
    measures : sequence of Rate or Composite
    shares : Shares
        Of the measures in every group of one split.
    confidence : float

    Returns
    -------
    value, low, high : float array of shape (measures, groups)
    """
    if shares.share.shape[1] < 2:
        return (np.full(shares.share.shape, np.nan),) * 3
    distinct, inverse = distinct_questions(measures)
    found = pooled_shares(shares.each(lambda a: a[distinct]), confidence)
    sides = np.stack([found.share, found.low, found.high])[:, inverse]
    mirrored = [measure.name != measures[distinct[i]].name for measure, i in zip(measures, inverse, strict=True)]
    # A complement is drawn as far to the other side.
    sides[:, mirrored] = 1 - sides[[0, 2, 1]][:, mirrored]
    with np.errstate(invalid="ignore"):
        sides = to_values(measures, sides)
    value, low, high = np.where(np.isfinite(sides[0]), sides, np.nan)
    return value, low, high


def _moments(share: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Estimate mean and spread of each measure over its groups; no spread where only chance makes them differ."""
    total, groups = rows.sum(axis=1), (rows > 0).sum(axis=1)
    mean = np.where(groups > 1, (share * rows).sum(axis=1) / total, np.nan)
    # Rounding may leave a mean of nothing but ones above one.
    mean = np.minimum(mean, 1.0)
    chi_square = (rows * (share - mean[:, None]) ** 2).sum(axis=1) / (mean * (1 - mean))
    outside = np.where(rows > 0, 1 - rows / total[:, None], 0.0)
    slope = (outside * (rows - 1)).sum(axis=1)
    spread = np.where(slope > 0, (chi_square - (groups - 1)) / slope, 0.0)
    return mean, np.clip(np.nan_to_num(spread), 0.0, 1.0)


def _shrinkage(spread: ArrayLike, rows: Floats) -> Floats:
    """How far shares are drawn to the mean, 0 to 1: all the way where there is no spread."""
    spread = np.asarray(spread, dtype=float)
    return np.asarray((1 - spread) / (1 - spread + spread * rows))


def _posterior(count: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Return mean of each share and how many rows it would take to be as sure of it, not knowing mean and spread."""
    x, n = count[..., None], rows[..., None]
    prior = _prior_grid(rows)[:, None]
    # The more groups differ, the more each of them says of the mean alone, however many its rows.
    information = n * (prior + 1) / (n + prior)
    total_information = information.sum(axis=1, keepdims=True)
    # Half a row of either kind, so that what nobody has seen is not taken for impossible.
    mean = ((information * np.divide(x, n, out=np.zeros_like(x), where=n > 0)).sum(axis=1, keepdims=True) + 0.5) / (
        total_information + 1
    )
    variance_of_mean = mean * (1 - mean) / (total_information + 1)
    weights = _prior_probabilities(x, n, prior, mean, variance_of_mean)
    value = (x + prior * mean) / (n + prior)
    centre = (weights * value).sum(axis=-1)
    error = value * (1 - value) / (n + prior + 1) + (prior / (n + prior)) ** 2 * variance_of_mean
    error = (weights * (error + (value - centre[..., None]) ** 2)).sum(axis=-1)
    return np.asarray(centre), np.asarray(centre * (1 - centre) / error - 1)


def _prior_grid(rows: Floats) -> Floats:
    """List what the prior may weigh, in rows, shape (measures, spreads)."""
    size = _typical_rows(rows)
    start, end = np.log(MIN_PRIOR), np.log(MAX_PRIOR * size)
    return np.asarray(np.exp(start + (end - start) * np.linspace(0, 1, N_SPREADS)))


def _typical_rows(rows: Floats) -> Floats:
    """Rows of a group whose share has the mean variance of all, shape (measures, 1)."""
    occupied = rows > 0
    inverse = np.divide(1, rows, out=np.zeros_like(rows), where=occupied)
    return np.asarray(occupied.sum(axis=1, keepdims=True) / inverse.sum(axis=1, keepdims=True))


def _prior_probabilities(x: Floats, n: Floats, prior: Floats, mean: Floats, variance_of_mean: Floats) -> Floats:
    """Find how likely each weight of the prior is, given the counts, shape (measures, 1, spreads)."""
    positive, negative = prior * mean, prior * (1 - mean)
    log_likelihood = (gammaln(x + positive) + gammaln(n - x + negative) - gammaln(n + prior)).sum(axis=1, keepdims=True)
    log_likelihood -= x.shape[1] * (gammaln(positive) + gammaln(negative) - gammaln(prior))
    # The mean is integrated out, by Laplace's method.
    log_likelihood += np.log(variance_of_mean) / 2
    # Uniform in how far a group of typical size is drawn, here on a scale of logarithms.
    size = _typical_rows(n[..., 0])[:, None]
    log_likelihood += np.log(prior) - 2 * np.log(prior + size)
    chance = np.exp(log_likelihood - log_likelihood.max(axis=-1, keepdims=True))
    return np.asarray(chance / chance.sum(axis=-1, keepdims=True))
