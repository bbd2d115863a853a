"""Scorers: fairlearn's derived metrics as oracle, scikit-learn's searches as users, NaN where undefined."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from fairlearn.metrics import equalized_odds_difference, make_derived_metric, selection_rate
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from biasaudit.errors import AuditError
from biasaudit.integrations.scoring import make_disparity_scorer

RNG = np.random.default_rng(0)
SEX = RNG.choice(["F", "M"], 400, p=[0.4, 0.6])
X = pd.DataFrame({"sex": SEX, "race": RNG.choice(["a", "b"], 400), "skill": RNG.normal(0, 1, 400)})
Y = (X["skill"] + (SEX == "M") + RNG.normal(0, 1, 400) > 0.5).astype(int)


class Given(ClassifierMixin, BaseEstimator):
    """Predicts positive from a skill on."""

    def __init__(self, line=0.0):
        self.line = line

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return (X["skill"] > self.line).astype(int).to_numpy()

    def decision_function(self, X):
        return X["skill"].to_numpy()


FITTED = Given().fit(X, Y)


@pytest.mark.parametrize("transform", ["difference", "ratio", "group_min", "group_max"])
@pytest.mark.parametrize(("metric", "function"), [("selection_rate", selection_rate), ("accuracy", accuracy_score)])
@pytest.mark.parametrize("features", ["sex", ["sex", "race"]])
def test_values_are_those_of_fairlearn_and_larger_is_better(metric, function, transform, features):
    derived = make_derived_metric(metric=function, transform=transform)
    expected = derived(Y, FITTED.predict(X), sensitive_features=X[features])
    sign = -1 if transform in ("difference", "group_max") else 1
    scorer = make_disparity_scorer(metric, transform=transform, sensitive_features=features)
    assert scorer(FITTED, X, Y) == pytest.approx(sign * expected)


def test_equalized_odds_and_measures_from_scores():
    odds = make_disparity_scorer("equalized_odds", sensitive_features="sex")
    assert odds(FITTED, X, Y) == pytest.approx(
        -equalized_odds_difference(Y, FITTED.predict(X), sensitive_features=X["sex"])
    )
    apart = [roc_auc_score(Y[X["sex"] == s], X["skill"][X["sex"] == s]) for s in ("F", "M")]
    # From 100 score bins.
    auc = make_disparity_scorer("auc", sensitive_features="sex")
    assert auc(FITTED, X, Y) == pytest.approx(-abs(apart[0] - apart[1]), abs=0.01)


def test_cross_validation_and_search_use_it():
    model = make_pipeline(make_column_transformer(("passthrough", ["skill"])), LogisticRegression())
    scoring = {"gap": make_disparity_scorer(sensitive_features="sex"), "accuracy": "accuracy"}
    found = cross_validate(model, X, Y, scoring=scoring, cv=3, n_jobs=1)
    assert (found["test_gap"] < 0).all()
    search = GridSearchCV(Given(), {"line": [-9.0, 0.0]}, scoring=make_disparity_scorer(sensitive_features="sex"), cv=3)
    # Who says yes to everybody leaves no gap in selection rates: the best score is 0, not the most negative one.
    assert search.fit(X, Y).best_params_ == {"line": -9.0}
    assert search.best_score_ == 0


def test_groups_may_come_as_metadata():
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = make_disparity_scorer().set_score_request(sensitive_features=True)
        routed = cross_validate(Given(), X, Y, scoring=scorer, cv=3, params={"sensitive_features": X["sex"].to_numpy()})
        named = cross_validate(Given(), X, Y, scoring=make_disparity_scorer(sensitive_features="sex"), cv=3)
        assert routed["test_score"].tolist() == named["test_score"].tolist()
        several = {"gap": scorer, "accuracy": "accuracy"}
        both = cross_validate(Given(), X, Y, scoring=several, cv=3, params={"sensitive_features": X[["sex", "race"]]})
        crossed = make_disparity_scorer(sensitive_features=["sex", "race"])
        assert both["test_gap"].tolist() == cross_validate(Given(), X, Y, scoring=crossed, cv=3)["test_score"].tolist()
        with pytest.raises(UnsetMetadataPassedError):
            cross_validate(
                Given(), X, Y, scoring=make_disparity_scorer(), cv=3, params={"sensitive_features": X["sex"]}
            )
    with pytest.raises(RuntimeError, match="Metadata routing is not enabled"):
        make_disparity_scorer().set_score_request(sensitive_features=True)


@pytest.mark.parametrize(
    ("metric", "rows"),
    [
        ("selection_rate", X["sex"] == "F"),
        ("true_positive_rate", (X["sex"] == "M") | (Y == 0)),
        ("selection_rate", np.zeros(400, bool)),
    ],
)
def test_undefined_is_nan_and_never_zero(metric, rows):
    scorer = make_disparity_scorer(metric, sensitive_features="sex")
    if rows.any():
        assert math.isnan(scorer(FITTED, X[rows], Y[rows]))
    else:
        with pytest.raises(AuditError, match="no rows"):
            scorer(FITTED, X[rows], Y[rows])


def test_a_group_without_a_value_leaves_the_lowest_undefined():
    rows = (X["sex"] == "M") | (Y == 0)
    for transform in ("group_min", "group_max"):
        scorer = make_disparity_scorer("true_positive_rate", transform=transform, sensitive_features="sex")
        assert math.isnan(scorer(FITTED, X[rows], Y[rows]))


def test_a_search_ranks_undefined_last():
    gone = X.assign(sex=np.where(np.arange(400) < 390, "M", "F"))
    search = GridSearchCV(
        Given(),
        {"line": [-9.0, 0.0]},
        scoring=make_disparity_scorer(sensitive_features="sex"),
        cv=[(range(400), range(9))],
    )
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(gone, Y)
    assert np.isnan(search.cv_results_["mean_test_score"]).all()


def test_labels_in_words():
    words = np.where(Y == 1, "hired", "not")

    class Words(Given):
        def predict(self, X):
            return np.where(super().predict(X) == 1, "hired", "not")

    model = Words().fit(X, words)
    scorer = make_disparity_scorer("true_positive_rate", sensitive_features="sex", pos_label="hired")
    assert scorer(model, X, words) == make_disparity_scorer("recall", sensitive_features="sex")(FITTED, X, Y)


def test_it_travels_to_other_processes_and_says_what_it_is():
    scorer = make_disparity_scorer("accuracy", transform="ratio", sensitive_features="sex")
    assert repr(pickle.loads(pickle.dumps(scorer))) == (
        "make_disparity_scorer('accuracy', transform='ratio', sensitive_features=('sex',))"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: make_disparity_scorer(transform="gap"),
            'transform="gap" is not known. Say one of: difference, ratio, group_min, group_max.',
        ),
        (
            lambda: make_disparity_scorer()(FITTED, X, Y),
            "The scorer has no groups. Name columns of X with sensitive_features=, or pass them as metadata after "
            "set_score_request(sensitive_features=True).",
        ),
        (
            lambda: make_disparity_scorer(sensitive_features="gender")(FITTED, X, Y),
            '"gender" is not a column of X. X has the columns sex, race, skill. Pass a pandas table, or the groups as '
            "metadata.",
        ),
        (
            lambda: make_disparity_scorer(sensitive_features="sex")(FITTED, X.to_numpy(), Y),
            '"sex" is not a column of X. X has no names. Pass a pandas table, or the groups as metadata.',
        ),
    ],
)
def test_what_cannot_be_scored(call, message):
    with pytest.raises(AuditError) as error:
        call()
    assert str(error.value) == message
