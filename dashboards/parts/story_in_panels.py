"""A story that tells itself panel by panel: sentences, verdicts, plots and clips, whatever it is about."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.scenarios.panels import Panel, Sound, Step
from parts import show
from parts.call import Call, method
from parts.mending import waited
from parts.results import have, result

__all__ = ["draw"]


def draw(panels: tuple[Panel, ...], made: Call, asked: dict[str, Any], *, truth: bool) -> None:
    """Draw the panels; one that takes long waits until somebody asks for it.

    Parameters
    ----------
    panels : tuple of Panel
    made : Call
        Gives the scenario.
    asked : dict
        Arguments of its `run`.
    truth : bool
        Whether to show what nobody sees who has the data alone.
    """
    told = method(made, "run", variable="run", **asked)
    run = result(told)
    number = 0
    for panel in panels:
        if panel.hidden and not truth:
            continue
        number += not panel.hidden
        with st.container(border=True):
            st.subheader(panel.question if panel.hidden else f"{number} · {panel.question}")
            _panel(run, panel, method(told, "panel", panel.name, variable="step"))


def _panel(run: Any, panel: Panel, asked: Call) -> None:
    effort = "" if have(asked) else run.effort(panel.name)
    if effort:
        step = waited(asked, panel.name, effort)
    else:
        with st.spinner("A moment …"):
            step = result(asked)
    if step is not None:
        _step(step, panel.name)
        show.code(asked)


def _step(step: Step, place: str) -> None:
    said = {found.sentence for found in step.findings}
    for sentence in step.sentences:
        # What has a verdict is told with it.
        if not any(sentence.endswith(one) for one in said):
            st.markdown(show.md(sentence, 900))
    for i, drawn in enumerate(step.plots):
        show.plot(drawn, key=f"{place}_{i}")
    if step.findings:
        show.findings(list(step.findings), most=6)
    for table in step.tables:
        st.markdown(f"**{show.md(table.title, 300)}**")
        for sentence in table.sentences:
            st.markdown(show.md(sentence, 900))
        show.section(table, {})
    if step.sounds:
        _sounds(step.sounds, place)


def _sounds(sounds: tuple[Sound, ...], place: str) -> None:
    st.markdown("#### Listen")
    for i, (column, sound) in enumerate(zip(st.columns(len(sounds)), sounds, strict=True)):
        with column:
            st.audio(sound.audio, sample_rate=sound.rate)
            show.plot(sound.plot, key=f"{place}_sound_{i}")
