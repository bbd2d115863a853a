"""Rates and gaps over strata: by hand, by statsmodels, and in tables whose truth is known."""

from dataclasses import astuple

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.contingency_tables import StratifiedTable

from biasaudit.counts.counting import count_rows
from biasaudit.counts.frames import as_frame
from biasaudit.inference.strata.stratified import compare_in_strata, mantel_fleiss
from biasaudit.inference.strata.within_strata import EligibleCells, compare_within, eligible_cells, standardise_rate
from biasaudit.metrics.rates import get_rate
from biasaudit.metrics.wilson import wilson


def drawn(seed, rows=2_000, strata=4, gap=0.1, clusters=None, shared=0.0):
    """People of two groups in strata that hold different shares of them; `shared` is what clusters have in common."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, clusters, rows) if clusters else np.arange(rows)
    s = rng.integers(0, strata, rows)
    g = (rng.random(rows) < 0.3 + 0.4 * s / max(strata - 1, 1)).astype(int)
    effect = rng.normal(size=who.max() + 1)[who] * shared
    p = np.clip(0.2 + 0.4 * s / max(strata - 1, 1) + gap * g + effect, 0, 1)
    return {"g": g, "s": s, "y": (rng.random(rows) < p).astype(int), "w": rng.choice([0.5, 1.0, 3.0], rows), "who": who}


def people(seed, **made):
    frame = pd.DataFrame(drawn(seed, **made))
    return frame.assign(g=np.where(frame["g"], "b", "a"), s="s" + frame["s"].astype(str), who=frame["who"].astype(str))


def cells_of(frame, rate="selection_rate", **roles):
    frame = as_frame(frame)
    found = count_rows(frame, features=["g"], declared={}, controls=["s"], **{"y_pred": "y"} | roles)
    return eligible_cells(found.table, get_rate(rate))


def cells_of_arrays(rows, sample_weight=None, cluster=None):
    """Put those who are alike into one cell, as `cells_of` counts them out of a table, in a hundredth of the time."""
    g, s, y, who = (rows[name] for name in ("g", "s", "y", cluster or "g"))
    _, first, cell = np.unique(((who * (s.max() + 1) + s) * 2 + y) * 2 + g, return_index=True, return_inverse=True)
    each = rows[sample_weight] if sample_weight else np.ones(len(g))
    weight, squares = np.bincount(cell, each), np.bincount(cell, each**2)
    return EligibleCells(
        g[first],
        s[first],
        y[first].astype(float),
        weight,
        squares,
        who[first] if cluster else None,
        independent=not (sample_weight or cluster),
        groups=2,
        strata=int(s.max()) + 1,
    )


def tables(frame):
    inside = [one for _, one in frame.groupby("s")]
    return [[[int(((t["g"] == g) & (t["y"] == y)).sum()) for y in (1, 0)] for g in "ba"] for t in inside]


@pytest.mark.parametrize("strata", [1, 4, 40])
def test_plain_rows_are_compared_as_statsmodels_does(strata):
    frame = people(0, strata=strata)
    found = compare_within(cells_of(frame), 1, 0, 0.95)
    expected = StratifiedTable([np.array(table) for table in tables(frame)])
    assert found.strata == strata
    assert found.ratio == pytest.approx(expected.riskratio_pooled)
    assert found.p_value == pytest.approx(expected.test_null_odds(correction=False).pvalue)
    assert found.covered == 1
    x = np.array(tables(frame), dtype=float)
    by_hand = compare_in_strata(x[:, 0, 0], x[:, 0].sum(axis=1), x[:, 1, 0], x[:, 1].sum(axis=1))
    limits = by_hand.difference, by_hand.difference_low, by_hand.difference_high
    assert (found.difference, found.difference_low, found.difference_high) == pytest.approx(limits)


def test_the_ratio_has_the_variance_of_greenland_and_robins():
    frame = people(1, rows=20_000)
    found = compare_within(cells_of(frame), 1, 0, 0.95)
    x = np.array(tables(frame), dtype=float)
    x1, n1, x2, n2 = x[:, 0, 0], x[:, 0].sum(axis=1), x[:, 1, 0], x[:, 1].sum(axis=1)
    total = n1 + n2
    above, below = (x1 * n2 / total).sum(), (x2 * n1 / total).sum()
    variance = ((n1 * n2 * (x1 + x2) - x1 * x2 * total) / total**2).sum() / (above * below)
    half = np.log(found.ratio_high / found.ratio_low) / 2 / 1.959964
    assert half == pytest.approx(np.sqrt(variance), rel=0.01)


@pytest.mark.parametrize("clusters", [None, 150])
def test_weights_and_clusters_have_the_variance_of_a_regression_with_strata(clusters):
    frame = people(2, rows=4_000, clusters=clusters, shared=0.3 if clusters else 0.0)
    roles = {"sample_weight": "w"} | ({"cluster": "who"} if clusters else {})
    found = compare_within(cells_of(frame, **roles), 1, 0, 0.95)
    frame = frame.assign(b=(frame["g"] == "b").astype(int))
    kind = (
        {"cov_type": "cluster", "cov_kwds": {"groups": frame["who"].astype(int)}} if clusters else {"cov_type": "HC2"}
    )
    fit = smf.wls("y ~ b + C(s)", frame, weights=frame["w"]).fit(**kind)
    assert found.difference == pytest.approx(fit.params["b"])
    half = (found.difference_high - found.difference_low) / 2
    assert half == pytest.approx(1.96 * fit.bse["b"], rel=0.03)


def test_weights_of_one_are_no_weights():
    frame = people(3).assign(w=1.0)
    plain, weighted = (
        compare_within(cells_of(frame), 1, 0, 0.95),
        compare_within(cells_of(frame, sample_weight="w"), 1, 0, 0.95),
    )
    assert weighted.difference == pytest.approx(plain.difference)
    assert weighted.difference_high == pytest.approx(plain.difference_high, abs=0.001)
    assert weighted.ratio_high == pytest.approx(plain.ratio_high)


def test_people_who_come_ten_times_are_no_more_evidence():
    frame = people(4, rows=300)
    ten = pd.concat([frame] * 10, ignore_index=True)
    once, often = compare_within(cells_of(frame), 1, 0, 0.95), compare_within(cells_of(ten, cluster="who"), 1, 0, 0.95)
    assert often.difference == pytest.approx(once.difference)
    assert often.difference_high - often.difference == pytest.approx(once.difference_high - once.difference, rel=0.05)
    one, ten_times = (standardise_rate(cells, 1, 0.95) for cells in (cells_of(frame), cells_of(ten, cluster="who")))
    assert (ten_times.low, ten_times.high) == pytest.approx((one.low, one.high), abs=0.01)


def test_a_standardised_rate_by_hand():
    frame = pd.DataFrame({"g": list("aaaabbbbbbb"), "s": list("11221122222"), "y": [1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0]})
    cells = cells_of(frame)
    everyone = {"1": 4 / 11, "2": 7 / 11}
    assert standardise_rate(cells, 0, 0.95).estimate == pytest.approx(everyone["1"] * 1 / 2 + everyone["2"] * 1)
    assert standardise_rate(cells, 1, 0.95).estimate == pytest.approx(everyone["1"] * 1 / 2 + everyone["2"] * 2 / 5)
    only = cells_of(frame[(frame["g"] == "b") | (frame["s"] == "1")])
    found = standardise_rate(only, 0, 0.95)
    assert (found.estimate, found.covered) == pytest.approx((0.5, 4 / 9))


def test_one_stratum_is_the_rate_itself():
    found = standardise_rate(cells_of(people(5, strata=1)), 1, 0.95)
    frame = people(5, strata=1)
    own = frame[frame["g"] == "b"]["y"]
    assert found.estimate == pytest.approx(own.mean())
    low, high = wilson(own.sum(), len(own), critical=1.959964)
    assert (found.low, found.high) == pytest.approx((float(low), float(high)), abs=1e-3)


def test_errors_are_standardised_over_whom_they_are_about():
    frame = people(6).assign(p=lambda f: np.random.default_rng(0).integers(0, 2, len(f)))
    found = cells_of(frame, "false_positive_rate", y_true="y", y_pred="p")
    negatives = frame[frame["y"] == 0]
    assert found.among.sum() == len(negatives)
    share = negatives.groupby(["g", "s"])["p"].mean()
    everyone = negatives["s"].value_counts(normalize=True)
    expected = sum(everyone[s] * share["b", s] for s in everyone.index)
    assert standardise_rate(found, 1, 0.95).estimate == pytest.approx(expected)


def test_too_few_cases_are_told_and_not_judged():
    frame = people(7, rows=400).assign(y=0)
    frame.loc[:3, "y"] = 1
    found = compare_within(cells_of(frame), 1, 0, 0.95)
    assert found.too_few
    assert np.isfinite(found.difference)
    assert np.isnan([found.difference_low, found.ratio_low, found.p_value]).all()
    assert mantel_fleiss([0], [10], [0], [10]) == 0


def test_nobody_to_compare_and_one_cluster():
    frame = people(8)
    apart = frame.assign(s=frame["g"])
    found = compare_within(cells_of(apart), 1, 0, 0.95)
    assert found.strata == 0
    assert np.isnan([found.difference, found.ratio, found.p_value]).all()
    one = standardise_rate(cells_of(frame.assign(who="x"), cluster="who"), 1, 0.95)
    assert np.isfinite(one.estimate)
    assert np.isnan([one.low, one.high]).all()


KINDS = {
    "plain": ({"rows": 600, "strata": 20}, {}),
    "sparse": ({"rows": 400, "strata": 150}, {}),
    "weights": ({"rows": 800, "strata": 20}, {"sample_weight": "w"}),
    "clusters": ({"rows": 800, "strata": 10, "clusters": 40, "shared": 0.2}, {"cluster": "who"}),
    "few clusters": ({"rows": 800, "strata": 5, "clusters": 12, "shared": 0.2}, {"cluster": "who"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_cells_of_arrays_are_those_that_are_counted(kind):
    made, roles = KINDS[kind]
    for seed in range(3):
        found = cells_of_arrays(drawn([9, seed], **made), **roles)
        counted = cells_of(people([9, seed], **made), **roles)
        assert len(found.group) == len(counted.group)
        for of in (lambda cells: compare_within(cells, 1, 0, 0.95), lambda cells: standardise_rate(cells, 1, 0.95)):
            assert astuple(of(found)) == pytest.approx(astuple(of(counted)), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_what_is_true(kind):
    made, roles = KINDS[kind]
    # Where clusters share something, chances are cut at 0 and 1 there, and only no gap at all is known.
    true, last = 0.0 if "shared" in made else 0.1, max(made["strata"] - 1, 1)
    gaps, rates = [], []
    for seed in range(600):
        rows = drawn([9, seed], gap=true, **made)
        cells = cells_of_arrays(rows, **roles)
        found = compare_within(cells, 1, 0, 0.95)
        gaps.append(found.difference_low <= true <= found.difference_high)
        if "shared" not in made:
            of_stratum = 0.3 + 0.4 * rows["s"] / last
            weight = rows["w"] if roles else np.ones(len(of_stratum))
            there = (cells.among[1] > 0)[rows["s"]]
            standard = np.average(of_stratum[there], weights=weight[there])
            rate = standardise_rate(cells, 1, 0.95)
            rates.append(rate.low <= standard <= rate.high)
    # 95 % less two standard errors.
    for held in (gaps, rates or [True]):
        assert np.mean(held) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 600), (np.mean(gaps), np.mean(rates))


@pytest.mark.parametrize(("every", "roles"), [(1, {}), (0, {}), (1, {"sample_weight": "w"})])
def test_a_group_that_is_all_alike_rests_on_its_rows(every, roles):
    frame = people(11, rows=300, strata=3)
    frame.loc[frame["g"] == "b", "y"] = every
    found = standardise_rate(cells_of(frame, **roles), 1, 0.95)
    weight = frame["w"] if roles else frame["w"] * 0 + 1
    standard = weight.groupby(frame["s"]).sum() / weight.sum()
    own = weight[frame["g"] == "b"].groupby(frame["s"])
    rows = 1 / (standard**2 * own.agg(lambda w: (w**2).sum()) / own.sum() ** 2).sum()
    assert found.estimate == pytest.approx(every)
    assert (found.low, found.high) == pytest.approx([float(a) for a in wilson(every * rows, rows, critical=1.959964)])
