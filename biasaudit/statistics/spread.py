"""The spread of the rates of K groups: its interval, and what chance alone would give."""

from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, chdtri, ndtr, stdtrit

from biasaudit.statistics.intervals import critical_value, guarded_limits, mover_difference, mover_ratio, ratio_interval

__all__ = ["expected_range", "expected_spread", "range_critical", "spread_interval", "spread_ratio_interval"]

Floats = NDArray[np.float64]
MOST_PAIRED = 6
MOST_GROUPS = 300
SMALLEST_EXPECTED = 5.0
SMOOTH_FROM = 400
NODES = 320
HALVINGS = 24
PLACES = 48


@lru_cache(maxsize=256)
def range_critical(confidence: float, groups: int) -> float:
    """Two-sided critical value at which all pairs of `groups` equal normals are judged at once.

    It is the quantile of the studentised range with infinite degrees of freedom, over the root of 2.

    References
    ----------
    Tukey (1953); Hochberg and Tamhane (1987), Multiple Comparison Procedures, equation 3.2.4.

    Examples
    --------
    >>> round(range_critical(0.95, 3) * 2**0.5, 3), round(range_critical(0.95, 2), 3)
    (3.314, 1.96)
    """
    nodes, weights = leggauss(96)
    z = 8.5 * nodes
    density = 8.5 * weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        below = groups * np.sum(density * (ndtr(z) - ndtr(z - middle)) ** (groups - 1))
        low, high = (middle, high) if below < confidence else (low, middle)
    return high / 2**0.5


def expected_spread(count: ArrayLike, nobs: ArrayLike) -> Floats:
    """Mean of max - min of the rates of K groups if all shared the pooled rate.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Groups with ``nobs == 0`` are left out.

    Returns
    -------
    float array of shape (...)
        NaN where fewer than two groups have rows.

    Notes
    -----
    The mean is the integral over x of ``1 - prod F_i(x) - prod (1 - F_i(x))``, where F_i is the
    distribution of the rate of group i: binomial, or normal with a correction for skewness from
    `SMOOTH_FROM` rows on.

    Examples
    --------
    >>> float(expected_spread([1, 1], [2, 2]).round(6))
    0.375
    """
    x, n = np.broadcast_arrays(np.asarray(count, dtype=float), np.asarray(nobs, dtype=float))
    used = n > 0
    lead = x.shape[:-1]
    x, n, used = (a.reshape(-1, a.shape[-1]) for a in (np.where(used, x, 0.0), np.where(used, n, 0.0), used))
    pooled = x.sum(axis=1) / np.maximum(n.sum(axis=1), 1e-300)
    out = np.array([_mean_range(pooled[i], n[i][used[i]]) for i in range(len(n))])
    return out.reshape(lead)


def _mean_range(p: float, n: Floats) -> float:
    if len(n) < 2:
        return float("nan")
    if not 0 < p < 1:
        return 0.0
    sizes, repeats = np.unique(np.maximum(np.rint(n), 1.0), return_counts=True)
    reach = 8 * np.sqrt(p * (1 - p) / sizes[0]) + 4 / sizes[0]
    low, high = max(0.0, p - reach), min(1.0, p + reach)
    small = sizes[sizes < SMOOTH_FROM]
    edges = [np.linspace(low, high, NODES + 1)]
    edges += [np.arange(np.floor(low * size), np.ceil(high * size) + 1) / size for size in small[:12]]
    cuts = np.unique(np.clip(np.concatenate(edges), low, high))
    middle, width = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    below = _rate_cdf(middle, sizes[:, None], p)
    log_below = np.log(np.maximum(below, 1e-300))
    log_above = np.log(np.maximum(1 - below, 1e-300))
    inside = 1 - np.exp(repeats @ log_below) - np.exp(repeats @ log_above)
    return float(np.sum(np.maximum(inside, 0) * width))


def _rate_cdf(x: Floats, n: Floats, p: float) -> Floats:
    """Chance that the rate of n rows is at most x, shape (sizes, points)."""
    out = np.empty((len(n), len(x)))
    small = n[:, 0] < SMOOTH_FROM
    if small.any():
        rows = n[small].astype(np.int64)
        # Each distribution is computed once a count, then looked up.
        table = bdtr(np.minimum(np.arange(rows.max() + 1), rows).astype(float), rows, p)
        reached = np.clip(np.floor(rows * x + 1e-9), 0, rows).astype(np.int64)
        out[small] = np.take_along_axis(table, reached, axis=1)
    if not small.all():
        sd = np.sqrt(n[~small] * p * (1 - p))
        # Half a row more, and Edgeworth's term for skewness.
        z = (n[~small] * (x - p)) / sd
        skew = (1 - 2 * p) / sd
        out[~small] = np.clip(ndtr(z) - skew / 6 * (z * z - 1) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi), 0, 1)
    return out


def expected_range(standard_error: Floats, *, draws: int = 2_000) -> Floats:
    """Mean range of independent normals with these standard errors, shape (..., groups) to (...).

    NaN entries are left out; fewer than two give NaN.
    """
    noise = np.random.default_rng(0).standard_normal((draws, standard_error.shape[-1]))
    values = noise[:, None, :] * standard_error.reshape(1, -1, standard_error.shape[-1])
    known = ~np.isnan(standard_error).reshape(-1, standard_error.shape[-1])
    spread = np.where(known, values, -np.inf).max(axis=2) - np.where(known, values, np.inf).min(axis=2)
    mean = np.where(known.sum(axis=1) > 1, spread.mean(axis=0), np.nan)
    return np.asarray(mean.reshape(standard_error.shape[:-1]))


def spread_interval(
    count: ArrayLike, nobs: ArrayLike, *, confidence: float = 0.95, df: ArrayLike = np.inf
) -> tuple[Floats, Floats]:
    """Interval for the spread of K rates, the highest minus the lowest.

    Below, the spread is at least the lower limit of any pair once all pairs are judged at once
    (Tukey's critical value); beyond 6 groups it is the largest spread that the chi-square test
    rejects. Above, the spread is the difference of one pair, though nobody knows which, so it is at
    most the largest upper limit of the pairs, each at its own level: that needs no correction.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Effective rows counted and eligible; groups with ``nobs == 0`` are left out.
    confidence : float
    df : array of shape (..., groups)
        Degrees of freedom of each group's variance.

    Returns
    -------
    low, high : float array of shape (...)
        NaN where fewer than two groups have rows.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in spread_interval([805, 349], [1795, 1488])]
    [0.182, 0.245]
    """
    x, n, dof, lead = _flat(count, nobs, df)
    share = x / np.where(n > 0, n, np.nan)
    enough = (n > 0).sum(axis=1) > 1
    own = critical_value(confidence, dof)
    high = _largest_upper(share, *guarded_limits(x, n, critical=own))
    if share.shape[1] > MOST_PAIRED:
        low = _rejected_spread(x, n, confidence, dof.min(axis=1))
    else:
        joint = _joint_critical(n, dof, confidence)
        low = _largest_lower(share, *guarded_limits(x, n, critical=joint))
    low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    return np.where(enough, low, np.nan).reshape(lead), np.where(enough, high, np.nan).reshape(lead)


def _flat(count: ArrayLike, nobs: ArrayLike, df: ArrayLike) -> tuple[Floats, Floats, Floats, tuple[int, ...]]:
    x, n, dof = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (count, nobs, df)))
    lead, groups = x.shape[:-1], x.shape[-1]
    used = n > 0
    x, n, dof = (np.where(used, a, fill).reshape(-1, groups) for a, fill in ((x, 0.0), (n, 0.0), (dof, np.inf)))
    return x, n, dof, lead


def _pairs(share: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Limits of the difference of every two groups, shape (measures, groups, groups)."""
    first = [a[:, :, None] for a in (share, low, high)]
    second = [a[:, None, :] for a in (share, low, high)]
    return mover_difference(*first, *second)


def _largest_upper(share: Floats, low: Floats, high: Floats) -> Floats:
    if share.shape[1] > MOST_GROUPS:
        # Too many pairs to lay out: the widest that any of them could be.
        return np.asarray(np.fmax.reduce(high, axis=1) - np.fmin.reduce(low, axis=1))
    upper = _pairs(share, low, high)[1]
    upper[:, np.arange(share.shape[1]), np.arange(share.shape[1])] = np.nan
    return np.asarray(np.fmax.reduce(upper.reshape(len(upper), -1), axis=1))


def _largest_lower(share: Floats, low: Floats, high: Floats) -> Floats:
    lower = _pairs(share, low, high)[0]
    return np.asarray(np.fmax.reduce(lower.reshape(len(lower), -1), axis=1))


def _rejected_spread(x: Floats, n: Floats, confidence: float, df: Floats) -> Floats:
    """Find the largest spread that the chi-square test still rejects, among groups large enough for it."""
    pooled = x.sum(axis=1, keepdims=True) / np.maximum(n.sum(axis=1, keepdims=True), 1e-300)
    large = n * np.minimum(pooled, 1 - pooled) >= SMALLEST_EXPECTED
    x, n = np.where(large, x, 0.0), np.where(large, n, 0.0)
    share = np.where(large, x / np.where(large, n, 1.0), np.nan)
    limit = chdtri(np.maximum(large.sum(axis=1) - 1, 1), 1 - confidence)
    # With few clusters the variances are guesses themselves: stretch the limit as t stretches a normal one.
    stretch = (critical_value(confidence, df) / critical_value(confidence)) ** 2
    few = large.sum(axis=1) < 2
    share = np.where(few[:, None], 0.0, share)
    bottom, top = np.fmin.reduce(share, axis=1), np.fmax.reduce(share, axis=1)
    low, high = np.zeros(len(x)), top - bottom
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rejected = _closest(share, n, middle, bottom, top) > limit * stretch
        low, high = np.where(rejected, middle, low), np.where(rejected, high, middle)
    return np.where(few, 0.0, low)


def _closest(share: Floats, n: Floats, spread: Floats, bottom: Floats, top: Floats) -> Floats:
    """Smallest chi-square distance from the rates to rates within an interval of this length."""
    places = bottom[:, None] + (top - bottom - spread)[:, None] * np.linspace(0, 1, PLACES)
    if spread.max() <= 0:
        places = bottom[:, None] + (top - bottom)[:, None] * np.linspace(0, 1, PLACES)
    start = places[:, :, None]
    near = np.clip(share[:, None, :], start, start + spread[:, None, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = n[:, None, :] * (share[:, None, :] - near) ** 2 / (near * (1 - near))
    terms = np.where((n[:, None, :] > 0) & (share[:, None, :] != near), terms, 0.0)
    return np.asarray(terms.sum(axis=2).min(axis=1))


def spread_ratio_interval(
    count: ArrayLike, nobs: ArrayLike, *, confidence: float = 0.95, df: ArrayLike = np.inf
) -> tuple[Floats, Floats]:
    """Interval for the ratio of the lowest of K rates to the highest.

    The mirror image of :func:`spread_interval`: the lowest ratio of any pair at its own level below,
    the lowest upper limit of all pairs judged at once above.

    Returns
    -------
    low, high : float array of shape (...)

    Examples
    --------
    >>> [round(float(limit), 3) for limit in spread_ratio_interval([805, 349], [1795, 1488])]
    [0.47, 0.581]
    """
    x, n, dof, lead = _flat(count, nobs, df)
    share = x / np.where(n > 0, n, np.nan)
    enough = (n > 0).sum(axis=1) > 1
    own, joint = critical_value(confidence, dof), _joint_critical(n, dof, confidence)
    low = _smallest_ratio(share, x, n, own)[0]
    if share.shape[1] > MOST_PAIRED:
        # The least spread that is certain, below the highest rate that any group can have.
        top = np.fmax.reduce(guarded_limits(x, n, critical=joint)[1], axis=1)
        high = 1 - _rejected_spread(x, n, confidence, dof.min(axis=1)) / top
    else:
        high = _smallest_ratio(share, x, n, joint)[1]
    low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    return np.where(enough, low, np.nan).reshape(lead), np.where(enough, high, np.nan).reshape(lead)


def _joint_critical(n: Floats, dof: Floats, confidence: float) -> Floats:
    """Tukey's critical value for the groups of each measure, stretched as t is where clusters are few."""
    groups = np.maximum((n > 0).sum(axis=1), 2)
    tukey = np.array([range_critical(confidence, int(k)) for k in groups])[:, None]
    return np.asarray(stdtrit(np.minimum(np.maximum(dof, 1e-9), 1e12), ndtr(tukey)))


def _smallest_ratio(share: Floats, x: Floats, n: Floats, critical: Floats) -> tuple[Floats, Floats]:
    """Smallest limits of the ratios of any two groups; the extreme pair by Koopman, the others by logarithms."""
    limits = guarded_limits(x, n, critical=critical)
    rows = np.arange(len(share))
    known = np.where(np.isnan(share), np.inf, share)
    lowest, highest = known.argmin(axis=1), np.where(np.isinf(known), -np.inf, known).argmax(axis=1)
    extreme = ratio_interval(
        x[rows, lowest], n[rows, lowest], x[rows, highest], n[rows, highest],
        critical1=critical[rows, lowest], critical2=critical[rows, highest],
    )  # fmt: skip
    if share.shape[1] > MOST_GROUPS:
        widest = np.fmin.reduce(limits[0], axis=1) / np.fmax.reduce(limits[1], axis=1)
        return np.fmin(widest, extreme[0]), extreme[1]
    first = [a[:, :, None] for a in (share, *limits)]
    second = [a[:, None, :] for a in (share, *limits)]
    pairs = np.stack(mover_ratio(*first, *second))
    each = np.arange(share.shape[1])
    pairs[:, :, each, each] = np.nan
    pairs[:, rows, lowest, highest] = np.stack(extreme)
    smallest = np.fmin.reduce(pairs.reshape(2, len(share), -1), axis=2)
    return smallest[0], smallest[1]
