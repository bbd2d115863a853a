"""Which subgroups stand out, by counting people one by one and by the words of each promise."""

import itertools

import numpy as np
import pytest

from biasaudit.inference.testing.one_sided import higher_share_p_value
from biasaudit.search._confirmation import NOMINAL_LEVEL, confirmed_p_values
from biasaudit.search.bitsets import Bitsets
from biasaudit.search.pattern_shares import Subsample
from biasaudit.search.patterns import frequent_patterns
from biasaudit.search.selection import Discoveries, sliceline_score

LEVELS = (2, 3, 2)


def people(seed, rows=3_000):
    """People of three features; those at the first level of two of them are cases more often."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, k, rows) for k in LEVELS], axis=1)
    often = 0.3 + 0.2 * ((codes[:, 0] == 0) & (codes[:, 1] == 0)) - 0.15 * (codes[:, 2] == 1)
    return codes, rng.random(rows) < often, rng.integers(0, 2, rows)


def found_in(codes, case, half, halves=None):
    side = 2 * half + case
    bits = Bitsets.pack(codes, LEVELS, side, np.ones(len(side), dtype=int), 4)
    rows, cases = np.bincount(half), np.bincount(half, case).astype(int)
    return Discoveries(frequent_patterns(LEVELS, bits.count, min_rows=1), rows, cases, halves)


def people_of(codes, case, weight=None, cluster=None):
    weight = np.ones(len(case)) if weight is None else weight
    return Subsample(codes, case, weight, weight**2, cluster)


def holding(codes, pattern):
    return np.all([codes[:, j] == level for j, level in enumerate(pattern) if level >= 0], axis=0)


def share_of(people, case):
    return case[people].sum() / people.sum() if people.any() else np.nan


def p_of(inside, others, case, up):
    """One-sided p-value that the rate inside lies further on the side it is said to lie on than that of others."""
    counted = case if up else ~case
    x1, n1, x2, n2 = counted[inside].sum(), inside.sum(), counted[others].sum(), others.sum()
    return float(higher_share_p_value(x1, n1, x2, n2))


def shorter(pattern):
    named = [j for j, level in enumerate(pattern) if level >= 0]
    for size in range(1, len(named)):
        for kept in itertools.combinations(named, size):
            yield tuple(level if j in kept else -1 for j, level in enumerate(pattern))


@pytest.mark.parametrize("in_halves", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_claims_are_held_against_everyone_else_and_every_shorter_pattern(seed, in_halves):
    codes, case, half = people(seed)
    halves = tuple(people_of(codes[half == h], case[half == h]) for h in (0, 1)) if in_halves else None
    found = found_in(codes, case, half, halves)
    patterns = [tuple(pattern) for pattern in found.patterns.codes().tolist()]
    rest, claims, up = np.empty((3, len(patterns), 2))
    for (i, pattern), side in itertools.product(enumerate(patterns), (0, 1)):
        inside, here = holding(codes, pattern), half == side
        effect = share_of(inside & here, case) - share_of(~inside & here, case)
        assert found.gaps.effect[i, side] == pytest.approx(effect)
        up[i, side] = effect > 0
        rest[i, side] = claims[i, side] = p_of(inside & here, ~inside & here, case, effect > 0)
        if rest[i, 0] <= NOMINAL_LEVEL:
            others = [holding(codes, part) & ~inside & here for part in shorter(pattern)]
            claims[i, side] = max([rest[i, side], *(p_of(inside & here, part, case, effect > 0) for part in others)])
    assert found.overall.share.tolist() == [[pytest.approx(case[half == 1].mean())]]
    np.testing.assert_array_equal(found.higher, up)
    np.testing.assert_allclose(found.p_against_rest, rest)
    np.testing.assert_allclose(found.claims, claims)
    np.testing.assert_allclose(found.p_value, np.minimum(2 * rest[:, 1], 1))
    same = up[:, 0] == up[:, 1]
    np.testing.assert_allclose(found.p_adjusted, confirmed_p_values(claims[:, 0], np.where(same, claims[:, 1], 1.0)))


@pytest.mark.parametrize("in_halves", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_subgroup_is_explained_by_the_shorter_one_from_whose_others_it_differs_least(seed, in_halves):
    codes, case, half = people(seed)
    halves = tuple(people_of(codes[half == h], case[half == h]) for h in (0, 1)) if in_halves else None
    found = found_in(codes, case, half, halves)
    patterns = [tuple(pattern) for pattern in found.patterns.codes().tolist()]
    at = {pattern: i for i, pattern in enumerate(patterns)}
    confirmed, explained = found.p_adjusted <= 0.05, []
    for i, pattern in enumerate(patterns):
        inside = holding(codes, pattern)
        gap = share_of(inside, case) - share_of(~inside, case)
        best = (0.05 / 2, -1)
        if not confirmed[i] and 2 * p_of(inside, ~inside, case, gap > 0) <= 0.05:
            for part in shorter(pattern):
                around = holding(codes, part)
                alike = (share_of(around, case) - share_of(~around, case)) * gap > 0
                if confirmed[at[part]] and alike:
                    best = max(best, (p_of(inside, around & ~inside, case, gap > 0), at[part]))
        explained.append(best[1])
    assert found.explained_by(0.05).tolist() == explained
    assert max(explained) >= 0


def test_nothing_confirmed_explains_nothing():
    codes, _, half = people(0, rows=300)
    found = found_in(codes, np.random.default_rng(5).random(300) < 0.4, half)
    assert found.explained_by(1e-9).tolist() == [-1] * len(found.patterns)


def test_weights_and_clusters_of_each_half_come_through():
    codes, case, half = people(2, rows=600)
    rng = np.random.default_rng(3)
    weight, cluster = rng.choice([0.5, 1.0, 4.0], 600), half + 2 * rng.integers(0, 40, 600)
    halves = tuple(people_of(codes[half == h], case[half == h], weight[half == h], cluster[half == h]) for h in (0, 1))
    found = found_in(codes, case, half, halves)
    whole = found.patterns.codes()
    nobody = np.full(whole.shape, -1)
    for side in (0, 1):
        alone = halves[side].compare(whole, nobody)
        for name in ("first", "second"):
            for mine, theirs in zip(
                vars(getattr(found.gaps, name)).values(), vars(getattr(alone, name)).values(), strict=True
            ):
                np.testing.assert_array_equal(mine[:, side], theirs[:, 0])
        np.testing.assert_array_equal(found.gaps.correlation[:, side], alone.correlation[:, 0])
    assert (found.gaps.correlation != 0).any()


def test_slices_score_by_rate_and_size():
    cases, rows = np.array([30, 5, 0]), np.array([100, 10, 50])
    expected = 0.8 * (cases / rows / (100 / 1000) - 1) - 0.2 * (1000 / rows - 1)
    np.testing.assert_allclose(sliceline_score(cases, rows, 100, 1000, weight=0.8), expected)
    np.testing.assert_allclose(
        sliceline_score(cases, rows, 100, 1000), sliceline_score(cases, rows, 100, 1000, weight=0.95)
    )
