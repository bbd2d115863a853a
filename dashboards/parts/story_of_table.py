"""A story about a table: four panels that follow the data, and the truth behind the labels."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.models.tabular import MODELS
from biasaudit.reporting import plots
from biasaudit.reporting.report import Finding
from biasaudit.scenarios import TableScenario
from biasaudit.scenarios.run import FOLDS, OF_LABELS
from parts import show
from parts.call import Attribute, Call, call, method
from parts.comparison import compared, show_comparison
from parts.results import result
from parts.widgets import select

__all__ = ["draw"]

MODEL_RATES = {
    "selection_rate": "decided positively",
    "false_negative_rate": "positive people missed",
    "false_positive_rate": "negative people wrongly flagged",
}


def draw(scenario: TableScenario, made: Call, arguments: dict[str, Any], *, truth: bool) -> None:
    """Draw the panels.

    Parameters
    ----------
    scenario : TableScenario
    made : Call
        Gives the scenario.
    arguments : dict
        Arguments of its `run`.
    truth : bool
        Whether to show what nobody sees who has the data alone.
    """
    models = {kind.name: kind.label for kind in MODELS if kind.installed}
    at = list(models).index(scenario.model) if scenario.model in models else 0
    model = select("Model", models, "model", where=st.sidebar, index=at)
    run_call = method(made, "run", model=model, variable="run", **arguments)
    with st.spinner("Making the people …"):
        run = result(run_call)
    left, right = st.columns(2)
    with left.container(border=True):
        _who(run, run_call)
    with right.container(border=True):
        _labels(run, run_call)
    if truth:
        with st.container(border=True):
            _truth(run, run_call)
    with st.container(border=True):
        _model(run, run_call)
    with st.container(border=True):
        _mitigate(scenario, run_call, model)


def _who(run: Any, run_call: Call) -> None:
    st.subheader("1 · Who is in it?")
    show.plot(plots.plot_shares(run.labels.part("representation"), (_feature(run),)), key="who")
    for sentence in run.who.sentences:
        st.markdown(show.md(sentence, 500))
    show.code(Attribute(run_call, "labels"))


def _labels(run: Any, run_call: Call) -> None:
    st.subheader("2 · What do the labels say?")
    st.caption(
        f"Label: {show.md(run.dataset.card.columns[run.dataset.label] if run.dataset.card else run.dataset.label)}"
    )
    show.plot(plots.plot_rates(run.labels.report(), "base_rate", features=(_feature(run),)), key="labels")
    _first([f for f in run.labels.findings() if f.metric in OF_LABELS[1:]], 2)
    show.code(Attribute(run_call, "labels"))


def _model(run: Any, run_call: Call) -> None:
    st.subheader("3 · What does the model do?")
    labels = {name: show.rate_words(name, words) for name, words in MODEL_RATES.items()}
    rate = select("Look at", labels, "rate")
    show.plot(plots.plot_rates(run.model.report(), rate, features=(_feature(run),)), key="model_rates")
    _first([f for f in run.model.findings() if f.metric != "base_rate"], 2)
    show.code(Attribute(run_call, "model"))


def _mitigate(scenario: TableScenario, run_call: Call, model: str) -> None:
    st.subheader("4 · What would mend it, and at what cost?")
    request = call(
        "mitigation.compare",
        Attribute(run_call, "dataset"),
        list(scenario.mitigations),
        model=model,
        folds=FOLDS,
        variable="comparison",
    )
    found = compared(request, "lab")
    if found is not None:
        show_comparison(found, request, "lab")


def _truth(run: Any, run_call: Call) -> None:
    st.subheader(run.hidden.question)
    for rate, column in zip(("false_negative_rate", "false_positive_rate"), st.columns(2), strict=True):
        with column:
            show.plot(plots.plot_rates(run.truth.report(), rate, features=(_feature(run),)), key=f"truth_{rate}")
    for sentence in run.hidden.sentences:
        st.markdown(show.md(sentence, 500))
    planted = run.dataset.truth.planted
    if len(planted):
        with st.expander("What each dial planted, as a sample of endless size would show it"):
            show.table(planted)
    show.code(Attribute(run_call, "truth"))


def _feature(run: Any) -> str:
    return str(run.dataset.sensitive_features[0])


def _first(found: list[Finding], most: int) -> None:
    for finding in found[:most]:
        show.finding(finding)
