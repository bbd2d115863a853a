"""Means and their gaps against numpy, statsmodels and textbook formulas, and what must hold of any numbers."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings, strategies as st
from scipy import stats
from sklearn.metrics import r2_score, root_mean_squared_error
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from tables_of_numbers import MEAN, column, drawn, table_of

from biasaudit.inference.disparities import to_overall
from biasaudit.inference.means.comparisons import compare_means, mean_interval, mean_p_values
from biasaudit.inference.means.estimates import group_means, rest_means
from biasaudit.inference.means.means import Means
from biasaudit.inference.means.skewness import hall, hall_inverse
from biasaudit.metrics.moment_measures import MEASURES, MomentMeasure, available_measures, get_measure

NUMBERS = st.floats(-50, 50).map(lambda x: round(x, 3))


def plain(value, error, *, rows=30.0, skew=0.0):
    """One mean by itself."""
    return Means(*(np.array([[float(x)]]) for x in (value, rows, rows, error, rows - 1, skew, error * rows**0.5)))


MEANS = st.builds(plain, NUMBERS, st.floats(0.1, 9), rows=st.floats(3, 400), skew=st.floats(-0.9, 0.9))


def gap_of(first, second, alpha=0.05, **how):
    return compare_means(MEAN, first, second, confidence=0.95, alpha=alpha, **how)


def test_every_measure_of_every_group_is_what_numpy_and_sklearn_say():
    outcome, group, prediction, _, _ = drawn()
    table = table_of(outcome, group, prediction=prediction)
    assert available_measures(table) == MEASURES
    means = group_means(table, MEASURES)
    for at in range(3):
        y, p = outcome[group == at], prediction[group == at]
        said = dict(zip([m.name for m in MEASURES], means.value[:, at], strict=True))
        expected = {
            "mean_outcome": y.mean(),
            "mean_prediction": p.mean(),
            "mean_error": (p - y).mean(),
            "mean_absolute_error": np.abs(p - y).mean(),
            "root_mean_squared_error": root_mean_squared_error(y, p),
            "r_squared": r2_score(y, p),
            "median_outcome": np.quantile(y, 0.5, method="inverted_cdf"),
            "prediction_quantile_90": np.quantile(p, 0.9, method="inverted_cdf"),
        }
        assert {name: said[name] for name in expected} == pytest.approx(expected, rel=1e-9)
        assert means.error[0, at] == pytest.approx(stats.sem(y), rel=1e-9)
        assert means.skew[0, at] == pytest.approx(stats.skew(y, bias=False) / len(y) ** 0.5, rel=1e-6)
        assert means.deviation[0, at] == pytest.approx(y.std(ddof=1), rel=1e-9)
    assert np.array_equal(means.df[0], means.rows[0] - 1)


def test_without_a_correction_for_skew_a_difference_is_welchs():
    outcome, group, _, _, _ = drawn()
    means = group_means(table_of(outcome, group), MEAN)
    for first, second in ((0, 1), (2, 0)):
        oracle = CompareMeans(*(DescrStatsW(outcome[group == at]) for at in (first, second)))
        gap = gap_of(column(means, first), column(means, second), 0.01, skewness=False)["difference"]
        assert (gap.low.item(), gap.high.item()) == pytest.approx(oracle.tconfint_diff(usevar="unequal"), abs=1e-6)
        adjusted = (gap.low_adjusted.item(), gap.high_adjusted.item())
        assert adjusted == pytest.approx(oracle.tconfint_diff(0.01, usevar="unequal"), abs=1e-6)
        assert gap.p_value.item() == pytest.approx(oracle.ttest_ind(usevar="unequal")[1], abs=1e-9)
    low, high = mean_interval(means, 0.9, skewness=False)
    for at in range(3):
        assert (low[0, at], high[0, at]) == pytest.approx(
            DescrStatsW(outcome[group == at]).tconfint_mean(0.1), abs=1e-6
        )


def test_the_interval_of_a_root_is_nearly_the_root_of_the_interval():
    outcome, group, prediction, _, _ = drawn(sizes=(1000, 1500))
    measures = (get_measure("root_mean_squared_error"), MomentMeasure("mean_squared_error", "mean", "squared_error"))
    means = group_means(table_of(outcome, group, prediction=prediction), measures)
    assert means.value[0] ** 2 == pytest.approx(means.value[1], rel=1e-9)
    assert means.error[0] == pytest.approx(means.error[1] / 2 / means.value[0], rel=1e-9)
    for limit in mean_interval(means, 0.95):
        assert (np.abs(limit[0] - limit[1] ** 0.5) < 0.03 * means.error[0]).all()


def test_weights_give_the_linearised_variance():
    outcome, group, _, weight, _ = drawn()
    means = group_means(table_of(outcome, group, weight=weight), MEAN)
    for at in range(3):
        y, w = outcome[group == at], weight[group == at]
        fit = sm.WLS(y, np.ones(len(y)), weights=w).fit(cov_type="HC0")
        assert means.value[0, at] == pytest.approx(fit.params[0], rel=1e-12)
        effective = w.sum() ** 2 / (w**2).sum()
        assert means.error[0, at] == pytest.approx(fit.bse[0] / (1 - 1 / effective) ** 0.5, rel=1e-6)
        assert means.df[0, at] == pytest.approx(effective**2 / len(y) - 1)
        cubes, spread = (np.average((y - fit.params[0]) ** k, weights=w) for k in (3, 2))
        skewness = cubes / spread**1.5 * (1 - 1 / effective) ** 0.5 / (1 - 2 / effective)
        assert means.skew[0, at] == pytest.approx(skewness * len(y) ** 0.5 / effective, rel=1e-6)
    doubled, once = (group_means(table_of(outcome, group, weight=weight * 0 + w), MEAN) for w in (7.0, 1.0))
    for name in ("value", "error", "df", "skew", "deviation"):
        assert getattr(doubled, name) == pytest.approx(getattr(once, name), rel=1e-9)


def test_everyone_outside_a_group_is_as_a_group_of_their_own():
    outcome, group, prediction, weight, cluster = drawn()
    measures = [m for m in MEASURES if m.kind != "quantile" or m.quantile == 0.25]
    for more in ({"weight": weight}, {"weight": weight, "cluster": cluster}):
        rest = rest_means(table_of(outcome, group, prediction=prediction, **more), measures)
        for at in (0, 2):
            two = group_means(table_of(outcome, group == at, prediction=prediction, **more), measures)
            # The correlation within clusters is that of the groups at hand, which are others here.
            for name in ("value", "rows", "weight", "deviation") if "cluster" in more else vars(two):
                expected = getattr(two, name)[:, 0]
                assert getattr(rest, name)[:, at] == pytest.approx(expected, rel=1e-6, nan_ok=True), (name, more)


def test_a_gap_to_everyone_is_that_of_the_means():
    outcome, group, _, weight, _ = drawn()
    table = table_of(outcome, group, weight=weight)
    inside, outside = group_means(table, MEAN), rest_means(table, MEAN)
    gaps = to_overall(gap_of(inside, outside), inside.weight, outside.weight)
    overall = np.average(outcome, weights=weight)
    assert gaps["difference"].estimate == pytest.approx(inside.value - overall, rel=1e-6)
    assert gaps["ratio"].estimate == pytest.approx(inside.value / overall, rel=1e-9)
    assert (gaps["difference"].low < gaps["difference"].estimate).all()


def test_a_ratio_without_skew_is_fiellers():
    first, second = plain(10, 1), plain(8, 0.7)
    gap = gap_of(first, second, skewness=False)["ratio"]
    df = (1 + 0.49) ** 2 / (1 / 29 + 0.49**2 / 29)
    t2 = stats.t.ppf(0.975, df) ** 2
    a, b, c = 8**2 - t2 * 0.49, -2 * 80, 10**2 - t2
    roots = sorted(np.roots([a, b, c]))
    assert [gap.low.item(), gap.estimate.item(), gap.high.item()] == pytest.approx([roots[0], 1.25, roots[1]], abs=1e-9)


def test_values_that_may_be_0_have_no_ratio():
    near, far = plain(1, 0.8), plain(10, 1)
    for first, second in ((near, far), (far, near), (plain(-5, 1), far)):
        assert np.isnan(gap_of(first, second)["ratio"].estimate).all()
    signed = compare_means((get_measure("mean_error"),), far, far, confidence=0.95, alpha=0.05)
    assert np.isnan(signed["ratio"].low).all()
    # At a level of its own a value is not above 0, at the adjusted one it may be: nothing bounds the ratio there.
    gap = gap_of(plain(3, 1), far, 1e-6)["ratio"]
    assert gap.low.item() > 0
    assert (gap.low_adjusted.item(), gap.high_adjusted.item()) == (0, np.inf)


def test_one_row_has_a_value_and_no_interval():
    means = group_means(table_of([1.0, 2.0, 4.0, 9.0], [0, 1, 1, 1]), MEAN)
    gap = gap_of(column(means, 0), column(means, 1))["difference"]
    assert gap.estimate.item() == -4
    assert np.isnan([gap.low, gap.high, gap.p_value, gap.smallest_detectable]).all()
    assert means.deviation[0].tolist() == [pytest.approx(np.nan, nan_ok=True), pytest.approx(13**0.5)]


def test_rows_that_are_all_alike_are_not_sure_of_the_next():
    outcome, group = np.array([5.0] * 3 + [1.0, 2.0, 6.0, 7.0]), np.repeat([0, 1], [3, 4])
    means = group_means(table_of(outcome, group), MEAN)
    assert means.error[0, 0] == pytest.approx((outcome.var() / 4 / 3) ** 0.5)
    assert mean_p_values(column(means, 0), column(means, 1)).item() > 0.2
    everyone = group_means(table_of([5.0] * 7, group), MEAN)
    gap = gap_of(column(everyone, 0), column(everyone, 1))["difference"]
    assert (gap.estimate.item(), gap.low.item(), gap.high.item(), gap.p_value.item()) == (0, 0, 0, 1)


def test_a_right_skew_mean_may_be_much_higher_and_little_lower():
    low, high = mean_interval(plain(0, 1, skew=0.4), 0.95)
    assert high.item() > 2.05 > -low.item() > 1.2
    assert gap_of(plain(3, 1, skew=0.4), plain(0, 0.01))["difference"].p_value < 0.01
    assert gap_of(plain(-3, 1, skew=0.4), plain(0, 0.01))["difference"].p_value > 0.015


def test_what_could_have_been_seen_is_seen_in_four_of_five_tables():
    rng, rows = np.random.default_rng(8), 60
    means = plain(0, (2 / rows) ** 0.5, rows=rows)
    gap = gap_of(means, means)["difference"].smallest_detectable.item()
    samples = rng.normal(0, 2**0.5, (4000, rows)), rng.normal(gap, 2**0.5, (4000, rows))
    seen = stats.ttest_ind(*samples, axis=1, equal_var=False).pvalue <= 0.05
    assert seen.mean() == pytest.approx(0.8, abs=0.02)


@given(MEANS, MEANS, st.floats(0.001, 0.5), st.floats(-0.6, 0.6))
def test_an_interval_leaves_out_no_gap_just_where_the_test_says_so(first, second, alpha, correlation):
    gaps = gap_of(first, second, alpha, correlation=correlation)
    difference, ratio = gaps["difference"], gaps["ratio"]
    p = difference.p_value.item()
    if abs(p - alpha) > 1e-9:
        assert (difference.low_adjusted.item() > 0 or difference.high_adjusted.item() < 0) == (p <= alpha)
        if np.isfinite(ratio.estimate.item()) and ratio.high_adjusted.item() < np.inf:
            assert (ratio.low_adjusted.item() > 1 or ratio.high_adjusted.item() < 1) == (p <= alpha)
    back = gap_of(second, first, alpha, correlation=correlation)["difference"]
    assert (-back.high.item(), -back.low.item()) == pytest.approx((difference.low.item(), difference.high.item()))
    assert back.p_value.item() == pytest.approx(p)


@settings(max_examples=8)
@given(st.integers(0, 1000), st.floats(0.01, 100), NUMBERS)
def test_gaps_go_with_the_unit_and_not_with_the_origin(seed, scale, shift):
    outcome, group, prediction, _, _ = drawn(seed, (6, 9))
    outcome, prediction = outcome - 1e4, prediction - 1e4
    measures = MEASURES[:4]
    plain_, moved = (
        group_means(table_of(a * outcome + b, group, prediction=a * prediction + b), measures)
        for a, b in ((1.0, 0.0), (scale, shift))
    )
    gaps = [
        compare_means(measures, column(m, 0), column(m, 1), confidence=0.95, alpha=0.01)["difference"]
        for m in (plain_, moved)
    ]
    for name in ("estimate", "low", "high_adjusted", "smallest_detectable"):
        assert getattr(gaps[1], name) == pytest.approx(scale * getattr(gaps[0], name), rel=1e-5, abs=1e-6 * scale)
    assert gaps[1].p_value == pytest.approx(gaps[0].p_value, abs=1e-6)


@given(st.floats(-8, 8), st.floats(-1.5, 1.5))
def test_halls_transformation_is_undone(value, skew):
    back = hall_inverse(hall(np.array(value), np.array(skew)), np.array(skew))
    assert back.item() == pytest.approx(value, abs=1e-4)


def test_many_means_are_compared_as_each_by_itself():
    outcome, group, prediction, _, _ = drawn()
    means = group_means(table_of(outcome, group, prediction=prediction), MEASURES)
    together = compare_means(MEASURES, means, column(means, 1), confidence=0.95, alpha=0.02)
    for i, measure in enumerate(MEASURES):
        one, other = (m.each(lambda a, i=i: a[[i]]) for m in (column(means, 2), column(means, 1)))
        alone = compare_means((measure,), one, other, confidence=0.95, alpha=0.02)
        for name, gaps in alone.items():
            for array, value in vars(gaps).items():
                assert getattr(together[name], array)[i, 2] == pytest.approx(value.item(), rel=1e-9, nan_ok=True)


def test_clusters_that_agree_by_chance_leave_the_error_of_rows():
    means = group_means(table_of([1.0, 3.0, 0.0, 4.0] * 2, [0] * 4 + [1] * 4, cluster=[0, 0, 1, 1, 2, 2, 3, 3]), MEAN)
    assert means.error[0] == pytest.approx([stats.sem([1, 3, 0, 4])] * 2)
