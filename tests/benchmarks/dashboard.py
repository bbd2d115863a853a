"""Time the dashboard: from a dial to new numbers on screen, the first paint, and twenty sessions at once.

The twenty sessions run the app's script as the server does, without browsers: on a small machine those would be what is
measured.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from conftest import CHROMIUM, HERE, QUIET, free_port, wait_for
from playwright.sync_api import sync_playwright

TRIES = 11
DIALS = {
    "scenario": ("/scenario", ".st-key-label_bias", "text=/Base rate by sex/"),
    "thresholds": ("/thresholds", ".st-key-line0", "text=/Decided positively|Everybody is decided/"),
    "certainty": ("/certainty", ".st-key-gap", "text=/too few rows|would be seen/"),
}
SESSIONS, SECONDS, EVERY = 20, 60, 2.0


def start():
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "biasaudit", "dashboard", "--port", str(port)], cwd=HERE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(HERE)}, start_new_session=True,
    )  # fmt: skip
    wait_for(f"http://127.0.0.1:{port}/_stcore/health")
    return server, f"http://127.0.0.1:{port}"


def memory(server):
    """Megabytes of the server and its children."""
    listed = subprocess.run(["ps", "-eo", "pgid,rss"], capture_output=True, text=True, check=True).stdout.split("\n")[
        1:
    ]
    rows = [line.split() for line in listed if line.strip()]
    return sum(int(rss) for group, rss in rows if int(group) == server.pid) / 1024


def dials(page, url):
    for name, (path, dial, sign) in DIALS.items():
        page.goto(url + path)
        page.locator(sign).first.wait_for(timeout=60_000)
        page.wait_for_timeout(2_000)
        slider, took = page.locator(dial).get_by_role("slider"), []
        for i in range(TRIES):
            before = page.locator(sign).first.inner_text()
            slider.focus()
            begin = time.perf_counter()
            page.keyboard.press("ArrowRight" if i % 6 < 3 else "ArrowLeft")
            page.wait_for_function(
                "([sign, before]) => ![...document.querySelectorAll('p')].some(p => p.innerText === before)",
                arg=[sign, before], timeout=10_000, polling=20,
            )  # fmt: skip
            took.append(time.perf_counter() - begin)
            page.wait_for_timeout(700)
        print(
            f"{name}: a dial to new numbers {statistics.median(took):.2f} s (median of {TRIES}; target 0.5)", flush=True
        )


def paint(browser, url):
    took = []
    for _ in range(5):
        page = browser.new_page()
        begin = time.perf_counter()
        page.goto(url)
        page.locator("text=/Gap shown/").first.wait_for(timeout=60_000)
        took.append(time.perf_counter() - begin)
        page.close()
    print(f"warm first paint with a verdict {statistics.median(took):.2f} s (target 2)", flush=True)


def crowd(url):
    """Let sessions move a threshold every two seconds; each runs the app's script in one process."""
    code = f"""
import sys, threading, time
sys.path[:0] = [{str(HERE)!r}, {str(HERE / "dashboards")!r}]
import streamlit as st
from streamlit.testing.v1 import AppTest
real = st.get_option
st.get_option = lambda name: "127.0.0.1" if name == "server.address" else real(name)
took, failed = [], []
def visitor(seat):
    app = AppTest.from_file({str(HERE / "dashboards" / "app.py")!r}, default_timeout=60).run()
    app.switch_page("views/thresholds.py").run()
    end = time.time() + {SECONDS}
    time.sleep(seat * {EVERY} / {SESSIONS})
    i = 0
    while time.time() < end:
        begin = time.perf_counter()
        app.select_slider(key="line0").set_value(str(3 + i % 6)).run()
        took.append(time.perf_counter() - begin)
        failed.extend(app.exception)
        i += 1
        time.sleep(max(0.0, {EVERY} - (time.perf_counter() - begin)))
threads = [threading.Thread(target=visitor, args=[seat]) for seat in range({SESSIONS})]
[t.start() for t in threads]; [t.join() for t in threads]
took.sort()
print(len(took), len(failed), took[len(took) // 2], took[int(0.95 * len(took))])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    moves, failed, middle, high = found.stdout.split()[-4:]
    print(f"{SESSIONS} sessions, {moves} moves of a threshold, {failed} errors: median {float(middle):.2f} s,", end=" ")
    print(f"95th percentile {float(high):.2f} s (target 2)", flush=True)


def leave(browser, url, server):
    """Open twenty browsers' sessions, close them, and see whether memory returns."""
    before = memory(server)
    contexts = [browser.new_context() for _ in range(8)]
    for context in contexts:
        page = context.new_page()
        page.goto(url + "/thresholds")
        page.locator("h1").first.wait_for(timeout=60_000)
    during = memory(server)
    for context in contexts:
        context.close()
    time.sleep(45)
    print(f"memory: {before:.0f} MB before 8 sessions, {during:.0f} with them, {memory(server):.0f} after", flush=True)


def main():
    server, url = start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            paint(browser, url)
            dials(page, url)
            page.close()
            leave(browser, url, server)
            browser.close()
        crowd(url)
    finally:
        os.killpg(server.pid, signal.SIGINT)


if __name__ == "__main__":
    main()
