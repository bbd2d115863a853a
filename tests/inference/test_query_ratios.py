"""Ratios of totals over queries: against a jackknife written out, and blind to how long lists are."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from biasaudit.audits.rankings.family import available_measures
from biasaudit.counts.rankings.places import log_exposure
from biasaudit.counts.rankings.rows import RankingColumns, read_rows
from biasaudit.counts.rankings.table import rank_table
from biasaudit.inference.query_ratios import compare_ratios, query_ratios, ratio_p_values

COLUMNS = RankingColumns(("g",), score="s", query="q", relevance="y")
K = (3,)


def people(queries=30, seed=0):
    rng = np.random.default_rng(seed)
    size = rng.integers(6, 14, queries)
    rows = size.sum()
    frame = {"q": np.repeat(np.arange(queries), size), "g": rng.choice(list("ab"), rows), "s": rng.normal(size=rows)}
    return pd.DataFrame(frame | {"y": rng.integers(0, 3, rows)})


def measured(frame, **more):
    rows = read_rows(nw.from_native(frame), COLUMNS)
    return query_ratios(rank_table(rows, ("g",), K, log_exposure), available_measures(K, relevance=True), **more)


def test_values_are_shares_of_what_each_query_hands_out():
    frame = people()
    place = frame.groupby("q")["s"].rank(ascending=False)
    frame = frame.assign(seen=1 / np.log2(1 + place), top=(place <= 3).astype(float), one=1.0)
    found = measured(frame).means.value
    for at, (got, claim) in enumerate([("top", "one"), ("seen", "one"), ("seen", "y")]):
        totals = frame.groupby("q")[[got, claim]].transform("sum")
        fair = (frame[claim] * totals[got] / totals[claim].where(totals[claim] > 0, np.nan)).fillna(0)
        used = totals[claim] > 0
        overall = frame[got][used].sum() / frame[claim][used].sum()
        for group, name in enumerate("ab"):
            mine = (frame["g"] == name) & used
            assert found[at, group] == pytest.approx(frame[got][mine].sum() / fair[mine].sum() * overall)


def test_errors_are_the_jackknife_over_queries():
    frame = people(12)
    found = measured(frame)
    every = np.array([measured(frame[frame["q"] != q]).means.value for q in range(12)])
    whole = found.means.value
    held = (found.queries - 1) / found.queries
    variance = held * ((every - whole) ** 2).sum(axis=0)
    np.testing.assert_allclose(found.means.error[1:4] ** 2, variance[1:4], rtol=1e-9)
    in_all = (found.queries == 12).all(axis=1)
    assert in_all.any()
    apart = 11 / 12 * ((every[:, :, 0] - every[:, :, 1] - (whole[:, 0] - whole[:, 1])) ** 2).sum(axis=0)
    correlation = found.correlation(np.array([0]), found, np.array([1]))[:, 0]
    error = found.means.error
    shared = (error**2).sum(axis=1) - 2 * correlation * error[:, 0] * error[:, 1]
    np.testing.assert_allclose(shared[in_all], apart[in_all], rtol=1e-9)


def test_groups_that_stand_in_long_lists_are_not_ranked_low():
    # Each list alternates, but b is rare where lists are short.
    rows = [(q, "b" if i % 2 and q >= 20 else "a", -i, 1) for q in range(40) for i in range(4 if q < 20 else 12)]
    frame = pd.DataFrame(rows, columns=["q", "g", "s", "y"])
    crude = frame.assign(top=frame["s"] > -3).groupby("g")["top"].mean()
    found = measured(frame).means.value[0]
    assert crude["a"] / crude["b"] > 2
    # Of the three first of long lists, two are a and one is b, where one and a half would be fair.
    assert found[0] / found[1] == pytest.approx((60 + 40) / (60 + 30) / (20 / 30))


def test_the_rest_of_two_groups_is_the_other():
    inside, outside = measured(people()).means, measured(people(), rest=True).means
    for field in ("value", "error", "df"):
        left, right = getattr(inside, field), getattr(outside, field)
        np.testing.assert_allclose(left[:3], right[:3, ::-1], rtol=1e-8)


def test_differences_of_two_groups_in_all_queries_have_one_degree_less_than_queries():
    frame = pd.DataFrame([(q, "ab"[i % 2], np.sin(7 * q + i), i % 3) for q in range(10) for i in range(8)])
    frame.columns = ["q", "g", "s", "y"]
    found = measured(frame)
    first, second = (found.means.each(lambda a, at=at: a[:, [at]]) for at in (0, 1))
    correlation = found.correlation(np.array([0]), found, np.array([1]))
    measures = available_measures(K, relevance=True)
    gaps = compare_ratios(measures, first, second, confidence=0.95, alpha=0.05, correlation=correlation)["difference"]
    p_value = ratio_p_values(measures, first, second, correlation=correlation)
    # t of 9 degrees of freedom.
    reach = (gaps.high - gaps.low)[1] / 2
    error = np.sqrt((first.error**2 + second.error**2 - 2 * correlation * first.error * second.error)[1])
    assert reach[0] / error[0] == pytest.approx(2.262157, rel=1e-4)
    np.testing.assert_allclose(gaps.p_value, p_value)
