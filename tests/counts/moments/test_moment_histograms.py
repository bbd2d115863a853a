import numpy as np
import pandas as pd
import pytest
from moment_tables import numbers, same, same_bins

from biasaudit.counts.moments.bins import bin_number


def wages(rows, distinct, seed=0):
    rng = np.random.default_rng(seed)
    values = np.round(np.exp(rng.normal(size=distinct)) * 1_000, 3)
    return pd.DataFrame({"g": rng.choice(["a", "b"], rows), "y": rng.permutation(np.resize(values, rows))})


def table_of(frame):
    return numbers(frame, sensitive_features="g", y_true="y")


@pytest.mark.parametrize(("distinct", "exact"), [(1_000, True), (1_001, False)])
def test_each_value_is_kept_up_to_a_thousand(distinct, exact):
    frame = wages(3_000, distinct)
    bins = table_of(frame).histograms["outcome"]
    assert bins.exact is exact
    for i, group in enumerate("ab"):
        mine = frame.loc[frame["g"] == group, "y"]
        key = mine if exact else bin_number(mine)
        expected = mine.groupby(np.asarray(key)).agg(["min", "max", "size"])
        chosen = bins.group == i
        for name, column in (("low", "min"), ("high", "max"), ("rows", "size")):
            assert getattr(bins, name)[chosen].tolist() == expected[column].tolist()


def test_values_that_are_few_at_first_and_many_later():
    frame = pd.DataFrame({"g": ["a", "b"] * 10_000, "y": [1.0] * 11_000 + list(range(9_000))})
    assert not table_of(frame).histograms["outcome"].exact


def test_values_go_into_bins_where_two_tables_have_too_many():
    frames = [wages(900, 600, seed) for seed in (1, 2)]
    one, other = map(table_of, frames)
    assert one.histograms["outcome"].exact
    whole = table_of(pd.concat(frames))
    assert not whole.histograms["outcome"].exact
    same(whole, one + other, 1e-9)
    same_bins(whole, other + one)
    binned = table_of(wages(2_000, 1_500, 3))
    both = table_of(pd.concat([frames[0], wages(2_000, 1_500, 3)]))
    same_bins(both, one + binned)


def test_a_quantile_of_bins_is_within_a_percent():
    frame = wages(20_000, 20_000)
    bins = table_of(frame).rollup([]).histograms["outcome"]
    middles = (bins.low + bins.high) / 2
    for share in (0.01, 0.1, 0.5, 0.9, 0.99):
        found = middles[np.searchsorted(np.cumsum(bins.rows), share * bins.rows.sum())]
        assert found == pytest.approx(frame["y"].quantile(share), rel=0.01)


def test_bins_of_predictions_hold_the_sum_of_outcomes():
    frame = pd.DataFrame({"g": list("aab"), "y": [1.0, 2.0, 3.0], "p": [5.0, 5.0, 5.0], "w": [1.0, 0.5, 2.0]})
    table = numbers(frame, sensitive_features="g", y_true="y", y_pred="p", sample_weight="w")
    assert table.histograms["prediction"].outcome.tolist() == [2.0, 6.0]
    assert table.histograms["prediction"].weight.tolist() == [1.5, 2.0]
    assert table.histograms["outcome"].outcome is None
