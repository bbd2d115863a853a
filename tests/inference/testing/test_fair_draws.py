"""FA*IR's tables and the chance that fair draws fail them."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import hypergeom, norm

from biasaudit.errors import AuditError
from biasaudit.inference.testing.fair_draws import (
    fail_probability,
    fair_draw_p_value,
    fair_top_k_table,
    joint_fair_draw_p_value,
)


@pytest.mark.parametrize(
    ("k", "p", "alpha", "steps", "level"),
    [
        # As the authors' library prints them (fairsearchcore 1.0.4), zeros, ones, twos ... of the adjusted table.
        (20, 0.25, 0.1, [8, 7, 5], 0.078125),
        (30, 0.3, 0.05, [10, 6, 5, 4, 5], 0.025976562),
        (10, 0.2, 0.15, [8, 2], 0.15),
    ],
)
def test_adjusted_tables_are_those_of_the_authors(k, p, alpha, steps, level):
    table = fair_top_k_table(k, p, alpha)
    assert table.needed.tolist() == [need for need, places in enumerate(steps) for _ in range(places)]
    assert table.level == pytest.approx(level, abs=1e-8)


def test_without_adjustment_a_fair_ranking_fails_more_often():
    table = fair_top_k_table(20, 0.25, 0.1, adjusted=False)
    assert table.needed.tolist() == [0] * 8 + [1] * 6 + [2] * 5 + [3]
    # The authors' code leaves the last place out, and prints .1152.
    assert table.fail_probability == pytest.approx(0.14688719)
    assert fail_probability(np.minimum(table.needed, 2), 0.25) == pytest.approx(0.11517507)
    assert fair_top_k_table(20, 0.25, 0.1).fail_probability == pytest.approx(0.10515247)


def test_fail_probability_counts_every_sequence():
    needed = np.array([0, 1, 1, 2, 2])
    failed = 0.0
    for draws in itertools.product((0, 1), repeat=5):
        if (np.cumsum(draws) < needed).any():
            failed += math.prod(0.3 if one else 0.7 for one in draws)
    assert fail_probability(needed, 0.3) == pytest.approx(failed)


def test_a_p_value_counts_every_order_of_the_candidates():
    people, protected, k = 8, 3, 5
    orders = [[int(i in chosen) for i in range(people)] for chosen in itertools.combinations(range(people), protected)]
    drawn = np.array([np.cumsum(order)[:k] for order in orders])
    p = fair_draw_p_value(drawn, np.full(len(orders), protected), np.full(len(orders), people))
    tail = hypergeom.cdf(drawn, people, protected, np.arange(1, k + 1)).min(axis=1)
    expected = [(tail <= one * (1 + 1e-9)).mean() for one in tail]
    np.testing.assert_allclose(p, expected, atol=1e-12)
    # So often is a p-value at most this.
    assert all((p <= level).mean() <= level + 1e-12 for level in p)


def test_all_rankings_together_hold_their_level():
    rng = np.random.default_rng(4)
    rejected, tables, queries, people, protected, k = 0, 2_000, 40, 20, 6, 5
    orders = rng.random((tables, queries, people)).argsort(axis=2)[:, :, :k] < protected
    drawn = np.cumsum(orders, axis=2).sum(axis=1)
    places = np.arange(1, k + 1)
    share = protected / people
    expected = queries * places * share
    spread = share * (1 - share) * queries / (people - 1)
    variance, successive = places * (people - places) * spread, (places - 1) * (people - places) * spread
    shape = (tables, k)
    p = joint_fair_draw_p_value(drawn, *(np.broadcast_to(a, shape) for a in (expected, variance, successive)))
    rejected = (p <= 0.05).mean()
    assert 0.02 <= rejected <= 0.055
    # Of one beginning it is the normal tail.
    z = (drawn[:5, -1:] + 0.5 - expected[-1]) / np.sqrt(variance[-1])
    alone = joint_fair_draw_p_value(drawn[:5, -1:], *(np.full((5, 1), a[-1]) for a in (expected, variance, 0 * places)))
    np.testing.assert_allclose(alone, np.where(z[:, 0] < 0, norm.cdf(z[:, 0]), 1.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.5, 0.1), "k=0 is out of range. Give a whole number of places from 1 to 10,000."),
        ((5, 1.0, 0.1), "p=1.0 is out of range. Give a share above 0 and below 1."),
        ((5, 0.5, 0), "alpha=0 is out of range. Give a share above 0 and below 1."),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, message):
    with pytest.raises(AuditError) as caught:
        fair_top_k_table(*arguments)
    assert str(caught.value) == message
