"""Every story has its page: it opens, moves with its dials, and trains nothing before somebody asks."""

import time

import pytest

from biasaudit.lessons import lesson_of
from biasaudit.scenarios import SCENARIOS, TableScenario


@pytest.fixture(scope="module")
def stories():
    # Voices are synthesised where the speech story opens: it has tests of its own.
    return [scenario for scenario in SCENARIOS if scenario.name != "speech"]


def said(app):
    return [text.value.replace("\\", "") for text in (*app.subheader, *app.markdown)]


def test_stories_open_one_after_the_other(dashboard, stories):
    app = dashboard("views/scenario_lab.py")
    for scenario in (*stories, stories[0]):
        app.selectbox(key="story").select(scenario.name).run()
        assert not app.exception, app.exception
        assert not app.error, app.error
        texts = said(app)
        assert any(scenario.story[:40] in text for text in texts)
        for dial in scenario.dials:
            assert any(slider.label == dial.label for slider in app.slider)
        lesson = f"biasaudit learn {lesson_of(scenario.name).name}"
        assert any(text.value.replace("\\", "").endswith(lesson) for text in app.caption)
        if not isinstance(scenario, TableScenario):
            assert f"1 · {scenario.panels[0].question}" in texts
        assert scenario.question


def test_a_limit_waits_until_it_is_asked_for(dashboard, monkeypatch):
    pytest.importorskip("torch")
    from biasaudit.scenarios.limits import _compression as compression

    monkeypatch.setattr(compression, "SEEDS", 3)
    app = dashboard("views/scenario_lab.py")
    app.selectbox(key="story").select("compression").run()
    assert any("Models of several seeds are trained" in text for text in said(app))
    assert {button.key for button in app.button} >= {"try_limit", "try_cure"}
    app.slider(key="compression_n").set_value(300).run()
    app.button(key="try_limit").click().run()
    while any(button.key == "cancel_limit" for button in app.button):
        time.sleep(0.2)
        app.run()
    assert any("turned digits go from" in text for text in said(app))
    # The cure stands on the same trainings, so it does not have to be asked for again.
    app.run()
    assert not any(button.key == "try_cure" for button in app.button)
