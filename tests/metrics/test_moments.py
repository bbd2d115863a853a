"""Rows of what is told of numbers, and the unit that an audit writes them in."""

import pytest

from biasaudit.audits.metric_texts import metric_texts, number_texts
from biasaudit.metrics.moments import MOMENTS
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.registry import aliases, row_of
from biasaudit.metrics.units import OUTCOME, outcome_unit

DOLLARS = outcome_unit("dollars an hour", scale=10.6, small=0.5)


def test_measures_of_yes_and_no_are_not_told_of_numbers_nor_the_other_way_round():
    numbers, others = number_texts(DOLLARS), metric_texts()
    assert {row.name for row in MOMENTS} <= set(numbers)
    assert not {row.name for row in MOMENTS} & set(others)
    assert "selection_rate" not in numbers
    assert "share_of_data" in numbers


def test_an_outcome_has_the_word_and_the_unit_of_its_audit():
    texts = number_texts(DOLLARS, "wage")
    assert texts["mean_prediction"].label == "Mean predicted wage"
    assert texts["outcome_quantile_90"].label == "Ninetieth percentile of the wage"
    assert {name for name, text in texts.items() if text.unit == DOLLARS} == {
        row.name for row in MOMENTS if row.unit == OUTCOME
    }
    assert number_texts()["mean_outcome"].label == row_of("mean_outcome").label


@pytest.mark.parametrize("row", MOMENTS, ids=lambda row: row.name)
def test_the_title_of_a_row_is_the_one_that_sentences_have(row):
    assert row.called("outcome") == row.label
    assert row.lower[1:] == row.label[1:]
    assert set(row.needs) <= {"y_true_number", "y_pred_number"}


def test_words_of_a_user_are_no_template():
    assert row_of("mean_outcome").called("{0} {x!r}") == "Mean {0} {x!r}"


def test_other_names_in_use_are_known():
    assert {other: aliases()[other] for other in ("mae", "rmse", "r2")} == {
        "mae": "mean_absolute_error",
        "rmse": "root_mean_squared_error",
        "r2": "r_squared",
    }


@pytest.mark.parametrize(("good", "harm"), [("positive", "low"), ("negative", "high"), ("", "")])
def test_who_says_that_more_is_good_says_who_is_worse_off(good, harm):
    words = OutcomeWords(good=good)
    assert [words.harm(row_of(name)) for name in ("mean_outcome", "mean_prediction", "median_outcome")] == [harm] * 3
    assert [words.harm(row_of(name)) for name in ("mean_error", "mean_absolute_error", "r_squared")] == [
        "",
        "high",
        "low",
    ]


@pytest.mark.parametrize(
    ("scale", "digits"),
    [(80_000, 0), (1_000, 0), (250, 1), (100, 1), (99, 2), (1, 2), (0.2, 3), (0.05, 4), (0, 2), (float("nan"), 2)],
)
def test_a_unit_has_the_digits_that_its_values_need(scale, digits):
    assert outcome_unit("", scale=scale, small=0.1).digits == digits
