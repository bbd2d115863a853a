"""The dashboard run in the process, without a browser."""

import sys
from pathlib import Path

import pytest

DASHBOARDS = Path(__file__).parents[2] / "dashboards"


@pytest.fixture
def dashboard(monkeypatch):
    """Open a page of the dashboard as a visitor of this machine: ``dashboard("views/audit_table.py")``."""
    testing = pytest.importorskip("streamlit.testing.v1")
    import streamlit as st

    monkeypatch.syspath_prepend(str(DASHBOARDS))
    monkeypatch.setattr(
        st, "get_option", lambda name, real=st.get_option: {"server.address": "127.0.0.1"}.get(name, real(name))
    )

    def opened(page=None):
        app = testing.AppTest.from_file(str(DASHBOARDS / "app.py"), default_timeout=60).run()
        if page:
            app.switch_page(page).run()
        assert not app.exception, app.exception
        return app

    yield opened
    for name in [name for name in sys.modules if name.split(".")[0] in {"parts", "views"}]:
        del sys.modules[name]
