"""Means over seeds: scipy's t interval where repeats are independent, Nadeau and Bengio's where they share rows."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from biasaudit.inference.repeats import mean_of_repeats

numbers = st.lists(st.floats(-1, 1).map(lambda x: round(x, 6)), min_size=3, max_size=20).filter(
    lambda x: np.ptp(x) > 1e-3
)


@given(numbers)
def test_independent_repeats_are_students_t(values):
    found = mean_of_repeats(values)
    oracle = stats.ttest_1samp(values, 0.0)
    interval = oracle.confidence_interval(0.95)
    assert [found.estimate, found.low, found.high, found.p_value] == pytest.approx(
        [np.mean(values), interval.low, interval.high, oracle.pvalue], abs=1e-9
    )


@given(numbers, st.floats(0.01, 2))
def test_shared_rows_widen_the_interval_as_published(values, overlap):
    alone, shared = mean_of_repeats(values), mean_of_repeats(values, overlap=overlap)
    repeats = len(values)
    widened = (shared.high - shared.low) / (alone.high - alone.low)
    assert widened == pytest.approx(np.sqrt(1 + repeats * overlap))
    assert shared.p_value >= alone.p_value


def test_many_figures_at_once():
    values = np.random.default_rng(0).normal(size=(4, 2, 7))
    together = mean_of_repeats(values, overlap=0.5)
    for at in np.ndindex(4, 2):
        one = mean_of_repeats(values[at], overlap=0.5)
        assert [part[at] for part in together] == pytest.approx([float(part) for part in one])


def test_repeats_that_agree():
    assert mean_of_repeats([0.0, 0.0, 0.0]) == (0, 0, 0, 1)
    assert mean_of_repeats([0.25, 0.25, 0.25]) == (0.25, 0.25, 0.25, 0)


def test_the_interval_holds_the_truth_of_split_data():
    # Each split tests and learns from the same 300 people: a plain t interval is too sure of the next 300.
    rng = np.random.default_rng(1)
    held, plain = 0, 0
    for _ in range(300):
        people = rng.normal(size=300)
        tested = np.argsort(rng.random((15, 300)), axis=1)[:, :100]
        means = people[tested].mean(axis=1)
        held += abs(mean_of_repeats(means, overlap=0.5).estimate) < _reach(means, 0.5)
        plain += abs(mean_of_repeats(means).estimate) < _reach(means, 0.0)
    assert held >= 280
    assert plain < 240


def _reach(means, overlap):
    found = mean_of_repeats(means, overlap=overlap)
    return (found.high - found.low) / 2
