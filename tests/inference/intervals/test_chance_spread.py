import itertools

import numpy as np
import pytest
from scipy import stats

from biasaudit.inference.intervals import chance_spread
from biasaudit.inference.intervals.chance_spread import expected_range, expected_spread


def enumerated(rate, sizes):
    """Mean of max - min by listing every outcome."""
    mean = 0.0
    for counts in itertools.product(*(range(n + 1) for n in sizes)):
        chance = np.prod([stats.binom.pmf(k, n, rate) for k, n in zip(counts, sizes, strict=True)])
        shares = np.array(counts) / np.array(sizes)
        mean += chance * (shares.max() - shares.min())
    return mean


def integrated(rate, sizes):
    """Mean of max - min by adding up all steps of the exact distributions."""
    sizes = np.asarray(sizes, dtype=int)
    cuts = np.unique(np.concatenate([np.arange(n + 1) / n for n in sizes]))
    middle = (cuts[1:] + cuts[:-1]) / 2
    below = stats.binom.cdf(np.floor(sizes[:, None] * middle + 1e-9), sizes[:, None], rate)
    return float(((1 - below.prod(axis=0) - (1 - below).prod(axis=0)) * np.diff(cuts)).sum())


@pytest.mark.parametrize(
    ("rate", "sizes"),
    [
        (0.5, (1, 1)),
        (0.5, (2, 2)),
        (0.3, (3, 5, 2)),
        (0.9, (4, 4, 4)),
        (0.05, (6, 1, 3)),
        (0.5, (7, 9)),
        (0.2, (5, 5, 1, 2)),
    ],
)
def test_expected_spread_equals_enumeration(rate, sizes):
    n = np.array(sizes)
    assert expected_spread(rate * n, n) == pytest.approx(enumerated(rate, sizes), abs=1e-6)


def test_expected_spread_by_hand():
    # Two coins: 0 in half of the cases, else 1.
    assert expected_spread([1, 0], [1, 1]) == pytest.approx(0.5, abs=1e-12)
    # The difference of two independent normals of variance 0.25 / 10,000 has a mean size of 2 sd / root of pi.
    assert expected_spread([5_000, 5_000], [10_000, 10_000]) == pytest.approx(2 * 0.005 / np.sqrt(np.pi), rel=1e-3)


@pytest.mark.parametrize("rate", [0.001, 0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize(
    "sizes",
    [
        [30, 30, 30, 30],
        [49] * 30,
        [109] * 12,
        [10, 3000],
        [1, 2, 5, 14, 20, 60, 200, 700, 2000],
        [3, 5] * 8,
        list(range(2, 32)),
        [33_000, 20_000, 15_000],
        [48, 47],
        [400] * 5,
        [1000, 1001, 1003, 1009],
    ],
)
def test_expected_spread_is_exact_to_one_percent(rate, sizes):
    n = np.array(sizes, dtype=float)
    assert expected_spread(rate * n, n) == pytest.approx(integrated(rate, sizes), rel=8e-3, abs=5e-5)


def test_expected_spread_where_the_normal_takes_over():
    for rows in range(44, 54):
        n = np.full(5, float(rows))
        assert expected_spread(n / 2, n) == pytest.approx(integrated(0.5, [rows] * 5), rel=4e-3)


def test_expected_spread_agrees_with_simulation():
    sizes = [300, 5_000, 80, 1_000_000, 40]
    share = np.random.default_rng(0).binomial(sizes, 0.37, (100_000, 5)) / sizes
    simulated = (share.max(axis=1) - share.min(axis=1)).mean()
    rows = np.array(sizes, dtype=float)
    assert expected_spread(0.37 * rows, rows) == pytest.approx(simulated, rel=6e-3)


def test_expected_spread_of_many_rows_is_tippetts():
    # Tippett (1925), table 10, for 30 groups
    n = np.full(30, 1e8)
    assert expected_spread(n / 2, n) * 2e4 == pytest.approx(4.0855, rel=1e-3)


def test_expected_spread_pools_the_rate():
    assert expected_spread([10, 90], [100, 100]) == expected_spread([50, 50], [100, 100])
    assert expected_spread([10, 90], [50, 200]) == pytest.approx(integrated(0.4, [50, 200]), rel=5e-3)


def test_expected_spread_is_the_same_for_cases_and_others():
    n = np.array([20.0, 31, 400])
    assert expected_spread([4, 7, 50], n) == pytest.approx(float(expected_spread(n - [4, 7, 50], n)), rel=1e-9)


def test_expected_spread_rounds_effective_rows():
    assert expected_spread([5.2, 3], [10.4, 6]) == expected_spread([5, 3], [10, 6])
    assert expected_spread([5.3, 3], [10.6, 6]) == expected_spread([5.5, 3], [11, 6])
    assert expected_spread([0.2, 0.2], [0.4, 0.4]) == pytest.approx(0.5)


def test_expected_spread_of_all_or_nothing_is_nothing():
    assert expected_spread([[0, 0], [5, 9]], [[5, 9], [5, 9]]).tolist() == [0, 0]


def test_expected_spread_leaves_out_groups_without_rows():
    with_empty = expected_spread([[3, 0, 8, np.nan]], [[10, 0, 12, 7]])
    assert with_empty.shape == (1,)
    assert with_empty[0] == expected_spread([3, 8], [10, 12])
    assert np.isnan(expected_spread([[3, 0], [0, 0]], [[10, 0], [0, 0]])).all()
    assert np.isnan(expected_spread([3], [10]))
    assert np.isnan(expected_spread(np.zeros((2, 0)), np.zeros((2, 0)))).all()


def test_expected_spread_keeps_shape_and_order(monkeypatch):
    rng = np.random.default_rng(1)
    n = rng.integers(1, 500, (2, 3, 4))
    x = rng.binomial(n, 0.3)
    found = expected_spread(x, n)
    assert found.shape == (2, 3)
    # Other measures move the points of the sum a little.
    for i, j in itertools.product(range(2), range(3)):
        assert found[i, j] == pytest.approx(float(expected_spread(x[i, j], n[i, j])), rel=2e-3)
    assert expected_spread(x[..., ::-1], n[..., ::-1]) == pytest.approx(found, rel=1e-12)
    monkeypatch.setattr(chance_spread, "BLOCK", 1)
    assert expected_spread(x, n) == pytest.approx(found, rel=2e-3)


@pytest.mark.parametrize(("groups", "published"), [(2, 1.128379), (3, 1.692569), (5, 2.325929), (10, 3.077505)])
def test_expected_range_equals_tippetts(groups, published):
    # Tippett (1925), table 10
    assert expected_range(np.ones(groups)) == pytest.approx(published, abs=1e-5)
    assert expected_range(np.full(groups, 0.01)) == pytest.approx(published / 100, abs=1e-7)


def test_expected_range_of_unequal_errors():
    assert expected_range(np.array([3.0, 4.0])) == pytest.approx(5 * np.sqrt(2 / np.pi), rel=1e-6)
    assert expected_range(np.array([1.0, 1e-3, 0.02])) == pytest.approx(
        np.abs(np.random.default_rng(0).normal(0, 1, 400_000)).mean(), rel=0.02
    )


def test_expected_range_leaves_out_the_unknown():
    found = expected_range(np.array([[1.0, np.nan, 1.0], [np.nan, 2.0, np.nan], [0, 0, 0], [0, 1, np.nan]]))
    assert found[[0, 2, 3]] == pytest.approx([1.128379, 0, np.sqrt(2 / np.pi)], rel=1e-3)
    assert np.isnan(found[1])


def test_measures_of_very_unlike_sizes_are_as_exact_together():
    n = np.array([[2, 3, 2], [1_000_000, 2_000_000, 500_000], [40, 900, 30_000]])
    x = n * 0.3
    together = expected_spread(x, n)
    for i in range(3):
        assert together[i] == pytest.approx(float(expected_spread(x[i], n[i])), rel=0.01)
    assert together[1] == pytest.approx(float(expected_range(np.sqrt(0.21 / n[1]))), rel=0.01)
    assert expected_range([1, 1]) == pytest.approx(2 / np.sqrt(np.pi), rel=1e-9)
