from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from biasaudit.inference.testing import hypothesis_tests
from biasaudit.inference.testing.hypothesis_tests import (
    fisher_exact,
    holm,
    homogeneity_test,
    needs_exact_test,
    proportion_p_value,
    two_proportion_test,
)


@st.composite
def tables(draw, most=200):
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def scipy_fisher(x1, n1, x2, n2):
    return stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]])[1]


# two groups, score test


@given(tables())
def test_score_test_equals_statsmodels(table):
    x1, n1, x2, n2 = table
    found = two_proportion_test(*table)
    if 0 < x1 + x2 < n1 + n2:
        assert found == pytest.approx(proportions_ztest([x1, x2], [n1, n2])[1], rel=1e-9)
    else:
        assert found == 1
    assert two_proportion_test(x2, n2, x1, n1) == pytest.approx(float(found))


def test_score_test_without_rows_or_counts():
    assert np.isnan(two_proportion_test([0, 1, np.nan, 1], [0, 5, 5, 5], [1, 0, 1, np.nan], [5, 0, 5, 5])).all()


def test_score_test_of_effective_rows():
    z = (2.5 / 10.5 - 9.5 / 20.5) / np.sqrt(12 / 31 * 19 / 31 * (1 / 10.5 + 1 / 20.5))
    assert two_proportion_test(2.5, 10.5, 9.5, 20.5) == pytest.approx(2 * stats.norm.cdf(z))


# Fisher


@given(tables())
def test_fisher_equals_scipy(table):
    assert fisher_exact(*table) == pytest.approx(scipy_fisher(*table), rel=1e-9)


@pytest.mark.parametrize(
    "table",
    [(3, 171_100, 9, 62_300), (83_594, 92_880, 3_611, 3_891), (0, 100_000, 30, 100_000), (2_000, 4_000, 1_700, 4_000)],
)
def test_fisher_of_many_rows(table):
    assert fisher_exact(*table) == pytest.approx(scipy_fisher(*table), rel=1e-9)


def test_published_fisher():
    found = fisher_exact([157, 14], [2435, 24], [235, 21], [2435, 24])
    assert found[0] == pytest.approx(4.7588e-5, rel=1e-4)
    assert found[1] == pytest.approx(0.048991, abs=1e-6)


def test_fisher_in_blocks_equals_fisher_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    n = rng.integers(1, 60, (2, 40))
    x = rng.binomial(n, 0.4)
    at_once = fisher_exact(x[0], n[0], x[1], n[1])
    for block in (1, 50, 333):
        monkeypatch.setattr(hypothesis_tests, "BLOCK", block)
        assert np.array_equal(fisher_exact(x[0], n[0], x[1], n[1]), at_once)


def test_fisher_looks_no_further_than_the_far_tails():
    # 40 standard deviations off: no chance that a number can hold.
    assert fisher_exact(0, 50_000, 50_000, 50_000) == 0
    assert fisher_exact(500, 1_000_000, 0, 1_000_000) == pytest.approx(2 * 0.5**500, rel=0.2)


def test_fisher_shapes_and_undefined():
    found = fisher_exact([[0], [3]], [[0], [6]], [1, np.nan], [6, 6])
    assert found.shape == (2, 2)
    assert found[1, 0] == pytest.approx(scipy_fisher(3, 6, 1, 6))
    assert np.isnan(found[[0, 0, 1], [0, 1, 1]]).all()
    assert np.isnan(fisher_exact(1, 6, 1, 0))
    assert fisher_exact([], [], [], []).shape == (0,)


@pytest.mark.parametrize(
    ("effective", "whole"),
    [
        # rows are cut; cases rounded towards the other share
        ((1.5, 10.7, 9.5, 10.9), (2, 10, 8, 10)),
        ((9.5, 10.9, 1.5, 10.7), (8, 10, 2, 10)),
        # what is whole but for rounding stays
        ((3 - 1e-12, 10 - 1e-12, 9 + 1e-12, 10 + 1e-12), (3, 10, 9, 10)),
    ],
)
def test_fisher_of_effective_rows(effective, whole):
    assert fisher_exact(*effective) == pytest.approx(scipy_fisher(*whole))
    assert fisher_exact(*effective) >= two_proportion_test(*effective)


def test_less_than_a_row_shows_nothing():
    assert fisher_exact(0.0, 0.9, 30, 40) == 1


# the choice between them


@pytest.mark.parametrize(
    ("table", "exact"),
    [
        # 5 expected in the smaller group, and less
        ((4, 10, 46, 90), False),
        ((46, 90, 4, 10), False),
        ((3, 10, 46, 90), True),
        ((7, 10, 44, 90), True),
        ((6, 10, 45, 90), True),
    ],
)
def test_fisher_decides_under_five_expected(table, exact):
    assert needs_exact_test(*table, p_value=0.5) == exact
    expected = scipy_fisher(*table) if exact else two_proportion_test(*table)
    assert proportion_p_value(*table) == pytest.approx(float(expected))


def test_a_thin_tail_is_confirmed():
    # Rare cases in a small group: the score test exaggerates.
    table = (21, 100, 400, 4900)
    assert two_proportion_test(*table) < 0.00001 < scipy_fisher(*table) < 0.02
    assert proportion_p_value(*table) == pytest.approx(scipy_fisher(*table))
    # Not in the tail: as it is.
    table = (14, 100, 400, 4900)
    assert 0.02 < two_proportion_test(*table) < 0.06
    assert proportion_p_value(*table) == two_proportion_test(*table)


def test_a_p_value_in_the_tail_stays_there():
    table = (15, 100, 400, 4900)
    assert two_proportion_test(*table) < 0.02 < scipy_fisher(*table)
    assert proportion_p_value(*table) == 0.02


def test_the_exact_test_makes_no_p_value_smaller():
    # Where Fisher's is the smaller of the two, the score test's counts.
    rng = np.random.default_rng(3)
    x2 = rng.binomial(900, 0.2, 2000)
    x1 = rng.binomial(100, 0.08, 2000)
    score, exact = two_proportion_test(x1, 100, x2, 900), fisher_exact(x1, 100, x2, 900)
    found = proportion_p_value(x1, 100, x2, 900)
    tail = (score < 0.02) & needs_exact_test(x1, 100, x2, 900, p_value=score)
    assert (exact < score)[tail].any()
    assert (found >= score).all()
    assert found[tail] == pytest.approx(np.maximum(score, np.minimum(exact, 0.02))[tail])
    assert np.array_equal(found[~tail], score[~tail])


@pytest.mark.parametrize(
    ("table", "doubted"),
    [
        # equal groups are never skewed, nor is a rate of a half
        ((10, 1000, 10, 1000), False),
        ((50, 100, 2450, 4900), False),
        # (1 / pq - 4) (1 / n1 + 1 / n2 - 4 / n) passes 0.02 at a rate of 0.20541
        ((20.53, 100, 1005.97, 4900), True),
        ((20.55, 100, 1006.95, 4900), False),
        ((79.47, 100, 3894.03, 4900), True),
    ],
)
def test_what_counts_as_skewed(table, doubted):
    assert needs_exact_test(*table, p_value=0.0199) == doubted
    assert not needs_exact_test(*table, p_value=0.02)


def test_no_p_value_without_rows():
    found = proportion_p_value([0, 1, np.nan], [0, 5, 5], [1, 0, 1], [5, 0, 5])
    assert np.isnan(found).all()
    assert not needs_exact_test([0, 1, np.nan], [0, 5, 5], [1, 0, 1], [5, 0, 5], p_value=found).any()


def size(function, n1, n2, level, rates=(0.02, 0.05, 0.1, 0.15, 0.2, 0.21, 0.3, 0.5, 0.8, 0.9, 0.95)):
    """Chance of a p-value up to the level when rates are equal, by enumeration: the largest over rates."""
    rejected = function(np.arange(n1 + 1)[:, None], n1, np.arange(n2 + 1), n2) <= level
    chances = [[stats.binom.pmf(np.arange(n + 1), n, p) for n in (n1, n2)] for p in rates]
    return max(float(one @ rejected @ other) for one, other in chances)


@pytest.mark.parametrize(
    ("n1", "n2"), [(2, 98), (10, 90), (20, 80), (50, 50), (10, 490), (25, 475), (50, 450), (20, 980)]
)
def test_p_values_hold_their_level(n1, n2):
    # Like every test without randomising, the score test passes its level by a little at some rates.
    for level, excess in ((0.05, 1.2), (0.01, 1.25), (0.001, 1.1), (0.00025, 1.2)):
        assert size(proportion_p_value, n1, n2, level) <= level * excess


def test_the_score_test_alone_would_not_hold_it():
    assert size(two_proportion_test, 20, 980, 0.001) > 0.008


# K groups


def test_two_groups_are_a_pair():
    assert homogeneity_test([157, 235], [2435, 2435]) == pytest.approx(float(two_proportion_test(157, 2435, 235, 2435)))
    assert homogeneity_test([1, 30], [8, 40]) == pytest.approx(scipy_fisher(1, 8, 30, 40))
    assert homogeneity_test([21, 400], [100, 4900]) == pytest.approx(scipy_fisher(21, 100, 400, 4900))


@given(st.lists(st.tuples(st.integers(20, 60), st.integers(80, 100)), min_size=2, max_size=9))
def test_large_groups_are_compared_by_chi_square(groups):
    x, n = np.array(groups).T
    expected = stats.chi2_contingency([x, n - x], correction=False).pvalue
    assert homogeneity_test(x, n) == pytest.approx(expected, rel=1e-9)
    assert homogeneity_test(np.append(x, 0), np.append(n, 0)) == pytest.approx(expected, rel=1e-9)
    assert homogeneity_test(x[::-1], n[::-1]) == pytest.approx(expected, rel=1e-9)


def test_small_groups_are_held_against_the_rest():
    x, n = [40, 45, 6, 1], [100, 100, 6, 4]
    chi_square = stats.chi2_contingency([[40, 45], [60, 55]], correction=False).pvalue
    exact = [scipy_fisher(6, 6, 86, 204), scipy_fisher(1, 4, 91, 206)]
    assert homogeneity_test(x, n) == pytest.approx(2 * min(chi_square, 2 * min(exact)))
    assert 2 * min(exact) < chi_square
    # Here the gap lies between the large groups.
    x = [20, 55, 3, 1]
    chi_square = stats.chi2_contingency([[20, 55], [80, 45]], correction=False).pvalue
    assert homogeneity_test(x, n) == pytest.approx(2 * chi_square)


def test_only_small_groups():
    exact = [scipy_fisher(4, 4, 1, 8), scipy_fisher(1, 4, 4, 8), scipy_fisher(0, 4, 5, 8)]
    assert homogeneity_test([4, 1, 0], [4, 4, 4]) == pytest.approx(3 * min(exact))
    assert homogeneity_test([2, 2, 2], [4, 4, 4]) == 1


def test_one_large_group_and_small_ones():
    exact = [scipy_fisher(4, 4, 20, 103), scipy_fisher(0, 3, 24, 104)]
    assert homogeneity_test([4, 20, 0], [4, 100, 3]) == pytest.approx(2 * min(exact))


def test_a_thin_tail_of_chi_square_is_confirmed():
    x, n = [22, 400, 400], [100, 4900, 4900]
    exact = scipy_fisher(22, 100, 800, 9800)
    chi_square = stats.chi2_contingency([x, np.subtract(n, x)], correction=False).pvalue
    assert chi_square < 1e-5 < exact
    assert homogeneity_test(x, n) == pytest.approx(3 * exact)
    # Small groups do not take part in that.
    x, n = [22, 400, 400, 0], [100, 4900, 4900, 3]
    assert homogeneity_test(x, n) == pytest.approx(2 * 3 * exact)


def test_how_skewed_k_groups_must_be():
    # (1 / pq - 4) (1 / 100 + 2 / 4900 - 9 / 9900) passes 0.02 * 2² at a rate of 0.0883.
    for rest, doubted in ((426, True), (430, False)):
        x, n = [18, rest, rest], [100, 4900, 4900]
        chi_square = stats.chi2_contingency([x, np.subtract(n, x)], correction=False).pvalue
        assert (homogeneity_test(x, n) > chi_square * 1.01) == doubted


def test_equal_groups_need_no_confirmation():
    x, n = [2, 8, 20, 30], [100] * 4
    assert homogeneity_test(x, n) == pytest.approx(
        stats.chi2_contingency([x, np.subtract(n, x)], correction=False).pvalue, rel=1e-9
    )


def test_few_clusters_are_read_off_welchs_f():
    x, n, df = np.array([30, 45, 50]), np.array([100, 100, 150]), np.array([7, 20, 40])
    statistic = stats.chi2_contingency([x, n - x], correction=False).statistic
    doubt = ((1 - n / n.sum()) ** 2 / df).sum()
    expected = stats.f.sf(statistic / 2 / (1 + 2 * (3 - 2) / 8 * doubt), 2, 8 / (3 * doubt))
    assert homogeneity_test(x, n, df=df) == pytest.approx(expected)
    both = homogeneity_test([x, x], [n, n], df=[df, [np.inf] * 3])
    assert both == pytest.approx([expected, stats.chi2.sf(statistic, 2)])
    assert homogeneity_test(x, n, df=0) == pytest.approx(1, abs=1e-6)
    # Groups without rows have no degrees of freedom to lack.
    assert homogeneity_test([*x, 0], [*n, 0], df=[*df, 0]) == pytest.approx(expected)


def test_small_groups_of_few_clusters_are_read_off_t():
    x, n, df = np.array([4, 30, 20]), np.array([8, 200, 160]), np.array([3.0, 30, 20])
    exact = float(fisher_exact(4, 8, 50, 360))
    rest = 360**2 / (200**2 / 30 + 160**2 / 20)
    both = 368**2 / (360**2 / 3 + 8**2 / rest)
    small = 2 * stats.t.sf(stats.norm.isf(exact / 2), both)
    assert small > 3 * exact
    chi_square = float(homogeneity_test(x[1:], n[1:], df=df[1:]))
    assert homogeneity_test(x, n, df=df) == pytest.approx(2 * min(small, chi_square))


def test_homogeneity_over_any_axis():
    rng = np.random.default_rng(1)
    n = rng.integers(0, 90, (2, 5, 3))
    x = rng.binomial(n, 0.3)
    found = homogeneity_test(x, n)
    assert found.shape == (2, 5)
    assert found[1, 2] == homogeneity_test(x[1, 2], n[1, 2])
    assert np.array_equal(homogeneity_test(np.moveaxis(x, -1, 0), np.moveaxis(n, -1, 0), axis=0), found)


@pytest.mark.parametrize(
    ("x", "n"), [([0, 0], [0, 0]), ([3, 0], [5, 0]), ([30, 0, 0], [90, 0, 0]), ([np.nan, 3], [0, 9])]
)
def test_one_group_is_no_comparison(x, n):
    assert np.isnan(homogeneity_test(x, n))


def test_agreement_of_all_rows_is_no_evidence():
    assert homogeneity_test([0, 0, 0], [50, 3, 900]) == 1
    assert homogeneity_test([50, 3, 900], [50, 3, 900]) == 1


@pytest.mark.parametrize("sizes", [(2, 49, 49), (10, 145, 145), (60, 1470, 1470), (10,) * 10, (50, *[105] * 9)])
def test_homogeneity_holds_its_level(sizes):
    rng = np.random.default_rng(4)
    for rate in (0.03, 0.1, 0.5, 0.9):
        p_values = homogeneity_test(rng.binomial(sizes, rate, (20_000, len(sizes))), sizes)
        assert (p_values <= 0.05).mean() <= 0.056
        assert (p_values <= 0.001).mean() <= 0.0018


def test_homogeneity_can_show_a_big_gap_in_a_small_group():
    # Among 200 hypotheses Holm asks for 0.00025 first.
    assert homogeneity_test([9, 20, 30, 25], [10, 200, 300, 250]) < 1e-5


# Holm


def test_published_holm():
    found = holm([0.0008, 0.009, 0.012, 0.021, 0.041, 0.2])
    assert found == pytest.approx([0.0048, 0.045, 0.048, 0.063, 0.082, 0.2])


@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_equals_statsmodels(p_values):
    # It looks for garbage at every call, in all that the tests have ever imported.
    with mock.patch("gc.collect"):
        expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected)


def test_holm_leaves_nan_out():
    found = holm([0.04, np.nan, 0.01, np.nan, 0.9])
    assert found[[0, 2, 4]] == pytest.approx([0.08, 0.03, 0.9])
    assert np.isnan(found[[1, 3]]).all()
    assert holm([]).shape == (0,)
    assert np.isnan(holm([np.nan])).all()


def test_each_measure_needs_two_groups_of_its_own():
    found = homogeneity_test([[3, 0], [3, 2]], [[5, 0], [5, 5]])
    assert np.isnan(found[0])
    assert found[1] == 1


def test_less_than_a_row_is_still_a_group():
    assert homogeneity_test([0.4, 30], [0.8, 60]) == 1
    assert proportion_p_value(0.4, 0.8, 10, 60) == 1
