"""What a data card or the caller says of outcomes is said by every audit whose sentences tell of people."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.audits.checking import audit_for
from biasaudit.cli.app import app
from biasaudit.policy.reading import loads

MINE = {
    "people": "pupils",
    "selected": "were taken in",
    "rejected": "were sent home",
    "positive": "could read",
    "negative": "could not read",
}
CALLED = "were called a medium or high risk"


def people(rows=2_000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], rows // 2)})
    frame["y"] = (rng.random(rows) < np.where(frame["g"] == "a", 0.7, 0.4)).astype(int)
    frame["x"] = rng.normal(size=rows) + frame["y"] + (frame["g"] == "a")
    frame["s"] = frame["x"].round(1).clip(-2, 4)
    frame["p"] = (frame["x"] > 1).astype(int)
    return frame


def said(audit):
    return " ".join([audit.report().headline, *(one.sentence for one in audit.findings())])


def test_a_model_speaks_in_the_callers_words():
    table = ba.datasets.Dataset("pupils", people(), label="y", sensitive_features=("g",), features=("x",))
    told = said(ba.audit_model("logistic_regression", table, about="models", words=MINE, progress=False))
    assert "pupils with g = a" in told
    assert "were taken in" in told
    assert "who could read" in told
    assert "people" not in told
    with pytest.raises(AuditError, match='words has no "selectd"'):
        ba.audit_model("none of these", table, words={"selectd": "were taken in"})


def test_a_model_decides_otherwise_than_what_the_card_tells():
    data = ba.datasets.load_compas()
    told = said(ba.audit_model("logistic_regression", data, about="models", progress=False))
    assert "defendants" in told
    assert "who were not arrested again" in told
    assert CALLED not in told
    assert "were predicted positive" in told
    mine = said(ba.audit_model("logistic_regression", data, about="models", progress=False, words={"selected": "stay"}))
    assert "stay" in mine
    assert "defendants" in mine


def test_lines_speak_in_the_callers_words():
    lines = ba.audit_thresholds(people(), score="s", y_true="y", sensitive_features="g", words=MINE)
    for told in (said(lines), said(lines.at(1.0))):
        assert "pupils with g = a" in told
        assert "were taken in" in told
    assert "were taken in" in said(lines.at({"a": 1.0, "b": 0.5}))


def test_the_card_speaks_of_the_line_that_it_tells_of():
    lines = ba.audit_thresholds(ba.datasets.load_compas())
    assert CALLED in said(lines)
    assert CALLED in said(lines.at(5.0))
    other = said(lines.at(7.0))
    assert CALLED not in other
    assert "defendants" in other
    assert "were predicted positive" in other
    assert "were stopped" in said(
        ba.audit_thresholds(ba.datasets.load_compas(), words={"selected": "were stopped"}).at(7.0)
    )
    decided = [ba.audit_predictions(ba.datasets.load_compas(), threshold=line) for line in (None, 5, 7)]
    assert [CALLED in said(audit) for audit in decided] == [True, True, False]
    # Which outcome is good does not hang on the line.
    assert [audit.words.good for audit in decided] == ["negative"] * 3


def test_subgroups_speak_of_people_where_somebody_says_what_is_compared():
    frame = people(4_000)
    plain = ba.find_subgroups(frame, features="g", outcome="y")
    told = ba.find_subgroups(frame, features="g", outcome="y", words=MINE | {"good": "positive"})
    first = told.findings()[0]
    high, low = first.values
    a, b = (round(100 * share) for share in (high, low))
    assert first.sentence.startswith(f"Of 100 pupils with g = a, {a} could read; of 100 elsewhere, {b}: at least ")
    assert first.sentence.endswith(plain.findings()[0].sentence)
    assert "pupils" not in said(plain)
    pd.testing.assert_frame_equal(plain.subgroups(), told.subgroups())
    # Those of whom fewer get what is good fare worse.
    other = ba.find_subgroups(frame, features="g", outcome="y", words=MINE | {"good": "negative"}).findings()[0]
    assert (first.worse_off, other.worse_off, plain.findings()[0].worse_off) == ({}, {"g": "a"}, {})


def test_counts_of_people_say_what_the_points_beside_them_say():
    audit = ba.find_subgroups(ba.datasets.load_compas())
    shown = audit.subgroups().query("verdict == 'shown'")
    told = [one.sentence for one in audit.findings() if one.verdict == "shown"]
    assert len(told) > 5
    # Some are shown whose limits, of all subgroups together, hold no gap.
    assert ((shown["low_adjusted"] < 0) & (shown["high_adjusted"] > 0)).any()
    for sentence in told:
        assert (" more, at most " in sentence) == ("points higher" in sentence)
        assert (" fewer, at most " in sentence) == ("points lower" in sentence)


def test_errors_of_subgroups_speak_of_whom_they_wrong():
    asked = {"features": "g", "y_true": "y", "y_pred": "p", "metric": "false_positive_rate"}
    found = ba.find_subgroups(people(4_000), **asked, words=MINE)
    assert found.findings()[0].sentence.startswith("Of 100 pupils with g = a who could not read, ")
    assert " were taken in; of 100 elsewhere, " in found.findings()[0].sentence
    # Nobody said what an error is.
    wrong = ba.find_subgroups(people(4_000), features="g", y_true="y", y_pred="p", words=MINE)
    assert "pupils" not in said(wrong)


def test_a_card_speaks_of_subgroups():
    data = ba.datasets.load_compas()
    told = said(ba.find_subgroups(data, features=["race", "sex"], min_support=0.02))
    assert "defendants with race = African-American" in told
    assert "were arrested again within two years" in told


@pytest.mark.parametrize(
    "ask",
    [
        lambda words: ba.find_subgroups(people(), features="g", outcome="y", words=words),
        lambda words: ba.audit_thresholds(people(), score="s", y_true="y", sensitive_features="g", words=words),
        lambda words: ba.audit_crosstab(ba.count(people(), sensitive_features="g", y_pred="p"), words=words),
    ],
)
def test_wrong_words_are_refused_alike(ask):
    for words, sentence in (
        ("x", 'words must be a mapping, not a str. Give words={"selected": "were invited"}.'),
        ({"good": "yes"}, 'words["good"] is "yes". Say which outcome is good: "positive" or "negative".'),
    ):
        with pytest.raises(AuditError) as caught:
            ask(words)
        assert str(caught.value) == sentence


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people(4_000).to_csv("pupils.csv", index=False)
    return tmp_path


def ran(*arguments):
    return CliRunner().invoke(app, [*arguments])


@pytest.mark.parametrize(
    "command",
    [
        ["audit", "pupils.csv", "--y-true", "y", "--y-pred", "p", "--sensitive", "g"],
        ["data", "pupils.csv", "--label", "y", "--sensitive", "g", "--feature", "x"],
        ["subgroups", "pupils.csv", "--outcome", "y", "--feature", "g"],
    ],
)
def test_the_command_line_takes_them(command, table):
    words = ["--words", "people=pupils", "--words", "positive=could read", "--words", "selected=were taken in"]
    done = ran(*command, *words, "--json", "told.json")
    assert done.exit_code == 0, done.output
    told = " ".join(one["sentence"] for one in json.loads((table / "told.json").read_text("utf-8"))["findings"])
    assert "pupils with g = a" in told
    assert "could read" in told
    for given, sentence in (
        ("people", '--words "people" is not name=value, such as selected=were invited.'),
        (
            "pepole=pupils",
            'words has no "pepole". Did you mean "people"? Words: people, selected, rejected, positive, '
            "negative, good, outcome.",
        ),
    ):
        done = ran(*command, "--words", given)
        assert isinstance(done.exception, AuditError)
        assert str(done.exception) == sentence


WORDS = """
[columns.words]
people = "pupils"
selected = "were taken in"
"""
BARE = """
name = "Gate"
[columns]
sensitive_features = ["g"]
y_pred = "p"
{words}
[[rules]]
metric = "selection_rate"
max = 0.9
"""
POLICY = BARE.format(words=WORDS)


def test_a_policy_says_them(table):
    found = said(audit_for(people(), loads(POLICY)))
    assert "pupils with g = a" in found
    assert "were taken in" in found
    (table / "gate.toml").write_text(POLICY, encoding="utf-8")
    done = ran("check", "pupils.csv", "--policy", "gate.toml", "--save-audit", "audit.json")
    assert done.exit_code == 0, done.output
    assert "were taken in" in (table / "audit.json").read_text("utf-8")
    (table / "bare.toml").write_text(BARE.format(words=""), encoding="utf-8")
    done = ran(
        "check", "pupils.csv", "--policy", "bare.toml", "--words", "selected=were let in", "--save-audit", "audit.json"
    )
    assert "were let in" in (table / "audit.json").read_text("utf-8"), done.output


def test_wrong_words_of_a_policy_name_their_line():
    with pytest.raises(AuditError) as caught:
        loads(POLICY.replace("selected =", "selectd ="))
    assert str(caught.value) == (
        'policy, line 7: words has no "selectd". Did you mean "selected"? Words: people, selected, rejected, '
        "positive, negative, good, outcome."
    )
