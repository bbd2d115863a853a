"""Few speakers, uneven in words: what tests, intervals and the chance gap promise where groups are equal."""

import numpy as np
import pytest

from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.ranges import compare_range
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.metrics.cell_totals import ClusterTotals
from biasaudit.metrics.registry import ERRORS_OF_TRIALS

TABLES, FEWEST, MOST = 600, 7, 10
RULE = {"difference": np.full(TABLES, np.nan), "ratio": np.full(TABLES, np.nan)}


def speakers(seed, groups, rate, spread, words):
    """Draw tables of 7 to 10 speakers a group whose own rates have a beta distribution."""
    rng = np.random.default_rng(seed)
    shape = (TABLES, groups, MOST)
    there = np.arange(MOST) < rng.integers(FEWEST, MOST + 1, (TABLES, groups, 1))
    tried = np.where(there, words(rng, shape), 0)
    alpha = rate * (1 / spread - 1)
    wrong = rng.binomial(tried, rng.beta(alpha, (1 - rate) / rate * alpha, shape)).astype(float)
    x, n = wrong.sum(axis=2), tried.sum(axis=2).astype(float)
    rows = Shares(x, n, x / n, n, np.full(x.shape, np.inf))
    a, b = (values.reshape(TABLES, -1).astype(float) for values in (wrong, tried))
    group = np.repeat(np.arange(groups), MOST)
    return clustered_shares(rows, ClusterTotals(a, b, b, group, np.arange(groups * MOST), groups, groups * MOST))


def falling(power):
    return lambda rng, shape: np.broadcast_to(np.maximum(200 // np.arange(1, MOST + 1) ** power, 1).astype(int), shape)


def lognormal(rng, shape):
    return np.maximum(np.exp(rng.normal(4, 1, shape)), 1).astype(int)


@pytest.mark.parametrize("words", [falling(1), falling(1.5), lognormal], ids=["200/k", "200/k^1.5", "lognormal"])
@pytest.mark.parametrize(("groups", "rate", "spread"), [(2, 0.15, 0.1), (3, 0.05, 0.1), (5, 0.3, 0.02), (5, 0.3, 0.1)])
def test_equal_groups_of_few_speakers(words, groups, rate, spread):
    shares = speakers([18, groups], groups, rate, spread, words)
    found = compare_range([ERRORS_OF_TRIALS] * TABLES, shares, RULE, confidence=0.95)["difference"]
    # A limit of 7 % (of 1 %) and two standard errors of so many tables.
    assert (found.p_value <= 0.05).mean() <= 0.07 + 2 * (0.07 * 0.93 / TABLES) ** 0.5
    assert (found.p_value <= 0.0033).mean() <= 0.01 + 2 * (0.01 * 0.99 / TABLES) ** 0.5
    first, second = (shares.each(lambda values, at=at: values[:, [at]].T) for at in (0, 1))
    pair = compare_pairs((ERRORS_OF_TRIALS,), first, second, confidence=0.95, alpha=0.05)["difference"]
    assert ((pair.low <= 0) & (pair.high >= 0)).mean() >= 0.93 - 2 * (0.93 * 0.07 / TABLES) ** 0.5
    seen = found.estimate.mean()
    error = found.estimate.std() / seen / TABLES**0.5
    assert found.expected_by_chance.mean() / seen == pytest.approx(1, abs=0.1 + 2 * error)
