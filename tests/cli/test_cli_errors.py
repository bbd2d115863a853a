"""`biasaudit errors`: counts or texts of a recogniser, from the command line."""

import json
from functools import partial
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.errors._word_errors import count_word_errors
from biasaudit.reporting.formats._schema import json_schema

TABLE = pd.DataFrame(
    {
        "gender": ["f", "m"] * 20,
        "speaker": [f"{'fm'[i % 2]}{i // 4}" for i in range(40)],
        "ref": ["turn the light on", "Stop!"] * 20,
        "hyp": ["turn light on", "stop", "turn a light on now", "stop it please"] * 10,
    }
)
TABLE = TABLE.join(count_word_errors(TABLE["ref"], TABLE["hyp"])[["wrong", "trials", "words"]])
GROUPS = ["--sensitive", "gender", "--cluster", "speaker"]
TEXTS = ["heard.csv", "--said", "ref", "--heard", "hyp", *GROUPS]
COUNTS = ["heard.csv", "--errors", "wrong", "--trials", "trials", *GROUPS]


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("heard.csv", index=False)
    # A line of a table is one line.
    monkeypatch.setenv("COLUMNS", "100")

    return partial(run, "errors")


def test_texts_are_audited_as_in_python(run):
    code, out, err = run(*TEXTS, "--json", "a.json", "--html", "a.html", "--markdown", "a.md")
    assert (code, err) == (0, "")
    asked = {"said": "ref", "heard": "hyp", "sensitive_features": ["gender"], "cluster": "speaker"}
    audit = ba.audit_errors("heard.csv", **asked)
    for name, text in {"a.json": audit.to_json(), "a.html": audit.to_html(), "a.md": audit.to_markdown()}.items():
        assert Path(name).read_text(encoding="utf-8") == text
    jsonschema.validate(json.loads(Path("a.json").read_text(encoding="utf-8")), json_schema())
    assert out.startswith('Audit of errors in "heard.csv": 130 words spoken or put in, gender (2 groups)\n')
    assert "\nMatch error rate by gender: " in out
    told = [line.split() for line in out.splitlines()]
    # Of 80 words of women 10 were left out, 10 were taken for others and 10 put in; of men 20 were put in among 20.
    assert ["everyone", "100", "30", "50", "38.5", "%", "50.0", "%"] in told
    assert ["f", "80", "10", "30", "33.3", "%", "37.5", "%"] in told
    assert ["m", "20", "20", "20", "50.0", "%", "100.0", "%"] in told


def test_counts_say_the_same_without_words(run):
    code, out, err = run(*COUNTS)
    assert (code, err) == (0, "")
    assert "\nRate of wrong by gender: " in out
    assert "30 of 90" in out
    assert "Word error rate" not in out
    assert "30 of 90" in run(*TEXTS)[1]


NOT_PLAIN = (
    "What to count is not plain: {} was named. Name errors, with or without trials (columns of counts), or said and "
    "heard (columns of text)."
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["heard.csv", *GROUPS], NOT_PLAIN.format("nothing")),
        (["heard.csv", "--said", "ref", *GROUPS], NOT_PLAIN.format("said")),
        (["heard.csv", "--trials", "words", *GROUPS], NOT_PLAIN.format("trials")),
        ([*TEXTS, "--errors", "wrong"], NOT_PLAIN.format("errors and said and heard")),
        (
            ["heard.csv", "--said", "ref", "--heard", "hip", *GROUPS],
            'heard="hip" is not a column. Did you mean "hyp"? '
            "Columns: gender, speaker, ref, hyp, wrong, trials, words.",
        ),
        (
            ["heard.csv", "--said", "ref", "--heard", "ref", *GROUPS],
            'said and heard are both "ref", so nothing can differ. Name two columns.',
        ),
        (
            ["heard.csv", "--errors", "trials", "--trials", "words", *GROUPS],
            'speaker "f0" (gender=f) has 1 more in errors="trials" than in trials="words", which is no share. Count '
            "words put in among the trials, too (the match error rate, as said and heard do), or leave them out.",
        ),
    ],
)
def test_what_cannot_be_counted(run, arguments, message):
    assert run(*arguments, "--json", "a.json") == (2, "", f"Error: {message}\n")
    assert not Path("a.json").exists()


def test_an_utterance_without_a_word(run):
    TABLE.assign(ref=["…", *TABLE["ref"][1:]]).to_csv("heard.csv", index=False)
    assert run(*TEXTS) == (
        2,
        "",
        'Error: said="ref" has no word in 1 rows (punctuation is none). '
        "Leave out utterances in which nothing was said.\n",
    )


def test_the_groups_have_to_be_named(run):
    code, out, err = run("heard.csv", "--said", "ref", "--heard", "hyp")
    assert (code, out) == (2, "")
    assert "Missing option '--sensitive-features' / '--sensitive'." in err
