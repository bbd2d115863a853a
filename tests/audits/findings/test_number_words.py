"""Sentences about numbers: whom they are about, how much each has, and in which unit."""

import pandas as pd
import pytest

from biasaudit.audits.findings.findings import findings, headline
from biasaudit.audits.findings.gap_words import clause_of, sentence_of
from biasaudit.audits.metric_texts import number_texts
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.units import outcome_unit
from biasaudit.reporting.report import Finding

DOLLARS, PLAIN = (outcome_unit(word, scale=10.6, small=0.5) for word in ("dollars an hour", ""))
F, M = {"gender": "female"}, {"gender": "male"}


def said(metric, values, estimate, interval, *, unit=DOLLARS, outcome="wage", words=None, **more):
    given = {"kind": "pair", "comparison": "difference", "verdict": SHOWN, "material": True, **more}
    one = Finding("", metric=metric, values=values, estimate=estimate, interval=interval, unit=unit, **given)
    if "group" not in more:
        one = Finding(**{**vars(one), "group": F, "reference": M})
    words = words or OutcomeWords(outcome=outcome)
    return sentence_of(one, number_texts(unit, outcome)[metric], words)


def test_a_mean_is_what_people_have():
    told = said("mean_outcome", (15.223, 18.968), -3.745, (-4.6, -2.9), worse_off=F)
    assert told == (
        "People with gender = female have a mean wage of 15.22 dollars an hour, those with gender = male 18.97: "
        "3.75 less (2.90 to 4.60)."
    )


def test_whoever_has_more_comes_first_where_nobody_says_what_is_good():
    told = said("mean_outcome", (15.223, 18.968), -3.745, (-4.6, -2.9), unit=PLAIN, outcome="outcome")
    assert told == (
        "People with gender = male have a mean outcome of 18.97, those with gender = female 15.22: 3.75 more (2.90 to "
        "4.60)."
    )


def test_people_are_called_what_the_caller_calls_them():
    words = OutcomeWords(people="workers", outcome="wage")
    told = said("mean_prediction", (16.0, 18.0), -2.0, (-2.5, -1.5), words=words, worse_off=F)
    assert told.startswith("Workers with gender = female have a mean predicted wage of 16.00 dollars an hour, those ")


def test_words_of_several_have_no_article():
    told = said("mean_outcome", (15.2, 19.0), -3.8, (-4.6, -2.9), worse_off=F, outcome="earnings")
    assert told.startswith("People with gender = female have mean earnings of 15.20 dollars an hour, those with ")


def test_everyone_has_a_mean_too():
    told = said(
        "median_outcome", (12.0, 15.0), -3.0, (-4.0, -2.0), group=F, reference={}, worse_off=F, kind="to_overall"
    )
    assert told == (
        "People with gender = female have a median wage of 12.00 dollars an hour, everyone 15.00: 3.00 less (2.00 to "
        "4.00)."
    )


def test_an_error_is_too_high_or_too_low():
    told = said("mean_error", (-2.1, 0.3), -2.4, (-2.9, -1.9))
    assert told == (
        "Predictions for gender = male are on average 0.30 dollars an hour too high, for gender = female 2.10 too low: "
        "a gap of 2.40 (1.90 to 2.90)."
    )
    assert "for gender = female neither too high nor too low: a gap of" in said(
        "mean_error", (-0.001, 3.0), -3.0, (-3.5, -2.5)
    )


def test_a_distance_is_what_predictions_are_off_by():
    told = said("mean_absolute_error", (3.1, 2.8), 0.3, (0.1, 0.5), unit=PLAIN, worse_off=F, material=False)
    assert told == (
        "Predictions for gender = female are off by 3.10 on average, for gender = male by 2.80: 0.30 more (0.10 to "
        "0.50), though too small a gap to matter much."
    )


def test_what_nobody_has_is_so_much_for_them():
    told = said("root_mean_squared_error", (4.2, 3.9), 0.3, (0.1, 0.5), worse_off=F)
    assert told == (
        "The root mean squared error is 4.20 dollars an hour for gender = female and 3.90 for gender = male: 0.30 more "
        "(0.10 to 0.50)."
    )
    assert said("outcome_quantile_25", (9.0, 8.0), 1.0, (0.5, 1.5), worse_off=M).startswith(
        "The lower quartile of the wage is 8.00 dollars an hour for gender = male and 9.00 for gender = female: 1.00 l"
    )


def test_what_has_no_unit_is_said_as_any_metric_is():
    told = said("r_squared", (0.4, 0.6), -0.2, (-0.3, -0.1), unit=None, worse_off=F)
    assert told == (
        "R², of the variance of the outcome, the part that predictions explain: below 0, the mean outcome predicts "
        "better: 0.400 for gender = female and 0.600 for gender = male, a gap of −0.200 (−0.300 to −0.100)."
    )


def test_a_ratio_is_told_in_times():
    told = said("mean_outcome", (15.2, 19.0), 0.8, (0.75, 0.86), comparison="ratio", worse_off=F)
    assert told.endswith("those with gender = male 19.00: 0.80 times as much (0.75 to 0.86).")


@pytest.mark.parametrize(("unit", "written"), [(DOLLARS, " dollars an hour"), (PLAIN, "")])
def test_a_range_names_nobody(unit, written):
    told = said("mean_outcome", (19.0, 15.0), 4.0, (0.6, 7.4), kind="range", unit=unit, expected_by_chance=0.5)
    assert told == (
        "By gender, mean wage differs between groups; which of them, these data cannot tell: the widest gap is at "
        f"least 0.60{written} (equal groups would show about 0.50{written} by chance)."
    )
    told = said("mean_outcome", (15.3, 15.0), 0.3, (0.0, 0.45), kind="range", unit=unit, verdict=NOT_SHOWN)
    assert told == (
        f"By gender, no gap in mean wage beyond 0.50{written}: at most 0.45{written} between any two groups."
    )
    told = said(
        "mean_outcome", (18, 15), 3.0, (0.0, 7.0), kind="range", unit=unit, verdict=CANNOT_TELL, smallest_detectable=6.0
    )
    assert told == (
        f"By gender, the data cannot tell about mean wage: the gap of 3.00{written} may be chance; between the two "
        f"largest groups, only gaps above 6.00{written} could have been seen."
    )


@pytest.mark.parametrize(("unit", "written"), [(DOLLARS, " dollars an hour"), (PLAIN, "")])
def test_a_pair_that_is_not_shown_says_what_is_possible(unit, written):
    told = said("mean_outcome", (15.2, 15.3), -0.1, (-0.4, 0.2), unit=unit, verdict=NOT_SHOWN)
    assert told == (
        f"Mean wage: 15.30{written} for gender = male and 15.20{written} for gender = female, no gap beyond "
        f"0.50{written} (−0.20 to 0.40{written})."
    )
    told = said("mean_outcome", (15.2, 18.3), -3.1, (-7.4, 1.2), unit=unit, verdict=CANNOT_TELL, worse_off=F)
    assert told == (
        "The data cannot tell about mean wage between gender = female and gender = male: a gap of −3.10"
        f"{written} was seen, −7.40 to 1.20{written} are possible."
    )


def test_what_is_undefined_says_why():
    told = said(
        "mean_outcome", (None, None), None, None, kind="range", verdict=CANNOT_TELL, reason="gender = male has no rows"
    )
    assert told == "By gender, the data cannot tell about mean wage: gender = male has no rows."


def test_the_headline_has_the_unit():
    text, words = number_texts(DOLLARS, "wage")["mean_outcome"], OutcomeWords(outcome="wage")
    one = Finding("", SHOWN, "mean_outcome", "difference", "pair", F, M, -3.745, (-4.6, -2.9), (15.223, 18.968))
    one = Finding(**{**vars(one), "unit": DOLLARS, "worse_off": F, "material": True})
    assert clause_of(one, text, words, 0.95) == (
        "people with gender = female have a mean wage of 15.22 dollars an hour, those with gender = male 18.97: 3.75 "
        "less (2.90 to 4.60, 95 % sure)"
    )
    assert headline([one], {"mean_outcome": text}, words).startswith("People fare differently by gender: people with ")
    calm = Finding("", NOT_SHOWN, "mean_outcome", "difference", "range", F, M, unit=DOLLARS)
    assert headline([calm], {"mean_outcome": text}, words, unit=DOLLARS) == (
        "No gap of more than 0.50 dollars an hour is shown on any of 1 questions."
    )


def test_findings_are_written_in_the_unit_of_the_audit():
    row = {
        "metric": "mean_outcome",
        "comparison": "difference",
        "kind": "pair",
        "sensitive_features": ("gender",),
        "group": F,
        "reference": M,
        "estimate": -3.745,
        "low": -4.6,
        "high": -2.9,
        "low_adjusted": -4.7,
        "high_adjusted": -2.8,
        "p_value": 0.0,
        "p_adjusted": 0.0,
        "expected_by_chance": 0.2,
        "smallest_detectable": 0.4,
        "material": True,
        "verdict": SHOWN,
        "reason": "",
    }
    gaps = pd.DataFrame([row | {"kind": "range", "group": M, "reference": F, "estimate": 3.745}, row])
    rates = pd.DataFrame(
        [
            {"metric": name, "group": group, "estimate": estimate, "numerator": float("nan"), "denominator": 100.0}
            for name in ("mean_outcome", "share_of_data")
            for group, estimate in ((F, 15.223), (M, 18.968))
        ]
    )
    (one,) = findings(gaps, rates, number_texts(DOLLARS, "wage"), OutcomeWords(good="positive", outcome="wage"))
    assert one.unit == DOLLARS
    assert one.sentence == (
        "People with gender = female have a mean wage of 15.22 dollars an hour, those with gender = male 18.97: 3.75 "
        "less (2.80 to 4.70)."
    )
