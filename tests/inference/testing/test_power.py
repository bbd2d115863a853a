import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

from biasaudit.inference.testing.hypothesis_tests import homogeneity_test, proportion_p_value
from biasaudit.inference.testing.power import (
    power_two_proportions,
    rows_needed,
    smallest_detectable_difference,
    smallest_detectable_ratio,
    smallest_detectable_spread,
)

RATES = st.floats(0.3, 0.7)


def exact_power(p1, n1, p2, n2, level):
    """Chance that the test which is used tells the rates apart, by enumeration."""
    rejected = proportion_p_value(np.arange(n1 + 1)[:, None], n1, np.arange(n2 + 1), n2) <= level
    return stats.binom.pmf(np.arange(n1 + 1), n1, p1) @ rejected @ stats.binom.pmf(np.arange(n2 + 1), n2, p2)


@given(RATES, RATES, st.integers(100, 2000), st.sampled_from([0.5, 1, 3]), st.sampled_from([0.05, 0.001]))
def test_power_equals_statsmodels(p1, p2, n1, ratio, alpha):
    if abs(p1 - p2) < 1e-3:
        return
    expected = power_proportions_2indep(
        p1 - p2, p2, n1, ratio=ratio, alpha=alpha, alternative="larger" if p1 > p2 else "smaller", return_results=False
    )
    one_tail = power_two_proportions(p1, n1, p2, ratio * n1, alpha=2 * alpha)
    assert one_tail == pytest.approx(expected, abs=1e-9)


def test_power_by_hand():
    # equations 4.13 and 4.16: as the score test's, and as Fisher's where one case is expected
    null = 1.959964 * np.sqrt(0.4 * 0.6 * 2 / 100)
    expected = stats.norm.cdf((0.2 - null) / np.sqrt((0.21 + 0.25) / 100))
    assert power_two_proportions(0.3, 100, 0.5, 100) == pytest.approx(expected, abs=1e-6)
    pooled = (5 * 0.7 + 95 * 0.1) / 100
    each = 1 / 5 + 1 / 95
    null = 1.959964 * np.sqrt(pooled * (1 - pooled) * each)
    expected = stats.norm.cdf((0.6 - each / 2 - null) / np.sqrt(0.21 / 5 + 0.09 / 95))
    assert power_two_proportions(0.7, 5, 0.1, 95) == pytest.approx(expected, abs=1e-6)


def test_power_at_the_ends():
    assert power_two_proportions(1, 50, 0, 50) == 1
    assert power_two_proportions(0, 50, 0, 50) == 0
    assert power_two_proportions(1, 2, 0, 2) == 0
    assert np.isnan(power_two_proportions(0.5, [0, 5], 0.1, [5, 0])).all()


@pytest.mark.parametrize(
    ("n1", "n2", "level", "least"),
    [
        (10, 90, 0.05, 0.75),
        (20, 980, 0.05, 0.75),
        (50, 50, 0.05, 0.75),
        (50, 450, 0.05, 0.77),
        (100, 400, 0.001, 0.77),
        (50, 450, 0.001, 0.73),
        (20, 980, 0.001, 0.65),
    ],
)
def test_a_gap_said_to_be_detectable_is_detected(n1, n2, level, least):
    for base in (0.02, 0.1, 0.3, 0.8):
        gap = smallest_detectable_difference(n1, n2, base, alpha=level)
        other = base + gap if base <= 0.5 else base - gap
        assert least <= exact_power(other, n1, base, n2, level) <= 0.93


def test_smallest_difference_solves_the_power():
    n1, n2 = np.array([[40.0], [400.0]]), np.array([100.0, 90.5, 1000.0])
    for base, sign in ((0.3, 1), (0.5, 1), (0.6, -1)):
        gap = smallest_detectable_difference(n1, n2, base, alpha=0.01, power=0.9)
        assert gap.shape == (2, 3)
        assert power_two_proportions(base + sign * gap, n1, base, n2, alpha=0.01) == pytest.approx(0.9, abs=1e-5)


def test_smallest_difference_defaults():
    gap = smallest_detectable_difference(100, 100, 0.3)
    assert gap == smallest_detectable_difference(100, 100, 0.3, alpha=0.05, power=0.8)
    assert smallest_detectable_difference(100, 100, 0.7) == pytest.approx(float(gap))


def test_what_cannot_be_seen():
    assert np.isnan(smallest_detectable_difference([2, 0, 50, 50], [50, 50, 0, 50], [0.5, 0.5, 0.5, np.nan])).all()
    # Two of two against half of many would have a p-value of 0.16.
    assert np.isnan(smallest_detectable_difference(2, 10_000, 0.5))
    assert smallest_detectable_difference(30, 10_000, 0.5) < 0.5


def test_smallest_ratio_solves_the_power():
    ratio = smallest_detectable_ratio([300, 800], 900, 0.2, alpha=0.01, power=0.9)
    assert power_two_proportions(0.2 * ratio, [300, 800], 0.2, 900, alpha=0.01) == pytest.approx(0.9, abs=1e-4)
    assert (ratio < 1).all()
    assert ratio[0] < ratio[1]
    # Above a half the difference goes the same way.
    expected = 1 - smallest_detectable_difference(100, 100, 0.7) / 0.7
    assert smallest_detectable_ratio(100, 100, 0.7) == pytest.approx(float(expected))
    assert smallest_detectable_ratio(100, 100, 0.7) == smallest_detectable_ratio(100, 100, 0.7, alpha=0.05, power=0.8)


def test_no_ratio_to_be_seen():
    # None of 30 where one in 50 is expected says nothing.
    assert np.isnan(smallest_detectable_ratio([30, 0], 900, 0.02)).all()
    assert np.isnan(smallest_detectable_ratio(100, 100, 0))


@pytest.mark.parametrize(("sizes", "base"), [((500, 300, 200), 0.3), ((100,) * 6, 0.5), ((900, 60, 500), 0.1)])
def test_a_spread_said_to_be_detectable_is_detected(sizes, base):
    spread = smallest_detectable_spread(sizes, base)
    rates = np.full(len(sizes), base)
    largest = np.argsort(sizes)[::-1]
    rates[largest[0]] -= spread / 2
    rates[largest[1]] += spread / 2
    rng = np.random.default_rng(0)
    p_values = homogeneity_test(rng.binomial(sizes, rates, (4000, len(sizes))), sizes)
    assert (p_values <= 0.05).mean() == pytest.approx(0.8, abs=0.04)


def test_spread_by_hand():
    spread = smallest_detectable_spread([50, 100, 200], 0.4, alpha=0.01, power=0.9)
    rates = np.array([0.4, 0.4 + spread / 2, 0.4 - spread / 2])
    mean = rates @ [50, 100, 200] / 350
    noncentrality = ((rates - mean) ** 2) @ [50, 100, 200] / (mean * (1 - mean))
    assert stats.ncx2.sf(stats.chi2.isf(0.01, 2), 2, noncentrality) == pytest.approx(0.9, abs=1e-5)


def test_spread_shapes_and_order():
    found = smallest_detectable_spread([[50, 100, 200], [200, 50, 100], [100, 200, 50]], [0.4, 0.4, 0.1])
    assert found.shape == (3,)
    assert found[0] == found[1] > found[2]
    assert smallest_detectable_spread([50, 100, 200, 0, np.nan], 0.4) == found[0]
    assert found[0] == smallest_detectable_spread([50, 100, 200], 0.4, alpha=0.05, power=0.8)
    levels = smallest_detectable_spread([50, 100, 200], 0.4, alpha=[0.05, 0.001])
    assert levels.shape == (2,)
    assert levels[0] < levels[1]


def test_spread_of_two_groups_is_near_their_difference():
    assert smallest_detectable_spread([400, 600], 0.5) == pytest.approx(
        float(smallest_detectable_difference(400, 600, 0.5)), abs=0.002
    )


def test_spread_stays_between_0_and_1():
    near_none = smallest_detectable_spread([100, 100], 0.01)
    # The middle is moved: from 0 up.
    pooled = near_none / 2
    assert 50 * near_none**2 / (pooled * (1 - pooled)) == pytest.approx(7.849, abs=0.001)
    assert smallest_detectable_spread([100, 100], 0.99) == pytest.approx(float(near_none))


def test_spread_that_cannot_be_seen():
    assert np.isnan(smallest_detectable_spread([[3, 3], [50, 0], [0, 0]], 0.5, alpha=0.0001)).all()
    assert np.isnan(smallest_detectable_spread([50, 50], np.nan))


@given(
    st.floats(0.02, 0.3),
    st.floats(0.05, 0.69),
    st.sampled_from([0.5, 1, 4]),
    st.sampled_from([0.01, 0.05]),
    st.sampled_from([0.8, 0.95]),
)
def test_rows_needed_equals_statsmodels(gap, base, ratio, alpha, power):
    sign = 1 if base <= 0.5 else -1
    expected = samplesize_proportions_2indep_onetail(
        sign * gap, base, power, ratio=ratio, alpha=alpha / 2, alternative="larger" if sign > 0 else "smaller"
    )
    found = rows_needed(gap, base, ratio=ratio, alpha=alpha, power=power)
    assert found == pytest.approx(np.ceil(expected), abs=1, rel=1e-6)


def test_rows_needed_suffice_and_one_fewer_does_not():
    rows = rows_needed(0.1, [0.3, 0.8], ratio=2)
    rates = [0.4, 0.7]
    assert (power_two_proportions(rates, rows, [0.3, 0.8], 2 * rows) >= 0.8).all()
    assert (power_two_proportions(rates, rows - 1, [0.3, 0.8], 2 * rows - 2) < 0.8).all()
    assert smallest_detectable_difference(rows, 2 * rows, [0.3, 0.8]) == pytest.approx([0.1, 0.1], abs=3e-4)


def test_rows_needed_are_whole_and_shown_by_simulation():
    rows = rows_needed(0.05, 0.3)
    assert rows == 1377
    rng = np.random.default_rng(2)
    x = rng.binomial(1377, [[0.35], [0.3]], (2, 4000))
    assert (proportion_p_value(x[0], 1377, x[1], 1377) <= 0.05).mean() == pytest.approx(0.8, abs=0.02)


def test_no_number_of_rows_shows_what_is_not_there():
    assert np.isnan(rows_needed([0, -0.1, 0.7, 0.6, np.nan], [0.3, 0.3, 0.4, 0.55, 0.3])).all()
    assert rows_needed([0.7, 0.55], [0.3, 0.55]).min() > 0
