"""The caller names whose questions come first: they have the power, the order and the headline."""

import json

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.audits.predictions._gap_questions import SECONDARY
from biasaudit.audits.predictions.disparity_table import level_of
from biasaudit.inference.testing.gatekeeping import comparison_level, joint_p_value

ALPHA = 0.05
LABELS = {"y_true": "y", "y_pred": "p"}
DEFAULT = ("selection_rate", "false_positive_rate", "false_negative_rate", "positive_predictive_value")


def people(rows=4_000, seed=0, gap=0.0, better=0.0, levels=4):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"f": rng.integers(0, levels, rows).astype(str)})
    frame["y"] = rng.integers(0, 2, rows)
    more = gap + better * (2 * frame["y"] - 1)
    frame["p"] = (rng.random(rows) < 0.3 + 0.3 * frame["y"] + more * (frame["f"] == "0")).astype(int)
    frame["s"] = (rng.integers(0, 10, rows) + 3 * frame["y"]) / 13
    return frame


def audit(frame, primary=None, **more):
    return ba.audit_predictions(frame, sensitive_features="f", primary=primary, **(LABELS | more))


def questions(found):
    table = found.disparities()
    table = table[(table["comparison"] == "difference") & (table["kind"] == "range")]
    return table.set_index("metric")[["p_value", "p_adjusted"]]


def level(found, metric):
    """Return the level of the question whether all groups are alike: joint over the comparisons inside it."""
    of_one = level_of(found._splits, 0.95, metric, primary=found.primary)[("f",)]
    return float(joint_p_value(of_one, 4))


def test_nothing_named_is_what_the_registry_names():
    frame = people(gap=0.05)
    plain, named = (audit(frame, primary) for primary in (None, DEFAULT))
    pd.testing.assert_frame_equal(plain.disparities(), named.disparities())
    assert [one.sentence for one in plain.findings()] == [one.sentence for one in named.findings()]
    assert "primary" not in plain.settings


def test_one_that_is_named_has_nearly_all_of_the_chance():
    frame = people(better=0.05)
    plain, named = questions(audit(frame)), questions(audit(frame, "accuracy"))
    p = named.loc["accuracy", "p_value"]
    assert named.loc["accuracy", "p_adjusted"] == pytest.approx(min(1, p / (1 - SECONDARY)))
    assert named.loc["accuracy", "p_adjusted"] < plain.loc["accuracy", "p_adjusted"]
    assert (named.loc[list(DEFAULT), "p_adjusted"] >= plain.loc[list(DEFAULT), "p_adjusted"]).all()
    first, plain = (pairs_of(audit(frame, asked)) for asked in ("accuracy", None))
    # Where a question is answered with yes, it has more pairs.
    assert plain.keys() < first.keys()
    assert all(first[pair] <= plain[pair] for pair in plain)
    assert any(first[pair] < plain[pair] for pair in plain)


def pairs_of(found):
    """Adjusted p-values of the pairs of accuracy."""
    pairs = found.disparities("accuracy").query("kind == 'pair'")
    names = zip(pairs["comparison"], pairs["group"].map(str), pairs["reference"].map(str), strict=True)
    return dict(zip(names, pairs["p_adjusted"], strict=True))


@pytest.mark.parametrize("primary", [None, "accuracy", ["accuracy", "auc"], ["recall", "precision", "f1"]])
def test_the_levels_of_all_questions_add_up_to_alpha(primary):
    found = audit(people(seed=5), primary, score="s")
    assert (questions(found)["p_adjusted"].dropna() > ALPHA).all(), "nothing was passed on"
    asked = [
        m
        for m in found._splits[0].measures
        if m.name not in ("true_positive_rate", "true_negative_rate", "false_discovery_rate", "false_omission_rate")
    ]
    assert sum(level(found, m.name) for m in asked) == pytest.approx(ALPHA, rel=2e-3)
    first = [level(found, m.name) for m in asked if found.primary.is_primary(m)]
    assert sum(first) == pytest.approx((1 - SECONDARY) * ALPHA, rel=2e-3)
    assert len(first) == {str: 1, list: len(primary or ""), type(None): 4}[type(primary)]


def test_all_that_is_named_shares_the_whole_of_it():
    frame = people(rows=900)
    found = ba.audit_predictions(frame, sensitive_features="f", y_pred="p", primary="demographic_parity")
    plain = ba.audit_predictions(frame, sensitive_features="f", y_pred="p")
    pd.testing.assert_frame_equal(found.disparities(), plain.disparities())
    assert found.settings["primary"] == ["selection_rate"]


def test_a_complement_is_the_same_question():
    frame = people(gap=0.05)
    tables = [
        audit(frame, primary).disparities()
        for primary in ("recall", "miss_rate", ["false_negative_rate", "true_positive_rate"])
    ]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)


def test_equalized_odds_ask_of_both_their_rates():
    frame = people(gap=0.05)
    found = audit(frame, "equalized_odds")
    other = audit(frame, ["true_positive_rate", "false_positive_rate"])
    pd.testing.assert_frame_equal(found.disparities(), other.disparities())
    told = [one.metric for one in found.findings()]
    assert {"equalized_odds", "true_positive_rate", "false_positive_rate"} <= set(told)
    assert "false_negative_rate" not in told


def test_what_is_named_is_told_first_and_heads_the_report():
    frame = people(better=0.2)
    found = audit(frame, "false_omission_rate")
    told = [one.metric for one in found.findings()]
    assert told[0] == "false_omission_rate"
    assert "(false omission rate" in found.report().headline
    assert "false omission rate" not in audit(frame).report().headline
    # The complement tells the same, and is not told as well.
    assert "negative_predictive_value" not in told
    assert "positive_predictive_value" in told


def test_what_stands_in_tables_alone_is_told_where_it_is_named():
    frame = people(better=0.2)
    told = [[one.metric for one in audit(frame, primary).findings()] for primary in (None, ["balanced_accuracy", "f1"])]
    assert not {"balanced_accuracy", "f1"} & set(told[0])
    assert set(told[1][:2]) == {"balanced_accuracy", "f1"}


def test_the_two_largest_groups_are_told_of_what_is_named():
    frame = people(rows=6_000)

    def pairs(primary):
        return {one.metric for one in audit(frame, primary).findings() if one.kind == "pair"}

    assert pairs("accuracy") == {"accuracy"}
    assert pairs(None) == set(DEFAULT)


def test_plans_have_the_level_of_what_is_named():
    frame = people()
    plan = ba.plan_sample(audit(frame, "accuracy"), "accuracy", gap=0.05)
    assert plan["level"].tolist() == pytest.approx([float(comparison_level(ALPHA * (1 - SECONDARY), 4))] * 3)
    plain = ba.plan_sample(audit(frame), "accuracy", gap=0.05)
    assert (plan["rows_needed"] < plain["rows_needed"]).all()
    rows = audit(frame, "accuracy").disparities("accuracy").query("kind == 'pair' and comparison == 'difference'")
    np.testing.assert_array_equal(plan["smallest_detectable"], rows["smallest_detectable"])
    assert (plan["smallest_detectable"] < plain["smallest_detectable"]).all()


def test_control_features_tell_what_is_named():
    frame = people().assign(d=lambda f: np.arange(len(f)) % 3)

    def told(primary):
        found = audit(frame, primary, control_features="d")
        return {row["metric"] for row in found.controls.parts[0].reported(found.controls.parts[0].rows)}

    assert told(["accuracy", "precision"]) == {"base_rate", "accuracy", "positive_predictive_value"}
    assert told(None) == {"base_rate", *DEFAULT}
    plan = ba.plan_sample(audit(frame, "accuracy", control_features="d"), "accuracy", gap=0.05)
    assert plan["level"].iloc[0] == pytest.approx(float(comparison_level(ALPHA / 2 * (1 - SECONDARY), 4)))


def test_reports_and_json_say_which():
    found = audit(people(), ["precision", "accuracy", "predictive_parity"])
    assert found.settings["primary"] == ["positive_predictive_value", "accuracy"]
    assert json.loads(found.to_json())["settings"]["primary"] == ["positive_predictive_value", "accuracy"]
    assert "| Primary questions | positive predictive value, accuracy |" in found.to_markdown()


def test_a_policy_does_not_move(tmp_path):
    path = tmp_path / "gate.toml"
    path.write_text(
        'name = "Gate"\n[columns]\nsensitive_features = ["f"]\n[[rules]]\nmetric = "selection_rate"\nmax = 0.08\n'
        '[[rules]]\nmetric = "accuracy"\nmax = 0.2\n',
        encoding="utf-8",
    )
    frame = people(gap=0.08)
    plain, named = (audit(frame, primary).check(path) for primary in (None, "f1"))
    assert json.loads(plain.to_json())["rules"] == json.loads(named.to_json())["rules"]
    assert ba.check(frame, path, primary="f1", **LABELS).exit_code == plain.exit_code


def test_every_audit_of_the_same_table_takes_it():
    frame = people(gap=0.1)
    counted = ba.count(frame, sensitive_features="f", y_true="y", y_pred="p")
    found = ba.audit_crosstab(counted, primary="accuracy")
    pd.testing.assert_frame_equal(found.disparities(), audit(frame, "accuracy").disparities())
    lines = ba.audit_thresholds(frame, score="s", y_true="y", sensitive_features="f", primary="accuracy")
    assert lines.at(0.5).settings["primary"] == ["accuracy"]
    assert lines.report().settings["primary"] == ["accuracy"]
    direct = audit(frame.assign(p=frame["s"] >= lines.lines[6]), "accuracy").disparities("accuracy")
    at = lines.at(float(lines.lines[6])).disparities("accuracy")
    np.testing.assert_allclose(at["p_adjusted"].to_numpy(float), direct["p_adjusted"].to_numpy(float))
    data = ba.audit_dataset(frame[["f", "y"]], label="y", sensitive_features="f", primary="base_rate")
    assert data.settings["primary"] == ["base_rate"]


def test_a_model_is_audited_by_what_is_named():
    rng = np.random.default_rng(1)
    frame = people(rows=600).assign(x=rng.normal(size=600))
    table = ba.datasets.Dataset("people", frame, label="y", sensitive_features=("f",), features=("x",))
    found = ba.audit_model("logistic_regression", table, about="models", primary=["accuracy"], progress=False)
    assert found.settings["primary"] == ["accuracy"]
    assert found.primary.names == ("accuracy",)
    with pytest.raises(AuditError, match='Did you mean "accuracy"'):
        ba.audit_model("none of these", table, primary="acuracy")


def test_nobody_cries_wolf_more_often_for_choosing():
    """Choosing beforehand splits one chance in another way; the choice may not depend on the table."""
    rng = np.random.default_rng(19)
    tables, shown = 120, 0
    for _ in range(tables):
        y, f = rng.integers(0, 2, 400), rng.integers(0, 3, 400)
        frame = pd.DataFrame({"f": f.astype(str), "y": y, "p": (rng.random(400) < 0.3 + 0.4 * y).astype(int)})
        table = audit(frame, ["accuracy", "false_discovery_rate"])._disparities
        shown += (table["verdict"] == "shown").any()
    # The limit and two standard errors.
    assert shown / tables <= ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / tables)
    assert shown


MEASURES = (
    "selection_rate, base_rate, true_positive_rate, false_positive_rate, true_negative_rate, false_negative_rate, "
    "positive_predictive_value, negative_predictive_value, false_discovery_rate, false_omission_rate, accuracy, f1, "
    "treatment_equality, balanced_accuracy, prevalence_error, auc, brier, calibration_in_the_large, "
    "macro_recall, macro_f1, mean_true_rank, mean_predicted_rank, mean_rank_error, mean_absolute_rank_error, "
    "equalized_odds, mean_outcome, mean_prediction, mean_error, mean_absolute_error, root_mean_squared_error, "
    "r_squared, median_outcome, outcome_quantile_10, outcome_quantile_25, outcome_quantile_75, outcome_quantile_90, "
    "median_prediction, prediction_quantile_10, prediction_quantile_25, prediction_quantile_75, "
    "prediction_quantile_90, share_in_top_k, mean_exposure, exposure_to_merit, pairwise_accuracy_within, "
    "pairwise_accuracy_between"
)


@pytest.mark.parametrize(
    ("primary", "sentence"),
    [
        ("acuracy", f'primary names "acuracy", no measure. Did you mean "accuracy"? Measures: {MEASURES}.'),
        (
            ["accuracy", "share_of_data"],
            f'primary names "share_of_data", no measure. Did you mean "share_in_top_k"? Measures: {MEASURES}.',
        ),
        ([], 'primary is empty. Name a measure, such as "accuracy", or leave primary out.'),
        (3, 'primary=3 names no measures. Give one or several names, such as ["accuracy", "false_discovery_rate"].'),
        (
            [None],
            "primary=[None] names no measures. Give one or several names, such as "
            '["accuracy", "false_discovery_rate"].',
        ),
        (
            "recall",
            'primary names "true_positive_rate", which needs labels and decisions; what is audited here has '
            "less. Name the columns that are missing, or one of: selection_rate.",
        ),
        (
            ["selection_rate", "brier"],
            'primary names "brier", which needs labels and scores from 0 to 1; what is '
            "audited here has less. Name the columns that are missing, or one of: "
            "selection_rate.",
        ),
        (
            "equalized_odds",
            'primary names "equalized_odds", which needs labels and decisions; what is audited here '
            "has less. Name the columns that are missing, or one of: selection_rate.",
        ),
    ],
)
def test_what_is_refused(primary, sentence):
    with pytest.raises(AuditError) as caught:
        audit(people(rows=200), primary, y_true=None)
    assert str(caught.value) == sentence


def test_data_and_lines_refuse_what_they_cannot_ask():
    frame = people(rows=200)
    with pytest.raises(AuditError) as caught:
        ba.audit_dataset(frame[["f", "y"]], label="y", sensitive_features="f", primary="accuracy")
    assert str(caught.value).endswith("or one of: base_rate.")
    with pytest.raises(AuditError, match='primary names "auc", which needs labels and scores'):
        ba.audit_thresholds(frame, score="s", y_true="y", sensitive_features="f", primary="auc")
