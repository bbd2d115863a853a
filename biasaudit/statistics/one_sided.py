"""The one-sided test that a share is higher than another, fast enough for thousands of subgroups."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr

from biasaudit.statistics.arrays import broadcast
from biasaudit.statistics.hypothesis_tests import needs_exact_test

__all__ = ["higher_share_p_value"]

Floats = NDArray[np.float64]
SMALLEST_EXPECTED = 5.0
TAIL = 0.01


def higher_share_p_value(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike) -> Floats:
    """Test that the first share is no higher than the second.

    The pooled score test, where 5 cases and 5 non-cases are expected in either group. Elsewhere, and below 0.01 where
    the groups are uneven and cases rare, the binomial tail decides, which the hypergeometric one of Fisher's test
    hardly ever exceeds.

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
    replacement is the less dispersed.

    Examples
    --------
    >>> higher_share_p_value([30, 3], [150, 15], [1500, 150], [15000, 1500]).round(5).tolist()
    [0.00021, 0.18789]
    """
    x1, n1, x2, n2 = broadcast(count1, nobs1, count2, nobs2)
    total, rows = x1 + x2, n1 + n2
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = total / rows
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        score = np.where(error > 0, ndtr((x2 / n2 - x1 / n1) / error), 1.0)
    out = np.where((n1 > 0) & (n2 > 0), score, 1.0)
    doubted = needs_exact_test(x1, n1, x2, n2, p_value=np.minimum(2 * out, 1)) & (error > 0)
    if doubted.any():
        x, n, whole, all_rows, p = (a[doubted] for a in (x1, n1, total, rows, out))
        exact = np.minimum(_binomial_tail(x, n, whole / all_rows), _binomial_tail(x, whole, n / all_rows))
        share = whole / all_rows
        small = np.minimum(n, all_rows - n) * np.minimum(share, 1 - share) < SMALLEST_EXPECTED
        out[doubted] = np.where(small, exact, np.maximum(p, np.minimum(exact, TAIL)))
    return out


def _binomial_tail(count: Floats, nobs: Floats, share: Floats) -> Floats:
    """Chance of at least `count` of `nobs`."""
    with np.errstate(invalid="ignore"):
        tail = betainc(np.maximum(count, 1e-12), np.maximum(nobs - count, 0) + 1, share)
    return np.where(count > 0, tail, 1.0)
