"""Time the dashboard: the first paint, from a dial to new numbers on screen, twenty sessions at once, and memory."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from playwright.sync_api import sync_playwright
from visitors import crowd

from started import CHROMIUM, HERE, QUIET, free_port, wait_for

TRIES = 15
MILLION = 1_000_000
SESSIONS, SECONDS, EVERY = 20, 60, 2.0
UPLOADERS = 4
LINE = ".st-key-line0, .st-key-line1, .st-key-line2", "ecided positively from a score"
# A page, the dials on it, the mark that tells the text which follows them, and the figure to meet in seconds.
DIALS = {
    "label bias on made-up people": ("/scenario", (".st-key-label_bias", "Base rate by"), 0.5),
    "a line on COMPAS": ("/thresholds", LINE, 0.5),
    "the gap to be seen": ("/certainty", (".st-key-gap", "rows"), 0.5),
}
# Watches inside the page, so that talking to the browser is not timed: from the key to the first new words, and until
# the page is at rest.
WATCH = """mark => {
    const words = () => [...document.querySelectorAll('p')].map(p => p.innerText).filter(t => t.includes(mark)).join();
    const before = words();
    window.moved = new Promise((resolve, reject) => {
        if (!before) reject(`nothing says "${mark}"`);
        document.addEventListener('keydown', () => {
            const begin = performance.now();
            let first = 0;
            const look = () => {
                const took = (performance.now() - begin) / 1000;
                if (!first && words() && words() !== before) first = took;
                const still = !document.querySelector('[data-test-script-state=running]');
                if (first && still) requestAnimationFrame(() => resolve([first, took]));
                else if (took > 20) reject('nothing moved');
                else setTimeout(look, 4);
            };
            look();
        }, {once: true, capture: true});
    });
}"""


def start():
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
    return server, f"http://127.0.0.1:{port}"


def memory(server):
    """Megabytes of the server and its children."""
    listed = subprocess.run(["ps", "-eo", "pgid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return sum(int(rss) for group, rss in rows if int(group) == server.pid) / 1024


def million(folder):
    """Write a table of a million made-up people with a score of two digits."""
    rng = np.random.default_rng(0)
    group, label = rng.integers(0, 5, MILLION), rng.random(MILLION) < 0.4
    score = np.clip(np.round(rng.normal(0.4 + 0.2 * label - 0.03 * group, 0.15), 2), 0, 1)
    path = Path(folder) / "million.parquet"
    names = np.array(["Ash", "Birch", "Cedar", "Elm", "Fir"])
    pd.DataFrame({"group": names[group], "label": label.astype(int), "score": score}).to_parquet(path)
    return path


def upload(page, url, path):
    page.goto(f"{url}/thresholds?data=a table of my own")
    page.locator("input[type=file]").first.set_input_files(str(path))
    page.get_by_text(LINE[1]).first.wait_for(timeout=120_000)


def paint(browser, url):
    took = []
    for _ in range(6):
        page = browser.new_page()
        begin = time.perf_counter()
        page.goto(url)
        page.locator("text=/Gap shown/").first.wait_for(timeout=60_000)
        took.append(time.perf_counter() - begin)
        page.close()
    print(f"first paint with a verdict: {took[0]:.2f} s cold, {statistics.median(took[1:]):.2f} s warm (target 2)")


def dial(page, name, moved, target):
    selector, mark = moved
    page.wait_for_timeout(2_000)
    sliders, took = page.locator(selector).get_by_role("slider"), []
    for i in range(TRIES):
        # Always on, and where there are several sliders in turn: nothing is shown that was computed before.
        sliders.nth(i % sliders.count()).focus()
        page.evaluate(WATCH, mark)
        page.keyboard.press("ArrowRight")
        took.append(page.evaluate("() => window.moved"))
        page.wait_for_timeout(600)
    first, rest = (statistics.quantiles(column, n=4) for column in zip(*took, strict=True))
    print(
        f"{name}: {first[1]:.2f} s from the key to new words (quartiles {first[0]:.2f}-{first[2]:.2f}, {TRIES} moves; "
        f"target {target}), {rest[1]:.2f} s until the page is at rest",
        flush=True,
    )


def leave(browser, url, server, path):
    """Let sessions upload and leave, and see whether memory returns."""
    before = memory(server)
    for _ in range(2):
        contexts = [browser.new_context() for _ in range(UPLOADERS)]
        for context in contexts:
            upload(context.new_page(), url, path)
        during = memory(server)
        for context in contexts:
            context.close()
        time.sleep(45)
        # Streamlit's loop holds on to whom it served last, until somebody comes.
        page = browser.new_page()
        page.goto(url)
        page.locator("text=/Gap shown/").first.wait_for(timeout=60_000)
        page.close()
        time.sleep(45)
        print(
            f"memory: {before:.0f} MB before {UPLOADERS} sessions with a million rows each, {during:.0f} with them, "
            f"{memory(server):.0f} after they left and one more came and left",
            flush=True,
        )


def main():
    server, url = start()
    try:
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            path = million(folder)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            paint(browser, url)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            for name, (where, moved, target) in DIALS.items():
                page.goto(url + where)
                page.get_by_text(moved[1]).first.wait_for(timeout=60_000)
                dial(page, name, moved, target)
            upload(page, url, path)
            dial(page, "a line on a million rows", LINE, 0.2)
            page.close()
            leave(browser, url, server, path)
            browser.close()
        took, failed = asyncio.run(crowd(url, "thresholds", SESSIONS, SECONDS, EVERY))
        print(
            f"{SESSIONS} sessions, {len(took)} moves of a line, {len(failed)} errors: median "
            f"{statistics.median(took):.2f} s, 95th percentile {took[int(0.95 * len(took))]:.2f} s (target 2)"
        )
    finally:
        os.killpg(server.pid, signal.SIGINT)


if __name__ == "__main__":
    main()
