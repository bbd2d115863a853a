"""The page that asks how bias gets in: any registered scenario, with its dials."""

from __future__ import annotations

import streamlit as st

from biasaudit.lessons import lesson_of
from biasaudit.scenarios import SCENARIOS, Dial, Preset, Scenario, TableScenario
from parts import show, story_in_panels, story_of_table
from parts.call import call
from parts.widgets import select

OWN = "Dials as they are"


def main() -> None:
    """Draw the page."""
    st.title("How does bias get in?")
    stories = {scenario.name: scenario for scenario in SCENARIOS}
    titles = {name: scenario.title for name, scenario in stories.items()}
    scenario = stories[select("Story", titles, "story")]
    st.markdown(show.md(scenario.story, 900))
    lesson = lesson_of(scenario.name)
    if lesson is not None:
        # Without marks of code, which are too pale on a page.
        st.caption(f"A lesson of 45 minutes on it: {show.md(f'biasaudit learn {lesson.name}')}")
    preset = _presets(scenario)
    if preset is not None:
        st.info(show.md(preset.story, 500))
    turned = _dials(scenario)
    truth = st.toggle(
        "Show the hidden truth",
        key="truth",
        bind="query-params",
        help="These people were made, so it is known who was wronged. With real data nobody sees this.",
    )
    made = call("scenarios.get", scenario.name, variable="scenario")
    if isinstance(scenario, TableScenario):
        story_of_table.draw(scenario, made, turned, truth=truth)
    else:
        story_in_panels.draw(scenario.panels, made, turned, truth=truth)


def _presets(scenario: Scenario) -> Preset | None:
    """Let people choose a case they have heard of, which turns the dials; turning one leaves the case."""
    if not scenario.presets:
        return None
    key = f"case_{scenario.name}"

    def turn() -> None:
        if st.session_state[key] != OWN:
            wanted = scenario.preset(st.session_state[key]).dials
            for dial in scenario.dials:
                st.session_state[_key(scenario, dial)] = _number(dial)(wanted.get(dial.name, dial.start))

    turned = {dial.name: st.session_state.get(_key(scenario, dial), dial.start) for dial in scenario.dials}
    start = {dial.name: dial.start for dial in scenario.dials}
    fits = [p.name for p in scenario.presets if {n: v for n, v in turned.items() if v != start[n]} == p.dials]
    st.session_state[key] = fits[0] if fits else OWN
    names = [OWN, *(preset.name for preset in scenario.presets)]
    st.segmented_control("Cases people have heard of", names, key=key, on_change=turn, required=True)
    return scenario.preset(fits[0]) if fits else None


def _dials(scenario: Scenario) -> dict[str, float]:
    """Draw the dials, and return those that do not stand where they start, with the number of people."""
    st.sidebar.subheader("Dials")
    turned: dict[str, float] = {}
    places = {"": st.sidebar.container()}
    for dial in scenario.dials:
        if dial.heading not in places:
            places[dial.heading] = st.sidebar.expander(show.md(dial.heading))
        with places[dial.heading]:
            value = _slider(dial, _key(scenario, dial))
        if value != dial.start:
            turned[dial.name] = value
    with st.sidebar:
        return {"n": int(_slider(scenario.people, _key(scenario, scenario.people))), **turned}


def _key(scenario: Scenario, dial: Dial) -> str:
    """Name a dial in the link: stories share it where it is the same dial, and have their own where it is not."""
    named = [own for other in SCENARIOS for own in (*other.dials, other.people) if own.name == dial.name]
    ranges = {(own.low, own.high, own.step, own.start) for own in named}
    return dial.name if len(ranges) == 1 else f"{scenario.name}_{dial.name}"


def _slider(dial: Dial, key: str) -> float:
    low, high, start, step = map(_number(dial), (dial.low, dial.high, dial.start, dial.step))
    value = st.slider(show.md(dial.label), low, high, start, step, key=key, bind="query-params")
    st.caption(show.md(dial.meaning, 300))
    return float(value)


def _number(dial: Dial) -> type[int] | type[float]:
    """Say of what kind a slider's numbers are: all of one kind, or Streamlit refuses."""
    return int if float(dial.step).is_integer() else float


main()
