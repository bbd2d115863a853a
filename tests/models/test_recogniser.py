"""Recognisers of words: whom they hear depends on whom they have heard."""

import sys

import numpy as np
import pytest

import biasaudit as ba
from biasaudit import AuditError

pytest.importorskip("espeakng_loader")
torch = pytest.importorskip("torch")
from biasaudit.models.speech import METHODS, WordRecogniser, _warped  # noqa: E402
from biasaudit.models.sphinx import PocketSphinx  # noqa: E402

WORDS = ["one", "four", "seven", "nine"]


@pytest.fixture(scope="module")
def parts():
    clips = ba.datasets.make_speech({("man", "us"): 12, ("woman", "us"): 8}, words=WORDS, takes=3)
    return clips.split(0.5)


def test_words_of_unseen_voices_are_heard(parts):
    train, test = parts
    errors = WordRecogniser(epochs=25).fit(train).errors(test)
    assert errors["wrong"].mean() < 0.25
    assert (errors["wrong"] == (errors["heard"] != errors["word"])).all()
    audit = ba.audit_errors(errors, errors="wrong", sensitive_features="gender", cluster="speaker")
    assert audit.intervals()["clusters"].tolist() == [10, 6, 4]


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_gives_one_model_and_leaves_the_world_alone(parts, method):
    train, test = parts
    state = torch.get_rng_state()
    one, other = (WordRecogniser(method, epochs=2, random_state=3).fit(train).predict(test) for _ in range(2))
    assert (one == other).all()
    assert torch.equal(state, torch.get_rng_state())


def test_warping_moves_a_band_and_keeps_the_rest():
    features = torch.zeros(200, 40, 5)
    features[:, 20] = 1
    warped = _warped(features)
    middles = (warped.sum(2) * torch.arange(40)).sum(1) / warped.sum((1, 2))
    assert 16 < float(middles.min()) < 19.5 < 20.5 < float(middles.max()) < 24
    np.testing.assert_allclose(_warped(torch.ones(3, 40, 5)).numpy(), 1, rtol=1e-5)


def test_what_cannot_be_trained_is_refused(parts):
    with pytest.raises(AuditError, match=r'"vtpl" is not a method. Did you mean "vtlp"\?'):
        WordRecogniser("vtpl")
    with pytest.raises(AuditError, match="There is one word to learn"):
        WordRecogniser().fit(parts[0].take(parts[0].frame["word"].eq("one").to_numpy()))
    with pytest.raises(AuditError, match="has not been trained"):
        WordRecogniser().predict(parts[1])


def test_pocketsphinx_hears_words_it_was_told_of(parts):
    pytest.importorskip("pocketsphinx")
    errors = PocketSphinx(WORDS).errors(parts[1])
    assert set(errors["heard"]) <= {*WORDS, ""}
    assert errors["wrong"].mean() < 0.6
    for words, sentence in (
        (["sevven"], "is not in its dictionary"),
        ([], "no word was given"),
        (["one | two"], "is not a word in small letters"),
    ):
        with pytest.raises(AuditError, match=sentence):
            PocketSphinx(words)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(AuditError, match=r"biasaudit\[asr\]"):
        PocketSphinx(WORDS)
