"""An audit of a way of training carries what another training would change; one of trained models says it does not."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import biasaudit as ba
from biasaudit.audits.models._fitted import is_trained
from biasaudit.audits.models._training_variance import HALVINGS, split_in_halves
from biasaudit.audits.models.crossfit import cross_fit
from biasaudit.datasets import Dataset

TREE = DecisionTreeClassifier(max_depth=6, random_state=0)


def exchangeable(seed, n=1_000):
    """Groups that differ in nothing but their name, which the model learns from."""
    rng = np.random.default_rng(seed)
    x, group = rng.normal(size=n), rng.integers(0, 2, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-x / 2))).astype(int)
    frame = pd.DataFrame({"x": x, "g": np.array(["a", "b"])[group], "is_b": group, "y": y})
    return Dataset("people", frame, "y", ("x", "is_b"), ("g",))


def shown(audit):
    return (audit.disparities()["verdict"] == "shown").any()


def selection(audit):
    rows = audit.disparities("selection_rate")
    return rows[(rows["kind"] == "pair") & (rows["comparison"] == "difference")].iloc[0]


def test_equal_groups_get_no_gap_from_which_rows_were_learnt_from():
    audits = [ba.audit_model(TREE, exchangeable(seed)) for seed in range(24)]
    given = [replace(audit, halves=None) for audit in audits]
    assert sum(map(shown, given)) >= 3
    assert sum(map(shown, audits)) <= 1
    held = [[row["low"] <= 0 <= row["high"] for row in map(selection, kind)] for kind in (given, audits)]
    assert np.mean(held[0]) < 0.85
    assert np.mean(held[1]) > 0.9


def test_one_variance_for_rates_pairs_and_all_groups():
    audit = ba.audit_model(TREE, exchangeable(0))
    given = replace(audit, halves=None)
    for table in ("rates", "disparities"):
        wide, narrow = (
            one[one["metric"].isin(["selection_rate", "accuracy", "auc", "true_positive_rate"])]
            for one in (getattr(audit, table)(), getattr(given, table)())
        )
        assert (wide["high"] - wide["low"] > narrow["high"] - narrow["low"] - 1e-9).all()
        pd.testing.assert_series_equal(wide["estimate"], narrow["estimate"])
    tests = [one.disparities("selection_rate")["p_value"] for one in (audit, given)]
    assert (tests[0] > tests[1]).all()
    # No model has a say in the base rate.
    one, other = (a.disparities("base_rate")[["low", "high", "p_value", "smallest_detectable"]] for a in (audit, given))
    pd.testing.assert_frame_equal(one, other)


def test_one_seed_gives_one_answer():
    one, other, third = (ba.audit_model(TREE, exchangeable(1), random_state=seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one.disparities(), other.disparities())
    assert not one.disparities().equals(third.disparities())


def test_who_listens_is_told_of_every_part():
    heard = []
    ba.audit_model(TREE, exchangeable(0), progress=lambda *told: heard.append(told))
    assert heard[0] == (0, 1 + HALVINGS, "")
    assert heard[1] == (1, 1 + HALVINGS, "folds")
    assert heard[-1] == (1 + HALVINGS, 1 + HALVINGS, "halves")


def test_halves_are_dealt_at_random_and_keep_clusters_together():
    y = np.array([1] * 40 + [0] * 60)
    deals = split_in_halves(y, random_state=0)
    assert len(deals) == HALVINGS
    assert {int((one.held_out == 0).sum()) for one in deals} == {50}
    # How many of a label a half has varies as it does from one training set to the next.
    assert np.std([y[one.held_out == 0].sum() for one in deals]) > 1
    person = np.arange(100) // 5
    for one in split_in_halves(y, random_state=0, cluster=person):
        assert all(len(set(one.held_out[person == who])) == 1 for who in range(20))
    with pytest.raises(ba.AuditError) as error:
        split_in_halves(y, random_state=0, cluster=np.array(["a"] * 40 + ["b"] * 60))
    assert str(error.value) == (
        "The clusters cannot be dealt into halves that both hold both labels, so that nobody can say what another "
        'training would change. Ask about="models" for an audit of the models as they are.'
    )


def test_a_half_that_cannot_be_learnt_from_is_refused_with_a_remedy_that_works():
    data = exchangeable(0, 60)
    data = replace(data, frame=data.frame.assign(y=[1] * 12 + [0] * 48, g=["a", "b"] * 30))
    picky = CalibratedClassifierCV(LinearSVC(), cv=6)
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(picky, data)
    assert str(error.value).startswith("Half of the rows do not do to train on, so that nobody can say what another")
    assert str(error.value).endswith('Ask about="models" for an audit of the models as they are.')
    assert ba.audit_model(picky, data, about="models").table.n == 60


def test_the_report_says_what_it_speaks_of_and_how_many_trainings():
    audit = ba.audit_model(TREE, exchangeable(0), folds=4)
    assert (audit.settings["about"], audit.settings["trainings"]) == ("training", 4 + 2 * HALVINGS)
    said = (
        "The way of training, not one model. Intervals, tests and verdicts of rates and gaps hold for models that are "
        "trained the same way on other rows of this kind, as many as these: 28 trainings tell what that changes."
    )
    assert said in audit.to_markdown()
    assert said in audit.to_html().replace("\u00a0", " ")
    assert "trained models" not in audit.findings()[0].sentence
    assert json.loads(audit.to_json())["settings"]["trainings"] == 28


@pytest.mark.parametrize(
    ("brought", "about"), [(False, "these 5 trained models"), (True, "this trained model")], ids=["folds", "brought"]
)
def test_of_trained_models_everything_says_so(brought, about):
    data = exchangeable(0)
    model = LogisticRegression().fit(data.frame[["x", "is_b"]], data.frame["y"]) if brought else LogisticRegression()
    audit = ba.audit_model(model, exchangeable(1), about="models")
    assert all(one.sentence.startswith(f"Of {about}: ") for one in audit.findings())
    report = audit.report()
    assert report.headline.startswith(f"Of {about}: ")
    assert about in report.title
    told = json.loads(audit.to_json())
    assert told["settings"]["about"] == "models"
    assert all(one["sentence"].startswith(f"Of {about}: ") for one in told["findings"])
    for text in (audit.to_markdown(), audit.to_html()):
        heads = text.count("95 % interval for these trained models") + text.count(
            "95\u00a0% interval for these trained"
        )
        assert heads >= 2
        assert "95 % interval |" not in text
        assert "These trained models, and no others." in text
    assert about in repr(audit)


def test_a_trained_model_decides_as_it_is():
    data = exchangeable(0)
    data = replace(data, frame=data.frame.assign(y=data.frame["y"].map({0: "no", 1: "yes"})))
    model = make_pipeline(LogisticRegression()).fit(data.frame[["x", "is_b"]], data.frame["y"])
    new = exchangeable(1)
    new = replace(new, frame=new.frame.assign(y=new.frame["y"].map({0: "no", 1: "yes"})))
    X = new.frame[["x", "is_b"]]
    audit = ba.audit_model(model, new)
    expected = ba.audit_predictions(
        new.frame.assign(p=model.predict(X), s=model.predict_proba(X)[:, 1]),
        sensitive_features="g",
        y_true="y",
        y_pred="p",
        score="s",
        pos_label="yes",
    )
    pd.testing.assert_frame_equal(audit.disparities(), expected.disparities())
    assert audit.settings["trainings"] is None
    assert audit.warnings[0] == (
        "The trained model decides as it is. On rows that it learnt from, its errors would look rarer than they are: "
        "audit it on others."
    )
    # Asked for the way of training, it is trained anew.
    assert ba.audit_model(model, new, about="training").settings["about"] == "training"
    # One that was trained on 0 and 1 means the same.
    coded = LogisticRegression().fit(data.frame[["x", "is_b"]], (data.frame["y"] == "yes").astype(int))
    pd.testing.assert_frame_equal(ba.audit_model(coded, new).disparities(), audit.disparities())


def test_what_a_trained_model_cannot_say_is_refused():
    data = exchangeable(0)
    X = data.frame[["x", "is_b"]]
    other = LogisticRegression().fit(X, np.array(["u", "v"])[data.frame["y"]])
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(other, data)
    assert str(error.value) == (
        "The trained LogisticRegression says 'u', which is no value of the label ('1', '0'). Audit a classifier of "
        "this label, or cut its scores at a threshold first."
    )
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(LogisticRegression().fit(X[["x"]], data.frame["y"]), data)
    assert str(error.value).startswith("The trained LogisticRegression cannot decide for these rows: ")
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(TREE, data, about="model")
    assert str(error.value) == (
        'about=\'model\' is neither. Give "training" for the way of training, or "models" for the trained models alone.'
    )


def test_whether_a_model_is_trained():
    assert not is_trained(TREE)
    assert not is_trained("logistic_regression")
    assert not is_trained(make_pipeline(LogisticRegression()))
    assert is_trained(make_pipeline(LogisticRegression()).fit([[0.0], [1.0]], [0, 1]))


def test_weights_and_several_features_are_carried():
    data = exchangeable(0, 600)
    rng = np.random.default_rng(2)
    frame = data.frame.assign(w=rng.uniform(1, 3, 600), age=rng.choice(["old", None], 600), g=data.frame["g"])
    data = replace(data, frame=frame, weight="w", sensitive_features=("g", "age"))
    audit = ba.audit_model(LogisticRegression(), data)
    given = replace(audit, halves=None)
    for split in (("g",), ("age",), ("g", "age")):
        wide, narrow = (
            a.disparities("selection_rate").query("kind == 'range' and comparison == 'difference'")
            for a in (audit, given)
        )
        at = wide["sensitive_features"] == split
        assert wide[at]["high"].iloc[0] > narrow[at]["high"].iloc[0]


def test_halves_read_groups_as_the_table_does():
    data = exchangeable(3, 400)
    group = np.where(np.arange(400) % 9 == 0, None, data.frame["g"])
    data = replace(data, frame=data.frame.assign(g=group))
    halves = ba.audit_model(TREE, data).halves
    read = np.array(halves.levels[0])[halves.codes[:, 0]]
    assert (read == pd.Series(group).fillna("(missing)").to_numpy()).all()
    deal = split_in_halves(data.frame["y"].to_numpy(), random_state=0)[0]
    decided, _ = cross_fit(TREE, data.frame[["x", "is_b"]], data.frame["y"].to_numpy(), deal)
    np.testing.assert_array_equal(halves.side[0], deal.held_out)
    np.testing.assert_array_equal(halves.decision[0], decided)
