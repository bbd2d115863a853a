"""Few speakers, uneven in words: what tests, intervals and the chance gap promise where groups are equal."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.statistics.dense import ClusterTotals
from biasaudit.statistics.disparities import compare_pairs, compare_range
from biasaudit.statistics.effective import Shares, clustered_shares, group_shares
from biasaudit.statistics.registry import ERRORS_OF_TRIALS

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
    rows = Shares(x, n, x / n, n, np.full(x.shape, np.inf), n)
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


def test_the_chance_gap_is_that_of_groups_alike_in_their_speakers_too():
    # One group's speakers differ by luck, the other's hardly: had both one rate, both would differ in between.
    wrong = np.array([[0.0, 4, 8, 12, 16, 7, 8, 9, 8, 8]])
    tried = np.full(wrong.shape, 40.0)
    group = np.repeat([0, 1], 5)
    x, n = (values.reshape(1, 2, 5).sum(axis=2) for values in (wrong, tried))
    rows = Shares(x, n, x / n, n, np.full(x.shape, np.inf), n)
    shares = clustered_shares(rows, ClusterTotals(wrong, tried, tried, group, np.arange(10), 2, 10))
    assert shares.nobs[0, 0] < shares.nobs[0, 1]
    assert shares.alike[0, 0] == pytest.approx(shares.alike[0, 1])
    found = compare_range([ERRORS_OF_TRIALS], shares, {k: v[:1] for k, v in RULE.items()}, confidence=0.95)
    error = np.sqrt(0.2 * 0.8 * 2 / shares.alike[0, 0])
    assert found["difference"].expected_by_chance[0, 0] == pytest.approx(error * np.sqrt(2 / np.pi), rel=0.02)


def test_without_clusters_rows_are_alike():
    frame = pd.DataFrame({"g": list("aab") * 9, "p": [0, 1] * 13 + [1], "w": np.arange(27) + 1.0})
    found = group_shares(ba.count(frame, sensitive_features="g", y_pred="p", sample_weight="w"), [ERRORS_OF_TRIALS])
    assert found.alike.tolist() == found.nobs.tolist()
    assert (found.nobs[0] < [18, 9]).all()
