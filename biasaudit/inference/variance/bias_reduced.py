"""Variances of ratios of cluster totals that hold where clusters are few and unequal, with degrees of freedom."""

from dataclasses import dataclass

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.metrics.cell_totals import ClusterTotals

__all__ = ["BiasReduced", "bias_reduced", "correlation_within"]

FIRST_GUESS = 0.1
STEPS = 3


@dataclass(frozen=True)
class BiasReduced:
    """Variances of ratios of cluster totals; every array has shape (measures, groups).

    Parameters
    ----------
    variance : float array
        CR2; NaN where there are not two clusters.
    df : float array
        Satterthwaite's degrees of freedom of the variance; 0 where there are not two clusters.
    design_effect : float array
        How many times the variance of independent rows the correlation alone would give.
    """

    variance: Floats
    df: Floats
    design_effect: Floats


@dataclass(frozen=True)
class _Model:
    """How cluster totals vary if the rows of a cluster correlate alike, in units of the variance of a row.

    `spread` is the variance of each cluster's total and `part` its part of the group's rows, shape (measures, pairs);
    `all_spread` is the sum over the group, shape (measures, groups), and `left` the part of `spread` that residuals
    from the group's share show.
    """

    spread: Floats
    part: Floats
    all_spread: Floats
    left: Floats


def _model(totals: ClusterTotals, correlation: Floats) -> _Model:
    size, squares = totals.denominator, totals.squares
    spread = squares + correlation * (size**2 - squares)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.nan_to_num(size / totals.by_group(size)[:, totals.group])
        total = totals.by_group(spread)
        left = (spread * (1 - 2 * part) + part**2 * total[:, totals.group]) / spread
    return _Model(spread, part, total, left)


def correlation_within(totals: ClusterTotals, share: Floats, variance_of_a_row: Floats) -> Floats:
    """Estimate how much the rows of a cluster correlate, from all groups together, by moments.

    Parameters
    ----------
    totals : ClusterTotals
    share, variance_of_a_row : float array of shape (measures, groups)
        Share of each group, and the variance of what a row of weight 1 adds.

    Returns
    -------
    float array of shape (measures, 1)
        0 to 1; 0 where no cluster has two rows.
    """
    size, squares = totals.denominator, totals.squares
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = totals.residuals(share) ** 2 / variance_of_a_row[:, totals.group]
    # A cluster that is all of its group leaves no residual.
    known = np.isfinite(scaled) & (size > 0) & (totals.clusters > 1)[:, totals.group]
    both = np.where(known, size**2 - squares, 0.0)
    correlation = np.full((len(share), 1), FIRST_GUESS)
    for _ in range(STEPS):
        model = _model(totals, correlation)
        with np.errstate(invalid="ignore", divide="ignore"):
            excess = np.where(known, scaled / model.left - squares, 0.0)
            # Each cluster counts as far as it tells of the correlation.
            weight = np.where(known, both / model.spread**2, 0.0)
            found = np.nansum(weight * excess, axis=1) / (weight * both).sum(axis=1)
        correlation = np.clip(np.nan_to_num(found), 0, 1)[:, None]
    return correlation


def bias_reduced(totals: ClusterTotals, share: Floats, correlation: Floats) -> BiasReduced:
    """Compute CR2 and its degrees of freedom where rows of a cluster correlate alike.

    Of a model with nothing but an intercept all matrices have closed forms in the cluster sizes: with t the spread of a
    cluster's total, T that of all and h the cluster's part of the rows, its squared residual is divided by
    1 - 2h + h² T / t, of which CR2's textbook form, 1 - h, is the case of independent rows.

    Parameters
    ----------
    totals : ClusterTotals
    share : float array of shape (measures, groups)
    correlation : float array of shape (measures, 1)
        Correlation of two rows of a cluster.

    Returns
    -------
    BiasReduced

    References
    ----------
    Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples".
    Pustejovsky and Tipton (2018), "Small-sample methods for cluster-robust variance estimation and hypothesis testing
    in fixed effects models", equations 8 and 11.
    """
    model, summed = _model(totals, correlation), totals.by_group
    t, h, total = model.spread, model.part, model.all_spread
    with np.errstate(invalid="ignore", divide="ignore"):
        u = np.where(t > 0, 1 / model.left, 0.0)
        variance = summed(u * totals.residuals(share) ** 2) / summed(totals.denominator) ** 2
        hh, tt, ht = summed(u * h * h), summed(u * t * t), summed(u * h * t)
        diagonal = summed(u * u * t * (t - 4 * h * t + 2 * h * h * total[:, totals.group]))
        # The trace of the squared matrix of the quadratic form; the trace of the matrix is the total.
        trace = diagonal + 2 * hh * tt + (total * hh) ** 2 + 2 * ht**2 - 4 * total * hh * ht
        df = total**2 / trace
        design_effect = total / summed(totals.squares)
    has_two = totals.clusters > 1
    return BiasReduced(np.where(has_two, variance, np.nan), np.where(has_two, df, 0.0), design_effect)
