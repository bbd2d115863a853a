"""The story of the recogniser on its page: dials of its own ranges, panels that wait, clips that can be played."""

import pytest

import biasaudit as ba
from biasaudit.scenarios.speech import _training as speech_training
from biasaudit.scenarios.speech._training import make_world

pytest.importorskip("espeakng_loader")
pytest.importorskip("torch")
pytestmark = pytest.mark.slow
STORY = ba.scenarios.get("speech")
QUESTIONS = (
    "1 · Who is in the training?",
    "2 · Whom does the recogniser hear?",
    "3 · What would mend it, and at what cost?",
    "4 · How many more women would close the gap?",
)


@pytest.fixture(scope="module")
def few_voices(tmp_path_factory):
    """Few voices, which speak and are trained on once for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIASAUDIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name, value in {"MEN": 30, "EACH": 3, "TAKES": 1, "FEW": 99, "OTHERS": ("german", "scotland")}.items():
            patch.setattr(speech_training, name, value)
        make_world.cache_clear()
        STORY.run().panel("model")
        yield
    make_world.cache_clear()


@pytest.fixture
def speech(dashboard, few_voices):
    app = dashboard("views/scenario_lab.py")
    app.selectbox(key="story").select("speech").run()
    assert not app.exception
    assert not app.error
    return app


def said(app):
    return [
        text.value.replace("\\", "") for text in (*app.subheader, *app.markdown, *app.caption, *app.info, *app.error)
    ]


def test_panels_follow_each_other_and_long_ones_wait(speech):
    texts = said(speech)
    for question in QUESTIONS:
        assert question in texts
    assert any(text.startswith("20 speakers are in the training: 20 men and 0 women") for text in texts)
    assert any("recognisers are trained, which takes about" in text for text in texts)
    assert {button.key for button in speech.button} >= {"try_mend", "try_enough"}
    assert "What is the truth behind it?" not in texts
    speech.toggle(key="truth").set_value(True).run()
    assert "What is the truth behind it?" in said(speech)
    assert len(speech.get("audio")) == 3


def test_a_dial_moves_who_is_in_it_and_the_code_gives_the_same(speech):
    speech.slider(key="speech_n").set_value(10)
    speech.slider(key="share_of_women").set_value(0.5).run()
    assert not speech.error
    (first,) = [text for text in said(speech) if "speakers are in the training" in text]
    assert first.startswith("10 speakers are in the training: 5 men and 5 women.")
    code = next(block.value for block in speech.code if "panel('who')" in block.value)
    made = {}
    exec(code, made)
    assert made["step"].sentences[0] == first


def test_a_case_turns_dials_of_all_kinds(speech):
    speech.slider(key="noise").set_value(20)
    speech.segmented_control(key="case_speech").set_value("One woman in five").run()
    assert not speech.exception
    assert speech.slider(key="share_of_women").value == 0.2
    assert speech.slider(key="noise").value == 10
    assert any("12 of its 60 speakers are women" in text for text in said(speech))


def test_shares_that_cannot_be_get_a_sentence(speech):
    for name in ("gb", "scotland", "rp", "german", "french", "hindi"):
        speech.slider(key=name).set_value(0.2)
    speech.run()
    assert not speech.exception
    assert any("The shares of the accents sum to 1.20" in text for text in said(speech))
