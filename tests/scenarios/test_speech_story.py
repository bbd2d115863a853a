"""The speech story: nobody is tested whose voice was learnt, trainings are kept, and who is misheard is told."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.scenarios.speech import _training as speech_training
from biasaudit.scenarios.speech._mitigation import SpeechMitigation
from biasaudit.scenarios.speech._training import FOLDS, OTHERS, Training, WorldKey, make_world, share_out

pytest.importorskip("espeakng_loader")
pytest.importorskip("torch")
pytestmark = pytest.mark.slow
STORY = ba.scenarios.get("speech")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Few voices and an empty cache; all that is trained stays in this process."""
    patch = pytest.MonkeyPatch()
    patch.setenv("BIASAUDIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    for name, value in {"MEN": 24, "EACH": 3, "TAKES": 2, "FEW": 99, "OTHERS": ("german", "scotland")}.items():
        patch.setattr(speech_training, name, value)
    make_world.cache_clear()
    yield patch
    patch.undo()
    make_world.cache_clear()


@given(st.integers(8, 20), st.floats(0, 0.5), st.lists(st.floats(0, 0.2), min_size=5, max_size=5))
def test_speakers_are_shared_out_whole(n, share, shares):
    accents = dict(zip(OTHERS, shares, strict=False))
    found = share_out(n, share, accents)
    assert all(count > 0 for _, _, count in found)
    assert sum(count for _, _, count in found) == n
    assert sum(count for gender, _, count in found if gender == "woman") == round(n * share)
    for name, wanted in accents.items():
        assert abs(sum(count for _, accent, count in found if accent == name) - n * wanted) < 1


def test_shares_above_everybody_are_refused():
    with pytest.raises(AuditError, match=r"The shares of the accents sum to 1\.40\. Lower some: 1 is everybody\."):
        STORY.run(**dict.fromkeys(OTHERS[:7], 0.2))


def test_every_voice_is_tested_once_by_a_training_that_never_met_it(small):
    world = make_world(WorldKey(10.0, 0))
    frame = world.clips.frame
    for deal in range(2):
        fold = world.fold_of(deal)
        assert (frame.assign(fold=fold).groupby("voice")["fold"].nunique() == 1).all()
        assert set(fold) == set(range(FOLDS))
        for third in range(FOLDS):
            speakers = (("man", "us", 8), ("woman", "scotland", 1), ("woman", "us", 3))
            chosen = world.chosen(Training(speakers, "plain", deal, third))
            people = frame[chosen].drop_duplicates("speaker")
            assert people.groupby(["gender", "accent"]).size().to_dict() == {(g, a): n for g, a, n in speakers}
            assert not set(people["voice"]) & set(frame["voice"][fold == third])
            assert people["voice"].nunique() == len(people)
    assert not np.array_equal(world.fold_of(0), world.fold_of(1))


def test_more_women_are_added_to_those_who_are_there(small):
    world = make_world(WorldKey(10.0, 0))
    frame = world.clips.frame
    few, more = (world.chosen(Training((("man", "us", 8), ("woman", "us", n)), "plain", 0, 0)) for n in (2, 6))
    assert set(frame["speaker"][few]) < set(frame["speaker"][more])


def test_voices_that_are_not_there_are_refused(small):
    with pytest.raises(AuditError, match=r"asks for 13 voices that are a woman's with the accent us, and only 12"):
        make_world(WorldKey(10.0, 0)).chosen(Training((("woman", "us", 13),), "plain", 0, 0))


@pytest.fixture(scope="module")
def run(small):
    return STORY.run(n=10)


def test_women_are_misheard_by_who_learnt_from_men(run):
    step = run.panel("model")
    assert step.question == "Whom does the recogniser hear?"
    by_gender = next(f for f in step.findings if f.metric == "error_rate" and list(f.group) == ["gender"])
    assert by_gender.verdict == "shown"
    rows = run.audit.intervals()
    error = {g["gender"]: e for g, e in zip(rows["group"], rows["estimate"], strict=True) if list(g) == ["gender"]}
    assert error["woman"] > error["man"] + 0.1
    # As sure as there are voices, which speak in several accents each.
    frame = run.world.clips.frame
    everyone = rows[[not g for g in rows["group"]]].iloc[0]
    assert everyone["clusters"] == frame["voice"].nunique() < frame["speaker"].nunique()
    assert everyone["trials"] == len(frame)


def test_half_women_close_the_gap(small, run):
    half = STORY.run(n=10, share_of_women=0.5)
    gap = {}
    for name, one in (("none", run), ("half", half)):
        rows = one.audit.disparities("error_rate").query("kind == 'pair' and comparison == 'difference'")
        gap[name] = next(r["estimate"] for r in rows.to_dict("records") if r["group"] == {"gender": "woman"})
    assert abs(gap["half"]) < gap["none"] / 2
    assert "5 men and 5 women" in half.panel("who").sentences[0]


def test_what_was_trained_is_kept_and_a_story_can_be_stopped(small, run):
    heard = run.audit.intervals()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speech_training, "_train", None)
        again = STORY.run(n=10)
        pd.testing.assert_frame_equal(again.audit.intervals(), heard)
        assert again.effort("who") == again.effort("model") == ""
        assert re.fullmatch(r"\d+ recognisers are trained, which takes about \d+ seconds here\.", again.effort("mend"))
        # Looking at it trains nothing.
        assert 'seconds here. Ask for panel("mend").' in repr(again)

    class EnoughError(Exception):
        pass

    missing = int(run.effort("mend").split()[0])

    def stop(done, total, name):
        assert total == missing
        if done:
            assert name.startswith("10 speakers, ")
            raise EnoughError

    with pytest.raises(EnoughError):
        run.mended(stop)
    # What had ended is kept.
    assert run.effort("mend").startswith(f"{missing - 1} recognisers")


def test_who_is_in_the_training_can_be_heard(run):
    step = run.panel("who")
    assert step.sentences == (
        "10 speakers are in the training: 10 men and 0 women. All speak with the accent of the United States.",
    )
    assert step.plots[0].title == "Too few of woman: 0.0 % of the data, 50.0 % of the population"
    assert [sound.words.split(" says")[0] for sound in step.sounds] == [
        "A man (us)",
        "A woman (us)",
        "A woman (scotland)",
    ]
    for sound in step.sounds:
        assert 0.05 < np.abs(sound.audio).max() <= 1.5
        assert sound.plot.to_frame().shape == (98, 41)


def made_up(rng, gaps, voices=30, clips=60):
    """Errors of women and men under ways of training, with voices that differ."""
    rows = []
    for gender in ("man", "woman"):
        for v in range(voices):
            base = np.clip(rng.normal(0.1, 0.03), 0.01, 0.9)
            for way, gap in gaps.items():
                wrong = rng.random(clips) < base + gap * (gender == "woman")
                rows += [(way, gender, ("us", "gb")[i % 2], f"{gender}{v}", int(w)) for i, w in enumerate(wrong)]
    return pd.DataFrame(rows, columns=["way", "gender", "accent", "voice", "wrong"])


def test_what_mends_is_told_from_what_does_not():
    heard = made_up(np.random.default_rng(0), {"unmitigated": 0.3, "balanced": 0.0, "pitch": 0.3}, clips=600)
    mended = SpeechMitigation(heard)
    gaps = mended.gaps().query("gap == 'gender'").set_index("way")
    raw = heard[heard["accent"] == "us"].groupby(["way", "gender"])["wrong"].mean().unstack()
    np.testing.assert_allclose(gaps["estimate"], (raw["woman"] - raw["man"])[gaps.index])
    assert gaps["verdict"].to_dict() == {"unmitigated": "", "balanced": "shown", "pitch": "not shown"}
    assert (gaps["low"] < gaps["estimate"]).all()
    assert (gaps["estimate"] < gaps["high"]).all()
    balanced, pitch = mended.findings()
    assert balanced.verdict == "shown"
    assert re.match(
        r"As many women as men: women of the United States are misheard -?[\d.]+ points (more|less) often "
        r"than men, [23]\d\.\d before",
        balanced.sentence,
    )
    assert pitch.sentence.startswith("Other pitches")
    assert "“as many women as men”" in mended.title()


def test_changes_are_as_sure_as_voices_that_are_the_same_in_both():
    heard = made_up(np.random.default_rng(1), {"unmitigated": 0.3, "balanced": 0.3})
    heard = pd.concat([heard[heard["way"] == "unmitigated"].assign(way=way) for way in ("unmitigated", "balanced")])
    row = SpeechMitigation(heard).gaps().query("way == 'balanced' and gap == 'gender'").iloc[0]
    assert row["change"] == row["change_low"] == row["change_high"] == 0
    assert row["high"] > row["low"]


def test_too_few_voices_left_to_add_are_said(small):
    with pytest.raises(AuditError, match="Nearly all women's voices that there are stand in the training already"):
        STORY.run(n=20, share_of_women=0.5).learning()


def test_bad_input(monkeypatch):
    run = STORY.run()
    with pytest.raises(AuditError, match=r'"modell" is not a part of this story\. Did you mean "model"\? Parts: who, '):
        run.panel("modell")
    with pytest.raises(AuditError, match=r"n=100 is out of range\. Give a number from 8 to 20\."):
        STORY.run(n=100)
    with pytest.raises(AuditError, match=r"share_of_women=1 is out of range\. Give a number from 0 to 0\.5\."):
        STORY.run(share_of_women=1)
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    make_world.cache_clear()
    with pytest.raises(AuditError, match=r'pip install "biasaudit\[speech\]"'):
        STORY.run(noise=35, random_state=77).panel("who")
