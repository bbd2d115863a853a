"""Sections of a report: the same words in every format, whatever names the data bring."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.reporting.formats.as_json import json_schema
from biasaudit.reporting.formats.sections import section_table, section_texts
from biasaudit.reporting.report import Column, Section

SHARE = Column("share", "Share", "share", ("low", "high"))
HOSTILE = [
    "<script>alert(1)</script>",
    "![x](http://evil.example/a.png)",
    "=cmd|' /C calc'!A0",
    "line\nbreak",
    "z" * 5_000,
]


@pytest.fixture(scope="module")
def hostile():
    rng = np.random.default_rng(1)
    n = 1_000
    frame = pd.DataFrame(
        {
            "<b>sex": np.resize(HOSTILE, n),
            "hired": rng.integers(0, 2, n),
            "[link](http://evil.example)": rng.choice(["<img src=x onerror=alert(1)>", "b"], n),
            "secret": [f"person {i}" for i in range(n)],
        }
    )
    return ba.audit_dataset(frame, label="hired", sensitive_features="<b>sex")


def test_names_stay_text(hostile):
    page, words, document = hostile.to_html(), hostile.to_markdown(), hostile.to_json()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "](http://evil.example" not in words.replace("\\]\\(", "").replace("\\](", "")
    jsonschema.validate(json.loads(document), json_schema())
    for text in (page, words, repr(hostile)):
        assert "z" * 500 not in text


def test_no_row_is_told(hostile):
    for text in (hostile.to_html(), hostile.to_markdown(), hostile.to_json(), repr(hostile)):
        assert "person 17" not in text


def test_numbers_are_written_for_people():
    columns = (
        Column("group", "Group", "group"),
        SHARE,
        Column("p", "p", "p_value"),
        Column("verdict", "Verdict", "verdict"),
    )
    rows = (
        {"group": {"sex": "F"}, "share": 0.5, "low": 0.4, "high": 0.6, "p": 0.0001, "verdict": "shown"},
        {"group": {"sex": "M"}, "share": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "verdict": ""},
    )
    table, left = section_table(Section("who", "Who", (), columns, rows), {})
    assert [head.words for head in table.heads] == ["Group", "Share", "95 % interval", "p", "Verdict"]
    assert table.blocks[0].rows == (("F", "50.0 %", "40.0 to 60.0 %", "< 0.001", "✗ Shown"), ("M", "", "", "", ""))
    assert left == 0


def test_columns_that_say_nothing_are_left_out():
    rows = ({"share": 0.5, "low": 0.4, "high": 0.6, "reason": ""},)
    table, _ = section_table(Section("who", "Who", (), (SHARE, Column("reason", "Reason")), rows), {})
    assert [head.words for head in table.heads] == ["Share", "95 % interval"]


def test_long_tables_say_what_was_left_out():
    rows = tuple({"share": 0.5, "low": 0.4, "high": 0.6} for _ in range(75))
    table, left = section_table(Section("who", "Who", (), (SHARE,), rows), {})
    assert (len(table.blocks[0].rows), left) == (60, 15)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_tables_fit_the_terminal(width):
    report = ba.audit_dataset(ba.datasets.load_berkeley()).report()
    text = section_texts(report, width=width)
    assert max(map(len, text.splitlines())) <= width + 2
    assert "Verdict" in text
    assert text.count("more rows in the reports") == sum(len(section.rows) > 8 for section in report.sections)
