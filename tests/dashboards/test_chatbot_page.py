"""The story of the chatbot on its page: a clock that runs and pauses, and policies held against each other."""

import pytest

import biasaudit as ba

STORY = ba.scenarios.get("chatbot")


@pytest.fixture
def chatbot(dashboard):
    app = dashboard("views/scenario_lab.py")
    app.selectbox(key="story").select("chatbot").run()
    assert not app.exception, app.exception
    assert not app.error
    return app


def said(app):
    return [text.value.replace("\\", "") for text in (*app.subheader, *app.markdown, *app.caption)]


def test_panels_tell_what_it_comes_to_say(chatbot):
    texts = said(chatbot)
    for i, panel in enumerate(panel for panel in STORY.panels if not panel.hidden):
        assert f"{i + 1} · {panel.question}" in texts
    assert any(text.startswith("Half of its replies about group A are toxic in hour") for text in texts)
    assert any("Cap and filter:" in text for text in texts)
    assert any("The filter removes" in text for text in texts)
    assert {button.key for button in chatbot.button} >= {"try_language", "hours_turn"}
    assert not any("closed form?" in text for text in texts)


def test_the_clock_runs_and_pauses(chatbot):
    def now():
        return next(text for text in said(chatbot) if text.startswith("Hour "))

    assert now().startswith("Hour 1.")
    chatbot.button(key="hours_turn").click().run()
    assert chatbot.button(key="hours_turn").label == "Pause"
    first = chatbot.session_state["hours_clock"]
    chatbot.run()
    assert chatbot.session_state["hours_clock"] == first + 1
    assert now().startswith(f"Hour {first + 2}.")
    chatbot.button(key="hours_turn").click().run()
    assert chatbot.button(key="hours_turn").label == "Run"
    stopped = chatbot.session_state["hours_clock"]
    chatbot.run()
    assert chatbot.session_state["hours_clock"] == stopped
    chatbot.select_slider(key="hours_clock").set_value(19).run()
    assert now().startswith("Hour 20.")
    # At its end it begins again.
    chatbot.button(key="hours_turn").click().run()
    assert chatbot.session_state["hours_clock"] <= 2
    assert not chatbot.exception


def test_a_dial_moves_who_writes(chatbot):
    chatbot.slider(key="trolls").set_value(0).run()
    assert any("0 others come and write 0 an hour" in text for text in said(chatbot))
    assert any("Half of its replies never are." in text for text in said(chatbot))
