"""The range of means against statsmodels, numerical minima and its own test."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, f as f_distribution
from statsmodels.stats.oneway import anova_oneway
from tables_of_numbers import MEAN, column, drawn, table_of

from biasaudit.inference.means.comparisons import compare_means
from biasaudit.inference.means.estimates import group_means, rest_means
from biasaudit.inference.means.means import Means, concat_means, no_means
from biasaudit.inference.means.ranges import compare_means_range, means_range_p_values
from biasaudit.inference.means.shared_clusters import means_between, rest_correlation
from biasaudit.inference.means.skewness import hall_inverse
from biasaudit.metrics.moment_measures import MEASURES

DETECTABLE = {"difference": np.array([2.0]), "ratio": np.array([0.9])}


def means(values, errors, *, rows=20.0, skew=0.0):
    """Groups of one measure."""
    value, error, n, k = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (values, errors, rows, skew)))
    return Means(*(a[None] for a in (value, n, n, error, n - 1, k, error * n**0.5)))


def range_of(groups, alpha=0.05, **how):
    return compare_means_range(MEAN, groups, DETECTABLE, confidence=0.95, alpha=alpha, **how)


def test_without_a_correction_for_skew_it_is_welchs_analysis():
    outcome, group, _, _, _ = drawn()
    for groups in (3, 2):
        chosen = group < groups
        table = table_of(outcome[chosen], group[chosen])
        oracle = anova_oneway(outcome[chosen], group[chosen], use_var="unequal").pvalue
        assert means_range_p_values(MEAN, group_means(table, MEAN), skewness=False)[0] == pytest.approx(
            oracle, abs=1e-9
        )


def test_where_rows_are_skew_each_side_of_a_value_has_an_error_of_its_own():
    groups = means([1.0, 2.0, 4.0, 4.5], [0.5, 0.9, 1.2, 0.2], rows=[12, 30, 25, 90], skew=[0.5, 0.1, -0.4, 0.2])
    value, error, skew = groups.value[0], groups.error[0], groups.skew[0]
    above, below = (-error * hall_inverse(np.array(-2.0), skew) / 2, error * hall_inverse(np.array(2.0), skew) / 2)

    def distance(mean):
        return (((value - mean) / np.where(mean > value, above, below)) ** 2).sum()

    found = minimize_scalar(distance, bounds=(1, 4.5), method="bounded", options={"xatol": 1e-10})
    weight = 1 / np.where(found.x > value, above, below) ** 2
    doubt = ((1 - weight / weight.sum()) ** 2 * (1 / groups.df[0] + 0.75 * skew**2)).sum()
    expected = f_distribution.sf(found.fun / 3 / (1 + 2 * 2 / 15 * doubt), 3, 15 / (3 * doubt))
    assert means_range_p_values(MEAN, groups)[0] == pytest.approx(expected, rel=1e-6)


@settings(max_examples=25)
@given(st.floats(0.05, 9), st.floats(-0.8, 0.8), st.floats(0.001, 0.3))
def test_of_two_groups_it_is_the_pair(gap, skew, alpha):
    groups = means([5.0, 5.0 + gap], [0.7, 1.1], skew=[skew, 0.3])
    found = range_of(groups, alpha)
    pair = compare_means(MEAN, column(groups, 1), column(groups, 0), confidence=0.95, alpha=alpha)["difference"]
    assert found["difference"].p_value.item() == pytest.approx(pair.p_value.item(), rel=1e-9)
    low, high = pair.low_adjusted.item(), pair.high_adjusted.item()
    limits = found["difference"].low_adjusted.item(), found["difference"].high_adjusted.item()
    assert limits == pytest.approx((max(low, 0), max(high, -low)))
    assert found["difference"].estimate.item() == pytest.approx(gap)


@settings(max_examples=25)
@given(st.lists(st.floats(0, 5), min_size=3, max_size=6), st.floats(-0.3, 0.3), st.floats(0.001, 0.3))
def test_a_range_is_above_0_just_where_the_test_says_so(values, skew, alpha):
    groups = means([50 + v for v in values], np.linspace(0.4, 1.3, len(values)), skew=skew)
    found = range_of(groups, alpha)
    difference, ratio = found["difference"], found["ratio"]
    p = difference.p_value.item()
    if abs(p - alpha) > 1e-9:
        assert (difference.low_adjusted.item() > 0) == (ratio.high_adjusted.item() < 1) == (p <= alpha)
    assert difference.low.item() <= difference.estimate.item() + 1e-9 <= difference.high.item() + 2e-9
    assert ratio.low.item() <= ratio.estimate.item() + 1e-9 <= ratio.high.item() + 2e-9


def test_the_least_range_is_one_that_the_analysis_does_not_reject():
    """With groups that are known alike well, the only way is to pull both ends together."""
    groups = means([0.0, 0.0, 3.0, 3.0], 0.5, rows=1e6)
    low = range_of(groups)["difference"].low.item()
    limit = chi2.ppf(0.95, 3)
    # Both ends pay alike, two groups each: 2 (x / 0.5)² of the limit.
    assert low == pytest.approx(3 - 2 * (limit / 4 / 4) ** 0.5, abs=2e-3)


def test_groups_of_unknown_error_are_left_out_and_named_elsewhere():
    groups = means([1.0, 2.0, 3.0], [0.1, 0.1, 0.1])
    lone = concat_means([groups, means([90.0], [np.nan], rows=1.0), no_means(1, 2)])
    for name, gap in range_of(lone).items():
        for array, value in vars(range_of(groups)[name]).items():
            assert getattr(gap, array) == pytest.approx(value, nan_ok=True)
    nothing = range_of(concat_means([column(groups, 0), no_means(1, 2)]))["difference"]
    assert np.isnan([nothing.estimate, nothing.low, nothing.high, nothing.p_value]).all()


def test_many_groups_are_bounded_by_those_furthest_out():
    rng = np.random.default_rng(2)
    values, errors = 50 + rng.normal(size=80), rng.uniform(0.1, 1, 80)
    everyone = range_of(means(values, errors))["difference"]
    order = np.argsort(-np.abs(values - 50) - errors)
    fewer = range_of(means(values[order[:60]], errors[order[:60]]))["difference"]
    assert everyone.high.item() == pytest.approx(fewer.high.item())
    assert everyone.low.item() <= everyone.estimate.item() <= everyone.high.item()
    drawn_ranges = np.ptp(rng.normal(0, errors, (20_000, 80)), axis=1)
    assert everyone.expected_by_chance.item() == pytest.approx(drawn_ranges.mean(), rel=0.02)


def test_all_rows_alike_everywhere_differ_in_nothing():
    found = range_of(means([4.0, 4.0, 4.0], 0.0))["difference"]
    assert [found.estimate.item(), found.low.item(), found.p_value.item()] == [0, 0, 1]
    assert found.high.item() == pytest.approx(0, abs=1e-9)


def test_numbers_of_any_size_are_compared_alike():
    outcome, group, prediction, _, cluster = drawn(sizes=(6, 9, 1, 4))
    measures = tuple(m for m in MEASURES if m.kind != "quantile")
    detectable = {name: np.ones(len(measures)) for name in ("difference", "ratio")}
    told = []
    for unit in (1e-53, 1.0, 1e45):
        table = table_of(outcome * unit, group, prediction=prediction * unit, cluster=cluster)
        means, rest = group_means(table, measures), rest_means(table, measures)
        between, shared = means_between(table, measures, means), rest_correlation(table, measures)
        ranges = compare_means_range(measures, between, detectable, confidence=0.95)
        pairs = compare_means(measures, means, rest, confidence=0.95, alpha=0.01, correlation=shared)
        numbers = (ranges["difference"].p_value, pairs["difference"].p_value, pairs["ratio"].high)
        told.append(np.concatenate([a.ravel() for a in numbers]))
    assert np.isfinite(told[1]).sum() > 30
    for other in (told[0], told[2]):
        assert other == pytest.approx(told[1], rel=1e-3, nan_ok=True)
