"""Labels and groups that are none, too many, or look like something else."""

import numpy as np
import pandas as pd
import pytest
from bad_tables import HEADER, ROWS, SCORES, assert_refused, audit, cases, people, pick, rate, refusal, write

import biasaudit as ba


def test_01_one_label_class():
    found = audit(people(y=0))
    row = rate(found, "true_positive_rate", sex="F")
    assert np.isnan([row["estimate"], row["low"], row["high"]]).all()
    assert row["reason"] == "no positive labels"
    gap = pick(found.disparities(), "true_positive_rate")
    assert np.isnan(gap["estimate"])
    assert (gap["verdict"], gap["reason"]) == ("cannot tell", "sex=F: no positive labels; sex=M: no positive labels")
    assert pick(found.disparities(), "equalized_odds")["verdict"] == "cannot tell"
    assert not np.isnan(rate(found, "false_positive_rate", sex="F")["estimate"])


def test_02_one_group():
    assert refusal(people(sex="F")) == (
        'All rows are in one group: sex="F". A comparison needs two; '
        "name another sensitive feature or check the filter."
    )


def test_03_missing_sensitive_value():
    found = audit(people(sex=["F", "M", None] * 20))
    assert found.warnings == ('20 rows have no value of "sex"; they are the group "(missing)".',)
    shares = found.rates()[lambda rates: rates["metric"] == "share_of_data"]
    assert shares["numerator"].sum() == 60
    assert {"sex": "(missing)"} in shares["group"].tolist()


def test_04_missing_label_or_prediction():
    frame = people(y=[None, 0, 1, 1, 0, 1] * 10)
    frame["p"] = frame["p"].astype(float)
    frame.loc[1, "p"] = np.nan
    found = audit(frame)
    assert found.warnings == ("11 rows lack a label or prediction and are left out of the rates: sex=F 10, sex=M 1.",)
    assert rate(found, "selection_rate")["denominator"] == 49


def test_05_mixed_types():
    assert refusal(people(sex=pd.Series([30, "forty"] * 30, dtype=object))) == (
        "Column \"sex\" mixes types: 30 (int) and 'forty' (str). Write every value as text, or every one as a number."
    )


@pytest.mark.parametrize("pair", [(False, True), (-1, 1), ("no", "yes"), (0.0, 1.0), ("N", "Y"), ("False", "True")])
def test_06_plain_pairs_of_labels(pair):
    expected = audit(people()).rates()
    found = audit(people(y=people().y.map(dict(enumerate(pair))))).rates()
    pd.testing.assert_frame_equal(found, expected)


def test_06_other_pairs_ask_for_the_positive_label():
    frame = people(y=people().y.map({0: "bad", 1: "good"}), p=people().p.map({0: "bad", 1: "good"}))
    assert refusal(frame) == (
        "The labels hold 2 values ('bad', 'good'), and which one is positive is not plain. "
        "Say so with pos_label, for example pos_label='good'."
    )
    assert rate(audit(frame, pos_label="good"), "base_rate")["numerator"] == 30
    assert refusal(frame, pos_label="god") == (
        "pos_label='god' is not a value of \"y\" and \"p\". Did you mean \"good\"? Found: 'bad', 'good'. "
        "Give one of these as pos_label."
    )


def test_06_three_values_are_classes_and_said_or_refused_where_a_yes_and_a_no_was_asked_for(tmp_path):
    path = write(tmp_path, "people.csv", HEADER + "F,0,0\nM,1,1\nM,2,1\n")
    assert refusal(path, outcome_type="binary") == (
        "The labels hold 3 values ('0', '1', '2'), and which one is positive is not plain. "
        "Say so with pos_label, for example pos_label='2'."
    )
    found = audit(path)
    assert set(found.rates()["class"]) == {"", "0", "1", "2"}
    assert any('"y" and "p" are read as classes' in note for note in found.warnings)


def test_06_probabilities_are_no_labels():
    assert refusal(people(), y_pred="s") == (
        'y_pred="s" holds probabilities such as 0.1. '
        "Pass them as score= with a threshold=, or round them to 0 and 1 yourself."
    )


def test_07_unused_category_levels():
    found = audit(people(sex=pd.Categorical(people().sex, categories=["F", "M", "X"])))
    row = rate(found, "selection_rate", sex="X")
    assert (row["denominator"], row["reason"]) == (0, "no rows")
    assert np.isnan(row["estimate"])
    plain = pick(audit(people()).disparities(), "selection_rate")
    gap = pick(found.disparities(), "selection_rate")
    assert gap["estimate"] == plain["estimate"]
    assert "X" not in {gap["group"]["sex"], gap["reference"]["sex"]}


def test_08_ten_thousand_levels():
    frame = pd.DataFrame({"sex": [f"g{i}" for i in range(10_000)], "y": [0, 1] * 5_000, "p": [0, 1] * 5_000})
    assert refusal(frame) == (
        'Sensitive feature "sex" has at least 10,000 different values: an id, or a number to bin. '
        "Name a column with at most 1,000 groups."
    )
    rare = frame.assign(sex=["F", "M"] * 5_000)
    late = pd.concat([rare, frame])
    assert refusal(late) == (
        'Sensitive feature "sex" has at least 10,002 different values: an id, or a number to bin. '
        "Name a column with at most 1,000 groups."
    )


def test_09_score_equal_to_the_label():
    found = audit(people(s=people().y.astype(float)), score="s")
    assert found.warnings == (
        "The score separates the labels without a single error: was the label passed as the score?",
        SCORES.format(100),
    )


def test_09_prediction_equal_to_the_label():
    assert audit(people(p=people().y)).warnings == (
        "Predictions equal the labels in every row: was the label passed as the prediction?",
    )


def test_09_feature_equal_to_the_group():
    frame = people(gender=people().sex.map({"F": "woman", "M": "man"}), p=(people().sex == "M").astype(int))
    assert audit(frame, sensitive_features=["sex", "gender"]).warnings == (
        "The prediction is the same for everyone within each group: is it the group under another name?",
        '"sex" and "gender" split people the same way; one will do.',
    )


def test_28_categories_called_na(tmp_path):
    groups = ("N/A", "NA", "None", "nan", "null", "(missing)")
    rows = "".join(f"{name},{i % 2},{i // 2 % 2}\n" for name in (*groups[:5], "") for i in range(4))
    found = audit(write(tmp_path, "people.csv", HEADER + rows))
    assert set(found.table.levels[0]) == set(groups)
    assert found.warnings == ('4 rows have no value of "sex"; they are the group "(missing)".',)
    assert set(audit(people(sex=["NA", "None"] * 30)).table.levels[0]) == {"NA", "None"}


@pytest.mark.parametrize("pair", ["TF", "tf", ["true", "false"], ["yes", "no"]])
def test_29_a_column_of_t_and_f_is_text(pair, tmp_path):
    first, second = pair
    found = audit(write(tmp_path, "people.csv", (HEADER + ROWS).replace("F,", f"{first},").replace("M,", f"{second},")))
    # Only booleans have one name in every file.
    named = ["False", "True"] if "true" in pair else sorted(pair)
    assert found.table.levels == (tuple(named),)


def test_29_a_column_of_only_f_is_text(tmp_path):
    assert refusal(write(tmp_path, "people.csv", HEADER + "F,0,0\nF,1,1\n")).startswith(
        'All rows are in one group: sex="F".'
    )


def test_30_groups_that_differ_in_capitals_or_spaces():
    assert audit(people(sex=["F", " F", "f", "M", "M", "F"] * 10)).warnings[0] == (
        "\"sex\" has groups that differ only in capitals or spaces: ' F', 'F', 'f'. Merge them?"
    )


def test_33_leading_zeros(tmp_path):
    path = write(tmp_path, "people.csv", (HEADER + ROWS).replace("F,", "01234,").replace("M,", "1234,"))
    assert audit(path).table.levels == (("01234", "1234"),)
    assert audit(people(sex=["01234", "1234"] * 30)).table.levels == (("01234", "1234"),)


@cases("35")
def test_35_positive_label_that_is_nowhere(case, tmp_path):
    assert_refused(tmp_path, case)


def test_35_a_predicted_class_that_no_label_has():
    frame = people(y=["a", "b", "c"] * 20, p=["a", "b", "d"] * 20)
    assert refusal(frame, outcome_type="binary") == (
        "The labels hold 4 values ('a', 'b', 'c', 'd'), and which one is positive is not plain. "
        "Say so with pos_label, for example pos_label='d'."
    )
    assert refusal(frame, pos_label="d") == (
        "Column \"y\" never holds pos_label='d'. Found: 'a', 'b', 'c'. Write both label columns with the same values."
    )
    row = rate(audit(frame, pos_label="a"), "true_positive_rate")
    assert (row["numerator"], row["denominator"]) == (20, 20)
    every = audit(frame)
    assert any(note.startswith('"d" is predicted, and no label says so') for note in every.warnings)
    recall = every.rates().query("metric == 'true_positive_rate'")
    assert set(recall[recall["class"] == "d"]["reason"]) == {"nobody whose class is d"}


@pytest.mark.parametrize(
    ("values", "what", "levels"),
    [(np.linspace(0, 2, 60), "numbers with decimals", 60), (np.arange(60) % 30, "numbers", 30)],
)
def test_39_numbers_as_groups(values, what, levels):
    assert refusal(people(sex=values)) == (
        f'Sensitive feature "sex" holds {what} with at least {levels} different values. '
        'Declare edges, such as bins={"sex": [25, 45]}, or make a column of groups.'
    )


def test_39_few_whole_numbers_are_groups():
    assert len(audit(people(sex=np.arange(60.0) % 20)).table.levels[0]) == 20


def test_many_missing_decisions_are_no_classes():
    """Each missing number in memory is a value of its own to Python: 1,001 of them were taken for classes."""
    frame = pd.DataFrame(
        {"sex": ["F", "M"] * 1500, "p": np.where(np.arange(3000) < 1500, np.nan, np.arange(3000) // 2 % 2)}
    )
    found = ba.audit_predictions(frame, sensitive_features="sex", y_pred="p")
    assert found.rates()["denominator"].iloc[0] == 1500
