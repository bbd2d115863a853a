"""The page that asks how much data would settle it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import streamlit as st

from biasaudit.reporting.plots import plot_chance, plot_plan, plot_power
from biasaudit.reporting.words.breakdowns import key_metrics, label, unit_in
from biasaudit.reporting.words.text import count, level_name, points
from parts import show
from parts.call import call
from parts.kinds import only_yes_or_no
from parts.results import result
from parts.source import TableSource, choose


def main() -> None:
    """Draw the page."""
    st.title("How much data would settle it?")
    st.markdown(
        "Few people make wide intervals. A gap can be chance, and harm can hide. Here you see which, and how many more "
        "people it would take."
    )
    source = choose()
    if not only_yes_or_no(source):
        pass
    elif not source.roles["sensitive_features"] or not (source.roles["y_true"] or source.roles["y_pred"]):
        st.info("Say in the sidebar who belongs to which group, and which column holds the decision or what came true.")
    else:
        _plan(source)
    _chance()


def _plan(source: TableSource) -> None:
    request = call("audit_predictions", source.call, **source.arguments)
    audit = result(request)
    report = audit.report()
    names = {label(m, report.metrics): m for m in key_metrics(report) if unit_in(report.metrics, m).is_share}
    left, right = st.columns(2)
    metric = names[left.selectbox("Rate", list(names), key="rate", bind="query-params")]
    gap = right.slider("A gap that must not stay unseen, in points", 1, 30, 5, key="gap", bind="query-params") / 100
    planned = call("plan_sample", request, metric, gap=gap, variable="plan")
    plan = result(planned)
    unsure = [f for f in report.findings if f.verdict == "cannot tell" and f.metric == metric]
    if unsure:
        show.findings(unsure, most=2)
    else:
        st.markdown("No verdict on this rate is “cannot tell”.")
    show.plot(plot_plan(plan, gap), key="plan")
    rows = plan.to_dict("records")
    pairs = {f"{level_name(row['group'])} against {level_name(row['reference'])}": row for row in rows}
    row = pairs[st.selectbox("Look at one pair", list(pairs), key="pair", bind="query-params")]
    st.markdown(show.md(_sentence(row, gap), 600))
    if math.isfinite(row["rows_needed"]) and 0 < row["rate"] < 1:
        drawn = call(
            "power_curve",
            float(row["rate"]),
            int(row["rows"]),
            int(row["reference_rows"]),
            gap=gap,
            level=float(row["level"]),
            variable="curve",
        )
        show.plot(plot_power(result(drawn), int(row["rows"] + row["reference_rows"]), gap), key="power")
    show.code(planned)


def _sentence(row: dict[Hashable, Any], gap: float) -> str:
    who = f"{level_name(row['group'])} ({count(row['rows'])} rows) against {level_name(row['reference'])}"
    seen = row["smallest_detectable"]
    could = "no gap could have been seen"
    if math.isfinite(seen):
        could = f"only gaps above {points(seen)} points could have been seen"
    needed = (
        f"To see one of {points(gap)} points in 4 of 5 such samples takes about {count(row['rows_needed'])} rows, "
        f"{row['times']:.1f} times as many as now"
        if math.isfinite(row["rows_needed"])
        else f"A gap of {points(gap)} points cannot be planned for: the rate is undefined or too close to 0 or 1"
    )
    return f"{who}: {could}. {needed}, counting everything else this audit asks."


@st.fragment
def _chance() -> None:
    """Show what chance does where nobody is treated worse."""
    st.subheader("What chance alone shows")
    st.markdown("All groups have one true rate here: nobody is treated worse. Draw people and look.")
    left, right = st.columns(2)
    groups = left.slider("Groups", 2, 12, 6, key="groups", bind="query-params")
    small = left.slider("People in the smallest group", 5, 500, 20, key="small", bind="query-params")
    large = right.slider("People in each other group", 5, 5_000, 400, key="large", bind="query-params")
    rate = right.slider("True rate of everybody, in %", 1, 99, 30, key="true", bind="query-params") / 100
    seed = st.session_state.setdefault("seed", 0)
    request = call(
        "simulate_equal_groups", [large] * (groups - 1) + [small], rate, random_state=seed, variable="chance"
    )
    found = result(request)
    st.markdown(show.md(found.sentence(), 500))
    show.plot(plot_chance(found.gaps, found.expected, float(found.gaps[0])), key="chance")
    st.caption(f"“Seen” is the first of {len(found.gaps):,} draws: what one table would have shown.")
    st.button("Draw other people", on_click=_next)
    show.code(request)


def _next() -> None:
    st.session_state["seed"] += 1


main()
