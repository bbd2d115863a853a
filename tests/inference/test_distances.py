"""Distances between distributions, against scipy and by hand."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from biasaudit.inference.distances import (
    jensen_shannon_divergence,
    kullback_leibler_divergence,
    largest_difference,
    lp_distance,
    total_variation_distance,
)

COUNTS = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=6)


@given(COUNTS)
def test_divergences_are_those_of_scipy(pairs):
    p, q = np.array(pairs, float).T
    assert kullback_leibler_divergence(p, q) == pytest.approx(entropy(p, q), abs=1e-12)
    # What scipy returns is the distance, the root of the divergence.
    assert jensen_shannon_divergence(p, q) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-12)
    assert jensen_shannon_divergence(p, q) == pytest.approx(jensen_shannon_divergence(q, p), abs=1e-12)


@given(COUNTS)
def test_norms_are_in_their_order(pairs):
    p, q = np.array(pairs, float).T
    largest, euclidean, whole = largest_difference(p, q), lp_distance(p, q), lp_distance(p, q, 1)
    assert largest <= euclidean + 1e-12 <= whole + 2e-12
    assert total_variation_distance(p, q) == pytest.approx(whole / 2)
    # Of yes and no, all of them are the gap in shares.
    two = (p[:2], q[:2])
    gap = abs(p[0] / p[:2].sum() - q[0] / q[:2].sum())
    assert (total_variation_distance(*two), largest_difference(*two)) == pytest.approx((gap, gap))
    assert lp_distance(*two) == pytest.approx(np.sqrt(2) * gap)


def test_by_hand_and_at_the_edges():
    p, q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]
    assert kullback_leibler_divergence(p, q) == pytest.approx(0.3 * np.log(2.5))
    assert total_variation_distance(p, q) == pytest.approx(0.3)
    assert lp_distance(p, q) == pytest.approx(np.sqrt(0.18))
    assert kullback_leibler_divergence([1, 1], [1, 0]) == np.inf
    assert kullback_leibler_divergence([1, 0], [1, 1]) == pytest.approx(np.log(2))
    assert jensen_shannon_divergence([1, 0], [0, 1]) == pytest.approx(np.log(2))
    empty = ([0, 0], [1, 1])
    for distance in (kullback_leibler_divergence, jensen_shannon_divergence, lp_distance, largest_difference):
        assert np.isnan(distance(*empty))
