"""Look at a dozen pages of the site as a browser does: what they ask for, whether they fit, what the search finds."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))
from started import CHROMIUM, QUIET

# What people look for, and have to find among the first results, on a page with a picture.
SOUGHT = ("equalized odds", "four-fifths", "selection rate")
FIRST = 5
NARROW, WIDE = 400, 1_400
RESULTS = """() => [...document.querySelectorAll('#search-results ul.search > li > a')]
    .map(a => [a.innerText, a.href])"""
PICTURES = "document.querySelectorAll('article :is(img, svg, .site-figure)').length"
OVER = """() => document.documentElement.scrollWidth - window.innerWidth"""
UNDRAWN = """() => [...document.querySelectorAll('.site-figure')].filter(f => !f.querySelector('.main-svg')).length"""


def look(site: Path) -> list[str]:
    """Return what is wrong with a site in a browser, a sentence each; without a browser, nothing can be said."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return _without("playwright is not installed")
    if CHROMIUM is None:
        return _without("no Chromium is installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        found = [*_visit_pages(browser, site), *_search(browser, site)]
        browser.close()
    return found


def dozen(site: Path) -> list[Path]:
    """Choose the pages that are looked at: the front, the rooms, and of pages with figures the first ones."""
    rooms = sorted(site.glob("*/index.html"))
    drawn = [path for path in sorted(site.rglob("*.html")) if 'class="site-figure"' in path.read_text("utf-8")]
    return [site / "index.html", *rooms, *drawn[:2]]


def _visit_pages(browser: Any, site: Path) -> Iterator[str]:
    for width in (WIDE, NARROW):
        page = browser.new_page(viewport={"width": width, "height": 1_000})
        for path in dozen(site):
            name = path.relative_to(site)
            yield from (f"{name}: {fault}" for fault in _visit(page, path.as_uri()))
            if (over := page.evaluate(OVER)) > 0:
                yield f"{name}: At a width of {width} pixels it runs over by {over}."
            if undrawn := page.evaluate(UNDRAWN):
                yield f"{name}: {undrawn} figures are not drawn."
        page.close()


def _visit(page: Any, url: str) -> list[str]:
    """Open a page, and say what it asked of elsewhere, what it did not get, and what went wrong in it."""
    faults: list[str] = []

    def asked(request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            faults.append(f"It asks for {request.url}.")

    events = {
        "request": asked,
        "requestfailed": lambda request: faults.append(f"It does not get {request.url}."),
        "pageerror": lambda error: faults.append(f"A script fails: {error}."),
    }
    for event, listener in events.items():
        page.on(event, listener)
    page.goto(url)
    page.wait_for_timeout(300)
    for event, listener in events.items():
        page.remove_listener(event, listener)
    return faults


def _search(browser: Any, site: Path) -> Iterator[str]:
    """Look for what people look for, as it works from a disk."""
    page = browser.new_page(viewport={"width": WIDE, "height": 1_000})
    for phrase in SOUGHT:
        page.goto(f"{(site / 'search.html').as_uri()}?q={quote(phrase)}")
        page.wait_for_function("document.querySelector('#search-results .search-summary')?.innerText.trim()")
        page.wait_for_timeout(1_500)
        first = page.evaluate(RESULTS)[:FIRST]
        named = [url for title, url in first if _plain(phrase) in _plain(title)]
        if not named:
            titles = ", ".join(title for title, _ in first) or "nothing"
            yield f'search.html: "{phrase}" is in the title of none of the first {FIRST} results ({titles}).'
        elif not any(_has_picture(browser, url) for url in named):
            yield f'search.html: What is found for "{phrase}" has no picture.'
    page.close()


def _has_picture(browser: Any, url: str) -> bool:
    page = browser.new_page()
    page.goto(url)
    count = page.evaluate(PICTURES)
    page.close()
    return bool(count)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())


def _without(reason: str) -> list[str]:
    """Say that nobody looked, or where a browser is required, that this is a fault."""
    if os.environ.get("BIASAUDIT_REQUIRE_BROWSER"):
        return [f"Nobody looked at the pages in a browser: {reason}."]
    print(f"The pages were not looked at in a browser: {reason}.")
    return []
