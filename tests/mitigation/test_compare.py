"""The comparison as a user meets it."""

import importlib.util
import io
import json
import re
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

import biasaudit as ba
from biasaudit.audits.models.crossfit import make_folds
from biasaudit.datasets import Dataset, Truth
from biasaudit.mitigation import MITIGATIONS, compare
from biasaudit.mitigation.layout import markdown_table
from biasaudit.models.parallel import progress_bar
from biasaudit.reporting.files import AuditError


@pytest.fixture(scope="module")
def hiring():
    return ba.datasets.make_hiring(4_000, label_bias=0.5, proxy_strength=0.7)


@pytest.fixture(scope="module")
def compared(hiring):
    return compare(hiring, ["massaging", "group_calibration", "threshold_optimizer"], folds=3, n_jobs=1)


def test_what_looks_like_a_cost_may_be_a_gain(compared):
    table = compared.to_frame().set_index(["mitigation", "figure"])
    assert table.loc[("massaging", "accuracy"), "change"] < 0 < table.loc[("massaging", "true_accuracy"), "change"]
    said = [f.sentence for f in compared.findings() if f.metric == "true_accuracy"]
    assert re.fullmatch(
        r"Massaging: accuracy against the true label rises from 0\.\d+ to 0\.\d+ \(by 0\.\d+ to 0\.\d+\)\. "
        r"By the recorded label it falls from 0\.\d+ to 0\.\d+: the recorded labels are biased, "
        r"and what looks like a cost is a gain\.",
        said[0],
    )
    assert said[1].endswith("the recorded labels are biased, and what looks like a gain is a loss.")


def test_true_accuracy_is_counted_against_the_true_label():
    rng = np.random.default_rng(0)
    true, sex = rng.integers(0, 2, 600), np.arange(600) % 2
    frame = pd.DataFrame({"x": true + rng.normal(scale=0.2, size=600), "sex": sex, "y": true * (rng.random(600) < 0.8)})
    truth = Truth(label=true, counterfactual=true, planted=pd.DataFrame())
    data = Dataset("small", frame, "y", ("x",), ("sex",), truth=truth)
    found = compare(data, ["reweighing"], folds=2, n_jobs=1)
    table = found.to_frame().query("mitigation == 'unmitigated'").set_index("figure")["estimate"]
    decided = found.trials.predictions[0, 0]
    assert table["true_accuracy"] == pytest.approx((decided == true).mean())
    assert table["accuracy"] == pytest.approx((decided == frame["y"]).mean())
    plain = compare(replace(data, truth=None), ["reweighing"], folds=2, n_jobs=1)
    assert "true_accuracy" not in set(plain.to_frame()["figure"])


def test_every_mitigation_decides_for_the_same_rows_by_the_same_folds():
    seen = []

    class Spy(ClassifierMixin, BaseEstimator):
        def fit(self, X, y, sensitive_features=None):
            self.classes_ = np.array([0, 1])
            return self

        def predict(self, X, sensitive_features=None):
            seen.append(tuple(X.index))
            return np.zeros(len(X), int)

    data = ba.datasets.make_hiring(600)
    compare(data, {"one": Spy(), "two": Spy()}, folds=3, repeats=2, n_jobs=1)
    assert seen[0::2] == seen[1::2]
    assert sorted(row for part in seen[0:6:2] for row in part) == list(range(600))
    assert seen[0] != seen[6]


@pytest.mark.slow
def test_two_processes_decide_as_one_does(hiring):
    asked = {"mitigations": ["reweighing", "threshold_optimizer"], "folds": 2}
    one, two = (compare(hiring, n_jobs=n, **asked) for n in (1, 2))
    np.testing.assert_array_equal(one.trials.predictions, two.trials.predictions)


def test_a_mitigation_that_fails_costs_nobody_the_others(hiring):
    class Broken(ClassifierMixin, BaseEstimator):
        def fit(self, X, y, sensitive_features=None):
            raise RuntimeError("out of order")

        def predict(self, X, sensitive_features=None):
            raise AssertionError

    found = compare(hiring, {"broken": Broken(), "mine": ba.mitigation.make_mitigation("massaging")}, folds=2, n_jobs=1)
    assert found.names == ("unmitigated", "mine")
    assert "broken could not be run and is left out: RuntimeError: out of order" in found.warnings


def test_all_mitigations_stand_in_the_table_of_a_small_set():
    found = compare(ba.datasets.make_hiring(500, label_bias=0.5), folds=2, n_jobs=1)
    assert found.names == ("unmitigated", *(row.name for row in MITIGATIONS))
    for row in MITIGATIONS:
        assert row.label + (" †" if row.needs_group else "") in repr(found)


def test_groups_of_few_people_are_named_and_listed_by_themselves():
    data = ba.datasets.load_compas()
    data = replace(data, frame=data.frame.head(1_500))
    found = compare(data, ["threshold_optimizer"], folds=2, n_jobs=1)
    counts = data.frame["race"].value_counts()
    assert found.warnings[0].startswith("Groups of fewer than 100 rows are too small to measure gaps by: ")
    for name in counts[counts < 100].index:
        assert f'"{name}" ({counts[name]})' in found.warnings[0]
        assert {"race": name} in found.gains()["group"].tolist()
    assert len(found.y) == 1_500


class Deaf(ClassifierMixin, BaseEstimator):
    """Learns nothing."""

    def fit(self, X, y, sensitive_features=None):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X, sensitive_features=None):
        return np.zeros(len(X), int)


def test_for_training_small_groups_go_with_the_smallest_large_one():
    data = ba.datasets.load_compas()
    data = replace(data, frame=data.frame[data.frame["race"] != "Hispanic"])
    told = set()

    class Listener(Deaf):
        def fit(self, X, y, sensitive_features=None):
            told.update(sensitive_features)
            return super().fit(X, y)

    found = compare(data, {"listener": Listener()}, folds=2, n_jobs=1)
    assert told == {"African-American", "Caucasian", "Other"}
    assert 'For training they are one group with "Other"' in found.warnings[0]


@pytest.mark.parametrize(
    ("harm", "held"),
    [
        ("equalized_odds", "equalized_odds"),
        ("demographic_parity", "demographic_parity"),
        ("selection_ratio", "demographic_parity"),
    ],
)
def test_mitigations_hold_the_constraint_that_the_harm_asks_for(hiring, harm, held):
    from biasaudit.mitigation.base import read_groups

    found = compare(hiring, ["threshold_optimizer"], harm=harm, folds=2, n_jobs=1)
    mine = ba.mitigation.make_mitigation("threshold_optimizer", constraint=held, random_state=0)
    groups = read_groups(hiring.frame["sex"], len(hiring.frame))
    deal = make_folds(found.y, found.groups, folds=2, random_state=0)
    X = hiring.frame[list(hiring.features)]
    for train, test in deal:
        mine.fit(X.iloc[train], found.y[train], sensitive_features=groups[train])
        decided = mine.predict(X.iloc[test], sensitive_features=groups[test])
        np.testing.assert_array_equal(found.trials.predictions[1, 0, test], decided)


def test_a_sensitive_feature_in_x_is_named(hiring):
    found = compare(replace(hiring, features=("skills_test", "sex")), ["reweighing"], folds=2, n_jobs=1)
    assert found.warnings == (
        'The model learns from "sex", a sensitive feature. If that is not meant, leave it out of the features.',
    )


def test_harm_and_cost_make_the_front(hiring):
    found = compare(
        hiring, ["reject_option"], harm="demographic_parity", cost="true_accuracy", folds=2, n_jobs=1, repeats=2
    )
    front = found.pareto().set_index("mitigation")
    table = found.to_frame().set_index(["mitigation", "figure"])["estimate"]
    for name in found.names:
        assert front.loc[name, "harm"] == table[name, "demographic_parity"]
        assert front.loc[name, "cost"] == table[name, "true_accuracy"]
    assert front["front_share"].between(0, 1).all()
    assert "by sex: logistic_regression, 2 folds × 2, 4,000 rows" in repr(found)
    assert compare(hiring, ["reweighing"], cost="seconds", folds=2, n_jobs=1).pareto()["on_front"].any()


def test_json_and_markdown_hold_what_was_found(compared, tmp_path):
    document = json.loads(compared.to_json(tmp_path / "found.json"))
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8")) == document
    assert document["schema"] == "biasaudit-comparison/1"
    assert [row["estimate"] for row in document["figures"]] == pytest.approx(
        compared.to_frame()["estimate"].tolist(), abs=1e-9
    )
    assert document["gains"][0]["group"] == {"sex": "man"}
    text = compared.to_markdown()
    assert text.startswith('# Mitigations on "hiring" by sex: logistic\\_regression, 3 folds, 4,000 rows')
    head = text.splitlines()[2]
    assert head == (
        "| Mitigation | Accuracy | Balanced accuracy | Selection ratio | Selection gap | Equalized odds gap "
        "| True accuracy | Seconds |"
    )
    assert all(row.count(" | ") == 7 for row in markdown_table(compared, compared.figures).splitlines())


def test_hostile_names_are_text_in_markdown(hiring):
    frame = hiring.frame.rename(columns={"sex": "<b>|x"})
    data = Dataset("![](http://a.b)", frame, "hired", ("skills_test",), ("<b>|x",))
    text = compare(data, {"a|<i>": ba.mitigation.make_mitigation("massaging")}, folds=2, n_jobs=1).to_markdown()
    assert "<b>" not in text
    assert "<i>" not in text
    assert "![](" not in text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"mitigations": ["rewaying"]}, '"rewaying" is not a mitigation. Did you mean "reweighing"? Mitigations: '),
        (
            {"mitigations": ["massaging", "massaging"]},
            'The mitigation "massaging" is named twice, or is the baseline. Name each once.',
        ),
        ({"model": "forest"}, '"forest" is not a model. Models: logistic_regression, gradient_boosting, mlp.'),
        (
            {"harm": "accuracy"},
            '"accuracy" is not a harm to compare by. Those there are: '
            "selection_ratio, demographic_parity, equalized_odds.",
        ),
        ({"cost": "money"}, '"money" is not a cost to compare by. Those there are: accuracy, balanced_accuracy, '),
        ({"repeats": 0}, "repeats=0 is not a whole number from 1 on. Use 1."),
        ({"folds": 1}, "folds=1 is not a whole number from 2 on. Use 5."),
        ({"confidence": 2}, "confidence=2 is out of range. Give a number from 0.5 up to but below 1, such as 0.95."),
    ],
)
def test_bad_requests_are_refused_in_a_sentence(asked, message, hiring):
    with pytest.raises(AuditError) as error:
        compare(hiring, **({"mitigations": ["reweighing"], "n_jobs": 1} | asked))
    assert str(error.value).startswith(message)


def test_bad_data_are_refused_in_a_sentence(hiring):
    with pytest.raises(AuditError) as error:
        compare(hiring.frame)
    assert str(error.value).startswith("compare needs a Dataset, not a DataFrame: it has to know label and features.")
    with pytest.raises(AuditError) as error:
        compare(replace(hiring, frame=hiring.frame.head(150)), ["reweighing"], n_jobs=1)
    assert str(error.value) == (
        "Only 0 of the 2 groups of sex has 100 rows or more; gaps need two. "
        "Name another sensitive feature, or join groups."
    )
    with pytest.raises(AuditError) as error:
        compare(replace(hiring, truth=None), ["reweighing"], cost="true_accuracy")
    assert str(error.value) == 'cost="true_accuracy" needs data whose true label is known, such as make_hiring().'
    with pytest.raises(AuditError) as error:
        compare(replace(hiring, weight="skills_test"))
    assert str(error.value).startswith("compare takes no sample weights.")
    with pytest.raises(AuditError) as error:
        compare(replace(hiring, frame=hiring.frame.assign(hired=[1, 1, 1] + [0] * 3_997)), ["reweighing"], n_jobs=1)
    assert str(error.value).startswith("Only 3 rows have label 1, fewer than the 5 folds")


def test_without_pytorch_its_mitigations_are_left_out_and_named(hiring, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else real(name))
    made, left_out = compare.__globals__["_mitigations"](
        None, compare.__globals__["KINDS"]["binary"], "logistic_regression", "equalized_odds", 0
    )
    assert len(made) == 11
    assert left_out == (
        'adversarial, fair_network, group_dro need PyTorch and are left out: pip install "biasaudit[torch]".',
    )


def test_a_terminal_sees_how_far_it_is(hiring, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    shown = {}
    for progress in (True, False):
        monkeypatch.setattr(sys, "stderr", Terminal())
        with progress_bar(2, progress) as advance:
            advance("massaging")
            advance("reweighing")
        shown[progress] = sys.stderr.getvalue()
    assert "2/2" in shown[True]
    assert shown[False] == ""


def test_warnings_of_libraries_are_told_once_with_the_name(hiring):
    class Loud(Deaf):
        def fit(self, X, y, sensitive_features=None):
            import warnings

            warnings.warn("lbfgs failed", RuntimeWarning, stacklevel=1)
            return super().fit(X, y, sensitive_features)

    found = compare(hiring, {"loud": Loud()}, folds=3, n_jobs=1)
    assert found.warnings == ("loud: RuntimeWarning: lbfgs failed",)
