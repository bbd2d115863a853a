"""What groups have in common through the clusters that they share."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.cell_totals import ClusterTotals

__all__ = [
    "correlation_between",
    "correlation_with_rest",
    "rows_between_groups",
    "variance_between_groups",
    "variance_ratio",
]

MIN_VARIANCE_SHARE = 0.01
# What shared clusters leave of the variance of a gap is never nothing.
MIN_VARIANCE_RATIO = 1e-6


def rows_between_groups(shares: Shares, independent: Floats, totals: ClusterTotals) -> Shares:
    """Give each group the rows by which independent groups would differ as uncertainly as these do.

    What happens to a whole cluster moves all its groups alike and parts none of them. Where groups share no cluster
    nothing changes.

    Parameters
    ----------
    shares : Shares
        Each measure in each group, with the rows that clusters leave it.
    independent : float array of shape (measures, groups)
        Rows if no two of a cluster were alike; never is there more evidence.
    totals : ClusterTotals
        Of the same measures.

    Returns
    -------
    Shares

    References
    ----------
    Firth and de Menezes (2004), "Quasi-variances", by least squares.
    """
    used = (shares.nobs > 0) & np.isfinite(shares.share)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(used, shares.share * (1 - shares.share) / shares.nobs, np.nan)
    factor, affected = variance_between_groups(totals, shares.share, variance)
    return replace(shares, nobs=np.where(affected, np.minimum(shares.nobs / factor, independent), shares.nobs))


def variance_between_groups(totals: ClusterTotals, share: Floats, variance: Floats) -> tuple[Floats, Bools]:
    """Find by how much of its variance each group differs from the others, if they were independent.

    Parameters
    ----------
    totals : ClusterTotals
    share, variance : float array of shape (measures, groups)
        Numerator over denominator of each group and its variance; NaN where it is not known.

    Returns
    -------
    factor : float array of shape (measures, groups)
        At least 0.01.
    affected : bool array of shape (measures, groups)
        Where the group shares clusters with others.
    """
    used = np.isfinite(variance)
    groups = used.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(used, variance, 0.0)
        shared = _shared_covariance(totals, share, np.sqrt(variance))
        # The sum over the other groups of the variance of the difference from them.
        sum_of_differences = groups * variance + variance.sum(axis=1, keepdims=True) - 2 * (shared + variance)
        variance_of_two = variance / variance.sum(axis=1, keepdims=True) * sum_of_differences
        total = np.where(used, sum_of_differences, 0.0).sum(axis=1, keepdims=True) / (2 * (groups - 1))
        quasi_variance = np.where(groups > 2, (sum_of_differences - total) / (groups - 2), variance_of_two)
        factor = np.where(variance > 0, np.maximum(quasi_variance / variance, MIN_VARIANCE_SHARE), 1.0)
    return factor, used & (np.abs(shared).sum(axis=1, keepdims=True) > 0)


def _shared_covariance(totals: ClusterTotals, share: Floats, error: Floats) -> Floats:
    """Sum each group's covariances with all others, shape (measures, groups); exactly 0 where no cluster is shared."""
    residual = totals.residuals(share)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.nan_to_num(error / np.sqrt(totals.by_group(residual**2)), posinf=0.0)
    scaled = residual * scale[:, totals.group]
    shared = np.bincount(totals.cluster, minlength=totals.n_clusters)[totals.cluster] > 1
    of_others = np.where(shared, totals.by_cluster(scaled)[:, totals.cluster] - scaled, 0.0)
    return totals.by_group(scaled * of_others)


def correlation_between(totals: ClusterTotals, share: Floats, first: Ints, second: Ints) -> Floats:
    """Correlate the rates of two groups, pair by pair, through the clusters that lie in both.

    Parameters
    ----------
    totals : ClusterTotals
    share : float array of shape (measures, groups)
    first, second : int array of shape (pairs,)

    Returns
    -------
    float array of shape (measures, pairs)
        -1 to 1; 0 where no cluster is shared.
    """
    residual = totals.residuals(share)
    squares = totals.by_group(residual**2)
    shared = np.bincount(totals.cluster, minlength=totals.n_clusters)[totals.cluster] > 1
    at, shape = (totals.group[shared], totals.cluster[shared]), (totals.n_groups, totals.n_clusters)
    covariance = np.zeros((len(residual), len(first)))
    if shared.any() and len(first):
        for i, values in enumerate(residual[:, shared]):
            table = csr_array((values, at), shape=shape)
            covariance[i] = (table @ table.T).toarray()[first, second]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = covariance / np.sqrt(squares[:, first] * squares[:, second])
    return np.asarray(np.clip(np.nan_to_num(correlation), -1, 1))


def correlation_with_rest(totals: ClusterTotals, share: Floats, rest: Floats) -> Floats:
    """Correlate each group's rate with that of everyone outside it, through the clusters that lie in both.

    Parameters
    ----------
    totals : ClusterTotals
    share, rest : float array of shape (measures, groups)
        Share in each group and in everyone outside it.

    Returns
    -------
    float array of shape (measures, groups)
        -1 to 1; 0 where no cluster is shared.
    """
    inside = totals.residuals(share)
    whole_a, whole_b = (totals.by_cluster(a)[:, totals.cluster] for a in (totals.numerator, totals.denominator))
    p = np.nan_to_num(rest)[:, totals.group]
    outside = (whole_a - totals.numerator) - p * (whole_b - totals.denominator)
    shared = np.bincount(totals.cluster, minlength=totals.n_clusters)[totals.cluster] > 1
    outside = np.where(shared, outside, 0.0)
    # Clusters that lie wholly outside add to the variance of the rest alone.
    p = np.nan_to_num(rest)
    a, b = (totals.by_cluster(x) for x in (totals.numerator, totals.denominator))
    aa, ab, bb = ((x * y).sum(axis=1, keepdims=True) for x, y in ((a, a), (a, b), (b, b)))
    whole = whole_a - p[:, totals.group] * whole_b
    elsewhere = aa - 2 * p * ab + p * p * bb - totals.by_group(whole**2)
    squares = np.maximum(elsewhere, 0.0) + totals.by_group(outside**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = totals.by_group(inside * outside) / np.sqrt(totals.by_group(inside**2) * squares)
    return np.asarray(np.clip(np.nan_to_num(correlation), -1, 1))


def variance_ratio(first: Shares, second: Shares, correlation: Floats) -> Floats:
    """Find the part of the variance of a difference that is left where both sides go up and down together.

    Parameters
    ----------
    first, second : Shares
    correlation : float array
        Of the two shares, through clusters that both have.

    Returns
    -------
    float array
        Above 0; 1 where nothing is shared or known.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        error1, error2 = (np.sqrt(s.share * (1 - s.share) / s.nobs) for s in (first, second))
        ratio = 1 - 2 * correlation * error1 * error2 / (error1**2 + error2**2)
    return np.where(np.isnan(ratio), 1.0, np.maximum(ratio, MIN_VARIANCE_RATIO))
