"""Contrasts over a grid of items and values, against textbook tests, plain loops and statsmodels."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings, strategies as st
from scipy import stats

from biasaudit.inference.testing.two_way import two_way


def contrast(groups):
    groups = np.asarray(groups)
    return (np.where(groups == 0, 1 / (groups == 0).sum(), -1 / (groups == 1).sum()))[None]


def found(scores, groups, clusters=None):
    clusters = np.arange(len(scores)) if clusters is None else np.asarray(clusters)
    return two_way(np.asarray(scores, float), np.asarray(groups), contrast(groups), clusters)


def draw(seed, items, values, by_value=1.0, by_group=0.5, noise=1.0):
    rng = np.random.default_rng(seed)
    groups = np.arange(values) % 2
    scores = rng.normal(0, 3, (items, 1)) + rng.normal(0, by_value, values)
    scores = scores + rng.normal(0, by_group, (items, 2))[:, groups] + rng.normal(0, noise, (items, values))
    return scores, groups


def test_one_value_a_group_is_the_paired_t_test():
    scores, groups = draw(1, 12, 2)
    got, known = found(scores, groups), stats.ttest_rel(scores[:, 0], scores[:, 1])
    assert got.estimate[0] / got.error[0] == pytest.approx(known.statistic)
    assert got.df[0] == known.df


def test_one_item_is_welchs_test():
    scores, groups = draw(2, 1, 15)
    got = found(scores, groups)
    known = stats.ttest_ind(scores[0, groups == 0], scores[0, groups == 1], equal_var=False)
    assert got.estimate[0] / got.error[0] == pytest.approx(known.statistic)
    assert got.df[0] == pytest.approx(known.df)


def test_clusters_of_items_as_statsmodels_has_them():
    scores, groups = draw(3, 30, 2)
    clusters = np.repeat(np.arange(6), [2, 3, 8, 9, 1, 7])
    frame = pd.DataFrame({"gap": scores[:, 0] - scores[:, 1]})
    known = smf.ols("gap ~ 1", frame).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    got = found(scores, groups, clusters)
    assert got.estimate[0] == pytest.approx(known.params.iloc[0])
    assert got.error[0] == pytest.approx(known.bse.iloc[0])
    assert got.df[0] == 5


def test_both_ways_as_statsmodels_has_them_where_corrections_vanish():
    scores, groups = draw(4, 60, 120)
    item, value = np.indices(scores.shape).reshape(2, -1)
    frame = pd.DataFrame({"score": scores.ravel(), "group": groups[value], "item": item})
    # What an item has in common cancels; without taking it out first the cells would count it.
    frame["score"] -= frame.groupby("item")["score"].transform("mean")
    both = {"groups": np.column_stack([item, value]), "use_correction": False}
    known = smf.ols("score ~ C(group)", frame).fit(cov_type="cluster", cov_kwds=both)
    got = found(scores, groups)
    assert got.estimate[0] == pytest.approx(-known.params.iloc[1])
    assert got.error[0] == pytest.approx(known.bse.iloc[1], rel=0.03)


def by_loops(scores, groups, clusters):
    items, values = scores.shape
    weight = contrast(groups)[0]
    mean = [sum(scores[t][n] for t in range(items)) / items for n in range(values)]
    size = [sum(g == groups[n] for g in groups) for n in range(values)]
    centre = [sum(mean[m] for m in range(values) if groups[m] == groups[n]) / size[n] for n in range(values)]
    estimate = sum(w * m for w, m in zip(weight, mean, strict=True))
    several = len(set(clusters)) / (len(set(clusters)) - 1)
    between_items = both = 0.0
    for c in set(clusters):
        own = [t for t in range(items) if clusters[t] == c]
        gaps = [sum(weight[n] * scores[t][n] for n in range(values)) - estimate for t in own]
        between_items += several * (sum(gaps) / items) ** 2
        for n in range(values):
            cell = 0.0
            for t in own:
                group = sum(scores[t][m] for m in range(values) if groups[m] == groups[n]) / size[n]
                cell += scores[t][n] - group - mean[n] + centre[n]
            both += several * size[n] / (size[n] - 1) * (weight[n] * cell / items) ** 2
    between_values = sum(size[n] / (size[n] - 1) * (weight[n] * (mean[n] - centre[n])) ** 2 for n in range(values))
    return estimate, max(between_items + between_values - both, between_items, between_values)


@pytest.mark.parametrize("values", [4, 9])
@pytest.mark.parametrize("seed", range(6))
def test_the_formula_by_plain_loops(seed, values):
    scores, groups = draw(seed, 7, values, by_value=seed / 3)
    clusters = np.array([0, 0, 1, 2, 2, 2, 3]) if seed % 2 else np.arange(7)
    got = found(scores, groups, clusters)
    assert (got.estimate[0], got.variance[0]) == pytest.approx(by_loops(scores, groups, clusters))


def test_contrasts_at_once_are_each_alone():
    scores, _ = draw(7, 9, 8)
    groups = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    means = np.array([np.where(groups == g, 1 / (groups == g).sum(), 0.0) for g in range(3)])
    weights, clusters = means[[0, 0, 1]] - means[[1, 2, 2]], np.arange(9)
    together = two_way(scores, groups, weights, clusters)
    for i, weight in enumerate(weights):
        alone = two_way(scores, groups, weight[None], clusters)
        for name in ("estimate", "variance", "df"):
            assert getattr(together, name)[i] == pytest.approx(getattr(alone, name)[0])
    assert together.df[0] < 8


def test_three_variances_are_never_less_than_one_of_them():
    # Cells that cancel within rows and columns leave both ways almost nothing.
    scores = np.array([[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0], [1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.1]])
    got = found(scores, [0, 0, 1, 1])
    assert got.variance[0] > 0


@settings(max_examples=60)
@given(
    st.integers(0, 10_000), st.integers(2, 6), st.integers(4, 9), st.floats(-50, 50), st.floats(0.1, 20), st.booleans()
)
def test_what_items_have_in_common_does_not_matter(seed, items, values, shift, scale, turned):
    scores, groups = draw(seed, items, values)
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 9, (items, 1))
    order = rng.permutation(items) if turned else np.arange(items)
    first, second = found(scores, groups), found((scores[order] + own) * scale + shift, groups)
    assert second.estimate[0] == pytest.approx(first.estimate[0] * scale, abs=1e-9)
    assert second.error[0] == pytest.approx(first.error[0] * scale, abs=1e-9)
    assert second.df[0] == pytest.approx(first.df[0])


def test_one_item_and_one_value_a_group_say_nothing_of_uncertainty():
    got = found([[1.0, 2.0]], [0, 1])
    assert got.estimate[0] == -1
    assert np.isnan(got.variance[0])
    assert got.df[0] == 0


def test_a_single_value_in_one_group_leaves_the_spread_of_values_out():
    scores, _ = draw(5, 8, 5)
    alone = two_way(scores, np.array([0, 1, 1, 1, 1]), contrast([0, 1, 1, 1, 1]), np.arange(8))
    gaps = scores[:, 0] - scores[:, 1:].mean(axis=1)
    assert alone.error[0] == pytest.approx(gaps.std(ddof=1) / np.sqrt(8))
    assert alone.df[0] == 7


@pytest.mark.parametrize(
    ("items", "spreads"), list(itertools.product((4, 8), ((1, 0, 0.3), (0, 1, 0.3), (0.5, 0.5, 1))))
)
def test_intervals_hold_the_truth_with_few_clusters(items, spreads):
    hits, draws = 0, 600
    for seed in range(draws):
        scores, groups = draw(seed, items, 12, *spreads)
        got = found(scores, groups)
        hits += abs(got.estimate[0]) < stats.t.ppf(0.975, got.df[0]) * got.error[0]
    assert hits / draws > 0.92
