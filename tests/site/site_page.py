"""What a page of the site links to, loads and shows, read from its HTML."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

# What a browser loads as soon as it meets it.
LOADING = {
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("image", "href"),
    ("image", "xlink:href"),
    ("img", "src"),
    ("input", "src"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("track", "src"),
    ("use", "href"),
    ("use", "xlink:href"),
    ("video", "poster"),
    ("video", "src"),
}
LINKING = {("a", "href"), ("area", "href"), ("form", "action")}
# What a <link> only tells, without loading it.
TOLD = {"alternate", "author", "canonical", "help", "index", "license", "next", "prev", "search"}
DRAWN_BY_SCRIPT = re.compile(r"Plotly\.(?:newPlot|react)\(")
MAP = re.compile(r"geo|choropleth|(?<!heat)map")
NAME_OF_FILE = re.compile(r"[\w./-]+\.(?:png|jpe?g|svg|gif|webp)", re.I)


@dataclass
class Page:
    """What was found on a page.

    Parameters
    ----------
    links, loaded : list of str
        Where one may go from it; what it brings along.
    anchors : set of str
        Names that a link can lead to.
    scripts, styles : list of str
        What stands in the page itself.
    without_words : list of str
        Pictures that are nothing to somebody who cannot see them.
    configs : list of dict
        What each figure is drawn with.
    maps : list of str
        Kinds of figures that fetch what they are drawn on.
    broken_cells : list of str
        What went wrong in cells that were run.
    """

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    without_words: list[str] = field(default_factory=list)
    configs: list[dict[str, Any]] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    broken_cells: list[str] = field(default_factory=list)


def read_page(text: str) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Collects what matters while it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        page = self.page
        page.anchors |= {given[name] for name in ("id", "name") if name in given and (name == "id" or tag == "a")}
        page.links += [given[name] for name in given if (tag, name) in LINKING]
        page.loaded += [given[name] for name in given if (tag, name) in LOADING]
        page.loaded += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        page.styles += [given["style"]] if "style" in given else []
        if tag == "link" and not set(given.get("rel", "").lower().split()) <= TOLD:
            page.loaded.append(given.get("href", ""))
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            page.links.append(given["content"].partition("=")[2])
        if tag in ("script", "style"):
            self._inside = []
        self._look_at_picture(tag, given)
        self._look_at_cell(given)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("script", "style") or self._inside is None:
            return
        text, self._inside = "".join(self._inside), None
        (self.page.scripts if tag == "script" else self.page.styles).append(text)
        if tag == "script" and DRAWN_BY_SCRIPT.search(text):
            self.page.configs.append(_config_in(text))

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside.append(data)

    def _look_at_picture(self, tag: str, given: dict[str, str]) -> None:
        """Note a picture without words; the name of a file is none."""
        if tag == "img" and ("alt" not in given or NAME_OF_FILE.fullmatch(given["alt"].strip())):
            self.page.without_words.append(given.get("src", "")[:80])
        said = {"aria-hidden", "aria-label", "aria-labelledby"} & set(given)
        if tag == "svg" and given.get("role") == "img" and not said:
            self.page.without_words.append("of lines (svg)")

    def _look_at_cell(self, given: dict[str, str]) -> None:
        classes = given.get("class", "").split()
        if "output" in classes:
            self.page.broken_cells += [name for name in ("stderr", "traceback") if name in classes]
        if "data-figure" in given:
            figure = json.loads(given["data-figure"])
            self.page.configs.append(figure.get("config", {}))
            self.page.maps += [trace["type"] for trace in figure["data"] if MAP.search(trace.get("type", ""))]


def _config_in(script: str) -> dict[str, Any]:
    """Return the part of a config that a script gives in JSON."""
    found = re.findall(r'"(showSendToCloud|plotlyServerURL|displaylogo)":\s*(false|true|"[^"]*")', script)
    return {name: json.loads(value) for name, value in found}
