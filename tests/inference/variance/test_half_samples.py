"""What training adds to the variance of a measure: nothing where nothing is learnt, all of it where something is."""

from dataclasses import replace

import numpy as np
import pytest

from biasaudit.inference.variance.effective import Shares
from biasaudit.inference.variance.half_samples import HalfSampleModels, HalfSamples
from biasaudit.metrics.composites import COMPOSITES
from biasaudit.metrics.rates import get_rate

SELECTED = (get_rate("selection_rate"),)
R, N = 12, 800


def halves(decide, *, seed=0, groups=2, bins=None):
    """Deal rows of equal groups into halves; `decide(rng, group, side)` gives the chance of being selected."""
    rng = np.random.default_rng(seed)
    group, label = np.arange(N) % groups, rng.integers(0, 2, N)
    side = np.array([rng.permutation(np.arange(N) % 2) for _ in range(R)])
    decision = np.array([decide(rng, group, one) for one in side])
    score_bin = None if bins is None else rng.integers(0, bins, (R, N))
    scores = None if bins is None else (np.arange(bins) + 0.5) / bins
    names = tuple("abcdefgh"[:groups])
    return HalfSampleModels(("g",), (names,), group[:, None], label, np.ones(N), side, decision, score_bin, scores)


def shares(count, nobs, df=np.inf):
    count, nobs = np.atleast_2d(np.array(count, float)), np.atleast_2d(np.array(nobs, float))
    return Shares(count, nobs, count / nobs, nobs, np.full(nobs.shape, df))


def equal(groups=2):
    return shares([[N / groups / 2] * groups], [[N / groups] * groups]), shares(
        [[N / 2 - N / groups / 2] * groups], [[N - N / groups] * groups]
    )


def shifted(sd, *, every=False):
    """Models whose training moves what a group is given, or every group alike: of half of the rows twice as much."""

    def decide(rng, group, side):
        moved = rng.normal(0, sd * 2**0.5, (2, 1 if every else 2))[:, [0, 0] if every else [0, 1]]
        return (rng.random(N) < 0.5 + moved[side, group]).astype(int)

    return decide


def costs(decide, draws=60):
    inside, rest = equal()
    found = [halves(decide, seed=seed).measure(["g"], SELECTED, ()) for seed in range(draws)]
    for_gaps = [inside.nobs[0, 0] / one.for_gaps(inside, rest)[0].nobs[0, 0] for one in found]
    for_rates = [inside.nobs[0, 0] / one.for_rates(inside).nobs[0, 0] for one in found]
    return np.mean(for_gaps), np.mean(for_rates)


def test_a_rule_that_learns_nothing_costs_nothing():
    fixed = np.random.default_rng(9).integers(0, 2, N)
    found = halves(lambda rng, group, side: fixed).measure(["g"], SELECTED, ())
    inside, rest = equal()
    for one, before in zip(
        (found.for_rates(inside), *found.for_gaps(inside, rest)), (inside, inside, rest), strict=True
    ):
        np.testing.assert_array_equal(one.nobs, before.nobs)
        assert np.isinf(one.df).all()


# Decisions drawn anew for each model are unsteady, and that is counted as training once more: on the safe side.
UNSTEADY = 1 + 3 / (R - 1)


@pytest.mark.parametrize("sd", [0.03, 0.06])
def test_what_training_adds_is_found(sd):
    # A share of 400 rows varies by .025; each group is moved by itself, so that gaps and rates pay alike.
    assert costs(shifted(sd)) == pytest.approx([1 + (sd / 0.025) ** 2 + UNSTEADY] * 2, rel=0.1)


def test_what_training_does_to_every_group_alike_costs_no_gap():
    gap, rate = costs(shifted(0.06, every=True))
    assert rate > 7
    assert gap == pytest.approx(1 + UNSTEADY, rel=0.1)


def given(trained, drawn):
    rows = np.full((2, 2, 1, R, 2), 200.0)
    return HalfSamples(*(np.array([[part], [part[:, ::-1]]]) for part in (trained, drawn)), rows)


def test_what_training_and_rows_have_in_common_is_counted():
    rng = np.random.default_rng(1)
    drawn = rng.normal(0, 0.025, (R, 2))
    inside, rest = equal()
    apart = (drawn[:, 0] - drawn[:, 1]) ** 2
    variance = 2 * 0.25 / 400
    together, against = (given(sign * drawn, drawn).for_gaps(inside, rest)[0] for sign in (1, -1))
    cost = 1 + 3 * apart.mean() / variance
    np.testing.assert_allclose(together.nobs, 400 / cost, rtol=1e-9)
    # It is seen in twelve squares, and what the rows vary by is known.
    np.testing.assert_allclose(together.df, R * cost**2 / (cost**2 - 1), rtol=1e-9)
    np.testing.assert_array_equal(against.nobs, inside.nobs)


def test_few_clusters_keep_their_degrees_of_freedom():
    inside, rest = (replace(one, df=np.full(one.df.shape, 4.0)) for one in equal())
    found = halves(shifted(0.1)).measure(["g"], SELECTED, ())
    assert (found.for_gaps(inside, rest)[0].df == 4).all()
    assert (found.for_rates(inside).df == 4).all()


def test_halves_are_measured_as_counted_by_hand():
    one = halves(shifted(0.1), bins=5)
    rates = (get_rate("selection_rate"), get_rate("true_positive_rate"))
    composites = tuple(c for c in COMPOSITES if c.name in ("balanced_accuracy", "brier"))
    found = one.measure(["g"], rates, composites)
    assert found.trained.shape == (2, 4, R, 2)
    group = one.codes[:, 0]

    def measures(at, decided, scored):
        y, d, s = one.y_true[at], decided[at], one.bin_scores[scored[at]]
        tpr, tnr = d[y == 1].mean(), 1 - d[y == 0].mean()
        return np.array([d.mean(), tpr, (tpr + tnr) / 2, ((s - y) ** 2).mean()]), np.array([len(y), y.sum()])

    others = [j for j in range(R) if j != 3]
    for outside in (0, 1):
        own, alike, rows = [], [], []
        for side in (0, 1):
            at = np.flatnonzero((one.side[3] == side) & ((group == 1) != outside))
            value, number = measures(at, one.y_pred[3], one.score_bin[3])
            own.append(value)
            rows.append(number)
            # All other models decide for the same rows: as many copies of each.
            tiled = np.tile(one.y_true[at], R - 1), np.concatenate([one.y_pred[j][at] for j in others])
            scored = np.concatenate([one.bin_scores[one.score_bin[j][at]] for j in others])
            tpr, tnr = tiled[1][tiled[0] == 1].mean(), 1 - tiled[1][tiled[0] == 0].mean()
            alike.append(np.array([tiled[1].mean(), tpr, (tpr + tnr) / 2, ((scored - tiled[0]) ** 2).mean()]))
        drawn = (alike[0] - alike[1]) / 2
        np.testing.assert_allclose(found.drawn[outside, :, 3, 1], drawn, atol=1e-12)
        np.testing.assert_allclose(found.trained[outside, :, 3, 1], (own[1] - own[0]) / 2 + drawn, atol=1e-12)
        np.testing.assert_array_equal(found.rows[:, outside, :2, 3, 1], np.array(rows))


def test_a_group_that_is_nowhere_costs_what_the_others_do():
    one = halves(shifted(0.06))
    empty = replace(one, levels=(("a", "b", "c"),))
    with np.errstate(invalid="ignore", divide="ignore"):
        inside, rest = shares([[200, 200, 0]], [[400, 400, 0]]), shares([[200, 200, 400]], [[400, 400, 800]])
    found = empty.measure(["g"], SELECTED, ()).for_gaps(inside, rest)[0]
    plain = one.measure(["g"], SELECTED, ()).for_gaps(*equal())[0]
    np.testing.assert_allclose(found.nobs[0, :2], plain.nobs[0])
    assert found.nobs[0, 2] == 0


def by_hand(seed, measures=2, halvings=6, groups=4):
    """Halvings of four unequal groups and two measures, one of them unknown in one halving, with shares."""
    rng = np.random.default_rng(seed)
    trained, drawn = rng.normal(0, 0.05, (2, 2, measures, halvings, groups))
    trained[:, :, 0, 1] = np.nan
    rows = rng.integers(40, 400, (2, 2, measures, halvings, groups)).astype(float)
    sides = []
    for _ in range(2):
        share, weight = rng.uniform(0.05, 0.9, (measures, groups)), rng.uniform(200, 900, (measures, groups))
        nobs = weight * rng.uniform(0.4, 1.0, weight.shape)
        sides.append(Shares(share * weight, weight, share, nobs, np.full(share.shape, np.inf)))
    return HalfSamples(trained, drawn, rows), *sides


def variance_by_hand(shares, rows, m, r, g):
    n = shares.nobs[m]
    p = (shares.share[m, g] * n[g] + (shares.share[m] * n).sum() / n.sum()) / (n[g] + 1)
    of_a_row = p * (1 - p) * shares.denominator[m, g] / n[g]
    return of_a_row * (1 / rows[0, m, r, g] + 1 / rows[1, m, r, g]) / 4


def expected(shares, cost, number):
    cost = np.where(cost > 1, cost, 1.0)
    with np.errstate(divide="ignore"):
        return shares.nobs / cost, np.where(cost > 1, number * cost**2 / (cost**2 - 1), np.inf)


@pytest.mark.parametrize("seed", range(4))
def test_costs_of_rates_by_plain_loops(seed):
    found, inside, _ = by_hand(seed)
    own, number, together = np.zeros((2, 4)), np.zeros((2, 4)), np.zeros((2, 1))
    for m in range(2):
        each = np.full((6, 4), np.nan)
        for r, g in np.ndindex(6, 4):
            trained, drawn = found.trained[0, m, r, g], found.drawn[0, m, r, g]
            each[r, g] = ((trained + drawn) ** 2 - drawn**2) / variance_by_hand(inside, found.rows[:, 0], m, r, g)
        own[m], number[m], together[m] = np.nanmean(each, axis=0), (~np.isnan(each)).sum(axis=0), np.nanmean(each)
    nobs, df = expected(inside, 1 + np.maximum(own, together), number)
    charged = found.for_rates(inside)
    np.testing.assert_allclose(charged.nobs, nobs)
    np.testing.assert_allclose(charged.df, df)


@pytest.mark.parametrize("seed", range(4))
def test_costs_of_gaps_by_plain_loops(seed):
    found, inside, rest = by_hand(seed)
    own, number, together, free = np.zeros((2, 4)), np.zeros((2, 4)), np.zeros((2, 1)), np.zeros((2, 1))
    for m in range(2):
        each, squares = np.full((6, 4), np.nan), 0.0
        for r in range(6):
            here = np.array([variance_by_hand(inside, found.rows[:, 0], m, r, g) for g in range(4)])
            there = np.array([variance_by_hand(rest, found.rows[:, 1], m, r, g) for g in range(4)])
            trained, drawn = (part[0, m, r] - part[1, m, r] for part in (found.trained, found.drawn))
            each[r] = ((trained + drawn) ** 2 - drawn**2) / (here + there)
            known = ~np.isnan(found.trained[0, m, r])
            for sign, gap in ((1, found.trained[0, m, r] + found.drawn[0, m, r]), (-1, found.drawn[0, m, r])):
                middle = np.average(gap[known], weights=1 / here[known])
                squares += sign * ((gap[known] - middle) ** 2 / here[known]).sum()
            free[m] += known.sum() - 1
        own[m], number[m], together[m] = np.nanmean(each, axis=0), (~np.isnan(each)).sum(axis=0), squares / free[m, 0]
    cost = 1 + np.maximum(own, together)
    for charged, shares in zip(found.for_gaps(inside, rest), (inside, rest), strict=True):
        nobs, df = expected(shares, cost, np.where(own >= together, number, free))
        np.testing.assert_allclose(charged.nobs, nobs)
        np.testing.assert_allclose(charged.df, df)


def test_weights_count_and_everyone_is_one_group():
    one = halves(shifted(0.1))
    heavy = np.random.default_rng(4).integers(1, 4, N)
    weighted, copied = (
        replace(one, weight=heavy.astype(float)),
        replace(
            one,
            codes=np.repeat(one.codes, heavy, axis=0),
            y_true=np.repeat(one.y_true, heavy),
            weight=np.ones(heavy.sum()),
            side=np.repeat(one.side, heavy, axis=1),
            y_pred=np.repeat(one.y_pred, heavy, axis=1),
        ),
    )
    everyone = replace(one, codes=np.zeros_like(one.codes), levels=(("all",),))
    pairs = (weighted.measure(["g"], SELECTED, ()), copied.measure(["g"], SELECTED, ()))
    together = one.measure([], SELECTED, ()), everyone.measure(["g"], SELECTED, ())
    for mine, theirs in (pairs, together):
        for name in ("trained", "drawn", "rows"):
            np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), equal_nan=True)
