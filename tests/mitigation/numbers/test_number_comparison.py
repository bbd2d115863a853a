"""The comparison of mitigations of numbers as a user meets it."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import biasaudit as ba
from biasaudit.mitigation import compare
from biasaudit.mitigation.numbers.figures import NumberFigures


@pytest.fixture(scope="module")
def wages():
    return ba.datasets.make_wages(2_000, gap=3.0, random_state=0)


@pytest.fixture(scope="module")
def found(wages):
    return compare(wages, ["mean_alignment", "quantile_alignment"], folds=2, n_jobs=1)


def test_figures_are_those_of_the_rows(found, wages):
    predicted, y = found.trials.predictions[1, 0], wages.frame["wage"].to_numpy()
    table = found.to_frame().query("mitigation == 'mean_alignment'").set_index("figure")["estimate"]
    assert table["root_mean_squared_error"] == pytest.approx(np.sqrt(np.mean((predicted - y) ** 2)))
    assert table["r_squared"] == pytest.approx(1 - np.mean((predicted - y) ** 2) / y.var())
    assert table["true_root_mean_squared_error"] == pytest.approx(
        np.sqrt(np.mean((predicted - wages.truth.label) ** 2))
    )
    for name, values in (("mean_prediction", predicted), ("mean_error", predicted - y)):
        assert table[name] == pytest.approx(np.ptp(pd.Series(values).groupby(wages.frame["sex"].to_numpy()).mean()))


def test_the_known_gap_closes_within_its_interval():
    # Of endless rows the columns explain 2.575 dollars, which a model of them repeats, and the alignment takes away.
    wages = ba.datasets.make_wages(2_000, gap=0.0, random_state=1)
    found = compare(wages, ["mean_alignment"], folds=2, n_jobs=1)
    row = found.to_frame().query("mitigation == 'mean_alignment' and figure == 'mean_prediction'").iloc[0]
    assert row["verdict"] == "shown"
    assert row["change_low"] < -2.575 < row["change_high"]
    assert row["estimate"] < 0.1


def test_a_groups_change_is_students_for_pairs(found, wages):
    before, after = found.trials.predictions[0, 0], found.trials.predictions[2, 0]
    women = (wages.frame["sex"] == "woman").to_numpy()
    y = wages.frame["wage"].to_numpy()
    row = found.gains().query("mitigation == 'quantile_alignment' and metric == 'mean_absolute_error'").iloc[1]
    pairs = stats.ttest_rel(np.abs(after - y)[women], np.abs(before - y)[women])
    assert row["p_value"] == pytest.approx(pairs.pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(pairs.confidence_interval()))


def test_clusters_count_as_one():
    rng = np.random.default_rng(0)
    y, group = rng.normal(size=200), np.arange(200) % 2
    predicted = (y + rng.normal(size=200))[None, None]
    both = np.ones(2, bool)
    alone = NumberFigures(predicted, y, None, group, None, both, 0.95, 0)
    # Every row twice, in one cluster, tells no more than once.
    twice = [np.r_[a, a] for a in (y, group)]
    repeated = NumberFigures(
        np.concatenate([predicted, predicted], axis=2), twice[0], None, twice[1], np.r_[:200, :200], both, 0.95, 0
    )
    for name, one in alone.estimates().items():
        other = repeated.estimates()[name]
        np.testing.assert_allclose([one.value, one.low, one.high], [other.value, other.low, other.high])


def test_sentences_and_pages_are_in_the_unit(found, tmp_path):
    sentences = [finding.sentence for finding in found.findings()]
    assert sentences[0].startswith("Mean alignment: gap in mean predictions falls from ")
    assert " dollars an hour (by " in sentences[0]
    assert "RMSE" in repr(found)
    assert "Mean prediction by group" in found.to_html()
    document = json.loads(found.to_json(tmp_path / "found.json"))
    assert document["settings"]["model"] == "linear_regression"
    assert "pos_label" not in document["settings"]


def test_the_harm_says_what_is_aligned(wages):
    found = compare(wages, ["mean_alignment"], harm="mean_error", cost="r_squared", folds=2, n_jobs=1)
    table = found.to_frame().query("figure == 'mean_error'").set_index("mitigation")["estimate"]
    assert table["mean_alignment"] < table["unmitigated"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"mitigations": ["reweighing"]},
            'The mitigation "reweighing" is for a yes or no, and the label is a number. '
            "Choose among: bounded_group_loss, mean_alignment, quantile_alignment.",
        ),
        ({"harm": "equalized_odds"}, '"equalized_odds" is not a harm to compare by.'),
        ({"cost": "accuracy"}, '"accuracy" is not a cost to compare by.'),
        ({"model": "logistic_regression"}, '"logistic_regression" is not a model of a number.'),
    ],
)
def test_what_is_for_a_yes_or_no_is_refused_in_a_sentence(wages, asked, message):
    with pytest.raises(ba.AuditError) as error:
        compare(wages, **({"mitigations": ["mean_alignment"], "n_jobs": 1} | asked))
    assert str(error.value).startswith(message)


def test_a_number_mitigation_of_a_yes_or_no_is_refused():
    with pytest.raises(ba.AuditError) as error:
        compare(ba.datasets.make_hiring(400), ["mean_alignment"], n_jobs=1)
    assert str(error.value).startswith('The mitigation "mean_alignment" is for a number, and the label is a yes or no.')


def test_labels_that_cannot_be_learnt_are_refused(wages):
    wage = wages.frame["wage"].to_numpy().copy()
    wage[7] = np.inf
    with pytest.raises(ba.AuditError, match=r'^The label "wage" is infinite in row 7\.'):
        compare(replace(wages, frame=wages.frame.assign(wage=wage)), n_jobs=1)
    with_gap = wages.frame.assign(wage=wages.frame["wage"].where(wages.frame.index != 3))
    found = compare(replace(wages, frame=with_gap), ["mean_alignment"], folds=2, n_jobs=1)
    assert found.warnings[0] == "1 rows have no label and are left out."
