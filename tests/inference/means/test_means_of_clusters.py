"""Means of clusters against CR2 with every matrix written out, statsmodels, and groups that share clusters."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.linalg import inv, sqrtm
from tables_of_numbers import MEAN, column, drawn, table_of

from biasaudit.inference.means.comparisons import compare_means
from biasaudit.inference.means.estimates import group_means, rest_means
from biasaudit.inference.means.shared_clusters import (
    correlation,
    correlation_between,
    means_between,
    rest_correlation,
)
from biasaudit.inference.variance.bias_reduced import correlation_within
from biasaudit.metrics.moment_measures import MEASURES, get_measure
from biasaudit.metrics.moment_totals import group_moments, moment_totals


def dense_cr2(values, cluster, rho):
    """CR2 of a mean and Satterthwaite's degrees of freedom, every matrix written out (Pustejovsky & Tipton 2018)."""
    n, design = len(values), np.ones((len(values), 1))
    same = cluster[:, None] == cluster
    working = np.where(same, rho, 0.0) + (1 - rho) * np.eye(n)
    left = np.eye(n) - design @ design.T / n
    meat, forms = 0.0, []
    for one in np.unique(cluster):
        rows = cluster == one
        root = np.linalg.cholesky(working[np.ix_(rows, rows)]).T
        adjust = root.T @ inv(np.real(sqrtm(root @ (left @ working @ left.T)[np.ix_(rows, rows)] @ root.T))) @ root
        meat += (adjust @ (left @ values)[rows]).sum() ** 2
        forms.append(left[rows].T @ adjust.T @ design[rows] / n)
    quadratic = np.hstack(forms).T @ working @ np.hstack(forms)
    return (meat / n**2) ** 0.5, np.trace(quadratic) ** 2 / np.trace(quadratic @ quadratic)


def test_errors_are_cr2_with_satterthwaites_degrees_of_freedom():
    outcome, group, _, _, cluster = drawn(sizes=(40, 60))
    outcome = outcome + 2 * np.sin(cluster)
    table = table_of(outcome, group, cluster=cluster)
    means, moments = group_means(table, MEAN), group_moments(table, ("outcome",))
    totals = moment_totals(table, ("outcome",))
    rho = correlation_within(totals, moments.mean - table.pivots[:1, None], moments.variance).item()
    assert 0.05 < rho < 0.6
    for at in (0, 1):
        error, df = dense_cr2(outcome[group == at], cluster[group == at], rho)
        assert (means.error[0, at], means.df[0, at]) == pytest.approx((error, df), rel=1e-6)
        residual = np.bincount(cluster[group == at], outcome[group == at] - outcome[group == at].mean())
        size = np.bincount(cluster[group == at])
        part = (size**2).sum() / size.sum() ** 2
        cubes = (residual**3).sum() / size.sum() ** 3 / (1 - part) / (1 - 2 * part)
        assert means.skew[0, at] == pytest.approx(cubes / error**3, rel=1e-5)


def test_clusters_of_one_size_have_statsmodels_robust_error():
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(16), 5)
    outcome = rng.gamma(2, 1, 80) + rng.normal(size=16)[cluster]
    means = group_means(table_of(outcome, cluster < 6, cluster=cluster), MEAN)
    # Groups stand in the order of their names: False, True.
    for at, chosen in enumerate((cluster >= 6, cluster < 6)):
        fit = sm.OLS(outcome[chosen], np.ones(chosen.sum())).fit(
            cov_type="cluster", cov_kwds={"groups": cluster[chosen]}
        )
        assert means.error[0, at] == pytest.approx(fit.bse[0], rel=1e-6)
    assert means.df[0].tolist() == pytest.approx([9, 5])
    gap = compare_means(MEAN, column(means, 1), column(means, 0), confidence=0.95, alpha=0.05, skewness=False)
    fit = sm.OLS(outcome, sm.add_constant((cluster < 6) * 1.0)).fit()
    half = (gap["difference"].high - gap["difference"].low).item() / 2
    assert gap["difference"].estimate.item() == pytest.approx(fit.params[1], rel=1e-9)
    variance = means.error[0] ** 2
    df = variance.sum() ** 2 / (variance**2 / [9, 5]).sum()
    assert half == pytest.approx(variance.sum() ** 0.5 * stats.t.ppf(0.975, df), rel=1e-6)


def test_one_cluster_tells_nothing_of_others():
    means = group_means(table_of(np.arange(8.0), [0] * 4 + [1] * 4, cluster=[0] * 4 + [1, 1, 2, 2]), MEAN)
    assert np.isnan(means.error[0, 0])
    assert means.error[0, 1] > 0


def test_clusters_that_agree_by_chance_leave_the_error_of_rows():
    outcome, cluster = [1.0, 3.0, 0.0, 4.0] * 2, [0, 0, 1, 1, 2, 2, 3, 3]
    means = group_means(table_of(outcome, [0] * 4 + [1] * 4, cluster=cluster), MEAN)
    assert means.error[0] == pytest.approx([(10 / 3 / 4) ** 0.5] * 2)


def test_what_happens_to_shared_clusters_parts_no_groups():
    rng = np.random.default_rng(7)
    cluster, group = np.repeat(np.arange(25), 6), np.tile([0, 0, 1, 1, 2, 2], 25)
    outcome = 5 * rng.normal(size=25)[cluster] + rng.normal(size=150) + 10
    table = table_of(outcome, group, cluster=cluster)
    means = group_means(table, MEAN)
    shared = correlation(table, MEAN, 0)
    of_pair = np.array(
        [
            outcome[(group == 1) & (cluster == c)].mean() - outcome[(group == 0) & (cluster == c)].mean()
            for c in range(25)
        ]
    )
    gap = compare_means(
        MEAN,
        column(means, 1),
        column(means, 0),
        confidence=0.95,
        alpha=0.05,
        correlation=shared[:, [1]],
        skewness=False,
    )["difference"]
    assert (gap.high - gap.low).item() / 2 == pytest.approx(2.01 * of_pair.std(ddof=1) / 5, rel=0.02)
    apart = means_between(table, MEAN, means)
    assert ((apart.error[0, 0] ** 2 + apart.error[0, 1] ** 2) ** 0.5) == pytest.approx(
        of_pair.std(ddof=1) / 5, rel=0.25
    )
    pairs = correlation_between(table, MEAN, np.array([0, 1]), np.array([1, 2]))
    assert pairs[0, 0] == pytest.approx(shared[0, 1])
    rest = rest_correlation(table, MEAN)
    residuals = [np.bincount(cluster[c], outcome[c] - outcome[c].mean()) for c in (group == 0, group != 0)]
    assert rest[0, 0] == pytest.approx(
        (residuals[0] * residuals[1]).sum() / np.prod([(r**2).sum() ** 0.5 for r in residuals]), rel=1e-6
    )


def test_without_clusters_nothing_is_shared():
    outcome, group, prediction, _, _ = drawn()
    table = table_of(outcome, group, prediction=prediction)
    means = group_means(table, MEASURES)
    assert means_between(table, MEASURES, means) is means
    for found in (correlation(table, MEASURES, 0), rest_correlation(table, MEASURES)):
        assert found.shape == (len(MEASURES), 3)
        assert not found.any()


def test_every_measure_is_less_sure_where_rows_of_a_cluster_are_alike():
    rng = np.random.default_rng(9)
    cluster = np.repeat(np.arange(60), 10)
    group, outcome = cluster % 2, rng.gamma(2, 2, 60)[cluster] + 0.1 * rng.normal(size=600)
    prediction = outcome + rng.normal(size=60)[cluster] + 0.1 * rng.normal(size=600)
    measures = [*MEASURES[:6], get_measure("median_outcome")]
    columns = {"prediction": prediction}
    plain = group_means(table_of(outcome, group, **columns), measures)
    clustered = group_means(table_of(outcome, group, cluster=cluster, **columns), measures)
    assert (clustered.error > 1.8 * plain.error).all()
    assert (rest_means(table_of(outcome, group, cluster=cluster, **columns), measures).df < 40).all()
