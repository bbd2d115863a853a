"""Balanced accuracy and AUC from five positives on, and inequality between groups, which is never below 0."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import ndtr, ndtri

import biasaudit as ba
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.inequality import CELL_BENEFITS, INDICES, between_interval, inequality
from biasaudit.inference.intervals.closed_form import newcombe
from biasaudit.inference.measures import rate_interval
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.effective import Shares
from biasaudit.inference.variance.noncentrality import SquaredGaps
from biasaudit.metrics.composites import COMPOSITES
from biasaudit.metrics.influence import balanced_accuracy, mean_of_rows, rank_auc
from biasaudit.metrics.wilson import wilson

BALANCED, AUC = (next(c for c in COMPOSITES if c.name == name) for name in ("balanced_accuracy", "auc"))
Z = 1.959963984540054


def shares(found):
    one = found.share[None]
    none = np.full(one.shape, np.nan)
    return Shares(none, found.rows[None], one, found.independent_rows[None], np.full(one.shape, np.inf))


def every_table(positives, negatives, tpr, tnr):
    """Every confusion that can come, and its chance."""
    tp, tn = (a.ravel() for a in np.meshgrid(np.arange(positives + 1), np.arange(negatives + 1), indexing="ij"))
    chance = stats.binom.pmf(tp, positives, tpr) * stats.binom.pmf(tn, negatives, tnr)
    return np.stack([tn, negatives - tn, positives - tp, tp], axis=1).astype(float), chance


def holds(low, high, truth):
    return (low <= truth + 1e-12) & (high >= truth - 1e-12)


# Newcombe (1998), table II, method 10.
@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "limits"),
    [
        (56, 70, 48, 80, (0.0524, 0.3339)),
        (9, 10, 3, 10, (0.1705, 0.8090)),
        (6, 7, 2, 7, (0.0582, 0.8062)),
        (5, 56, 0, 29, (-0.0381, 0.1926)),
        (10, 10, 0, 20, (0.6791, 1.0000)),
    ],
)
def test_balanced_accuracy_is_no_surer_than_newcombe_is_of_the_two_rates(x1, n1, x2, n2, limits):
    cells = np.array([[n2 - x2, x2, n1 - x1, x1]], dtype=float)
    found = balanced_accuracy(cells, cells)
    assert found.share[0] == pytest.approx((1 + x1 / n1 - x2 / n2) / 2)
    low, high = (float(a[0]) for a in wilson(found.share * found.independent_rows, found.independent_rows, critical=Z))
    published = [(1 + limit) / 2 for limit in limits]
    assert low <= published[0] + 5e-5
    assert high >= published[1] - 5e-5
    assert min(abs(low - published[0]), abs(high - published[1])) < 5e-5


def test_of_many_rows_the_two_are_one():
    cells = np.array([[90_000.0, 10_000.0, 8_000.0, 32_000.0]])
    found = balanced_accuracy(cells, cells)
    exact = found.share * (1 - found.share) / found.variance()
    np.testing.assert_allclose(found.independent_rows, exact, rtol=0.01)
    low, high = wilson(found.share * found.independent_rows, found.independent_rows, critical=Z)
    theirs = newcombe(32_000, 40_000, 10_000, 100_000, critical=Z)
    np.testing.assert_allclose([low[0], high[0]], [(1 + float(t)) / 2 for t in theirs], atol=1e-5)


SMALL = [
    (5, 100, 0.8, 0.9),
    (5, 100, 0.5, 0.5),
    (5, 100, 0.9, 0.95),
    (8, 8, 0.8, 0.8),
    (8, 8, 0.5, 0.9),
    (8, 8, 0.6, 0.95),
    (20, 200, 0.9, 0.95),
    (30, 300, 0.95, 0.98),
]


@pytest.mark.parametrize("setting", SMALL)
def test_balanced_accuracy_holds_exactly_so_often(setting):
    cells, chance = every_table(*setting)
    _, low, high = rate_interval((BALANCED,), shares(balanced_accuracy(cells, cells)), 0.95)
    assert chance[holds(low[0], high[0], (setting[2] + setting[3]) / 2)].sum() >= 0.93


@pytest.mark.parametrize("setting", [s for s in SMALL if s[1] < 200])
def test_and_so_does_the_gap_of_two_groups(setting):
    cells, chance = every_table(*setting)
    kept = chance > 1e-5
    cells, chance = cells[kept], chance[kept]
    mine = shares(balanced_accuracy(cells, cells))
    first, second = (np.array(at) for at in zip(*itertools.product(range(len(cells)), repeat=2), strict=True))
    pair = (mine.each(lambda a, at=at: a[:, at]) for at in (first, second))
    gap = compare_pairs((BALANCED,), *pair, confidence=0.95, alpha=0.05)["difference"]
    assert (chance[first] * chance[second])[holds(gap.low[0], gap.high[0], 0)].sum() >= 0.93


def drawn_scores(rng, positives, negatives, auc, spread, tables):
    shift = np.sqrt(1 + spread**2) * ndtri(auc)
    edges = np.linspace(-3, 3 + shift, 99)
    below, above = (np.diff([0, *ndtr((edges - at) / by), 1]) for at, by in ((0, 1), (shift, spread)))
    truth = float((above * (np.cumsum(below) - below / 2)).sum())
    counts = [rng.multinomial(n, p, tables) for n, p in ((negatives, below), (positives, above))]
    return np.stack(counts, axis=1).astype(float), truth


@pytest.mark.parametrize(
    "setting",
    [
        (5, 100, 0.7, 1),
        (5, 100, 0.9, 2),
        (8, 8, 0.9, 1),
        (30, 30, 0.98, 1),
        (30, 30, 0.98, 2),
        (30, 300, 0.9, 2),
        (100, 100, 0.995, 1),
    ],
)
def test_auc_holds_and_so_does_its_gap(setting):
    rng = np.random.default_rng(0)
    (cells, truth), (others, _) = (drawn_scores(rng, *setting, tables=3_000) for _ in range(2))
    mine, theirs = (shares(rank_auc(c, c)) for c in (cells, others))
    _, low, high = rate_interval((AUC,), mine, 0.95)
    gap = compare_pairs((AUC,), mine, theirs, confidence=0.95, alpha=0.05)["difference"]
    # Two standard errors of 3,000 tables.
    assert holds(low, high, truth).mean() >= 0.93 - 0.009
    assert holds(gap.low, gap.high, 0).mean() >= 0.93 - 0.009


def test_auc_of_many_is_delongs_and_of_few_has_its_guard():
    rng = np.random.default_rng(2)
    many, _ = drawn_scores(rng, 20_000, 20_000, 0.8, 1, tables=5)
    found = rank_auc(many, many)
    np.testing.assert_allclose(found.independent_rows, found.share * (1 - found.share) / found.variance(), rtol=0.02)
    few, _ = drawn_scores(rng, 20, 200, 0.8, 1, tables=50)
    found = rank_auc(few, few)
    np.testing.assert_array_equal(
        found.independent_rows, found.effective_rows(found.variance(), found.rows_without_variance)
    )


def test_auc_with_nothing_out_of_order_knows_no_variance():
    cells = np.array([[[40.0, 0.0], [0.0, 40.0]]])
    found = rank_auc(cells, cells)
    np.testing.assert_array_equal(found.independent_rows, found.rows_without_variance)


def test_the_sum_of_squares_is_noncentral_chi_square_and_f():
    gaps = SquaredGaps(estimate=6.0, bias=4.0, scale=2.0, slope=2.0)
    # Twice a chi-square of two: as far from 3 on the scale of roots, on either side.
    root, center = np.sqrt(6 / 2), np.sqrt(3 / 2)
    inside = stats.ncx2.cdf(root**2, 2, 1.5) - stats.ncx2.cdf((2 * center - root) ** 2, 2, 1.5)
    assert gaps.p_value(3.0) == pytest.approx(1 - inside, abs=1e-9)
    assert gaps.p_value(0.0) == pytest.approx(stats.chi2.sf(3, 2), abs=1e-12)
    few = SquaredGaps(estimate=6.0, bias=4.0, scale=2.0, slope=2.0, df=7.0)
    assert few.p_value(0.0) == pytest.approx(stats.f.sf(3 / 2, 2, 7), abs=1e-9)
    assert few.interval(0.95)[1] > gaps.interval(0.95)[1]


@pytest.mark.parametrize("estimate", [0.0, 0.5, 3.0, 10.0, 80.0])
def test_every_truth_inside_is_not_rejected_and_the_next_is(estimate):
    gaps = SquaredGaps(estimate, bias=3.0, scale=1.0, slope=1.4)
    low, high = gaps.interval(0.95)
    assert low <= estimate < high
    assert gaps.p_value(high) == pytest.approx(0.05, abs=1e-6)
    assert (gaps.p_value(low) == pytest.approx(0.05, abs=1e-6)) if low else (gaps.p_value(0.0) >= 0.05)


def frame(rng, gap, rows=600):
    group = np.arange(rows) % 3
    cells = np.array([0.5, 0.15, 0.1, 0.25]) + np.array([-1, 1, 0, 0]) * np.where(group == 0, gap, 0)[:, None]
    cell = (rng.random(rows)[:, None] > np.cumsum(cells, axis=1)).sum(axis=1)
    return pd.DataFrame({"g": group.astype(str), "y": cell // 2, "p": cell % 2})


def between(data, **asked):
    table = ba.audit_predictions(data, sensitive_features="g", y_true="y", y_pred="p", **asked)
    return table.inequality().query("part == 'between'"), table.disparities()


def test_the_table_holds_0_where_groups_are_alike_and_not_where_they_are_far_apart():
    found, _ = between(frame(np.random.default_rng(1), 0.0))
    assert (found["low"] == 0).all()
    assert (found["high"] > found["estimate"]).all()
    found, gaps = between(frame(np.random.default_rng(1), 0.3))
    assert (found["low"] > 0).all()
    assert gaps.query("metric == 'prevalence_error' and kind == 'range'")["p_value"].max() < 0.05


@pytest.mark.parametrize("gap", [0.0, 0.15])
def test_it_holds_the_truth_and_leaves_0_out_as_often_as_the_test(gap):
    rng, rows = np.random.default_rng(5), np.array([100, 200, 300])
    cells = np.tile([0.5, 0.15, 0.1, 0.25], (3, 1)) + np.array([[-gap, gap, 0, 0], [0] * 4, [0] * 4])
    truth = {index: float(inequality(rows[:, None] * cells, index).between) for index in INDICES}
    zero, held, rejected = [], [], []
    for _ in range(500):
        drawn = np.stack([rng.multinomial(n, p) for n, p in zip(rows, cells, strict=True)]).astype(float)
        found = shares(mean_of_rows(drawn, drawn, CELL_BENEFITS / 2))
        rejected.append(homogeneity_test(found.count, found.nobs)[0] <= 0.05)
        limits = [between_interval(drawn.sum(axis=1), found, index, 0.95) for index in INDICES]
        zero.append([low == 0 for low, _ in limits])
        held.append([low <= truth[i] <= high for i, (low, high) in zip(INDICES, limits, strict=True)])
    assert np.min(np.mean(held, axis=0)) >= 0.93 - 0.02
    np.testing.assert_allclose(1 - np.mean(zero, axis=0), np.mean(rejected), atol=0.05)


def test_weights_and_clusters_widen_it():
    data = frame(np.random.default_rng(1), 0.2)
    twice = pd.concat([data, data], ignore_index=True)
    person = list(range(len(data))) * 2
    alone, _ = between(data)
    split, _ = between(twice.assign(person=person), cluster="person")
    same, _ = between(twice)
    width = [(found["high"] - found["low"]).to_numpy() for found in (alone, split, same)]
    np.testing.assert_allclose(width[1], width[0], rtol=0.05)
    assert (width[2] < 0.8 * width[0]).all()
    uneven = np.where(np.arange(len(data)) % 10 == 0, 20.0, 1.0)
    weighted, _ = between(data.assign(w=uneven), sample_weight="w")
    assert (weighted["high"] - weighted["low"] > 1.5 * width[0]).all()


def test_what_is_not_known_has_no_limits():
    data = frame(np.random.default_rng(1), 0.2).assign(town=lambda f: np.where(f["g"] == "0", "x", f.index.astype(str)))
    found, _ = between(data, cluster="town")
    assert found[["low", "high"]].isna().all().all()
    assert found["estimate"].notna().all()
    nobody, _ = between(frame(np.random.default_rng(1), 0.0).assign(y=1, p=0))
    assert nobody[["estimate", "low", "high"]].isna().all().all()


def test_nothing_lies_between_one_group():
    cells = np.array([[5.0, 1.0, 1.0, 5.0], [0.0, 0.0, 0.0, 0.0]])
    assert between_interval(
        cells.sum(axis=1), shares(mean_of_rows(cells, cells, CELL_BENEFITS / 2)), "theil", 0.95
    ) == (0, 0)
