"""The page that asks where to draw the line on a score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from biasaudit.reporting.plots import Plot, plot_lines, plot_moves, plot_scores
from biasaudit.reporting.words.text import level_name
from parts import show
from parts.call import Call, call, method
from parts.results import result
from parts.source import TableSource, choose
from parts.widgets import select

if TYPE_CHECKING:
    import pandas as pd

MOST, MOST_DRAWN = 6, 4
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


def main() -> None:
    """Draw the page."""
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
        return
    _lab(_sliders(source, roles))


@dataclass(frozen=True, eq=False)
class Sliders:
    """What the sliders choose from, and what no threshold moves.

    Parameters
    ----------
    request : Call
        Gives the audit of the thresholds.
    audit : ThresholdAudit
    texts : list of str
        Every threshold as the sliders show it.
    thresholds : dict of str to float
        The thresholds by their texts.
    start : str
        Text of the threshold where the sliders begin.
    groups, others : tuple of str
        Groups with a slider of their own, and the smaller ones, which share one.
    scores : Plot
    usual : DataFrame
        Rates by group at the start.
    """

    request: Call
    audit: Any
    texts: list[str]
    thresholds: dict[str, float]
    start: str
    groups: tuple[str, ...]
    others: tuple[str, ...]
    scores: Plot
    usual: pd.DataFrame


def _sliders(source: TableSource, roles: dict[str, Any]) -> Sliders:
    request = call("audit_thresholds", source.call, variable="lines", **(roles if source.arguments else {}))
    audit = result(request)
    texts = list(map(_text, audit.lines))
    thresholds = dict(zip(texts, audit.lines.tolist(), strict=True))
    wanted = source.roles.get("threshold")
    start = _text(min(audit.lines[1:-1], key=lambda threshold: abs(threshold - (wanted or threshold))))
    groups, others = audit.groups[:MOST], audit.groups[MOST:]
    # What no threshold moves is drawn once, not with every move.
    scores = plot_scores(audit.histogram(), groups[:MOST_DRAWN])
    usual = _by_name(audit, result(method(request, "at", thresholds[start], variable="before")).rates())
    return Sliders(request, audit, texts, thresholds, start, groups, others, scores, usual)


def _text(threshold: float) -> str:
    """Write a threshold for the slider."""
    return f"{threshold:.6g}" if math.isfinite(threshold) else ("everybody" if threshold < 0 else "nobody")


def _by_name(audit: Any, rates: pd.DataFrame) -> pd.DataFrame:
    wide = len(audit.table.features)
    single = rates[[len(group) == wide for group in rates["group"]]]
    return single.assign(name=[level_name(group) for group in single["group"]])


@st.fragment
def _lab(sliders: Sliders) -> None:
    """Draw everything that follows the thresholds."""
    audit = sliders.audit
    if audit.labelled:
        _criteria(sliders)
    thresholds, otherwise = _moved(sliders)
    request = method(sliders.request, "at", thresholds, otherwise=otherwise, variable="audit")
    now = result(request)
    show.plot(plot_lines(sliders.scores, thresholds, sliders.groups[:MOST_DRAWN]), key="scores")
    _rates(sliders, _by_name(audit, now.rates()))
    st.subheader("What these lines do")
    show.findings([f for f in now.findings() if f.metric != "base_rate"], most=4)
    if audit.labelled:
        st.subheader("Not everything can be equal")
        st.markdown(show.md(audit.impossible(thresholds, otherwise=otherwise), 900))
        st.caption(
            "Chouldechova 2017; Kleinberg, Mullainathan and Raghavan 2016. Lines chosen on these rows look better here "
            "than they will on others."
        )
    show.code(request)


def _criteria(sliders: Sliders) -> None:
    """Let people choose the thresholds that a criterion asks for."""
    with st.expander("What is each decision worth?"):
        columns = st.columns(2)
        worth = {
            name: columns[i % 2].number_input(text, value=usual, step=0.5, key=name, bind="query-params")
            for i, (name, (text, usual)) in enumerate(WORTH.items())
        }
    with st.container(horizontal=True):
        for criterion, text in BUTTONS.items():
            picked = method(sliders.request, "choose", criterion, benefits=worth, variable="chosen")
            st.button(text, key=f"pick_{criterion}", on_click=_put, args=[sliders, picked])
    if "promised" in st.session_state:
        st.caption(show.md(st.session_state["promised"], 900))


def _put(sliders: Sliders, picked: Call) -> None:
    """Set the sliders to the thresholds that were chosen, and say what they promise and what to expect."""
    chosen = result(picked)
    st.session_state["promised"] = f"{BUTTONS[chosen.criterion]}: {chosen.sentence}"
    for i, name in enumerate(sliders.groups):
        st.session_state[f"line{i}"] = _text(chosen.thresholds[name])
    if sliders.others:
        st.session_state["others"] = _text(chosen.thresholds[sliders.others[0]])


def _moved(sliders: Sliders) -> tuple[dict[str, float], float | None]:
    """Draw the sliders; return the threshold of each group, and that of all smaller ones."""
    texts, start = sliders.texts, sliders.start
    columns = st.columns(2)
    chosen = {
        name: columns[i % 2].select_slider(show.md(name), texts, value=start, key=f"line{i}", bind="query-params")
        for i, name in enumerate(sliders.groups)
    }
    otherwise = None
    if sliders.others:
        text = st.select_slider("All smaller groups", texts, value=start, key="others", bind="query-params")
        otherwise = sliders.thresholds[text]
    return {name: sliders.thresholds[text] for name, text in chosen.items()}, otherwise


def _rates(sliders: Sliders, rates: pd.DataFrame) -> None:
    known = set(rates["metric"])
    labels = {name: show.rate_words(name, words) for name, words in RATES.items() if name in known}
    metric = select("What the line does", labels, "rate")
    now, before = (
        table[(table["metric"] == metric) & table["name"].isin(sliders.groups)] for table in (rates, sliders.usual)
    )
    show.plot(plot_moves(before, now, labels[metric], RATES[metric].capitalize()), key="moves")


main()
