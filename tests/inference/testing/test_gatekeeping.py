"""Many questions at one level, against simulation, statsmodels' Holm and laws."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.special import ndtri
from scipy.stats import studentized_range
from statsmodels.stats.multitest import multipletests

from biasaudit.inference.testing.gatekeeping import GatedQuestions, comparison_level, joint_p_value

P = st.floats(1e-12, 1.0)


@pytest.mark.parametrize("groups", [3, 6, 12])
def test_joint_p_bounds_every_comparison_at_once(groups):
    """All pairs and each group against the rest, of equal and of unequal groups."""
    rng = np.random.default_rng(groups)
    for spread in (np.ones(groups), np.geomspace(1, 9, groups)):
        x = rng.standard_normal((200_000, groups)) * spread
        i, j = np.triu_indices(groups, 1)
        pairs = np.abs(x[:, i] - x[:, j]) / np.hypot(spread[i], spread[j])
        weight = 1 / spread**2
        rest = ((x * weight).sum(axis=1, keepdims=True) - x * weight) / (weight.sum() - weight)
        apart = np.abs(x - rest) / np.sqrt(spread**2 + 1 / (weight.sum() - weight))
        widest = np.maximum(pairs.max(axis=1), apart.max(axis=1))
        for p in (0.01, 0.002):
            seen = np.mean(widest > -ndtri(p / 2))
            assert seen < joint_p_value(p, groups) + 3 * np.sqrt(p / 200_000) < 2 * seen + 0.01


def test_it_is_no_more_than_either_bound():
    for groups in (3, 10, 35):
        for p in (0.04, 0.001, 1e-6):
            rest = 1 - (1 - p) ** groups
            tukey = studentized_range.sf(-ndtri(p / 2) * np.sqrt(2), groups, np.inf)
            assert joint_p_value(p, groups) <= min(groups * (groups + 1) / 2 * p, tukey + rest) * 1.001 + 1e-12
            assert joint_p_value(p, groups) >= tukey * 0.999


@given(P, st.integers(2, 60))
def test_single_level_is_the_inverse(p, groups):
    joint = float(joint_p_value(p, groups))
    if joint < 0.99:
        assert float(comparison_level(joint, groups)) == pytest.approx(p, rel=2e-3)
    assert float(joint_p_value(p, 2)) == p
    assert p <= joint <= 1


@given(st.lists(P, min_size=1, max_size=8))
def test_questions_without_an_inside_are_holms(p_values):
    asked = GatedQuestions(np.array(p_values), np.empty(0, dtype=int), np.empty(0))
    # It looks for garbage at every call, in all that the tests have ever imported.
    with mock.patch("gc.collect"):
        expected = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(asked.adjusted()[0], expected, rtol=1e-9)


def brute(p_value, number, inside, alpha):
    """Play the procedure at one level: which questions and comparisons are shown."""
    asked = ~np.isnan(p_value)
    done = np.zeros(len(p_value), dtype=bool)
    while True:
        level = alpha / max(asked.sum() - done.sum(), 1)
        shown = asked & (done | (p_value <= level))
        own = np.where(done[number], True, shown[number] & (inside <= level))
        whole = np.array([shown[q] and own[number == q].all() for q in range(len(p_value))])
        if (whole == done).all():
            return shown, own
        done = whole


questions = st.lists(st.tuples(st.one_of(P, st.just(np.nan)), st.lists(P, max_size=4)), min_size=1, max_size=5)


@given(questions, st.floats(0.001, 0.6))
def test_adjusted_p_values_are_the_procedure(drawn, alpha):
    p_value = np.array([p for p, _ in drawn])
    number = np.array([q for q, (_, inside) in enumerate(drawn) for _ in inside], dtype=int)
    inside = np.array([p for _, many in drawn for p in many])
    own, each = GatedQuestions(p_value, number, inside).adjusted()
    shown, pairs = brute(p_value, number, inside, alpha)
    near = np.isclose(own, alpha) | np.isnan(own)
    assert ((own <= alpha) == shown)[~near].all()
    near_each = np.isclose(each, alpha) | np.isnan(each)
    assert ((each <= alpha) == pairs)[~near_each].all()
    if not (np.isclose(own, alpha).any() or np.isclose(each, alpha).any()):
        # What the others that are answered whole have passed on is a question's own.
        asked = ~np.isnan(p_value)
        whole = np.array([shown[q] and pairs[number == q].all() for q in range(len(p_value))])
        others = [whole.sum() - whole[q] for q in range(len(p_value))]
        expected = [alpha / (asked.sum() - k) if mine else 0.0 for mine, k in zip(asked, others, strict=True)]
        np.testing.assert_allclose(GatedQuestions(p_value, number, inside).levels(alpha), expected)


def test_what_is_answered_whole_passes_its_level_on():
    asked = GatedQuestions(
        np.array([0.001, 0.02, 0.2, np.nan]), np.array([0, 0, 1, 1, 3]), np.array([0.002, 0.004, 0.03, 0.5, 0.3])
    )
    own, each = asked.adjusted()
    np.testing.assert_allclose(own[:3], [0.003, 0.04, 0.4])
    np.testing.assert_allclose(each[:4], [0.006, 0.012, 0.06, 0.5])
    assert np.isnan([own[3], each[4]]).all()
    np.testing.assert_allclose(asked.levels(0.05), [0.05 / 3, 0.025, 0.025, 0.0])


def test_one_answered_whole_after_the_other():
    asked = GatedQuestions(np.array([0.01, 0.02, 0.04, np.nan]), np.array([1, 2]), np.array([0.024, 0.2]))
    # A third of it, then a half; the last has all of it, and is not answered whole.
    np.testing.assert_allclose(asked.levels(0.05), [0.05 / 2, 0.05 / 2, 0.05, 0.0])
    np.testing.assert_allclose(asked.levels(0.02), [0.02 / 3] * 3 + [0.0])
    # To reach a level just so is enough.
    assert GatedQuestions(np.array([0.02, 0.9]), np.empty(0, dtype=int), np.empty(0)).levels(0.04).tolist() == [
        0.02,
        0.04,
    ]
    assert GatedQuestions(np.array([np.nan]), np.empty(0, dtype=int), np.empty(0)).levels(0.05).tolist() == [0.0]


def test_each_number_of_groups_has_its_own():
    p, groups = np.array([0.01, 0.01, 0.02, 1e-20, np.nan, 1.0]), np.array([2, 3, 10, 4, 5, 6])
    for found, one in (
        (joint_p_value(p, groups), joint_p_value),
        (comparison_level(p[:4], groups[:4]), comparison_level),
    ):
        assert found.tolist() == pytest.approx(
            [float(one(a, k)) for a, k in zip(p[: len(found)], groups, strict=False)], nan_ok=True
        )
    # Of three groups any of three pairs or three others: less than six times, more than once as much.
    assert 0.01 < joint_p_value(0.01, 3) < 0.06
    assert 0.01 / 6 < comparison_level(0.01, 3) < 0.01
    # Further out than any table Bonferroni's bound is as good.
    assert joint_p_value(1e-20, 4) == pytest.approx(10e-20, rel=1e-9, abs=0)
    assert comparison_level(1e-20, 4) == pytest.approx(1e-21, rel=1e-9, abs=0)
    assert joint_p_value([1, 0], [5, 5]).tolist() == [1.0, 0.0]


def test_no_adjusted_p_value_is_above_one():
    found = GatedQuestions(np.array([0.9, 0.8, 0.7]), np.array([0, 1, 2, 2]), np.array([0.95, 0.9, 0.99, np.nan]))
    own, inside = found.adjusted()
    assert own.tolist() == [1.0, 1.0, 1.0]
    assert inside[:3].tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(inside[3])
