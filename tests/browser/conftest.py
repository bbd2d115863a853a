"""The dashboard as people meet it: a real server, and Debian's Chromium."""

import os
import signal
import subprocess
import sys

import pytest

from started import CHROMIUM, HERE, QUIET, free_port, wait_for

# Streamlit asks below the page's own path first, is told 404, and then asks at the root.
PROBES = ("/_stcore/health", "/_stcore/host-config")


def needed(reason):
    """Skip where there is no browser, unless somebody requires one."""
    if os.environ.get("BIASAUDIT_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server():
    """Start the dashboard as people do, and stop it as they do."""
    pytest.importorskip("streamlit")
    if CHROMIUM is None:
        needed("no Chromium is installed: apt-get install chromium")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "biasaudit", "dashboard", "--port", str(port)],
        cwd=HERE,
        env=os.environ | {"PYTHONPATH": str(HERE), "LOKY_MAX_CPU_COUNT": "2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(f"http://127.0.0.1:{port}/_stcore/health")
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        needed("no Chromium is installed: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Visitor:
    """A person with a page of their own, and unless apart from the others, the browser's cache of all."""

    def __init__(self, context, url):
        self.url, self.asked, self.errors = url, [], []
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(120_000)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _said(self, message):
        probe = message.location.get("url", "").endswith(PROBES)
        if message.type == "error" and not probe:
            self.errors.append(f"{message.text} {message.location}")

    def open(self, path):
        self.page.goto(self.url + path)
        self.page.locator("h1").first.wait_for()
        self.settle()
        return self.page

    def settle(self):
        """Wait until nothing has run for a while."""
        self.page.evaluate("window.quietSince = null")
        self.page.wait_for_function(
            """() => {
                const busy = document.querySelector(
                    '[data-testid=stStatusWidget], [data-test-script-state=running], [data-stale=true]');
                window.quietSince = busy ? null : window.quietSince ?? performance.now();
                return !busy && performance.now() - window.quietSince > 300;
            }""",
            polling=50,
        )

    @property
    def text(self):
        return self.page.locator("[data-testid=stMain]").inner_text()

    def check(self):
        """Fail on an error in the console, and on a request that leaves this machine."""
        left = [u for u in self.asked if not u.startswith((self.url, self.url.replace("http", "ws"), "data:", "blob:"))]
        assert left == []
        assert self.errors == []


def new_context(browser):
    return browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)


@pytest.fixture(scope="session")
def context(chromium):
    """One browser for all pages: what the dashboard's pages are made of is fetched once."""
    with new_context(chromium) as shared:
        yield shared


@pytest.fixture
def visit(server, chromium, context):
    """Send in a visitor; what went wrong in the browser fails the test."""
    visitors = []

    def arrive(apart=False):
        visitors.append(Visitor(new_context(chromium) if apart else context, server))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.check()
        visitor.page.close()
        if visitor.context is not context:
            visitor.context.close()
