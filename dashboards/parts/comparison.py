"""Comparing mitigations on a page: how long it may take, how far it is, a way out, and what came of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from biasaudit.mitigation.measures import get_measure
from biasaudit.mitigation.sentences import display_name
from biasaudit.reporting.plots import plot_gains, plot_pareto, plot_true_accuracy
from parts import show
from parts.call import Call, call
from parts.jobs import BackgroundCall, job_of, start, stop
from parts.results import is_cached, result
from parts.widgets import select

__all__ = ["compared", "expected", "show_comparison", "waited"]

_STOPPED = "_stopped"
CHANGES = {
    "shown": "Change shown",
    "benefit": "Shown, for the better",
    "not shown": "No change shown",
    "cannot tell": "Cannot tell",
}
AMONG = {
    "selection_rate": "everybody",
    "true_positive_rate": "people whose label is positive",
    "false_positive_rate": "people whose label is negative",
}


def waited(request: Call, place: str, effort: str | Callable[[], str]) -> Any:
    """Return what a call returns, or None until it is there; it runs beside the page when somebody asks for it.

    Parameters
    ----------
    request : Call
        It has to take `progress`.
    place : str
        Where on which page it stands; a place has one job at a time.
    effort : str or callable
        What it takes, or what says so.
    """
    job = job_of(place, request)
    if is_cached(request):
        return result(request)
    if job is not None:
        _watch(job, place)
        return None
    if st.session_state.get(_STOPPED) == (place, request.key):
        st.info("Stopped. Nothing was kept, and nothing runs any more.")
    effort_text = effort if isinstance(effort, str) else effort()
    st.markdown(
        f"Nothing has been tried yet. **Try them**: {effort_text} Meanwhile the other pages stay as they are, and it "
        "can be cancelled at any time."
    )
    st.button("Try them", key=f"try_{place}", type="primary", on_click=_begin, args=[place, request])
    return None


def _begin(place: str, request: Call) -> None:
    st.session_state.pop(_STOPPED, None)
    start(place, request)


def _cancel(place: str, request: Call) -> None:
    # Kept until something is tried again: a page may be drawn several times in a row, and the last is what one sees.
    st.session_state[_STOPPED] = (place, request.key)
    stop(place)


def expected(request: Call) -> str:
    """Say what a comparison will do, and how long that takes about."""
    given = dict(request.named)
    data, mitigations = request.positional
    same = {name: given[name] for name in ("model", "folds")}
    seconds = result(call("mitigation.expected_seconds", data, mitigations, **same, variable="seconds"))
    models = (1 + len(mitigations.items)) * given["folds"]
    long = f"{seconds / 60:.0f} minutes" if seconds > 90 else f"{10 * math.ceil(seconds / 10)} seconds"
    return f"{models} models are trained, which takes about {long} on this machine."


def compared(request: Call, place: str) -> Any:
    """Return the comparison, or None until it is there; it runs beside the page.

    Parameters
    ----------
    request : Call
    place : str
        Where on which page it stands; a place has one job at a time.
    """
    return waited(request, place, lambda: expected(request))


@st.fragment(run_every=0.5)
def _watch(job: BackgroundCall, place: str) -> None:
    """Show how far the job is; this alone is drawn again while it runs."""
    if job.ended or st.session_state.get(_STOPPED) == (place, job.call.key):
        st.rerun()
    if job.began is None:
        st.progress(0.0, "Waiting for its turn: others are trying something, too.")
    elif not job.done:
        st.progress(0.0, "Starting …")
    else:
        taken = time.monotonic() - job.began
        left = taken * (job.total - job.done) / job.done
        last = show.md(display_name(job.name))
        st.progress(
            job.done / job.total, f"{job.done} of {job.total} models trained, last: {last}; about {left:.0f} s left"
        )
    # Called back before anything is drawn, whichever part of the page the click has drawn anew.
    st.button("Cancel", key=f"cancel_{place}", on_click=_cancel, args=[place, job.call])


def show_comparison(comparison: Any, request: Call, place: str) -> None:
    """Show what mends, what it costs, and who gains and who loses."""
    harm, cost = (get_measure(comparison.settings[axis]) for axis in ("harm", "cost"))
    names = {name: display_name(name) for name in comparison.names}
    confidence = comparison.settings["confidence"]
    better = (harm.better > 0, cost.better > 0)
    drawn = plot_pareto(comparison.pareto(), harm.label, cost.label, more_is_better=better, names=names)
    show.plot(drawn, key=f"pareto_{place}")
    for finding in comparison.findings():
        if finding.metric == harm.name:
            name = "benefit" if finding.benefit and finding.verdict == "shown" else finding.verdict
            show.verdict_words(name, CHANGES[name], finding.sentence)
    tried = list(comparison.names[1:])
    if tried:
        st.markdown("#### Who gains, and who loses?")
        left, right = st.columns(2)
        chosen = left.selectbox("Under", tried, key=f"under_{place}", bind="query-params", format_func=display_name)
        labels = {name: show.rate_words(name, words) for name, words in AMONG.items()}
        among = select("Among", labels, f"among_{place}", where=right)
        moved = plot_gains(comparison.gains(), chosen, metric=among, confidence=confidence, names=names)
        show.plot(moved, key=f"gains_{place}")
        st.caption("Whether more positive decisions are a gain depends on what they are: a job is, a suspicion is not.")
    if comparison.true_label is not None:
        st.markdown("#### Is the cost real?")
        true = plot_true_accuracy(comparison.to_frame(), confidence=confidence, names=names)
        show.plot(true, key=f"true_{place}")
        st.caption("These people were made, so the true label is known. With real data nobody sees this.")
    with st.expander("All figures"):
        show.table(comparison.to_frame())
    for warning in comparison.warnings:
        st.caption(show.md(warning, 400))
    show.code(request)
