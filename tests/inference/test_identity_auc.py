"""AUC within and across terms: scikit-learn's on the rows that Borkan et al. name; intervals hold the truth."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from biasaudit.inference import identity_auc as identity_auc_module
from biasaudit.inference.identity_auc import AUC_KINDS, identity_auc, power_mean


def by_hand(y, s, term, t):
    mine = term == t
    picked = {
        "subgroup_auc": mine,
        "bpsn_auc": (~mine & (y == 1)) | (mine & (y == 0)),
        "bnsp_auc": (mine & (y == 1)) | (~mine & (y == 0)),
    }
    return [roc_auc_score(y[rows], s[rows]) if len(set(y[rows])) == 2 else np.nan for rows in picked.values()]


def test_the_published_vector():
    y = [int(digit) for digit in "0001100011"]
    s = [0.1, 0.35, 0.62, 0.7, 0.9, 0.05, 0.2, 0.4, 0.55, 0.8]
    found = identity_auc(y, s, [0] * 5 + [-1] * 5)
    assert AUC_KINDS == ("subgroup_auc", "bpsn_auc", "bnsp_auc")
    assert found.overall[0] == pytest.approx(0.958333, abs=1e-6)
    assert found.estimate[:, 0] == pytest.approx([1, 0.833333, 1], abs=1e-6)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(6, 60), st.integers(1, 4))
def test_any_scores_equal_scikit_learn(seed, n, terms):
    rng = np.random.default_rng(seed)
    y, term = rng.integers(0, 2, n), rng.integers(-1, terms, n)
    y[:2] = 0, 1
    term[-1] = terms - 1
    s = rng.integers(0, 8, n) / 8  # many ties
    found = identity_auc(y, s, term)
    assert found.overall[0] == pytest.approx(roc_auc_score(y, s))
    for t in range(terms):
        assert found.estimate[:, t] == pytest.approx(by_hand(y, s, term, t), nan_ok=True)


def delong(y, s):
    """Variance of DeLong et al. (1988), computed pair by pair."""
    pos, neg = s[y == 1], s[y == 0]
    wins = (pos[:, None] > neg) + (pos[:, None] == neg) / 2
    return wins.mean(1).var(ddof=1) / len(pos) + wins.mean(0).var(ddof=1) / len(neg)


def test_without_clusters_the_variance_is_delongs():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 4_000)
    s = np.round(rng.normal(size=4_000) + y, 2)
    term = rng.integers(0, 2, 4_000)
    found = identity_auc(y, s, term)
    rows = {
        0: term == 0,
        1: ((term != 0) & (y == 1)) | ((term == 0) & (y == 0)),
        2: ((term == 0) & (y == 1)) | ((term != 0) & (y == 0)),
    }
    for kind, picked in rows.items():
        auc = found.estimate[kind, 0]
        reach = stats.norm.ppf(0.975) * delong(y[picked], s[picked]) ** 0.5 / (auc * (1 - auc))
        logit = np.log(auc / (1 - auc))
        low, high = (1 / (1 + np.exp(-(logit + sign * reach))) for sign in (-1, 1))
        assert found.low[kind, 0] == pytest.approx(low, abs=2e-4)
        assert found.high[kind, 0] == pytest.approx(high, abs=2e-4)


def made(rng, clusters=60, each=20):
    """Scores whose rows of one cluster move together."""
    cluster = np.repeat(np.arange(clusters), each)
    y = np.repeat(rng.integers(0, 2, clusters), each)
    shift = np.repeat(rng.normal(size=clusters), each)
    return y, y + shift + rng.normal(scale=0.5, size=len(y)), rng.integers(0, 3, len(y)), cluster


def test_intervals_with_clusters_hold_the_truth_where_plain_ones_do_not():
    rng = np.random.default_rng(1)
    y, s, term, _ = made(np.random.default_rng(9), 8_000, 6)
    truth = identity_auc(y, s, term).estimate
    held, plain = np.zeros((3, 3)), np.zeros((3, 3))
    for _ in range(100):
        y, s, term, cluster = made(rng)
        for count, found in ((held, identity_auc(y, s, term, cluster)), (plain, identity_auc(y, s, term))):
            count += (found.low <= truth) & (truth <= found.high)
    assert (held / 100 > 0.9).all()
    assert (plain / 100 < 0.8).all()


def test_fine_scores_are_cut_to_cells_in_the_variance_alone():
    rng = np.random.default_rng(2)
    y, s, term, cluster = made(rng, 400, 10)
    found, rough = identity_auc(y, s, term, cluster), identity_auc(y, np.round(s, 2), term, cluster)
    assert len(np.unique(s)) > 1_024 > len(np.unique(np.round(s, 2)))
    assert found.low == pytest.approx(rough.low, abs=2e-3)
    for t in range(3):
        assert found.estimate[:, t] == pytest.approx(by_hand(y, s, term, t))


def test_a_term_of_one_label_has_no_value_and_perfect_order_an_honest_limit():
    y, s = np.array([0, 1, 0, 1, 1, 1]), np.array([0.1, 0.9, 0.2, 0.8, 0.7, 0.6])
    found = identity_auc(y, s, np.array([0, 0, 0, 0, 1, 1]))
    assert np.isnan(found.estimate[0, 1])
    assert np.isnan(found.low[0, 1])
    assert np.isnan(found.estimate[1, 1])
    assert found.estimate[2, 1] == 1
    # Two clusters of the rarer kind say next to nothing.
    assert (found.low[0, 0], found.high[0, 0]) == (0, 1)


@pytest.mark.parametrize(("positives", "negatives", "auc"), [(5, 100, 0.9), (30, 30, 0.98)])
def test_few_positives_are_not_sure_of_themselves(positives, negatives, auc):
    rng, held = np.random.default_rng(4), []
    shift = np.sqrt(2) * stats.norm.ppf(auc)
    y = np.repeat([1, 0, 1, 0], [positives, negatives, 100, 100])
    term = np.where(np.arange(len(y)) < positives + negatives, 0, -1)
    for _ in range(300):
        found = identity_auc(y, rng.normal(size=len(y)) + shift * y, term)
        held.append((found.low[:, 0] <= auc) & (auc <= found.high[:, 0]))
    # Two standard errors of 300 tables.
    assert (np.mean(held, axis=0) >= 0.93 - 0.03).all()
    assert np.mean(held, axis=0)[0] >= 0.93


def test_the_power_mean_is_drawn_to_the_worst():
    assert power_mean([0.7, 0.7]) == pytest.approx(0.7)
    values = np.array([0.5, 0.8, 0.95])
    assert values.min() < power_mean(values) < stats.hmean(values) < values.mean()
    assert power_mean(values, -1) == pytest.approx(stats.hmean(values))
    assert power_mean([0.5, float("nan")]) == pytest.approx(0.5)
    assert power_mean([0.0, 0.9]) == 0
    assert np.isnan(power_mean([float("nan")]))


def test_many_rows_without_clusters_are_dealt_out(monkeypatch):
    monkeypatch.setattr(identity_auc_module, "MAX_CLUSTERS", 1_000)
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 100_000)
    s = rng.normal(size=len(y)) + y
    term = rng.integers(0, 50, len(y))
    found = identity_auc(y, s, term)
    width = found.high - found.low
    assert (width > 0).all()
    reach = 2 * stats.norm.ppf(0.975) * delong(y[term == 7][:2_000], s[term == 7][:2_000]) ** 0.5
    assert width[0, 7] == pytest.approx(reach, rel=0.2)


def limits_by_hand(y, s, cluster, picked):
    """Student's t on the logit scale from placements summed by cluster, pair by pair."""
    clusters = cluster.max() + 1
    up, down = picked & (y == 1), picked & (y == 0)
    wins = (s[up][:, None] > s[down]) + (s[up][:, None] == s[down]) / 2
    auc = wins.mean()
    adds = np.bincount(cluster[up], (wins.mean(axis=1) - auc) / up.sum(), minlength=clusters)
    adds += np.bincount(cluster[down], (wins.mean(axis=0) - auc) / down.sum(), minlength=clusters)
    squares = (adds**2).sum()
    variance = squares * clusters / (clusters - 1)
    m, n = len(set(cluster[up])), len(set(cluster[down]))
    if min(m, n) < 30:
        variance = max(variance, auc * (1 - auc) * (m + n + 1) / (3 * m * n))
    df = 2 * squares**2 / ((adds**4).sum() - squares**2 / clusters)
    reach = stats.t.ppf(0.975, df) * np.sqrt(variance) / (auc * (1 - auc))
    return [1 / (1 + np.exp(-(np.log(auc / (1 - auc)) + sign * reach))) for sign in (-1, 1)]


@pytest.mark.parametrize(("clusters", "each"), [(45, 12), (29, 14), (9, 25)])
def test_limits_of_few_clusters_by_hand(clusters, each):
    rng = np.random.default_rng(clusters)
    cluster = np.repeat(np.arange(clusters), each)
    y, term = rng.integers(0, 2, len(cluster)), rng.integers(-1, 2, len(cluster))
    s = np.round(y + rng.normal(size=clusters)[cluster] + rng.normal(size=len(cluster)), 1)
    found = identity_auc(y, s, term, cluster)
    assert found.overall[1:] == pytest.approx(limits_by_hand(y, s, cluster, np.ones(len(y), dtype=bool)))
    for t in (0, 1):
        mine = term == t
        kinds = mine, (~mine & (y == 1)) | (mine & (y == 0)), (mine & (y == 1)) | (~mine & (y == 0))
        for kind, picked in enumerate(kinds):
            limits = found.low[kind, t], found.high[kind, t]
            assert limits == pytest.approx(limits_by_hand(y, s, cluster, picked)), (AUC_KINDS[kind], t)
