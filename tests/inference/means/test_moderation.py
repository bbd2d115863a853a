"""A small group that varies little by luck is no surer for it."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from biasaudit.inference.means.comparisons import mean_p_values
from biasaudit.inference.means.means import Means, concat_means
from biasaudit.inference.means.moderation import moderated, variance_of_all

TABLES = 20_000


def means_of(rows):
    """Means of many tables of one group each: a row of `rows` a table."""
    n, centred = rows.shape[1], rows - rows.mean(axis=1, keepdims=True)
    deviation = rows.std(axis=1, ddof=1)
    skewness = (centred**3).mean(axis=1) / (centred**2).mean(axis=1) ** 1.5
    size = np.full(len(rows), float(n))
    arrays = (rows.mean(axis=1), size, size, deviation / np.sqrt(n), size - 1, skewness / np.sqrt(n), deviation)
    return Means(*(array[:, None] for array in arrays))


def pair(draw, sizes):
    first, second = (means_of(draw((TABLES, n))) for n in sizes)
    together = concat_means([first, second])
    together = moderated(together, variance_of_all(together))
    plain = mean_p_values(first, second)[:, 0]
    return plain, mean_p_values(*(together.each(lambda a, i=i: a[:, [i]]) for i in (0, 1)))[:, 0]


@pytest.mark.parametrize("level", [0.004, 0.0005])
def test_at_the_levels_of_whole_audits_skew_groups_are_not_shown_too_often(level):
    rng = np.random.default_rng(5)
    for sizes in ((12, 220), (30, 500)):
        plain, held = pair(lambda shape: np.exp(rng.standard_normal(shape)), sizes)
        assert (plain <= level).mean() > 3 * level
        assert (held <= level).mean() < level


def test_normal_groups_lose_hardly_any_power():
    rng = np.random.default_rng(6)
    sides = iter((0.6, 0.0))
    plain, held = pair(lambda shape: rng.standard_normal(shape) - next(sides), (30, 500))
    assert (plain <= 0.05).mean() > 0.85
    assert (held <= 0.05).mean() > (plain <= 0.05).mean() - 0.02


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 10), st.integers(2, 500)), min_size=2, max_size=6))
def test_errors_are_never_lowered_and_those_of_everyone_stay(groups):
    deviation, rows = (np.array([values], dtype=float) for values in zip(*groups, strict=True))
    means = Means(np.zeros(rows.shape), rows, rows, deviation / np.sqrt(rows), rows - 1, np.ones(rows.shape), deviation)
    found = moderated(means, variance_of_all(means))
    assert (found.error >= means.error).all()
    same = means.error**2 * rows >= variance_of_all(means)
    np.testing.assert_array_equal(found.error[same], means.error[same])
    # The third cumulant stays as it was.
    np.testing.assert_allclose(found.skew * found.error**3, means.skew * means.error**3)
