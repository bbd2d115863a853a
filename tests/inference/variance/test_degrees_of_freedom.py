"""Degrees of freedom of gaps against SciPy's and statsmodels' tests of groups whose variances are not known."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.oneway import anova_generic

from biasaudit.inference.variance.degrees_of_freedom import (
    df_of_difference,
    df_of_mean,
    p_value_with_df,
    rows_at_level,
    welch,
)


@pytest.mark.parametrize("groups", [2, 3, 7])
def test_welch_as_in_statsmodels(groups):
    rng = np.random.default_rng(groups)
    means, variances, sizes = rng.normal(size=groups), rng.uniform(0.5, 4, groups), rng.integers(4, 30, groups)
    oracle = anova_generic(means, variances, sizes, use_var="unequal", welch_correction=True)
    # One group more, without rows.
    nobs, df = np.append(sizes / variances, 0.0), np.append(sizes - 1.0, 0.0)
    freedom, stretch = welch(nobs, df)
    apart = np.average((means - np.average(means, weights=nobs[:-1])) ** 2, weights=nobs[:-1]) * nobs.sum()
    assert freedom == pytest.approx(oracle.df_denom)
    assert apart / (groups - 1) / stretch == pytest.approx(oracle.statistic)
    if groups == 2:
        assert df_of_difference(nobs[0], df[0], nobs[1], df[1]) == pytest.approx(oracle.df_denom)


def test_rows_leave_no_doubt():
    nobs, known = np.array([[100.0, 50.0, 0.0], [100.0, 50.0, 30.0]]), np.full((2, 3), np.inf)
    freedom, stretch = welch(nobs, known)
    assert freedom.tolist() == [np.inf, np.inf]
    assert stretch.tolist() == [1.0, 1.0]
    assert df_of_mean(nobs, known).tolist() == [np.inf, np.inf]


def test_the_mean_of_groups_has_satterthwaites():
    nobs, df = np.array([[100.0, 50.0, 0.0], [20.0, 50.0, 30.0]]), np.array([[4.0, 9.0, 0.0], [3.0, 7.0, np.inf]])
    expected = [150**2 / (100**2 / 4 + 50**2 / 9), 100**2 / (20**2 / 3 + 50**2 / 7)]
    assert df_of_mean(nobs, df).tolist() == pytest.approx(expected)


def test_p_values_are_read_off_t():
    p, df = np.array([0.03, 0.03, 0.03, 0.03]), np.array([0.7, 5.0, np.inf, 0.0])
    t = 2 * stats.t.sf(stats.norm.isf(0.015), df[:2])
    assert p_value_with_df(p, df).tolist() == pytest.approx([*t, 0.03, np.nan], nan_ok=True)
    assert p_value_with_df(p, np.full(4, np.inf)) is p


@pytest.mark.parametrize("level", [0.05, 0.003])
def test_rows_are_cut_to_what_t_sees(level):
    nobs, df = np.array([100.0, 100.0, 100.0]), np.array([0.7, 6.0, np.inf])
    cut = (stats.norm.isf(level / 2) / stats.t.isf(level / 2, df[:2])) ** 2
    assert rows_at_level(nobs, df, level).tolist() == pytest.approx([*(100 * cut), 100.0])
    assert rows_at_level(nobs, np.full(3, np.inf), level) is nobs
