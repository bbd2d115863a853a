"""Limits and tests from resamples: Student's t where they are symmetric, and one statement with their p-value."""

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import stats

from biasaudit.inference.resampled import (
    Resampled,
    compare_range,
    compare_resampled,
    pair_p_values,
    range_p_values,
    resampled_interval,
)


def known(values, errors, *, df=49.0, bias=0.0, skew=0.0, acceleration=0.0, rows=50.0):
    value, error = (np.atleast_2d(np.asarray(a, dtype=float)) for a in (values, errors))
    same = [np.full(value.shape, number) for number in (df, bias, skew, acceleration)]
    return Resampled(value, np.full(value.shape, rows), error, *same, np.minimum(value, 0.0))


def test_without_bias_and_skewness_it_is_welch():
    rng = np.random.default_rng(1)
    x, y = rng.normal(10, 1, 30), rng.normal(11, 3, 20)
    first, second = (known([a.mean()], [a.std(ddof=1) / np.sqrt(len(a))], df=len(a) - 1) for a in (x, y))
    gap = compare_resampled((), first, second, confidence=0.95, alpha=0.05)["difference"]
    welch = stats.ttest_ind(x, y, equal_var=False)
    assert gap.p_value[0, 0] == pytest.approx(welch.pvalue, rel=1e-9)
    limits = welch.confidence_interval(0.95)
    assert (gap.low[0, 0], gap.high[0, 0]) == pytest.approx((limits.low, limits.high), rel=1e-9)


def test_all_groups_at_once_are_welchs_analysis_of_variance():
    rng = np.random.default_rng(2)
    samples = [rng.normal(mean, spread, rows) for mean, spread, rows in ((1, 1, 20), (1.5, 2, 30), (2, 1, 15))]
    found = known([x.mean() for x in samples], [x.std(ddof=1) / np.sqrt(len(x)) for x in samples])
    found = Resampled(**(vars(found) | {"df": np.array([[len(x) - 1.0 for x in samples]])}))
    from statsmodels.stats.oneway import anova_oneway

    expected = anova_oneway(samples, use_var="unequal", welch_correction=True).pvalue
    assert range_p_values((), found)[0] == pytest.approx(expected, rel=1e-9)


def test_two_groups_at_once_are_a_pair():
    found = known([1.0, np.nan, 1.6], [0.2, 0.1, 0.3], skew=0.2, acceleration=0.03)
    first, second = (found.each(lambda a, at=at: a[:, [at]]) for at in (0, 2))
    assert range_p_values((), found)[0] == pytest.approx(pair_p_values((), first, second)[0, 0])


def test_a_limit_may_be_infinite():
    found = known([3.0], [1.0], df=50.0, bias=-0.25, skew=0.5, acceleration=0.0625)
    zero = known([0.0], [1e-9], df=50.0)
    gap = compare_resampled((), found, zero, confidence=0.999999999, alpha=1e-9)
    assert not np.isnan(gap["difference"].low).any()


@settings(max_examples=100, deadline=None)
@given(
    gap=st.floats(-3, 3),
    skew=st.floats(-0.8, 0.8),
    acceleration=st.floats(-0.15, 0.15),
    bias=st.floats(-0.3, 0.3),
    df=st.floats(3, 400),
)
def test_limits_leave_out_no_gap_where_the_p_value_says_so(gap, skew, acceleration, bias, df):
    found = known([gap], [1.0], df=df, bias=bias, skew=skew, acceleration=acceleration)
    zero = known([0.0], [1e-9], df=df)
    p = pair_p_values((), found, zero)[0, 0]
    # Smaller levels are lost beside 1, from which quantiles are taken.
    assume(p > 1e-9)
    for level in (p * 0.98, min(p * 1.02, 0.9999)):
        limits = compare_resampled((), found, zero, confidence=1 - level, alpha=level)["difference"]
        assert (limits.low[0, 0] > 0 or limits.high[0, 0] < 0) == (level > p)


def test_limits_lean_as_the_skewness_does_and_widen_with_confidence():
    found = known([0.0], [1.0], skew=0.4, acceleration=0.06)
    low, high = resampled_interval(found, 0.95)
    assert high[0, 0] > -low[0, 0] > 0
    wider = resampled_interval(found, 0.99)
    assert wider[0][0, 0] < low[0, 0]
    assert wider[1][0, 0] > high[0, 0]


def test_the_range_is_bounded_by_all_pairs_and_open_where_one_is_unknown():
    found, unknown = (known([1.0, 1.5, 3.0], [0.1, 0.1, error]) for error in (0.1, np.nan))
    seen = {"difference": np.array([0.5]), "ratio": np.array([0.5])}
    gap = compare_range((), found, seen, confidence=0.95, alpha=0.05)["difference"]
    assert gap.estimate[0, 0] == pytest.approx(2.0)
    assert gap.low[0, 0] < 2.0 < gap.high[0, 0]
    assert gap.expected_by_chance[0, 0] == pytest.approx(1.6926 * 0.1, rel=1e-3)
    open_ended = compare_range((), unknown, seen, confidence=0.95, alpha=0.05)["difference"]
    assert open_ended.low[0, 0] > 0
    assert np.isnan(open_ended.high[0, 0])


def test_there_is_no_ratio_where_a_value_below_zero_was_seen():
    gaps = compare_resampled((), known([1.0], [0.1]), known([-0.5], [0.1]), confidence=0.95, alpha=0.05)
    assert np.isnan(gaps["ratio"].estimate[0, 0])
    assert gaps["difference"].estimate[0, 0] == 1.5
