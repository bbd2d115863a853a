"""Patterns against three other tools on five tables: DivExplorer, mlxtend's frequent itemsets, SliceLine."""

import warnings

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba

SUPPORT = 0.02


def compas():
    frame = ba.datasets.load_compas().frame
    return frame[["race", "sex", "age_cat", "c_charge_degree", "score_text"]], frame["two_year_recid"] == 1


def resumes():
    frame = ba.datasets.load_resume_audit().frame
    names = ["gender", "ethnicity", "quality", "city", "honors", "military", "email", "industry"]
    return frame[names], frame["call"].isin(["yes", "1"])


def berkeley():
    frame = ba.datasets.load_berkeley().frame
    return frame[["gender", "department"]], frame["admitted"] == 1


def adult():
    frame = ba.datasets.load_adult().frame
    return frame[["sex", "race", "marital_status", "relationship", "occupation"]], frame["income"] == ">50K"


def drawn():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {f"f{j}": rng.choice(list("abcdef"), 3_000, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]) for j in range(6)}
    )
    return frame, pd.Series(rng.random(3_000) < np.where(frame["f1"] == "c", 0.5, 0.2))


@pytest.fixture(params=[compas, resumes, berkeley, adult, drawn], ids=lambda table: table.__name__)
def table(request):
    features, outcome = request.param()
    assert 0 < outcome.mean() < 1
    return features.reset_index(drop=True), outcome.reset_index(drop=True).astype(int)


def ours(features, outcome, **asked):
    frame = features.assign(outcome=outcome)
    asked = {"min_support": SUPPORT} | asked
    return ba.find_subgroups(frame, outcome="outcome", features=list(features), **asked).subgroups()


def test_the_same_patterns_counts_and_divergence_as_divexplorer(table):
    divexplorer = pytest.importorskip("divexplorer")
    features, outcome = table
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = divexplorer.DivergenceExplorer(features.assign(outcome=outcome)).get_pattern_divergence(
            min_support=SUPPORT, attributes=list(features), boolean_outcomes=["outcome"]
        )
    theirs = {
        frozenset(items): (round(count), rate)
        for items, count, rate in zip(found["itemset"], found["support_count"], found["outcome"], strict=True)
        if len(items)
    }
    mine = ours(features, outcome)
    keys = [frozenset(f"{name}={level}" for name, level in pattern.items()) for pattern in mine["pattern"]]
    assert len(keys) == len(set(keys)) == len(theirs)
    for key, n, rate in zip(keys, mine["n"], mine["cases"] / mine["n"], strict=True):
        count, their_rate = theirs[key]
        assert n == count
        assert rate == pytest.approx(their_rate, abs=1e-9)


def test_the_same_itemsets_as_mlxtend(table):
    patterns = pytest.importorskip("mlxtend.frequent_patterns")
    features, outcome = table
    onehot = pd.concat(
        [pd.get_dummies(features[name]).add_prefix(f"{name}=").astype(bool) for name in features], axis=1
    )
    found = patterns.fpgrowth(onehot, min_support=SUPPORT, use_colnames=True)
    theirs = {
        frozenset(map(str, items)): round(share * len(features))
        for items, share in zip(found["itemsets"], found["support"], strict=True)
    }
    mine = ours(features, outcome)
    keys = [frozenset(f"{name}={level}" for name, level in pattern.items()) for pattern in mine["pattern"]]
    assert dict(zip(keys, mine["n"].tolist(), strict=True)) == theirs


def test_the_same_top_slices_as_sliceline(table):
    slicefinder = pytest.importorskip("sliceline.slicefinder")
    features, outcome = table
    fewest = int(np.ceil(SUPPORT * len(features)))
    finder = slicefinder.Slicefinder(alpha=0.95, k=5, max_l=2, min_sup=fewest, verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        finder.fit(features.to_numpy(), outcome.to_numpy(float))
    scores = [dict(row)["slice_score"] if isinstance(row, dict) else row[0] for row in finder.top_slices_statistics_]
    mine = ours(features, outcome, max_features=2, rank_by="sliceline")
    best = np.sort(mine["sliceline"].to_numpy())[::-1]
    # SliceLine lists what scores above 0 alone.
    np.testing.assert_allclose(best[: len(scores)], scores, rtol=1e-9)
    assert len(scores) == min(5, (best > 0).sum())
