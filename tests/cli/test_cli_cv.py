"""`biasaudit cv`: the built-in sorter and a service, from the command line."""

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jsonschema
import pytest

from biasaudit.models import cv
from biasaudit.reporting.formats._schema import json_schema


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    return partial(run, "cv")


@pytest.fixture
def service():
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((self.headers["X-Key"], sent))
            body = json.dumps([len(text) for text in sent["cvs"]]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_service(run, service):
    url, seen = service
    options = ("--url", url, "--field", "cvs", "--job-field", "position", "--header", "X-Key=a=b")
    code, out, err = run(*options, "--job", "line cook", "--job", "electrician", "--json", "a.json", "--html", "a.html")
    assert (code, err) == (0, "")
    assert {key for key, _ in seen} == {"a=b"}
    assert {sent["position"].split(" for")[0] for _, sent in seen} == {"Line cook", "Electrician"}
    assert sum(len(sent["cvs"]) for _, sent in seen) == 2 * 8 * 36
    assert "Mean score by job and name" in out
    assert out.endswith("Wrote a.json\nWrote a.html\n")
    report = json.loads(Path("a.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, json_schema())
    assert report["settings"]["model"] == "service at 127.0.0.1"
    assert "a=b" not in json.dumps(report) + Path("a.html").read_text(encoding="utf-8")


def test_the_built_in_sorter(run, monkeypatch):
    class Lengths:
        name = "lengths"

        def __init__(self, job, progress):
            assert not progress

        def __call__(self, texts):
            return [len(text) for text in texts]

    monkeypatch.setattr(cv, "CvSorter", Lengths)
    code, out, err = run("--job", "line cook", "--markdown", "a.md")
    assert (code, err) == (0, "")
    assert "Audit of a CV sorter: 288 rows, name (4 groups)" in out
    assert "Share in the top quartile by job and name" in out
    assert "lengths" in Path("a.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--url", "ftp://x"), '"ftp://x" is no web address. Give one such as https://example.org/score.'),
        (
            ("--job", "cook", "--url", "https://x.example"),
            '"cook" is not a job of this audit. Did you mean "line cook"?',
        ),
        (("--header", "key"), '--header "key" is not name=value, such as Authorization=Bearer ….'),
        (
            ("--json", "a", "--html", "a"),
            "Two reports would go to the same file. Give each a name of its own.",
        ),
        (("--json", "no/where.json"), 'The folder "no" does not exist. Make it first, or choose another.'),
    ],
)
def test_bad_input_is_one_sentence(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {message}")
    assert err.count("\n") == 1
    assert not list(Path().iterdir())
