import numpy as np
import pytest
from hypothesis import given, strategies as st

from biasaudit.inference.label_errors import compare_verified, explaining_errors, verified_rates

rate = st.floats(0.05, 0.95)


@given(rate, rate)
def test_errors_that_explain_a_gap_close_it(one, other):
    low, high = sorted((one, other))
    negatives, positives = explaining_errors(high - low, high, low)
    assert low + negatives * (1 - low) == pytest.approx(high)
    assert high - positives * high == pytest.approx(low)


def test_no_label_that_could_be_wrong():
    negatives, positives = explaining_errors([0.0, 0.0], [1.0, 0.0], [1.0, 0.0])
    assert np.isnan(negatives[0])
    assert np.isnan(positives[1])


def test_corrected_rate_by_hand():
    found = verified_rates([[600, 400]], [[[40, 10], [2, 38]]])
    assert found.false_negatives[0] == pytest.approx(0.2)
    assert found.false_positives[0] == pytest.approx(0.05)
    assert found.corrected[0] == pytest.approx(0.6 * 0.2 + 0.4 * 0.95)
    assert found.error[0] == pytest.approx(0.1)
    assert found.low[0] < found.corrected[0] < found.high[0]


def test_no_verified_row_of_one_label():
    found = verified_rates([[600, 400]], [[[40, 10], [0, 0]]])
    assert np.isnan(found.corrected[0])


def draw(rng, errors, verified):
    """Two groups of 5,000 with true rates 0.5, the first of which has positive labels turned into negative ones."""
    recorded, checked = np.zeros((2, 2)), np.zeros((2, 2, 2))
    for group, error in enumerate((errors, 0.02)):
        true = rng.random(5_000) < 0.5
        label = true & ~(rng.random(5_000) < error)
        recorded[group] = np.bincount(label.astype(int), minlength=2)
        for at in np.flatnonzero(rng.random(5_000) < verified / 5_000):
            checked[group, int(label[at]), int(true[at])] += 1
    return recorded, checked


def test_intervals_cover_and_the_test_holds_its_level():
    rng = np.random.default_rng(0)
    rates, gaps, alarms = 0, 0, 0
    for _ in range(400):
        found = verified_rates(*draw(rng, 0.2, 300))
        rates += found.low[0] <= 0.5 <= found.high[0]
        _, low, high, _ = compare_verified(found, 0, 1)
        gaps += low <= 0.5 * (0.2 - 0.02) <= high
        alarms += compare_verified(verified_rates(*draw(rng, 0.02, 300)), 0, 1)[3] < 0.05
    assert 0.93 <= rates / 400 <= 0.99
    assert 0.93 <= gaps / 400 <= 0.99
    assert alarms / 400 <= 0.075
