"""What all mitigations promise, whichever they are: scikit-learn's own checks, and groups that are not there."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import _get_check_estimator_ids, estimator_checks_generator

import biasaudit as ba
from biasaudit.mitigation.registry import BASELINE, MITIGATIONS, NUMBER_MITIGATIONS, get_mitigation, make_mitigation

ALL = [row.name for row in (BASELINE, *MITIGATIONS)]
QUICK = {"epochs": 30, "grid_size": 4}
# They take rows in another order or in part, where each has to keep its group.
ORDER = ("check_methods_subset_invariance", "check_methods_sample_order_invariance")
BY_LOT = dict.fromkeys(ORDER, "decisions are drawn by lot, row by row")
UNPICKLED = {"check_estimators_pickle": "fairlearn makes the class of its network inside a function"}


def by_place(X):
    return np.arange(X.shape[0] if hasattr(X, "shape") else len(np.asarray(X))) % 2


def by_content(X):
    return X[:, 1].astype(int) % 2


def told(name, groups_of):
    """Give a mitigation groups of its own, since scikit-learn's checks know of none."""
    kind = type(make_mitigation(name))

    class Told(kind):
        def fit(self, X, y):
            return super().fit(X, y, sensitive_features=groups_of(X))

        def predict(self, X):
            return super().predict(X, sensitive_features=groups_of(X))

    Told.__name__ = Told.__qualname__ = f"Told{kind.__name__}_{groups_of.__name__}"
    globals()[Told.__name__] = Told  # where pickle looks for it
    settings = {key: value for key, value in QUICK.items() if key in kind._get_param_names()}
    return Told(random_state=0, **settings)


def checks_of(name):
    """Scikit-learn's checks, those of order with groups that go by what a row holds."""
    expected = {"adversarial": UNPICKLED, "threshold_optimizer": BY_LOT}.get(name, {})
    for groups_of in (by_place, by_content):
        given = {"expected_failed_checks": expected, "mark": "xfail"}
        for pair in estimator_checks_generator(told(name, groups_of), **given):
            check = getattr(pair, "values", pair)[1]
            if (getattr(check, "func", check).__name__ in ORDER) == (groups_of is by_content):
                yield pair


# Exponentiated gradient takes a minute, and shares all but one line with grid search.
CHECKED = [name for name in ALL if name != "exponentiated_gradient"]
# A list, since pytest wants no generator, which parametrize_with_checks gives it in scikit-learn 1.6.
CHECKS = [pair for name in CHECKED for pair in checks_of(name)]


@pytest.mark.parametrize(("estimator", "check"), CHECKS, ids=_get_check_estimator_ids)
@pytest.mark.filterwarnings("ignore")
def test_a_mitigation_is_a_scikit_learn_classifier(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 70, 600).astype(float),
            "degree": rng.choice(["none", "bachelor", "master"], 600),
            "sex": rng.choice(["F", "M"], 600),
        }
    )
    frame.loc[::50, "age"] = np.nan
    chance = 1 / (1 + np.exp(-(frame["age"].fillna(40) - 40) / 10 - (frame["sex"] == "M")))
    frame["hired"] = np.where(rng.random(600) < chance, "yes", "no")
    return frame


@pytest.mark.parametrize("name", ALL)
def test_text_gaps_unseen_values_and_unseen_groups_are_decided(name, people):
    X = people[["age", "degree"]]
    settings = {"epochs": 2, "grid_size": 4, "random_state": 0}
    model = make_mitigation(name, **settings)
    model.fit(X[:400], people["hired"][:400], sensitive_features=people["sex"][:400])
    new = X[400:].assign(degree="doctor")
    groups = people["sex"][400:].where(people.index[400:] % 3 > 0, "another")
    decided = model.predict(new, sensitive_features=groups)
    assert set(decided) <= {"yes", "no"}
    assert decided.shape == (200,)
    again = clone(model).fit(X[:400], people["hired"][:400], sensitive_features=people["sex"][:400])
    np.testing.assert_array_equal(again.predict(new, sensitive_features=groups), decided)


@pytest.mark.parametrize("name", ["reweighing", "threshold_optimizer"])
def test_in_a_pipeline_the_groups_go_by_name(name, people):
    X, groups = people[["age", "degree"]], people["sex"]
    alone = make_mitigation(name, random_state=0).fit(X, people["hired"], sensitive_features=groups)
    pipeline = make_pipeline(FunctionTransformer(), make_mitigation(name, random_state=0))
    pipeline.fit(X, people["hired"], **{f"{type(alone).__name__.lower()}__sensitive_features": groups})
    np.testing.assert_array_equal(
        pipeline.predict(X, sensitive_features=groups), alone.predict(X, sensitive_features=groups)
    )


@pytest.mark.parametrize("name", ALL)
def test_the_registry_says_who_has_to_know_the_group(name, people):
    X = people[["age", "degree"]]
    model = make_mitigation(name, epochs=1, grid_size=4, random_state=0)
    model.fit(X, people["hired"], sensitive_features=people["sex"])
    if not get_mitigation(name).needs_group:
        groups = people["sex"]
        np.testing.assert_array_equal(model.predict(X), model.predict(X, sensitive_features=groups))
        return
    with pytest.raises(ba.AuditError) as error:
        model.predict(X)
    assert str(error.value) == (
        "sensitive_features is missing. Give the group of every row, one value or several columns."
    )


@pytest.mark.parametrize("name", ALL)
def test_one_group_is_learnt_from_or_refused_in_a_sentence(name, people):
    model = make_mitigation(name, epochs=1, grid_size=4, random_state=0)
    given = {"X": people[["age"]], "y": people["hired"], "sensitive_features": ["F"] * 600}
    if name != "grid_search":
        assert model.fit(**given).groups_.tolist() == ["F"]
        return
    with pytest.raises(ba.AuditError) as error:
        model.fit(**given)
    assert str(error.value) == (
        'All rows are in one group, "F": there is no gap to close. Give rows of two groups or more.'
    )


def test_several_sensitive_columns_are_crossed(people):
    X = people[["age"]]
    model = make_mitigation("reweighing").fit(X, people["hired"], sensitive_features=people[["sex", "degree"]])
    assert model.groups_.tolist() == [f"{s} × {d}" for s in "FM" for d in ("bachelor", "master", "none")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": ["yes"] * 600}, "All labels are yes: one class. A classifier needs rows of both."),
        (
            {"y": ["a", "b", "c"] * 200},
            "Only binary classification is supported. The type of the target is multiclass. "
            "Make the label yes or no first.",
        ),
        ({"y": ["yes", "no"]}, "y has 2 labels and the table 600 rows. Give the label of every row."),
        (
            {"sensitive_features": ["F", "M"]},
            "sensitive_features has 2 rows and the table 600. Give the group of every row.",
        ),
        (
            {"sensitive_features": None},
            "sensitive_features is missing. Give the group of every row, one value or several columns.",
        ),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_a_sentence(change, message, people):
    given = {"X": people[["age"]], "y": people["hired"], "sensitive_features": people["sex"]} | change
    with pytest.raises(ba.AuditError) as error:
        make_mitigation("reweighing").fit(**given)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("resampling", {"method": "best"}, 'method="best" is not one. Methods: preferential, uniform.'),
        ("impact_repair", {"amount": 2}, "amount=2 is out of range. Give a number from 0 (nothing) to 1 (all)."),
        ("correlation_remover", {"alpha": -1}, "alpha=-1 is out of range. Give a number from 0 (nothing) to 1 (all)."),
        ("reject_option", {"width": 0.7}, "width=0.7 is out of range. Give a number from 0 to 0.5."),
        (
            "grid_search",
            {"constraint": "parity"},
            'constraint="parity" is not one that can be held. Constraints: equalized_odds, demographic_parity.',
        ),
    ],
)
def test_settings_out_of_range_are_refused(name, settings, message, people):
    with pytest.raises(ba.AuditError) as error:
        make_mitigation(name, **settings).fit(people[["age"]], people["hired"], sensitive_features=people["sex"])
    assert str(error.value) == message


def test_models_without_weights_or_probabilities_are_refused_by_name(people):
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import LinearSVC

    given = {"X": people[["age"]], "y": people["hired"], "sensitive_features": people["sex"]}
    with pytest.raises(ba.AuditError) as error:
        make_mitigation("reweighing", estimator=KNeighborsClassifier()).fit(**given)
    assert str(error.value) == (
        "Reweighing needs a model that takes sample_weight, and KNeighborsClassifier does not. "
        "Choose another model, such as logistic_regression."
    )
    for name, doing in (("massaging", "rank by"), ("group_calibration", "decide by")):
        with pytest.raises(ba.AuditError) as error:
            make_mitigation(name, estimator=LinearSVC()).fit(**given)
        assert str(error.value) == (f"LinearSVC gives no probabilities to {doing}. Choose a model with predict_proba.")


def test_an_unknown_mitigation_and_a_missing_extra_say_what_to_do(monkeypatch):
    with pytest.raises(ba.AuditError) as error:
        make_mitigation("reweighting")
    names = ", ".join(row.name for row in (*MITIGATIONS, *NUMBER_MITIGATIONS))
    assert str(error.value) == (f'"reweighting" is not a mitigation. Did you mean "reweighing"? Mitigations: {names}.')
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ba.AuditError) as error:
        make_mitigation("adversarial")
    assert str(error.value) == 'The mitigation "adversarial" needs PyTorch. Install it: pip install "biasaudit[torch]".'
