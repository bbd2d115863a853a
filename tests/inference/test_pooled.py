"""Partly pooled rates: against published moments and a likelihood found by scipy, and the laws that they keep."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import minimize
from scipy.special import betaln
from scipy.stats import beta

import biasaudit as ba
from biasaudit.inference.pooled import pooled_interval, pooled_shares
from biasaudit.inference.variance.effective import Shares
from biasaudit.metrics.composites import COMPOSITES
from biasaudit.metrics.rates import get_rate

# Hits of 18 players in their first 45 at bats of 1970: Efron and Morris (1975), table 1.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
AT_BATS = 45


def shares(count, rows, df=np.inf):
    x, n = np.broadcast_arrays(np.array(count, dtype=float), np.array(rows, dtype=float))
    with np.errstate(invalid="ignore"):
        return Shares(x, n, x / n, n, np.full(x.shape, df))


def one(count, rows, **more):
    found = pooled_shares(shares([count], [rows], **more))
    return found.share[0], found.low[0], found.high[0]


def by_hand(count, rows):
    """Kleinman's moments in a plain loop: mean, spread and pooled shares."""
    total = sum(rows)
    mean = sum(count) / total
    apart = sum(n * (x / n - mean) ** 2 for x, n in zip(count, rows, strict=True)) / (mean * (1 - mean))
    by_chance = sum(1 - n / total for n in rows)
    per_spread = sum((1 - n / total) * (n - 1) for n in rows)
    spread = max(0.0, (apart - by_chance) / per_spread)
    if spread == 0:
        return mean, spread, [mean] * len(rows)
    weight = 1 / spread - 1
    return mean, spread, [(x + weight * mean) / (n + weight) for x, n in zip(count, rows, strict=True)]


def likeliest(count, rows):
    """Mean and spread that make the counts likeliest, found by a general optimiser."""
    x, n = np.array(count, dtype=float), np.array(rows, dtype=float)

    def unlikely(at):
        mean, spread = 1 / (1 + np.exp(-at))
        a, b = mean * (1 / spread - 1), (1 - mean) * (1 / spread - 1)
        return -(betaln(x + a, n - x + b) - betaln(a, b)).sum()

    starts = [minimize(unlikely, [0.0, start], method="Nelder-Mead") for start in (-4.0, -2.0, 0.0)]
    return 1 / (1 + np.exp(-min(starts, key=lambda found: found.fun).x))


def test_baseball():
    # Efron and Morris (1977) keep .212 of each player's distance from the mean of .265, on k - 3 degrees of freedom of
    # a normal of equal variance; moments have k - 1, and of a beta 1 - spread of that.
    found = pooled_shares(shares([HITS], [[AT_BATS] * 18]))
    assert found.mean[0] == pytest.approx(0.265, abs=0.001)
    kept = 1 - (1 - 0.212) * 17 / 15 * (1 - found.spread[0])
    # Their observed averages have three digits.
    assert found.share[0, 0] == pytest.approx(found.mean[0] + kept * (0.400 - found.mean[0]), abs=0.003)
    assert found.share[0, 0] == pytest.approx(by_hand(HITS, [AT_BATS] * 18)[2][0], abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_many_groups_agree_with_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(20, 60, 800)
    count = rng.binomial(rows, rng.beta(3, 12, 800))
    found = pooled_shares(shares([count], [rows]))
    mean, spread = likeliest(count, rows)
    assert found.mean[0] == pytest.approx(mean, abs=0.003)
    assert found.spread[0] == pytest.approx(spread, abs=0.01)
    weight = 1 / spread - 1
    assert found.share[0] == pytest.approx((count + weight * mean) / (rows + weight), abs=0.01)
    # So many groups leave no doubt of the prior: limits are those of the beta that follows from it.
    a, b = count + weight * mean, rows - count + weight * (1 - mean)
    for side, tail in ((found.low[0], 0.025), (found.high[0], 0.975)):
        assert side == pytest.approx(beta.ppf(tail, a, b), abs=0.02)


def limits_by_hand(count, rows, confidence=0.95):
    """The mixture of betas behind the limits, in plain loops."""
    held = [(x, n) for x, n in zip(count, rows, strict=True) if n]
    size = len(held) / sum(1 / n for _, n in held)
    start, end = math.log(0.3), math.log(20 * size)
    priors = [math.exp(start + (end - start) * i / 19) for i in range(20)]
    means, doubts, fits = [], [], []
    for m in priors:
        weights = [n * (m + 1) / (n + m) for _, n in held]
        mean = (sum(w * x / n for w, (x, n) in zip(weights, held, strict=True)) + 0.5) / (sum(weights) + 1)
        doubt = mean * (1 - mean) / (sum(weights) + 1)
        fit = sum(betaln(x + m * mean, n - x + m * (1 - mean)) - betaln(m * mean, m * (1 - mean)) for x, n in held)
        means.append(mean)
        doubts.append(doubt)
        fits.append(fit + 0.5 * math.log(doubt) + math.log(m / (m + size) ** 2))
    chances = [math.exp(fit - max(fits)) for fit in fits]
    out = []
    for x, n in held:
        values = [(x + m * mean) / (n + m) for m, mean in zip(priors, means, strict=True)]
        centre = sum(c * v for c, v in zip(chances, values, strict=True)) / sum(chances)
        error = 0.0
        for c, v, m, doubt in zip(chances, values, priors, doubts, strict=True):
            error += c * (v * (1 - v) / (n + m + 1) + (m / (n + m)) ** 2 * doubt + (v - centre) ** 2) / sum(chances)
        left = centre * (1 - centre) / error - 1
        out.append([beta.ppf(tail, centre * left, (1 - centre) * left) for tail in (0.025, 0.975)])
    return out


GROUPS = st.lists(st.integers(1, 400), min_size=2, max_size=12)


@st.composite
def counted(draw):
    rows = draw(GROUPS)
    return [draw(st.integers(0, n)) for n in rows], rows


@given(counted())
@settings(max_examples=300)
def test_against_plain_loops(groups):
    count, rows = groups
    if 0 < sum(count) < sum(rows) and max(rows) > 1:
        mean, spread, pooled = by_hand(count, rows)
        found = pooled_shares(shares([count], [rows]))
        assert found.mean[0] == pytest.approx(mean)
        assert found.spread[0] == pytest.approx(min(spread, 1.0), abs=1e-9)
        if spread < 1:
            assert found.share[0] == pytest.approx(pooled, abs=1e-9)


@given(counted())
@settings(max_examples=50, deadline=None)
def test_limits_against_plain_loops(groups):
    count, rows = groups
    value, low, high = one(count, rows)
    for v, down, up, (a, b) in zip(value, low, high, limits_by_hand(count, rows), strict=True):
        assert down == pytest.approx(min(a, v), abs=1e-7)
        assert up == pytest.approx(max(b, v), abs=1e-7)


@given(counted())
@settings(max_examples=300)
def test_laws(groups):
    count, rows = (np.array(part) for part in groups)
    value, low, high = one(count, rows)
    raw, overall = count / rows, count.sum() / rows.sum()
    near = 1e-9
    assert (np.minimum(raw, overall) - near <= value).all()
    assert (value <= np.maximum(raw, overall) + near).all()
    assert ((low >= 0) & (low <= value) & (value <= high) & (high <= 1)).all()
    assert (low < high).all()


@given(counted())
@settings(max_examples=300)
def test_more_rows_move_nearer_to_raw_and_to_certainty(groups):
    count, rows = (np.array(part) for part in groups)
    value, low, high = one(count, rows)
    raw, overall = count / rows, count.sum() / rows.sum()
    apart = np.abs(raw - overall) > 1e-6
    moved = np.where(apart, (value - raw) / np.where(apart, overall - raw, 1.0), np.nan)
    for i, j in zip(*np.nonzero((rows[:, None] > rows) & apart & apart[:, None]), strict=True):
        assert moved[i] <= moved[j] + 1e-7
    # Of two groups with the same raw rate the larger one is the surer.
    same = (count[:, None] * rows == count * rows[:, None]) & (rows[:, None] > rows)
    for i, j in zip(*np.nonzero(same), strict=True):
        assert high[i] - low[i] <= high[j] - low[j] + 0.02


@given(counted(), st.integers(0, 11))
@settings(max_examples=200)
def test_complements_and_order_of_groups(groups, turn):
    count, rows = (np.array(part) for part in groups)
    value, low, high = one(count, rows)
    other, other_low, other_high = one(rows - count, rows)
    for a, b in ((value, other), (low, other_high), (high, other_low)):
        assert a == pytest.approx(1 - b, abs=1e-7)
    turned = one(np.roll(count, turn), np.roll(rows, turn))
    for a, b in zip((value, low, high), turned, strict=True):
        assert np.roll(a, turn) == pytest.approx(b, abs=1e-7)


def test_no_spread_beyond_chance_puts_all_at_the_overall_rate():
    value, *_ = one([31, 62, 2, 0], [100, 200, 8, 1])
    assert value == pytest.approx([95 / 309] * 4)


def test_groups_of_few_people_do_not_lead():
    value, *_ = one([900, 600, 2, 0], [3000, 3000, 2, 1])
    assert value.argmax() == 0
    assert value.argmin() == 1


def test_nobody_and_everybody():
    for count, whole in (([0, 0, 0], 0.0), ([20, 10, 3], 1.0)):
        value, low, high = one(count, [20, 10, 3])
        assert value.tolist() == [whole] * 3
        widths = (high - low).tolist()
        assert 0 < widths[0] < widths[1] < widths[2] < 1


def test_what_has_no_value_is_left_out():
    given_rows = shares([[30, 0, 10]], [[100, 0, 100]])
    found = pooled_shares(given_rows)
    alone = pooled_shares(shares([[30, 10]], [[100, 100]]))
    assert np.isnan([found.share[0, 1], found.low[0, 1], found.high[0, 1]]).all()
    assert found.share[0, [0, 2]] == pytest.approx(alone.share[0])
    assert found.low[0, [0, 2]] == pytest.approx(alone.low[0])


@pytest.mark.parametrize("rows", [[100.0], [100.0, 0.0], [0.0, 0.0]])
def test_one_group_is_not_pooled(rows):
    # Alone it has no more than its raw rate, which is no pooled one.
    found = pooled_shares(shares([np.array(rows) * 0.3], [rows]))
    assert np.isnan([found.share, found.low, found.high]).all()


def test_few_clusters_make_limits_wider():
    sure, unsure = (pooled_shares(shares([[30, 20]], [[100, 90]], df)) for df in (np.inf, 4.0))
    assert unsure.share == pytest.approx(sure.share)
    assert (unsure.low < sure.low).all()
    assert (unsure.high > sure.high).all()


def test_confidence():
    narrow, wide = (pooled_shares(shares([[30, 20]], [[100, 90]]), level) for level in (0.8, 0.99))
    assert (wide.low < narrow.low).all()
    assert (wide.high > narrow.high).all()


def test_measures_that_are_no_share_are_pooled_on_their_scale():
    bias = next(measure for measure in COMPOSITES if measure.lowest < 0)
    measures = (bias, get_rate("f1"), get_rate("treatment_equality"))
    found = shares([[30, 5]] * 3, [[100, 10]] * 3)
    value, low, high = pooled_interval(measures, found, 0.95)
    plain = pooled_shares(found)
    for row, measure in enumerate(measures):
        assert value[row] == pytest.approx(measure.value(plain.share[row]))
        assert low[row] == pytest.approx(measure.value(plain.low[row]))
        assert high[row] == pytest.approx(measure.value(plain.high[row]))
    none, *_ = pooled_interval(measures[2:], shares([[5, 5]], [[5, 5]]), 0.95)
    assert np.isnan(none).all()


def frame(rng, rows=900):
    table = pd.DataFrame({"g": rng.choice(list("abcd"), rows, p=[0.5, 0.3, 0.19, 0.01])})
    table["y"] = (rng.random(rows) < 0.4).astype(int)
    table["p"] = (rng.random(rows) < np.where(table["g"] == "b", 0.6, 0.3)).astype(int)
    return table.assign(w=rng.gamma(2, 0.5, rows), c=rng.integers(0, 60, rows), s=rng.random(rows))


ROLES = {"sensitive_features": "g", "y_true": "y", "y_pred": "p", "score": "s"}


def test_rates_of_an_audit():
    table = frame(np.random.default_rng(1))
    rates = ba.audit_predictions(table, **ROLES).rates()
    overall = rates[[not group for group in rates["group"]]]
    assert overall["pooled"].isna().all()
    for name in ("share_of_data", "calibration_error"):
        assert rates.loc[rates["metric"] == name, ["pooled", "pooled_low", "pooled_high"]].isna().all(axis=None)
    chosen = rates[(rates["metric"] == "selection_rate") & (rates["group"].map(bool))]
    found = one(chosen["numerator"], chosen["denominator"])
    for name, side in zip(("pooled", "pooled_low", "pooled_high"), found, strict=True):
        assert chosen[name].to_numpy() == pytest.approx(side)
    defined = rates["estimate"].notna() & rates["group"].map(bool)
    defined &= ~rates["metric"].isin(["share_of_data", "calibration_error"])
    assert rates.loc[defined, "pooled"].notna().all()


@pytest.mark.parametrize("role", [{"sample_weight": "w"}, {"cluster": "c"}])
def test_weights_and_clusters_leave_fewer_rows(role):
    rng = np.random.default_rng(2)
    table = frame(rng)
    # Rows of a cluster decide alike.
    table["p"] = (rng.random(60) < 0.4)[table["c"]].astype(int)
    plain, less = (ba.audit_predictions(table, **ROLES, **more).rates() for more in ({}, role))
    rows = [r[(r["metric"] == "selection_rate") & (r["group"] == {"g": "a"})].iloc[0] for r in (plain, less)]
    widths = [row["pooled_high"] - row["pooled_low"] for row in rows]
    assert widths[1] > 1.05 * widths[0]
