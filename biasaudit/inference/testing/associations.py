"""Whether two sets of words lie nearer to one set of attributes than to the other: the test of Caliskan et al."""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from biasaudit.arraytypes import Floats, Ints

__all__ = ["Association", "association_test"]

# Partitions up to which all are counted; beyond, so many are drawn.
MAX_PARTITIONS, N_PERMUTATIONS, N_RESAMPLES = 50_000, 20_000, 2_000


class Association(NamedTuple):
    """Effect size with its interval, the p-value, and whether all partitions were counted."""

    effect_size: float
    low: float
    high: float
    p_value: float
    exact: bool


def association_test(
    first: ArrayLike,
    second: ArrayLike,
    attribute: ArrayLike,
    other: ArrayLike,
    *,
    confidence: float = 0.95,
    random_state: int = 0,
) -> Association:
    """Test whether words of the first set are nearer to the attribute, and those of the second to the other.

    Parameters
    ----------
    first, second : float array of shape (words, dimensions)
        Vectors of the two sets of words, at least two each.
    attribute, other : float array of shape (words, dimensions)
        Vectors of the two sets of attributes.
    confidence : float
    random_state : int
        Seed of the resampling.

    Returns
    -------
    Association
        The effect size d lies between -2 and 2. Its interval resamples words of both sets and attributes, so it speaks
        of words like these; with few words it is rough. The p-value is two-sided, by permutation of the two sets.

    References
    ----------
    Caliskan, Bryson and Narayanan (2017), "Semantics derived automatically from language corpora contain human-like
    biases", Science 356.

    Examples
    --------
    >>> near, far = [[1, 0], [1, 0.1], [1, 0.2]], [[0, 1], [0.1, 1], [0.2, 1]]
    >>> found = association_test(near, far, [[1, 0]], [[0, 1]])
    >>> round(found.effect_size, 2), round(found.p_value, 3), found.exact
    (1.82, 0.1, True)
    """
    x, y, a, b = (_unit(vectors) for vectors in (first, second, attribute, other))
    words = np.vstack([x, y])
    nearer = (words @ a.T).mean(axis=1) - (words @ b.T).mean(axis=1)
    p, exact = _permutation_p_value(nearer, len(x), np.random.default_rng(random_state))
    rng = np.random.default_rng(random_state + 1)
    draws = _resampled_effects(x, y, a, b, rng)
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return Association(float(_effect(nearer[None], len(x))[0]), float(low), float(high), p, exact)


def _unit(vectors: ArrayLike) -> Floats:
    found = np.asarray(vectors, dtype=float)
    length: Floats = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.where(length > 0, length, 1.0)


def _effect(nearer: Floats, n: int) -> Floats:
    """Difference of means of the first n and the others, in standard deviations of all: the paper's d."""
    spread = nearer.std(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (nearer[:, :n].mean(axis=1) - nearer[:, n:].mean(axis=1)) / spread
    return np.where(spread > 0, found, 0.0)


def _permutation_p_value(nearer: Floats, n: int, rng: np.random.Generator) -> tuple[float, bool]:
    """Return the share of partitions that set the two as far apart as they are, or farther."""
    total = len(nearer)
    exact = math.comb(total, n) <= MAX_PARTITIONS
    if exact:
        chosen = np.array(list(combinations(range(total), n)))
    else:
        chosen = rng.random((N_PERMUTATIONS, total)).argsort(axis=1)[:, :n]
    inside = nearer[chosen].sum(axis=1)
    differences = np.abs(inside / n - (nearer.sum() - inside) / (total - n))
    observed = abs(nearer[:n].mean() - nearer[n:].mean())
    n_extreme = int((differences >= observed - 1e-12).sum())
    return (n_extreme / len(chosen) if exact else (n_extreme + 1) / (len(chosen) + 1)), exact


def _resampled_effects(x: Floats, y: Floats, a: Floats, b: Floats, rng: np.random.Generator) -> Floats:
    """Effect sizes of resampled words and attributes."""

    def drawn(n: int) -> Ints:
        return rng.integers(0, n, size=(N_RESAMPLES, n))

    near_a, near_b = np.vstack([x, y]) @ a.T, np.vstack([x, y]) @ b.T
    words = np.hstack([drawn(len(x)), drawn(len(y)) + len(x)])
    of_a, of_b = drawn(len(a)), drawn(len(b))
    nearer = near_a[words[:, :, None], of_a[:, None]].mean(axis=2) - near_b[words[:, :, None], of_b[:, None]].mean(
        axis=2
    )
    return _effect(nearer, len(x))
