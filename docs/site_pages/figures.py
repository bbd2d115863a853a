"""How figures of executed pages come into the site: as data, which one copy of plotly.js draws."""

import json
from html import escape
from pathlib import Path

import plotly
from docutils import nodes
from myst_nb.core import render
from sphinx.application import Sphinx
from sphinx.config import Config

from biasaudit.reporting.plots import CONFIG

PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
FIGURE = "application/vnd.plotly.v1+json"


class Figures:
    """Write a figure as data; the page's own style, light or dark, is given to it where it is drawn."""

    mime_priority_overrides = (("*", FIGURE, 1),)

    @staticmethod
    def handle_mime(
        renderer: render.NbElementRenderer, data: render.MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return a figure's place on the page, or nothing where it is no figure."""
        if inline or data.mime_type != FIGURE:
            return None
        # Loaded by pages with figures alone, one after the other, once the page is read.
        renderer.add_js_file("plotly", PLOTLY_JS.name, {"priority": 600, "loading_method": "defer"})
        renderer.add_js_file("figures", "figures.js", {"priority": 700, "loading_method": "defer"})
        return [nodes.raw(text=figure_html(data.content), format="html", classes=["output"])]


def figure_html(figure: dict) -> str:
    """Write a figure without its style, as high as it will be, so that nothing jumps when it is drawn."""
    layout = {key: value for key, value in figure["layout"].items() if key != "template"}
    drawn = json.dumps({"data": figure["data"], "layout": layout, "config": dict(CONFIG)}, separators=(",", ":"))
    height = int(layout.get("height") or 450)
    return f'<div class="site-figure" style="min-height:{height}px" data-figure="{escape(drawn)}"></div>'


def setup_figures(app: Sphinx, config: Config) -> None:
    """Have plotly.js copied, and figures written; myst-nb knows renderers of installed distributions alone."""
    config.html_static_path.append(str(PLOTLY_JS))
    render.load_mime_renders = lambda: [Figures]
