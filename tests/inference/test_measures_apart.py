"""Measures computed side by side say what each says alone, however unlike they are."""

import numpy as np
import pytest

from biasaudit.inference.intervals.chance_spread import expected_spread
from biasaudit.inference.intervals.spread import spread_interval, spread_ratio_interval
from biasaudit.inference.testing.hypothesis_tests import homogeneity_test
from biasaudit.inference.testing.power import smallest_detectable_spread

# Large groups alike and apart, one and several small groups, nothing but small ones, two groups, skewed rates,
# a whole measure without cases, and one with a group of a single row.
COUNTS = [
    [30, 31, 40, 64],
    [300, 330, 298, 512],
    [3, 200, 190, 1],
    [9, 1, 2, 8],
    [50, 0, 20, 0],
    [2, 8, 40, 1],
    [0, 0, 0, 0],
    [1, 300, 280, 250],
    [0, 90, 3, 2],
]
ROWS = [
    [100, 110, 120, 130],
    [900, 910, 905, 1_000],
    [9, 500, 490, 6],
    [10, 11, 9, 12],
    [100, 0, 90, 0],
    [900, 950, 1_000, 30],
    [50, 40, 60, 70],
    [1, 600, 610, 590],
    [4, 100, 9, 8],
]
CLUSTERS = [
    [np.inf] * 4,
    [5, 90, 80, 70],
    [np.inf] * 4,
    [4, 9, 8, 11],
    [30, 1, 20, 1],
    [np.inf] * 4,
    [20] * 4,
    [np.inf] * 4,
    [3, 40, 6, 5],
]


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("interval", [spread_interval, spread_ratio_interval])
def test_spreads(interval, clustered):
    df = np.array(CLUSTERS) if clustered else np.full((len(ROWS), 4), np.inf)
    together = np.transpose(interval(COUNTS, ROWS, df=df))
    for i, found in enumerate(together):
        np.testing.assert_allclose(found, interval(COUNTS[i], ROWS[i], df=df[i]), rtol=1e-12)


@pytest.mark.parametrize("clustered", [False, True])
def test_homogeneity(clustered):
    df = np.array(CLUSTERS) if clustered else np.full((len(ROWS), 4), np.inf)
    together = homogeneity_test(COUNTS, ROWS, df=df)
    alone = [float(homogeneity_test(x, n, df=d)) for x, n, d in zip(COUNTS, ROWS, df, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_power():
    rows = np.array(ROWS)[::-1, [2, 0, 3, 1]]
    base = np.linspace(0.05, 0.9, len(rows))
    together = smallest_detectable_spread(rows, base)
    alone = [float(smallest_detectable_spread(n, b)) for n, b in zip(rows, base, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_chance():
    together = expected_spread(COUNTS, ROWS)
    alone = [float(expected_spread(x, n)) for x, n in zip(COUNTS, ROWS, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=0.01)
