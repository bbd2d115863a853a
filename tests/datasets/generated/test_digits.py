"""Turned digits: split anew for each seed, and the same pictures for both groups to be tested on."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from biasaudit import AuditError
from biasaudit.datasets.generated.digits import SIDE, make_turned_digits, turn


def test_nobody_is_tested_on_what_was_learnt():
    digits = make_turned_digits(1_000, seeds=3, degrees=0)
    pictures = load_digits().data / 16
    for seed in range(3):
        both = np.vstack([digits.train[seed], digits.upright[seed]])
        order = np.lexsort(both.T)
        assert np.array_equal(both[order], pictures[np.lexsort(pictures.T)])
    assert not np.array_equal(digits.train[0], digits.train[1])


def test_a_share_is_turned_and_both_groups_are_tested_alike():
    plain = make_turned_digits(400, share=0.2, degrees=0, seeds=2)
    digits = make_turned_digits(400, share=0.2, degrees=90, seeds=2)
    assert digits.minority.sum(axis=1).tolist() == [80, 80]
    few = digits.minority
    assert np.array_equal(digits.train[~few], plain.train[~few])
    assert np.allclose(digits.train[few], _quarter(plain.train[few]))
    assert np.array_equal(digits.upright, plain.upright)
    assert np.allclose(digits.turned, _quarter(digits.upright))
    assert np.array_equal(digits.train_label, plain.train_label)


def _quarter(pictures):
    return np.rot90(pictures.reshape(*pictures.shape[:-1], SIDE, SIDE), axes=(-2, -1)).reshape(pictures.shape)


def test_turning_by_nothing_is_nothing():
    pictures = np.random.default_rng(0).random((2, 5, 64))
    assert turn(pictures, 0) is pictures


def test_the_same_seed_gives_the_same():
    one, two, other = (make_turned_digits(50, seeds=2, random_state=state) for state in (1, 1, 2))
    assert np.array_equal(one.train, two.train)
    assert not np.array_equal(one.train, other.train)


@pytest.mark.parametrize("n", [19, 1_401])
def test_too_few_or_too_many_are_refused(n):
    with pytest.raises(AuditError) as caught:
        make_turned_digits(n)
    said = f"n={n} pictures is out of range. Give a number from 20 to 1,400: the others are to test."
    assert str(caught.value) == said
