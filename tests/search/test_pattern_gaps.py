"""Gaps of patterns: rows are rows, and few clusters or shared ones make a gap as uncertain as they should."""

import dataclasses

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm, t

from biasaudit.inference.intervals.small_groups import difference_interval
from biasaudit.inference.testing.one_sided import higher_share_p_value
from biasaudit.inference.variance.effective import Shares
from biasaudit.search.pattern_gaps import PatternGaps, cases_and_rows

X1, N1, X2, N2 = (np.array([[value]]) for value in (90.0, 200.0, 300.0, 1_000.0))
Z = {"critical1": norm.isf(0.025), "critical2": norm.isf(0.025)}


def gaps(df1=np.inf, df2=np.inf, correlation=0.0):
    plain = PatternGaps.of_rows(X1, N1, X2, N2)
    first, second = (
        dataclasses.replace(side, df=np.full((1, 1), df)) for side, df in ((plain.first, df1), (plain.second, df2))
    )
    return PatternGaps(first, second, np.full((1, 1), correlation))


def test_rows_are_held_against_rows_as_ever():
    found = gaps()
    assert found.effect.item() == pytest.approx(0.15)
    assert found.df.item() == np.inf
    assert found.one_sided_p_value(np.array([[True]])) == higher_share_p_value(X1, N1, X2, N2)
    assert found.one_sided_p_value(np.array([[False]])) == higher_share_p_value(N1 - X1, N1, N2 - X2, N2)
    assert np.ravel(found.interval(0.95)) == pytest.approx(np.ravel(difference_interval(X1, N1, X2, N2, **Z)), rel=1e-9)


def test_few_clusters_are_judged_by_t():
    """Welch and Satterthwaite: 5 degrees of freedom of 200 rows and 30 of 1,000."""
    found = gaps(df1=5.0, df2=30.0)
    variance = 1 / 200, 1 / 1_000
    df = sum(variance) ** 2 / (variance[0] ** 2 / 5 + variance[1] ** 2 / 30)
    assert found.df.item() == pytest.approx(df)
    z = ndtri(higher_share_p_value(X1, N1, X2, N2))
    assert found.one_sided_p_value(np.array([[True]])) == pytest.approx(t(df).cdf(z), rel=1e-9)
    critical = dict.fromkeys(Z, t(df).isf(0.025))
    assert np.ravel(found.interval(0.95)) == pytest.approx(np.ravel(difference_interval(X1, N1, X2, N2, **critical)))


@pytest.mark.parametrize("correlation", [-0.8, 0.5])
def test_shared_clusters_correlate(correlation):
    found = gaps(df1=5.0, df2=30.0, correlation=correlation)
    # Of the same clusters there are not more than either side has.
    assert found.df.item() == 5
    var1, var2 = 0.45 * 0.55 / 200, 0.3 * 0.7 / 1_000
    kept = 1 - 2 * correlation * np.sqrt(var1 * var2) / (var1 + var2)
    z = ndtri(higher_share_p_value(X1, N1, X2, N2)) / np.sqrt(kept)
    assert found.one_sided_p_value(np.array([[True]])) == pytest.approx(t(5).cdf(z), rel=1e-9)
    low, high = found.interval(0.95)
    apart = gaps(df1=5.0, df2=5.0).interval(0.95)
    assert ((high - low) > (apart[1] - apart[0])) == (correlation < 0)


def test_one_cluster_tells_nothing():
    found = gaps(df1=0.0, df2=30.0)
    assert found.one_sided_p_value(np.array([[True]])) == 1
    nobody = PatternGaps.of_rows([[0]], [[0]], X2, N2)
    assert nobody.one_sided_p_value(np.array([[False]])) == 1
    assert np.isnan(nobody.interval(0.95)).all()
    assert np.isnan(nobody.effect)


def test_whole_counts_stay_whole():
    """1 of 49 is not 0.9999999999999999 of them."""
    x, n = np.array([[1.0]]), np.array([[49.0]])
    assert (x / n * n != x).all()
    shares = Shares(x, n, x / n, n, np.full((1, 1), np.inf))
    assert cases_and_rows(shares)[0] == 1
    assert cases_and_rows(dataclasses.replace(shares, nobs=n / 2))[0] == pytest.approx(0.5)
