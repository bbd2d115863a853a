"""The page that asks how bias gets in: any registered scenario, with its dials."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.models.tabular import MODELS
from biasaudit.reporting import plots
from biasaudit.reporting.report import Finding
from biasaudit.scenarios import SCENARIOS
from biasaudit.scenarios.run import FOLDS, OF_LABELS
from biasaudit.scenarios.scenario import Preset, Scenario
from parts import show
from parts.call import Attribute, Call, call, method
from parts.mending import compared, tell
from parts.results import result

OWN = "Dials as they are"
MODEL_RATES = {
    "selection_rate": "decided positively (selection rate)",
    "false_negative_rate": "positive people missed (false negative rate)",
    "false_positive_rate": "negative people wrongly flagged (false positive rate)",
}


def main() -> None:
    """Draw the page."""
    st.title("How does bias get in?")
    stories = {scenario.name: scenario for scenario in SCENARIOS}
    name = st.selectbox(
        "Story", list(stories), key="story", bind="query-params", format_func=lambda name: stories[name].title
    )
    scenario = stories[name]
    st.markdown(show.md(scenario.story, 900))
    preset = _presets(scenario)
    if preset is not None:
        st.info(show.md(preset.story, 500))
    dials = {dial: value for dial, value in _dials(scenario).items() if value}
    rows = st.sidebar.slider("People", 500, 20_000, scenario.rows, 500, key="rows", bind="query-params")
    models = {kind.name: kind.label for kind in MODELS if kind.installed}
    at = list(models).index(scenario.model) if scenario.model in models else 0
    model = st.sidebar.selectbox("Model", list(models), at, key="model", bind="query-params", format_func=models.get)
    made = call("scenarios.get", scenario.name, variable="scenario")
    told = method(made, "run", n=rows, model=model, variable="run", **dials)
    with st.spinner("Making the people …"):
        run = result(told)
    truth = st.toggle(
        "Show the hidden truth", key="truth", bind="query-params",
        help="These people were made, so it is known who was wronged. With real data nobody sees this.",
    )  # fmt: skip
    left, right = st.columns(2)
    with left.container(border=True):
        _who(run, told)
    with right.container(border=True):
        _labels(run, told)
    if truth:
        with st.container(border=True):
            _truth(run, told)
    with st.container(border=True):
        _model(run, told)
    with st.container(border=True):
        _mend(scenario, told, model)


def _presets(scenario: Scenario) -> Preset | None:
    """Let people choose a case they have heard of, which turns the dials; turning one leaves the case."""
    key = f"case_{scenario.name}"

    def turn() -> None:
        if st.session_state[key] != OWN:
            wanted = scenario.preset(st.session_state[key]).dials
            for dial in scenario.dials:
                st.session_state[dial.name] = float(wanted.get(dial.name, 0.0))

    turned = {dial.name: st.session_state.get(dial.name, 0.0) for dial in scenario.dials}
    fits = [p.name for p in scenario.presets if {name: value for name, value in turned.items() if value} == p.dials]
    st.session_state[key] = fits[0] if fits else OWN
    names = [OWN, *(preset.name for preset in scenario.presets)]
    st.segmented_control("Cases people have heard of", names, key=key, on_change=turn, required=True)
    return scenario.preset(fits[0]) if fits else None


def _dials(scenario: Scenario) -> dict[str, float]:
    st.sidebar.subheader("Dials")
    dials = {}
    for dial in scenario.dials:
        dials[dial.name] = st.sidebar.slider(
            show.md(dial.label), 0.0, 1.0, 0.0, 0.01, key=dial.name, bind="query-params"
        )
        st.sidebar.caption(show.md(dial.meaning, 300))
    return dials


def _who(run: Any, told: Call) -> None:
    st.subheader("1 · Who is in it?")
    show.plot(plots.plot_shares(run.labels.part("representation"), (_feature(run),)), key="who")
    for sentence in run.who.sentences:
        st.markdown(show.md(sentence, 500))
    show.code(Attribute(told, "labels"))


def _labels(run: Any, told: Call) -> None:
    st.subheader("2 · What do the labels say?")
    st.caption(
        f"Label: {show.md(run.dataset.card.columns[run.dataset.label] if run.dataset.card else run.dataset.label)}"
    )
    show.plot(plots.plot_rates(run.labels.report(), "base_rate", features=(_feature(run),)), key="labels")
    _first([f for f in run.labels.findings() if f.metric in OF_LABELS[1:]], 2)
    show.code(Attribute(told, "labels"))


def _model(run: Any, told: Call) -> None:
    st.subheader("3 · What does the model do?")
    rate = st.selectbox("Look at", list(MODEL_RATES), key="rate", bind="query-params", format_func=MODEL_RATES.get)
    show.plot(plots.plot_rates(run.model.report(), rate, features=(_feature(run),)), key="model_rates")
    _first([f for f in run.model.findings() if f.metric != "base_rate"], 2)
    show.code(Attribute(told, "model"))


def _mend(scenario: Scenario, told: Call, model: str) -> None:
    st.subheader("4 · What would mend it, and at what cost?")
    asked = call(
        "mitigation.compare", Attribute(told, "dataset"), list(scenario.mitigations), model=model, folds=FOLDS,
        variable="comparison",
    )  # fmt: skip
    found = compared(asked, "lab")
    if found is not None:
        tell(found, asked, "lab")


def _truth(run: Any, told: Call) -> None:
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
    show.code(Attribute(told, "truth"))


def _feature(run: Any) -> str:
    return str(run.dataset.sensitive_features[0])


def _first(found: list[Finding], most: int) -> None:
    for finding in found[:most]:
        show.finding(finding)


main()
