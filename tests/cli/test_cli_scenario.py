"""biasaudit scenario: a story told on the terminal."""

from functools import partial

import pytest

from biasaudit.scenarios import SCENARIOS

NAMES = ", ".join(scenario.name for scenario in SCENARIOS)


@pytest.fixture
def run(run):
    return partial(run, "scenario")


def test_without_a_name_they_are_listed(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    for scenario in SCENARIOS:
        assert scenario.question in out
        for preset in scenario.presets:
            assert f"Preset: {preset.name}" in out


@pytest.mark.slow
def test_a_story_fits_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    code, out, err = run(
        "hiring", "--rows", "800", "--dial", "label_bias=0.5", "--dial", "proxy_strength=.25", "--seed", "3"
    )
    assert (code, err) == (0, "")
    assert "Dials: label_bias 0.5, proxy_strength 0.25." in out
    assert "of 800 people" in out
    assert "What is the truth behind the labels?" in out
    assert max(map(len, out.splitlines())) <= 70


@pytest.mark.slow
def test_a_preset_may_be_changed(run):
    code, out, _ = run(
        "recidivism", "--rows", "800", "--preset", "Policing twice as hard", "--dial", "proxy_strength=0"
    )
    assert code == 0
    assert "Dials: policing 0.33." in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["hireing"], f'"hireing" is not a scenario. Did you mean "hiring"? Scenarios: {NAMES}.'),
        (["hiring", "--dial", "label_bias"], '--dial "label_bias" is not name=value, such as label_bias=0.4.'),
        (["hiring", "--dial", "label_bias=much"], '--dial "label_bias=much" is not a number. Give one from 0 to 1.'),
        (
            ["hiring", "--dial", "label_bias=2"],
            "label_bias=2.0 is out of range. Give a number from 0 (off) to 1 (all the way).",
        ),
    ],
)
def test_bad_input(run, arguments, sentence):
    assert run(*arguments) == (2, "", f"Error: {sentence}\n")
