"""Check the site as it was built: links, anchors and pictures, and that nothing of it is fetched from elsewhere."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))
from site_page import Page, read_page

MOST_BYTES = 60_000_000
# plotly.js is 4.8 MB; no page holds a copy.
MOST_SCRIPT = 1_000_000
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.I)
NOT_FILES = ("data:", "blob:", "mailto:", "about:", "javascript:")
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
ADDRESS = r"""\s*["'`](?:https?:|wss?:)?//"""
# What a script fetches where the address stands in it.
FETCHED = re.compile(
    rf"\b(?:fetch|import|importScripts|Worker|sendBeacon|WebSocket|EventSource)\(({ADDRESS}[^\"'`]*)"
    rf"|\.open\(\s*[\"'][A-Z]+[\"']\s*,({ADDRESS}[^\"'`]*)"
    rf"|\.src\s*=({ADDRESS}[^\"'`]*)"
)
# A template that the theme leaves behind; and what fetches for maps alone, of which the pages have none.
NO_PAGE, FETCHES_MAPS = "webpack-macros.html", "plotly.min.js"
PRIVATE = {"showSendToCloud": False, "plotlyServerURL": "", "displaylogo": False}


def check(site: Path) -> list[str]:
    """Return what is wrong with a site, a sentence each."""
    files = [path for path in sorted(site.rglob("*.*")) if path.name not in (NO_PAGE, FETCHES_MAPS)]
    pages = {path: read_page(path.read_text("utf-8")) for path in files if path.suffix == ".html"}
    faults = {path: _of_page(path, page, pages) for path, page in pages.items()}
    for path in files:
        if path.suffix in (".css", ".js"):
            text = path.read_text("utf-8", errors="replace")
            faults[path] = _of_style(path, text) if path.suffix == ".css" else _of_script(text)
    found = [f"{path.relative_to(site)}: {fault}" for path, of_file in faults.items() for fault in of_file]
    return [*found, *_of_site(site)]


def _of_page(path: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    for link in page.links:
        yield from _of_link(path, link, pages)
    for address in page.loaded:
        yield from _of_loaded(path, address)
    for text in page.styles:
        yield from _of_style(path, text)
    for text in page.scripts:
        yield from _of_script(text)
        if len(text) > MOST_SCRIPT:
            yield f"It holds a script of {len(text):,} characters; scripts are loaded from _static, once for all pages."
    for picture in page.without_words:
        yield f"The picture {picture} has no text that stands in for it."
    for config in page.configs:
        if wrong := [name for name, value in PRIVATE.items() if config.get(name, ...) != value]:
            yield f"A figure could reach plotly's cloud: its config does not turn off {', '.join(wrong)}."
    for kind in page.maps:
        yield f"A figure of the kind {kind} fetches what it is drawn on from elsewhere; the site works offline."
    for what in page.broken_cells:
        yield f"It shows the {what} of a cell."


def _of_link(path: Path, link: str, pages: dict[Path, Page]) -> Iterator[str]:
    """Look behind a link, unless it leads out of the site, where a reader goes knowingly."""
    if ELSEWHERE.match(link) or link.startswith(NOT_FILES):
        return
    parts = urlsplit(link)
    target = _target(path, parts.path)
    if not target.is_file():
        yield f"It links to {link}, which does not exist."
    elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
        yield f"It links to {link}, and nothing on that page has this name."


def _of_loaded(path: Path, address: str) -> Iterator[str]:
    """Look behind an address that a browser follows by itself."""
    if ELSEWHERE.match(address):
        yield f"It loads {address} from elsewhere; the site works offline."
    elif not address.startswith(("#", *NOT_FILES)) and not _target(path, urlsplit(address).path).is_file():
        yield f"It loads {address}, which does not exist."


def _of_style(path: Path, text: str) -> Iterator[str]:
    for match in IN_STYLE.finditer(text):
        yield from _of_loaded(path, (match[1] or match[2]).strip())


def _of_script(text: str) -> Iterator[str]:
    for match in FETCHED.finditer(text):
        address = next(filter(None, match.groups())).strip(" \"'`")
        yield f"A script fetches {address} from elsewhere; the site works offline."


def _of_site(site: Path) -> Iterator[str]:
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        yield f"The site has {size / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} are the most."
    copies = [path.relative_to(site).as_posix() for path in site.rglob("plotly*.js")]
    if len(copies) > 1:
        yield f"plotly.js is there {len(copies)} times: {', '.join(sorted(copies))}."


def _target(path: Path, link: str) -> Path:
    """Return the file that a link from a page leads to; one without a path leads to the page itself."""
    return (path.parent / unquote(link)).resolve() if link else path


def main() -> int:
    """Check the site that is named, print what is wrong, and return how much."""
    from check_in_browser import look

    site = Path(sys.argv[1]).resolve()
    faults = [*check(site), *look(site)]
    for fault in faults:
        print(fault)
    files = [path for path in site.rglob("*") if path.is_file()]
    pages = sum(path.suffix == ".html" for path in files)
    print(f"{pages:,} pages, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB: {len(faults) or 'no'} faults.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
