"""Take the pictures of README and front page anew, into docs/_static: a report, and three pages of the dashboard."""

import io
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from PIL import Image
from playwright.sync_api import sync_playwright

import biasaudit as ba
from started import CHROMIUM, HERE, QUIET, free_port, wait_for

OUT = HERE / "docs" / "_static"
PAGES = {
    "start": "/",
    "scenario": "/scenario?label_bias=0.4&proxy_strength=0.6&truth=true",
    "thresholds": "/thresholds",
}
WIDTH, HEIGHT = 1_400, 1_000
# The answer, its first findings, and the plot of one rate; the rest of the page is left out.
SHORTER = """() => {
    const more = 'details, nav, footer, section:not([aria-labelledby=split-0]), .ba-findings li:nth-child(n+4)';
    document.querySelectorAll(more).forEach(e => e.remove());
    [...document.querySelectorAll('.ba-forest')].filter(e => !e.innerText.includes('False positive rate'))
        .forEach(e => e.remove());
    [...document.querySelectorAll('section > *')].filter(e => !e.matches('h2, .ba-soft, .ba-forest'))
        .forEach(e => e.remove());
}"""


def main():
    """Write every picture, with few colours and so with few bytes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for scheme, name in (("light", "report"), ("dark", "report-dark")):
            page = browser.new_page(viewport={"width": 900, "height": HEIGHT}, color_scheme=scheme)
            keep(photograph_report(page), name)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        photograph_dashboard(page)
        browser.close()


def photograph_report(page):
    """Return a picture of the audit of COMPAS."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        ba.audit_predictions(ba.datasets.load_compas()).to_html(file)
        page.goto(file.as_uri())
    page.evaluate(SHORTER)
    return page.screenshot(full_page=True)


def photograph_dashboard(page):
    """Keep what pages of the dashboard show before anybody scrolls."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "biasaudit", "dashboard", "--port", str(port)],
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(HERE)},
        start_new_session=True,
    )
    wait_for(f"http://127.0.0.1:{port}/_stcore/health")
    for name, path in PAGES.items():
        page.goto(f"http://127.0.0.1:{port}{path}")
        page.locator(".js-plotly-plot").first.wait_for(timeout=120_000)
        page.wait_for_function("!document.querySelector('[data-testid=stSpinner], [data-stale=true]')", timeout=120_000)
        page.wait_for_timeout(3_000)
        keep(page.screenshot(), f"dashboard-{name}")
    os.killpg(server.pid, signal.SIGINT)


def keep(picture, name):
    """Write a picture with 256 colours."""
    path = OUT / f"{name}.png"
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1_000:.0f} kB")


if __name__ == "__main__":
    main()
