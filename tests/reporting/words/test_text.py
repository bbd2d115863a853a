import math

import pytest

from biasaudit.reporting.words.text import (
    clean,
    count,
    gap,
    gap_interval,
    interval,
    level_name,
    number,
    percent,
    value,
)
from biasaudit.reporting.words.words import listed, notes, setting_rows


@pytest.mark.parametrize(
    "character", list("\x00\x07\x08\n\r\t\x1b\x7f\x9b\u200b\u200e\u202e\u2028\u2066\ufeff\ud800\U000e0041")
)
def test_no_character_that_steers_a_screen_is_kept(character):
    assert clean(f"a{character}b") == "a�b"


@pytest.mark.parametrize("text", ["Zürich", "می‌خواهم", "👩‍👧", "क्‍ष", "日本", "naïve", "a b", "\xa0".strip() or "x"])
def test_words_of_every_script_are_kept(text):
    assert clean(text) == text


def test_a_joiner_between_latin_letters_is_shown():
    assert clean("Whi\u200dte") == "Whi�te"


def test_long_text_is_cut():
    assert len(clean("x" * 5000)) == 60
    assert clean("x" * 60) == "x" * 60


def test_numbers_without_a_value():
    assert [number(x) for x in (None, math.nan, math.inf, -math.inf)] == ["–", "–", "∞", "−∞"]
    assert percent(math.nan) == count(math.nan) == gap("auc", "difference", math.nan) == "–"
    assert interval(math.nan, 0.5, "auc") == gap_interval("auc", "ratio", 0.1, math.nan) == ""


def test_no_minus_before_zero():
    assert number(-0.0001) == "0.000"
    assert number(-0.001) == "−0.001"


def test_units():
    assert value("selection_rate", 0.5) == "50.0 %"
    assert value("auc", 0.69234) == "0.692"
    assert gap("auc", "difference", -0.02) == "−0.020"
    assert gap_interval("selection_rate", "ratio", 1.722568, 2.12555) == "1.72 to 2.13"
    assert gap_interval("selection_rate", "difference", -0.047383, -0.016782) == "−4.7 to −1.7 points"


def test_names():
    assert level_name({"race": " ", "sex": ""}) == "  × (empty)"
    assert listed([]) == ""


def test_settings_are_said_in_words():
    rows = setting_rows({"zeta": {"a": 1}, "y_true": "label", "cluster": None, "threshold": 0, "confidence": 0.9})
    assert rows == [
        ("Label column", "label"),
        ("Predicted positive from a score of", "0"),
        ("Confidence of intervals", "90 %"),
        ("zeta", "a = 1"),
    ]


def test_notes_follow_the_confidence():
    assert "with 99 % confidence, about 99 of 100 such intervals" in notes({"confidence": 0.99})[0][1]
