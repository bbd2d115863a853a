"""The spread of the rates of K groups that chance alone would give."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from biasaudit.arraytypes import Floats
from biasaudit.counts.arrays import flatten

__all__ = ["expected_range", "expected_spread"]

BLOCK = 2_000_000
MIN_NORMAL_VARIANCE = 12.0
MAX_JUMPS = 256
N_NODES = 192
# As good as exact for functions as smooth as those of normals.
N_SMOOTH_NODES = 96
BEND = 7.0
TINY = 1e-300


def expected_spread(count: ArrayLike, nobs: ArrayLike) -> Floats:
    """Mean of max - min of the rates of K groups if all shared the pooled rate.

    Parameters
    ----------
    count, nobs : array of shape (..., groups)
        Rows counted and rows eligible; effective rows are rounded. Groups with ``nobs == 0`` are left out.

    Returns
    -------
    float array of shape (...)
        NaN where fewer than two groups have rows.

    Notes
    -----
    The mean is the integral over x of ``1 - prod F_i(x) - prod (1 - F_i(x))``, where F_i is the distribution of
    the rate of group i: binomial, or normal where its variance is 12 rows or more. The relative error is
    below 1 %. There is no such mean for the ratio of the lowest rate to the highest,
    which is 0 / 0 in some samples.

    References
    ----------
    Tippett (1925), "On the extreme individuals and the range of samples taken from a normal population".

    Examples
    --------
    >>> float(expected_spread([1, 1], [2, 2]).round(6))
    0.375
    """
    x, n, _, lead = flatten(count, nobs, np.inf)
    out, number = np.full(len(x), np.nan), (n > 0).sum(axis=1)
    rows = np.flatnonzero(number > 1)
    step = max(1, BLOCK // (x.shape[1] * N_NODES + 1))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        out[part] = _mean_spread(x[part].sum(axis=1) / n[part].sum(axis=1), n[part])
    return out.reshape(lead)


def _mean_spread(p: Floats, n: Floats) -> Floats:
    # Cases and non-cases are as far apart.
    p = np.clip(np.minimum(p, 1 - p), 0, 0.5)[:, None]
    used = n > 0
    n = np.where(used, np.maximum(np.rint(n), 1), np.inf)
    fewest = n.min(axis=1, keepdims=True)
    expected = np.where(used, n, 0) * p
    small = used & (expected * (1 - p) < MIN_NORMAL_VARIANCE)
    grid = p + (7 * np.sqrt(p * (1 - p) / fewest) + 12 / fewest) * _denser_inside()
    # And all jumps of the distributions with the fewest rows, which have the largest ones.
    cuts, rows, cases = [grid], np.zeros_like(fewest), np.arange(_cases(expected[small].max(initial=0.0)))
    for _ in range(MAX_JUMPS // len(cases) if small.any() else 0):
        rows = np.where(small & (n > rows), n, np.inf).min(axis=1, keepdims=True)
        cuts.append(np.clip(cases / rows, grid[:, :1], grid[:, -1:]))
    points = np.sort(np.clip(np.concatenate(cuts, axis=1), 0, 1), axis=1)
    middle, width = (points[:, 1:] + points[:, :-1]) / 2, np.diff(points, axis=1)
    below = np.ones((*n.shape, middle.shape[1]))
    for chosen, distribution in ((small, _binomial), (used & ~small, _almost_normal)):
        row = np.nonzero(chosen)[0]
        below[chosen] = distribution(middle[row], n[chosen][:, None], p[row])
    above = np.where(used[:, :, None], 1 - below, 1.0)
    return np.asarray(((1 - below.prod(axis=1) - above.prod(axis=1)) * width).sum(axis=1))


def _denser_inside() -> Floats:
    """Lay points from -1 to 1, denser near 0, where the rates of the large groups are."""
    return np.asarray(np.sinh(BEND * np.linspace(-1, 1, N_NODES + 1)) / np.sinh(BEND))


def _cases(mean: float) -> int:
    """Return a number of cases that is as good as never reached where `mean` are expected."""
    return int(mean + 6 * np.sqrt(mean) + 8)


def _binomial(x: Floats, n: Floats, p: Floats) -> Floats:
    """Chance that the rate of n rows is at most x, for few expected cases."""
    cases = np.arange(_cases((n * p).max(initial=0.0)))
    chance = np.cumprod(np.maximum(n - cases[:-1], 0) / cases[1:] * (p / (1 - p)), axis=1)
    start = (1 - p) ** n
    table = np.minimum(np.cumsum(np.concatenate([start, start * chance], axis=1), axis=1), 1)
    at = np.minimum(np.floor(n * x), len(cases) - 1).astype(np.intp)
    return np.asarray(np.take_along_axis(table, at, axis=1))


def _almost_normal(x: Floats, n: Floats, p: Floats) -> Floats:
    """Chance that the rate of n rows is below x, for many expected cases.

    Skewness is left out: what it adds to the mean of the maximum it adds to that of the minimum.
    """
    return np.asarray(ndtr((x - p) * np.sqrt(n / (p * (1 - p)))))


def expected_range(standard_error: Floats) -> Floats:
    """Mean range of independent normals of one mean with these standard errors.

    Parameters
    ----------
    standard_error : float array of shape (..., groups)
        NaN entries are left out.

    Returns
    -------
    float array of shape (...)
        NaN where fewer than two are known.

    Examples
    --------
    >>> expected_range(np.array([[1.0, 1.0, np.nan], [1.0, 1.0, 1.0]])).round(3).tolist()
    [1.128, 1.693]
    """
    sd = np.asarray(standard_error, dtype=float)
    flat = sd.reshape(-1, sd.shape[-1])
    step = max(1, BLOCK // (flat.shape[1] * N_SMOOTH_NODES + 1))
    parts = [_mean_range(flat[start : start + step]) for start in range(0, len(flat), step)]
    return np.concatenate([*parts, np.empty(0)]).reshape(sd.shape[:-1])


def _mean_range(sd: Floats) -> Floats:
    known = ~np.isnan(sd)
    largest = np.fmax.reduce(sd, axis=-1, initial=0.0)[..., None]
    points = np.linspace(-1, 1, N_SMOOTH_NODES + 1)
    at, step = (8 * largest / np.sinh(BEND) * f(BEND * points) for f in (np.sinh, np.cosh))
    below = ndtr(at[..., None, :] / np.where(known & (sd > 0), sd, TINY)[..., None])
    below, above = (np.where(known[..., None], a, 1.0) for a in (below, 1 - below))
    inside = 1 - below.prod(axis=-2) - above.prod(axis=-2)
    mean = (inside * step).sum(axis=-1) * BEND * (points[1] - points[0])
    return np.asarray(np.where(known.sum(axis=-1) > 1, mean, np.nan))
