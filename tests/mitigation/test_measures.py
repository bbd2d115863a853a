"""The figures of a comparison against the audit, statsmodels and plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from statsmodels.stats.contingency_tables import mcnemar

import biasaudit as ba
from biasaudit.mitigation._pareto import beaten, on_front
from biasaudit.mitigation._trials import Trials
from biasaudit.mitigation.comparison import Comparison
from biasaudit.mitigation.measures import Estimates, changes, seconds_taken

SETTINGS = {
    "dataset": "made",
    "sensitive_features": ["g"],
    "model": "none",
    "harm": "equalized_odds",
    "cost": "accuracy",
    "folds": 5,
    "repeats": 1,
    "confidence": 0.95,
    "random_state": 0,
}
LEVELS = ({"g": "a"}, {"g": "b"}, {"g": "c"})


def made(n=1_200, repeats=1, seed=0, cluster=None, truth=None, same=False):
    rng = np.random.default_rng(seed)
    groups, y = rng.integers(0, 3, n), rng.integers(0, 2, n)
    first = (rng.random((repeats, n)) < 0.2 + 0.4 * y + 0.1 * groups).astype(np.int8)
    flip = rng.random((repeats, n)) < (0 if same else 0.15)
    second = np.where(flip, rng.random((repeats, n)) < 0.2 + 0.4 * y, first).astype(np.int8)
    seconds = rng.random((2, 5 * repeats)) + np.array([[0.1], [1]])
    trials = Trials(("unmitigated", "mended"), np.stack([first, second]), seconds, ())
    large = np.ones(3, bool)
    return Comparison(trials, y, truth, groups, LEVELS, cluster, large, SETTINGS | {"repeats": repeats})


def audited(comparison, at):
    frame = pd.DataFrame(
        {"g": [LEVELS[i]["g"] for i in comparison.groups], "y": comparison.y, "p": comparison.trials.predictions[at, 0]}
    )
    return ba.audit_predictions(frame, sensitive_features=["g"], y_true="y", y_pred="p")


@pytest.mark.parametrize("at", [0, 1])
def test_figures_and_intervals_are_those_of_the_audit(at):
    comparison = made()
    table = comparison.to_frame().set_index(["mitigation", "figure"]).loc[comparison.names[at]]
    audit = audited(comparison, at)
    rates = audit.rates()
    everyone = rates[rates["group"].map(lambda g: not g)].set_index("metric")
    gaps = audit.disparities().query("kind == 'range'").set_index(["metric", "comparison"])
    for measure, row in {
        "accuracy": everyone.loc["accuracy"],
        "balanced_accuracy": everyone.loc["balanced_accuracy"],
        "selection_ratio": gaps.loc[("selection_rate", "ratio")],
        "demographic_parity": gaps.loc[("selection_rate", "difference")],
        "equalized_odds": gaps.loc[("equalized_odds", "difference")],
    }.items():
        mine = table.loc[measure, ["estimate", "low", "high"]].astype(float)
        np.testing.assert_allclose(mine, row[["estimate", "low", "high"]].astype(float), rtol=1e-9, err_msg=measure)


def test_a_group_too_small_to_measure_gaps_by_counts_for_accuracy_only():
    comparison = made()
    part = Comparison(
        comparison.trials, comparison.y, None, comparison.groups, LEVELS, None, np.array([True, True, False]), SETTINGS
    )
    whole, some = (c.to_frame().set_index(["mitigation", "figure"])["estimate"] for c in (comparison, part))
    assert some["unmitigated", "accuracy"] == whole["unmitigated", "accuracy"]
    kept = comparison.groups < 2
    rates = [comparison.trials.predictions[0, 0][kept & (comparison.groups == g)].mean() for g in (0, 1)]
    assert some["unmitigated", "demographic_parity"] == pytest.approx(abs(rates[0] - rates[1]))


def test_the_change_of_an_accuracy_has_the_interval_of_paired_shares():
    comparison = made(4_000)
    row = comparison.to_frame().query("mitigation == 'mended' and figure == 'accuracy'").iloc[0]
    first, second = comparison.trials.predictions[:, 0] == comparison.y
    gap = second.astype(float) - first
    half = 1.96 * gap.std() / np.sqrt(len(gap))
    assert row["change"] == pytest.approx(gap.mean())
    # Wald's interval of the paired difference, which is as good for so many rows; resamples cost a few percent.
    assert row["change_low"] == pytest.approx(gap.mean() - half, abs=0.1 * half)
    assert row["change_high"] == pytest.approx(gap.mean() + half, abs=0.1 * half)


def test_gains_are_paired_rates_with_mcnemars_test():
    comparison = made(900)
    first, second = comparison.trials.predictions[:, 0]
    for row in comparison.gains().to_dict("records"):
        at = comparison.groups == LEVELS.index(row["group"])
        if row["metric"] != "selection_rate":
            at &= comparison.y == (row["metric"] == "true_positive_rate")
        table = pd.crosstab(first[at], second[at]).to_numpy()
        # As many changed one way as the other: the correction must not overshoot, as statsmodels' does.
        expected = 1.0 if table[0, 1] == table[1, 0] else mcnemar(table, exact=False, correction=True).pvalue
        assert row["p_value"] == pytest.approx(expected)
        assert row["rows"] == at.sum()
        assert (row["before"], row["after"]) == pytest.approx((first[at].mean(), second[at].mean()))
        gap = second[at].astype(float) - first[at]
        half = 1.96 * gap.std() / np.sqrt(at.sum())
        assert row["low"] == pytest.approx(gap.mean() - half, abs=0.25 * half)
        assert row["high"] == pytest.approx(gap.mean() + half, abs=0.25 * half)


def test_what_changes_nothing_has_no_change_and_no_uncertainty():
    comparison = made(same=True)
    table = comparison.to_frame().query("mitigation == 'mended' and figure != 'seconds'")
    assert (table[["change", "change_low", "change_high"]] == 0).all(axis=None)
    assert (table["p_value"] == 1).all()
    assert set(table["verdict"]) == {"not shown"}
    gains = comparison.gains()
    assert (gains[["difference", "low", "high"]] == 0).all(axis=None)
    assert (gains["p_value"] == 1).all()


def test_repeats_are_not_taken_for_more_people():
    one, many = made(repeats=1, seed=3), made(repeats=4, seed=3)
    width = [
        c.to_frame().query("figure == 'accuracy' and mitigation == 'unmitigated'").eval("high - low").item()
        for c in (one, many)
    ]
    # Four decisions for a person are worth more than one, here drawn apart, but by far not four people.
    assert width[1] > 0.5 * width[0]
    copied = made(repeats=1, seed=3)
    trials = copied.trials
    twice = Trials(trials.names, np.repeat(trials.predictions, 3, axis=1), trials.seconds, ())
    same = Comparison(twice, copied.y, None, copied.groups, LEVELS, None, copied.large, SETTINGS | {"repeats": 3})
    for name in ("low", "high"):
        mine, theirs = (c.to_frame().query("figure == 'accuracy'")[name].to_numpy() for c in (same, copied))
        np.testing.assert_allclose(mine, theirs, atol=1e-3)
    np.testing.assert_allclose(same.gains()["p_value"], copied.gains()["p_value"], rtol=1e-9)


def test_rows_that_belong_together_widen_the_intervals():
    alone = made(400, seed=1)
    trials = alone.trials
    copies = Trials(trials.names, np.tile(trials.predictions, 3), trials.seconds, ())
    cluster = np.tile(np.arange(400), 3)
    clustered = Comparison(
        copies, np.tile(alone.y, 3), None, np.tile(alone.groups, 3), LEVELS, cluster, alone.large, SETTINGS
    )
    for measure in ("accuracy", "balanced_accuracy", "demographic_parity"):
        mine, theirs = (c.to_frame().set_index("figure").loc[[measure]] for c in (clustered, alone))
        mine, theirs = (rows["high"].to_numpy() - rows["low"].to_numpy() for rows in (mine, theirs))
        np.testing.assert_allclose(mine, theirs, rtol=0.02)


@pytest.mark.slow
def test_the_interval_of_a_changed_gap_covers_it():
    # Everyone's gap falls from 0.2 to 0.05: drawn anew 60 times.
    rng, hits = np.random.default_rng(0), 0
    truth = {0: (0.3, 0.35), 1: (0.5, 0.4)}
    for _ in range(60):
        groups = np.arange(1_000) % 2
        shared = rng.random(1_000)
        before, after = (
            np.where(groups == 1, shared < truth[1][i], shared < truth[0][i]).astype(np.int8) for i in (0, 1)
        )
        trials = Trials(("unmitigated", "mended"), np.stack([before, after])[:, None], np.ones((2, 2)), ())
        y = rng.integers(0, 2, 1_000)
        comparison = Comparison(trials, y, None, groups, LEVELS[:2], None, np.ones(2, bool), SETTINGS)
        found, drawn = comparison._counted.estimates(), comparison._counted.resampled()
        change, _ = changes(found["demographic_parity"], drawn["demographic_parity"])
        hits += change.low[1] <= -0.15 <= change.high[1]
    assert hits >= 53


def test_seconds_are_geometric_means():
    found, change = seconds_taken(np.array([[1.0, 2.0, 4.0], [2.0, 3.0, 5.0]]), 0.95)
    assert found.value[0] == pytest.approx(2)
    assert (found.low > 0).all()
    assert (change.value[1], change.low[1], change.high[1]) == pytest.approx((1, 1, 1))


points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8)


@given(points)
def test_the_front_is_what_nobody_beats(pairs):
    harm, cost = np.array(pairs, dtype=float).T
    for i, mine in enumerate(on_front(harm, cost)):
        beats = [
            harm[j] <= harm[i] and cost[j] <= cost[i] and (harm[j], cost[j]) != (harm[i], cost[i])
            for j in range(len(harm))
        ]
        assert mine == (not any(beats))


def test_an_undefined_point_is_not_on_the_front():
    assert on_front(np.array([np.nan, 0.2]), np.array([0.1, 0.3])).tolist() == [False, True]


def test_to_be_beaten_takes_both_and_more_than_chance():
    rng = np.random.default_rng(0)
    harm, cost = np.array([0.3, 0.1, 0.2]), np.array([0.3, 0.1, 0.305])
    noise = rng.normal(scale=0.01, size=(1_000, 3))
    lost = beaten(harm, cost, harm + noise, cost + noise[::-1], alpha=0.05)
    # The second beats both others; the third is better than the first in harm only.
    assert lost.astype(int).tolist() == [[0, 1, 0], [0, 0, 0], [0, 1, 0]]


def test_an_undefined_figure_cannot_be_told():
    nan = np.array([0.5, np.nan])
    change, p_value = changes(Estimates(nan, nan, nan), np.column_stack([np.full(9, 0.5), np.full(9, np.nan)]))
    assert np.isnan([change.value[1], change.low[1], change.high[1], p_value[1]]).all()
