import re
from dataclasses import replace

import pytest

from biasaudit.reporting.formats.terminal import plain, rate_tables, to_text


def test_ten_lines_a_person_understands(small_report):
    lines = to_text(small_report).splitlines()
    assert len(lines) <= 10
    assert lines[0] == 'Audit of "compas": 6,716 rows, sex (2 groups)'
    assert lines[1] == small_report.headline
    assert lines[-1].startswith("Next: ")


def test_marks_and_words_say_the_verdict(report):
    text = to_text(report)
    assert "  ✗ Gap shown: By race" in text
    assert re.search(r"and \d+ more: see findings\(\)", text)


def test_says_what_is_missing(report):
    text = " ".join(to_text(report).split())
    assert "Note: 12 rows have no label and were left out. (1 more: see warnings)" in text
    assert "Some rows were left out: no label." in text


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_is_wider_than_asked(report, width):
    assert max(map(len, to_text(report, width=width).splitlines())) <= width


def test_colour_is_asked_for_and_only_decorates(report):
    escape = re.compile(r"\x1b\[[\d;]*m")
    assert not escape.search(to_text(report))
    assert escape.sub("", to_text(report, color=True)) == to_text(report)
    assert escape.search(to_text(report, color=True))


def test_names_cannot_steer_the_terminal(hostile_report):
    for text in (to_text(hostile_report), rate_tables(hostile_report, ("accuracy",))):
        assert not set("\x1b\x07\x9b\r\u202e\ud800") & set(text)
        assert "[31mred" in text or "alert(1)" in text


def test_old_terminals_get_ascii(report, hostile_report):
    for made in (report, hostile_report):
        assert to_text(made, ascii_only=True).isascii()
    assert "  x Gap shown: By race" in to_text(report, ascii_only=True)
    assert plain("–5 % × Zoë 中") == "-5 % x Zoe ?"


def test_rates_stand_in_columns(report):
    text = rate_tables(report, ("false_positive_rate", "no_such_metric"))
    assert "  African-American  44.8 %  42.6 to 47.2 %  805 of 1,795" in text.splitlines()
    assert "  Unseen                 –         no rows        0 of 0" in text.splitlines()
    assert "nan" not in text


def test_wide_characters_take_two_columns(small_report):
    groups = [{"sex": "女性"} if g.get("sex") == "Female" else g for g in small_report.rates["group"]]
    rows = rate_tables(replace(small_report, rates=small_report.rates.assign(group=groups)), ("selection_rate",))
    female, male = (
        next(line for line in rows.splitlines() if line.startswith(f"  {name}")) for name in ("女性", "Male")
    )
    assert len(female) == len(male) - 2
