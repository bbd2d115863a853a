"""The page that asks who is missing from the data, and what the labels remember."""

from __future__ import annotations

import streamlit as st

from biasaudit.audits.equal_features import ADJUSTED
from biasaudit.reporting import plots
from biasaudit.reporting.text import level_name
from parts import show
from parts.call import call
from parts.results import result
from parts.source import choose

SECTIONS = {
    "representation": "Who is in the data?",
    "labels": "What do the labels say?",
    "equal_features": "Is like treated alike?",
    "reversals": "Does a gap turn round?",
    "proxies": "Which columns give people away?",
    "missing": "What is missing, and for whom?",
    "artefacts": "Did collection leave traces?",
    "label_errors": "How many wrong labels would it take?",
    "causes": "What can these data name?",
}


def main() -> None:
    """Draw the page."""
    st.title("Who is missing, and what do the labels remember?")
    st.markdown(
        "A model learns what is in the data: who is there, what was decided about them, and what nobody wrote down."
    )
    source = choose()
    roles = source.roles
    label = roles.get("label") or roles.get("y_true") or roles.get("y_pred")
    if not label or not roles.get("sensitive_features"):
        st.info("Name a column of labels or decisions, and one that says who belongs to which group, in the sidebar.")
        return
    features = roles["sensitive_features"]
    by = st.selectbox("Groups by", features, key="by", bind="query-params", format_func=show.plain)
    arguments = {"label": label, "sensitive_features": list(features), "pos_label": roles.get("pos_label")}
    population = _population(source, by, arguments)
    asked = call("audit_dataset", source.call, **(_own(source, arguments) | {"population": population}))
    with st.spinner("Looking at every column …"):
        audit = result(asked)
    report = audit.report()
    st.subheader(show.md(report.headline, 600))
    show.findings(report.findings, most=5)
    for warning in report.warnings:
        st.caption(show.md(warning, 400))
    section = st.selectbox("Look closer", list(SECTIONS), key="section", bind="query-params", format_func=SECTIONS.get)
    st.subheader(SECTIONS[section])
    _section(audit, report, section, by)
    show.downloads(audit, asked, f"{source.name} data")
    show.code(asked)


def _own(source, arguments):
    """Arguments that a data set does not bring by itself."""
    if source.dataset is None:
        return arguments
    own = source.dataset
    named = own.label or own.audit_arguments.get("y_true") or own.audit_arguments.get("y_pred")
    usual = {
        "label": named, "sensitive_features": list(own.sensitive_features),
        "pos_label": own.audit_arguments.get("pos_label"),
    }  # fmt: skip
    return {name: value for name, value in arguments.items() if value != usual[name]}


def _population(source, by, arguments):
    """Ask for the share of each group in the population."""
    asked = call("audit_dataset", source.call, **_own(source, arguments))
    part = result(asked).part("representation")
    groups = [level_name(row) for row in part["group"] if list(row) == [by]]
    with st.expander("Hold the data against a population"):
        st.markdown("What share of the population is each group? Leave all at 0 if nobody knows.")
        columns = st.columns(2)
        shares = {
            name: columns[i % 2].number_input(
                show.md(name), 0.0, 1.0, 0.0, 0.01, key=f"share_{by}_{i}", bind="query-params"
            )
            for i, name in enumerate(groups[:12])
        }
        if any(shares.values()):
            st.caption(f"Together {sum(shares.values()):.2f}; they must make 1.")
    return {by: shares} if any(shares.values()) else None


def _section(audit, report, section, by):
    said = next((s for s in report.sections if s.name == section), None)
    if section == "causes":
        _causes(audit)
        return
    if section == "labels":
        show.plot(plots.plot_rates(report, "base_rate", features=(by,)), key="base_rate")
        return
    for finding in (f for f in report.findings if f.metric == section):
        show.finding(finding)
    for sentence in said.sentences if said else ():
        st.markdown(show.md(sentence, 600))
    _plot(audit, section, by)
    if said and said.rows:
        with st.expander("All numbers of this part"):
            show.section(said, report.settings)


def _plot(audit, section, by):
    part = audit.part(section)
    mine = part[[list(group or {}) == [by] for group in part["group"]]] if "group" in part else part
    shown = part[part["verdict"] == "shown"] if "verdict" in part else part.head(0)
    if section == "representation" and len(mine):
        show.plot(plots.plot_shares(mine), key="shares")
    elif section == "equal_features" and mine["estimate"].notna().any():
        rows = mine[mine["what"].isin([ADJUSTED, "explained by features"])]
        show.plot(plots.plot_equal_features(rows), key="equal")
    elif section == "proxies" and len(mine):
        first = next(group for group in mine["group"] if group)
        show.plot(plots.plot_proxies(mine[[group == first for group in mine["group"]]]), key="proxies")
    elif section == "missing" and (mine["what"] == "missing values").any():
        show.plot(plots.plot_missing(mine), key="missing")
    elif section == "reversals" and len(shown):
        column = shown["column"].iloc[0]
        title = f"In total one way, within each {column} the other: the larger the mark, the more people"
        feature = next(iter(shown["group"].iloc[0]))
        show.plot(plots.plot_levels(audit.label_by(column, feature), column, audit.label, title), key="strata")
    elif section == "artefacts" and len(shown):
        column = st.selectbox(
            "Column", list(shown["column"]), key="column", bind="query-params", format_func=show.plain
        )
        row = shown[shown["column"] == column].iloc[0]
        title = f"{column} {row['where']}: {row['one_label']} labels alone"
        show.plot(plots.plot_levels(audit.label_by(column), column, audit.label, title), key="artefact")


def _causes(audit):
    st.markdown("Some causes leave traces that data show by themselves. Others look alike in every table.")
    for row in audit.causes().to_dict("records"):
        show.verdict(row["verdict"], f"{row['cause'].capitalize()}: {row['evidence']}")


main()
