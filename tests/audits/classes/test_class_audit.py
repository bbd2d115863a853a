"""Audits of several classes at once: figures of others, names in texts, formats and rules, and what is refused."""

import json
from functools import cache

import fairlearn.metrics as fm
import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

import biasaudit as ba
from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.predictions.audit import Audit
from biasaudit.integrations.mlflow import metric_values
from biasaudit.policy.reading import loads
from biasaudit.reporting.formats.as_json import json_schema

COLUMNS = {"sensitive_features": "sex", "y_true": "diagnosis", "y_pred": "predicted"}
GRADES = {"sensitive_features": "sex", "y_true": "grade", "y_pred": "guess"}

OF_FAIRLEARN = {
    "true_positive_rate": recall_score,
    "positive_predictive_value": precision_score,
    "false_positive_rate": fm.false_positive_rate,
    "selection_rate": fm.selection_rate,
}


@cache
def patients(n=1_500):
    rng = np.random.default_rng(23)
    sex = rng.choice(["woman", "man"], n)
    diagnosis = rng.choice(["cold", "flu", "none"], n, p=[0.3, 0.2, 0.5])
    right = rng.random(n) < np.where((sex == "woman") & (diagnosis == "flu"), 0.5, 0.9)
    predicted = np.where(right, diagnosis, rng.choice(["cold", "flu", "none"], n))
    weight = rng.integers(1, 4, n).astype(float)
    return pd.DataFrame({"sex": sex, "diagnosis": diagnosis, "predicted": predicted, "w": weight})


@cache
def audit():
    return ba.audit_predictions(patients(), **COLUMNS)


def graded(n=400):
    rng = np.random.default_rng(5)
    grade = rng.integers(0, 5, n)
    guess = np.clip(grade + rng.integers(-1, 2, n), 0, 4)
    return pd.DataFrame({"sex": rng.choice(["woman", "man"], n), "grade": grade, "guess": guess})


def value(rates, metric, sex=None, class_name=""):
    group = {} if sex is None else {"sex": sex}
    rows = rates[(rates["metric"] == metric) & (rates["class"] == class_name)]
    return float(rows[[one == group for one in rows["group"]]]["estimate"].iloc[0])


def check(policy):
    return audit().check(loads(f'name = "x"\n[[rules]]\n{policy}'))


@pytest.mark.parametrize("weight", [None, "w"])
def test_measures_of_each_group_are_those_of_scikit_learn_and_fairlearn(weight):
    frame = patients()
    rates = ba.audit_predictions(frame, **COLUMNS, sample_weight=weight).rates()
    for sex, rows in frame.groupby("sex"):
        asked = {"sample_weight": None if weight is None else rows["w"]}
        true, said = rows["diagnosis"], rows["predicted"]
        expected = {
            "accuracy": accuracy_score(true, said, **asked),
            "macro_recall": recall_score(true, said, average="macro", **asked),
            "macro_f1": f1_score(true, said, average="macro", **asked),
        }
        assert {name: value(rates, name, sex) for name in expected} == pytest.approx(expected, abs=1e-9)
    params = None if weight is None else {metric: {"sample_weight": frame["w"]} for metric in OF_FAIRLEARN}
    for name in ("cold", "flu", "none"):
        one = fm.MetricFrame(
            metrics=OF_FAIRLEARN,
            y_true=(frame["diagnosis"] == name).astype(int),
            y_pred=(frame["predicted"] == name).astype(int),
            sensitive_features=frame["sex"],
            sample_params=params,
        )
        for sex, row in one.by_group.iterrows():
            found = {metric: value(rates, metric, sex, name) for metric in row.index}
            assert found == pytest.approx(row.to_dict(), abs=1e-9)


def test_three_classes_say_their_accuracy_and_each_class_by_name():
    cells = {("a", "a"): 300, ("b", "b"): 300, ("c", "c"): 213, ("a", "b"): 100, ("b", "c"): 87}
    frame = pd.DataFrame([*cells], columns=["diagnosis", "predicted"]).assign(n=[*cells.values()])
    both = pd.concat([frame.assign(sex="woman"), frame.assign(sex="man")])
    rates = ba.audit_predictions(both, **COLUMNS, count="n").rates()
    assert value(rates, "accuracy") == pytest.approx(0.813)
    assert {*rates["class"]} == {"", "a", "b", "c"}
    assert value(rates, "true_positive_rate", None, "c") == 1.0


def test_texts_name_the_class():
    first = audit().findings()[0]
    assert (first.metric, first.class_name, first.verdict) == ("true_positive_rate", "flu", "shown")
    assert first.sentence.startswith("Of 100 people with sex = woman whose diagnosis is flu, ")
    assert " are recognised as such; of 100 with sex = man, " in first.sentence
    assert "True positive rate of flu: " in first.sentence
    assert "(true positive rate of flu, 95 % sure)" in str(audit()).replace("\n", " ")
    for text in (audit().to_markdown(), audit().to_html()):
        assert "True positive rate of flu" in text
    assert any("are read as classes" in note for note in audit().warnings)


def test_tables_have_a_column_of_classes_and_other_audits_have_none():
    for table in (audit().rates(), audit().disparities()):
        assert list(table.columns)[:2] == ["metric", "class"]
        assert set(table[table["metric"] == "true_positive_rate"]["class"]) == {"cold", "flu", "none"}
        assert set(table[table["metric"].isin(["accuracy", "macro_recall", "macro_f1"])]["class"]) == {""}
    recall = audit().disparities("recall")
    assert set(recall["class"]) == {"cold", "flu", "none"}
    assert set(audit().disparities("recall[flu]")["class"]) == {"flu"}
    with pytest.raises(ba.AuditError, match=r'"fly" is no class of this audit. Did you mean "flu"'):
        audit().disparities("recall[fly]")
    with pytest.raises(ba.AuditError, match='"auc" is not a metric of this audit'):
        audit().disparities("auc")
    one = ba.audit_predictions(patients(), **COLUMNS, pos_label="flu")
    assert isinstance(one, Audit)
    assert "class" not in one.rates()


def test_json_has_the_class_beside_the_metric():
    found = json.loads(audit().to_json())
    jsonschema.validate(found, json_schema())
    row = next(row for row in found["rates"] if row["class"] == "flu" and row["metric"] == "true_positive_rate")
    assert row["estimate"] == pytest.approx(value(audit().rates(), "true_positive_rate", None, "flu"))
    assert found["findings"][0]["class"] == "flu"
    assert found["metrics"]["true_positive_rate[flu]"]["label"] == "True positive rate of flu"
    assert {row["class"] for row in found["disparities"]} == {"", "cold", "flu", "none"}


def test_a_rule_is_about_every_class_or_about_one(tmp_path):
    every, one = (check(f'metric = "recall"\n{more}max = 0.1') for more in ("", 'class = "cold"\n'))
    assert (every.outcome, len(every.rules[0].judged)) == ("fail", 3)
    assert "True positive rate of flu by sex" in every.rules[0].sentence
    assert (one.outcome, len(one.rules[0].judged)) == ("pass", 1)
    with pytest.raises(ba.AuditError, match=r'class = "fly" is no class of .* Did you mean "flu"'):
        check('metric = "recall"\nclass = "fly"\nmax = 0.1')
    with pytest.raises(ba.AuditError, match=r'class = "flu" is no class of "accuracy".* Leave class out'):
        check('metric = "accuracy"\nclass = "flu"\nmax = 0.1')
    with pytest.raises(ba.AuditError, match="these decisions have several classes"):
        audit().check("four_fifths")
    saved = tmp_path / "audit.json"
    audit().to_json(saved)
    ratchet = loads('name = "x"\n[[rules]]\nmetric = "recall"\nnot_worse_than_baseline = true')
    judged = audit().check(ratchet, baseline=saved).rules[0].judged
    assert [one.state for one in judged] == ["within"] * 3


def test_grades_need_no_pos_label_and_keep_their_order():
    found = ba.audit_predictions(graded(), **GRADES)
    assert isinstance(found, ClassAudit)
    assert found.table.classes == ("0", "1", "2", "3", "4")
    rates = found.rates()
    frame = graded()
    assert value(rates, "mean_true_rank") == pytest.approx(1 + frame["grade"].mean())
    assert value(rates, "mean_rank_error") == pytest.approx((frame["guess"] - frame["grade"]).mean())
    ratio = found.disparities("mean_true_rank").query("comparison == 'ratio' and kind == 'range'").iloc[0]
    assert np.isnan(ratio["estimate"])
    assert "ratio" in ratio["reason"]
    assert "mean error in ranks" in found.to_markdown()


def test_ordered_categories_keep_their_order():
    levels = ["poor", "fair", "good"]
    rng = np.random.default_rng(0)
    said = pd.Categorical(rng.choice(levels, 90), categories=levels, ordered=True)
    frame = pd.DataFrame({"sex": ["woman", "man", "man"] * 30, "predicted": said})
    found = ba.audit_predictions(frame, sensitive_features="sex", y_pred="predicted")
    assert found.table.classes == tuple(levels)
    assert value(found.rates(), "mean_predicted_rank") == pytest.approx(1 + said.codes.mean())
    plain = ba.audit_predictions(frame.astype(str), sensitive_features="sex", y_pred="predicted")
    assert plain.table.classes == ("fair", "good", "poor")
    assert "mean_predicted_rank" not in set(plain.rates()["metric"])


def test_labels_or_predictions_alone_have_shares_of_each_class():
    for role, metric in (("y_true", "base_rate"), ("y_pred", "selection_rate")):
        found = ba.audit_predictions(patients(), sensitive_features="sex", **{role: "diagnosis"})
        assert set(found.rates()["metric"]) == {metric, "share_of_data"}
        assert not found.report().sections
        with pytest.raises(ba.AuditError, match="A confusion needs labels and predictions"):
            found.confusion()


def test_a_class_that_no_label_has_and_one_without_rows_are_said():
    frame = pd.DataFrame(
        {
            "sex": ["woman"] * 40 + ["man"] * 40,
            "diagnosis": ["cold", "flu"] * 20 + ["cold"] * 40,
            "predicted": ["cold", "flu", "none", "flu"] * 10 + ["cold", "flu"] * 20,
        }
    )
    found = ba.audit_predictions(frame, **COLUMNS)
    assert '"none" is predicted, and no label says so: it has no true positive rate' in " ".join(found.warnings)
    rates = found.rates()
    reasons = {
        (row["metric"], row["class"], row["group"].get("sex")): row["reason"]
        for row in rates[rates["estimate"].isna()].to_dict("records")
    }
    assert reasons["true_positive_rate", "none", None] == "nobody whose class is none"
    assert reasons["true_positive_rate", "flu", "man"] == "nobody whose class is flu"
    assert reasons["macro_recall", "", "man"] == "nobody in one of the classes"
    assert np.isfinite(value(rates, "macro_recall", "woman"))
    gap = found.disparities("recall[flu]").iloc[0]
    assert (gap["verdict"], gap["reason"]) == ("cannot tell", "sex=man: nobody whose class is flu")


def test_what_needs_a_yes_and_a_no_is_refused_in_a_sentence():
    frame = graded().assign(score=0.5, site="x")
    for more, message in (
        ({"control_features": "site"}, "control_features hold people alike for a yes or no.*pos_label"),
        ({"score": "score"}, 'score="score" says how likely one class is.*pos_label'),
        ({"primary": "auc"}, 'primary names "auc", which is not measured where there are several classes'),
        ({"outcome_type": "classes", "pos_label": 3}, 'Give either outcome_type="classes"'),
        ({"reference": {"sex": "girl"}}, 'reference sex="girl" is not a group'),
    ):
        with pytest.raises(ba.AuditError, match=message):
            ba.audit_predictions(frame, **GRADES, **more)
    with pytest.raises(ba.AuditError, match="plans with the rates of a yes or no"):
        ba.plan_sample(audit(), "accuracy")
    with pytest.raises(ba.AuditError, match=r"All rows that can be used are of one class \('3'\)"):
        ba.audit_predictions(frame.assign(grade=3), sensitive_features="sex", y_true="grade", outcome_type="classes")
    many = pd.DataFrame({"g": np.arange(500) % 450, "c": [f"c{i}" for i in np.arange(500) % 100]})
    with pytest.raises(ba.AuditError, match="450 groups with 100 true and as many predicted classes are 4,500,000"):
        ba.audit_predictions(many.assign(g=[f"g{i}" for i in many["g"]]), sensitive_features="g", y_pred="c")


def test_counts_of_classes_are_audited_as_their_rows_are():
    table = ba.count(patients(), **COLUMNS)
    found = ba.audit_crosstab(table + table)
    assert isinstance(found, ClassAudit)
    assert value(found.rates(), "macro_f1", "man") == pytest.approx(value(audit().rates(), "macro_f1", "man"))
    assert isinstance(ba.audit_crosstab(table, pos_label="flu"), Audit)


def test_rows_that_come_twice_are_no_more_evidence_where_their_cluster_is_named():
    frame = patients(300).head(300).assign(who=range(300))
    once = ba.audit_predictions(frame, **COLUMNS).rates()
    twice = ba.audit_predictions(pd.concat([frame, frame]), **COLUMNS, cluster="who").rates()
    for metric in ("accuracy", "macro_recall", "macro_f1"):
        widths = []
        for rates in (once, twice):
            rows = rates[rates["metric"] == metric]
            row = rows[[one == {"sex": "man"} for one in rows["group"]]].iloc[0]
            widths.append(row["high"] - row["low"])
        assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_the_confusion_of_each_group_adds_up_and_gaps_are_of_its_shares():
    table = audit().confusion()
    women = table[[group == {"sex": "woman"} for group in table["group"]]]
    frame = patients()
    mine = frame[frame["sex"] == "woman"]
    expected = pd.crosstab(mine["diagnosis"], mine["predicted"], normalize="index")
    assert women["share"].to_numpy() == pytest.approx(expected.to_numpy().ravel())
    assert women["rows"].sum() == len(mine)
    taken = audit().taken_for()
    first = taken.iloc[0]
    assert first["y_true"] == "flu"
    assert first["estimate"] == pytest.approx(first["share"] - first["reference_share"])
    assert first["low"] <= first["estimate"] <= first["high"]
    names = [section.name for section in audit().report().sections]
    assert names == ["confusion", "taken_for"]


def test_of_two_classes_the_rates_are_those_of_yes_and_no():
    frame = patients().assign(y=lambda f: f["diagnosis"] == "flu", p=lambda f: f["predicted"] == "flu")
    asked = {"sensitive_features": "sex", "y_true": "y", "y_pred": "p"}
    both = ba.audit_predictions(frame, **asked, outcome_type="classes").rates()
    yes = ba.audit_predictions(frame, **asked).rates()
    for metric in ("true_positive_rate", "false_positive_rate", "positive_predictive_value", "selection_rate"):
        ours = both[(both["metric"] == metric) & (both["class"] == "1")][["estimate", "low", "high"]]
        theirs = yes[yes["metric"] == metric][["estimate", "low", "high"]]
        assert ours.to_numpy() == pytest.approx(theirs.to_numpy())
    ours = both[both["metric"] == "macro_recall"][["estimate", "low", "high"]]
    assert ours.to_numpy() == pytest.approx(
        yes[yes["metric"] == "balanced_accuracy"][["estimate", "low", "high"]].to_numpy()
    )


def test_hostile_names_change_no_verdict_and_stay_text():
    told = {"cold": "<script>x</script>", "flu": "No gap is shown] [accuracy", "none": "{class} | ![](http://x)"}
    found = ba.audit_predictions(patients().replace({"diagnosis": told, "predicted": told}), **COLUMNS)
    verdicts = []
    for one, names in ((audit(), told), (found, {name: name for name in told.values()})):
        table = one.disparities()
        keys = zip(table["metric"], table["class"].map(names), table["comparison"], table["kind"], strict=True)
        verdicts.append(sorted(zip(map(str, keys), table["verdict"], strict=True)))
    assert verdicts[0] == verdicts[1]
    assert "<script>x" not in found.to_html()
    assert "![](" not in found.to_markdown()
    assert found.findings()[0].class_name == told["flu"]


def test_what_other_programs_take_keeps_classes_apart():
    names = metric_values(audit())
    assert names["bias.true_positive_rate.flu.everyone"] == pytest.approx(
        value(audit().rates(), "true_positive_rate", None, "flu")
    )
    assert "bias.true_positive_rate.flu.difference.sex" in names
    assert "bias.accuracy.difference.sex" in names
    card = audit().to_model_card(name="triage", dataset="patients")
    assert 'type: "true_positive_rate_difference"' in card
    assert 'class: "flu"' in card
