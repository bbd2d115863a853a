"""What reaches the dashboard: its own pages, and nobody else's."""

import json
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

pytest.importorskip("websockets")


def stream(url, origin, host=None):
    """Try to open a session as a page of an origin would; return whether the server takes it."""

    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    here = urlsplit(url)
    address = f"ws://{host or here.netloc}/_stcore/stream"
    with socket.create_connection((here.hostname, here.port)) as sock:
        try:
            with connect(address, sock=sock, subprotocols=["streamlit"], origin=origin):
                return "open"
        except InvalidStatus as refused:
            return refused.response.status_code


def test_pages_of_other_origins_are_refused(server):
    assert stream(server, server) == "open"
    for origin in ("http://evil.example", "http://127.0.0.1:1", "https://" + server.split("//")[1] + ".evil", "null"):
        assert stream(server, origin) == 403, origin


def test_another_name_for_this_machine_is_refused(server):
    port = server.rsplit(":", 1)[1]
    assert stream(server, f"http://localhost:{port}", f"localhost:{port}") == "open"
    assert stream(server, f"http://evil.example:{port}", f"evil.example:{port}") in (400, 403)


def test_nobody_uploads_without_the_token_of_the_page(server):
    for method in ("PUT", "DELETE"):
        asked = urllib.request.Request(f"{server}/_stcore/upload_file/any/file", b"x", method=method)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked)
        assert caught.value.code in (400, 403)
        caught.value.close()


def test_the_browser_is_told_to_fetch_from_here_alone(server):
    with urllib.request.urlopen(server) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with urllib.request.urlopen(f"{server}/_stcore/host-config") as answer:
        assert answer.headers.get("Access-Control-Allow-Origin") != "*"
        json.load(answer)
