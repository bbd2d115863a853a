"""Groups that share clusters, against covariance matrices written out."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.effective import Shares, clustered_shares, group_shares, rest_shares
from biasaudit.inference.variance.shared_clusters import correlation_with_rest, rows_between_groups
from biasaudit.metrics.cell_totals import ClusterTotals, cluster_totals
from biasaudit.metrics.rates import get_rate

RATE = get_rate("selection_rate")


def frame_of(groups, clusters, seed, *, nested=False, gap=0.0, size=20):
    """Rows of clusters whose own rates vary much; every cluster has rows of all groups, or of one."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), size)
    g = cluster % groups if nested else rng.integers(0, groups, len(cluster))
    likes = rng.beta(0.7, 1.0, clusters)[cluster]
    p = rng.random(len(cluster)) < np.where(g == 0, likes * (1 - gap), likes)
    return pd.DataFrame({"g": np.array(list("abcdefgh"))[g], "c": cluster, "p": p.astype(int)})


def counted(frame):
    table = ba.count(frame, sensitive_features=["g"], y_pred="p", cluster="c")
    shares = group_shares(table, [RATE])
    plain = group_shares(table.without_clusters(), [RATE])
    return table, shares, plain.nobs, cluster_totals(table, [RATE])


def covariance_by_the_book(frame, shares):
    """Covariance of the groups' rates: correlation of cluster residuals, and each group's own variance."""
    left = frame["p"] - frame.groupby("g")["p"].transform("mean")
    sums = left.groupby([frame["c"], frame["g"]]).sum().unstack(fill_value=0.0).to_numpy()
    scale = np.sqrt((sums**2).sum(axis=0))
    error = np.sqrt(shares.share[0] * (1 - shares.share[0]) / shares.nobs[0])
    return (sums / scale).T @ (sums / scale) * np.outer(error, error)


@pytest.mark.parametrize("groups", [2, 3])
def test_up_to_three_groups_differ_exactly_as_uncertainly(groups):
    frame = frame_of(groups, 40, groups)
    _, shares, independent, totals = counted(frame)
    whole = covariance_by_the_book(frame, shares)
    found = rows_between_groups(shares, independent * 1e9, totals)
    quasi = found.share[0] * (1 - found.share[0]) / found.nobs[0]
    for i, j in itertools.combinations(range(groups), 2):
        assert quasi[i] + quasi[j] == pytest.approx(whole[i, i] + whole[j, j] - 2 * whole[i, j])
    capped = rows_between_groups(shares, independent, totals)
    assert (capped.nobs <= independent).all()
    assert (capped.nobs > 1.5 * shares.nobs).all()


def test_many_groups_are_fitted_by_least_squares():
    frame = frame_of(6, 60, 1)
    _, shares, independent, totals = counted(frame)
    whole = covariance_by_the_book(frame, shares)
    pairs = list(itertools.combinations(range(6), 2))
    design = np.array([[float(k in pair) for k in range(6)] for pair in pairs])
    apart = [whole[i, i] + whole[j, j] - 2 * whole[i, j] for i, j in pairs]
    expected = np.linalg.lstsq(design, apart, rcond=None)[0]
    found = rows_between_groups(shares, independent * 1e9, totals)
    np.testing.assert_allclose(found.share[0] * (1 - found.share[0]) / found.nobs[0], expected)


def test_groups_that_share_no_cluster_stay_as_they_are():
    _, shares, independent, totals = counted(frame_of(4, 80, 2, nested=True))
    assert rows_between_groups(shares, independent, totals).nobs.tolist() == shares.nobs.tolist()
    assert correlation_with_rest(totals, shares.share, shares.share).tolist() == [[0.0] * 4]


def test_a_group_without_a_value_takes_no_part():
    frame = frame_of(3, 30, 5)
    _, shares, independent, totals = counted(frame)
    alone = pd.concat([frame, frame.iloc[:2].assign(g="d", c=99)])
    _, with_one, rows, more = counted(alone)
    assert with_one.nobs[0, 3] == 0
    found = rows_between_groups(with_one, rows, more).nobs[0]
    assert found[:3].tolist() == pytest.approx(rows_between_groups(shares, independent, totals).nobs[0].tolist())
    assert found[3] == 0


@given(st.integers(0, 10**6), st.integers(2, 5), st.booleans())
@settings(max_examples=30, deadline=None)
def test_correlation_with_everyone_else(seed, groups, nested):
    frame = frame_of(groups, 15, seed, nested=nested)
    table, shares, _, totals = counted(frame)
    rest = rest_shares(table, [RATE])
    found = correlation_with_rest(totals, shares.share, rest.share)[0]
    for j, name in enumerate(table.levels[0]):
        sums = []
        for part in (frame[frame["g"] == name], frame[frame["g"] != name]):
            sums.append((part["p"] - part["p"].mean()).groupby(part["c"]).sum().reindex(range(15), fill_value=0.0))
        a, b = (s.to_numpy() for s in sums)
        scale = np.sqrt((a**2).sum() * (b**2).sum())
        assert found[j] == pytest.approx((a * b).sum() / scale if scale > 1e-12 else 0.0, abs=1e-6)


def test_equal_groups_in_the_same_clusters_are_not_told_apart_and_others_are():
    """Clusters that are all high or low move every group alike: what is left tells the groups apart."""
    tables, groups, clusters = 1_000, 4, 30
    size = np.maximum(1, np.round(200 / np.arange(1, clusters + 1)))
    group, cluster = np.repeat(np.arange(groups), clusters), np.tile(np.arange(clusters), groups)
    rows = np.broadcast_to(np.tile(size, groups), (tables, groups * clusters))
    for gap in (0.0, 0.15):
        rng = np.random.default_rng(8)
        likes = rng.beta(1.2, 2.8, (tables, clusters))[:, cluster]
        likes = likes + gap * (group == 0) * (1 - likes) / 0.7
        x = rng.binomial(rows.astype(int), likes).astype(float)
        totals = ClusterTotals(x, rows, rows, group, cluster, groups, clusters)
        count, nobs = totals.by_group(x), totals.by_group(rows)
        shares = _clustered(count, nobs, totals)
        found = rows_between_groups(shares, nobs, totals)
        p = homogeneity_test(found.count, found.nobs, df=found.df)
        if gap:
            assert np.mean(p <= 0.05) > 0.8
            assert np.mean(homogeneity_test(shares.count, shares.nobs, df=shares.df) <= 0.05) < 0.2
        else:
            assert np.mean(p <= 0.05) < 0.07
            assert np.mean(p <= 0.0033) < 0.01


def _clustered(count, nobs, totals):
    return clustered_shares(Shares(count, nobs, count / nobs, nobs, np.full(count.shape, np.inf)), totals)


def test_an_audit_sees_a_gap_that_every_cluster_shows():
    frame = frame_of(3, 60, 3, gap=0.3)
    asked = {"sensitive_features": "g", "y_pred": "p"}
    found = ba.audit_predictions(frame, **asked, cluster="c").disparities()
    # The same clusters, if those of each group were others.
    apart = ba.audit_predictions(
        frame.assign(c=frame["g"] + frame["c"].astype(str)), **asked, cluster="c"
    ).disparities()
    for kind in ("range", "pair", "to_overall"):
        small, large = (
            table[(table["metric"] == "selection_rate") & (table["kind"] == kind)]["p_value"].min()
            for table in (found, apart)
        )
        assert small < 0.001 < large / 3, kind
    rows = found[(found["metric"] == "selection_rate") & (found["kind"] == "pair")]
    shown = (rows["high"] < rows["comparison"].map({"difference": 0, "ratio": 1})) | (
        rows["low"] > rows["comparison"].map({"difference": 0, "ratio": 1})
    )
    assert shown.tolist() == (rows["p_value"] < 0.05).tolist()


@pytest.mark.parametrize("groups", [2, 4])
def test_each_measure_is_fitted_by_itself(groups):
    rng = np.random.default_rng(6)
    frame = frame_of(groups, 40, 9).assign(y=lambda f: rng.integers(0, 2, len(f)))
    # A group of a single row per cluster, and a measure that some groups lack.
    table = ba.count(frame, sensitive_features=["g"], y_true="y", y_pred="p", cluster="c")
    rates = [get_rate(name) for name in ("selection_rate", "base_rate", "true_positive_rate", "accuracy")]
    totals, shares = cluster_totals(table, rates), group_shares(table, rates)
    independent = group_shares(table.without_clusters(), rates).nobs
    together = rows_between_groups(shares, independent, totals).nobs
    for i in range(len(rates)):
        alone = rows_between_groups(shares.each(lambda a, i=i: a[[i]]), independent[[i]], totals.select([i])).nobs
        np.testing.assert_allclose(together[[i]], alone)


def test_a_rate_that_does_not_vary_stays_as_it_is():
    frame = frame_of(3, 30, 4)
    frame.loc[frame["g"] == "a", "p"] = 0
    _, shares, independent, totals = counted(frame)
    found = rows_between_groups(shares, independent, totals).nobs[0]
    assert found[0] == shares.nobs[0, 0]
    assert (found[1:] > shares.nobs[0, 1:]).all()
