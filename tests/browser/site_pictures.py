"""Take pictures of the site, a page of each room, light and dark, on a screen and on a phone; say what is wrong."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from playwright.sync_api import sync_playwright

from started import CHROMIUM, HERE, QUIET

SITE = HERE / "docs" / "_build" / "html"
PAGES = (
    "index",
    "start/gate",
    "how-to/pipeline",
    "understand/metrics/made/selection_rate",
    "understand/criteria/made/four_fifths",
    "understand/mitigations/index",
    "stories/made/lessons/hiring",
    "data/made/compas",
    "gallery/index",
    "api/made/biasaudit.audit_predictions",
    "measured/index",
)
MOST_HEIGHT = 8_000
OVER = """() => [...document.querySelectorAll('article :is(p, h1, h2, h3, li, dd)')]
    .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).display !== 'inline')
    .map(e => e.innerText.slice(0, 60))"""


def main(names, folder=HERE / ".screenshots" / "site"):
    """Write the pictures, and print what is wrong with a page."""
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for scheme in ("light", "dark"):
            for width in (1400, 400):
                page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
                for name in names:
                    found = shoot(page, name, folder / f"{name.replace('/', '-')}-{scheme}-{width}.png", width)
                    wrong += len(found)
                    print(f"{name:<40}{scheme:<6}{width:>5}  {'; '.join(found) or 'fine'}", flush=True)
        browser.close()
    return wrong


def shoot(page, name, path, width):
    """Take one picture as high as the page is, and list what is wrong."""
    page.goto((SITE / f"{name}.html").as_uri())
    page.wait_for_timeout(300)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(height), MOST_HEIGHT)})
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    found = [f"runs over: {words!r}" for words in page.evaluate(OVER)]
    found += [f"says {word}" for word in re.findall(r"\bnan\b|Traceback", page.locator("article").inner_text())]
    wide = page.evaluate("document.documentElement.scrollWidth")
    found += [f"is {wide} pixels wide"] if wide > width else []
    page.set_viewport_size({"width": width, "height": 1000})
    return found


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:] or PAGES) else 0)
