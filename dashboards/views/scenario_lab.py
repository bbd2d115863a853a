"""The page that asks how bias gets in: any registered scenario, with its dials."""

from __future__ import annotations

import streamlit as st

import biasaudit as ba
from biasaudit.models.tabular import MODELS
from biasaudit.reporting import plots
from biasaudit.scenarios import SCENARIOS
from biasaudit.scenarios.scenario import Preset, Scenario
from parts import show
from parts.call import Attribute, Call, call, method
from parts.mending import compared, tell
from parts.results import result

OWN = "My own dials"
MODEL_RATES = {
    "selection_rate": "decided positively (selection rate)",
    "false_negative_rate": "positive people missed (false negative rate)",
    "false_positive_rate": "negative people wrongly flagged (false positive rate)",
}


def main() -> None:
    """Draw the page."""
    st.title("How does bias get in?")
    titles = {scenario.name: scenario for scenario in SCENARIOS}
    name = st.selectbox(
        "Story", list(titles), key="story", bind="query-params", format_func=lambda name: titles[name].title
    )
    scenario = titles[name]
    st.markdown(f"{show.md(scenario.story, 900)}")
    preset = _presets(scenario)
    if preset is not None:
        st.info(show.md(preset.story, 500))
    dials = _dials(scenario)
    rows = st.sidebar.slider("People", 500, 20_000, scenario.rows, 500, key="people", bind="query-params")
    models = [kind.name for kind in MODELS if kind.name != "mlp"]
    model = st.sidebar.selectbox(
        "Model", models, index=models.index(scenario.model), key="model", bind="query-params",
        format_func=lambda model: model.replace("_", " "),
    )  # fmt: skip
    told = method(
        call("scenarios.get", scenario.name, variable="scenario"), "run", n=rows, model=model, mitigations=[],
        variable="run", **{dial: value for dial, value in dials.items() if value},
    )  # fmt: skip
    with st.spinner("Making the people, training the model …"):
        run = result(told)
    _panels(run)
    _mend(scenario, told, model)
    if st.toggle("Show the hidden truth", key="truth", bind="query-params"):
        _truth(run)
    show.code(told)


def _presets(scenario: Scenario) -> Preset | None:
    """Let people choose a case they have heard of; its dials are then turned."""
    names = [OWN, *(preset.name for preset in scenario.presets)]
    key = f"case_{scenario.name}"

    def turn() -> None:
        if st.session_state[key] != OWN:
            wanted = scenario.preset(st.session_state[key]).dials
            for dial in scenario.dials:
                st.session_state[dial.name] = float(wanted.get(dial.name, 0.0))

    chosen = st.segmented_control(
        "Cases people have heard of", names, default=OWN, key=key, on_change=turn, required=True
    )
    return None if chosen in (OWN, None) else scenario.preset(chosen)


def _dials(scenario: Scenario) -> dict[str, float]:
    st.sidebar.subheader("Dials")
    dials = {}
    for dial in scenario.dials:
        dials[dial.name] = st.sidebar.slider(
            show.md(dial.label),
            0.0,
            1.0,
            0.0,
            0.05,
            key=dial.name,
            bind="query-params",
            help=show.md(dial.meaning, 300),
        )
        st.sidebar.caption(show.md(dial.meaning, 300))
    return dials


def _panels(run: ba.scenarios.ScenarioRun) -> None:
    feature = run.dataset.sensitive_features[0]
    left, right = st.columns(2)
    with left.container(border=True):
        st.subheader("1 · Who is in it?")
        show.plot(plots.plot_shares(run.labels.part("representation"), (feature,)), key="who")
        for sentence in run.steps[0].sentences[2:]:
            st.markdown(show.md(sentence, 500))
    with right.container(border=True):
        st.subheader("2 · What do the labels say?")
        show.plot(plots.plot_rates(run.labels.report(), "base_rate", features=(feature,)), key="labels")
        for finding in [f for f in run.labels.findings() if f.metric == "equal_features"][:1]:
            show.finding(finding)
    with st.container(border=True):
        st.subheader("3 · What does the model do?")
        rate = st.selectbox("Look at", list(MODEL_RATES), key="rate", bind="query-params", format_func=MODEL_RATES.get)
        show.plot(plots.plot_rates(run.model.report(), rate, features=(feature,)), key="model_rates")
        show.findings([f for f in run.model.findings() if f.metric != "base_rate"], most=2)


def _mend(scenario: Scenario, told: Call, model: str) -> None:
    with st.container(border=True):
        st.subheader("4 · What would mend it, and at what cost?")
        asked = call(
            "mitigation.compare", Attribute(told, "dataset"), list(scenario.mitigations), model=model, folds=3,
            variable="comparison",
        )  # fmt: skip
        found = compared(asked, "lab")
        if found is not None:
            tell(found, asked, "lab")


def _truth(run: ba.scenarios.ScenarioRun) -> None:
    with st.container(border=True):
        st.subheader(run.hidden.question)
        for sentence in run.hidden.sentences:
            st.markdown(show.md(sentence, 500))
        planted = run.dataset.truth.planted
        if len(planted):
            st.markdown("**What each dial planted**")
            show.table(planted)


main()
