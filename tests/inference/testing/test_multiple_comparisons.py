"""One function judges every kind of audit that has no test over all groups to go before."""

from unittest import mock

import numpy as np
import pytest
from scipy.stats import norm, t
from statsmodels.stats.multitest import multipletests

from biasaudit.inference.testing.multiple_comparisons import judge_gaps

NORMAL = norm.ppf(0.975)


def gaps(seed=0, size=12):
    rng = np.random.default_rng(seed)
    estimate, error = rng.normal(0, 0.1, size), rng.uniform(0.001, 0.06, size)
    p = 2 * norm.sf(np.abs(estimate) / error)
    return estimate, estimate - NORMAL * error, estimate + NORMAL * error, p, error


def test_p_values_limits_and_verdicts_by_the_book():
    seen = set()
    for seed in range(5):
        estimate, low, high, p, error = gaps(seed)
        found = judge_gaps(estimate, low, high, p, "difference", alpha=0.05)
        # statsmodels collects garbage at each call, which takes longer than all else.
        with mock.patch("gc.collect"):
            expected = multipletests(p, method="holm")[1]
        np.testing.assert_allclose(found.p_adjusted, expected, rtol=1e-9)
        # What is said to be small is one limit only: each errs on one side, in 0.05 / 12 of tables.
        half = norm.ppf(1 - 0.05 / 12) * error
        np.testing.assert_allclose(found.low_adjusted, estimate - half, rtol=1e-9)
        np.testing.assert_allclose(found.high_adjusted, estimate + half, rtol=1e-9)
        shown = found.p_adjusted <= 0.05
        small = np.abs(estimate) + half <= 0.05
        wanted = np.where(shown, "shown", np.where(small, "not shown", "cannot tell"))
        assert found.verdicts.tolist() == wanted.tolist()
        seen.update(wanted.tolist())
    assert seen == {"shown", "not shown", "cannot tell"}


def test_ratios_and_differences_in_one_call_are_as_by_themselves():
    estimate, low, high, p, _ = gaps(1)
    kinds = np.array(["difference", "ratio"] * 6, dtype=object)
    ratio = kinds == "ratio"
    numbers = [np.where(ratio, np.exp(a), a) for a in (estimate, low, high)]
    both = judge_gaps(*numbers, p, kinds, alpha=0.05, questions=7)
    for name in ("difference", "ratio"):
        at = kinds == name
        p_values = np.where(at, p, np.nan)
        alone = judge_gaps(*(a[at] for a in numbers), p_values[at], name, alpha=0.05, questions=7)
        np.testing.assert_array_equal(both.low_adjusted[at], alone.low_adjusted)
        np.testing.assert_array_equal(both.high_adjusted[at], alone.high_adjusted)
    logs = judge_gaps(estimate, low, high, p, "difference", alpha=0.05, questions=7)
    np.testing.assert_allclose(np.log(both.low_adjusted[ratio]), logs.low_adjusted[ratio], rtol=1e-9)


def test_a_hypothesis_is_asked_once_with_its_smallest_p_value():
    p = [0.02, 0.01, np.nan, 0.03]
    found = judge_gaps(
        [0.1] * 4, [0.01] * 4, [0.2] * 4, p, "difference", alpha=0.05, hypothesis=["a", "a", "a", ("b", 1)]
    )
    assert found.p_adjusted.tolist() == [0.02, 0.02, 0.02, 0.03]
    alone = judge_gaps(0.1 * np.ones(4), 0.01 * np.ones(4), 0.2 * np.ones(4), p, "difference", alpha=0.05)
    np.testing.assert_allclose(alone.p_adjusted, [0.04, 0.03, np.nan, 0.04])
    two = judge_gaps([0.1] * 4, [0.01] * 4, [0.2] * 4, p, "difference", alpha=0.05, questions=2)
    assert found.low_adjusted.tolist() == two.low_adjusted.tolist()


def test_what_is_spent_elsewhere_is_not_spent_here():
    numbers = ([0.1, 0.2], [0.01, 0.1], [0.2, 0.3], [0.02, 0.04], "difference")
    whole, half = (judge_gaps(*numbers, alpha=0.05, spend=spend) for spend in (1.0, 0.5))
    np.testing.assert_allclose(half.p_adjusted, 2 * whole.p_adjusted)
    four = judge_gaps(*numbers, alpha=0.05, questions=4)
    assert half.low_adjusted.tolist() == four.low_adjusted.tolist()
    assert judge_gaps(*numbers[:3], [0.4, 0.9], "difference", alpha=0.05, spend=0.1).p_adjusted.max() == 1.0


def test_what_stands_by_itself_keeps_its_p_value():
    numbers = ([0.1] * 3, [0.01] * 3, [0.2] * 3, [0.03, 0.04, 0.045], "difference")
    found = judge_gaps(*numbers, alpha=0.05, together=[False, True, True], questions=2)
    assert found.p_adjusted.tolist() == [0.03, 0.08, 0.08]
    assert found.verdicts.tolist() == ["shown", "cannot tell", "cannot tell"]
    assert judge_gaps(*numbers, alpha=0.05, together=False, questions=3).p_adjusted.tolist() == [0.03, 0.04, 0.045]


def test_few_degrees_of_freedom_widen_more():
    numbers = ([0.0], [-0.02], [0.02], [1.0], "difference")
    found = judge_gaps(*numbers, alpha=0.05, questions=10, df=4)
    factor = t.ppf(0.995, 4) / t.ppf(0.975, 4)
    np.testing.assert_allclose(found.high_adjusted, 0.02 * factor)
    assert found.high_adjusted > judge_gaps(*numbers, alpha=0.05, questions=10).high_adjusted


@pytest.mark.parametrize(("by_adjusted", "verdict"), [(False, "shown"), (True, "cannot tell")])
def test_adjusted_limits_may_have_to_leave_out_no_gap(by_adjusted, verdict):
    numbers = ([0.1], [0.005], [0.195], [0.001], "difference")
    found = judge_gaps(*numbers, alpha=0.05, questions=9, by_adjusted=by_adjusted)
    assert found.low_adjusted[0] < 0
    assert found.verdicts.tolist() == [verdict]


def test_small_has_the_unit_of_each_gap():
    numbers = ([1.0, 1.0], [-2.0, -2.0], [3.0, 3.0], [0.5, 0.5], "difference")
    assert judge_gaps(*numbers, alpha=0.05, small=[9.0, 2.0]).verdicts.tolist() == ["not shown", "cannot tell"]


def test_what_is_no_gap_is_not_judged_but_its_p_value_counts():
    kinds = ["finding", "difference", "nothing"]
    found = judge_gaps([0.0, 0.1, 0.0], [0.0, 0.01, 0.0], [0.0, 0.2, 0.0], [0.01, 0.03, np.nan], kinds, alpha=0.05)
    assert found.verdicts.tolist() == ["", "shown", ""]
    np.testing.assert_allclose(found.p_adjusted, [0.02, 0.03, np.nan])
    assert np.isnan(found.low_adjusted).tolist() == [True, False, True]


def test_nothing_is_judged_where_nothing_is_asked():
    found = judge_gaps([], [], [], [], "difference", alpha=0.05)
    assert found.verdicts.shape == found.p_adjusted.shape == (0,)


def test_what_is_small_by_itself_need_not_be_small_among_many():
    alone = judge_gaps([0.0], [-0.045], [0.045], [0.9], "difference", alpha=0.05, questions=1)
    among = judge_gaps([0.0], [-0.045], [0.045], [0.9], "difference", alpha=0.05, questions=20)
    assert (alone.verdicts[0], among.verdicts[0]) == ("not shown", "cannot tell")
    assert among.high_adjusted[0] > 0.05
