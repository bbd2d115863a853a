"""The story of the recogniser in a real browser: clips play, panels wait until they are asked for, dials move."""

from urllib.parse import quote_plus

import pytest

import biasaudit as ba

# A link names a story as the page does.
STORY = "/scenario?story=" + quote_plus(ba.scenarios.get("speech").title)
# Voices are synthesised and recognisers trained when they are first looked at.
PATIENT = 120_000


@pytest.fixture
def story(visit):
    pytest.importorskip("espeakng_loader")
    pytest.importorskip("torch")
    visitor = visit()
    visitor.page.set_default_timeout(PATIENT)
    return visitor


def test_clips_play_and_whom_it_hears_is_told(story):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = story.open(STORY)
    page.get_by_text("Tested on 5,220 clips").wait_for()
    story.settle()
    assert "20 speakers are in the training: 20 men and 0 women" in story.text
    assert page.locator("audio").count() == 3
    length = page.evaluate("""async () => {
        const audio = document.querySelector('audio');
        if (audio.readyState < 1) await new Promise(done => audio.addEventListener('loadedmetadata', done));
        return audio.duration;
    }""")
    assert length == pytest.approx(1.0, abs=0.05)
    assert "Rate of words heard wrong, of all words spoken" in story.text
    assert page.get_by_role("button", name="Try them").count() >= 2
    found = axe.run(page).response["violations"]
    ours = {v["id"] for v in found if v["impact"] in ("serious", "critical")}
    assert ours <= {"list", "listitem", "scrollable-region-focusable", "nested-interactive", "aria-allowed-attr"}


def test_what_mends_can_be_cancelled_and_dials_move(story):
    page = story.open(STORY)
    page.get_by_text("20 speakers are in the training: 20 men and 0 women").wait_for()
    page.get_by_role("button", name="Try them").first.click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Stopped. Nothing was kept").wait_for()
    page.get_by_text("Half women", exact=True).click()
    page.get_by_text("20 speakers are in the training: 10 men and 10 women").wait_for()
    story.settle()
    assert "share_of_women=0.5" in page.url
    page.locator(".st-key-speech_n").get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("19 speakers are in the training: 9 men and 10 women").wait_for()
