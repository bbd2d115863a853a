"""Names of groups are data: in a real browser they show as they are written, and nothing is fetched."""

import json
import os
import re
import subprocess
import sys

import pytest

from started import HERE, free_port, wait_for

NAMES = (
    "![x](http://elsewhere.example/a.png)",
    "[click](http://elsewhere.example/b)",
    "[click][ref] and [ref]: http://elsewhere.example/r",
    "<img src=http://elsewhere.example/c.png onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<http://elsewhere.example/d>",
    "www.elsewhere.example",
    "WWW.elsewhere.example",
    "http://elsewhere.example/e",
    "HTTPS://elsewhere.example/f",
    "ftp://elsewhere.example",
    "mail me@elsewhere.example now",
    "mailto:me@elsewhere.example",
    "xmpp:me@elsewhere.example",
    "$\\frac{1}{2}$",
    "$$x^2$$",
    ":smile: :+1:",
    ":material/home:",
    ":red[hot]",
    ":blue-badge[hot]",
    ":streamlit:",
    ":small[tiny] :rainbow[all]",
    "note[^1]",
    "[^1]: note",
    "# heading",
    "> quote",
    "- item",
    "1. one",
    "1) one",
    "+ item",
    "| a | b |",
    "~~gone~~ **bold** __bold__ *it* _it_ `code`",
    "&lt;b&gt; &copy; &#65;",
    "a -> b <- c -- d --- e >= f (c) (tm) ... <-> b",
    "line one\nline two\n\n# line three",
    "    indented",
    "```python",
    "\\back\\slash\\",
    "[ ] to do [x] done",
    "==marked== ^up^ ~down~",
    "tel:123 //elsewhere.example/g",
    "elsewhere.com and elsewhere.example/h",
)
PAGE = """
import json, sys
import pandas as pd, streamlit as st
from biasaudit.reporting.report import Finding
from parts import show
names = json.loads(sys.argv[1])
for name in names:
    st.markdown("A" + show.md(name) + "Z")
    st.markdown(show.md(name))
    st.caption("B" + show.md(name) + "Z")
    show.finding(Finding("C" + name + "Z", "shown", "m", "difference", "range"))
    st.subheader("E" + show.md(name) + "Z")
    st.checkbox("F" + show.md(name) + "Z", key=name)
show.table(pd.DataFrame({"name": ["D" + name + "Z" for name in names], "<b>http://elsewhere.example/i": 1.0}))
st.markdown("all is there")
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory, chromium):
    """Text, links, images and requests of a page that shows every name."""
    script = tmp_path_factory.mktemp("app") / "names.py"
    script.write_text(PAGE)
    port = free_port()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(script),
            f"--server.port={port}",
            "--server.address=127.0.0.1",
            "--server.headless=true",
            "--browser.gatherUsageStats=false",
            "--server.fileWatcherType=none",
            "--",
            json.dumps(NAMES),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE / "dashboards")])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=script.parent,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://127.0.0.1:{port}")
        page.get_by_text("all is there").wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        main = page.locator("[data-testid=stMain]")
        found = {
            "text": main.inner_text(),
            "asked": asked,
            "made": page.evaluate(
                "[...document.querySelectorAll('[data-testid=stMain] :is(img, script, iframe, a, sup, del, mark,"
                " strong, em, code, pre, li, blockquote, hr, .katex, [data-testid=stIconMaterial])')]"
                ".filter(e => !e.closest('[data-testid=stHeaderActionElements]')).map(e => e.outerHTML)"
            ),
        }
        page.close()
    finally:
        server.terminate()
        server.wait(60)
    return found


def test_no_request_leaves(shown):
    left = [url for url in shown["asked"] if not re.match(r"(http|ws)://127\.0\.0\.1[:/]|data:|blob:", url)]
    assert left == []


def test_names_make_no_elements(shown):
    assert shown["made"] == []


@pytest.mark.parametrize("place", list("ABCDEF"))
@pytest.mark.parametrize("name", NAMES)
def test_the_name_shows_as_it_is_written(shown, name, place):
    text = re.sub(r"\s+", " ", shown["text"].replace("\u2060", ""))
    written = re.sub(r"\s+", " ", name.replace("\n", "\ufffd"))
    assert f"{place}{written}Z" in text
