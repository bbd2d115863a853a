"""The audit of a model: no row is judged by a model that learnt from it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeClassifier

import biasaudit as ba
from biasaudit.audits.models.crossfit import make_folds
from biasaudit.datasets import Dataset
from biasaudit.mitigation import make_mitigation
from biasaudit.models.tabular import make_model


def table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "kind": rng.choice(["a", "b", "c"], n),
            "sex": rng.choice(["F", "M"], n),
            "y": rng.integers(0, 2, n),
        }
    )


def people(frame=None, **changes):
    frame = table() if frame is None else frame
    given = {"name": "people", "frame": frame, "label": "y", "features": ("x",), "sensitive_features": ("sex",)}
    return Dataset(**(given | changes))


def rate(audit, metric):
    rates = audit.rates()
    return rates[(rates["metric"] == metric) & rates["group"].map(lambda g: not g)]["estimate"].item()


def test_a_model_that_remembers_rows_gains_nothing_by_it():
    audit = ba.audit_model(DecisionTreeClassifier(random_state=0), people(), folds=5)
    assert rate(audit, "accuracy") == pytest.approx(0.5, abs=0.08)


def test_predictions_and_scores_are_those_of_scikit_learn_on_the_same_folds():
    data = ba.datasets.load_compas()
    data = replace(data, frame=data.frame.head(1_500))
    audit = ba.audit_model("logistic_regression", data, about="models", folds=4, random_state=3)
    y, race = data.frame["two_year_recid"].to_numpy(int), data.frame["race"]
    folds = make_folds(y, np.unique(race, return_inverse=True)[1], folds=4, random_state=3)
    X = data.frame[list(data.features)]
    model = make_model("logistic_regression", 3)
    chance = cross_val_predict(model, X, y, cv=list(folds), method="predict_proba")[:, 1]
    expected = ba.audit_predictions(
        pd.DataFrame({"race": race, "y": y, "p": (chance > 0.5).astype(int), "s": chance}),
        sensitive_features=["race"],
        y_true="y",
        y_pred="p",
        score="s",
        reference={"race": "Caucasian"},
    )
    pd.testing.assert_frame_equal(audit.disparities(), expected.disparities())
    assert audit.title == 'Audit of these 4 trained models of logistic_regression on "compas"'
    assert audit.settings["y_pred"] == "logistic_regression, 4 folds"


def test_every_fold_has_every_group_and_label():
    y = np.array([1] * 30 + [0] * 70)
    groups = np.array([0] * 90 + [1] * 10)
    for train, test in make_folds(y, groups, folds=5, random_state=1):
        assert (y[test].sum(), (groups[test] == 1).sum()) == (6, 2)
        assert len(train) == 80


def test_a_group_smaller_than_the_folds_is_predicted_all_the_same():
    frame = table()
    frame.loc[:2, "sex"] = "X"
    sizes = ba.audit_model("logistic_regression", people(frame)).rates().query("metric == 'share_of_data'")
    assert {g["sex"]: n for g, n in zip(sizes["group"], sizes["numerator"], strict=True)}["X"] == 3


def test_rows_of_one_cluster_stay_together():
    frame = table().assign(person=lambda f: np.arange(len(f)) // 4)
    y, cluster = frame["y"].to_numpy(), frame["person"].to_numpy()
    for train, test in make_folds(y, np.zeros(400, int), folds=5, random_state=0, cluster=cluster):
        assert not set(cluster[train]) & set(cluster[test])
    # A tree that knows the person learns nothing of one it never met.
    frame["y"] = np.random.default_rng(1).integers(0, 2, 100)[frame["person"]]
    audit = ba.audit_model(
        DecisionTreeClassifier(random_state=0), people(frame, features=("person",), cluster="person")
    )
    assert rate(audit, "accuracy") < 0.65
    assert audit.settings["cluster"] == "person"


def test_a_sensitive_feature_among_the_features_is_named():
    audit = ba.audit_model("logistic_regression", people(features=("x", "sex")))
    assert audit.warnings[0] == (
        'The model learns from "sex", a sensitive feature. If that is not meant, leave it out of the features.'
    )
    assert "sex" in audit.to_markdown()


def test_a_copy_of_a_sensitive_feature_is_named():
    frame = table().assign(code=lambda f: f["sex"].map({"F": 2, "M": 7}))
    audit = ba.audit_model("logistic_regression", people(frame, features=("x", "code")))
    assert audit.warnings[0] == (
        'The model learns from "code", which tells "sex" in every row. '
        "If that is not meant, leave it out of the features."
    )
    assert not any("learns" in text for text in ba.audit_model("logistic_regression", people()).warnings)


def test_a_model_that_takes_no_text_is_refused_and_the_column_named():
    data = people(features=("x", "kind"))
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(LogisticRegression(), data)
    assert str(error.value).startswith('LogisticRegression cannot learn from these rows; text in "kind" may be why (')
    assert str(error.value).endswith(
        "Put biasaudit.models.tabular.Encoder() before it in a pipeline, or leave the columns out."
    )
    assert ba.audit_model("logistic_regression", data).table.n == 400


def test_a_model_that_takes_no_gaps_is_refused_and_the_column_named():
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(LogisticRegression(), people(table().assign(x=lambda f: f["x"].where(f.index > 5))))
    assert 'missing values in "x" may be why' in str(error.value)


def test_a_value_seen_in_one_fold_only_is_predicted():
    frame = table()
    frame["kind"] = frame["kind"].astype(object)
    frame.loc[0, "kind"] = "never again"
    assert ba.audit_model("logistic_regression", people(frame, features=("kind",))).table.n == 400


def test_rows_without_a_label_are_left_out_and_counted():
    frame = table().assign(y=lambda f: f["y"].where(f.index >= 7).astype(float))
    audit = ba.audit_model("logistic_regression", people(frame))
    assert audit.warnings[0] == "7 rows have no label and are left out."
    assert audit.table.n == 393


def test_a_mitigation_is_told_the_groups():
    data = people(ba.datasets.make_hiring(2_000, label_bias=0.5).frame.rename(columns={"hired": "y"}))
    data = replace(data, features=("skills_test", "education"))
    plain = ba.audit_model("logistic_regression", data)
    mended = ba.audit_model(make_mitigation("threshold_optimizer", constraint="demographic_parity"), data)
    gaps = [a.disparities("selection_rate").query("kind == 'range'")["estimate"].iloc[0] for a in (plain, mended)]
    assert gaps[1] < gaps[0]


@pytest.mark.parametrize("model", [LogisticRegression(), "logistic_regression"])
def test_weights_reach_the_model_and_the_audit(model):
    # Without weights the label is a coin; the weights make it follow x.
    frame = table().assign(w=lambda f: np.where((f["x"] > 0) == (f["y"] == 1), 50.0, 1.0))
    audit = ba.audit_model(model, people(frame, weight="w"))
    assert audit.settings["sample_weight"] == "w"
    assert audit.rates().query("metric == 'base_rate'")["denominator"].iloc[0] == frame["w"].sum()
    assert rate(audit, "accuracy") > 0.9


def test_columns_named_like_ours_do_no_harm():
    frame = table().rename(columns={"sex": "y_pred", "y": "score"})
    audit = ba.audit_model("logistic_regression", people(frame, label="score", sensitive_features=("y_pred",)))
    assert audit.table.features == ("y_pred",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"label": None},
            '"people" has no label to learn. Audit its decisions instead.',
        ),
        (
            {"features": ()},
            '"people" names no features to learn from. Give features= to the Dataset.',
        ),
        ({"features": ("x", "y")}, 'The label "y" is among the features. Leave it out of them.'),
        ({"features": ("z",)}, 'features names "z", which is not a column. Check the Dataset.'),
        (
            {"frame": table().assign(y=1)},
            'The label "y" holds 1 value; a model needs two. Choose a label of yes and no.',
        ),
        (
            {"label": "sex"},
            "The label \"sex\" holds 'F', 'M', and which one is positive is not plain. "
            "Give audit_arguments={'pos_label': 'M'} to the Dataset.",
        ),
        (
            {"frame": table().assign(y=[1, 1, 1] + [0] * 397)},
            "Only 3 rows have label 1, fewer than the 5 folds: a fold would hold one class alone. "
            "Use fewer folds, or give more rows.",
        ),
    ],
)
def test_data_that_cannot_be_learnt_are_refused_in_a_sentence(change, message):
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model("logistic_regression", people(**change))
    assert str(error.value) == message


@pytest.mark.parametrize("folds", [1, 2.5, True, "5"])
def test_folds_that_are_none_are_refused(folds):
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model("logistic_regression", people(), folds=folds)
    assert str(error.value) == f"folds={folds!r} is not a whole number from 2 on. Use 5."


def test_a_frame_and_a_regression_are_refused():
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model("logistic_regression", table())
    assert str(error.value) == (
        "audit_model needs a Dataset, not a DataFrame: it has to know label and features. "
        "Make one with biasaudit.datasets.Dataset."
    )
    with pytest.raises(ba.AuditError) as error:
        ba.audit_model(LinearRegression(), people())
    assert str(error.value).startswith("LinearRegression was trained on labels 0 and 1 and predicts [0.")
