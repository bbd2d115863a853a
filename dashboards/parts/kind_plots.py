"""The plots of an audit: which they are depends on what the outcome is."""

from __future__ import annotations

from typing import Any

import streamlit as st

from biasaudit.audits.classes.audit import ClassAudit
from biasaudit.audits.numbers.audit import NumberAudit
from biasaudit.audits.rankings.audit import RankingAudit
from biasaudit.reporting.plots import (
    plot_class_confusion,
    plot_confusion,
    plot_distributions,
    plot_rates,
    plot_top_shares,
)
from biasaudit.reporting.report import Report
from biasaudit.reporting.words.breakdowns import breakdowns, key_metrics, label, thing_of
from biasaudit.reporting.words.ridges import split_of, variables_of
from parts import show

__all__ = ["draw"]


def draw(audit: Any, report: Report, *, labelled: bool) -> None:
    """Let people choose groups and a rate, and draw what the audit has of them.

    Parameters
    ----------
    audit : Audit, NumberAudit, ClassAudit or RankingAudit
    report : Report
        Of the same audit.
    labelled : bool
        Whether it has labels and decisions of a yes or no.
    """
    features = {" × ".join(map(show.plain, breakdown.features)): breakdown.features for breakdown in breakdowns(report)}
    names = {label(metric, report.metrics): metric for metric in key_metrics(report)}
    if not features or not names:
        return
    left, right = st.columns(2)
    by = features[left.selectbox("Groups by", list(features), key="by", bind="query-params")]
    metric = names[right.selectbox(thing_of(report).capitalize(), list(names), key="rate", bind="query-params")]
    st.caption(show.md(report.metrics[metric].meaning, 300))
    show.plot(plot_rates(report, metric, features=by), key="rates")
    _gaps(audit, metric, by)
    if isinstance(audit, NumberAudit):
        _distributions(report, by)
    elif isinstance(audit, ClassAudit):
        _classes(audit, by)
    elif isinstance(audit, RankingAudit):
        if len(by) == 1:
            st.subheader("Who stands in the first places")
            show.plot(plot_top_shares(audit.top_shares(), by[0]), key="top")
    elif labelled:
        st.subheader("Who is right and who is wronged")
        show.plot(plot_confusion(report, features=by), key="confusion")
    _sections(audit, report)


def _gaps(audit: Any, metric: str, by: tuple[str, ...]) -> None:
    """Offer every gap between groups in one measure, with its limits and verdict."""
    behind = st.expander("Every gap, with its limits and verdict", key="gaps", on_change="rerun")
    if not behind.open:
        return
    table = audit.disparities(metric)
    ours = [tuple(names) == by for names in table["sensitive_features"]]
    with behind:
        show.table(table[ours].reset_index(drop=True), audit.report().metrics)


def _distributions(report: Report, by: tuple[str, ...]) -> None:
    st.subheader("Behind the means: everybody")
    for variable in variables_of(report.distributions):
        if split_of(report.distributions, variable, by)[1]:
            show.plot(plot_distributions(report, variable, features=by), key=f"spread_{variable}")


def _classes(audit: ClassAudit, by: tuple[str, ...]) -> None:
    confusion = audit.confusion()
    if any(tuple(group) == by for group in confusion["group"]):
        st.subheader("Who is taken for whom")
        show.plot(plot_class_confusion(confusion, features=by), key="confusion")


def _sections(audit: Any, report: Report) -> None:
    """Fold away what an audit of a number, of classes or of rankings says beyond its gaps."""
    if not isinstance(audit, NumberAudit | ClassAudit | RankingAudit):
        return
    for section in report.sections:
        with st.expander(show.md(section.title, 120)):
            for sentence in section.sentences:
                st.markdown(show.md(sentence, 900))
            show.section(section, report.settings)
