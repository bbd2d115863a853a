"""The page that asks whether anyone is treated worse."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.reporting.plots import plot_calibration
from parts import kind_plots, kinds, show
from parts.call import call
from parts.results import result
from parts.source import TableSource, choose


def main() -> None:
    """Draw the page."""
    st.title("Is anyone treated worse here?")
    source = choose()
    asked = kinds.reading(source)
    known = any(source.roles[n] for n in ("y_true", "y_pred", "score")) or kinds.is_ranked(source)
    if not source.roles["sensitive_features"] or not (known or kinds.is_counted(asked)):
        st.info(
            "Say in the sidebar, under “What the columns mean”, who belongs to which group, and which column holds the "
            "decision or what came true."
        )
        return
    request = call("audit_predictions", source.call, **_arguments(source, asked))
    audit = result(request)
    report = audit.report()
    st.subheader(show.md(report.headline, 600))
    st.caption(show.md(kinds.read_as(audit, asked), 300))
    show.findings(report.findings, most=5)
    for warning in report.warnings:
        st.caption(show.md(warning, 400))
    yes_or_no = kinds.is_yes_or_no(audit) and not kinds.is_counted(asked)
    decided = bool(source.roles["y_pred"]) or source.roles["threshold"] is not None
    kind_plots.draw(audit, report, labelled=yes_or_no and bool(source.roles["y_true"]) and decided)
    if yes_or_no and source.roles["y_true"] and source.roles["score"] and "positive" not in asked:
        st.subheader("Does a score mean the same for everybody?")
        thresholds = call("audit_thresholds", source.call, variable="lines", **_scored(source))
        show.plot(plot_calibration(result(thresholds).calibration()), key="calibration")
    show.downloads(audit, request, source.name)
    show.code(request)


def _arguments(source: TableSource, asked: dict[str, Any]) -> dict[str, Any]:
    """Join what the columns mean and how the outcome is read; counts and places need no label."""
    known = source.arguments
    if kinds.is_counted(asked):
        labels = ("y_true", "y_pred", "threshold", "pos_label", *(("score",) if asked.get("of") else ()))
        known = {name: value for name, value in known.items() if name not in labels}
    if "positive" in asked:
        known = {name: value for name, value in known.items() if name != "pos_label"}
    return {**known, **asked}


def _scored(source: TableSource) -> dict[str, Any]:
    names = ("score", "y_true", "sensitive_features", "pos_label")
    return {name: source.roles[name] for name in names} if source.arguments else {}


main()
