"""Names that are long, misspelt, or that some viewer would run, and values in place of names."""

import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from bad_tables import assert_refused, audit, cases, people, refusal
from markdown_it import MarkdownIt


def test_19_long_names_and_many_columns():
    long = "x" * 10_000
    wide = pd.DataFrame(np.zeros((60, 9_996), dtype=np.int8), columns=[f"column{i}" for i in range(9_996)])
    wide = pd.concat([people(), wide], axis=1)
    assert refusal(wide, y_true="yy") == (
        'y_true="yy" is not a column. Did you mean "y"? '
        "Columns: sex, y, p, s, column0, column1, column2, column3, column4, column5, column6, column7 and 9,988 more."
    )
    assert audit(wide).warnings == ()
    assert refusal(people(), y_true=long) == f'y_true="{"x" * 59}…" is not a column. Columns: sex, y, p, s.'
    assert refusal(people(**{long: 0}), y_true=long[1:] + "y") == (
        f'y_true="{"x" * 59}…" is not a column. Did you mean "{"x" * 59}…"? Columns: sex, y, p, s, {"x" * 59}….'
    )
    assert refusal(people(**{long: 0.5}), sensitive_features=[long]) == (
        f'Sensitive feature "{"x" * 59}…" holds numbers with decimals with at least 1 different values. '
        f'Declare edges, such as bins={{"{"x" * 59}…": [25, 45]}}, or make a column of groups.'
    )


def test_19_long_names_are_shortened_in_reports():
    long = "x" * 10_000
    found = audit(people(**{long: [long, "b", None] * 20}), sensitive_features=[long])
    for text in (repr(found), found.to_markdown(), found.to_html()):
        assert "x" * 59 + "…" in text
        assert "x" * 200 not in text
    assert max(map(len, found.warnings)) < 200


HOSTILE = {
    20: ["=HYPERLINK(1)", "+1+cmd", "-1+1", "@SUM(A1)"],
    21: ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</style><b>", "&lt;"],
    22: ["![](http://x.example/y)", "[a](javascript:b)", "| --- |", "`a` **b** # c"],
}


def hostile(row):
    names = HOSTILE[row]
    frame = people(sex=names * 15).rename(columns={"sex": names[0]})
    return names, audit(frame, sensitive_features=[names[0]])


@pytest.mark.parametrize("row", HOSTILE)
def test_20_and_21_and_22_names_stay_as_they_are_in_json(row):
    names, found = hostile(row)
    groups = json.loads(found.to_json())["groups"]
    assert [group["group"][names[0]] for group in groups] == sorted(names)


def test_20_formula_text():
    _, found = hostile(20)
    # Pasted into a spreadsheet, a line is a cell: none may begin as a formula does.
    for text in (found.to_markdown(), repr(found)):
        assert not [line for line in text.splitlines() if line.startswith(("=", "+", "@", "\t"))]
    page = html.unescape(found.to_html())
    assert "=HYPERLINK(1)" in page
    assert not re.search(r"href=[\"']?=", page)


def test_21_html_in_names():
    _, found = hostile(21)
    for page in (found.to_html(), found._repr_html_()):
        tags = Tags()
        tags.feed(page)
        assert not {"img", "b"} & set(tags.seen)
        assert not any(name.startswith("on") for name in tags.attributes)
        assert "alert(1)" not in tags.scripts
        assert "<script>alert(1)" in html.unescape(page)
    assert not markup(found.to_markdown()) & {"html_inline", "html_block"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.attributes, self.scripts = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        if self.seen and self.seen[-1] == "script" and self.rawdata.rfind("</script", 0, self.offset) < 0:
            self.scripts += data


def markup(text):
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return {part.type for token in tokens for part in [token, *(token.children or [])]}


def test_22_markdown_in_names():
    names, found = hostile(22)
    text = found.to_markdown()
    assert not markup(text) & {"link_open", "image", "code_inline", "code_block", "fence", "html_inline"}
    plain = audit(people(sex=["A", "B", "C", "D"] * 15)).to_markdown()
    assert markup(text) == markup(plain)
    shown = "".join(
        part.content
        for token in MarkdownIt("commonmark").enable("table").parse(text)
        for part in token.children or []
        if part.type == "text" or part.type == "text_special"
    )
    # A word joiner may stand in an address, so that no viewer makes a link of it.
    assert all(name in shown.replace("\u2060", "") for name in names)


@pytest.mark.parametrize("make", [pd.Series, np.asarray, list])
def test_36_values_in_place_of_names(make):
    values = make([0, 1] * 15)
    kind = type(values).__name__
    for role in ("y_true", "y_pred", "score", "sample_weight", "cluster"):
        assert refusal(people(), **{role: values}) == (
            f"{role} must be the name of a column, not a {kind}. "
            "Put the values into the table as a column, so that rows cannot be matched wrongly."
        )
    assert refusal(people(), sensitive_features=[values]) == (
        f"sensitive_features must be the name of a column, not a {kind}. "
        "Put the values into the table as a column, so that rows cannot be matched wrongly."
    )


@cases("36")
def test_36_misspelt_column(case, tmp_path):
    assert_refused(tmp_path, case)


def test_36_no_table():
    assert refusal({"sex": ["F"]}) == (
        "Cannot audit a dict. Give a dataframe (pandas, Polars, pyarrow, DuckDB relation, Spark) "
        "or the path of a CSV, Parquet or Arrow file."
    )


def test_36_column_named_twice():
    assert refusal(people(), sensitive_features=["sex", "sex"]) == (
        'sensitive_features names "sex" twice. Name each column once.'
    )
