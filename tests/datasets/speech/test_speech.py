"""Clips of speakers: the same for a seed, told apart by what is heard, and refused in a sentence."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import resample_poly

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.datasets.speech import _espeak as espeak, clips as speech, voices
from biasaudit.datasets.speech.audio import add_noise, add_room, log_mel, median_pitch, resample
from biasaudit.datasets.speech.clips import check_no_shared_speakers

pytest.importorskip("espeakng_loader")
make = ba.datasets.make_speech
FEW = {("man", "us"): 2, ("woman", "us"): 2}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BIASAUDIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_clips_in_another_process(tmp_path):
    asked = "make({('woman', 'us'): 2, ('man', 'scotland'): 1}, words=['one', 'nine'], takes=2, noise=20, room=0.2)"
    code = f"import biasaudit as ba; make = ba.datasets.make_speech; c = {asked}; print(repr(float(c.audio.sum())), "
    code += "c.frame.speaker.tolist())"
    here = eval(asked)
    there = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"BIASAUDIT_CACHE": str(tmp_path / "other")},
    ).stdout.strip()
    assert there == f"{float(here.audio.sum())!r} {here.frame['speaker'].tolist()}"
    assert not np.array_equal(
        here.audio,
        make(
            {("woman", "us"): 2, ("man", "scotland"): 1},
            words=["one", "nine"],
            takes=2,
            noise=20,
            room=0.2,
            random_state=1,
        ).audio,
    )


def test_more_speakers_leave_the_clips_of_the_others_as_they_are():
    few, more = make(FEW, words=["one"]), make(FEW | {("woman", "us"): 4}, words=["one"])
    for speaker in few.frame["speaker"].unique():
        mine, theirs = (c.audio[c.frame["speaker"].eq(speaker).to_numpy()] for c in (few, more))
        np.testing.assert_array_equal(mine, theirs)


def test_voices_can_be_named():
    named = make({("woman", "us"): ["f2", "f1"], ("man", "gb"): ["m3"]}, words=["one"], takes=1)
    assert named.frame["speaker"].tolist() == ["us-f2", "us-f1", "gb-m3"]
    assert named.frame["voice"].tolist() == ["f2", "f1", "m3"]


def test_clips_are_what_their_table_says():
    clips = make(FEW, words=["one", "seven"], takes=3)
    assert clips.audio.shape == (24, 16_000)
    assert clips.audio.dtype == np.float32
    assert np.abs(clips.audio).max() <= 1
    counts = clips.frame.groupby(["speaker", "word"])["take"].apply(list)
    assert len(counts) == 8
    assert all(takes == [0, 1, 2] for takes in counts)
    assert len({clip.tobytes() for clip in clips.audio}) == 24


def test_gender_is_that_of_the_measured_pitch():
    """Median pitch of en-us variants as measured before this was written: m1-m8 76-93 Hz, f1-f5 163-187 Hz."""
    by_name = {s.variant: s for s in voices.all_speakers("us")}
    men, women = [by_name[f"m{i}"] for i in range(1, 9)], [by_name[f"f{i}"] for i in range(1, 6)]
    assert all(74 <= s.pitch <= 96 and s.gender == "man" for s in men)
    assert all(160 <= s.pitch <= 192 and s.gender == "woman" for s in women)
    assert {s.gender for s in by_name.values() if s.variant in ("caleb", "Alicia")} == {"woman"}
    assert not {"whisper", "Demonic", "klatt3"} & set(by_name)


def test_no_two_speakers_are_one_voice():
    clips = make({("man", "us"): 61}, words=["nine"], takes=1)
    plain = espeak.speak([{"voice": s.voice, "clips": [["nine", 165, 50, 50]]} for s in voices.all_speakers("us")])
    assert len({clip.tobytes() for clip in plain}) > 0.95 * len(plain)
    assert clips.frame["speaker"].nunique() == 61


@pytest.mark.parametrize("accent", voices.ACCENTS, ids=lambda a: a.name)
def test_every_accent_sounds_of_its_own(accent):
    voice = voices.find_speakers(accent.name, "man", 1)[0].variant
    spelt = [(accent.words or {}).get(word, word) for word in voices.DIGITS]
    asked = [{"voice": f"{accent.voice}+{voice}", "clips": [[text, 165, 50, 50] for text in spelt]}]
    asked.append({"voice": f"en-us+{voice}", "clips": [[word, 165, 50, 50] for word in voices.DIGITS]})
    clips = espeak.speak(asked)
    alike = [a.tobytes() == b.tobytes() for a, b in zip(clips[:10], clips[10:], strict=True)]
    assert all(alike) == (accent.name == "us")


def test_a_split_shares_no_voice_in_whatever_accent():
    clips = make({("man", "us"): 5, ("woman", "us"): 4, ("woman", "new_york"): 4}, words=["one"], takes=1)
    one, other = clips.split(0.6, random_state=3)
    check_no_shared_speakers(one, other)
    assert not set(one.frame["voice"]) & set(other.frame["voice"])
    assert one.frame.loc[one.frame["gender"] == "man", "voice"].nunique() == 3
    women = clips.frame.loc[clips.frame["gender"] == "woman", "voice"].nunique()
    assert one.frame.loc[one.frame["gender"] == "woman", "voice"].nunique() == round(0.6 * women)
    assert len(one) + len(other) == len(clips)
    with pytest.raises(AuditError, match=r'The voice ".*" and 2 more is in both training and test'):
        check_no_shared_speakers(clips.take(clips.frame["gender"].eq("man").to_numpy()), one)
    # Another accent makes nobody another person.
    voice = clips.frame["voice"].eq(clips.frame.groupby("voice")["accent"].nunique().idxmax())
    us, elsewhere = (clips.take((voice & clips.frame["accent"].eq(name)).to_numpy()) for name in ("us", "new_york"))
    if len(us) and len(elsewhere):
        with pytest.raises(AuditError, match="is in both training and test"):
            check_no_shared_speakers(us, elsewhere)
    with pytest.raises(AuditError, match="Only one voice is that of a man"):
        make({("man", "us"): 1, ("woman", "us"): 2}, words=["one"], takes=1).split()
    with pytest.raises(AuditError, match=r"share=1\.5 is out of range"):
        clips.split(1.5)


def test_features_of_some_clips_are_those_of_all():
    clips = make(FEW, words=["one", "two"], takes=1)
    whole = clips.log_mel()
    np.testing.assert_array_equal(clips.take([1, 3]).log_mel(), whole[[1, 3]])


def test_what_voices_sound_like_is_heard_once(own_cache, monkeypatch):
    voices.all_speakers.cache_clear()
    first = voices.find_speakers("us", "woman", 18)
    monkeypatch.setattr(voices, "speak", None)
    voices.all_speakers.cache_clear()
    assert voices.find_speakers("us", "woman", 18) == first
    assert list(own_cache.glob("voices-*.npz"))


def test_a_torn_cache_is_made_anew_and_one_that_cannot_be_written_is_said(own_cache, monkeypatch):
    first = make(FEW, words=["one"])
    (path,) = own_cache.glob("speech-*.npz")
    path.write_bytes(path.read_bytes()[:1_000])
    np.testing.assert_array_equal(make(FEW, words=["one"]).audio, first.audio)
    assert path.stat().st_size > 1_000
    spoken = []
    monkeypatch.setattr(speech, "speak", lambda asked: spoken.append(asked))
    np.testing.assert_array_equal(make(FEW, words=["one"]).audio, first.audio)
    assert spoken == []
    monkeypatch.undo()
    assert first.frame["voice"].nunique() == 4
    blocked = own_cache / "file"
    blocked.write_text("")
    monkeypatch.setenv("BIASAUDIT_CACHE", str(blocked / "below"))
    with pytest.warns(UserWarning, match="Speech is not kept, since"):
        again = make(FEW, words=["one"])
    np.testing.assert_array_equal(again.audio, first.audio)
    assert list(own_cache.glob("*.part")) == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"speakers": {("man", "us"): 0}}, "Nobody speaks"),
        ({"speakers": {}}, "Nobody speaks"),
        ({"speakers": {"man": 3}}, "Name a gender and an accent"),
        ({"speakers": {("boy", "us"): 3}}, "Name a gender and an accent"),
        ({"speakers": {("man", "us"): 1.5}}, "Give a whole number of 0 or more"),
        ({"speakers": {("woman", "us"): ["f1", "m1"]}}, '"m1" is not a voice of a woman in the accent "us".'),
        ({"speakers": {("woman", "us"): ["f1", 2]}}, "or names of voices"),
        ({"speakers": {("man", "usa"): 2}}, 'is not an accent. Did you mean "us"'),
        ({"speakers": {("woman", "us"): 90}}, "different voices for woman"),
        ({"words": []}, "is no list of words"),
        ({"words": "one"}, "is no list of words"),
        ({"words": ["one", "one"]}, 'lists "one" twice'),
        ({"words": ["one", " "]}, "is no list of words"),
        ({"words": ["bread"], "speakers": {("man", "german"): 2}}, "knows how to say zero"),
        ({"words": ["-"]}, "silent"),
        ({"takes": 0}, "takes=0 is out of range"),
        ({"takes": 100_000}, "at most 200,000 fit"),
        ({"noise": float("nan")}, "noise=nan is out of range"),
        ({"room": 9}, "room=9 is out of range"),
        ({"random_state": -1}, "is not a seed"),
    ],
)
def test_what_cannot_be_spoken_is_refused(asked, sentence):
    with pytest.raises(AuditError) as caught:
        make(**{"speakers": FEW} | asked)
    assert sentence in str(caught.value)


def test_an_unknown_variant_is_not_spoken_in_the_plain_voice():
    with pytest.raises(AuditError, match='has no voice variant "nope"'):
        espeak.speak([{"voice": "en-us+nope", "clips": [["one", 165, 50, 50]]}])
    with pytest.raises(AuditError, match='voice "xx" is not there'):
        espeak.speak([{"voice": "xx", "clips": [["one", 165, 50, 50]]}])


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(AuditError, match=r'pip install "biasaudit\[speech\]"'):
        make(FEW, words=["never spoken"])


def test_noise_has_the_ratio_asked_for_and_a_room_rings():
    rng = np.random.default_rng(0)
    tone = np.sin(np.arange(16_000) / 5).astype(np.float32)[None] * 0.3
    noise = add_noise(tone, 10, rng) - tone
    assert 10 * np.log10((tone**2).mean() / (noise**2).mean()) == pytest.approx(10, abs=0.01)
    click = np.zeros((1, 16_000), np.float32)
    click[0, 0] = 1
    tail = add_room(click, 0.5, 16_000, rng)[0].astype(float) ** 2
    fall = 10 * np.log10(tail[200:1_000].mean() / tail[6_000:6_800].mean())
    assert fall == pytest.approx(60 * 5_800 / 8_000, abs=6)


@pytest.mark.parametrize("hertz", [80, 130, 190, 310])
def test_pitch_of_a_buzz(hertz):
    time = np.arange(16_000) / 16_000
    buzz = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 8)).astype(np.float32)
    assert median_pitch(buzz, 16_000) == pytest.approx(hertz, rel=0.02)
    assert np.isnan(median_pitch(np.zeros(16_000, np.float32), 16_000))


def test_log_mel_is_that_of_the_textbook():
    rng = np.random.default_rng(1)
    audio = rng.standard_normal((2, 4_000)).astype(np.float32) * 0.1
    found = log_mel(audio, 16_000)
    assert found.shape == (2, 40, 1 + (4_000 - 400) // 160)
    edges = 700 * (10 ** (np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + 8_000 / 700), 42) / 2595) - 1)
    frame = audio[1, 3 * 160 : 3 * 160 + 400] * np.hanning(400)
    power = np.abs(np.fft.rfft(frame, 512)) ** 2
    for band in (0, 17, 39):
        low, middle, high = edges[band : band + 3]
        total = 0.0
        for k, p in enumerate(power):
            f = k * 16_000 / 512
            if low < f <= middle:
                total += p * (f - low) / (middle - low)
            elif middle < f < high:
                total += p * (high - f) / (high - middle)
        assert found[1, band, 3] == pytest.approx(np.log(total + 1e-6), abs=1e-3)


def test_resampling_keeps_a_tone():
    tone = (np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050) * 20_000).astype(np.int16)
    out = resample(tone, 22_050, 16_000)
    assert len(out) == 16_000
    peak = np.abs(np.fft.rfft(out)).argmax()
    assert peak == 440
    np.testing.assert_array_equal(out, resample_poly(tone.astype(np.float32) / 32_768, 320, 441))


def test_another_pitch_moves_the_harmonics_and_leaves_the_formants():
    """A buzz of 200 Hz through one resonance at 1,500 Hz, heard at 1.5 times its pitch."""
    rate = 16_000
    time = np.arange(rate // 2) / rate
    heights = {200 * k: np.exp(-(((200 * k - 1_500) / 400) ** 2)) for k in range(1, 30)}
    buzz = sum(a * np.sin(2 * np.pi * f * time) for f, a in heights.items()).astype(np.float32)[None] * 0.2
    asked = {"bands": 200, "size": 0.064}
    same, other = (log_mel(buzz, rate, **asked, pitch=np.array([factor])) for factor in (1.0, 1.5))
    ends = 2595 * np.log10(1 + np.array([60, 8_000]) / 700)
    middles = 700 * (10 ** (np.linspace(*ends, 202)[1:-1] / 2595) - 1)
    for features, pitch in ((same, 200), (other, 300)):
        shape = features[0].mean(axis=1)
        peaks = [m for i, m in enumerate(middles[1:-1], 1) if shape[i] > max(shape[i - 1], shape[i + 1]) and m < 2_500]
        near = np.array([peak for peak in peaks if peak > 700])
        np.testing.assert_allclose(near / pitch, np.round(near / pitch), atol=0.12)
        assert abs(middles[shape.argmax()] - 1_500) <= 160
    np.testing.assert_allclose(same, log_mel(buzz, rate, **asked), atol=1e-3)
