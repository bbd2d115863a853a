"""Files fetched from a server on this machine that behaves well, badly and worse."""

import hashlib
import io
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from biasaudit.datasets.fetched import _download as download
from biasaudit.datasets.fetched._download import cache_folder, fetch, find
from biasaudit.errors import AuditError

CONTENT = bytes(range(256)) * 1_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


@contextmanager
def server(answer):
    """Serve `answer(number of the request, first byte asked for)` -> status, headers, body, at a free port."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers["Range"]
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            seen.append(asked)
            status, headers, body = answer(len(seen), start)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.handle_error = lambda *_: None  # a client that hangs up is part of the tests
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/table.csv", seen
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def ranged(_, start):
    if start >= len(CONTENT):
        return 416, {}, b""
    headers = {"Content-Length": str(len(CONTENT) - start)}
    if not start:
        return 200, headers, CONTENT
    return 206, headers | {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"}, CONTENT[start:]


def whole(*_):
    return 200, {"Content-Length": str(len(CONTENT))}, CONTENT


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("BIASAUDIT_DATA", raising=False)
    monkeypatch.setenv("BIASAUDIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def part(cache):
    cache.mkdir()
    return cache / "table.csv.part"


def kept(cache):
    return sorted(path.name for path in cache.iterdir() if not path.name.endswith(".lock"))


def fails(answer, **options):
    with server(answer) as (url, seen):
        with pytest.raises(AuditError) as caught:
            fetch(url, SHA256, "table.csv", **{"timeout": 5, **options})
        return str(caught.value).replace(url, "URL"), seen


def could_not(why, cache):
    return (
        f'"table.csv" could not be fetched from URL: {why}. Try again with a connection to the internet, '
        f'or put the file by hand at "{cache / "table.csv"}".'
    )


def test_fetched_once(cache):
    with server(ranged) as (url, seen):
        path = fetch(url, SHA256, "table.csv")
        assert fetch(url, SHA256, "table.csv") == path == cache / "table.csv"
    assert path.read_bytes() == CONTENT
    assert seen == [None]
    assert kept(cache) == ["table.csv"]


def test_a_spoilt_file_is_fetched_again(cache, part):
    (cache / "table.csv").write_bytes(b"spoilt")
    with server(ranged) as (url, _):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT


def test_half_a_file_of_an_earlier_time_is_gone_on_with(cache, part):
    part.write_bytes(CONTENT[:HALF])
    with server(ranged) as (url, seen):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT
    assert seen == [f"bytes={HALF}-"]
    assert kept(cache) == ["table.csv"]


def test_a_part_that_is_whole_needs_no_server(cache, part):
    part.write_bytes(CONTENT)
    with server(ranged) as (url, seen):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT
    assert seen == []


def test_a_server_without_ranges_starts_over(part):
    part.write_bytes(CONTENT[:HALF])
    with server(whole) as (url, seen):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT
    assert seen == [f"bytes={HALF}-"]


def test_a_part_of_another_file_starts_over(part):
    part.write_bytes(b"x" * HALF)
    with server(ranged) as (url, seen):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT
    assert seen == [f"bytes={HALF}-", None]


def test_a_part_that_is_too_long_starts_over(part):
    part.write_bytes(CONTENT + b"x")
    with server(ranged) as (url, seen):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT
    assert seen == [f"bytes={len(CONTENT) + 1}-", None]


def test_a_connection_that_breaks_off_once():
    def breaks(request, start):
        status, headers, body = ranged(request, start)
        return status, headers, body[:HALF] if request == 1 else body

    with server(breaks) as (url, seen):
        assert fetch(url, SHA256, "table.csv").read_bytes() == CONTENT
    assert seen == [None, f"bytes={HALF}-"]


def test_a_connection_that_breaks_off_for_good(cache):
    def breaks(request, start):
        status, headers, body = ranged(request, start)
        return status, headers, body[:HALF] if request == 1 else b""

    message, seen = fails(breaks)
    assert message == could_not(f"the connection broke off after {HALF:,} of {len(CONTENT):,} bytes", cache)
    assert seen == [None, f"bytes={HALF}-"]
    assert kept(cache) == ["table.csv.part"]
    assert (cache / "table.csv.part").read_bytes() == CONTENT[:HALF]


def test_another_file(cache):
    message, seen = fails(lambda *_: (200, {"Content-Length": "5"}, b"wrong"))
    found = hashlib.sha256(b"wrong").hexdigest()
    assert message == (
        f'"URL" is not the file expected: its sha256 is {found[:12]}…, not {SHA256[:12]}…. It was thrown away. '
        f'Try again later, or put the right file by hand at "{cache / "table.csv"}".'
    )
    assert seen == [None]
    assert kept(cache) == []


def test_half_a_file_of_unknown_length_is_thrown_away(cache):
    message, _ = fails(lambda *_: (200, {}, CONTENT[:HALF]))
    assert "is not the file expected" in message
    assert kept(cache) == []


def test_another_range_than_was_asked_for(cache, part):
    part.write_bytes(CONTENT[:HALF])
    headers = {"Content-Length": "5", "Content-Range": f"bytes 0-4/{len(CONTENT)}"}
    message, _ = fails(lambda *_: (206, headers, CONTENT[:5]))
    assert message == could_not("it answered with another part than was asked for", cache)
    assert part.read_bytes() == CONTENT[:HALF]


@pytest.mark.parametrize("headers", [{"Content-Length": str(len(CONTENT))}, {}], ids=["said", "not said"])
def test_too_large(cache, headers):
    message, _ = fails(lambda *_: (200, headers, CONTENT), most_bytes=1_000)
    assert message == (
        '"URL" is larger than the 1,000 bytes that were declared for it. Nothing of it was kept; check the address.'
    )
    assert kept(cache) == []


def test_offline(cache):
    with server(ranged) as (url, _):
        pass
    with pytest.raises(AuditError) as caught:
        fetch(url, SHA256, "table.csv")
    assert str(caught.value).replace(url, "URL") == could_not("Connection refused", cache)
    assert kept(cache) == []


def test_offline_by_name(cache, monkeypatch):
    def unknown(*_, **__):
        raise urllib.error.URLError(OSError(-2, "Name or service not known"))

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", unknown)
    with pytest.raises(AuditError) as caught:
        fetch("https://example.org/table.csv", SHA256, "table.csv")
    message = str(caught.value).replace("https://example.org/table.csv", "URL")
    assert message == could_not("Name or service not known", cache)


def test_the_server_says_no(cache):
    assert fails(lambda *_: (404, {}, b""))[0] == could_not("the server answered 404", cache)


def test_the_server_is_silent(cache):
    waits = threading.Event()
    try:
        message, _ = fails(lambda *_: waits.wait(5) and None, timeout=0.2)
    finally:
        waits.set()
    assert message == could_not("the server took too long", cache)


def test_no_time_left(cache, monkeypatch):
    monkeypatch.setattr(download, "MOST_SECONDS", -1.0)
    message, _ = fails(ranged)
    assert message == could_not("the connection broke off: the server took too long", cache)


@pytest.mark.parametrize(
    "elsewhere", ["http://localhost:1/a", "http://example.org/a", "ftp://127.0.0.1/a", "file:///etc/hostname", "//[/a"]
)
def test_redirects_to_elsewhere_are_refused(cache, elsewhere):
    message, seen = fails(lambda *_: (302, {"Location": elsewhere, "Content-Length": "0"}, b""))
    assert message == could_not("it sends on to an address that is not https", cache)
    assert seen == [None]
    assert kept(cache) == []


def test_https_is_not_sent_on_to_http():
    assert download._allowed("https://example.org/b", "https://example.org/a")
    assert not download._allowed("http://127.0.0.1/b", "https://example.org/a")
    assert not download._allowed("http://example.org/b", "https://example.org/a")


def test_a_redirect_on_this_machine_is_followed():
    with server(ranged) as (url, _), server(lambda *_: (302, {"Location": url}, b"")) as (first, _):
        assert fetch(first, SHA256, "table.csv").read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["http://example.org/a", "file:///etc/passwd", "http://localhost/a", "https://", "a"])
def test_addresses_that_are_not_fetched(url):
    with pytest.raises(AuditError) as caught:
        fetch(url, SHA256, "table.csv")
    assert str(caught.value) == f'"{url}" is not fetched. Give an address that starts with https://.'


@pytest.mark.parametrize(
    ("name", "sha256"), [("../a", SHA256), ("", SHA256), ("..", SHA256), ("a\\b", SHA256), ("a", "1")]
)
def test_names_and_digests_that_are_none(name, sha256):
    with pytest.raises(AuditError, match=r"without a folder, and 64 hexadecimal digits\.$"):
        fetch("https://example.org/a", sha256, name)


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    folder = tmp_path / "file" / "cache"
    monkeypatch.setenv("BIASAUDIT_CACHE", str(folder))
    message, seen = fails(ranged)
    assert message == (
        f'The cache folder "{folder}" cannot be written: Not a directory. Set BIASAUDIT_CACHE to a folder that can be.'
    )
    assert seen == []


def test_a_full_disk(cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download._Download, "_copy", full)
    message, _ = fails(ranged)
    assert message.startswith(f'The cache folder "{cache}" cannot be written: No space left on device.')
    assert "table.csv" not in kept(cache)


def test_a_folder_of_data_comes_first(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("BIASAUDIT_DATA", str(tmp_path))
    (tmp_path / "table.csv").write_bytes(CONTENT)
    assert fetch("https://example.org/a", SHA256, "table.csv") == tmp_path / "table.csv"
    assert not cache.exists()
    (tmp_path / "table.csv").write_bytes(b"other")
    with pytest.raises(AuditError, match=r"Put the right one there, or unset BIASAUDIT_DATA\.$"):
        find("table.csv", SHA256)


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.delenv("BIASAUDIT_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    for platform, xdg, folder in [
        ("linux", "", tmp_path / ".cache" / "biasaudit"),
        ("linux", "relative", tmp_path / ".cache" / "biasaudit"),
        ("linux", str(tmp_path / "xdg"), tmp_path / "xdg" / "biasaudit"),
        ("darwin", "", tmp_path / "Library" / "Caches" / "biasaudit"),
    ]:
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setenv("XDG_CACHE_HOME", xdg)
        assert cache_folder() == folder


def test_no_home(monkeypatch):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("BIASAUDIT_CACHE")
    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    with pytest.raises(AuditError) as caught:
        cache_folder()
    assert str(caught.value) == "There is no home folder to keep files in. Set BIASAUDIT_CACHE to a folder."


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_only_on_a_terminal(monkeypatch, terminal):
    shown = io.StringIO()
    shown.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", shown)
    with server(ranged) as (url, _):
        fetch(url, SHA256, "table.csv")
    assert shown.getvalue().endswith("\rtable.csv: 0.2 of 0.2 MB\n") if terminal else not shown.getvalue()


def test_two_at_once_fetch_it_once(cache):
    import time

    with server(lambda n, start: (time.sleep(0.2), ranged(n, start))[1]) as (url, seen):
        code = f"from biasaudit.datasets.fetched._download import fetch; fetch({url!r}, {SHA256!r}, 'table.csv')"
        # Not by multiprocessing, which would start whatever other tests ran as the main module last.
        people = [subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3]) for _ in range(2)]
        assert [person.wait(60) for person in people] == [0, 0]
    assert seen == [None]
    assert (cache / "table.csv").read_bytes() == CONTENT
