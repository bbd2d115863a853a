"""Halves that know nothing of the outcome, a test that keeps its level, and what is confirmed of many."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from biasaudit.inference.testing.one_sided import higher_share_p_value
from biasaudit.search._confirmation import NOMINAL_LEVEL, benjamini_hochberg, confirmed_p_values, evidence_weights
from biasaudit.search.holdout import split_rows
from biasaudit.search.selection import sliceline_score


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_benjamini_and_hochberg_as_in_scipy(p):
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-12)
    with_gap = benjamini_hochberg([*p, np.nan])
    assert np.isnan(with_gap[-1])
    np.testing.assert_array_equal(with_gap[:-1], benjamini_hochberg(p))


def test_equal_evidence_is_plain_benjamini_and_hochberg_among_what_was_selected():
    held_out = np.array([0.001, 0.02, 0.03, 0.6, 0.0001])
    adjusted = confirmed_p_values([0.01, 0.01, 0.01, 0.01, 0.2], held_out)
    np.testing.assert_allclose(adjusted[:3], benjamini_hochberg([0.001, 0.02, 0.03, 1.0])[:3])
    assert adjusted[3:].tolist() == [1.0, 1.0]


def test_no_weight_confirms_what_is_not_significant_by_itself():
    adjusted = confirmed_p_values([1e-9, 0.04], [0.06, 0.9])
    assert adjusted.tolist() == [1.0, 1.0]
    assert (confirmed_p_values([1e-9, 0.04], [0.04, 0.9]) >= 0.04).all()


def test_weights_are_one_on_average_among_what_was_selected():
    p = np.random.default_rng(0).random(1000)
    weight = evidence_weights(p)
    assert weight[p > NOMINAL_LEVEL].tolist() == [0.0] * int((p > NOMINAL_LEVEL).sum())
    assert weight.sum() == pytest.approx((p <= NOMINAL_LEVEL).sum())
    assert evidence_weights(np.ones(3)).tolist() == [0.0] * 3
    assert evidence_weights([]).tolist() == confirmed_p_values([], []).tolist() == []


def test_where_nothing_is_there_hardly_ever_is_anything_confirmed():
    rng = np.random.default_rng(0)
    found = [(confirmed_p_values(*rng.random((2, 2000))) <= 0.05).any() for _ in range(2000)]
    # Three standard errors about 5 %: neither too often nor so seldom that something was given away.
    assert 0.035 < np.mean(found) < 0.065


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 1)), min_size=1, max_size=40), st.integers(0, 99))
def test_every_row_goes_to_one_half_and_alike_rows_to_both(cells, seed):
    rows = np.array([n for n, _ in cells])
    cases = np.array([round(n * share) for n, share in cells])
    mine, first = split_rows(rows, cases, random_state=seed)
    assert (first >= 0).all()
    assert (first <= cases).all()
    assert (mine - first <= rows - cases).all()
    assert abs(2 * mine.sum() - rows.sum()) <= 1
    assert (abs(2 * mine - rows) <= 2).all()
    again, _ = split_rows(rows, np.zeros_like(rows), random_state=seed)
    np.testing.assert_array_equal(mine, again)


def test_halves_do_not_share_the_cases_out():
    """Cases dealt evenly would make the second half confirm what chance did in the first."""
    rows, cases = np.full(4000, 8), np.random.default_rng(0).binomial(8, 0.3, 4000)
    mine, first = split_rows(rows, cases, random_state=1)
    assert np.corrcoef(first / mine, (cases - first) / (rows - mine))[0, 1] == pytest.approx(0, abs=0.06)


def test_the_one_sided_test_is_about_fishers():
    rng = np.random.default_rng(0)
    for rate in (0.01, 0.05, 0.3):
        n1, n2 = rng.integers(10, 400, 80), rng.integers(2000, 9000, 80)
        x1, x2 = rng.binomial(n1, min(1.5 * rate, 0.9)), rng.binomial(n2, rate)
        mine = higher_share_p_value(x1, n1, x2, n2)
        fisher = stats.hypergeom(n1 + n2, x1 + x2, n1)
        exact = fisher.sf(x1) + fisher.pmf(x1) / 2
        tail = (exact > 1e-4) & (exact < 0.1)
        assert tail.sum() > 10
        assert (mine[tail] > 0.55 * exact[tail]).all()
        assert (mine[tail] < 1.5 * exact[tail]).all()


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.4])
def test_the_one_sided_test_keeps_its_level(rate):
    rng = np.random.default_rng(1)
    x1, x2 = rng.binomial(150, rate, 200_000), rng.binomial(15_000, rate, 200_000)
    p = higher_share_p_value(x1, 150, x2, 15_000)
    for level in (0.05, 0.01, 0.001):
        assert np.mean(p <= level) < 1.2 * level + 3 * np.sqrt(level / 200_000)


def test_groups_without_rows_show_nothing():
    assert higher_share_p_value([0, 3, 5], [0, 3, 5], [4, 0, 5], [9, 0, 5]).tolist() == [1.0, 1.0, 1.0]


def test_slices_score_as_in_the_paper():
    """Equation 1 of Sagadeeva and Boehm: a slice of everything scores 0."""
    assert sliceline_score([100], [1000], 100, 1000).tolist() == [0.0]
    assert sliceline_score([20], [100], 100, 1000, weight=1.0)[0] == pytest.approx(1.0)


def tail_at_mid_p(count, nobs, share):
    """SciPy's binomial tail with half the chance of `count`, by the beta distribution where they are not whole."""
    reached = stats.beta(count, nobs - count + 1).cdf(share) if count > 0 else 1.0
    return (reached + (stats.beta(count + 1, nobs - count).cdf(share) if nobs > count else 0.0)) / 2


@pytest.mark.parametrize(
    "table",
    [
        (0, 4, 3, 9),
        (1, 4, 1, 40),
        (4, 4, 2, 9),
        (2, 2, 0, 30),
        (3, 15, 150, 1500),
        (0.4, 3.2, 1.5, 20.0),
        (1.7, 2.3, 0.2, 9.0),
    ],
)
def test_few_cases_are_judged_by_the_binomial_tail(table):
    x1, n1, x2, n2 = table
    total, rows = x1 + x2, n1 + n2
    tails = [tail_at_mid_p(x1, n1, total / rows), tail_at_mid_p(x1, total, n1 / rows)]
    if all(float(value).is_integer() for value in table):
        laws = [stats.binom(n1, total / rows), stats.binom(total, n1 / rows)]
        assert tails == pytest.approx([law.sf(x1) + law.pmf(x1) / 2 for law in laws])
    assert higher_share_p_value(*table) == pytest.approx(min(tails))


@pytest.mark.parametrize("table", [(30, 100, 15, 60), (15, 60, 30, 100), (40, 60, 60, 100)])
def test_many_cases_are_judged_by_the_pooled_score(table):
    x1, n1, x2, n2 = table
    _, oracle = proportions_ztest([x1, x2], [n1, n2], alternative="larger")
    assert higher_share_p_value(*table) == pytest.approx(oracle)


def test_nobody_to_be_held_against_shows_nothing():
    assert higher_share_p_value([1, 0], [3, 0], [0, 2], [0, 5]).tolist() == [1.0, 1.0]


def test_evidence_counts_up_to_bonferronis_level():
    np.testing.assert_allclose(evidence_weights([1e-9, 0.02]), np.array([200, 50]) * 2 / 250)
    assert evidence_weights([NOMINAL_LEVEL, 0.5]).tolist() == [1.0, 0.0]
    assert evidence_weights([0.3, 0.5]).tolist() == [0.0, 0.0]


def test_what_reaches_the_nominal_level_just_so_is_confirmed():
    assert confirmed_p_values([NOMINAL_LEVEL], [NOMINAL_LEVEL]).tolist() == [NOMINAL_LEVEL]
    assert benjamini_hochberg([0.5, 3.0]).tolist() == [1.0, 1.0]
