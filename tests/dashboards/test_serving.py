"""Where the dashboard listens, and whom it lets in."""

import socket
import sys

import pytest

from biasaudit import AuditError, serving
from started import free_port

SECRETS = """
[auth]
redirect_uri = "https://audits.example/oauth2callback"
cookie_secret = "not a secret"
client_id = "a"
client_secret = "b"
server_metadata_url = "https://accounts.example/.well-known/openid-configuration"
"""


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Catch the command instead of running it, in a folder without secrets."""
    pytest.importorskip("streamlit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    commands = []

    def run(module, **how):
        assert (module, how["run_name"]) == ("streamlit", "__main__")
        commands.append(list(sys.argv))

    monkeypatch.setattr(sys, "argv", ["biasaudit"])
    monkeypatch.setattr(serving.runpy, "run_module", run)
    return commands


def test_it_serves_this_machine_alone(started):
    port = free_port()
    serving.serve(port=port)
    (command,) = started
    assert command[:2] == ["streamlit", "run"]
    assert command[2].endswith("server.py")
    assert [flag for flag in command if "allowedHosts" in flag] == [
        f"--server.allowedHosts={host}" for host in ("127.0.0.1", "localhost", "::1")
    ]
    for flag in (
        "--server.address=127.0.0.1",
        f"--server.port={port}",
        "--browser.gatherUsageStats=false",
        "--server.enableXsrfProtection=true",
        "--client.showErrorDetails=none",
        "--server.fileWatcherType=none",
    ):
        assert flag in command


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_other_machines_are_let_in_only_where_people_sign_in(started, address):
    with pytest.raises(AuditError) as caught:
        serving.serve(address=address)
    assert str(caught.value) == (
        f"--address {address} would let others open the dashboard, and nobody is asked who they are. Set up sign-in "
        "first ([auth] in .streamlit/secrets.toml, see Streamlit's st.login), or leave --address out."
    )
    assert started == []


def test_with_sign_in_it_serves_others(started, tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(SECRETS)
    serving.serve(address="0.0.0.0", port=free_port())
    assert "--server.allowedHosts=audits.example" in started[0]
    assert "--server.address=0.0.0.0" in started[0]
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth]\nredirect_uri = 'x'\n")
    with pytest.raises(AuditError, match="nobody is asked who they are"):
        serving.serve(address="0.0.0.0", port=free_port())


def test_sign_in_that_leads_nowhere_is_refused(started, tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(SECRETS.replace("https://audits.example", "audits"))
    with pytest.raises(AuditError, match=r"redirect_uri .* is no address"):
        serving.serve(address="0.0.0.0", port=free_port())


def test_a_port_that_is_taken(started):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AuditError, match=f"cannot listen on 127.0.0.1:{port}: .* Give another --port"):
            serving.serve(port=port)
    with pytest.raises(AuditError, match="--port 99999 is no port"):
        serving.serve(port=99_999)


def test_without_streamlit_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(serving.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AuditError, match=r'pip install "biasaudit\[dashboard\]"'):
        serving.serve()


def test_beyond_this_machine_every_page_asks_who_it_is(dashboard, monkeypatch):
    import streamlit as st

    real = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else real(name))
    for page in (None, "views/audit_table.py", "views/dataset.py"):
        app = dashboard(page)
        assert "nobody is asked who they are" in app.error[0].value
        assert not app.title
