"""Distances between distributions against scipy, and calibration against pandas."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon
from tables_of_numbers import drawn, table_of

from biasaudit.inference.means.distances import (
    calibration_bins,
    jensen_shannon,
    kolmogorov_smirnov,
    kolmogorov_smirnov_p_value,
    kullback_leibler,
    lp_norm,
    standardised_mean_difference,
    total_variation,
    wasserstein,
)
from biasaudit.inference.means.distributions import Distribution

OUTCOME, GROUP, PREDICTION, WEIGHT, _ = drawn()
TABLE = table_of(np.round(OUTCOME, 1), GROUP, prediction=np.round(PREDICTION, 1), weight=WEIGHT)
SPREAD = Distribution(TABLE.histograms["outcome"], 3)
PLAIN = Distribution(table_of(np.round(OUTCOME, 1), GROUP).histograms["outcome"], 3)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (2, 0)])
def test_distances_of_values_are_scipys(first, second):
    one, other = (np.round(OUTCOME, 1)[at == GROUP] for at in (first, second))
    statistic = kolmogorov_smirnov(PLAIN.weight[first], PLAIN.weight[second])
    assert statistic == pytest.approx(stats.ks_2samp(one, other).statistic, abs=1e-12)
    rows = len(one) * len(other) / (len(one) + len(other))
    expected = stats.kstwobign.sf(statistic * rows**0.5)
    assert kolmogorov_smirnov_p_value(statistic, len(one), len(other)) == pytest.approx(expected, rel=1e-9)
    moved = wasserstein(SPREAD.weight[first], SPREAD.weight[second], SPREAD.middle)
    weights = [WEIGHT[at == GROUP] for at in (first, second)]
    assert moved == pytest.approx(stats.wasserstein_distance(one, other, *weights), abs=1e-9)
    p, q = SPREAD.shares[first], SPREAD.shares[second]
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-9)
    assert kullback_leibler(p, p + q) == pytest.approx(stats.entropy(p, p + q), rel=1e-9)
    assert total_variation(p, q) == pytest.approx(lp_norm(p, q, 1) / 2)
    assert lp_norm(p, q) == pytest.approx(np.linalg.norm(p - q))


def test_all_groups_are_held_against_one_at_once():
    everyone = kolmogorov_smirnov(PLAIN.weight, PLAIN.weight[1])
    assert everyone.shape == (3,)
    assert everyone[1] == 0


def test_a_group_without_rows_is_at_no_distance():
    for distance in (kolmogorov_smirnov, total_variation, kullback_leibler, jensen_shannon, lp_norm):
        assert np.isnan(distance([0, 0], [1, 3]))
    assert np.isnan(standardised_mean_difference(1, 0, 2, 0))


def test_calibration_averages_groups_in_bins_of_everyone():
    bins = calibration_bins(TABLE.histograms["prediction"], 3)
    assert len(bins.low) == 10
    assert (bins.low[1:] > bins.high[:-1]).all()
    everyone = bins.weight.sum(axis=0)
    assert everyone.max() / everyone.min() < 1.3
    frame = pd.DataFrame({"g": GROUP, "y": np.round(OUTCOME, 1), "p": np.round(PREDICTION, 1), "w": WEIGHT})
    frame["bin"] = np.searchsorted(bins.high, frame.p - 1e-9)
    for (group, at), part in frame.groupby(["g", "bin"]):
        assert bins.weight[group, at] == pytest.approx(part.w.sum())
        assert bins.prediction[group, at] == pytest.approx(np.average(part.p, weights=part.w))
        assert bins.outcome[group, at] == pytest.approx(np.average(part.y, weights=part.w))
    assert np.isnan(bins.outcome[bins.weight == 0]).all()


def test_few_predictions_make_few_bins():
    table = table_of(np.arange(6.0), [0, 0, 0, 1, 1, 1], prediction=[1.0, 2, 2, 1, 1, 2])
    assert calibration_bins(table.histograms["prediction"], 2).weight.tolist() == [[1, 2], [2, 1]]
