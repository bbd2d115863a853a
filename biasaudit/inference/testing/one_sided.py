"""The one-sided test that a share is higher than another, fast enough for thousands of subgroups."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, ndtr

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import broadcast
from biasaudit.inference.testing.hypothesis_tests import needs_exact_test

__all__ = ["higher_share_p_value"]


def higher_share_p_value(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Test that the first share is no higher than the second.

    The pooled score test, where 5 cases and 5 non-cases are expected in either group. Elsewhere, and where the groups
    are uneven and cases rare, so that the score's upper tail is too thin, the binomial tail decides (mid-p: as
    many cases count half their chance), which is wider than the hypergeometric one of Fisher's test.

    Parameters
    ----------
    count1, nobs1, count2, nobs2 : array
        Rows counted and rows eligible; effective ones need not be whole.

    Returns
    -------
    float array
        0 to 1; 1 where a group has no rows.

    References
    ----------
    Hoeffding (1963), "Probability inequalities for sums of bounded random variables", theorem 4: sampling without
    replacement is the less dispersed. Lancaster (1961), "Significance tests in discrete distributions", for the mid-p.

    Examples
    --------
    >>> higher_share_p_value([30, 3], [150, 15], [1500, 150], [15000, 1500]).round(5).tolist()
    [0.00015, 0.12258]
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    total, rows = x1 + x2, n1 + n2
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = total / rows
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        score = np.where(error > 0, ndtr((x2 / n2 - x1 / n1) / error), 1.0)
    out = np.where((n1 > 0) & (n2 > 0), score, 1.0)
    doubted = needs_exact_test(x1, n1, x2, n2, p_value=0.0) & (error > 0)
    if doubted.any():
        x, n, whole, all_rows = (a[doubted] for a in (x1, n1, total, rows))
        out[doubted] = np.minimum(_binomial_tail(x, n, whole / all_rows), _binomial_tail(x, whole, n / all_rows))
    return out


def _binomial_tail(count: Floats, nobs: Floats, share: Floats) -> Floats:
    """Chance of more than `count` of `nobs`, and half that of as many."""
    with np.errstate(invalid="ignore"):
        reached = np.where(count > 0, betainc(np.maximum(count, 1e-12), np.maximum(nobs - count, 0) + 1, share), 1.0)
        exceeded = np.where(nobs > count, betainc(count + 1, np.maximum(nobs - count, 1e-12), share), 0.0)
    return np.asarray((reached + exceeded) / 2)
