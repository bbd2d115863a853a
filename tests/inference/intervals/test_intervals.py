import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from biasaudit.errors import AuditError
from biasaudit.inference.intervals.closed_form import koopman, mover_difference, mover_ratio, newcombe
from biasaudit.inference.intervals.small_groups import difference_interval, guarded_limits, ratio_interval
from biasaudit.metrics.wilson import critical_value, wilson

Z = 1.959963984540054
PUBLISHED = [
    # counts, difference (Newcombe), ratio, ratio's interval (Koopman): issue 2, checked with statsmodels
    ((805, 1795, 349, 1488), (0.182053, 0.245023), 1.912093, (1.722568, 2.125550)),
    ((157, 2435, 235, 2435), (-0.047383, -0.016782), 0.668085, (0.550313, 0.810788)),
    ((14, 24, 21, 24), (-0.503023, -0.039040), 2 / 3, (0.435702, 0.942507)),
]


@st.composite
def tables(draw, most=300):
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def near(values, **tolerance):
    return pytest.approx(np.array(values, dtype=float), **tolerance)


def score(x1, n1, x2, n2, ratio):
    """Koopman's statistic by the textbook: his quadratic for the likeliest shares under the ratio."""
    a, b, c = (n1 + n2) * ratio, n1 * ratio + x1 + n2 + x2 * ratio, x1 + x2
    p2 = 2 * c / (b + np.sqrt(b**2 - 4 * a * c))
    p1 = ratio * p2
    return (x1 - n1 * p1) ** 2 / (n1 * p1 * (1 - p1)) + (x2 - n2 * p2) ** 2 / (n2 * p2 * (1 - p2))


# critical values


def test_critical_value_is_normal_or_t():
    assert critical_value() == pytest.approx(Z, abs=1e-9)
    assert critical_value(0.9) == pytest.approx(stats.norm.ppf(0.95), abs=1e-9)
    found = critical_value(0.99, [[1, 2.5], [30, np.inf]])
    assert found.shape == (2, 2)
    assert found == pytest.approx(stats.t.ppf(0.995, [[1, 2.5], [30, np.inf]]), abs=1e-8)


def test_critical_value_needs_degrees_of_freedom():
    assert np.isnan(critical_value(0.95, [0, -1, np.nan])).all()
    assert critical_value(0.95, 0.5) == pytest.approx(stats.t.ppf(0.975, 0.5))


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5])
def test_critical_value_refuses_other_confidence(confidence):
    with pytest.raises(AuditError) as error:
        critical_value(confidence)
    assert str(error.value) == (f"confidence={confidence!r} is not between 0 and 1. Use 0.95 for a 95 % interval.")


# one share


@given(tables(), st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_equals_statsmodels(table, confidence):
    x, n = table[:2]
    expected = proportion_confint(x, n, alpha=1 - confidence, method="wilson")
    assert wilson(x, n, critical=critical_value(confidence)) == pytest.approx(expected, abs=1e-9)


def test_wilson_at_the_ends_is_exact():
    low, high = wilson([0, 7, 1e-17], [7, 7, 7], critical=Z)
    assert low[0] == 0
    assert high[1] == 1
    assert high[0] == pytest.approx(Z**2 / (7 + Z**2))
    assert low[1] == pytest.approx(7 / (7 + Z**2))
    assert (low >= 0).all()


def test_wilson_takes_effective_rows_and_broadcasts():
    low, high = wilson(np.array([[2.5], [5.0]]), [10.5, 21.0], critical=[Z, 2.2])
    assert low.shape == high.shape == (2, 2)
    scalar = wilson(5.0, 21.0, critical=2.2)
    assert (low[1, 1], high[1, 1]) == near(scalar)
    p = scalar[0]
    assert abs(5 / 21 - p) / np.sqrt(p * (1 - p) / 21) == pytest.approx(2.2)


def test_undefined_shares_are_nan_without_a_warning():
    for limits in (
        wilson([0, 0, np.nan, 3], [0, -1, 5, 5], critical=[Z, Z, Z, np.nan]),
        guarded_limits([0, 0, np.nan, 3], [0, -1, 5, 5], critical=[Z, Z, Z, np.nan]),
    ):
        assert np.isnan(limits).all()


def test_a_boundless_critical_value_gives_everything():
    assert wilson([3, 0, 5], [5, 5, 5], critical=np.inf)[0].tolist() == [0, 0, 0]
    assert wilson([3, 0, 5], [5, 5, 5], critical=np.inf)[1].tolist() == [1, 1, 1]
    assert guarded_limits(0.3, 5.5, critical=np.inf) == (0, 1)
    assert guarded_limits(3, 5, critical=60) == near((0, 1), abs=2e-3)


# guarded limits


def mid_p(x, n, p):
    return stats.binom.sf(x, n, p) + stats.binom.pmf(x, n, p) / 2


@pytest.mark.parametrize(("x", "n"), [(1, 2), (2, 2), (1, 1), (5, 12), (22, 23), (2, 500), (499, 500)])
@pytest.mark.parametrize("z", [1.2, Z, 4.5])
def test_guarded_limits_hold_wilson_and_mid_p(x, n, z):
    low, high = guarded_limits(x, n, critical=z)
    plain, tail = wilson(x, n, critical=z), stats.norm.sf(z)
    if x > 0 and low < plain[0] - 1e-12:
        assert mid_p(x, n, low) == pytest.approx(tail, rel=1e-9)
    else:
        assert low == plain[0]
        assert x == 0 or mid_p(x, n, low) <= tail
    if x < n and high > plain[1] + 1e-12:
        assert mid_p(n - x, n, 1 - high) == pytest.approx(tail, rel=1e-9)
    else:
        assert high == plain[1]


@pytest.mark.parametrize(
    ("x", "n", "widened"),
    [(8, 24, False), (8, 23, True), (3, 24, False), (2, 24, True), (21, 24, False), (22, 24, True), (3, 900, False)],
)
def test_limits_are_guarded_under_24_rows_or_with_two_cases(x, n, widened):
    found, plain = guarded_limits(x, n, critical=Z), wilson(x, n, critical=Z)
    assert (found[0] < plain[0] or found[1] > plain[1]) == widened
    assert found[0] <= plain[0]
    assert found[1] >= plain[1]


def test_few_rows_can_be_chosen():
    wide, plain = guarded_limits(12, 30, critical=Z, few_rows=31), wilson(12, 30, critical=Z)
    assert wide[0] < plain[0]
    assert guarded_limits(12, 30, critical=Z, few_rows=30) == plain


def test_guarding_mends_only_what_needs_it():
    low, high = guarded_limits([1, 300], [2, 1000], critical=Z)
    assert (low[0], high[0]) == pytest.approx((0.025, 0.975))
    assert (low[1], high[1]) == wilson(300, 1000, critical=Z)


# differences


def test_mover_difference_by_hand():
    arguments = (0.5, 0.1, 0.8, 0.3, 0.1, 0.6)
    assert mover_difference(*arguments) == pytest.approx((0.2 - 0.5, 0.2 + np.sqrt(0.04 + 0.09)))
    found = mover_difference(*arguments, correlation=0.5)
    assert found == pytest.approx((0.2 - np.sqrt(0.16 + 0.09 - 0.12), 0.2 + np.sqrt(0.04 + 0.09 - 0.06)))
    found = mover_difference(*arguments, correlation=1)
    assert found == pytest.approx((0.2 - 0.1, 0.2 + 0.1))


def test_mover_difference_survives_rounding():
    # Equal distances and full correlation leave nothing, which rounding could make negative.
    low, high = mover_difference(0.3, 0.1, 0.7, 0.3, 0.1, 0.5, correlation=1)
    assert low == pytest.approx(0)
    assert high == pytest.approx(0.2)


@given(tables(), st.sampled_from([0.8, 0.95, 0.999]))
def test_newcombe_equals_statsmodels(table, confidence):
    expected = confint_proportions_2indep(*table, method="newcomb", compare="diff", alpha=1 - confidence)
    found = newcombe(*table, critical=critical_value(confidence))
    assert found == pytest.approx(expected, abs=1e-9)
    assert -1 <= found[0] <= found[1] <= 1


@pytest.mark.parametrize(("table", "difference", "ratio", "ratio_limits"), PUBLISHED)
def test_published_intervals(table, difference, ratio, ratio_limits):
    x1, n1, x2, n2 = table
    assert newcombe(*table, critical=Z) == pytest.approx(difference, abs=6e-7)
    assert koopman(*table, critical=Z) == pytest.approx(ratio_limits, abs=6e-7)
    assert x1 / n1 / (x2 / n2) == pytest.approx(ratio, abs=6e-7)
    # None of these is so small that it is widened.
    assert difference_interval(*table, critical1=Z, critical2=Z) == newcombe(*table, critical=Z)
    assert ratio_interval(*table, critical1=Z, critical2=Z) == koopman(*table, critical=Z)


def test_newcombe_takes_a_critical_value_for_each_group_and_a_correlation():
    first, second = wilson(7, 30, critical=2.5), wilson(20, 40, critical=3.5)
    expected = mover_difference(7 / 30, *first, 0.5, *second, correlation=0.3)
    found = newcombe(7, 30, 20, 40, critical=2.5, critical2=3.5, correlation=0.3)
    assert found == near(expected)
    assert newcombe(7, 30, 20, 40, critical=2.5) == newcombe(7, 30, 20, 40, critical=2.5, critical2=2.5)
    assert newcombe(7, 30, 20, 40, critical=2.5) != found


def test_newcombe_without_rows():
    low, high = newcombe([0, 3], [0, 5], [3, 0], [5, 0], critical=Z)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize(
    ("table", "widened"),
    [
        ((12, 24, 300, 900), False),
        ((12, 23, 300, 900), True),
        ((300, 900, 12, 23), True),
        # 0.4 apart is not more than that
        ((12, 40, 28, 40), False),
        ((11, 40, 28, 40), True),
        ((28, 40, 11, 40), True),
        ((20, 79, 60, 79), True),
        ((20, 80, 60, 80), False),
        ((20, 80, 60, 79), True),
        ((2, 40, 20, 60), True),
        ((3, 40, 20, 60), False),
        ((40, 60, 58, 60), True),
    ],
)
def test_where_newcombe_is_widened(table, widened):
    found, plain = difference_interval(*table, critical1=Z, critical2=Z), newcombe(*table, critical=Z)
    assert (found[0] < plain[0] or found[1] > plain[1]) == widened
    assert widened or found == plain


def test_difference_interval_gives_each_group_its_own():
    first, second = guarded_limits(3, 9, critical=2.5), guarded_limits(20, 50, critical=3.5)
    expected = mover_difference(3 / 9, *first, 0.4, *second, correlation=0.3)
    found = difference_interval(3, 9, 20, 50, critical1=2.5, critical2=3.5, correlation=0.3)
    assert found == near(expected)
    plain = difference_interval(3, 9, 20, 50, critical1=2.5, critical2=3.5)
    assert plain == near(mover_difference(3 / 9, *first, 0.4, *second))
    assert np.isnan(difference_interval(0, 0, 20, 50, critical1=Z, critical2=Z)).all()


@given(tables(60))
def test_swapping_the_groups_turns_the_difference_around(table):
    x1, n1, x2, n2 = table
    low, high = difference_interval(x1, n1, x2, n2, critical1=Z, critical2=Z)
    back = difference_interval(x2, n2, x1, n1, critical1=Z, critical2=Z)
    assert back == near((-high, -low))
    assert low <= x1 / n1 - x2 / n2 <= high


# ratios


@settings(max_examples=60)
@given(tables(), st.sampled_from([0.8, 0.95, 0.999]))
def test_koopman_equals_statsmodels(table, confidence):
    x1, n1, x2, n2 = table
    assume(0 < x1 < n1 and 0 < x2 < n2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = confint_proportions_2indep(
                *table, method="score", compare="ratio", alpha=1 - confidence, correction=False
            )
        except ValueError:
            assume(False)
    assert koopman(*table, critical=critical_value(confidence)) == pytest.approx(expected, rel=1e-6)


@given(tables(5_000), st.sampled_from([0.5, Z, 4.0, 10.0]))
def test_koopman_limits_solve_the_score_equation(table, z):
    x1, n1, x2, n2 = table
    low, high = koopman(*table, critical=z)
    if 0 < x1 < n1 and 0 < x2 < n2:
        assert low < x1 / n1 / (x2 / n2) < high
        for limit in (low, high):
            assert score(*table, limit) == pytest.approx(z**2, rel=1e-6)


def test_koopman_where_a_count_is_none_or_all():
    low, high = koopman([0, 5, 0, 20, 20], [20, 20, 20, 20, 20], [5, 0, 0, 20, 10], [30, 30, 30, 30, 30], critical=Z)
    assert low[0] == low[2] == 0
    assert high[0] == pytest.approx(1.0349917, rel=1e-6)
    assert score(0, 20, 5, 30, high[0]) == pytest.approx(Z**2)
    assert np.isinf(high[[1, 2]]).all()
    assert low[1] == pytest.approx(1 / koopman(0, 30, 5, 20, critical=Z)[1])
    # All rows in both: the likeliest shares are 1 and 1 over the ratio, which gives a closed form.
    assert koopman(20, 20, 30, 30, critical=Z) == pytest.approx((1 / (1 + Z**2 / 20), 1 + Z**2 / 30))
    # All of the second only: above the estimate its share stays 1 until the first alone cannot be believed.
    assert koopman(5, 20, 30, 30, critical=Z)[1] == pytest.approx(wilson(5, 20, critical=Z)[1])
    assert koopman(0, 2, 16, 16, critical=4.0)[1] == pytest.approx(8 / 9)
    assert score(2, 5, 8, 8, koopman(2, 5, 8, 8, critical=Z)[1]) == pytest.approx(Z**2)


def test_koopman_without_rows_or_critical_value():
    for found in (
        koopman(0, 0, 1, 5, critical=Z),
        koopman(1, 5, 0, 0, critical=Z),
        koopman(np.nan, 5, 1, 5, critical=Z),
        koopman(1, 5, np.nan, 5, critical=Z),
        koopman(1, 5, 1, 5, critical=np.nan),
    ):
        assert np.isnan(found).all()


@given(tables(60))
def test_swapping_the_groups_inverts_the_ratio(table):
    x1, n1, x2, n2 = table
    for function, critical in ((koopman, {"critical": Z}), (ratio_interval, {"critical1": Z, "critical2": Z})):
        low, high = function(x1, n1, x2, n2, **critical)
        back = function(x2, n2, x1, n1, **critical)
        assert low == pytest.approx(1 / back[1] if back[1] else np.inf)
        assert back[0] == pytest.approx(1 / high)
        assert low <= high


def test_koopman_broadcasts():
    low, high = koopman(np.arange(3)[:, None], 10, [4, 5], 10, critical=Z)
    assert low.shape == high.shape == (3, 2)
    assert (low[2, 1], high[2, 1]) == koopman(2, 10, 5, 10, critical=Z)


def test_mover_ratio_is_mover_of_the_logarithms():
    values = (0.4, 0.3, 0.5, 0.2, 0.1, 0.35)
    expected = np.exp(mover_difference(*np.log(values)))
    assert mover_ratio(*values) == pytest.approx(tuple(expected))


def test_mover_ratio_of_nothing():
    none, some = (0.0, 0.0, 0.1), (0.4, 0.3, 0.5)
    assert mover_ratio(*none, *some) == pytest.approx((0, 0.1 / 0.3))
    assert mover_ratio(*some, *none) == (pytest.approx(0.3 / 0.1), np.inf)
    assert mover_ratio(*none, *none) == (0, np.inf)
    assert mover_ratio(0.4, 0.0, 0.5, *some)[0] == 0
    assert mover_ratio(*some, 0.4, 0.0, 0.5)[1] == np.inf
    assert np.isnan(mover_ratio(*some, 0.2, np.nan, 0.3)).all()
    assert np.isnan(mover_ratio(np.nan, 0.1, 0.2, *none)).all()


@pytest.mark.parametrize(
    ("table", "widened"),
    [
        ((10, 24, 300, 900), False),
        ((10, 23, 300, 900), True),
        ((300, 900, 10, 23), True),
        ((5, 60, 300, 900), False),
        ((4, 60, 300, 900), True),
        ((300, 900, 4, 60), True),
        ((300, 900, 5, 60), False),
        ((60, 60, 300, 900), True),
        ((30, 60, 900, 900), True),
        # few non-cases do a ratio no harm
        ((59, 60, 300, 900), False),
        ((30, 60, 899, 900), False),
    ],
)
def test_where_koopman_is_widened(table, widened):
    found, plain = ratio_interval(*table, critical1=Z, critical2=Z), koopman(*table, critical=Z)
    assert (found[0] < plain[0] or found[1] > plain[1]) == widened
    assert widened or found == plain
    assert found[0] <= plain[0]
    assert found[1] >= plain[1]


def exact(x, n, tail):
    return stats.beta.ppf(tail, x, n - x + 1), stats.beta.ppf(1 - tail, x + 1, n - x)


def test_what_the_ratio_is_widened_to():
    # Four cases: exact limits; 500 of 900: mid-p limits, each at its own level.
    tail1, tail2 = stats.norm.sf([3.0, 2.0])
    low2 = optimize.brentq(lambda p: mid_p(500, 900, p) - tail2, 0.4, 0.6)
    high2 = 1 - optimize.brentq(lambda p: mid_p(400, 900, p) - tail2, 0.3, 0.5)
    found = ratio_interval(4, 60, 500, 900, critical1=3.0, critical2=2.0)
    wide = mover_ratio(4 / 60, *exact(4, 60, tail1), 500 / 900, low2, high2)
    koopmans = koopman(4, 60, 500, 900, critical=3.0)
    assert found == near((wide[0], max(wide[1], koopmans[1])))
    assert wide[0] < koopmans[0]
    tail1 = stats.norm.sf(2.0)
    # None of ten against all of nine: the extreme limits themselves, of which mid-p's of all is a closed form.
    found = ratio_interval(0, 10, 9, 9, critical1=2.0, critical2=2.0)
    expected = stats.beta.ppf(1 - tail1, 1, 10) / (2 * tail1) ** (1 / 9)
    assert found == near((0, max(expected, koopman(0, 10, 9, 9, critical=2.0)[1])))
    assert expected > koopman(0, 10, 9, 9, critical=2.0)[1]
    # All of four.
    found = ratio_interval(4, 4, 100, 200, critical1=Z, critical2=Z)
    assert np.isfinite(found).all()


def test_ratio_interval_takes_the_larger_critical_value():
    expected = koopman(30, 90, 50, 100, critical=3.0)
    assert ratio_interval(30, 90, 50, 100, critical1=2.0, critical2=3.0) == expected
    assert ratio_interval(30, 90, 50, 100, critical1=3.0, critical2=2.0) == expected


def test_ratio_interval_without_rows():
    low, high = ratio_interval([0, 1, 1], [0, 5, 5], [1, 0, 1], [5, 0, 5], critical1=[Z, Z, np.nan], critical2=Z)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize(("x", "n"), [(1, 60), (3, 4), (4, 4)])
def test_exact_limits_of_a_few_cases(x, n):
    # 900 of 900 leave no doubt of the second share but its lower limit, mid-p's, a closed form.
    tail = stats.norm.sf(3.0)
    low1, high1 = exact(x, n, tail) if x < n else (tail ** (1 / n), 1.0)
    wide = mover_ratio(x / n, low1, high1, 1.0, (2 * tail) ** (1 / 900), 1.0)
    plain = koopman(x, n, 900, 900, critical=3.0)
    found = ratio_interval(x, n, 900, 900, critical1=3.0, critical2=3.0)
    assert found == near((min(wide[0], plain[0]), max(wide[1], plain[1])))
    assert wide[0] < plain[0]


# coverage, by enumeration rather than simulation

RATES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]
SIZES = [(2, 98), (5, 95), (10, 10), (10, 90), (20, 80), (24, 24), (25, 475), (30, 30), (50, 50), (50, 450)]


def coverage(limits, n1, n2, truth):
    """Chance that the limits hold the truth, for every pair of rates."""
    chance1, chance2 = (np.array([stats.binom.pmf(np.arange(n + 1), n, p) for p in RATES]) for n in (n1, n2))
    out = np.empty((len(RATES), len(RATES)))
    for i, j in np.ndindex(out.shape):
        value = truth(RATES[i], RATES[j])
        held = (limits[0] <= value + 1e-9) & (limits[1] >= value - 1e-9)
        out[i, j] = chance1[i] @ held @ chance2[j]
    return out


@pytest.mark.parametrize(("n1", "n2"), SIZES)
def test_intervals_cover(n1, n2):
    table = (np.arange(n1 + 1)[:, None], n1, np.arange(n2 + 1), n2)
    differences = coverage(difference_interval(*table, critical1=Z, critical2=Z), n1, n2, lambda p, q: p - q)
    ratios = coverage(ratio_interval(*table, critical1=Z, critical2=Z), n1, n2, lambda p, q: p / q)
    for covered in (differences, ratios):
        assert covered.min() >= 0.93
        assert covered.mean() >= 0.945


def test_what_the_guard_is_for():
    table = (np.arange(3)[:, None], 2, np.arange(99), 98)
    assert coverage(newcombe(*table, critical=Z), 2, 98, lambda p, q: p - q).min() < 0.91
    assert coverage(koopman(*table, critical=Z), 2, 98, lambda p, q: p / q).min() < 0.91
