"""No group is surer than its rows let it be: a small one that varies little by luck borrows variance from everyone."""

from dataclasses import replace

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.inference.means.means import Means

__all__ = ["moderated", "variance_of_all"]

# So many rows of everyone's variance are laid to a group's own. Of outcomes as skew as lognormal ones, tests at the
# levels of whole audits then hold theirs, and of normal ones hardly any power is lost: see docs/measured/numbers.md.
PRIOR_ROWS = 20


def variance_of_all(means: Means) -> Floats:
    """Pool the variances of a row over all groups, by their degrees of freedom.

    Parameters
    ----------
    means : Means

    Returns
    -------
    float array of shape (measures, 1)
        NaN where no group has a variance.
    """
    df = np.where(means.known & np.isfinite(means.df), means.df, 0.0)
    each = np.where(df > 0, means.error**2 * means.rows, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((df * each).sum(axis=1, keepdims=True) / df.sum(axis=1, keepdims=True))


def moderated(means: Means, variance: Floats) -> Means:
    """Raise the errors of groups that vary less than everyone, the more the fewer their rows.

    The mean of a small group of skew numbers is too low just where its variance is too small, since the same few large
    values are missing: it then seems surer than it is. Errors are moderated as those of genes are, but never lowered.

    Parameters
    ----------
    means : Means
    variance : float array of shape (measures, 1)
        What :func:`variance_of_all` says.

    Returns
    -------
    Means

    References
    ----------
    Smyth (2004), "Linear models and empirical Bayes methods for assessing differential expression in microarray
    experiments", for the moderated variance.

    Examples
    --------
    >>> groups = Means(*(np.array([row]) for row in (
    ...     [4.0, 5.0], [10.0, 1000.0], [10.0, 1000.0], [0.1, 0.1], [9.0, 999.0], [0.0, 0.0], [0.3, 3.2]
    ... )))
    >>> moderated(groups, variance_of_all(groups)).error.round(3).tolist()
    [[0.829, 0.1]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        times = variance / (means.error**2 * means.rows)
        factor = np.fmax((PRIOR_ROWS * times + means.df) / (PRIOR_ROWS + means.df), 1.0)
    factor = np.where(np.isfinite(factor), factor, 1.0)
    return replace(means, error=means.error * np.sqrt(factor), skew=means.skew / factor**1.5)
