"""Comparing mitigations on a page: progress, a way out, and what came of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.reporting.plots import plot_gains, plot_pareto
from parts import show
from parts.call import Call
from parts.results import ask, known, result

__all__ = ["compared", "tell"]


def compared(call: Call, key: str) -> Any:
    """Return the comparison, or None until somebody asks for it; the bar moves while it runs.

    Any click in the meantime, on Cancel or elsewhere, ends it at the next trial.
    """
    if not known(call):
        st.button("Try them", key=f"try_{key}", type="primary", on_click=ask, args=[call])
        st.caption("It trains every model anew on each fold: some seconds to a minute.")
        return None
    place = st.empty()
    with place.container():
        st.button("Cancel", key=f"cancel_{key}", on_click=_drop, args=[call])
        bar = st.progress(0.0, "Starting")
        found = result(
            call,
            n_jobs=1,
            progress=lambda done, total, name: bar.progress(
                done / total, f"{done} of {total}: {name.replace('_', ' ')}"
            ),
        )
    place.empty()
    return found


def _words(name: str) -> str:
    return name.replace("_", " ")


def _drop(call: Call) -> None:
    st.session_state["_asked"].discard(call.key)
    st.toast("Stopped. Nothing was kept.")


def tell(comparison: Any, call: Call, key: str) -> None:
    """Show what mends, what it costs, and who gains and who loses."""
    settings = comparison.settings
    harm, cost = (settings[name].replace("_", " ") for name in ("harm", "cost"))
    show.findings(comparison.findings(), most=4)
    show.plot(
        plot_pareto(comparison.pareto(), f"{harm} gap" if harm != "selection ratio" else harm, cost),
        key=f"pareto_{key}",
    )
    tried = [name for name in comparison.names if name != comparison.names[0]]
    if tried:
        chosen = st.selectbox(
            "Who gains and who loses under", tried, key=f"under_{key}", bind="query-params",
            format_func=_words,
        )  # fmt: skip
        show.plot(plot_gains(comparison.gains(), chosen), key=f"gains_{key}")
    if comparison.true_label is not None:
        true = comparison.to_frame().query("figure in ('accuracy', 'true_accuracy')")
        st.markdown("**Accuracy against the recorded label, and against the true one**")
        show.table(true[["mitigation", "figure", "estimate", "low", "high", "verdict"]])
    for warning in comparison.warnings:
        st.caption(show.md(warning, 400))
    show.code(call)
