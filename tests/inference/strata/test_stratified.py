import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

import biasaudit as ba
from biasaudit.inference.strata.stratified import common_odds_ratio, compare_in_strata, mantel_fleiss


def arrays(tables):
    a, b, c, d = np.array(tables, dtype=float).T
    return a, a + b, c, c + d


@st.composite
def strata(draw):
    cell = st.integers(1, 60)
    return draw(st.lists(st.tuples(cell, cell, cell, cell), min_size=2, max_size=8))


@settings(max_examples=80)
@given(strata(), st.sampled_from([0.8, 0.95]))
def test_equals_statsmodels(tables, confidence):
    oracle = StratifiedTable([np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in tables])
    found = compare_in_strata(*arrays(tables), confidence=confidence)
    assert found.odds_ratio == pytest.approx(oracle.oddsratio_pooled)
    limits = oracle.oddsratio_pooled_confint(1 - confidence)
    assert (found.odds_ratio_low, found.odds_ratio_high) == pytest.approx(limits)
    assert found.p_value == pytest.approx(oracle.test_null_odds(correction=False).pvalue, abs=1e-12)
    with warnings.catch_warnings():
        # Its correction is 0 / 0 where all strata are alike.
        warnings.simplefilter("ignore")
        homogeneity = oracle.test_equal_odds(adjust=True).pvalue
    # It solves a quadratic whose first coefficient is 1 less the pooled ratio: of no gap it has no answer.
    if not np.isnan(homogeneity) and abs(found.odds_ratio - 1) > 1e-6:
        assert found.homogeneity == pytest.approx(homogeneity, abs=1e-6)
    assert found.strata == len(tables)


def test_strata_that_differ_round_no_gap():
    """At a ratio of 1 the expected cells are those of independence, so that the test can be written down."""
    tables = [(1, 6, 15, 34), (37, 51, 8, 14)]
    found = compare_in_strata(*arrays(tables), confidence=0.95)
    assert found.odds_ratio == pytest.approx(1)
    expected = [stats.contingency.expected_freq(np.reshape(table, (2, 2))) for table in tables]
    apart = np.array([table[0] for table in tables]) - [cells[0, 0] for cells in expected]
    variance = np.array([1 / (1 / cells).sum() for cells in expected])
    statistic = (apart**2 / variance).sum() - apart.sum() ** 2 / variance.sum()
    assert found.homogeneity == pytest.approx(stats.chi2.sf(statistic, 1))


def test_berkeley():
    frame = ba.datasets.load_berkeley().frame
    table = frame.groupby(["department", "gender"])["admitted"].agg(["sum", "count"]).unstack()
    men = table["sum", "Male"], table["count", "Male"]
    women = table["sum", "Female"], table["count", "Female"]
    assert men[0].sum() / men[1].sum() == pytest.approx(0.445, abs=5e-4)
    assert women[0].sum() / women[1].sum() == pytest.approx(0.304, abs=5e-4)
    crude = common_odds_ratio(men[0].sum(), men[1].sum(), women[0].sum(), women[1].sum())
    assert crude == pytest.approx(1.841, abs=5e-4)
    found = compare_in_strata(*men, *women)
    assert found.odds_ratio == pytest.approx(0.905, abs=5e-4)
    assert found.odds_ratio_low < 1 < found.odds_ratio_high
    assert found.difference < 0
    assert found.homogeneity < 0.01


def test_difference_by_hand_of_one_stratum():
    found = compare_in_strata([30], [100], [50], [120])
    assert found.difference == pytest.approx(0.3 - 50 / 120)
    n1, n2 = 100, 120
    expected = np.sqrt(0.3 * 0.7 / n1 + (50 / 120) * (70 / 120) / n2)
    assert (found.difference_high - found.difference_low) / 2 / 1.959964 == pytest.approx(expected, rel=0.02)
    assert np.isnan(found.homogeneity)


def test_difference_covers_in_many_small_strata():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(600):
        n1, n2 = rng.integers(1, 12, (2, 60))
        base = rng.uniform(0.2, 0.6, 60)
        found = compare_in_strata(rng.binomial(n1, base + 0.1), n1, rng.binomial(n2, base), n2)
        held += found.difference_low <= 0.1 <= found.difference_high
    assert 0.93 <= held / 600 <= 0.975


def test_strata_with_one_group_are_left_out():
    alone = compare_in_strata([10, 20, 5], [100, 50, 9], [20, 30, 0], [120, 60, 0])
    assert alone == compare_in_strata([10, 20], [100, 50], [20, 30], [120, 60])
    nothing = compare_in_strata([1, 0], [5, 0], [0, 2], [0, 5])
    assert nothing.strata == 0
    assert np.isnan([nothing.odds_ratio, nothing.difference, nothing.p_value, nothing.homogeneity]).all()


def test_swapping_the_groups_mirrors_the_gap():
    one = compare_in_strata([10, 20], [100, 50], [20, 30], [120, 60])
    other = compare_in_strata([20, 30], [120, 60], [10, 20], [100, 50])
    assert other.odds_ratio == pytest.approx(1 / one.odds_ratio)
    assert other.difference == pytest.approx(-one.difference)
    assert other.difference_low == pytest.approx(-one.difference_high)
    assert other.p_value == pytest.approx(one.p_value)


@pytest.mark.parametrize("turned", [False, True])
def test_how_many_more_or_fewer_cases_there_could_be(turned):
    tables = [(2, 3, 30, 40), (1, 1, 9, 20), (4, 6, 3, 50)]
    x1, n1, x2, n2 = (np.array(part) for part in zip(*tables, strict=True))
    if turned:
        x1, x2 = n1 - x1, n2 - x2
    laws = [stats.hypergeom(b + d, a + c, b) for a, b, c, d in zip(x1, n1, x2, n2, strict=True)]
    fewer = sum(law.mean() - law.support()[0] for law in laws)
    more = sum(law.support()[1] - law.mean() for law in laws)
    assert mantel_fleiss(x1, n1, x2, n2) == pytest.approx(min(fewer, more))
    assert (fewer < more) != turned
    # A stratum of one group has nothing to say.
    assert mantel_fleiss([*x1, 3], [*n1, 7], [*x2, 0], [*n2, 0]) == pytest.approx(min(fewer, more))
    assert mantel_fleiss([*x1, 0], [*n1, 0], [*x2, 2], [*n2, 9]) == pytest.approx(min(fewer, more))


@pytest.mark.parametrize("thin", [(1, 0, 3, 5), (3, 5, 1, 0), (0, 1, 3, 5), (0, 3, 0, 5)])
def test_a_stratum_of_one_row_counts(thin):
    tables = [thin, (4, 6, 3, 7), (9, 5, 8, 11)]
    oracle = StratifiedTable([np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in tables])
    found = compare_in_strata(*arrays(tables))
    assert found.odds_ratio == pytest.approx(oracle.oddsratio_pooled)
    assert (found.odds_ratio_low, found.odds_ratio_high) == pytest.approx(oracle.oddsratio_pooled_confint())
    assert found.p_value == pytest.approx(oracle.test_null_odds(correction=False).pvalue)
    assert found.strata == 3
    x1, n1, x2, n2 = arrays(tables)
    assert found.difference == pytest.approx(np.average(x1 / n1 - x2 / n2, weights=n1 * n2 / (n1 + n2)))
    assert common_odds_ratio(x1, n1, x2, n2) == found.odds_ratio


@given(strata())
def test_the_interval_of_the_difference_does_not_ask_which_outcome_is_counted(tables):
    x1, n1, x2, n2 = arrays(tables)
    cases, others = compare_in_strata(x1, n1, x2, n2), compare_in_strata(n1 - x1, n1, n2 - x2, n2)
    assert cases.difference_low == pytest.approx(-others.difference_high)
    assert cases.difference_high == pytest.approx(-others.difference_low)
