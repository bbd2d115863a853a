"""Start the dashboard: on this machine alone, unless everyone who comes has to sign in."""

from __future__ import annotations

import importlib.util
import ipaddress
import runpy
import socket
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["LOOPBACK", "is_this_machine", "serve", "sign_in_is_set_up"]

LOOPBACK = "127.0.0.1"
HERE = (LOOPBACK, "localhost", "::1")
ENTRY = "server.py"
PACKAGE = Path(__file__).parent
MOST_UPLOAD = 200
SIGN_IN = ("redirect_uri", "cookie_secret")
PROVIDER = ("client_id", "client_secret", "server_metadata_url")
OPTIONS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.maxUploadSize": str(MOST_UPLOAD),
    # What a session held goes soon after it leaves.
    "server.disconnectedSessionTTL": "20",
    # A full collection of garbage after each run would take longer than most runs do.
    "runner.postScriptGC": "false",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    # A page shows what it says, not whatever an expression returns.
    "runner.magicEnabled": "false",
    # Its CSV export would hand formulas to a spreadsheet.
    "client.disableDataExport": "true",
    # Blues on which white text can be read, and which can be read on tints of themselves; captions are fainter text.
    "theme.light.primaryColor": "#00639C",
    "theme.light.textColor": "#0F0F0F",
    "theme.dark.primaryColor": "#1F77B4",
}


def serve(*, port: int = 8501, address: str = LOOPBACK) -> None:
    """Serve the dashboard until it is stopped; Streamlit ends by SystemExit.

    Parameters
    ----------
    port : int
        1 to 65535.
    address : str
        Where it listens. Anything but this machine is refused unless Streamlit's sign-in is set up.

    Raises
    ------
    AuditError
        If Streamlit is not installed, the port is taken, or strangers could open it without signing in.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise AuditError('The dashboard needs Streamlit. Install it with: pip install "biasaudit[dashboard]"')
    hosts = HERE if is_this_machine(address) else (*HERE, _signed_in_at(address))
    _check_port(address, port)
    options = OPTIONS | {"server.address": address, "server.port": str(port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    # Under another name, a page elsewhere could point its own name at this machine and read along.
    flags += [f"--server.allowedHosts={host}" for host in hosts]
    # In this process, so that whoever stops it leaves no child behind.
    sys.argv = ["streamlit", "run", str(_entry()), *flags]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def is_this_machine(address: str) -> bool:
    """Say whether only this machine can reach an address.

    Examples
    --------
    >>> is_this_machine("127.0.0.1"), is_this_machine("::1"), is_this_machine("0.0.0.0"), is_this_machine("")
    (True, True, False, False)
    """
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def sign_in_is_set_up(secrets: dict[str, Any]) -> bool:
    """Say whether secrets hold what Streamlit's sign-in needs: a cookie's secret, and one provider at least.

    Examples
    --------
    >>> sign_in_is_set_up({"auth": {"redirect_uri": "https://a.example/oauth2callback"}})
    False
    """
    auth = secrets.get("auth")
    if not isinstance(auth, dict) or not all(auth.get(name) for name in SIGN_IN):
        return False
    providers = [auth, *(value for value in auth.values() if isinstance(value, dict))]
    return any(all(provider.get(name) for name in PROVIDER) for provider in providers)


def _signed_in_at(address: str) -> str:
    """Return the name under which people open it beyond this machine, where they have to sign in."""
    secrets = _secrets()
    if not sign_in_is_set_up(secrets):
        raise AuditError(
            f"--address {clean(address)} would let others open the dashboard, and nobody is asked who they are. Set "
            "up sign-in first ([auth] in .streamlit/secrets.toml, see Streamlit's st.login), or leave --address out."
        )
    if importlib.util.find_spec("authlib") is None:
        raise AuditError('Sign-in needs Authlib. Install it with: pip install "biasaudit[dashboard]"')
    name = urlsplit(str(secrets["auth"]["redirect_uri"])).hostname
    if not name:
        raise AuditError(
            "redirect_uri in [auth] of .streamlit/secrets.toml is no address. Give the one people will open, such as "
            "https://audits.example.org/oauth2callback."
        )
    return name


def _secrets() -> dict[str, Any]:
    """Read the secrets that Streamlit would read: of this folder, then of the home."""
    found: dict[str, Any] = {}
    for folder in (Path.home(), Path.cwd()):
        path = folder / ".streamlit" / "secrets.toml"
        if path.is_file():
            try:
                found |= tomllib.loads(path.read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise AuditError(f'"{path}" cannot be read: {error}. Mend it, or leave --address out.') from None
    return found


def _check_port(address: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise AuditError(f"--port {port} is no port. Give a number from 1 to 65535, such as 8501.")
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise AuditError(
                f"The dashboard cannot listen on {address}:{port}: {error.strerror or error}. Give another --port."
            ) from None


def _entry() -> Path:
    for folder in (PACKAGE / "_shipped" / "dashboards", PACKAGE.parent / "dashboards"):
        if all((folder / name).is_file() for name in ("app.py", ENTRY)):
            return folder / ENTRY
    raise AuditError("The dashboard's files are missing from this installation. Install biasaudit again.")
