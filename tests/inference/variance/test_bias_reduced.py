"""Variances between clusters against textbook CR2 with dense matrices, and against what is known."""

import numpy as np
import pytest
from scipy.linalg import block_diag, inv, sqrtm

from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.variance.bias_reduced import bias_reduced, correlation_within
from biasaudit.inference.variance.effective import Shares, clustered_shares
from biasaudit.metrics.cell_totals import ClusterTotals

SIZES = ([1, 2, 3, 9], [5, 1, 1, 4, 2, 2], [3, 3, 3])


def totals_of(counted, sizes, squares=None):
    """Totals of clusters that each lie in one group; `counted` and `sizes` are lists of groups."""
    group = np.repeat(np.arange(len(sizes)), [len(s) for s in sizes])
    numerator, denominator = (np.concatenate(a).astype(float)[None] for a in (counted, sizes))
    q = denominator if squares is None else np.concatenate(squares).astype(float)[None]
    return ClusterTotals(numerator, denominator, q, group, np.arange(len(group)), len(sizes), len(group))


def textbook(x, sizes, rho):
    """CR2 of a mean and its degrees of freedom, every matrix written out (Pustejovsky & Tipton 2018, 4, 8 and 11)."""
    n = sum(sizes)
    design, cluster = np.ones((n, 1)), np.repeat(np.arange(len(sizes)), sizes)
    working = block_diag(*[(1 - rho) * np.eye(m) + rho * np.ones((m, m)) for m in sizes])
    bread = inv(design.T @ design)
    left = np.eye(n) - design @ bread @ design.T
    residual = left @ x
    meat, forms = 0.0, []
    for j in range(len(sizes)):
        rows = cluster == j
        root = np.linalg.cholesky(working[np.ix_(rows, rows)]).T
        inside = root @ (left @ working @ left.T)[np.ix_(rows, rows)] @ root.T
        adjust = root.T @ inv(np.real(sqrtm(inside))) @ root
        meat += float((design[rows].T @ adjust @ residual[rows]).item()) ** 2
        forms.append(left[rows].T @ adjust.T @ design[rows] @ bread)
    forms = np.hstack(forms)
    quadratic = forms.T @ working @ forms
    return meat * bread.item() ** 2, np.trace(quadratic) ** 2 / np.trace(quadratic @ quadratic)


@pytest.mark.parametrize("rho", [0.0, 0.2, 0.9])
def test_equals_the_textbook(rho):
    rng = np.random.default_rng(3)
    rows = [rng.integers(0, 2, sum(sizes)) for sizes in SIZES]
    counted = [np.add.reduceat(x, np.cumsum([0, *s[:-1]])) for x, s in zip(rows, SIZES, strict=True)]
    share = np.array([[x.mean() for x in rows]])
    found = bias_reduced(totals_of(counted, SIZES), share, np.array([[rho]]))
    for g, (x, sizes) in enumerate(zip(rows, SIZES, strict=True)):
        variance, df = textbook(x, sizes, rho)
        assert found.variance[0, g] == pytest.approx(variance, rel=1e-9)
        assert found.df[0, g] == pytest.approx(df, rel=1e-9)
        m = np.array(sizes)
        assert found.design_effect[0, g] == pytest.approx((m * (1 + rho * (m - 1))).sum() / m.sum())


def test_clusters_of_one_size_have_the_classical_variance():
    found = bias_reduced(totals_of([[1, 4, 2, 0]], [[5, 5, 5, 5]]), np.array([[7 / 20]]), np.array([[0.4]]))
    assert found.variance[0, 0] == pytest.approx(np.var([0.2, 0.8, 0.4, 0.0], ddof=1) / 4)
    assert found.df[0, 0] == pytest.approx(3)


def test_weights_come_through_the_totals():
    """The variance has no bias under its own model, whatever the weights."""
    rng = np.random.default_rng(5)
    sizes = rng.gamma(1, 3, (3, 8)) + 0.5
    squares, rho = sizes * rng.uniform(0.2, 1, (3, 8)), 0.3
    totals = totals_of(np.zeros((3, 8)), sizes, squares)
    spread = squares + rho * (sizes**2 - squares)
    for g in range(3):
        mean = sum(
            bias_reduced(_with_total(totals, 8 * g + j, s), _share(totals, 8 * g + j, s), np.array([[rho]])).variance[
                0, g
            ]
            for j, s in enumerate(np.sqrt(spread[g]))
        )
        # Errors of clusters are independent, and the variance is quadratic: means add up.
        assert mean == pytest.approx(spread[g].sum() / sizes[g].sum() ** 2)


def _with_total(totals, at, value):
    numerator = totals.numerator.copy()
    numerator[0, at] = value
    return ClusterTotals(numerator, totals.denominator, totals.squares, totals.group, totals.cluster, 3, 24)


def _share(totals, at, value):
    return np.array([[value * (totals.group[at] == g) for g in range(3)]]) / totals.by_group(totals.denominator)


def test_one_cluster_tells_nothing():
    found = bias_reduced(totals_of([[3], [1, 2]], [[7], [4, 5]]), np.array([[3 / 7, 1 / 3]]), np.array([[0.1]]))
    assert np.isnan(found.variance[0, 0])
    assert found.df[0, 0] == 0
    assert np.isfinite(found.variance[0, 1])


def beta_clusters(seed, tables, sizes, rate, rho):
    rng = np.random.default_rng(seed)
    size, strength = np.concatenate(sizes), 1 / rho - 1
    likes = rng.beta(rate * strength, (1 - rate) * strength, (tables, len(size)))
    counted, rows = rng.binomial(size, likes).astype(float), np.broadcast_to(size, likes.shape).astype(float)
    group = np.repeat(np.arange(len(sizes)), [len(s) for s in sizes])
    return ClusterTotals(counted, rows, rows, group, np.arange(len(size)), len(sizes), len(size))


def shares_of(totals):
    x, n = totals.by_group(totals.numerator), totals.by_group(totals.denominator)
    return clustered_shares(Shares(x, n, x / n, n, np.full(x.shape, np.inf)), totals)


def test_the_correlation_is_found():
    totals = beta_clusters(1, 400, [np.tile([2, 5, 30], 40)] * 3, 0.3, 0.2)
    share = totals.by_group(totals.numerator) / totals.by_group(totals.denominator)
    found = correlation_within(totals, share, share * (1 - share))
    assert found.mean() == pytest.approx(0.2, abs=0.01)
    alone = ClusterTotals(
        totals.numerator * 0 + 1, *[totals.denominator * 0 + 2] * 2, totals.group, totals.cluster, 3, 360
    )
    assert correlation_within(alone, np.full((400, 3), 0.5), np.full((400, 3), 0.25)).max() == 0


@pytest.mark.parametrize(
    ("groups", "sizes", "rho"),
    [
        (10, 200 / np.arange(1, 21) ** 1.5, 0.2),
        (4, 200 / np.arange(1, 16) ** 1.2, 0.2),
        (4, np.full(20, 20.0), 0.1),
    ],
)
def test_equal_groups_of_clusters_are_not_told_apart(groups, sizes, rho):
    tables = 1000
    shares = shares_of(beta_clusters(groups, tables, [np.maximum(sizes, 1).astype(int)] * groups, 0.3, rho))
    p = homogeneity_test(shares.count, shares.nobs, df=shares.df)
    assert np.mean(p <= 0.05) < 0.07 + 2 * np.sqrt(0.07 * 0.93 / tables)
    assert np.mean(p <= 0.0033) < 0.01 + 2 * np.sqrt(0.01 / tables)


def test_few_clusters_that_agree_by_chance_are_not_believed():
    others = [1, 9, 3, 8, 0, 10]
    alike = shares_of(totals_of([[2, 2, 2], others], [[10] * 3, [10] * 6]))
    assert alike.nobs[0, 0] <= 3
    nearly = shares_of(totals_of([[2, 2, 3], others], [[10] * 3, [10] * 6]))
    # Seven were counted: the correlation of all groups says how many rows that is.
    correlation = correlation_within(*_model_of([[2, 2, 3], others], [[10] * 3, [10] * 6]))
    assert nearly.nobs[0, 0] == pytest.approx(30 / (1 + 9 * correlation.item()))
    assert nearly.df[0].tolist() == pytest.approx([2, 5])
    alone = shares_of(totals_of([[2, 2, 3]], [[10] * 3]))
    assert alone.nobs[0, 0] == 30
    assert alone.df[0, 0] == pytest.approx(2)


def _model_of(counted, sizes):
    totals = totals_of(counted, sizes)
    share = totals.by_group(totals.numerator) / totals.by_group(totals.denominator)
    return totals, share, share * (1 - share)


def test_outside():
    """Everyone outside a group, where clusters span groups, against sums by hand."""
    group, cluster = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 0, 3])
    numerator, rows = np.array([[1.0, 2, 3, 0, 1, 2]]), np.array([[4.0, 3, 5, 0.1, 2, 6]])
    totals = ClusterTotals(numerator, rows, rows / 2, group, cluster, 3, 4)
    outside = totals.outside(1, 3)
    assert outside.n_groups == 2
    assert outside.denominator.reshape(2, 4).tolist() == [[6, 3, 0, 6], [4, 8, 0.1, 0]]
    assert outside.numerator.reshape(2, 4).tolist() == [[2, 2, 0, 2], [1, 5, 0, 0]]
    assert outside.squares.reshape(2, 4).tolist() == [[3, 1.5, 0, 3], [2, 4, 0.05, 0]]
    assert outside.clusters.tolist() == [[3, 3]]
