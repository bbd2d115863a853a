"""Gaps between groups against their formulas, written out."""

import numpy as np
import pytest
from scipy.stats import norm, t as student

from biasaudit.inference.disparities import compare_pairs, to_overall
from biasaudit.inference.intervals.chance_spread import expected_range, expected_spread
from biasaudit.inference.intervals.closed_form import mover_difference, mover_ratio
from biasaudit.inference.intervals.small_groups import difference_interval, guarded_limits, ratio_interval
from biasaudit.inference.intervals.spread import spread_interval, spread_ratio_interval
from biasaudit.inference.measures import is_mean_of_groups, rate_interval
from biasaudit.inference.ranges import compare_range
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.testing.power import smallest_detectable_difference
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.composites import COMPOSITES
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.wilson import critical_value, wilson

RATE, F1, ODDS = get_rate("selection_rate"), get_rate("f1"), get_rate("treatment_equality")
BALANCED, PREVALENCE, AUC, BRIER, LARGE = COMPOSITES
MEASURES = (RATE, F1, ODDS, PREVALENCE, AUC)
Z = critical_value(0.95)


def shares(counts, rows, df=np.inf):
    """Give every measure the same counts."""
    x = np.tile(np.asarray(counts, dtype=float), (len(MEASURES), 1))
    n = np.tile(np.asarray(rows, dtype=float), (len(MEASURES), 1))
    share = np.divide(x, n, out=np.full_like(x, np.nan), where=n > 0)
    return Shares(x, n, share, n, np.broadcast_to(np.asarray(df, dtype=float), x.shape))


FIRST, SECOND = shares([30, 60], [100, 150]), shares([50, 20], [110, 90])


def near(values):
    return pytest.approx(np.asarray(values, dtype=float).tolist(), nan_ok=True)


def compare(first=FIRST, second=SECOND, **more):
    return compare_pairs(MEASURES, first, second, **({"confidence": 0.95, "alpha": 0.01} | more))


def test_rate_interval():
    value, low, high = rate_interval(MEASURES, FIRST, 0.9)
    limits = wilson(30, 100, critical=critical_value(0.9))
    assert [value[0, 0], low[0, 0], high[0, 0]] == near([0.3, *limits])
    assert [value[1, 0], low[1, 0]] == near([2 * 0.3 / 1.3, 2 * limits[0] / (1 + limits[0])])
    assert [value[2, 0], high[2, 0]] == near([0.3 / 0.7, limits[1] / (1 - limits[1])])
    assert [value[3, 0], low[3, 0], high[3, 0]] == near([2 * 0.3 - 1, *(2 * np.array(limits) - 1)])
    few = rate_interval(MEASURES, shares([30], [100], df=7), 0.9)
    assert few[1][0, 0] == near(float(wilson(30, 100, critical=student.ppf(0.95, 7))[0]))


def test_differences():
    found = compare()["difference"]
    plain = difference_interval(30, 100, 50, 110, critical1=Z, critical2=Z)
    assert [found.estimate[0, 0], found.low[0, 0], found.high[0, 0]] == near([0.3 - 50 / 110, *plain])
    one, other = guarded_limits(30, 100, critical=Z), guarded_limits(50, 110, critical=Z)
    for row, measure in ((1, F1), (2, ODDS), (3, PREVALENCE)):
        sides = [measure.value(np.array(v)) for v in (0.3, *one, 50 / 110, *other)]
        assert [found.low[row, 0], found.high[row, 0]] == near(list(mover_difference(*sides)))
        assert found.estimate[row, 0] == near(float(sides[0] - sides[3]))
    assert np.isnan(found.expected_by_chance).all()


def test_ratios():
    found = compare()["ratio"]
    plain = ratio_interval(60, 150, 20, 90, critical1=Z, critical2=Z)
    assert [found.estimate[0, 1], found.low[0, 1], found.high[0, 1]] == near([0.4 * 90 / 20, *plain])
    one, other = guarded_limits(60, 150, critical=Z), guarded_limits(20, 90, critical=Z)
    for row, measure in ((1, F1), (2, ODDS), (4, AUC)):
        sides = [measure.value(np.array(v)) for v in (0.4, *one, 20 / 90, *other)]
        assert [found.low[row, 1], found.high[row, 1]] == near(list(mover_ratio(*sides)))
        assert found.estimate[row, 1] == near(float(sides[0] / sides[3]))
    for name in ("estimate", "low", "high", "p_value", "smallest_detectable"):
        assert np.isnan(getattr(found, name)[3]).all()


def test_a_gap_has_the_degrees_of_freedom_of_both_sides():
    first, second = shares([30], [100], df=6), shares([50], [110], df=20)
    found = compare(first, second)["difference"]
    df = 210**2 / (110**2 / 6 + 100**2 / 20)
    z = student.ppf(0.975, df)
    plain = difference_interval(30, 100, 50, 110, critical1=z, critical2=z)
    assert [found.low[0, 0], found.high[0, 0]] == near(list(plain))
    normal = compare(shares([30], [100]), shares([50], [110]))["difference"].p_value[0, 0]
    assert found.p_value[0, 0] == near(2 * student.sf(norm.isf(normal / 2), df))
    assert found.p_value[0, 0] > normal
    # What could have been seen takes as much more as t does than the normal.
    cut = (norm.isf(0.005) / student.isf(0.005, df)) ** 2
    visible = smallest_detectable_difference(100 * cut, 110 * cut, 50 / 110, alpha=0.01)
    assert found.smallest_detectable[0, 0] == near(float(visible))


def test_degrees_of_freedom_may_differ_between_groups():
    mixed = compare(shares([30, 30], [100, 100], df=[6, np.inf]), shares([50, 50], [110, 110]))["difference"].p_value
    assert mixed[0, 0] > mixed[0, 1] == near(compare()["difference"].p_value[0, 0])
    alone = compare(shares([30], [100], df=0), shares([50], [110]))["difference"].p_value
    assert np.isnan(alone).all()


def test_correlation_narrows():
    found = compare(correlation=np.array([[0.5, 0.0]]))["difference"]
    plain = difference_interval(30, 100, 50, 110, critical1=Z, critical2=Z, correlation=0.5)
    assert [found.low[0, 0], found.high[0, 0]] == near(list(plain))
    one, other = guarded_limits(30, 100, critical=Z), guarded_limits(50, 110, critical=Z)
    sides = [F1.value(np.array(v)) for v in (0.3, *one, 50 / 110, *other)]
    assert found.low[1, 0] == near(float(mover_difference(*sides, correlation=0.5)[0]))
    independent = compare()["difference"].p_value[0, 0]
    a, b = np.sqrt(0.3 * 0.7 / 100), np.sqrt(50 / 110 * 60 / 110 / 110)
    z = norm.isf(independent / 2) / np.sqrt(1 - 2 * 0.5 * a * b / (a**2 + b**2))
    assert found.p_value[0, 0] == near(2 * norm.sf(z))
    assert found.p_value[0, 1] == near(compare()["difference"].p_value[0, 1])


def test_correlation_where_nothing_varies_changes_nothing():
    first, second = shares([0], [100]), shares([100], [100])
    same = [compare(first, second, correlation=r)["difference"].p_value[0, 0] for r in (0.0, np.array([[0.9]]))]
    assert same[0] == same[1] < 1e-6


def test_smallest_detectable():
    found = compare()
    gap = float(smallest_detectable_difference(100, 110, 50 / 110, alpha=0.01))
    difference, ratio = (found[name].smallest_detectable[:, 0] for name in ("difference", "ratio"))
    assert difference.tolist() == near([gap, np.nan, np.nan, 2 * gap, gap])
    seen = (50 / 110) / (50 / 110 + gap)
    assert ratio.tolist() == near([seen, np.nan, np.nan, np.nan, seen])


def test_an_infinite_or_missing_side_is_undefined():
    found = compare(shares([10, 0], [10, 0]), shares([5, 5], [10, 10]))
    assert np.isnan(found["difference"].estimate[2, 0])
    assert np.isnan(found["difference"].low[2, 0])
    for gap in found.values():
        assert np.isnan(gap.estimate[:, 1]).all()
        assert np.isnan(gap.p_value[:, 1]).all()
    zero = compare(shares([0], [50]), shares([0], [50]))["ratio"]
    assert np.isnan(zero.estimate[0, 0])
    assert np.isnan(zero.high[0, 0])


def test_to_overall():
    against_rest = compare()
    found = to_overall(against_rest, FIRST.denominator, SECOND.denominator)
    part = 100 / 210
    whole = 80 / 210
    difference, ratio = found["difference"], found["ratio"]
    assert difference.estimate[0, 0] == near(0.3 - whole)
    assert ratio.estimate[0, 0] == near(0.3 / whole)
    for name in ("low", "high", "smallest_detectable"):
        rest = getattr(against_rest["difference"], name)[0, 0]
        assert getattr(difference, name)[0, 0] == near((1 - part) * rest)
        rest = getattr(against_rest["ratio"], name)[0, 0]
        assert getattr(ratio, name)[0, 0] == near(1 / (part + (1 - part) / rest))
    np.testing.assert_array_equal(difference.p_value, against_rest["difference"].p_value)
    nothing = to_overall(compare(shares([0], [50]), shares([9], [50])), np.array([[50.0]]), np.array([[50.0]]))
    assert nothing["ratio"].estimate[0, 0] == nothing["ratio"].low[0, 0] == 0


def test_averages():
    assert [is_mean_of_groups(m) for m in (RATE, F1, ODDS, BALANCED, PREVALENCE, AUC, BRIER, LARGE)] == [
        True,
        False,
        False,
        False,
        True,
        False,
        True,
        True,
    ]


GROUPS = shares([30, 60, 0, 20], [100, 150, 0, 90])
DETECTABLE = {"difference": np.arange(5) / 10, "ratio": np.arange(5) / 20}


def test_range():
    found = compare_range(MEASURES, GROUPS, DETECTABLE, confidence=0.95)
    x, n = np.array([30.0, 60, 0, 20]), np.array([100.0, 150, 0, 90])
    low, high = spread_interval(x, n)
    difference, ratio = found["difference"], found["ratio"]
    assert difference.estimate[:, 0].tolist() == near(
        [0.4 - 20 / 90, 0.8 / 1.4 - 2 * 20 / 110, 0.4 / 0.6 - 20 / 70, 2 * (0.4 - 20 / 90), 0.4 - 20 / 90]
    )
    assert [difference.low[0, 0], difference.high[0, 0]] == near([low, high])
    assert [difference.low[3, 0], difference.high[3, 0]] == near([2 * low, 2 * high])
    assert difference.expected_by_chance[0, 0] == near(float(expected_spread(x, n)))
    pooled = 110 / 340
    error = np.sqrt(pooled * (1 - pooled) / np.array([100, 150, np.nan, 90]))
    assert difference.expected_by_chance[3, 0] == near(2 * float(expected_range(error)))
    assert np.isnan(difference.expected_by_chance[1, 0])
    assert [ratio.low[0, 0], ratio.high[0, 0]] == near(list(spread_ratio_interval(x, n)))
    assert ratio.estimate[0, 0] == near((20 / 90) / 0.4)
    assert np.isnan(ratio.estimate[3, 0])
    assert difference.smallest_detectable[:, 0].tolist() == near([0, 0.1, 0.2, 0.3, 0.4])
    assert ratio.smallest_detectable[[0, 1, 2, 4], 0].tolist() == near([0, 0.05, 0.1, 0.2])
    assert difference.estimate.shape == (5, 1)


def test_range_of_transformed_shares():
    found = compare_range(MEASURES, GROUPS, DETECTABLE, confidence=0.95)
    critical = critical_value(1 - 0.05 / 3)
    low, high = guarded_limits([30, 60, 20], [100, 150, 90], critical=critical)
    for row, measure in ((1, F1), (2, ODDS)):
        bottom, top = measure.value(low), measure.value(high)
        difference, ratio = found["difference"], found["ratio"]
        assert difference.low[row, 0] == near(max(0, bottom.max() - top.min()))
        assert difference.high[row, 0] == near(top.max() - bottom.min())
        assert ratio.low[row, 0] == near(bottom.min() / top.max())
        assert ratio.high[row, 0] == near(min(1, top.min() / bottom.max()))
    apart = compare_range(MEASURES, shares([10, 140], [150, 150]), DETECTABLE, confidence=0.95)
    assert 0 < apart["difference"].low[1, 0] < apart["difference"].estimate[1, 0]
    assert apart["ratio"].high[1, 0] < 1


def test_range_of_one_group_is_undefined():
    found = compare_range(MEASURES, shares([10, 0], [50, 0]), DETECTABLE, confidence=0.95)
    assert np.isnan(found["difference"].low[:3]).all()
    assert np.isnan(found["difference"].p_value).all()


def test_range_with_clusters_takes_the_fewest():
    many, few = (
        compare_range(MEASURES, shares([30, 60], [100, 150], df=df), DETECTABLE, confidence=0.95)["difference"]
        for df in ([100, 100], [100, 5])
    )
    assert few.p_value[0, 0] > many.p_value[0, 0]
    assert few.high[0, 0] > many.high[0, 0]


def by_measure(counts, rows, df=np.inf):
    """Give each measure its own counts, shape (measures, groups)."""
    x, n = np.asarray(counts, dtype=float), np.asarray(rows, dtype=float)
    share = np.divide(x, n, out=np.full_like(x, np.nan), where=n > 0)
    return Shares(x, n, share, n, np.broadcast_to(np.asarray(df, dtype=float), x.shape))


def test_range_keeps_measures_apart():
    # Of the second measure one group is infinite, of the third only one is known, of the fourth one has no rows.
    measures = (F1, ODDS, RATE, F1, RATE)
    counts = [[30, 60, 20], [30, 90, 20], [5, 0, 0], [30, 0, 20], [9, 8, 7]]
    rows = [[100, 150, 90], [100, 90, 90], [40, 0, 0], [100, 0, 90], [30, 31, 32]]
    df = [[9, 30, 12], [np.inf] * 3, [3, 4, 5], [8, 2, 11], [np.inf] * 3]
    groups = by_measure(counts, rows, df)
    together = compare_range(measures, groups, {"difference": np.zeros(5), "ratio": np.zeros(5)}, confidence=0.9)
    assert np.isnan(together["difference"].estimate[:, 0]).tolist() == [False, True, True, False, False]
    for i, measure in enumerate(measures):
        alone = compare_range(
            (measure,), groups.each(lambda a, i=i: a[[i]]), {"difference": [0.0], "ratio": [0.0]}, confidence=0.9
        )
        for comparison, found in together.items():
            for name in ("estimate", "low", "high", "p_value", "expected_by_chance"):
                assert getattr(found, name)[i] == near(getattr(alone[comparison], name)[0]), (i, comparison, name)
    assert together["ratio"].expected_by_chance.dtype == float
    x, n = np.array(counts[4]), np.array(rows[4])
    assert together["difference"].low[4, 0] == near(float(spread_interval(x, n, confidence=0.9)[0]))
    assert together["difference"].high[4, 0] == near(float(spread_interval(x, n, confidence=0.9)[1]))
    assert together["ratio"].low[4, 0] == near(float(spread_ratio_interval(x, n, confidence=0.9)[0]))


def test_range_of_transformed_shares_in_clusters():
    groups = by_measure([[30, 60, 0, 20]], [[100, 150, 0, 90]], [[6, 40, 3, 15]])
    found = compare_range((F1,), groups, {"difference": [0.0], "ratio": [0.0]}, confidence=0.9)
    critical = critical_value(1 - 0.1 / 3, [6, 40, 15])
    low, high = (F1.value(a) for a in guarded_limits([30, 60, 20], [100, 150, 90], critical=critical))
    assert found["difference"].high[0, 0] == near(high.max() - low.min())
    assert found["ratio"].low[0, 0] == near(low.min() / high.max())
    two = compare_range(
        (F1,), by_measure([[30, 60]], [[100, 150]]), {"difference": [0.0], "ratio": [0.0]}, confidence=0.95
    )
    low, high = (F1.value(a) for a in guarded_limits([30, 60], [100, 150], critical=critical_value(0.975)))
    assert two["ratio"].low[0, 0] == near(low.min() / high.max())
    assert two["ratio"].high[0, 0] == near(high.min() / low.max() if high.min() < low.max() else 1.0)


def test_chance_in_the_range_of_a_composite():
    groups = by_measure([[30, 60, 0]], [[100, 150, 0]])
    found = compare_range((PREVALENCE,), groups, {"difference": [0.0], "ratio": [0.0]}, confidence=0.95)
    error = np.sqrt(90 / 250 * (1 - 90 / 250) / np.array([100, 150]))
    assert found["difference"].expected_by_chance[0, 0] == near(2 * float(expected_range(error)))


def test_a_tiny_p_value_with_few_clusters():
    found = compare(shares([0], [10_000], df=1), shares([9_000], [10_000], df=1))["difference"].p_value[0, 0]
    assert 0 < found < 0.05
    assert found == near(2 * student.sf(norm.isf(0.5e-300), 2))
    alike = compare(shares([50], [100], df=1), shares([50], [100], df=4))["difference"].p_value[0, 0]
    assert alike == near(1)


def test_a_correlation_of_one_leaves_some_doubt():
    first, second = shares([30], [100]), shares([30.001], [100])
    found = compare(first, second, correlation=np.array([[1.0]]))["difference"].p_value[0, 0]
    independent = compare(first, second)["difference"].p_value[0, 0]
    assert found == near(2 * norm.sf(norm.isf(independent / 2) * 1_000))
    lists = compare(first, second, correlation=[[0.4]])["difference"]
    assert lists.low[0, 0] == compare(first, second, correlation=np.array([[0.4]]))["difference"].low[0, 0]


def test_to_overall_of_a_gap_of_nothing():
    against_rest = compare(shares([0, 9], [50, 50]), shares([9, 9], [50, 50]))
    found = to_overall(against_rest, np.full((1, 2), 50.0), np.full((1, 2), 50.0))["ratio"]
    assert found.low[0, 0] == 0
    assert not np.signbit(found.low[0, 0])
    assert found.estimate[0, 1] == near(1)


def test_plain_shares_far_apart_have_their_own_interval():
    found = compare(shares([5], [40]), shares([35], [40]))["difference"]
    assert [found.low[0, 0], found.high[0, 0]] == near(
        list(difference_interval(5, 40, 35, 40, critical1=Z, critical2=Z))
    )
    one, other = guarded_limits(5, 40, critical=Z), guarded_limits(35, 40, critical=Z)
    assert found.low[0, 0] < float(mover_difference(0.125, *one, 0.875, *other)[0])


def test_range_leaves_out_groups_without_evidence():
    # A group in one cluster has a share and no effective rows; its degrees of freedom must not count.
    x, n = np.array([[30.0, 0, 60, 20]]), np.array([[100.0, 0, 150, 90]])
    share = np.array([[0.3, 0.99, 0.4, 20 / 90]])
    df = np.array([[50.0, 0, 60, 40]])
    nothing = {"difference": [0.0, 0.0], "ratio": [0.0, 0.0]}
    groups = Shares(*(np.repeat(a, 2, axis=0) for a in (x, n, share, n, df)))
    found = compare_range((F1, RATE), groups, nothing, confidence=0.95)
    kept = groups.each(lambda a: a[:, [0, 2, 3]])
    expected = compare_range((F1, RATE), kept, nothing, confidence=0.95)
    for comparison, gap in found.items():
        for name in ("low", "high", "p_value"):
            assert getattr(gap, name)[:, 0].tolist() == near(getattr(expected[comparison], name)[:, 0]), name
    assert found["difference"].p_value[1, 0] == near(float(homogeneity_test(x[0], n[0], df=df[0])))


def test_a_measure_without_two_groups_does_not_stop_the_next():
    groups = by_measure([[30, 0, 0], [30, 60, 20]], [[100, 0, 0], [100, 150, 90]])
    found = compare_range((F1, F1), groups, {"difference": [0, 0], "ratio": [0, 0]}, confidence=0.95)["ratio"]
    alone = compare_range((F1,), groups.each(lambda a: a[1:]), {"difference": [0], "ratio": [0]}, confidence=0.95)
    assert np.isnan(found.low[0, 0])
    assert [found.low[1, 0], found.high[1, 0]] == near([alone["ratio"].low[0, 0], alone["ratio"].high[0, 0]])
