"""A dashboard that is started for tests, and the browser that visits it."""

import shutil
import socket
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(found, seconds=120):
    """Look until something is found; the end is there for what never comes, not for what comes late."""
    end = time.monotonic() + seconds
    while not (there := found()) and time.monotonic() < end:
        time.sleep(0.1)
    return there


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).read() is not None
    except OSError:
        return False


def wait_for(url):
    assert until(lambda: answers(url)), f"{url} does not answer"
