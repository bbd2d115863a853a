"""Errors over trials: as sure as there are speakers, and the same from every engine."""

import json
from functools import reduce
from operator import add

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.counts.error_counts import count_errors

ASKED = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}


def speech(speakers=20, spread=0.1, mean=0.3, words=60, gap=0.0, seed=0, utterances=3):
    """Make speakers whose own error rates are Beta-distributed about the mean of their group."""
    rng = np.random.default_rng(seed)
    parts = []
    for gender, centre in (("f", mean + gap), ("m", mean)):
        rate = rng.beta(centre * (1 - spread) / spread, (1 - centre) * (1 - spread) / spread, speakers)
        said = rng.integers(words // 2, 2 * words, (speakers, utterances))
        wrong = rng.binomial(said, rate[:, None])
        names = np.repeat([f"{gender}{i}" for i in range(speakers)], utterances)
        parts.append(pd.DataFrame({"gender": gender, "speaker": names, "wrong": wrong.ravel(), "words": said.ravel()}))
    return pd.concat(parts, ignore_index=True)


def rows(audit):
    return {tuple(row["group"].values()): row for row in audit.intervals().to_dict("records")}


def test_totals_are_those_of_the_table():
    frame = speech()
    for key, row in rows(ba.audit_errors(frame, **ASKED)).items():
        part = frame if not key else frame[frame["gender"] == key[0]]
        assert row["errors"] == part["wrong"].sum()
        assert row["trials"] == part["words"].sum()
        assert row["clusters"] == part["speaker"].nunique()
        assert row["estimate"] == pytest.approx(part["wrong"].sum() / part["words"].sum(), abs=1e-12)


def test_without_speakers_it_is_the_audit_of_every_trial_on_its_own():
    frame = speech(speakers=6, words=10)
    single = frame.loc[frame.index.repeat(frame["words"])]
    order = single.groupby(level=0).cumcount()
    single = single.assign(went_wrong=(order < single["wrong"]).astype(int))
    known = ba.audit_predictions(single[["gender", "went_wrong"]], y_pred="went_wrong", sensitive_features="gender")
    audit = ba.audit_errors(frame, errors="wrong", trials="words", sensitive_features="gender")
    names = ["numerator", "denominator", "estimate", "low", "high"]
    for mine, theirs, columns in (
        (audit.rates(), known.rates(), names),
        (audit.disparities(), known.disparities(), ["estimate", "low", "high", "p_value", "smallest_detectable"]),
    ):
        mine, theirs = mine[mine["metric"] == "error_rate"], theirs[theirs["metric"] == "selection_rate"]
        np.testing.assert_allclose(mine[columns].astype(float), theirs[columns].astype(float), rtol=1e-12)
    assert audit.rates()["low"].tolist() == audit.naive().rates()["low"].tolist()
    assert "name cluster=" in audit.warnings[0]


def test_the_variance_is_that_of_a_ratio_of_totals():
    """Against the textbook's linearisation, with statsmodels' cluster-robust variance of a weighted mean as oracle."""
    sm = pytest.importorskip("statsmodels.api")
    frame = speech(speakers=60, utterances=1)
    for gender, part in frame.groupby("gender"):
        fit = sm.WLS(part["wrong"] / part["words"], np.ones(len(part)), weights=part["words"]).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(part["speaker"])[0], "use_correction": True}
        )
        row = rows(ba.audit_errors(frame, **ASKED))[(gender,)]
        share, trials = row["estimate"], row["trials"]
        assert share == pytest.approx(fit.params.iloc[0], rel=1e-10)
        variance = share * (1 - share) / trials * row["design_effect"]
        assert variance == pytest.approx(float(fit.bse.iloc[0]) ** 2, rel=0.02)


@pytest.mark.parametrize(("speakers", "spread", "mean"), [(10, 0.05, 0.1), (20, 0.3, 0.5), (40, 0.1, 0.3)])
def test_intervals_hold_the_truth_where_those_that_ignore_speakers_do_not(speakers, spread, mean):
    held = {"low": 0, "naive_low": 0}
    runs = 150
    for seed in range(runs):
        # Of all tables in memory Polars' are counted in the least time.
        frame = pl.from_pandas(speech(speakers, spread, mean, seed=seed, utterances=1))
        found = ba.audit_errors(frame, **ASKED).intervals()[1:]
        for low, high in (("low", "high"), ("naive_low", "naive_high")):
            held[low] += int(((found[low] <= mean) & (mean <= found[high])).sum())
    # Of 300 intervals; 0.93 within what so many can tell.
    assert held["low"] >= stats.binom.ppf(0.001, 2 * runs, 0.93)
    assert held["naive_low"] < 0.75 * 2 * runs


def test_no_gap_is_called_shown_where_speakers_alone_differ():
    frames = (pl.from_pandas(speech(12, 0.2, 0.3, seed=seed, utterances=1)) for seed in range(100))
    calls = [(ba.audit_errors(frame, **ASKED).disparities()["verdict"] == "shown").any() for frame in frames]
    assert sum(calls) <= stats.binom.ppf(0.999, 100, 0.05)


def test_a_gap_that_is_there_is_shown_by_many_speakers_and_cannot_be_told_by_few():
    many = ba.audit_errors(speech(60, 0.05, 0.2, gap=0.2), **ASKED)
    assert "People fare differently by gender: rate of wrong is " in many.report().headline
    three = pd.DataFrame({"gender": list("fffmmm"), "speaker": list("abcdef"), "words": 1_000})
    few = ba.audit_errors(three.assign(wrong=[100, 300, 500, 50, 150, 250]), **ASKED)
    assert set(few.disparities()["verdict"]) == {"cannot tell"}
    assert any("Fewer than 10 of speaker: f (3), m (3)" in text for text in few.warnings)
    naive = few.naive().disparities()
    assert (naive["verdict"] == "shown").any()


@given(st.permutations(range(60)), st.integers(1, 5))
@settings(max_examples=15)
def test_neither_order_nor_how_utterances_are_cut_matters(order, parts):
    frame = speech(speakers=10)
    first = ba.audit_errors(frame, **ASKED).rates()
    cut = pd.concat(
        [frame.assign(wrong=frame["wrong"] // parts, words=frame["words"] // parts)] * (parts - 1)
        + [
            frame.assign(
                wrong=frame["wrong"] - frame["wrong"] // parts * (parts - 1),
                words=frame["words"] - frame["words"] // parts * (parts - 1),
            )
        ]
    ).iloc[[*order, *range(60, 60 * parts)]]
    pd.testing.assert_frame_equal(ba.audit_errors(cut, **ASKED).rates(), first)


def test_every_engine_counts_alike():
    frame = speech(speakers=8)
    expected = ba.audit_errors(frame, **ASKED).disparities()
    connection = duckdb.connect()
    connection.register("frame", frame)
    for data in (
        pl.from_pandas(frame),
        pl.from_pandas(frame).lazy(),
        pa.Table.from_pandas(frame),
        connection.table("frame"),
    ):
        pd.testing.assert_frame_equal(ba.audit_errors(data, **ASKED).disparities(), expected)


def test_two_sites_add_their_tables():
    frame = speech(speakers=10)
    halves = [frame[frame["gender"].eq("f") & ~frame["speaker"].isin(["f1"]) | frame["speaker"].eq("m1")]]
    halves.append(frame.drop(halves[0].index))
    asked = {name: ASKED[name] for name in ("errors", "trials")} | {"features": ["gender"]}
    both = reduce(add, [count_errors(nw.from_native(half), **asked) for half in halves])
    whole = count_errors(nw.from_native(frame), **asked)
    assert both.rows.tolist() == whole.rows.tolist()


def test_several_features_are_crossed():
    frame = speech().assign(accent=lambda f: np.where(f["speaker"].str[-1].isin(list("13579")), "us", "uk"))
    audit = ba.audit_errors(frame, **ASKED | {"sensitive_features": ["gender", "accent"]}, reference={"accent": "us"})
    groups = [tuple(group.values()) for group in audit.intervals()["group"]]
    assert ("f", "uk") in groups
    pairs = audit.disparities()
    assert {tuple(row) for row in pairs[pairs["kind"] == "pair"]["reference"].map(dict.keys)} >= {("accent",)}


def test_reports_name_what_was_counted(tmp_path):
    audit = ba.audit_errors(speech(), **ASKED)
    document = json.loads(audit.to_json(tmp_path / "a.json"))
    assert {row["metric"] for row in document["rates"]} == {"error_rate", "share_of_data"}
    assert "Of all words, the share counted as wrong" in audit.to_markdown(tmp_path / "a.md")
    assert " words were read." in audit.to_html(tmp_path / "a.html")
    assert "nan" not in repr(audit).lower()


def test_words_follow_what_was_given():
    hires = pd.DataFrame({"sex": list("fm") * 4, "dept": list("aabbccdd"), "hired": [2, 9] * 4, "asked": 20})
    asked = {"errors": "hired", "trials": "asked", "sensitive_features": "sex"}
    for cluster in (None, "dept"):
        audit = ba.audit_errors(hires, **asked, cluster=cluster)
        text = audit.to_markdown().split("## How to read this")[0].lower()
        assert "### rate of hired by sex" in text
        assert "of all asked, the share counted as hired" in text
        assert not [word for word in ("error rate", "went wrong", "words", "speaker", "people say") if word in text]
    assert "Fewer than 10 of dept: f (4), m (4). So few say little about a group, however many asked each has." in (
        audit.warnings
    )
    assert ba.audit_errors(hires, **asked).warnings[0].startswith("All asked are taken for independent ones.")


def test_a_row_a_trial_needs_no_column_of_trials():
    frame = pd.DataFrame({"g": list("ab") * 50, "wrong": [0, 1, 0, 0] * 25})
    audit = ba.audit_errors(frame, errors="wrong", sensitive_features="g")
    assert audit.intervals()["trials"].tolist() == [100, 50, 50]
    assert audit.intervals()["estimate"].tolist() == [0.25, 0.0, 0.5]


def refused(frame=None, **changed):
    with pytest.raises(AuditError) as caught:
        ba.audit_errors(speech(speakers=4) if frame is None else frame, **ASKED | changed)
    return str(caught.value)


def test_what_cannot_be_counted_is_refused_in_a_sentence():
    frame = speech(speakers=4)
    assert 'errors="worng" is not a column. Did you mean "wrong"?' in refused(errors="worng")
    assert 'trials="gender" holds no numbers' in refused(trials="gender")
    assert "negative or no whole number in 1 rows" in refused(
        frame.assign(wrong=frame["wrong"].where(frame.index != 3, -1))
    )
    assert "no whole number in 24 rows" in refused(frame.assign(words=frame["words"] + 0.5))
    assert "missing" in refused(frame.assign(words=frame["words"].astype(float).where(frame.index != 3)))
    assert 'trials="words" is 0 in every row' in refused(frame.assign(words=0, wrong=0))
    assert "There is no trial: the table has no rows" in refused(frame[:0])
    assert "All rows are in one group" in refused(frame[frame["gender"] == "f"])
    assert "missing values" in refused(frame.assign(speaker=frame["speaker"].where(frame.index != 0)))
    assert "not a list" not in refused(confidence=2)
    assert "must be the name of a column, not a dict" in refused(sensitive_features={"gender": 1})
    assert 'reference gender="x" is not a group' in refused(reference={"gender": "x"})


def test_more_errors_than_trials_name_the_speaker():
    frame = speech(speakers=4)
    frame.loc[frame["speaker"] == "m2", "wrong"] = 500
    said = refused(frame)
    assert said.startswith('speaker "m2" (gender=m) has ')
    assert "the match error rate" in said


def test_a_single_speaker_leaves_the_uncertainty_unknown():
    frame = speech(speakers=4)
    found = rows(ba.audit_errors(frame[~frame["speaker"].isin(["f1", "f2", "f3"])], **ASKED))[("f",)]
    assert np.isnan(found["low"])
    assert found["naive_low"] > 0


def test_tatmans_captions_and_hillenbrands_listeners():
    """Published: 592 of 1,244 words of women right, 741 of 1,223 of men; vowels of men heard right 94.60 %."""
    try:
        captions, vowels = ba.datasets.fetch_caption_accuracy(), ba.datasets.fetch_vowels()
    except AuditError:
        pytest.skip("the files are not at hand")
    audit = ba.audit_errors(
        captions, errors="words_wrong", trials="words", sensitive_features="gender", cluster="speaker"
    )
    found = {key[0]: row for key, row in rows(audit).items() if key}
    assert [found["woman"]["trials"] - found["woman"]["errors"], found["woman"]["trials"]] == [592, 1244]
    assert [found["man"]["trials"] - found["man"]["errors"], found["man"]["trials"]] == [741, 1223]
    assert set(audit.disparities()["verdict"]) == {"shown"}
    heard = ba.audit_errors(vowels, errors="heard_wrong", trials="heard", sensitive_features="group", cluster="talker")
    right = {key[0]: 100 * (1 - row["estimate"]) for key, row in rows(heard).items() if key}
    assert right["men"] == pytest.approx(94.60, abs=0.005)
    assert right["women"] == pytest.approx(95.58, abs=0.005)
