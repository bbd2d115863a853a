"""The page that asks whether anyone is treated worse."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.reporting.plots import plot_calibration, plot_confusion, plot_rates
from biasaudit.reporting.words.breakdowns import breakdowns, key_metrics, label
from parts import show
from parts.call import call
from parts.results import result
from parts.source import TableSource, choose


def main() -> None:
    """Draw the page."""
    st.title("Is anyone treated worse here?")
    source = choose()
    if not source.roles["sensitive_features"] or not any(source.roles[n] for n in ("y_true", "y_pred", "score")):
        st.info(
            "Say in the sidebar, under “What the columns mean”, who belongs to which group, and which column holds the "
            "decision or what came true."
        )
        return
    request = call("audit_predictions", source.call, **source.arguments)
    audit = result(request)
    report = audit.report()
    st.subheader(show.md(report.headline, 600))
    show.findings(report.findings, most=5)
    for warning in report.warnings:
        st.caption(show.md(warning, 400))
    features = {" × ".join(map(show.plain, breakdown.features)): breakdown.features for breakdown in breakdowns(report)}
    left, right = st.columns(2)
    by = left.selectbox("Groups by", list(features), key="by", bind="query-params")
    names = {label(metric, report.metrics): metric for metric in key_metrics(report)}
    metric = names[right.selectbox("Rate", list(names), key="rate", bind="query-params")]
    st.caption(show.md(report.metrics[metric].meaning, 300))
    show.plot(plot_rates(report, metric, features=features[by]), key="rates")
    if source.roles["y_true"] and (source.roles["y_pred"] or source.roles["threshold"] is not None):
        st.subheader("Who is right and who is wronged")
        show.plot(plot_confusion(report, features=features[by]), key="confusion")
    if source.roles["y_true"] and source.roles["score"]:
        st.subheader("Does a score mean the same for everybody?")
        thresholds = call("audit_thresholds", source.call, variable="lines", **_scored(source))
        show.plot(plot_calibration(result(thresholds).calibration()), key="calibration")
    show.downloads(audit, request, source.name)
    show.code(request)


def _scored(source: TableSource) -> dict[str, Any]:
    names = ("score", "y_true", "sensitive_features", "pos_label")
    return {name: source.roles[name] for name in names} if source.arguments else {}


main()
