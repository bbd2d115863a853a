"""Measures over several classes against scikit-learn, and what one row adds to them."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score

from biasaudit.metrics.classes.composites import class_composites
from biasaudit.metrics.classes.rates import class_rates, confusion_rates, in_words, row_of_class
from biasaudit.metrics.classes.words import ClassWords, class_words
from biasaudit.metrics.composites import get_composite
from biasaudit.metrics.measure_names import measure_name, parted
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import in_registry_order, row_of


def people(classes, *, weighted=False, n=400, seed=7):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, n)
    said = np.where(rng.random(n) < 0.6, true, rng.integers(0, classes, n))
    return true, said, rng.random(n) + 0.1 if weighted else np.ones(n)


def cells_of(true, said, weight, classes):
    return tuple(
        np.bincount(true * classes + said, weights=weight**power, minlength=classes**2)[None] for power in (1, 2)
    )


def composites(classes):
    every = np.ones(classes, dtype=bool)
    names = [str(name) for name in range(classes)]
    return class_composites(names, every, every, has_true=True, has_pred=True, ordered=True)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_measures_over_all_classes_are_those_of_scikit_learn(classes, weighted):
    true, said, weight = people(classes, weighted=weighted)
    weights, squares = cells_of(true, said, weight, classes)
    asked = {"average": "macro", "sample_weight": weight}
    expected = {
        "macro_recall": recall_score(true, said, **asked),
        "macro_f1": f1_score(true, said, **asked),
        "mean_true_rank": 1 + np.average(true, weights=weight),
        "mean_predicted_rank": 1 + np.average(said, weights=weight),
        "mean_rank_error": np.average(said - true, weights=weight),
        "mean_absolute_rank_error": np.average(abs(said - true), weights=weight),
    }
    found = {row.name: row.value(row.influence(weights, squares, None).share)[0] for row in composites(classes)}
    assert found == pytest.approx(expected, abs=1e-12)
    accuracy = class_rates(["a"] * classes, has_true=True, has_pred=True)[0]
    assert accuracy.estimate(weights)[0] == pytest.approx(accuracy_score(true, said, sample_weight=weight), abs=1e-12)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_rates_of_a_class_are_those_of_it_against_the_rest(classes):
    true, said, weight = people(classes, weighted=True)
    weights, _ = cells_of(true, said, weight, classes)
    names = [f"c{i}" for i in range(classes)]
    found = {rate.name: rate.estimate(weights)[0] for rate in class_rates(names, has_true=True, has_pred=True)}
    for i, name in enumerate(names):
        one, other, asked = true == i, said == i, {"sample_weight": weight}
        assert found[f"true_positive_rate[{name}]"] == pytest.approx(recall_score(one, other, **asked))
        assert found[f"positive_predictive_value[{name}]"] == pytest.approx(precision_score(one, other, **asked))
        assert found[f"selection_rate[{name}]"] == pytest.approx(np.average(other, weights=weight))
        assert found[f"base_rate[{name}]"] == pytest.approx(np.average(one, weights=weight))
        assert found[f"false_positive_rate[{name}]"] == pytest.approx(np.average(other[~one], weights=weight[~one]))
    shares = [rate.estimate(weights)[0] for rate in confusion_rates(names)]
    expected = confusion_matrix(true, said, normalize="true", sample_weight=weight)
    assert np.reshape(shares, (classes, classes)) == pytest.approx(expected)


@pytest.mark.parametrize("row", composites(4), ids=lambda row: row.name)
def test_the_influence_of_a_row_is_the_derivative(row):
    true, said, weight = people(4, weighted=True)
    weights, squares = cells_of(true, said, weight, 4)
    found, step = row.influence(weights, squares, None), 1e-6
    for cell in range(16):
        more = weights.copy()
        more[0, cell] += step
        moved = (row.influence(more, squares, None).share - found.share) / step
        assert moved[0] == pytest.approx(found.influence[0, cell], abs=1e-7)


def test_of_two_classes_macro_recall_is_balanced_accuracy():
    cells = np.array([[32.0, 48.0, 14.0, 56.0], [5.0, 0.0, 1.0, 3.0]])
    ours, theirs = (row.influence(cells, cells, None) for row in (composites(2)[0], get_composite("balanced_accuracy")))
    assert ours.share == pytest.approx(theirs.share)
    assert ours.independent_rows == pytest.approx(theirs.independent_rows)


def test_a_class_without_rows_leaves_macro_measures_undefined_and_one_that_nobody_labels_is_left_out():
    cells = np.array([[4.0, 1, 0, 1, 4, 0, 0, 0, 0], [4.0, 1, 1, 1, 4, 1, 0, 0, 0]])
    every, labelled = np.ones(3, dtype=bool), np.array([True, True, False])
    asked = {"has_true": True, "has_pred": True, "ordered": False}
    whole = {row.name: row.influence(cells, cells, None) for row in class_composites("abc", every, every, **asked)}
    assert np.isnan(whole["macro_recall"].share).all()
    assert np.isnan(whole["macro_f1"].share).tolist() == [True, False]
    assert (whole["macro_f1"].independent_rows > 0).tolist() == [False, True]
    part = {row.name: row.influence(cells, cells, None) for row in class_composites("abc", labelled, every, **asked)}
    assert part["macro_recall"].share == pytest.approx([0.8, (4 / 6 + 4 / 6) / 2])
    # Nobody who is predicted the third class is in it.
    assert part["macro_f1"].share[1] == pytest.approx((2 * 4 / 11 + 2 * 4 / 11 + 0) / 3)


@given(class_name=st.text(min_size=1))
def test_names_of_measures_come_apart_as_they_were_put_together(class_name):
    assert parted(measure_name("base_rate", class_name)) == ("base_rate", class_name)


def test_names_without_a_class_stay_as_they_are():
    assert parted("accuracy") == ("accuracy", "")
    assert parted("[odd]") == ("[odd]", "")
    names = ["macro_recall", "true_positive_rate[b]", "accuracy", "true_positive_rate[a]"]
    ordered = ["true_positive_rate[b]", "true_positive_rate[a]", "accuracy", "macro_recall"]
    assert in_registry_order(names) == ordered


def test_a_row_of_a_class_says_which():
    row = row_of("true_positive_rate[{class}]")
    assert row.label == "True positive rate of {class}"
    assert row_of("selection_rate[3]").meaning == "of everyone, the share predicted class 3"
    assert row_of("f1[flu]").label == "F1 of flu"
    assert row_of_class("f1", "flu") is None
    assert in_words("-1") == "class -1"


def test_words_of_classes_take_what_was_said_of_people():
    words = class_words(OutcomeWords(people="patients"), "diag{class}nosis")
    assert isinstance(words, ClassWords)
    assert words.people == "patients"
    row = row_of("positive_predictive_value[fl{truth}u]")
    assert words.event(row) == "have diag{class}nosis = fl{truth}u"
    assert words.eligible(row) == " who are predicted fl{truth}u"
    assert words.event(row_of("accuracy")) == "were predicted rightly"
    assert class_words(OutcomeWords(), None).truth == "class"
