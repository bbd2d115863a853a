"""The dashboard run in the process, without a browser."""

import functools
import importlib
import sys
import types
from pathlib import Path

import pytest

import biasaudit as ba

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
SHIPPED = {name for name, _ in ba.datasets.list_datasets()}
_AUDITS = {}


def remembered(audit):
    """Audit each shipped data set once in the same way, however many pages and tests look at it."""

    def audited(data, **asked):
        if getattr(data, "name", None) not in SHIPPED:
            return audit(data, **asked)
        key = (audit, data.name, len(data.frame), repr(sorted(asked.items())))
        if key not in _AUDITS:
            _AUDITS[key] = audit(data, **asked)
        return _AUDITS[key]

    return audited


@functools.cache
def once(function):
    """Look through all that is installed once, where Streamlit does it for every page it tests."""
    return functools.cache(function)


@pytest.fixture
def dashboard(monkeypatch):
    """Open a page of the dashboard as a visitor of this machine: ``dashboard("views/audit_table.py")``."""
    testing = pytest.importorskip("streamlit.testing.v1")
    import streamlit as st

    monkeypatch.syspath_prepend(str(DASHBOARDS))
    # Streamlit puts its page there, which every process that is spawned later would start with.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    scanner = importlib.import_module("streamlit.components.v2.manifest_scanner")
    monkeypatch.setattr(scanner, "scan_component_manifests", once(scanner.scan_component_manifests))
    # Streamlit looks for garbage after every run, in all that the tests have ever imported.
    monkeypatch.setattr("streamlit.runtime.scriptrunner.script_runner.gc", types.SimpleNamespace(collect=lambda _: 0))
    monkeypatch.setattr(ba, "audit_dataset", remembered(ba.audit_dataset))
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
