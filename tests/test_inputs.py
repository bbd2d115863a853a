"""What a table can bring, numbered as in the list of inputs: refused in one sentence, done and said, or undefined."""

import datetime
import gzip
import html
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

import biasaudit as ba
from biasaudit.datasets.files import _text, tables
from biasaudit.datasets.files.tables import open_table
from biasaudit.reporting.files import check_writable

HEADER = "sex,y,p\n"
ROWS = "F,0,0\nM,0,1\nF,1,1\nM,1,1\nF,0,1\nM,1,0\n" * 10
COLUMNS = {"sensitive_features": ["sex"], "y_true": "y", "y_pred": "p"}
SCORES = "AUC, Brier score and calibration are computed from {} score bins, and exact for scores cut to these bins."


TEXT = (HEADER + ROWS).encode()
WITH_SCORES = "sex,y,p,s\nF,0,0,0.5\nM,1,1,{}\n"
GZIP = gzip.compress(TEXT, mtime=0)
# Case: file name, content, what is asked besides, and the whole sentence, with {path} for the path.
BAD = {
    "02 one group": (
        "people.csv",
        HEADER + "F,0,0\nF,1,1\n",
        {},
        'All rows are in one group: sex="F". A comparison needs two; '
        "name another sensitive feature or check the filter.",
    ),
    "06 three values": (
        "people.csv",
        HEADER + "F,0,0\nM,1,1\nM,2,1\n",
        {},
        "The labels hold 3 values ('0', '1', '2'), and which one is positive is not plain. "
        "Say so with pos_label, for example pos_label='2'.",
    ),
    "08 an id": (
        "people.csv",
        HEADER + "".join(f"g{i},0,1\n" for i in range(2_000)),
        {},
        'Sensitive feature "sex" has at least 2,000 different values: an id, or a number to bin. '
        "Name a column with at most 1,000 groups.",
    ),
    "11 latin-1": (
        "people.csv",
        TEXT + "Française,1,1\n".encode("latin-1"),
        {},
        '"{path}" is not UTF-8 text (byte 0xe7; perhaps Latin-1 or Windows-1252). Save the file as UTF-8.',
    ),
    "11 latin-1 far down": (
        "people.csv",
        TEXT + ROWS.encode() * 50 + "Française,1,1\n".encode("latin-1"),
        {},
        "Line 3062 of the file is not UTF-8 text (perhaps Latin-1 or Windows-1252). Save the file as UTF-8.",
    ),
    "11 UTF-16": ("people.csv", TEXT.decode().encode("utf-16"), {}, '"{path}" is UTF-16 text. Save it as UTF-8.'),
    "11 latin-1 in gzip": (
        "people.csv.gz",
        gzip.compress("s\xe9x,y,p\nF,0,1\n".encode("latin-1"), mtime=0),
        {},
        '"{path}" is not UTF-8 text (byte 0xe9; perhaps Latin-1 or Windows-1252). Save the file as UTF-8.',
    ),
    "12 duplicate columns": (
        "people.csv",
        "sex,y,p,y\nF,0,0,1\nM,1,1,0\n",
        {},
        'Two columns have the same name: "y" and "y". Rename one of them.',
    ),
    "12 duplicate but for capitals": (
        "people.csv",
        "sex,y,p,Sex\nF,0,0,1\nM,1,1,0\n",
        {},
        'Two columns have names that differ only in capitals: "sex" and "Sex". Rename one of them.',
    ),
    "13 negative weight": (
        "people.csv",
        WITH_SCORES.format(-1),
        {"sample_weight": "s"},
        "sample_weight is negative, NaN or infinite in 1 rows. Weights must be 0 or more, and finite.",
    ),
    "13 weight left empty": (
        "people.csv",
        WITH_SCORES.format(""),
        {"sample_weight": "s"},
        "sample_weight is negative, NaN or infinite in 1 rows. Weights must be 0 or more, and finite.",
    ),
    "13 all weights zero": (
        "people.csv",
        WITH_SCORES.format(0).replace("0.5", "0"),
        {"sample_weight": "s"},
        "sample_weight is 0 in every row. Leave it out, or give some rows a weight.",
    ),
    "14 infinite score": (
        "people.csv",
        WITH_SCORES.format("inf"),
        {"score": "s"},
        'score="s" is missing, NaN or infinite in 1 rows. Remove these rows or give them a score first.',
    ),
    "14 score is text": (
        "people.csv",
        WITH_SCORES.format("high"),
        {"score": "s"},
        "A column of numbers holds 'high'. Write every cell as a number, or leave it empty.",
    ),
    "18 empty": ("people.csv", "", {}, '"{path}" is empty. Give a file with a header and rows.'),
    "18 empty in gzip": (
        "people.csv.gz",
        gzip.compress(b"", mtime=0),
        {},
        '"{path}" is empty. Give a file with a header and rows.',
    ),
    "18 header only": (
        "people.csv",
        HEADER,
        {},
        "The table has no rows. Check the file, or the filter that made it.",
    ),
    "18 empty lines": (
        "people.csv",
        "\n\n",
        {},
        '"{path}" starts with an empty line. Its first line must name the columns.',
    ),
    "23 pickle": (
        "people.pkl",
        b"\x80\x04K.",
        {},
        '"{path}" is a pickle, which can run any program when it is opened, so it is refused. '
        "Save the table as Parquet or CSV; for a model use skops.",
    ),
    "23 pickle named csv": (
        "people.csv",
        b"\x80\x04K.",
        {},
        '"{path}" is a pickle, which can run any program when it is opened, so it is refused. '
        "Save the table as Parquet or CSV; for a model use skops.",
    ),
    "23 joblib": (
        "people.joblib",
        b"anything",
        {},
        '"{path}" is a pickle, which can run any program when it is opened, so it is refused. '
        "Save the table as Parquet or CSV; for a model use skops.",
    ),
    "32 short row": (
        "people.csv",
        HEADER + ROWS + "F,0\n" + ROWS,
        {},
        "Line 62 of the file has 2 cells where the header has 3. Mend or remove that line.",
    ),
    "32 long row": (
        "people.csv",
        HEADER + ROWS + "F,0,1,1\n",
        {},
        "Line 62 of the file has 4 cells where the header has 3. Mend or remove that line.",
    ),
    "34 NUL bytes": (
        "people.csv",
        TEXT + b"F\0,1,1\n",
        {},
        '"{path}" holds a NUL byte at position 369, so it is not a text table. Save it again as CSV.',
    ),
    "35 a predicted class that no label has": (
        "people.csv",
        HEADER + "F,a,a\nM,b,c\n",
        {"pos_label": "z"},
        "pos_label='z' is not a value of \"y\" and \"p\". Found: 'a', 'b', 'c'. Give one of these as pos_label.",
    ),
    "36 misspelt column": (
        "people.csv",
        HEADER + ROWS,
        {"sensitive_features": ["sx"]},
        'sensitive_features="sx" is not a column. Did you mean "sex"? Columns: sex, y, p.',
    ),
    "40 truncated gzip": (
        "people.csv.gz",
        GZIP[:-12],
        {},
        '"{path}" is not a whole gzip file. Check that it was saved whole.',
    ),
    "40 no gzip": (
        "people.csv.gz",
        TEXT,
        {},
        '"{path}" is not a whole gzip file. Check that it was saved whole.',
    ),
    "40 encrypted": (
        "people.parquet",
        b"PAREanything",
        {},
        '"{path}" is an encrypted Parquet file. Decrypt it first.',
    ),
    "40 misnamed text": (
        "people.parquet",
        TEXT,
        {},
        '"{path}" is named like parquet but holds something else. Check that it was saved whole, and rename it.',
    ),
    "40 misnamed Parquet": (
        "people.csv",
        b"PAR1anything",
        {},
        '"{path}" is named like text but holds something else (parquet). Check that it was saved whole, and rename it.',
    ),
    "40 no table": (
        "people.xlsx",
        b"PK\x03\x04",
        {},
        '"{path}" is not a table that can be read. Give a CSV, TSV, Parquet or Arrow file.',
    ),
    "40 quote never closed": (
        "people.csv",
        HEADER + ROWS + '"F,1,1\n',
        {},
        "Line 62 of the file has a quote that is never closed. Mend that line.",
    ),
}


def people(**columns):
    frame = pd.DataFrame(
        {
            "sex": ["F", "M"] * 30,
            "y": [0, 0, 1, 1, 0, 1] * 10,
            "p": [0, 1, 1, 1, 1, 0] * 10,
            "s": [0.1, 0.6, 0.7, 0.9, 0.6, 0.4] * 10,
        }
    )
    return frame.assign(**columns)


def audit(data, **asked):
    return ba.audit_predictions(data, **{**COLUMNS, **asked})


def refusal(data, **asked):
    with pytest.raises(ba.AuditError) as caught:
        audit(data, **asked)
    message = str(caught.value)
    assert "\n" not in message
    return message


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def pick(table, metric, kind="range", comparison="difference"):
    rows = table[(table["metric"] == metric) & (table["kind"] == kind) & (table["comparison"] == comparison)]
    return rows.iloc[0]


def rate(found, metric, **group):
    table = found.rates()
    return table[(table["metric"] == metric) & (table["group"] == group)].iloc[0]


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


def test_10_byte_order_mark(tmp_path):
    found = audit(write(tmp_path, "bom.csv", b"\xef\xbb\xbf" + (HEADER + ROWS).encode()))
    assert (found.table.features, found.table.levels, found.warnings) == (("sex",), (("F", "M"),), ())


def cases(row):
    return pytest.mark.parametrize("case", [name for name in BAD if name.startswith(f"{row} ")])


def assert_refused(folder, case):
    name, content, asked, message = BAD[case]
    path = write(folder, name, content)
    assert refusal(path, **asked) == message.replace("{path}", path)


OPTIONS = {"y_true": "--y-true", "y_pred": "--y-pred", "score": "--score", "sample_weight": "--weight"}


@pytest.mark.parametrize("case", BAD)
def test_cli_refuses_and_writes_nothing(case, run, tmp_path):
    name, content, asked, message = BAD[case]
    path = write(tmp_path, name, content)
    asked = {**COLUMNS, **asked}
    command = ["audit", path, "--sensitive", asked["sensitive_features"][0]]
    for role, option in {**OPTIONS, "pos_label": "--pos-label"}.items():
        command += [option, asked[role]] if role in asked else []
    for kind in ("json", "html", "markdown"):
        command += [f"--{kind}", str(tmp_path / f"audit.{kind}")]
    assert run(*command) == (2, "", f"Error: {message.replace('{path}', path)}\n")
    assert [file.name for file in tmp_path.iterdir()] == [name]


@cases("11")
def test_11_other_encodings(case, tmp_path):
    assert_refused(tmp_path, case)


@cases("12")
def test_12_duplicate_columns(case, tmp_path):
    assert_refused(tmp_path, case)


def test_12_duplicate_columns_in_a_frame():
    with pytest.raises(ba.AuditError, match=r"^Two columns have the same name: (.|\n)*'y'(.|\n)*Rename one of them\.$"):
        audit(pd.concat([people(), people()[["y"]]], axis=1))


@cases("13")
def test_13_bad_weights(case, tmp_path):
    assert_refused(tmp_path, case)


@pytest.mark.parametrize("weight", [-0.5, np.nan, np.inf])
def test_13_bad_weights_in_a_frame(weight):
    assert refusal(people(w=[weight, 1.0] * 30), sample_weight="w") == (
        "sample_weight is negative, NaN or infinite in 30 rows. Weights must be 0 or more, and finite."
    )


def test_13_all_weights_zero():
    assert refusal(people(w=0), sample_weight="w") == (
        "sample_weight is 0 in every row. Leave it out, or give some rows a weight."
    )


@cases("14")
def test_14_bad_scores(case, tmp_path):
    assert_refused(tmp_path, case)


@pytest.mark.parametrize("score", [np.inf, -np.inf, np.nan])
def test_14_infinite_scores_in_a_frame(score):
    assert refusal(people(s=[score, 0.5, 0.1] * 20), score="s") == (
        'score="s" is missing, NaN or infinite in 20 rows. Remove these rows or give them a score first.'
    )


def test_15_scores_outside_0_to_1():
    probabilities = {"brier", "calibration_error", "calibration_in_the_large"}
    inside, outside = audit(people(), score="s"), audit(people(s=people().s * 10 - 3), score="s")
    assert set(inside.rates()["metric"]) - set(outside.rates()["metric"]) == probabilities
    assert rate(outside, "auc", sex="F")["estimate"] == rate(inside, "auc", sex="F")["estimate"]
    with pytest.raises(ba.AuditError, match=r'^"brier" is not a metric of this audit'):
        outside.disparities("brier")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (pd.date_range("2020-01-01", periods=60), "Datetime(time_unit='us', time_zone=None)"),
        (pd.date_range("2020-01-01", periods=60, tz="UTC"), "Datetime(time_unit='us', time_zone='UTC')"),
        ([datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)] * 30, "date"),
    ],
)
def test_16_dates(values, what):
    frame = people(sex=pd.Series(values).dt.as_unit("us") if what != "date" else pd.Series(values, dtype=object))
    assert refusal(frame) == (
        f'Column "sex" holds dates or times ({what}), not groups or labels. '
        "Make a column of periods or age bands, and drop time zones first."
    )


def test_17_small_integers():
    small = people()
    big = pd.concat([small] * 50, ignore_index=True)
    expected = audit(big).rates()
    for dtype in ("int8", "uint8"):
        found = audit(big.astype({"y": dtype, "p": dtype})).rates()
        pd.testing.assert_frame_equal(found, expected)
    weighted = audit(big.assign(w=np.int8(100)), sample_weight="w").rates()
    row = weighted[(weighted["metric"] == "selection_rate") & (weighted["group"] == {})].iloc[0]
    assert (row["numerator"], row["denominator"]) == (200_000, 300_000)


@cases("18")
def test_18_empty(case, tmp_path):
    assert_refused(tmp_path, case)


def test_18_empty_frame():
    assert refusal(people().head(0)) == "The table has no rows. Check the file, or the filter that made it."


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


@cases("23")
def test_23_pickle_and_joblib(case, tmp_path):
    assert_refused(tmp_path, case)


@pytest.mark.parametrize("name", ["../../x", "../people.csv"])
def test_24_a_path_is_only_read_as_a_path(name, tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path / "a", "people.csv", HEADER + ROWS)
    monkeypatch.chdir(tmp_path / "a" / "b")
    if name == "../../x":
        assert refusal(name) == 'There is no file "../../x". Check the path.'
    else:
        found = audit(name)
        assert found.title == 'Audit of "people.csv"'
        for text in (found.to_json(), found.to_markdown(), found.to_html()):
            assert ".." + "/" not in text
            assert str(tmp_path) not in text
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "people.csv"]


def test_25_gzip_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(_text, "SMALL_FILE", 2**20)
    path = write(tmp_path, "people.csv.gz", gzip.compress((HEADER + ROWS * 60_000).encode(), 9))
    assert refusal(path) == (
        f'"{path}" grows more than 200-fold when unpacked, as a decompression bomb does. '
        "If it is yours, unpack it and audit the plain file."
    )
    monkeypatch.undo()
    assert audit(path).table.rows.sum() == 3_600_000


def test_26_parquet_bomb(tmp_path):
    path = tmp_path / "people.parquet"
    duckdb.sql("SELECT (i // 9000000)::VARCHAR AS sex, 0 AS y, 1 AS p FROM range(10000000) t(i)").write_parquet(
        str(path)
    )
    size = f"{path.stat().st_size / 1000:,.0f}"
    assert refusal(path) == (
        f"The Parquet file says it holds 10,000,000 rows in {size} kB, as a decompression bomb does. "
        "If it is yours, open it with DuckDB and audit the relation."
    )


def test_27_larger_than_memory(tmp_path, monkeypatch):
    path = tmp_path / "people.parquet"
    duckdb.sql(
        "SELECT if(i % 3 = 0, 'F', 'M') AS sex, i % 2 AS y, (i // 2) % 2 AS p, md5(i::VARCHAR) AS letter "
        "FROM range(3000000) t(i)"
    ).write_parquet(str(path))
    monkeypatch.setattr(tables, "MEMORY_LIMIT", "80MB")
    assert path.stat().st_size > 90e6
    assert audit(path).table.rows.sum() == 3_000_000


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


def test_31_semicolons_and_decimal_commas(tmp_path):
    path = write(tmp_path, "people.csv", "sex;y;p;s\nF;0;1;0,5\nF;1;1;0,25\nM;1;0;0,75\nM;0;0;1\n")
    found = audit(path, score="s")
    assert found.warnings == (
        "Cells are separated by ';'.",
        'Decimal commas in "s" were read as decimal points.',
        "The prediction is the same for everyone within each group: is it the group under another name?",
        SCORES.format(100),
    )
    assert sorted(open_table(path, numbers=["s"]).frame.fetchnumpy()["s"]) == [0.25, 0.5, 0.75, 1.0]


@cases("32")
def test_32_ragged_rows(case, tmp_path):
    assert_refused(tmp_path, case)


def test_33_leading_zeros(tmp_path):
    path = write(tmp_path, "people.csv", (HEADER + ROWS).replace("F,", "01234,").replace("M,", "1234,"))
    assert audit(path).table.levels == (("01234", "1234"),)
    assert audit(people(sex=["01234", "1234"] * 30)).table.levels == (("01234", "1234"),)


@cases("34")
def test_34_nul_bytes(case, tmp_path):
    assert_refused(tmp_path, case)


@cases("35")
def test_35_positive_label_that_is_nowhere(case, tmp_path):
    assert_refused(tmp_path, case)


def test_35_a_predicted_class_that_no_label_has():
    frame = people(y=["a", "b", "c"] * 20, p=["a", "b", "d"] * 20)
    assert refusal(frame) == (
        "The labels hold 4 values ('a', 'b', 'c', 'd'), and which one is positive is not plain. "
        "Say so with pos_label, for example pos_label='d'."
    )
    assert refusal(frame, pos_label="d") == (
        "Column \"y\" never holds pos_label='d'. Found: 'a', 'b', 'c'. Write both label columns with the same values."
    )
    row = rate(audit(frame, pos_label="a"), "true_positive_rate")
    assert (row["numerator"], row["denominator"]) == (20, 20)


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


def test_37_repeated_ids():
    frame = people(person=np.arange(60) // 2, s=np.linspace(0, 1, 60))
    assert audit(frame).warnings == (
        '"person" repeats (30 values in 60 rows). If it names people, their rows are not independent and intervals '
        'are too narrow: give cluster="person".',
    )
    assert audit(frame, cluster="person").warnings == ()
    assert audit(frame.assign(person=range(60))).warnings == ()


def test_37_copied_rows():
    frame = people(person=[f"p{i}" for i in range(60)], s=np.linspace(0, 1, 60))
    copied = pd.concat([frame, frame.head(6)])
    sentence = (
        '6 of the first 66 rows are exact copies of other rows, though "person" tells all others apart. '
        "Counted twice they make intervals too narrow: remove them, or give the person as cluster=."
    )
    assert audit(copied).warnings == (sentence,)
    assert audit(duckdb.connect().from_df(copied)).warnings == (sentence,)
    assert audit(copied, cluster="person").warnings == ()
    assert audit(pd.concat([frame] * 2)).warnings[0].startswith("60 of the first 120 rows are exact copies")


def test_37_rows_that_are_alike_by_chance_are_no_copies():
    frame = people(s=np.linspace(0, 1, 60))
    assert audit(pd.concat([frame, frame.head(6).assign(y=1 - frame.y.head(6))])).warnings == ()
    assert audit(pd.concat([people()] * 2)).warnings == ()
    assert audit(pd.concat([people(notes=[["a"]] * 60)] * 2)).warnings == ()


def shared_audit(frame, folder):
    ba.count(frame, **COLUMNS).save(folder / "counts.parquet", min_cell=10)
    return ba.audit_crosstab(ba.Crosstab.load(folder / "counts.parquet"))


def assert_withheld(found):
    row = rate(found, "selection_rate", sex="X")
    assert np.isnan([row["estimate"], row["low"], row["high"]]).all()
    assert row["reason"] == "a count was withheld to protect people"
    gaps = found.disparities("selection_rate")
    gap = gaps[gaps["group"].map(lambda g: g == {"sex": "X"})].iloc[-1]
    assert np.isnan(gap["estimate"])
    assert (gap["verdict"], gap["reason"]) == ("cannot tell", "sex=X: a count was withheld to protect people")
    # The range is that of the others, and names who is left out.
    whole = gaps[gaps["kind"] == "range"].iloc[0]
    assert "X" not in {*whole["group"].values(), *whole["reference"].values()}
    assert whole["reason"] == "left out: sex=X: a count was withheld to protect people"


def test_38_small_cells_are_withheld(tmp_path):
    frame = pd.concat([people()] * 10).reset_index(drop=True)
    frame.loc[:70, "sex"] = "X"
    frame.loc[:70, "y"] = 1
    frame.loc[:5, "p"] = 0
    frame.loc[6:70, "p"] = 1
    found = shared_audit(frame, tmp_path)
    assert not ((found.table.rows > 0) & (found.table.rows < 10)).any()
    assert_withheld(found)


def test_38_a_group_withheld_whole(tmp_path):
    frame = pd.concat([people()] * 10).reset_index(drop=True)
    frame.loc[:6, "sex"] = "X"
    assert_withheld(shared_audit(frame, tmp_path))


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


@cases("40")
def test_40_broken_files(case, tmp_path):
    assert_refused(tmp_path, case)


def test_40_truncated_parquet(tmp_path):
    path = str(tmp_path / "people.parquet")
    people().to_parquet(path)
    content = (tmp_path / "people.parquet").read_bytes()
    write(tmp_path, "people.parquet", content[:-20])
    assert refusal(path) == (
        f"The file cannot be read: Invalid Input Error: No magic bytes found at end of file '{path}'. "
        "Check that it was saved whole."
    )
    write(tmp_path, "people.parquet", content[:4] + bytes(len(content) - 12) + content[-8:])
    assert re.fullmatch(r"The file cannot be read: .+\. Check that it was saved whole\.", refusal(path))


@pytest.mark.parametrize("url", ["https://x.example/people.csv", "s3://x/people.parquet", "file:///people.csv"])
def test_40_url(url):
    assert refusal(url) == f'"{url}" is a URL. Download the file first, then give its path.'


def test_40_no_plain_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "people.csv", HEADER + ROWS)
    os.mkfifo("pipe.csv")
    Path("link.csv").symlink_to("people.csv")
    assert refusal("pipe.csv") == '"pipe.csv" is a pipe or device, not a file. Save its content to a file first.'
    assert refusal("link.csv") == (
        f'"link.csv" is a symbolic link. Give the path it points to: "{os.path.realpath("people.csv")}".'
    )
    assert refusal(".") == '"." is a directory. Give a file in it, or a pattern such as "./*.parquet".'
    assert refusal("peple.csv") == 'There is no file "peple.csv". Did you mean "people.csv"? Check the path.'
    assert refusal("*.parquet") == 'No file matches "*.parquet". Check the pattern and the folder you stand in.'
    assert refusal("people\0.csv") == "The path holds a NUL character. Give the path of a file."


def test_40_unreadable_file(tmp_path, monkeypatch):
    path = write(tmp_path, "people.csv", HEADER + ROWS)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables.Path, "open", refuse)
    assert refusal(path) == f'"{path}" cannot be read: Permission denied. Check its permissions.'


def test_40_read_only_output(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    path = tmp_path / "audit.json"
    with pytest.raises(ba.AuditError) as caught:
        audit(people()).to_json(path)
    assert str(caught.value) == f'"{path}" cannot be written: no permission. Choose another place.'
    assert list(tmp_path.iterdir()) == []


def test_40_output_is_no_plain_file(tmp_path):
    (tmp_path / "link.json").symlink_to("elsewhere")
    os.mkfifo(tmp_path / "pipe.json")
    for path, message in {
        tmp_path: '"{}" is a directory. Give the name of a file in it.',
        tmp_path / "link.json": '"{}" is a symbolic link. Give the path it points to.',
        tmp_path / "pipe.json": '"{}" is no plain file. Give another name.',
    }.items():
        with pytest.raises(ba.AuditError) as caught:
            check_writable(path)
        assert str(caught.value) == message.format(path)
    with pytest.raises(ba.AuditError) as caught:
        check_writable(tmp_path / "no" / "audit.json")
    assert str(caught.value) == f'The folder "{tmp_path / "no"}" does not exist. Make it first, or choose another.'


def test_40_output_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "audit.json"
    path.write_text("old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ba.AuditError) as caught:
        audit(people()).to_json(path)
    assert str(caught.value) == f'"{path}" cannot be written: No space left on device. Choose another place.'
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("audit.json", "old")]


def test_every_row_has_its_test():
    rows = {int(name[5:7]) for name in globals() if re.match(r"test_\d\d_", name)}
    assert rows == set(range(1, 41))


def test_a_score_that_repeats_is_no_copied_row():
    scores = np.round(np.linspace(0, 1, 60) ** 3, 4)
    warnings = audit(people(s=np.where(np.arange(60) % 3, scores, 0.5)), score="s").warnings
    assert not any("copies" in warning for warning in warnings)


def test_many_missing_decisions_are_no_classes():
    """Each missing number in memory is a value of its own to Python: 1,001 of them were taken for classes."""
    frame = pd.DataFrame(
        {"sex": ["F", "M"] * 1500, "p": np.where(np.arange(3000) < 1500, np.nan, np.arange(3000) // 2 % 2)}
    )
    found = ba.audit_predictions(frame, sensitive_features="sex", y_pred="p")
    assert found.rates()["denominator"].iloc[0] == 1500
