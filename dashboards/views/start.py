"""The first page: three doors, and a verdict as an example."""

from __future__ import annotations

import streamlit as st

from biasaudit.reporting.plots import plot_rates
from biasaudit.reporting.words.words import VERDICTS
from parts import show
from parts.call import call
from parts.results import result

DOORS = (
    (
        "Explore a scenario",
        "Turn a dial and watch how bias gets from the past into data, a model and people's lives.",
        "views/scenario_lab.py",
        "Open the scenario lab",
    ),
    (
        "Audit a table",
        "Bring your own table, or take a real one. You get sentences, intervals, and “cannot tell”.",
        "views/audit_table.py",
        "Audit a table",
    ),
    (
        "Learn",
        "See what chance alone shows when nobody is treated worse, and how many people it takes to know.",
        "views/certainty.py",
        "How sure are we?",
    ),
)


def main() -> None:
    """Draw the page."""
    st.title("Who is harmed, and how sure are we?")
    st.markdown(
        "biasaudit looks at data and at decisions about people, says where groups fare differently, and says so when "
        "the data cannot tell."
    )
    for column, (title, text, page, link) in zip(st.columns(3), DOORS, strict=True):
        with column.container(border=True, height="stretch"):
            st.subheader(title)
            st.markdown(text)
            st.page_link(page, label=link, icon=":material/arrow_forward:")
    st.subheader("An example: a risk score in Broward County")
    request = call("audit_predictions", call("datasets.load_compas", variable="data"))
    audit = result(request)
    report = audit.report()
    flagged = [f for f in report.findings if f.metric == "false_positive_rate"]
    show.findings(flagged[:1])
    show.plot(plot_rates(report, "false_positive_rate", features=("race",)), key="example")
    st.caption("Of those who were not arrested again within two years, the share that the score had called dangerous.")
    st.subheader("Three answers, never two")
    for name, words in VERDICTS.items():
        show.verdict_words(name, words.label, f"{words.meaning}.")
    st.caption(
        "An audit describes the data it was given. It is no legal advice and no proof that nobody is harmed; labels "
        "can carry the harm themselves."
    )
    show.code(request)


main()
