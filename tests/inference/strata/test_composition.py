import numpy as np
import pytest
from scipy.stats import ttest_ind

from biasaudit.inference.strata.composition import composition


def test_equals_regression_on_the_strata_and_welch_of_their_rates():
    rng = np.random.default_rng(0)
    n1, n2 = rng.integers(50, 200, (2, 5))
    x1, x2 = rng.binomial(n1, 0.3), rng.binomial(n2, [0.1, 0.3, 0.5, 0.7, 0.2])
    stratum = np.repeat(np.tile(np.arange(5), 2), [*n1, *n2])
    group = np.arange(len(stratum)) < n1.sum()
    label = np.concatenate([np.arange(n) < x for x, n in zip([*x1, *x2], [*n1, *n2], strict=True)]).astype(float)
    design = np.column_stack([group, stratum[:, None] == np.arange(5)]).astype(float)
    within, *rate = np.linalg.lstsq(design, label, rcond=None)[0]
    found = composition(x1, n1, x2, n2)
    assert found.difference == pytest.approx(label[group].mean() - label[~group].mean() - within)
    one, other = np.repeat(rate, n1), np.repeat(rate, n2)
    assert found.difference == pytest.approx(one.mean() - other.mean())
    assert found.p_value == pytest.approx(ttest_ind(one, other, equal_var=False).pvalue, rel=0.02)
    assert found.low < found.difference < found.high


def test_a_gap_within_small_strata_is_not_explained_by_them():
    # Groups are spread over 300 strata of some seven people alike; all of the gap is within.
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        stratum, group = rng.integers(0, 300, 2_000), rng.random(2_000) < 0.5
        label = rng.random(2_000) < 0.3 + 0.001 * stratum - 0.2 * group
        cells = [np.bincount(stratum[keep], minlength=300) for keep in (group & label, group, ~group & label, ~group)]
        found.append(composition(*cells))
    assert np.mean([one.difference for one in found]) == pytest.approx(0, abs=0.003)
    assert np.mean([one.p_value < 0.05 for one in found]) < 0.1


def test_splits_the_whole_gap_with_what_remains_where_strata_are_alike():
    # Kitagawa: rates of the strata alike in both groups, so that composition is all there is.
    found = composition([10, 60], [100, 100], [20, 30], [200, 50])
    assert found.difference == pytest.approx(70 / 200 - 50 / 250)


def test_nothing_to_explain_and_nobody_to_compare():
    alike = composition([30, 30], [100, 100], [30, 60], [100, 200])
    assert (alike.difference, alike.p_value) == (pytest.approx(0), 1.0)
    assert np.isnan(composition([0], [0], [1], [5]).p_value)


def test_holds_its_level():
    rng, alarms = np.random.default_rng(1), 0
    for _ in range(1_000):
        stratum, group = rng.integers(0, 8, 600), rng.random(600) < 0.4
        label = rng.random(600) < 0.1 + 0.1 * stratum
        cells = [np.bincount(stratum[keep], minlength=8) for keep in (group & label, group, ~group & label, ~group)]
        alarms += composition(*cells).p_value < 0.05
    assert 30 <= alarms <= 70
