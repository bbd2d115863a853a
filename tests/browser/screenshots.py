"""Take a picture of every page, light and dark, on a screen and on a phone, and say what runs over or says nan."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from playwright.sync_api import sync_playwright

from started import CHROMIUM, HERE, QUIET, free_port, wait_for

PAGES = {
    "start": "/",
    "scenario": "/scenario?label_bias=0.4&proxy_strength=0.6&truth=true",
    "speech": "/scenario?story=A+recogniser+that+learnt+from+male+American+voices&truth=true",
    "certainty": "/certainty",
    "audit": "/audit",
    "dataset": "/dataset?data=berkeley",
    "thresholds": "/thresholds",
    "mitigate": "/mitigate?folds=2",
    "ship": "/ship",
    "ship-law": "/ship?policy=NYC+Local+Law+144",
}
MOST_HEIGHT = 8_000
# Nothing can be cancelled, and nothing runs.
AT_REST = """() => ![...document.querySelectorAll('button')].some(b => b.innerText.trim() === 'Cancel') &&
    !document.querySelector('[data-testid=stSpinner], [data-test-script-state=running]')"""
OVER = """() => [...document.querySelectorAll('[data-testid=stMain] :is(p, h1, h2, h3, li, label, button)')]
    .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).display !== 'inline')
    .map(e => e.innerText.slice(0, 60))"""


def main(folder=HERE / ".screenshots"):
    """Write the pictures, and print what is wrong with a page."""
    folder.mkdir(exist_ok=True)
    port, wrong = free_port(), 0
    server = subprocess.Popen(
        [sys.executable, "-m", "biasaudit", "dashboard", "--port", str(port)],
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(HERE)},
        start_new_session=True,
    )
    wait_for(f"http://127.0.0.1:{port}/_stcore/health")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for scheme in ("light", "dark"):
            for width in (1400, 400):
                page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
                for name, path in PAGES.items():
                    found = shoot(
                        page, f"http://127.0.0.1:{port}{path}", folder / f"{name}-{scheme}-{width}.png", width
                    )
                    wrong += len(found)
                    print(f"{name:<11}{scheme:<6}{width:>5}  {'; '.join(found) or 'fine'}", flush=True)
        browser.close()
    os.killpg(server.pid, signal.SIGINT)
    return wrong


def shoot(page, url, path, width):
    """Take one picture as high as the page is, and list what is wrong."""
    page.goto(url)
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(2_500)
    page.wait_for_function(AT_REST, timeout=300_000)
    # One after the other: a page has one job at a time.
    while page.get_by_role("button", name="Try them").count():
        page.get_by_role("button", name="Try them").first.click()
        page.wait_for_timeout(1_500)
        page.wait_for_function(AT_REST, timeout=300_000)
        page.wait_for_timeout(1_000)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(height) + 40, MOST_HEIGHT)})
    page.wait_for_timeout(1_200)
    page.screenshot(path=path)
    text = page.locator("[data-testid=stMain]").inner_text()
    found = [f"runs over: {words!r}" for words in page.evaluate(OVER)]
    found += [f"says {word}" for word in re.findall(r"\bnan\b|NaN|Traceback", text)]
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    found += [f"is {wide} pixels wide"] if wide > width else []
    page.set_viewport_size({"width": width, "height": 1000})
    return found


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
