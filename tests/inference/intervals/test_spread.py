import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import optimize, stats

from biasaudit.errors import AuditError
from biasaudit.inference.intervals import spread
from biasaudit.inference.intervals.closed_form import mover_difference, mover_ratio
from biasaudit.inference.intervals.small_groups import (
    difference_interval,
    exact_limits,
    guarded_limits,
    ratio_interval,
)
from biasaudit.inference.intervals.spread import range_critical, spread_interval, spread_ratio_interval
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.metrics.wilson import critical_value, wilson

BOTH = pytest.mark.parametrize("interval", [spread_interval, spread_ratio_interval])


@st.composite
def tables(draw, fewest=3, most_rows=400):
    n = draw(st.lists(st.integers(1, most_rows), min_size=fewest, max_size=7))
    return [draw(st.integers(0, rows)) for rows in n], n


def draws(n, rates, times, seed=0):
    n = np.asarray(n)
    x = np.random.default_rng(seed).binomial(n, rates, size=(times, len(n))).astype(float)
    return x, np.broadcast_to(n.astype(float), x.shape)


# critical values of the range


@pytest.mark.parametrize(
    ("confidence", "groups", "published"),
    # Upper points of the studentised range with infinite degrees of freedom: Harter (1960), tables 2 and 3
    [(0.95, 2, 2.772), (0.95, 3, 3.314), (0.95, 10, 4.474), (0.95, 20, 5.012), (0.95, 100, 6.085), (0.99, 3, 4.120)],
)
def test_range_critical_equals_published_tables(confidence, groups, published):
    assert range_critical(confidence, groups) * np.sqrt(2) == pytest.approx(published, abs=1.1e-3)


@pytest.mark.parametrize(("confidence", "groups"), [(0.95, 2), (0.8, 7), (0.999, 30)])
def test_range_critical_equals_scipy(confidence, groups):
    expected = stats.studentized_range.ppf(confidence, groups, np.inf) / np.sqrt(2)
    found = range_critical(confidence, groups)
    assert found == pytest.approx(expected, abs=1e-6)
    assert type(found) is float


def test_range_critical_of_a_thousand_groups():
    z = np.linspace(-12, 12, 24_001)
    q = range_critical(0.95, 1000) * np.sqrt(2)
    density = 1000 * stats.norm.pdf(z) * (stats.norm.cdf(z) - stats.norm.cdf(z - q)) ** 999
    assert np.sum(density) * 0.001 == pytest.approx(0.95, abs=1e-8)


# two groups


@given(tables(fewest=2), st.sampled_from([0.8, 0.95, 0.99]))
def test_two_groups_are_a_difference(table, confidence):
    (x1, x2), (n1, n2) = (part[:2] for part in table)
    z = critical_value(confidence)
    low, high = difference_interval(x1, n1, x2, n2, critical1=z, critical2=z)
    found = spread_interval([x1, x2], [n1, n2], confidence=confidence)
    # Whichever group has the higher rate.
    size = (max(low, -high, 0), max(high, -low))
    assert np.array(found) == pytest.approx(np.clip(size, 0, 1), abs=1e-12)
    assert found == spread_interval([x2, x1], [n2, n1], confidence=confidence)


@given(tables(fewest=2))
def test_two_groups_are_a_ratio(table):
    (x1, x2), (n1, n2) = (part[:2] for part in table)
    if x1 / n1 > x2 / n2:
        x1, n1, x2, n2 = x2, n2, x1, n1
    z = critical_value(0.95)
    low, high = ratio_interval(x1, n1, x2, n2, critical1=z, critical2=z)
    found = spread_ratio_interval([x2, x1], [n2, n1])
    assert found[1] == pytest.approx(min(high, 1), abs=1e-12)
    assert found[0] == pytest.approx(min(low, 1 / high if high > 0 else np.inf), abs=1e-12)


def test_two_groups_of_compas():
    assert np.array(spread_interval([805, 349], [1795, 1488])) == pytest.approx([0.182053, 0.245023], abs=1e-6)
    assert np.array(spread_ratio_interval([805, 349], [1795, 1488])) == pytest.approx(
        [1 / 2.125550, 1 / 1.722568], abs=1e-6
    )


def test_two_groups_have_the_degrees_of_freedom_of_their_difference():
    found = spread_interval([30, 80], [100, 120], df=[4, 9])
    t = stats.t.ppf(0.975, 220**2 / (120**2 / 4 + 100**2 / 9))
    low, high = difference_interval(80, 120, 30, 100, critical1=t, critical2=t)
    assert np.array(found) == pytest.approx([float(low), float(high)], abs=1e-9)
    low, high = ratio_interval(30, 100, 80, 120, critical1=t, critical2=t)
    found = spread_ratio_interval([30, 80], [100, 120], df=[4, 9])
    assert np.array(found) == pytest.approx([float(low), float(high)], abs=1e-9)


def test_one_row_on_either_side_says_nothing():
    assert np.array(spread_interval([1, 0], [1, 1])) == pytest.approx([0, 1])
    low, high = spread_ratio_interval([0, 0], [5, 5])
    assert (low, high) == (0, 1)


# more groups, against the method written out group by group


def by_the_book(x, n, confidence=0.95, df=None):
    """Give both intervals by loops, root finding and scipy's distributions."""
    x, n = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    df = np.full(len(x), 1e9) if df is None else np.minimum(np.asarray(df, dtype=float), 1e9)
    p, alpha = x / n, 1 - confidence
    own = guarded_limits(x, n, critical=stats.t.ppf(1 - alpha / 2, df))
    q = range_critical(confidence, len(x))
    joint = guarded_limits(x, n, critical=stats.t.ppf(stats.norm.cdf(q), df))
    pairs = list(itertools.permutations(range(len(x)), 2))

    def limits(combine, of, i, j):
        return combine(p[i], of[0][i], of[1][i], p[j], of[0][j], of[1][j])

    high = max(limits(mover_difference, own, i, j)[1] for i, j in pairs)
    ratio_low = min(limits(mover_ratio, own, i, j)[0] for i, j in pairs)
    low_of_pairs = max(limits(mover_difference, joint, i, j)[0] for i, j in pairs)
    high_of_pairs = min(limits(mover_ratio, joint, i, j)[1] for i, j in pairs)
    pooled = x.sum() / n.sum()
    large = n * min(pooled, 1 - pooled) >= 5
    small = np.flatnonzero(~large)
    level = alpha / 2 if len(small) and large.sum() > 1 else alpha
    low, ratio_high = 0.0, 1.0
    for i in small:
        tail = level / len(small) / 2
        t1, t2 = stats.t.isf(tail, df[i]), stats.t.isf(tail, df.min())
        exact = stats.norm.sf(t1)
        l1 = stats.beta.ppf(exact, x[i], n[i] - x[i] + 1) if x[i] > 0 else 0.0
        u1 = stats.beta.isf(exact, x[i] + 1, n[i] - x[i]) if x[i] < n[i] else 1.0
        rest_x, rest_n = x.sum() - x[i], n.sum() - n[i]
        rest = guarded_limits(rest_x, rest_n, critical=t2)
        found = mover_difference(p[i], l1, u1, rest_x / rest_n, *rest)
        low = max(low, found[0], -found[1])
    apart, differ = low, low > 0
    if large.sum() > 1:
        between = large.sum() - 1
        doubt = ((1 - n[large] / n[large].sum()) ** 2 / df[large]).sum()
        within, stretch = (
            between * (between + 2) / (3 * doubt),
            1 + 2 * (between - 1) / (between * (between + 2)) * doubt,
        )
        limit = between * stretch * stats.f.isf(level, between, min(within, 1e9))
        among = x[large].sum() / n[large].sum()
        if (n[large] * (p[large] - among) ** 2).sum() > limit * among * (1 - among):
            differ = True
            gap, share = (closest(p[large], n[large], limit, scale) for scale in (lambda v: v, np.log))
            low, ratio_high = max(low, gap), min(ratio_high, np.exp(-share))
    if not differ:
        return (0.0, min(high, 1.0)), (max(ratio_low, 0.0), 1.0)
    low, ratio_high = max(low, low_of_pairs), min(ratio_high, high_of_pairs)
    assert low >= apart
    return (low, min(high, 1.0)), (ratio_low, min(ratio_high, 1 - low))


def closest(p, n, limit, scale):
    """Least distance of two ends, on a scale, such that the groups beyond them cost no more than the limit."""

    def cost(end, beyond):
        return (n * beyond**2).sum() / (end * (1 - end)) if (beyond != 0).any() else 0.0

    def distance(spent):
        low = ends(lambda m: cost(m, np.maximum(m - p, 0)) - spent)
        high = ends(lambda m: limit - spent - cost(m, np.maximum(p - m, 0)))
        return scale(high) - scale(max(low, 1e-12))

    def ends(f):
        a, b = max(p.min(), 1e-13), min(p.max(), 1 - 1e-13)
        return a if f(a) >= 0 else b if f(b) <= 0 else optimize.brentq(f, a, b, xtol=1e-13)

    spent = np.linspace(0, limit, 41)
    values = [distance(s) for s in spent]
    at = int(np.argmin(values))
    bounds = spent[max(at - 1, 0)], spent[min(at + 1, 40)]
    best = optimize.minimize_scalar(distance, bounds=bounds, method="bounded", options={"xatol": 1e-6 * limit}).fun
    return max(0.0, min(best, values[at]))


def compare(x, n, **options):
    difference, ratio = np.array(by_the_book(x, n, **options), dtype=float)
    assert np.array(spread_interval(x, n, **options)) == pytest.approx(difference, abs=3e-4)
    assert np.array(spread_ratio_interval(x, n, **options)) == pytest.approx(ratio, abs=1e-3)


BOOK = [
    ([30, 31, 40, 64], [100, 110, 120, 130]),
    ([30, 31, 40, 34], [100, 110, 120, 130]),  # alike
    ([100, 300, 500], [1000, 1000, 1000]),
    ([100, 300, 500, 8, 0], [1000, 1000, 1000, 9, 4]),
    ([300, 310, 290, 12], [1000, 1000, 1000, 13]),  # only the small group differs
    ([300, 310, 290, 0], [1000, 1000, 1000, 14]),
    ([300, 420, 290, 4], [1000, 1000, 1000, 13]),  # only a large one differs
    ([0, 0, 15], [16, 16, 15]),  # the large ones have no case
    ([1, 0, 9], [9, 8, 9]),  # all small
    ([500, 2, 0, 9], [1000, 9, 9, 9]),  # one large
    ([0, 40, 60], [200, 100, 150]),
    ([200, 60, 90], [200, 100, 150]),
    ([3.5, 40.2, 60.9], [31.7, 100.1, 150.3]),  # effective rows
    ([400, 597, 8], [1000, 1000, 10]),  # just 5 expected
    ([500, 7, 1], [1000, 7, 2]),  # seen with all of the error, not with half
    ([48, 52] * 5 + [75], [100] * 11),
    ([40, 60] * 6, [100] * 12),  # many small gaps
    ([990, 700, 985], [1000, 1000, 1000]),
]


@pytest.mark.parametrize(("x", "n"), BOOK)
@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_more_groups_by_the_book(x, n, confidence):
    compare(x, n, confidence=confidence)


@pytest.mark.parametrize("df", [[3, 9, 30, 100], [12, 12, 12, 12], [np.inf, 5, np.inf, np.inf]])
def test_more_groups_with_clusters_by_the_book(df):
    compare([30, 31, 40, 90], [100, 110, 120, 130], df=df)
    compare([300, 310, 290, 12], [1000, 1000, 1000, 13], df=df)
    compare([100, 300, 500, 0], [1000, 1000, 1000, 5], df=df)


@settings(max_examples=60)
@given(tables())
def test_any_table_by_the_book(table):
    compare(*table)


def test_default_confidence():
    x, n = [30, 31, 40, 64], [100, 110, 120, 130]
    assert spread_interval(x, n) == spread_interval(x, n, confidence=0.95, df=np.inf)
    assert spread_ratio_interval(x, n) == spread_ratio_interval(x, n, confidence=0.95, df=np.inf)


@pytest.mark.parametrize("groups", [3, 5, 12])
def test_low_is_above_zero_just_where_the_homogeneity_test_rejects(groups):
    n = np.full(groups, 400.0)
    shape = np.linspace(-1, 1, groups)

    def p_value(gap):
        return float(homogeneity_test(n * (0.5 + gap * shape), n))

    gap = optimize.brentq(lambda gap: p_value(gap) - 0.05, 1e-3, 0.3)
    x = n * (0.5 + np.outer([gap * 0.995, gap * 1.005], shape))
    low = spread_interval(x, n)[0]
    high = spread_ratio_interval(x, n)[1]
    assert low[0] == 0
    assert high[0] == 1
    assert 0 < low[1] < 0.1
    assert 0.7 < high[1] < 1


def test_a_small_group_alone_can_be_seen():
    low, _ = spread_interval([500, 500, 500, 0], [1000, 1000, 1000, 9])
    assert low > 0.05
    # But not through its few rows alone.
    assert spread_interval([500, 500, 500, 0], [1000, 1000, 1000, 4])[0] == 0


def test_more_rows_shrink_the_interval_around_the_spread():
    x, n = np.array([20, 30, 45, 33]), np.array([100, 100, 100, 100])
    for interval, truth in ((spread_interval, 0.25), (spread_ratio_interval, 20 / 45)):
        low, high = interval(np.outer([1, 10, 1e3, 1e7], x), np.outer([1, 10, 1e3, 1e7], n))
        assert (np.diff(low) > 0).all()
        assert (np.diff(high) < 0).all()
        assert low[-1] == pytest.approx(truth, abs=1e-3)
        assert high[-1] == pytest.approx(truth, abs=1e-3)


# many groups


def test_many_groups_equal_all_their_pairs():
    rng = np.random.default_rng(4)
    for _ in range(30):
        n = np.exp(rng.uniform(np.log(3), np.log(3000), 60)).round()
        x = rng.binomial(n.astype(int), rng.uniform(0.1, 0.6, 60)).astype(float)
        p = x / n
        own = guarded_limits(x, n, critical=critical_value())
        joint = guarded_limits(x, n, critical=range_critical(0.95, 60))
        first, second = ([a[:, None] for a in (p, *own)], [a[None, :] for a in (p, *own)])
        different = ~np.eye(60, dtype=bool)
        high = mover_difference(*first, *second)[1][different].max()
        ratio_low = mover_ratio(*first, *second)[0][different].min()
        first, second = ([a[:, None] for a in (p, *joint)], [a[None, :] for a in (p, *joint)])
        low = mover_difference(*first, *second)[0].max()
        found, ratio = spread_interval(x, n), spread_ratio_interval(x, n)
        assert found[1] == pytest.approx(min(high, 1), abs=1e-12)
        assert ratio[0] == pytest.approx(ratio_low, abs=1e-12)
        assert found[0] >= low - 1e-7


def test_a_thousand_groups():
    rng = np.random.default_rng(0)
    n = rng.integers(5, 500, (10, 1000))
    x = rng.binomial(n, 0.3)
    low, high = spread_interval(x, n)
    spread_ratio_interval(x, n)
    assert (low < 0.2).all()
    assert (high > 0.5).all()


# laws


@BOTH
def test_groups_in_any_order(interval):
    rng = np.random.default_rng(2)
    n = rng.integers(3, 300, (50, 6))
    x, df = rng.binomial(n, rng.uniform(0.1, 0.6, (50, 6))), rng.integers(2, 60, (50, 6))
    found = np.array(interval(x, n, df=df))
    order = rng.permutation(6)
    assert np.array(interval(x[:, order], n[:, order], df=df[:, order])) == pytest.approx(found, abs=1e-9)


def test_cases_and_others_have_the_same_spread():
    rng = np.random.default_rng(3)
    n = rng.integers(3, 300, (50, 6))
    x = rng.binomial(n, rng.uniform(0.1, 0.6, (50, 6)))
    assert np.array(spread_interval(n - x, n)) == pytest.approx(np.array(spread_interval(x, n)), abs=1e-9)


@BOTH
def test_measures_do_not_touch_each_other(interval, monkeypatch):
    rng = np.random.default_rng(5)
    n = rng.integers(0, 200, (3, 4, 5)) * (rng.random((3, 4, 5)) < 0.7)
    x = rng.binomial(n, rng.uniform(0.1, 0.9, (3, 4, 5)))
    found = np.array(interval(x, n))
    assert found.shape == (2, 3, 4)
    for i, j in itertools.product(range(3), range(4)):
        assert np.array(interval(x[i, j], n[i, j])) == pytest.approx(found[:, i, j], abs=1e-12, nan_ok=True)
    monkeypatch.setattr(spread, "BLOCK", 400)
    assert np.array(interval(x, n)) == pytest.approx(found, abs=1e-12, nan_ok=True)


@BOTH
def test_groups_without_rows_are_left_out(interval):
    without = interval([30, 31, 64], [100, 110, 130], df=[5, np.inf, 7])
    found = interval([30, 0, 31, 64, np.nan], [100, 0, 110, 130, 50], df=[5, 1, np.inf, 7, 1])
    assert found == without
    two = interval([30, 0, 64], [100, 0, 130])
    assert two == interval([30, 64], [100, 130])


@BOTH
def test_one_group_has_no_spread(interval):
    for x, n in (([5], [9]), ([5, 0, np.nan], [9, 0, 4]), ([0, 0], [0, 0]), ([], [])):
        assert np.isnan(interval(x, n)).all()
    assert interval(np.zeros((4, 0)), np.zeros((4, 0)))[0].shape == (4,)
    assert interval(np.zeros((0, 3)), np.ones((0, 3)))[1].shape == (0,)


@BOTH
@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_other_confidence_is_refused(interval, confidence):
    with pytest.raises(AuditError):
        interval([1], [2], confidence=confidence)
    with pytest.raises(AuditError) as error:
        interval([1, 2, 3], [9, 9, 9], confidence=confidence)
    assert str(error.value) == f"confidence={confidence!r} is not between 0 and 1. Use 0.95 for a 95 % interval."


@BOTH
@given(table=tables(fewest=2, most_rows=60))
def test_limits_hold_the_estimate_and_stay_between_0_and_1(interval, table):
    x, n = (np.array(part, dtype=float) for part in table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high = interval(x, n)
    assert 0 <= low <= high <= 1
    share = x / n
    if interval is spread_interval:
        assert low <= share.max() - share.min() + 1e-12 <= high + 1e-9
    elif share.max() > 0:
        assert low <= share.min() / share.max() + 1e-12 <= high + 1e-9


# coverage, false alarms, power


def coverage(n, rates, times=3_000):
    rates = np.asarray(rates)
    x, rows = draws(n, rates, times)
    low, high = spread_interval(x, rows)
    spread_held = (low <= rates.max() - rates.min() + 1e-12) & (high >= rates.max() - rates.min() - 1e-12)
    low, high = spread_ratio_interval(x, rows)
    truth = rates.min() / rates.max()
    return spread_held.mean(), ((low <= truth + 1e-12) & (high >= truth - 1e-12)).mean()


@pytest.mark.parametrize(
    ("n", "rates"),
    [
        ([2, 98], [0.3, 0.3]),
        ([500, 500, 500, 500], [0.3] * 4),
        ([150, 30, 30, 30, 30, 30], [0.95] * 6),  # one large group and rare non-cases
        ([20] + [108] * 9, [0.3] * 10),
        ([20] + [108] * 9, [0.4] + [0.3] * 9),
        ([50, 316, 316, 316], [0.4, 0.3, 0.3, 0.3]),
        ([200] * 6, [0.1, 0.2] * 3),
        ([200] * 6, [0.2, 0.4] + [0.3] * 4),
        ([6, 98, 98, 98], [0.95, 0.65, 0.65, 0.65]),
    ],
)
def test_intervals_hold_the_truth(n, rates):
    assert min(coverage(n, rates)) >= 0.94


def test_equal_groups_raise_few_alarms_whatever_their_number():
    for groups in (3, 6, 12, 20):
        x, n = draws(np.full(groups, 150), 0.2, 3_000, seed=groups)
        assert 0.03 < (spread_interval(x, n)[0] > 0).mean() < 0.06


def test_many_groups_are_seen_as_chi_square_sees_them():
    # Two clusters of groups: Newcombe's pairs at the range's critical value see a third of them.
    for groups, rates in ((20, [0.3] * 10 + [0.353] * 10), (12, [0.3] * 6 + [0.37] * 6)):
        x, n = draws(np.full(groups, 200), rates, 3_000)
        chi_square = (homogeneity_test(x, n) <= 0.05).mean()
        seen = (spread_interval(x, n)[0] > 0).mean()
        low, high = wilson(x, n, critical=range_critical(0.95, groups))
        share = x / n
        pairs = [[a[:, :, None] for a in (share, low, high)], [a[:, None, :] for a in (share, low, high)]]
        first_try = (mover_difference(*pairs[0], *pairs[1])[0].max(axis=(1, 2)) > 0).mean()
        assert seen >= chi_square - 0.005
        assert seen > first_try + 0.1


def test_two_degrees_of_freedom_leave_limits_that_are_numbers():
    """At 28 standard errors the exact limit of a small group underflows."""
    x, n = np.array([[11.43, 50.0, 140.0]]), np.array([[14.02, 110.0, 160.0]])
    low, high = spread_interval(x, n, df=np.array([[1.2, 1.1, 9.0]]))
    assert 0 <= low[0] < high[0] <= 1
    assert exact_limits(np.array([11.43]), np.array([14.02]), np.array([4.1e-177]))[1].tolist() == [1.0]
