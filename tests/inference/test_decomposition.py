"""Bias and variance of repeated trainings: they add up, and are what was planted."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from biasaudit.inference.decomposition import decompose


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 9), st.integers(2, 5))
def test_parts_add_up_to_the_error(seed, cases, repeats, classes):
    rng = np.random.default_rng(seed)
    label = np.repeat(rng.integers(0, classes, cases), repeats)
    said = rng.integers(0, classes, cases * repeats)
    found = decompose(said, label, np.repeat(np.arange(cases), repeats))
    assert found.error == pytest.approx((said != label).mean())
    assert found.noise + found.bias + found.variance == pytest.approx(found.error)
    assert 0 <= found.bias <= 1


def test_what_is_planted_is_found():
    rng = np.random.default_rng(0)
    cases, repeats = 2_000, 41
    label = np.repeat(rng.integers(0, 2, cases), repeats)
    wrong = np.repeat(rng.random(cases) < 0.2, repeats)
    # One case in five is always taken for the other class; a tenth of all other answers slips.
    slips = rng.random(cases * repeats) < 0.1
    said = np.where(wrong, 1 - label, np.where(slips, 1 - label, label))
    found = decompose(said, label, np.repeat(np.arange(cases), repeats))
    assert found.bias == pytest.approx(0.2, abs=0.02)
    assert found.variance == pytest.approx(0.8 * 0.1, abs=0.01)


def test_trainings_that_agree_have_no_variance():
    found = decompose([1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1])
    assert (found.error, found.bias, found.variance) == (0.5, 0.5, 0)


def test_known_noise_is_taken_out_of_bias():
    plain, known = (decompose([1, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], noise=noise) for noise in (0.0, 0.1))
    assert known.bias == pytest.approx(plain.bias - 0.1)
    assert known.noise + known.bias + known.variance == pytest.approx(known.error)
