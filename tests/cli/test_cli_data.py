"""The command that audits data before any model."""

import json
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import biasaudit as ba


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    woman = rng.random(600) < 0.3
    pd.DataFrame(
        {
            "sex": np.where(woman, "woman", "man"),
            "marks": rng.integers(0, 20, 600),
            "town": rng.choice(["north", "south"], 600),
            "hired": np.where(rng.random(600) < np.where(woman, 0.2, 0.5), "yes", "no"),
            "checked": np.where(rng.random(600) < 0.5, "yes", ""),
        }
    ).to_csv("people.csv", index=False)

    return partial(run, "data")


ASKED = ["people.csv", "--label", "hired", "--sensitive", "sex"]


def here():
    return sorted(path.name for path in Path().iterdir())


def test_the_artefact_in_compas_is_told_first(run):
    code, out, err = run("compas")
    assert (code, err) == (0, "")
    told = " ".join(out.split())
    assert told.startswith('Audit of the data "compas": 7,214 rows')
    assert (
        "All 998 rows with compas_screening_date from 2014-04-02 on (13.8 % of the data) have a positive label; "
        "elsewhere 36.2 % are positive. They move the base rate from 36.2 % to 45.1 %" in told
    )
    assert max(map(len, out.splitlines())) <= 120
    assert "nan" not in told


def test_a_file_and_every_option(run):
    code, out, err = run(
        *ASKED, "--feature", "marks", "--population", "sex:woman=0.5", "--population", "sex:man=0.5",
        "--strata", "town", "--verified", "checked", "--pos-label", "yes", "--reference", "sex=woman",
        "--confidence", "0.9", "--seed", "3", "--json", "a.json", "--html", "a.html", "--markdown", "a.md",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert here() == ["a.html", "a.json", "a.md", "people.csv"]
    document = json.loads(Path("a.json").read_text("utf-8"))
    from biasaudit.reporting.formats.as_json import json_schema

    jsonschema.validate(document, json_schema())
    same = ba.audit_dataset(
        "people.csv",
        label="hired",
        sensitive_features="sex",
        features=["marks"],
        population={"sex": {"woman": 0.5, "man": 0.5}},
        strata=["town"],
        verified="checked",
        pos_label="yes",
        reference={"sex": "woman"},
        confidence=0.9,
        random_state=3,
    )
    assert document == json.loads(same.to_json())
    assert [section["name"] for section in document["sections"]] == [part.name for part in same.parts]
    assert "man: 69.8 % of the data" in " ".join(out.split()) or "woman" in out


def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_left_behind(run):
    for arguments, sentence in (
        (
            ["people.csv", "--label", "hird", "--sensitive", "sex"],
            'label="hird" is not a column. Did you mean "hired"? Columns: sex, marks, town, hired, checked.',
        ),
        (
            ["people.csv", "--sensitive", "sex"],
            "label is missing. Name the column of labels or decisions that the data were made for.",
        ),
        (
            [*ASKED, "--population", "sex=0.5"],
            '--population "sex=0.5" is not feature:group=share, such as sex:woman=0.5.',
        ),
        (
            [*ASKED, "--population", "sex:woman=half"],
            '--population "sex:woman=half" is not feature:group=share, such as sex:woman=0.5.',
        ),
        (["compass"], None),
    ):
        code, out, err = run(*arguments, "--html", "a.html")
        assert (code, out) == (2, "")
        assert err.startswith("Error: ")
        assert sentence is None or err == f"Error: {sentence}\n"
        assert here() == ["people.csv"]


def test_parquet_tells_what_csv_tells(run):
    pd.read_csv("people.csv").to_parquet("people.parquet")
    options = ["--label", "hired", "--sensitive", "sex", "--feature", "marks", "--feature", "town", "--json"]
    for file in ("people.csv", "people.parquet"):
        code, out, err = run(file, *options, f"{file}.json")
        assert (code, err) == (0, "")
        assert out.endswith(f"Wrote {file}.json\n")
    one, other = (json.loads(Path(f"people.{kind}.json").read_text("utf-8")) for kind in ("csv", "parquet"))
    assert (one.pop("title"), other.pop("title")) == (
        'Audit of the data "people.csv"',
        'Audit of the data "people.parquet"',
    )
    assert one == other


def test_a_report_that_stood_there_is_left_as_it_was(run):
    Path("a.json").write_text("old")
    code, out, err = run("people.csv", "--label", "hird", "--sensitive", "sex", "--json", "a.json")
    assert (code, out) == (2, "")
    assert err.startswith('Error: label="hird" is not a column.')
    assert (here(), Path("a.json").read_text()) == (["a.json", "people.csv"], "old")


def test_reports_that_cannot_be_written_are_refused_before_anything_is_counted(run):
    for options, sentence in (
        (["--json", "a.txt", "--html", "a.txt"], "Two reports would go to the same file. Give each a name of its own."),
        (["--json", "no/a.json"], 'The folder "no" does not exist. Make it first, or choose another.'),
    ):
        assert run(*ASKED, *options) == (2, "", f"Error: {sentence}\n")
        assert here() == ["people.csv"]
