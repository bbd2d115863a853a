"""The figures of the stories as they open: their gap, and every sentence and table of their parts."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from audit_figures import (
    audit_sections,
    comparison_sections,
    data_sections,
    finding_lines,
    frame_section,
    step_sections,
)
from figure_lines import COUNTED, Kind, Section, sentence_lines

from biasaudit.scenarios import SCENARIOS, TableScenario
from biasaudit.scenarios.chatbot import _language as chatbot_language
from biasaudit.scenarios.limits import LIMITS
from biasaudit.scenarios.speech import _training as speech_training

__all__ = ["STORIES", "story_figures", "story_header", "story_needs"]

STORIES = {scenario.name: scenario for scenario in SCENARIOS}
LIMIT_NAMES = tuple(limit.name for limit in LIMITS)
SEEDS = 4
# A recogniser for few voices, and a language model without a filter: what they show, not how well they hear.
VOICES: dict[str, Any] = {"MEN": 18, "EACH": 3, "TAKES": 1, "FEW": 99, "OTHERS": ("scotland",)}
SPEAKERS = 12
WHOM = {"men, US", "women, US"}
SPOKEN = ("none",)
# Twice as far as figures moved, or further, with other instructions of the processor and with two threads: those of
# tables did not move, those of digits by 0.024, those of voices by 0.025.
TABLES = Kind(0.01)
DIGITS = Kind(0.05, needs=("torch",), network=True)
VOICE = Kind(0.06, needs=("torch", "espeakng_loader"), network=True)


def story_needs(name: str) -> tuple[str, ...]:
    """Name the modules without which a story has no figures."""
    return DIGITS.needs if name in LIMIT_NAMES else VOICE.needs if name == "speech" else ()


def story_header(name: str) -> tuple[str, ...]:
    """Say what the file of a story holds, and what was made smaller."""
    return (f"{name}: the story as it opens.", *_made_smaller(name))


def _made_smaller(name: str) -> tuple[str, ...]:
    unclear = "A verdict is ~ where limits decide it that are nearer to their line than processors agree on."
    if name in LIMIT_NAMES:
        return f"{SEEDS} seeds stand behind each figure; people get {_limit(name).SEEDS}.", unclear
    if name == "chatbot":
        return f"Of language models the one with policy {SPOKEN[0]}; people get three.", unclear
    if name == "speech":
        return (
            f"{SPEAKERS} speakers in training, {VOICES['MEN']} voices of men, {VOICES['TAKES']} take of each word, "
            f"accents: us, {', '.join(VOICES['OTHERS'])}. People hear more of each.",
            "Not here: accents, of which so few voices say nothing; how many more women it takes, and PocketSphinx, "
            "which take long. Who is misheard and what mends it stand in tables; the sentences say the same.",
            unclear,
        )
    return ()


def story_figures(name: str) -> list[Section]:
    """Tell a story as it opens, once."""
    story: Any = STORIES[name]
    with _smaller():
        if isinstance(story, TableScenario):
            return _table(story)
        return {"chatbot": _chatbot, "speech": _speech}.get(name, _of_limit)(story)


@contextmanager
def _smaller() -> Iterator[None]:
    """Train fewer and smaller models, and keep nothing of them."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("BIASAUDIT_CACHE", folder)
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")  # Processes would take longer to start than to train.
        patch.setattr(chatbot_language, "SPOKEN", SPOKEN)
        for name in LIMIT_NAMES:
            patch.setattr(_limit(name), "SEEDS", SEEDS)
        for name, value in VOICES.items():
            patch.setattr(speech_training, name, value)
        speech_training.make_world.cache_clear()
        try:
            yield
        finally:
            speech_training.make_world.cache_clear()


def _limit(name: str) -> Any:
    return importlib.import_module(f"biasaudit.scenarios.limits._{name}")


def _gap(run: Any, kind: Kind) -> Section:
    return Section("gap", finding_lines((run.gap,), kind), kind)


def _table(story: Any) -> list[Section]:
    run = story.run()
    who, labels, model, mended = run.steps
    return [
        _gap(run, COUNTED),
        Section("gap of every preset", tuple(_of_preset(story, preset) for preset in story.presets)),
        *data_sections("labels", run.labels),
        *audit_sections("model", run.model, TABLES),
        *audit_sections("truth", run.truth),
        *comparison_sections("comparison", run.comparison, TABLES),
        *(part for step in (labels, run.hidden) for part in step_sections("step", step)),
        *(part for step in (who, model, mended) for part in step_sections("step", step, TABLES)),
    ]


def _of_preset(story: Any, preset: Any) -> str:
    return f"{preset.name}: {finding_lines((story.run(**preset.dials).gap,))[0]}"


def _of_limit(story: Any) -> list[Section]:
    run = story.run()
    return [
        _gap(run, DIGITS),
        frame_section("outcomes", run.outcomes.to_frame(), DIGITS),
        *(part for panel in story.panels for part in step_sections(panel.name, run.panel(panel.name), DIGITS)),
    ]


def _chatbot(story: Any) -> list[Section]:
    run = story.run()
    kinds = {panel.name: TABLES for panel in story.panels} | {"language": DIGITS}
    told = [name for name, kind in kinds.items() if all(map(importlib.util.find_spec, kind.needs))]
    return [
        _gap(run, TABLES),
        *(part for name in told for part in step_sections(name, run.panel(name), kinds[name])),
        *audit_sections("names", run.names, TABLES),
        frame_section("names: aucs", run.names.aucs(), TABLES),
    ]


def _speech(story: Any) -> list[Section]:
    run = story.run(n=SPEAKERS)
    rates, gaps = run.audit.rates(), run.audit.disparities()
    errors, mended = run.mended().errors(), run.mended().gaps()
    steps = {name: run.panel(name) for name in ("who", "truth")}
    return [
        _gap(run, VOICE),
        frame_section("audit: rates", rates[[set(group) <= {"gender"} for group in rates["group"]]], VOICE),
        frame_section(
            "audit: disparities", gaps[gaps["sensitive_features"].map(lambda features: features == ("gender",))], VOICE
        ),
        frame_section("errors", errors[errors["group"].isin(WHOM)], VOICE),
        frame_section("gaps", mended[mended["gap"] == "gender"], VOICE),
        Section("model: sentences", sentence_lines(run.panel("model").unjudged), VOICE),
        *(part for name, step in steps.items() for part in step_sections(name, step, VOICE)),
    ]
