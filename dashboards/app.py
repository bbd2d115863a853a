"""The dashboard: which pages there are, and who may see them. Start it with ``biasaudit dashboard``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import biasaudit as ba
from parts.guard import ask_to_sign_in
from parts.show import md

st.set_page_config(page_title="biasaudit", page_icon=Path(__file__).with_name("icon.png"), layout="wide")
ask_to_sign_in()

PAGES = {
    "": [st.Page("views/start.py", title="Start", icon=":material/home:", default=True)],
    "Explore": [
        st.Page("views/scenario_lab.py", title="Scenario lab", icon=":material/science:", url_path="scenario"),
        st.Page("views/certainty.py", title="How sure are we", icon=":material/help:", url_path="certainty"),
    ],
    "Audit": [
        st.Page("views/audit_table.py", title="Audit a table", icon=":material/groups:", url_path="audit"),
        st.Page("views/dataset.py", title="Dataset", icon=":material/database:", url_path="dataset"),
        st.Page("views/thresholds.py", title="Thresholds", icon=":material/tune:", url_path="thresholds"),
        st.Page("views/mitigate.py", title="Mitigate", icon=":material/build:", url_path="mitigate"),
        st.Page("views/ship.py", title="May it ship?", icon=":material/gavel:", url_path="ship"),
    ],
}
chosen = st.navigation(PAGES)
try:
    chosen.run()
except ba.AuditError as error:
    # Bad data or options are part of the day: a sentence, and the app lives.
    st.error(md(error, 800))
