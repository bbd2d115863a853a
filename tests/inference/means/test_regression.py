"""The gap at equal features against statsmodels, against leaving out clusters one by one, and against its own parts."""

import numpy as np
import pytest
import statsmodels.api as sm

from biasaudit.inference.means.regression import adjusted_gap


def _drawn(rows=120):
    rng = np.random.default_rng(3)
    member = rng.random(rows) < 0.3
    controls = rng.normal(size=(rows, 3)) + 0.5 * member[:, None]
    return np.exp(rng.normal(size=rows)) + controls.sum(axis=1) - member, member, controls, rng.uniform(0.5, 2, rows)


@pytest.mark.parametrize("weighted", [False, True])
def test_hc3_is_that_of_statsmodels(weighted):
    outcome, member, controls, weight = _drawn()
    found = adjusted_gap(outcome, member, controls, weight=weight if weighted else None)
    design = sm.add_constant(np.column_stack([member.astype(float), controls]))
    fitted = sm.WLS(outcome, design, weights=weight if weighted else np.ones(len(outcome))).fit(cov_type="HC3")
    assert found.adjusted == pytest.approx(fitted.params[1], abs=1e-9)
    assert found.adjusted_error == pytest.approx(fitted.bse[1], rel=1e-6)
    assert found.raw == pytest.approx(found.adjusted + found.explained)


def test_clusters_are_left_out_one_by_one():
    outcome, member, controls, _ = _drawn()
    cluster = np.random.default_rng(4).permutation(np.arange(120) // 6)
    design = sm.add_constant(np.column_stack([member.astype(float), controls]))
    whole = sm.OLS(outcome, design).fit().params[1]
    without = [sm.OLS(outcome[cluster != g], design[cluster != g]).fit().params[1] for g in range(20)]
    found = adjusted_gap(outcome, member, controls, cluster=cluster)
    assert found.adjusted_error == pytest.approx(np.sqrt(((np.array(without) - whole) ** 2).sum()), rel=1e-6)


def test_columns_that_others_make_up_change_nothing():
    outcome, member, controls, _ = _drawn()
    twice = np.column_stack([controls, controls.sum(axis=1), np.ones(120)])
    once = adjusted_gap(outcome, member, controls)
    assert adjusted_gap(outcome, member, twice).adjusted == pytest.approx(once.adjusted)


def test_nobody_is_alike_where_a_column_is_the_group():
    outcome, member, _, _ = _drawn()
    found = adjusted_gap(outcome, member, member[:, None].astype(float))
    assert np.isnan(found.adjusted)
    assert np.isnan(found.limits(found.adjusted, found.adjusted_error, 0.0, 0.95)).all()


def test_limits_bend_with_the_skewness_of_rows():
    outcome, member, controls, _ = _drawn()
    found = adjusted_gap(outcome, member, controls)
    low, high, _ = found.limits(found.adjusted, found.adjusted_error, found.adjusted_skew, 0.95)
    straight = found.limits(found.adjusted, found.adjusted_error, 0.0, 0.95)
    assert (high - found.adjusted) / (found.adjusted - low) > 1.01
    assert straight[1] - found.adjusted == pytest.approx(found.adjusted - straight[0])
    edge, error, skew = found.adjusted - low, found.adjusted_error, found.adjusted_skew
    assert found.limits(edge, error, skew, 0.95)[2] == pytest.approx(0.05)
