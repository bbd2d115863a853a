"""Quantiles and R² of groups against numpy, Woodruff's interval written out, and influence row by row."""

import numpy as np
import pytest
from tables_of_numbers import column, drawn, table_of

from biasaudit.counts.moments.table import Histogram
from biasaudit.inference.means.comparisons import compare_means
from biasaudit.inference.means.distributions import Distribution
from biasaudit.inference.means.estimates import group_means
from biasaudit.metrics.moment_measures import MEASURES, available_measures, get_measure

QUANTILES = tuple(m for m in MEASURES if m.kind == "quantile" and m.variable == "outcome")
R_SQUARED = (get_measure("r_squared"),)


def test_quantiles_are_numpys_inverted_cdf_with_weights_and_ties():
    outcome, group, _, weight, _ = drawn()
    outcome = np.round(outcome, 0)
    for w in (None, weight, np.where(weight < 5, 0.0, weight)):
        means = group_means(table_of(outcome, group, **({} if w is None else {"weight": w})), QUANTILES)
        for i, measure in enumerate(QUANTILES):
            for at in range(3):
                of_group = group == at
                expected = np.quantile(
                    outcome[of_group],
                    measure.quantile,
                    method="inverted_cdf",
                    weights=None if w is None else w[of_group],
                )
                assert means.value[i, at] == expected


def test_the_error_of_a_quantile_is_woodruffs():
    rng = np.random.default_rng(5)
    values = np.sort(rng.gamma(2, 1, 200))
    means = group_means(table_of(values, [0] * 200), (get_measure("median_outcome"),))
    margin = 1.959964 * (0.25 / 200) ** 0.5
    low, high = (np.quantile(values, 0.5 + sign * margin, method="inverted_cdf") for sign in (-1, 1))
    assert means.error.item() == pytest.approx((high - low) / (2 * 1.959964), rel=1e-6)
    assert 0 < means.skew.item() <= 0.2


def test_a_quantile_that_few_rows_bound_from_one_side_only_has_no_error():
    for rows, known in ((30, [True, False, True, True, False]), (40, [True] * 5), (5, [False] * 5)):
        means = group_means(table_of(np.arange(rows) + 0.0, [0] * rows), QUANTILES)
        assert np.isfinite(means.error[:, 0]).tolist() == known
        assert np.isfinite(means.value).all()


def test_few_distinct_values_leave_a_median_unsure():
    """All of Woodruff's limits are the same value; the next one lies just beyond."""
    outcome = np.repeat([1.0, 2.0, 3.0], [15, 70, 15])
    means = group_means(table_of(outcome, [0] * 100), (get_measure("median_outcome"),))
    assert means.error.item() == pytest.approx((3 - 1) / 8, abs=0.1) or means.error.item() == 0
    narrow = np.repeat([1.0, 2.0, 3.0], [32, 36, 32])
    assert group_means(table_of(narrow, [0] * 100), (get_measure("median_outcome"),)).error.item() > 0.2


def test_inside_a_bin_rows_are_spread_evenly():
    bins = Histogram(
        group=np.array([0, 0]),
        bin=np.array([7, 9]),
        low=np.array([10.0, 20.0]),
        high=np.array([20.0, 40.0]),
        rows=np.array([30, 10]),
        weight=np.array([30.0, 10.0]),
        exact=False,
    )
    spread = Distribution(bins, 2)
    assert [spread.quantile(np.full(2, q))[0] for q in (0.25, 0.75, 0.875)] == pytest.approx([10 + 10 / 3, 20, 30])
    assert np.isnan(spread.quantile(np.full(2, 0.5))[1])
    assert spread.fourth_moment(np.array([18.75, 0.0]))[0] == pytest.approx((30 * 3.75**4 + 10 * 11.25**4) / 40)


def test_the_error_of_r_squared_is_that_of_its_influence():
    outcome, group, prediction, _, _ = drawn()
    means = group_means(table_of(outcome, group, prediction=prediction), R_SQUARED)
    for at in range(3):
        y, e = outcome[group == at], (prediction - outcome)[group == at]
        spread, left = y.var(), (e**2).mean() / y.var()
        influence = (e**2 - left * (y - y.mean()) ** 2) / spread
        assert means.value[0, at] == pytest.approx(1 - left, rel=1e-9)
        expected = influence.std() / (len(y) - 2) ** 0.5
        assert means.error[0, at] == pytest.approx(expected, rel=1e-4)
    gap = compare_means(R_SQUARED, column(means, 1), column(means, 0), confidence=0.95, alpha=0.05)
    assert np.isnan(gap["ratio"].estimate).all()
    assert gap["difference"].low.item() < gap["difference"].estimate.item() < gap["difference"].high.item()


def test_an_outcome_that_never_changes_has_no_r_squared():
    means = group_means(table_of([3.0] * 4 + [1.0, 2.0, 4.0], [0] * 4 + [1] * 3, prediction=np.arange(7.0)), R_SQUARED)
    assert np.isnan(means.value[0, 0])
    assert np.isfinite(means.value[0, 1])


def test_without_predictions_only_outcomes_are_measured():
    names = [m.name for m in available_measures(table_of([1.0, 2.0, 2.5], [0, 0, 1]))]
    assert names == ["mean_outcome", *(m.name for m in QUANTILES)]
