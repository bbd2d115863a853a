"""The page that asks where to draw the line on a score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

import biasaudit as ba
from biasaudit.reporting.plots import plot_lines, plot_moves, plot_scores
from biasaudit.reporting.words.text import level_name
from parts import show
from parts.call import call, method
from parts.results import result
from parts.source import choose

if TYPE_CHECKING:
    import pandas as pd

MOST = 6
RATES = {
    "selection_rate": "decided positively",
    "true_positive_rate": "positive people found",
    "false_positive_rate": "negative people wrongly flagged",
    "positive_predictive_value": "right among those flagged",
}
BUTTONS = {
    "one_threshold": "One line for all",
    "demographic_parity": "Equal shares (demographic parity)",
    "equal_opportunity": "Equal chances for the positive (equal opportunity)",
    "equalized_odds": "Equal errors (equalized odds)",
    "greatest_benefit": "Greatest benefit for each group",
}
WORTH = {
    "true_positive": ("A positive person found", 1.0),
    "false_positive": ("A negative person wrongly flagged", 0.0),
    "false_negative": ("A positive person missed", 0.0),
    "true_negative": ("A negative person left alone", 1.0),
}


def words(line: float) -> str:
    """Write a line for the slider."""
    return f"{line:.6g}" if math.isfinite(line) else ("everybody" if line < 0 else "nobody")


st.title("Where do we draw the line?")
st.markdown(
    "A score says how likely something is; a person decides from which score on to act. Move the line and see "
    "who is moved by it."
)
source = choose()
roles = {name: source.roles.get(name) for name in ("score", "y_true", "sensitive_features", "pos_label")}
if not roles["score"] or not roles["sensitive_features"]:
    st.info(
        "These data name no score, so there is no line to draw. Try compas, or name the column of scores."
        if not roles["score"]
        else "Name the column that says who belongs to which group in the sidebar (sensitive features)."
    )
    st.stop()
asked = call("audit_thresholds", source.call, variable="lines", **(roles if source.arguments else {}))
audit = result(asked)
lines = [words(line) for line in audit.lines]
value = dict(zip(lines, audit.lines.tolist(), strict=True))
start = words(min(audit.lines[1:-1], key=lambda line: abs(line - (source.roles.get("threshold") or line))))
shown, others = audit.groups[:MOST], audit.groups[MOST:]
drawn_groups = shown[:4]


def _by_name(rates: pd.DataFrame) -> pd.DataFrame:
    wide = len(audit.table.features)
    single = rates[[len(group) == wide for group in rates["group"]]]
    return single.assign(name=[level_name(group) for group in single["group"]])


# What no line moves is drawn once, not with every move.
scores = plot_scores(audit.histogram(), drawn_groups)
usual = _by_name(result(method(asked, "at", value[start], variable="before")).rates())


def put(chosen: ba.audits.thresholds.Lines) -> None:
    """Set the sliders to the lines that were chosen, and say what they promise and what to expect."""
    st.session_state["promised"] = f"{BUTTONS[chosen.criterion]}: {chosen.sentence}"
    for i, name in enumerate(shown):
        st.session_state[f"line{i}"] = words(chosen.thresholds[name])
    if others:
        st.session_state["others"] = words(chosen.thresholds[others[0]])


@st.fragment
def lab() -> None:
    """Draw everything that follows the lines."""
    if audit.labelled:
        with st.expander("What is each decision worth?"):
            columns = st.columns(2)
            worth = {
                name: columns[i % 2].number_input(text, value=usual, step=0.5, key=name, bind="query-params")
                for i, (name, (text, usual)) in enumerate(WORTH.items())
            }
        with st.container(horizontal=True):
            for criterion, text in BUTTONS.items():
                picked = method(asked, "choose", criterion, benefits=worth, variable="chosen")
                st.button(text, key=f"pick_{criterion}", on_click=lambda picked=picked: put(result(picked)))
        if "promised" in st.session_state:
            st.caption(show.md(st.session_state["promised"], 900))
    thresholds = {}
    columns = st.columns(2)
    for i, name in enumerate(shown):
        thresholds[name] = value[
            columns[i % 2].select_slider(show.md(name), lines, value=start, key=f"line{i}", bind="query-params")
        ]
    otherwise = None
    if others:
        otherwise = value[st.select_slider("All smaller groups", lines, value=start, key="others", bind="query-params")]
    drawn = method(asked, "at", thresholds, otherwise=otherwise, variable="audit")
    now = result(drawn)
    show.plot(plot_lines(scores, thresholds, drawn_groups), key="scores")
    rates = _by_name(now.rates())
    known = [name for name in RATES if name in set(rates["metric"])]
    said = {name: show.rate_words(name, RATES[name]) for name in known}
    metric = st.selectbox("What the line does", known, key="rate", bind="query-params", format_func=said.__getitem__)
    mine, theirs = (table[(table["metric"] == metric) & table["name"].isin(shown)] for table in (rates, usual))
    show.plot(plot_moves(theirs, mine, said[metric], RATES[metric].capitalize()), key="moves")
    st.subheader("What these lines do")
    show.findings([f for f in now.findings() if f.metric != "base_rate"], most=4)
    if audit.labelled:
        st.subheader("Not everything can be equal")
        st.markdown(show.md(audit.impossible(thresholds, otherwise=otherwise), 900))
        st.caption(
            "Chouldechova 2017; Kleinberg, Mullainathan and Raghavan 2016. Lines chosen on these rows look better here "
            "than they will on others."
        )
    show.code(drawn)


lab()
