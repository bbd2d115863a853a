"""Word errors from texts: counted as by hand and as jiwer does, the same from every engine and from a file."""

import json
import sys

import duckdb
import jiwer
import jsonschema
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.audits.errors._word_errors import count_word_errors, plain_words
from biasaudit.reporting.formats.as_json import json_schema

ASKED = {"said": "ref", "heard": "hyp", "sensitive_features": "gender", "cluster": "speaker"}
SENTENCE = st.lists(st.sampled_from(["one", "two", "three", "four"]), min_size=1, max_size=8).map(" ".join)
HEARD = st.lists(st.sampled_from(["one", "two", "three", "five"]), max_size=8).map(" ".join)
# words, hits, substitutions, deletions, insertions
BY_HAND = [
    ("the cat sat", "the cat sat", (3, 3, 0, 0, 0)),
    ("the cat sat", "the hat sat", (3, 2, 1, 0, 0)),
    ("the cat sat", "the sat", (3, 2, 0, 1, 0)),
    ("the cat sat", "the big cat sat", (3, 3, 0, 0, 1)),
    ("the cat sat", "", (3, 0, 0, 3, 0)),
    ("yes", "oh yes it is", (1, 1, 0, 0, 3)),
    ("stop", "please go now", (1, 0, 1, 0, 2)),
    ("Don’t  STOP!", "dont, stop", (2, 2, 0, 0, 0)),
    ("well-known", "well known", (2, 2, 0, 0, 0)),
    ("caf\u00e9", "cafe\u0301", (1, 1, 0, 0, 0)),
    ("ज़ीरो वन", "ज़ीरो वन", (2, 2, 0, 0, 0)),
]


def speech(speakers=6, utterances=4, seed=0):
    """Make utterances in which the words of women are more often taken for another, left out or followed by one."""
    rng = np.random.default_rng(seed)
    words = np.array(["one", "two", "three", "four", "five", "six"])
    rows = []
    for gender, rate in (("f", 0.5), ("m", 0.1)):
        for speaker in range(speakers):
            for _ in range(utterances):
                said = rng.choice(words, 5)
                wrong = rng.random(5) < rate
                heard = [
                    rng.choice(["", "zero", f"{word} zero zero"]) if bad else word
                    for word, bad in zip(said, wrong, strict=True)
                ]
                rows.append((gender, f"{gender}{speaker}", " ".join(said), " ".join(heard)))
    return pd.DataFrame(rows, columns=["gender", "speaker", "ref", "hyp"])


def rows(audit):
    return {tuple(row["group"].values()): row for row in audit.intervals().to_dict("records")}


@pytest.mark.parametrize(("said", "heard", "expected"), BY_HAND)
def test_alignments_counted_by_hand(said, heard, expected):
    row = count_word_errors([said], [heard]).iloc[0]
    assert tuple(row[["words", "hits", "substitutions", "deletions", "insertions"]]) == expected
    words, hits, *wrong = expected
    assert (row["wrong"], row["trials"]) == (sum(wrong), hits + sum(wrong))
    assert row["trials"] == words + expected[-1]


def test_utterances_stay_in_order():
    said, heard, expected = zip(*BY_HAND, strict=True)
    found = count_word_errors(pd.Series(said), iter(heard))
    columns = ["words", "hits", "substitutions", "deletions", "insertions"]
    assert found[columns].to_numpy().tolist() == [list(row) for row in expected]
    assert {str(kind) for kind in found.dtypes} == {"int64"}
    assert count_word_errors([], []).shape == (0, 7)


@given(st.lists(st.tuples(SENTENCE, HEARD), min_size=1, max_size=12))
@settings(max_examples=100)
def test_rates_are_those_of_jiwer(pairs):
    said, heard = map(list, zip(*pairs, strict=True))
    found = count_word_errors(said, heard)
    assert found["wrong"].sum() / found["words"].sum() == pytest.approx(jiwer.wer(said, heard), abs=1e-12)
    assert found["wrong"].sum() / found["trials"].sum() == pytest.approx(jiwer.mer(said, heard), abs=1e-12)
    each = [jiwer.process_words(*pair) for pair in pairs]
    for kind in ("hits", "substitutions", "deletions", "insertions"):
        assert found[kind].tolist() == [getattr(out, kind) for out in each]


@given(st.lists(SENTENCE, min_size=1, max_size=8))
@settings(max_examples=30)
def test_identical_texts_have_no_error_and_silence_leaves_out_every_word(said):
    assert not count_word_errors(said, said)["wrong"].any()
    silence = count_word_errors(said, [""] * len(said))
    for kind in ("deletions", "wrong", "trials", "words"):
        assert silence[kind].tolist() == [len(text.split()) for text in said]


@given(st.text())
@settings(max_examples=100)
def test_plain_words_are_what_plain_words_make(text):
    once = plain_words(text)
    assert once == " ".join(once.split())
    assert plain_words(once) == once


def test_totals_and_both_rates_of_each_group():
    frame = speech()
    counts = count_word_errors(frame["ref"], frame["hyp"])
    audit = ba.audit_errors(frame, **ASKED)
    for key, row in rows(audit).items():
        part = counts if not key else counts[frame["gender"] == key[0]]
        texts = frame if not key else frame[frame["gender"] == key[0]]
        assert (row["errors"], row["trials"], row["words"]) == tuple(part[["wrong", "trials", "words"]].sum())
        assert row["estimate"] == pytest.approx(jiwer.mer(list(texts["ref"]), list(texts["hyp"])), abs=1e-12)
        assert row["word_error_rate"] == pytest.approx(jiwer.wer(list(texts["ref"]), list(texts["hyp"])), abs=1e-12)
        assert row["low"] < row["estimate"] < row["high"] <= 1
    assert audit.intervals()["clusters"].tolist() == [12, 6, 6]


def test_it_is_the_audit_of_the_counts():
    frame = speech().assign(accent=["us", "uk", "us"] * 16)
    asked = ASKED | {"sensitive_features": ["gender", "accent"]}
    counted = frame.join(count_word_errors(frame["ref"], frame["hyp"])).drop(columns=["ref", "hyp"])
    known = ba.audit_errors(
        counted, errors="wrong", trials="trials", sensitive_features=["gender", "accent"], cluster="speaker"
    )
    pd.testing.assert_frame_equal(ba.audit_errors(frame, **asked).rates(), known.rates())
    pd.testing.assert_frame_equal(ba.audit_errors(frame, **asked).disparities(), known.disparities())
    assert "words" not in known.intervals()
    assert known.report().sections == ()
    words = ba.audit_errors(frame, **asked).intervals().set_index(known.intervals()["group"].map(str))["words"]
    totals = counted.groupby(["gender", "accent"])["words"].sum()
    assert words[str({"gender": "f", "accent": "uk"})] == totals["f", "uk"]


def test_a_word_error_rate_may_pass_one_hundred_percent():
    frame = pd.DataFrame(
        {"gender": list("fm") * 6, "speaker": list("abcdefghijkl"), "ref": "yes", "hyp": "no it is not"}
    )
    audit = ba.audit_errors(frame, **ASKED)
    assert audit.intervals()["word_error_rate"].tolist() == [4, 4, 4]
    assert audit.intervals()["estimate"].tolist() == [1, 1, 1]
    counted = frame.join(count_word_errors(frame["ref"], frame["hyp"]))
    too_many = r'18 more in errors="wrong" than in trials="words", .* match error rate, as said and heard do'
    with pytest.raises(AuditError, match=too_many):
        ba.audit_errors(counted, errors="wrong", trials="words", sensitive_features="gender")


def test_every_engine_counts_alike():
    frame = speech()
    expected = ba.audit_errors(frame, **ASKED).intervals()
    expected["group"] = [dict(zip(["wrong"] * len(g), g.values(), strict=True)) for g in expected["group"]]
    # Names of our own would clash, and an index that is no count would put counts into other rows.
    frame = frame.rename(columns={"gender": "wrong", "speaker": "trials"})
    asked = ASKED | {"sensitive_features": "wrong", "cluster": "trials"}
    connection = duckdb.connect()
    connection.register("frame", frame)
    shuffled = frame.sample(frac=1, random_state=1)
    for data in (
        shuffled,
        frame.astype("category"),
        frame.set_index(pd.Index([0] * len(frame))),
        pl.from_pandas(frame),
        pl.from_pandas(frame).lazy(),
        pl.from_pandas(frame).with_columns(pl.all().cast(pl.Categorical)),
        pa.Table.from_pandas(shuffled),
        connection.table("frame"),
        connection.sql("FROM frame ORDER BY hyp"),
    ):
        pd.testing.assert_frame_equal(ba.audit_errors(data, **asked).intervals(), expected)


def test_levels_that_nobody_has_are_listed():
    frame = speech().assign(gender=lambda f: pd.Categorical(f["gender"], ["f", "m", "x"]))
    found = rows(ba.audit_errors(frame, **ASKED))
    assert (found[("x",)]["trials"], found[("x",)]["words"]) == (0, 0)
    assert np.isnan(found[("x",)]["word_error_rate"])


@pytest.mark.parametrize("name", ["heard.csv", "heard.csv.gz", "heard.parquet", "heard.feather"])
def test_files_keep_texts_as_they_are(tmp_path, name):
    frame = pd.DataFrame(
        {
            "gender": ["NA", "None"] * 3,
            "speaker": ["01", "1", "F", "T", "x", "y"],
            "ref": ["None", "NA", "007", "yes, no", "true", "one two"],
            "hyp": ["none", "NA", "7", "", "True", "one"],
        }
    )
    path = tmp_path / name
    write = {"parquet": frame.to_parquet, "feather": frame.to_feather}.get(name.rsplit(".", 1)[1], frame.to_csv)
    write(path, **({"index": False} if ".csv" in name else {}))
    audit = ba.audit_errors(path, **ASKED)
    pd.testing.assert_frame_equal(audit.intervals(), ba.audit_errors(frame, **ASKED).intervals())
    found = {key[0]: (row["errors"], row["words"], row["clusters"]) for key, row in rows(audit).items() if key}
    assert found == {"NA": (1, 3, 3), "None": (3, 5, 3)}
    assert audit.warnings[0] == (
        "Nothing was heard in 1 rows, and all their words count as errors. Check that the recogniser ran on them."
    )


def test_reports_say_how_the_two_rates_differ():
    audit = ba.audit_errors(speech(), **ASKED)
    text = audit.to_json()
    jsonschema.validate(json.loads(text), json_schema())
    document = json.loads(text)
    assert document["settings"]["said"] == "ref"
    assert "errors" not in document["settings"]
    assert document["metrics"]["error_rate"]["label"] == "Match error rate"
    section = document["sections"][0]
    assert section["name"] == "word_errors"
    assert section["sentences"] == [
        "The match error rate, which the verdicts are about, is errors of all words spoken or put in, and never passes "
        "100 %; the word error rate is the same errors of the words spoken alone, and can."
    ]
    assert [row["word_error_rate"] for row in section["rows"]] == pytest.approx(audit.intervals()["word_error_rate"])
    assert [row["put_in"] for row in section["rows"]] == (audit.intervals()["trials"] - [240, 120, 120]).tolist()
    assert [row["words"] for row in section["rows"]] == [240, 120, 120]
    for report in (audit.to_markdown(), audit.to_html()):
        assert "the word error rate is the same errors of the words spoken alone" in report
        assert "Of all words spoken or put in, the share that went wrong" in report
        assert "280 words spoken or put in" in report
    assert "match error rate" in repr(audit)


def refused(frame=None, **changed):
    with pytest.raises(AuditError) as caught:
        ba.audit_errors(speech(2, 2) if frame is None else frame, **ASKED | changed)
    return str(caught.value)


NOT_PLAIN = (
    "What to count is not plain: {} was named. Name errors, with or without trials (columns of counts), or said and "
    "heard (columns of text)."
)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"said": None, "heard": None}, "nothing"),
        ({"heard": None}, "said"),
        ({"said": None}, "heard"),
        ({"errors": "ref"}, "errors and said and heard"),
        ({"trials": "ref"}, "trials and said and heard"),
        ({"said": None, "heard": None, "trials": "ref"}, "trials"),
        ({"errors": "ref", "said": None}, "errors and heard"),
    ],
)
def test_one_of_two_ways_is_asked_for(changed, named):
    assert refused(**changed) == NOT_PLAIN.format(named)


def test_tables_that_cannot_be_compared_are_refused_in_a_sentence():
    frame = speech(2, 2)
    assert (
        refused(said="reff") == 'said="reff" is not a column. Did you mean "ref"? Columns: gender, speaker, ref, hyp.'
    )
    assert refused(heard=["hyp"]).startswith("heard must be the name of a column, not a list.")
    assert refused(heard="ref") == 'said and heard are both "ref", so nothing can differ. Name two columns.'
    assert refused(frame.assign(hyp=frame["hyp"].where(frame.index > 1))) == (
        'heard="hyp" is missing in 2 rows. Leave these rows out, or write an empty text where nothing was heard.'
    )
    assert refused(pl.from_pandas(frame).with_columns(ref=None)).startswith('said="ref" is missing in 8 rows.')
    assert refused(frame.assign(ref=[" ", "?!", *frame["ref"][2:]])) == (
        'said="ref" has no word in 2 rows (punctuation is none). Leave out utterances in which nothing was said.'
    )
    assert refused(frame.assign(hyp=0.5)) == ('heard="hyp" holds 0.5, which is no text. Write every utterance as text.')
    assert refused(frame[:0]).startswith("There is no trial: the table has no rows.")
    assert refused(frame, sensitive_features=[]).startswith("sensitive_features is missing.")
    assert refused(frame[frame["gender"] == "f"]).startswith("All rows are in one group")
    assert "missing values" in refused(frame.assign(speaker=frame["speaker"].where(frame.index != 0)))


def test_an_empty_cell_of_what_was_said_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("gender,speaker,ref,hyp\nf,a,,x\nm,b,y,y\n")
    assert refused(tmp_path / "a.csv").startswith('said="ref" has no word in 1 rows')


@pytest.mark.parametrize(
    ("said", "heard", "message"),
    [
        (["a", "b"], ["a"], "said has 2 texts and heard has 1. Give one heard for each one said."),
        ("a b", ["a"], "said must be a list of texts, one an utterance, not a str."),
        (["a"], None, "heard must be a list of texts, one an utterance, not a NoneType."),
        (["a"], [1], "heard holds 1, which is no text. Write every utterance as text."),
        (["a"], [["a"]], "heard holds ['a'], which is no text. Write every utterance as text."),
        (
            ["a", None, float("nan"), pd.NA],
            ["a"] * 4,
            "said is missing in 3 rows. Leave these rows out, or write an empty text where nothing was heard.",
        ),
        (
            ["a", "..."],
            ["a", "b"],
            "said has no word in 1 rows (punctuation is none). Leave out utterances in which nothing was said.",
        ),
    ],
)
def test_texts_that_cannot_be_compared_are_refused_in_a_sentence(said, heard, message):
    with pytest.raises(AuditError) as caught:
        count_word_errors(said, heard)
    assert str(caught.value) == message


def test_without_jiwer_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jiwer", None)
    message = 'Comparing texts needs jiwer. Install it with: pip install "biasaudit[asr]"'
    assert refused() == message
    with pytest.raises(AuditError) as caught:
        count_word_errors(["a"], ["a"])
    assert str(caught.value) == message


def test_ages_are_cut_by_declared_edges():
    frame = pd.DataFrame({"age": [20, 25, 44, 50, None, 60], "said": "one two", "heard": ["one", "one two"] * 3})
    audit = ba.audit_errors(frame, said="said", heard="heard", sensitive_features="age", bins={"age": [25, 45]})
    assert audit.table.levels == (("under 25", "25 to 45", "45 or more", "(missing)"),)
    assert audit.intervals()["words"].tolist() == [12, 2, 4, 4, 2]
