"""A story that tells itself panel by panel: sentences, verdicts, plots and clips, whatever it is about."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.reporting.words.text import clean
from biasaudit.scenarios.panels import Animation, Panel, Sound, Step
from parts import show
from parts.call import Call, method
from parts.comparison import waited
from parts.results import is_cached, result

__all__ = ["draw"]

# Seconds from one moment of a clock to the next.
MOMENT = 1.0


def draw(panels: tuple[Panel, ...], made: Call, arguments: dict[str, Any], *, truth: bool) -> None:
    """Draw the panels; one that takes long waits until somebody asks for it.

    Parameters
    ----------
    panels : tuple of Panel
    made : Call
        Gives the scenario.
    arguments : dict
        Arguments of its `run`.
    truth : bool
        Whether to show what nobody sees who has the data alone.
    """
    run_call = method(made, "run", variable="run", **arguments)
    run = result(run_call)
    number = 0
    for panel in panels:
        if panel.hidden and not truth:
            continue
        number += not panel.hidden
        with st.container(border=True):
            st.subheader(panel.question if panel.hidden else f"{number} · {panel.question}")
            _panel(run, panel, method(run_call, "panel", panel.name, variable="step"))


def _panel(run: Any, panel: Panel, request: Call) -> None:
    effort = "" if is_cached(request) else run.effort(panel.name)
    if effort:
        step = waited(request, panel.name, effort)
    else:
        with st.spinner("A moment …"):
            step = result(request)
    if step is not None:
        _step(step, panel.name)
        show.code(request)


def _step(step: Step, place: str) -> None:
    for sentence in step.unjudged:
        st.markdown(show.md(sentence, 900))
    if step.reel is not None:
        _animation(step.reel, place)
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


def _animation(animation: Animation, place: str) -> None:
    """Show moment after moment while the clock runs; this alone is drawn again, and at rest not at all."""
    runs = bool(st.session_state.get(f"{place}_runs"))
    st.fragment(_moment, run_every=MOMENT if runs else None)(animation, place, runs)


def _moment(animation: Animation, place: str, ticking: bool) -> None:
    at, runs = f"{place}_clock", f"{place}_runs"
    last = len(animation.names) - 1
    if st.session_state.get(runs) and ticking:
        # Moved before the slider is drawn: afterwards its state is its own.
        st.session_state[at] = min(st.session_state.get(at, 0) + 1, last)
        st.session_state[runs] = st.session_state[at] < last
    elif bool(st.session_state.get(runs)) != ticking:
        st.rerun()
    left, right = st.columns([1, 5], vertical_alignment="bottom")
    label = "Pause" if st.session_state.get(runs) else "Run"
    left.button(label, key=f"{place}_turn", on_click=_turn, args=[place, last], width="stretch")
    now = right.select_slider("Clock", range(last + 1), key=at, format_func=lambda i: clean(animation.names[i]))
    sentences, drawn = animation.show(now)
    for sentence in sentences:
        st.markdown(show.md(sentence, 900))
    show.plot(drawn, key=f"{place}_reel")


def _turn(place: str, last: int) -> None:
    """Run or pause the clock; at its end it begins again."""
    runs = f"{place}_runs"
    st.session_state[runs] = not st.session_state.get(runs, False)
    if st.session_state[runs] and st.session_state.get(f"{place}_clock", 0) >= last:
        st.session_state[f"{place}_clock"] = 0


def _sounds(sounds: tuple[Sound, ...], place: str) -> None:
    st.markdown("#### Listen")
    for i, (column, sound) in enumerate(zip(st.columns(len(sounds)), sounds, strict=True)):
        with column:
            st.audio(sound.audio, sample_rate=sound.rate)
            show.plot(sound.plot, key=f"{place}_sound_{i}")
