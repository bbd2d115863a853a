"""Lines on a score: what each does, and which do what is asked."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import roc_curve

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.audits.thresholds.audit_thresholds import CRITERIA, ThresholdAudit
from biasaudit.inference.thresholds import best_thresholds


def table(rows=4_000, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    label = rng.random(rows) < np.where(group == "a", 0.5, 0.3)
    score = np.clip(np.round(rng.normal(0.4 + 0.2 * label + 0.1 * (group == "a"), 0.15), 2), 0, 1)
    return pd.DataFrame({"g": group, "y": label.astype(int), "s": score})


@pytest.fixture(scope="module")
def people():
    return table()


@pytest.fixture(scope="module")
def audit(people):
    return ba.audit_thresholds(people, score="s", y_true="y", sensitive_features="g")


def test_the_sweep_is_scikit_learns_roc_curve(people, audit):
    sweep = audit.sweep()
    for group in "abc":
        mine = people[people["g"] == group]
        fpr, tpr, lines = roc_curve(mine["y"], mine["s"], drop_intermediate=False)
        ours = sweep[(sweep["group"] == group)].set_index("threshold")
        for line, false, true in zip(lines[1:], fpr[1:], tpr[1:], strict=True):
            if line in ours.index:
                assert ours.loc[line, "false_positive_rate"] == pytest.approx(false)
                assert ours.loc[line, "true_positive_rate"] == pytest.approx(true)


def test_an_audit_at_a_line_is_the_audit_of_its_decisions(people, audit):
    wanted = {"a": 0.6, "b": 0.45, "c": math.inf}
    decided = people.assign(p=(people["s"] >= people["g"].map(wanted)).astype(int))
    theirs = ba.audit_predictions(decided, y_true="y", y_pred="p", sensitive_features="g")
    ours = audit.at(wanted)
    pd.testing.assert_frame_equal(ours.rates(), theirs.rates())
    pd.testing.assert_frame_equal(ours.disparities(), theirs.disparities())
    pd.testing.assert_frame_equal(audit.at({"a": 0.6, "b": 0.45}, otherwise=math.inf).rates(), ours.rates())


def test_the_best_single_line_is_the_best_of_all(people, audit):
    right = [((people["s"] >= line) == people["y"]).sum() for line in audit.lines]
    assert audit.choose("one_threshold").benefit == max(right)
    each = sum(max(((mine["s"] >= line) == mine["y"]).sum() for line in audit.lines) for _, mine in people.groupby("g"))
    assert audit.choose("greatest_benefit").benefit == each


@pytest.mark.parametrize("criterion", ["demographic_parity", "equal_opportunity", "equalized_odds"])
def test_what_is_held_alike_is_alike(audit, criterion):
    chosen = audit.choose(criterion, tolerance=0.05)
    assert chosen.gap <= 0.05
    rates = audit.at(chosen.thresholds).disparities()
    for metric in CRITERIA[criterion]:
        row = rates[(rates["metric"] == metric) & (rates["kind"] == "range") & (rates["comparison"] == "difference")]
        assert row["estimate"].item() <= 0.05 + 1e-9
    assert 0 < chosen.benefit < audit.choose("greatest_benefit").benefit


def test_near_fairlearn_which_decides_by_lot(people, audit):
    from fairlearn.postprocessing import ThresholdOptimizer
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Score(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_, self.fitted_ = np.array([0, 1]), True
            return self

        def predict(self, X):
            return np.asarray(X)[:, 0]

    optimizer = ThresholdOptimizer(
        estimator=Score(), constraints="demographic_parity", predict_method="predict", prefit=False
    )
    optimizer.fit(people[["s"]], people["y"], sensitive_features=people["g"])
    chance = optimizer._pmf_predict(people[["s"]], sensitive_features=people["g"])[:, 1]
    theirs = np.where(people["y"] == 1, chance, 1 - chance).sum()
    assert audit.choose("demographic_parity").benefit == pytest.approx(theirs, rel=0.02)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_lines_against_all_combinations(seed):
    rng = np.random.default_rng(seed)
    benefit, rate = rng.normal(size=(3, 5)), np.sort(rng.random((3, 5)), axis=1)[:, ::-1]
    rate[:, 0], rate[:, -1] = 1.0, 0.0
    found = best_thresholds(benefit, [rate], np.ones(3, dtype=bool), 0.3)
    total = benefit[np.arange(3), found].sum()
    alike = max(benefit[:, 0].sum(), benefit[:, -1].sum())
    gap = np.ptp(rate[np.arange(3), found])
    if gap <= 0.3:
        options = [
            benefit[np.arange(3), list(at)].sum()
            for at in itertools.product(range(5), repeat=3)
            if np.ptp(rate[np.arange(3), list(at)]) <= 0.3 - 0.011
        ]
        assert total >= max(options) - 1e-9
    assert total >= alike - 1e-9


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.lists(st.booleans(), min_size=3, max_size=3))
def test_lines_of_two_rates_are_the_best_of_every_pair_of_middles(seed, held):
    rng = np.random.default_rng(seed)
    benefit, rates = rng.normal(size=(3, 4)), np.sort(rng.random((2, 3, 4)), axis=2)[..., ::-1]
    rates[..., 0], rates[..., -1] = 1.0, 0.0
    rates[1, 2, :] = np.where(rng.random() < 0.3, np.nan, rates[1, 2, :])
    middles = np.arange(101) / 100
    first, second = (np.nan_to_num(np.abs(rate[:, :, None] - middles)) for rate in rates)
    alike, best, width = max(benefit[:, 0].sum(), benefit[:, -1].sum()), -np.inf, 0.2
    while best <= alike and width < 1.2:
        totals = np.zeros((101, 101))
        for group in range(3):
            one, other = first[group][:, :, None], second[group][:, None, :]
            nearest = (one + other) <= (one + other).min(axis=0)
            fits = (np.maximum(one, other) <= width / 2 + 1e-12) if held[group] else nearest
            totals += np.where(fits, benefit[group][:, None, None], -np.inf).max(axis=0)
        best, width = totals.max(), width + 0.2
    found = best_thresholds(benefit, list(rates), np.array(held), 0.2)
    assert benefit[np.arange(3), found].sum() == pytest.approx(best)


def test_two_tables_are_one(people, audit):
    halves = [
        ba.count(part, sensitive_features=["g"], y_true="y", score="s") for part in (people[:1_500], people[1_500:])
    ]
    both = ThresholdAudit(halves[0] + halves[1])
    assert both.choose("equal_opportunity") == audit.choose("equal_opportunity")
    swapped = people.assign(g=people["g"].map({"a": "z", "b": "y", "c": "x"}))
    renamed = ba.audit_thresholds(swapped, score="s", y_true="y", sensitive_features="g").choose("equal_opportunity")
    assert renamed.thresholds["z"] == audit.choose("equal_opportunity").thresholds["a"]


def test_costs_move_the_line(audit):
    usual = audit.choose("one_threshold").thresholds["a"]
    strict = audit.choose("one_threshold", benefits={"true_positive": 1, "false_positive": -5}).thresholds["a"]
    mild = audit.choose("one_threshold", benefits={"true_positive": 5, "false_positive": -1}).thresholds["a"]
    assert mild < usual < strict


def test_not_everything_can_be_equal():
    lines = ba.audit_thresholds(ba.datasets.load_compas())
    found = lines.impossibility(5).set_index("group")
    row = found.loc["African-American"]
    p, ppv, fnr = row["base_rate"], row["positive_predictive_value"], row["false_negative_rate"]
    assert row["false_positive_rate"] == pytest.approx(p / (1 - p) * (1 - ppv) / ppv * (1 - fnr))
    frame = ba.datasets.load_compas().frame
    flagged, again = frame["decile_score"] >= 5, frame["two_year_recid"] == 1
    assert ppv == pytest.approx(again[flagged].mean())
    assert fnr == pytest.approx((~flagged)[again].mean())
    assert lines.impossible(5).startswith("Of African-American, 51.4 % have a positive label, of Caucasian 39.4 %.")
    equal = ba.audit_thresholds(
        table().assign(y=lambda f: np.arange(len(f)) % 2), score="s", y_true="y", sensitive_features="g"
    )
    assert (
        equal.impossible(0.5) == "Base rates are not shown to differ here, so nothing keeps all rates from being equal."
    )


def test_without_labels_there_are_selection_rates_alone(people):
    audit = ba.audit_thresholds(people, score="s", sensitive_features="g")
    assert list(audit.sweep().columns) == ["group", "threshold", "selection_rate"]
    assert set(audit.at(0.5).rates()["metric"]) >= {"selection_rate"}
    assert audit.histogram()["rows"].sum() == len(people)
    with pytest.raises(AuditError, match="Choosing lines needs labels"):
        audit.choose("one_threshold")


def test_calibration_counts_everybody_once(people, audit):
    found = audit.calibration()
    assert found["denominator"].sum() == len(people)
    assert found["numerator"].sum() == people["y"].sum()
    assert found["group"].value_counts().max() <= 10


REFUSED = [
    (
        lambda a: a.at(0.123456),
        "No line can be drawn at 0.123456: the counts cannot tell which rows reach it. The nearest are 0.12 and 0.13.",
    ),
    (lambda a: a.at({"a": 0.5}), 'thresholds gives no line to "b". Name it, or give otherwise=.'),
    (
        lambda a: a.at({"aa": 0.5}, otherwise=0.5),
        'thresholds names the group "aa", which is not there. Groups: a, b, c.',
    ),
    (lambda a: a.at("high"), "A threshold must be a number, not 'high'."),
    (lambda a: a.at(math.nan), "A threshold must be a number, not nan."),
    (
        lambda a: a.choose("parity"),
        '"parity" is not a criterion. Did you mean "demographic_parity"? '
        "Criteria: one_threshold, demographic_parity, "
        "equal_opportunity, equalized_odds, greatest_benefit.",
    ),
    (
        lambda a: a.choose("one_threshold", benefits={"tp": 1}),
        'benefits names "tp". Name: true_positive, false_positive, false_negative, true_negative.',
    ),
    (
        lambda a: a.choose("one_threshold", benefits={"true_positive": math.inf}),
        "benefits gives true_positive the worth inf. Give a number.",
    ),
    (
        lambda a: a.choose("equal_opportunity", tolerance=0),
        "tolerance=0 is out of range. Give a number above 0, at most 1.",
    ),
]


@pytest.mark.parametrize(("ask", "sentence"), REFUSED)
def test_what_is_refused(audit, ask, sentence):
    with pytest.raises(AuditError) as caught:
        ask(audit)
    assert str(caught.value).replace(' Did you mean "a"?', "") == sentence


def test_a_table_without_a_score(people):
    with pytest.raises(AuditError, match="There is no score to draw a line on"):
        ba.audit_thresholds(people, y_true="y", sensitive_features="g")


def test_it_answers_as_the_audit_of_the_decisions_at_the_declared_line():
    data = ba.datasets.load_compas()
    decided = data.frame.assign(decided=(data.frame["decile_score"] >= 5).astype(int))
    theirs = ba.audit_predictions(
        decided,
        y_true="two_year_recid",
        y_pred="decided",
        sensitive_features="race",
        reference={"race": "Caucasian"},
        words=data.card.words,
    )
    lines = ba.audit_thresholds(data)
    pd.testing.assert_frame_equal(lines.rates(), theirs.rates())
    pd.testing.assert_frame_equal(lines.disparities(), theirs.disparities())
    assert [f.sentence for f in lines.findings()] == [f.sentence for f in theirs.findings()]
    report = lines.report()
    words = 'Lines on "compas", decided positively: from 5 on, the line that the data set declares'
    assert report.title == words
    assert (report.settings["threshold"], report.settings["line"]) == (5.0, "the line that the data set declares")
    assert repr(lines).startswith(report.title[:60])
    found, same = lines.check("four_fifths"), theirs.check("four_fifths")
    assert (
        (found.outcome, found.rules[0].sentence)
        == (same.outcome, same.rules[0].sentence)
        == (
            "fail",
            "Selection rate by race, smallest ratio of 6 groups (highest in race = Native American, lowest in race "
            "= Other): 0.31 (0.19 to 0.47), all past the limit (at least 0.80).",
        )
    )


def test_without_a_declared_line_it_is_that_of_greatest_benefit_and_without_labels_that_of_the_median(people, audit):
    best = audit.choose("one_threshold").thresholds["a"]
    pd.testing.assert_frame_equal(audit.rates(), audit.at(best).rates())
    assert audit.report().settings["line"] == "the one line of greatest benefit"
    unlabelled = ba.audit_thresholds(people, score="s", sensitive_features="g")
    report = unlabelled.report()
    assert report.settings["line"] == "the line nearest the median score"
    halves = [(people["s"] >= line).mean() for line in audit.lines]
    at = (people["s"] >= report.settings["threshold"]).mean()
    assert abs(at - 0.5) == min(abs(half - 0.5) for half in halves)
    assert not report.sections
    # The line of the data set is on another score than the one that was asked for.
    data = ba.datasets.load_compas()
    other = ba.audit_thresholds(data, score="priors_count")
    assert other.report().settings["line"] == "the one line of greatest benefit"


def test_a_declared_line_that_cannot_be_drawn_is_the_nearest_and_that_is_said(audit):
    moved = ThresholdAudit(audit.table, drawn=0.503)
    assert moved.report().settings["threshold"] == 0.5
    assert moved.report().warnings[0] == (
        "The data set declares its line at 0.503, where these counts cannot draw one: this is the nearest, 0.5."
    )
    assert not ThresholdAudit(audit.table, drawn=0.5).report().warnings


def test_a_line_that_is_decided_alike_about_everybody_is_told():
    frame = table().assign(y=lambda f: (np.arange(len(f)) % 50 == 0).astype(int))
    report = ba.audit_thresholds(frame, score="s", y_true="y", sensitive_features="g").report()
    assert report.title == "Lines on a score, decided positively: nobody, the one line of greatest benefit"
    assert report.settings["threshold"] is None


def test_what_each_criterion_would_choose_is_told(audit):
    section = next(s for s in audit.report().sections if s.name == "chosen_lines")
    assert len(section.rows) == len(CRITERIA) * 3
    rows = iter(section.rows)
    for criterion in CRITERIA:
        chosen = audit.choose(criterion)
        for group, line in chosen.thresholds.items():
            row = next(rows)
            assert (row["group"], row["threshold"], row["benefit"]) == (group, f"from {line:g} on", chosen.benefit)
            assert row["gap"] == chosen.gap or (math.isnan(row["gap"]) and math.isnan(chosen.gap))
            assert row["benefit_elsewhere"] == chosen.benefit_elsewhere
            assert row["true_positive_rate_elsewhere"] == chosen.rates_elsewhere["true_positive_rate"][group]


def test_the_impossibility_is_told_where_it_applies():
    lines = ba.audit_thresholds(ba.datasets.load_compas())
    section = next(s for s in lines.report().sections if s.name == "impossibility")
    assert section.sentences == (lines.impossible(5),)
    table_ = lines.impossibility(5).set_index("group")
    assert {row["group"]: row["false_positive_rate"] for row in section.rows} == table_["false_positive_rate"].to_dict()
    equal = ba.audit_thresholds(
        table().assign(y=lambda f: np.arange(len(f)) % 2), score="s", y_true="y", sensitive_features="g"
    )
    assert [s.name for s in equal.report().sections] == ["chosen_lines"]


def test_a_policy_about_decisions_that_were_made_is_refused(audit):
    policy = ba.policy.loads('name = "x"\n[columns]\ny_pred = "invited"\n[[rules]]\nmetric = "selection_rate"\nmax = 1')
    with pytest.raises(AuditError, match="the policy is about y_pred = 'invited', and this audit was asked with"):
        audit.check(policy)
