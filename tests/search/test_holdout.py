"""Halves of people and of clusters: what is dealt adds up, and each person is as likely to be in either."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import chisquare, hypergeom

from biasaudit.search.holdout import split_clusters, split_rows, split_within_groups

SEEDS = range(4_000)
PEOPLE = st.lists(st.integers(0, 50), min_size=1, max_size=20)


@settings(max_examples=50)
@given(PEOPLE, st.integers(1, 5), st.integers(0, 10_000), st.data())
def test_of_each_group_as_many_are_taken_as_was_said(people, groups, seed, data):
    people = np.array(people)
    group = np.sort(data.draw(st.lists(st.integers(0, groups - 1), min_size=len(people), max_size=len(people))))
    all_of = np.bincount(group, weights=people, minlength=groups).astype(int)
    taken = np.array([data.draw(st.integers(0, int(most))) for most in all_of])
    mine = split_within_groups(people, group, taken, random_state=seed)
    assert ((mine >= 0) & (mine <= people)).all()
    assert (np.bincount(group, weights=mine, minlength=groups) == taken).all()


def is_drawn_as(seen, expected):
    """Say whether counts agree with chances, by chi-square, at a level that one of ten thousand tests misses."""
    kept = expected > 0
    assert seen[~kept].sum() == 0
    return chisquare(seen[kept], expected[kept] / expected[kept].sum() * seen.sum()).pvalue > 1e-4


def test_a_row_that_stands_for_many_is_split_as_they_would_be():
    """7 of 5, 4 and 6 people: 3 kinds, or the 15 people one by one, have the same (hypergeometric) chances."""
    people, taken = np.array([5, 4, 6]), np.array([7])
    kind = np.repeat(np.arange(3), people)
    rows = np.zeros((3, 8))
    alone = np.zeros((3, 8))
    for seed in SEEDS:
        mine = split_within_groups(people, np.zeros(3, dtype=int), taken, random_state=seed)
        each = split_within_groups(np.ones(15, dtype=int), np.zeros(15, dtype=int), taken, random_state=seed)
        rows[range(3), mine] += 1
        alone[range(3), np.bincount(kind, weights=each).astype(int)] += 1
    for k in range(3):
        chances = hypergeom(15, people[k], 7).pmf(np.arange(8))
        assert is_drawn_as(rows[k], chances)
        assert is_drawn_as(alone[k], chances)


def test_cases_are_split_as_people_would_be():
    rows, cases = np.array([21, 10]), np.array([8, 5])
    seen = np.zeros(9)
    for seed in SEEDS:
        mine, counted = split_rows(rows, cases, random_state=seed)
        assert mine.sum() in (15, 16)
        assert (counted <= np.minimum(mine, cases)).all()
        seen[counted[0]] += 1
    half = (hypergeom(21, 8, 10).pmf(np.arange(9)) + hypergeom(21, 8, 11).pmf(np.arange(9))) / 2
    assert is_drawn_as(seen, half)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(1, 9)), min_size=1), st.integers(0, 999))
def test_a_cluster_is_dealt_whole_and_half_of_them_go_to_either(kinds, seed):
    cell, cluster, people = (np.array(column) for column in zip(*kinds, strict=True))
    _, cluster = np.unique(cluster, return_inverse=True)
    mine = split_clusters(cell, people, cluster, random_state=seed)
    by_cluster = [set(mine[cluster == code].tolist()) for code in range(cluster.max() + 1)]
    assert all(len(halves) == 1 for halves in by_cluster)
    first = sum(True in halves for halves in by_cluster)
    assert first in (len(by_cluster) // 2, -(-len(by_cluster) // 2))
    # Neighbours are alike in features: no more clusters of a cell than one more are in one half.
    again = split_clusters(cell, people, cluster, random_state=seed)
    assert (mine == again).all()


@pytest.mark.parametrize("code", range(5))
def test_each_cluster_is_as_likely_in_either_half(code):
    cell, people, cluster = np.array([0, 0, 3, 3, 4, 1]), np.array([2, 9, 1, 1, 5, 7]), np.array([0, 1, 2, 3, 4, 0])
    first = sum(split_clusters(cell, people, cluster, random_state=seed)[code] for seed in SEEDS)
    assert is_drawn_as(np.array([first, len(SEEDS) - first]), np.array([0.5, 0.5]))


def test_a_seed_deals_the_same_and_another_otherwise():
    people, group = np.full(60, 9), np.repeat(np.arange(20), 3)
    taken = np.full(20, 13)
    once, again, other = (split_within_groups(people, group, taken, random_state=seed) for seed in (3, 3, 4))
    assert once.tolist() == again.tolist() != other.tolist()
    assert np.bincount(group, weights=once).tolist() == taken.tolist()
    rows, cases = np.full(500, 7), np.full(500, 3)
    first, same, another = (split_rows(rows, cases, random_state=seed)[0].tolist() for seed in (1, 1, 2))
    assert first == same != another
