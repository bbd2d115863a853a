"""The page that asks: who is missing, and what do the labels remember."""

from __future__ import annotations

from typing import Any

import streamlit as st

import biasaudit as ba
from parts import data_sections, show
from parts.call import Call, call, method
from parts.kinds import only_yes_or_no
from parts.population import choose_population
from parts.results import result
from parts.source import TableSource, choose

NONE = "(none)"


def main() -> None:
    """Draw the page."""
    st.title("Who is missing, and what do the labels remember?")
    source = choose()
    st.markdown(
        "A model learns what its data say. Before any model: who is in these data, what do their labels say about each "
        "group, and where may that come from?"
    )
    if not only_yes_or_no(source):
        return
    tag = source.call.key[:4]
    known = _roles(source)
    request = call("audit_dataset", source.call, **known, **_choices(source, known, tag))
    with st.spinner("Counting, and looking for traces …"):
        result(request)
    request = _with_population(request, tag)
    audit = result(request)
    report = audit.report()
    st.subheader(show.md(report.headline, 800))
    show.findings(report.findings)
    for warning in report.warnings:
        st.caption(show.md(warning, 600))
    data_sections.draw(audit)
    show.downloads(audit, request, f"data_{source.name}")
    show.code(request)


def _roles(source: TableSource) -> dict[str, Any]:
    """Read which column is what, where the table does not say it by itself."""
    named = source.roles
    given = {
        "label": named.get("label") or named.get("y_true") or named.get("y_pred"),
        "sensitive_features": list(named.get("sensitive_features") or ()) or None,
        "pos_label": named.get("pos_label"),
    }
    data = source.dataset
    if data is None:
        return given
    label = data.label or data.audit_arguments.get("y_true") or data.audit_arguments.get("y_pred")
    own = {
        "label": label,
        "sensitive_features": list(data.sensitive_features),
        "pos_label": data.audit_arguments.get("pos_label"),
    }
    return {name: value for name, value in given.items() if value is not None and value != own[name]}


def _choices(source: TableSource, known: dict[str, Any], tag: str) -> dict[str, Any]:
    """Let people say in which columns others are to be alike, and which column holds verified labels."""
    data = source.dataset
    frame = source.data if data is None else data.frame
    taken = {known.get("label"), *known.get("sensitive_features", ())}
    taken |= {data.label, *data.sensitive_features} if data is not None else set()
    columns = [name for name in map(str, frame.columns) if name not in taken]
    with st.expander("Choices: who is alike, and labels that somebody checked"):
        strata = st.multiselect(
            "Compare people who are alike in (strata)",
            columns,
            key=f"strata-{tag}",
            bind="query-params",
            placeholder="those that tell most of the label",
            max_selections=6,
            format_func=show.plain,
        )
        verified = st.selectbox(
            "Column of checked labels (verified labels)",
            [NONE, *columns],
            key=f"verified-{tag}",
            bind="query-params",
            format_func=show.plain,
            help="Known to be true for some rows, empty for the others.",
        )
    return {"strata": strata or None, "verified": None if verified == NONE else verified}


def _with_population(request: Call, tag: str) -> Call:
    """Hold the audit against a population, where somebody gives one that fits."""
    population = choose_population(result(request), tag)
    if not population:
        return request
    compared = method(request, "with_population", population, variable="audit")
    try:
        result(compared)
    except ba.AuditError as error:
        st.warning(show.md(error, 800))
        return request
    return compared


main()
