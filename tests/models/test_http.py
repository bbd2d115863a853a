"""A scoring service on this machine that behaves well, badly and worse."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from biasaudit.errors import AuditError
from biasaudit.models import http
from biasaudit.models.http import HttpScorer
from hardening.slow_services import KINDS, slow_service, texts_for

WANTED = 'It should answer {"scores": [...]} with one number a text.'


@contextmanager
def service(answer):
    """Serve `answer(number of the request, what was sent)` -> status, headers, body, at a free port."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((self.path, dict(self.headers), sent))
            status, headers, body = answer(len(seen), sent)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in [body] if isinstance(body, bytes) else body:
                try:
                    self.wfile.write(piece)
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/score", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lengths(_, sent):
    return 200, {}, json.dumps({"scores": [len(text) for text in sent["texts"]]}).encode()


@pytest.fixture(autouse=True)
def no_wait(monkeypatch):
    monkeypatch.setattr(http, "FIRST_WAIT", 0.01)


def fails(answer, *texts, **options):
    with service(answer) as (url, seen):
        scorer = HttpScorer(url, **{"timeout": 5, **options})
        with pytest.raises(AuditError) as caught:
            scorer(list(texts) or ["a", "bb"])
        return str(caught.value), len(seen)


def test_texts_go_out_in_batches_and_scores_come_back_in_order():
    with service(lengths) as (url, seen):
        scorer = HttpScorer(url, batch_size=2, extra={"job": "cook"}, headers={"Authorization": "Bearer key"})
        assert scorer(["a", "bb", "ccc"]).tolist() == [1, 2, 3]
        assert [sent for _, _, sent in seen] == [
            {"job": "cook", "texts": ["a", "bb"]},
            {"job": "cook", "texts": ["ccc"]},
        ]
        assert seen[0][1]["Authorization"] == "Bearer key"
        assert scorer([]).shape == (0,)
        assert repr(scorer) == "HttpScorer(host='127.0.0.1')"


def test_a_list_alone_decisions_and_another_field_do():
    with service(lambda _, sent: (200, {}, json.dumps([t == "a" for t in sent["cvs"]]).encode())) as (url, _):
        assert HttpScorer(url, field="cvs")(["a", "b"]).tolist() == [1.0, 0.0]


def test_text_of_any_script_arrives_whole():
    with service(lengths) as (url, seen):
        assert HttpScorer(url)(["Zoë 名前\n\x00"]).tolist() == [8]
        assert seen[0][2]["texts"] == ["Zoë 名前\n\x00"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", f"did not answer with JSON. {WANTED}"),
        (b"\xff\xfe{", f"did not answer with JSON. {WANTED}"),
        (b"[" * 20_000, f"did not answer with JSON. {WANTED}"),
        (b'{"score": 1}', f"answered with JSON that holds no list of scores. {WANTED}"),
        (b'"ab"', f"answered with JSON that holds no list of scores. {WANTED}"),
        (b"[0.5]", f"gave 1 scores for 2 texts. {WANTED}"),
        (
            b"[NaN, 1]",
            "gave a score that is no finite number. A text without a score cannot be compared; "
            "ask the service why it has none.",
        ),
        (
            b'["0.5", 1]',
            "gave a score that is no finite number. A text without a score cannot be compared; "
            "ask the service why it has none.",
        ),
        (
            b"[null, 1e999]",
            "gave a score that is no finite number. A text without a score cannot be compared; "
            "ask the service why it has none.",
        ),
    ],
)
def test_a_strange_answer_is_refused_at_once(body, message):
    assert fails(lambda *_: (200, {}, body)) == (f"The service at 127.0.0.1 {message}", 1)


def test_an_answer_without_end_is_cut_off():
    message, requests = fails(lambda *_: (200, {}, (b" " * 60_000 for _ in range(1_000))))
    assert message == (
        "The service at 127.0.0.1 answered with more than 66,048 bytes, too many for scores. Check the address."
    )
    assert requests == 1


def test_a_service_that_is_busy_is_asked_again():
    with service(lambda n, sent: lengths(n, sent) if n > 2 else (503, {}, b"")) as (url, seen):
        assert HttpScorer(url)(["a"]).tolist() == [1]
        assert len(seen) == 3


def test_a_service_that_stays_busy_is_given_up():
    assert fails(lambda *_: (429, {}, b"")) == ("The service at 127.0.0.1 answered 429 3 times. Try again later.", 3)
    assert fails(lambda *_: (500, {}, b""), retries=0) == (
        "The service at 127.0.0.1 answered 500. Try again later.",
        1,
    )


def test_a_refusal_is_not_repeated():
    assert fails(lambda *_: (401, {}, b"")) == (
        "The service at 127.0.0.1 refused the texts (401). Check the address, field= and headers=.",
        1,
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with service(lengths) as (elsewhere, reached):
        message, _ = fails(lambda *_: (status, {"Location": elsewhere}, b""))
        assert not reached
    assert message == (
        f"The service at 127.0.0.1 redirects elsewhere ({status}), which is not followed. "
        "Give the address that it redirects to, if you trust it."
    )


def test_a_service_that_does_not_answer_or_only_drips():
    gate = threading.Event()

    def silent(*_):
        gate.wait(5)
        return 200, {}, b"[1, 2]"

    def drips():
        for _ in range(100):
            gate.wait(0.02)
            yield b" "

    message = "The service at 127.0.0.1 gave no answer within 0.2 seconds. Try again later."
    assert fails(lambda *_: (200, {}, drips()), timeout=0.2, retries=0)[0] == message
    assert fails(silent, timeout=0.2, retries=0)[0] == message
    gate.set()


def test_no_slowness_outlasts_the_time_for_a_batch_and_its_tries():
    """Each of these services would speak for ever: whoever waits for their end is still waiting when this one stops."""
    said = {}

    def ask(kind):
        with slow_service(kind, pause=0.02) as url:
            with pytest.raises(AuditError) as caught:
                HttpScorer(url, timeout=0.3, retries=1000)(texts_for(kind))
            said[kind] = str(caught.value)

    asking = [threading.Thread(target=ask, args=(kind,), daemon=True) for kind in KINDS]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(60)
    late = "The service at 127.0.0.1 gave no answer within 0.3 seconds. Try again later."
    # How often it was asked is chance: it answers, so that there is time for another try.
    assert said.pop("busy").startswith(("The service at 127.0.0.1 answered 503", late))
    assert said == dict.fromkeys([kind for kind in KINDS if kind != "busy"], late)


def test_a_name_that_nobody_finds_is_not_waited_for(monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: gate.wait(60))
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(AuditError, match=r"gave no answer within 0\.1 seconds"):
        HttpScorer("https://slow.invalid/score", timeout=0.1)(["a"])
    gate.set()


def test_a_name_that_cannot_be_found(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(AuditError, match=r"^The service at no.invalid could not be reached or broke off\."):
        HttpScorer("https://no.invalid/score", retries=0)(["a"])


def test_a_local_service_is_reached_without_a_proxy(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with service(lengths) as (url, _):
        assert HttpScorer(url, retries=0)(["a"]).tolist() == [1]


def test_nobody_there():
    with service(lengths) as (url, _):
        pass
    with pytest.raises(AuditError) as caught:
        HttpScorer(url, retries=1)(["a"])
    assert str(caught.value) == ("The service at 127.0.0.1 could not be reached or broke off 2 times. Try again later.")


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        (
            "file:///etc/passwd",
            {},
            '"file:///etc/passwd" is no web address. Give one such as https://example.org/score.',
        ),
        ("http://[::1", {}, '"http://[::1" is no web address. Give one such as https://example.org/score.'),
        ("https://a b", {}, '"https://a b" is no web address. Give one such as https://example.org/score.'),
        ("https://a:99999/", {}, '"https://a:99999/" is no web address. Give one such as https://example.org/score.'),
        (None, {}, '"None" is no web address. Give one such as https://example.org/score.'),
        (
            "https://me:secret@example.org",
            {},
            "The address holds a user name or password. Send them with headers= instead.",
        ),
        (
            "http://example.org/score",
            {},
            "http to example.org can be read on the way. Use https, or insecure=True where that does no harm.",
        ),
        (
            "https://example.org",
            {"headers": {"X-Key": "a\r\nHost: b"}},
            'The header "X-Key" is not plain text on one line. Remove line breaks and accents.',
        ),
        (
            "https://example.org",
            {"extra": {"texts": 1}},
            'extra has "texts", which is where the texts go. Use another name for it.',
        ),
        (
            "https://example.org",
            {"extra": {"a": float("nan")}},
            "extra holds a value that JSON cannot carry. Use text, numbers, lists and mappings.",
        ),
        ("https://example.org", {"batch_size": 0}, "batch_size=0 is out of range. Give a whole number from 1 on."),
        ("https://example.org", {"retries": -1}, "retries=-1 is out of range. Give a whole number from 0 on."),
        ("https://example.org", {"timeout": 0}, "timeout=0 is out of range. Give seconds above 0, up to 3600."),
    ],
)
def test_what_cannot_be_asked(url, options, message):
    with pytest.raises(AuditError) as caught:
        HttpScorer(url, **options)
    assert str(caught.value) == message


def test_plain_http_elsewhere_only_if_said_so():
    assert HttpScorer("http://example.org/score", insecure=True).host == "example.org"


def test_an_audit_of_a_service():
    import biasaudit as ba

    names = {"woman": ["Anna", "Berta", "Clara"], "man": ["Anton", "Bert", "Carl"]}
    with service(lengths) as (url, _):
        audit = ba.audit_pairs(HttpScorer(url), ["{name} cooks", "{name} drives"], swap={"name": names})
    assert audit.disparities("mean_score")["estimate"].iloc[0] == pytest.approx(1 / 3)
    assert np.isfinite(audit.rates()["estimate"]).all()
