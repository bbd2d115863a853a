"""Pages of the site that are made from the package itself: each maker writes Markdown into a folder ``made``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .card_pages import make_card_pages
from .fetched_pages import make_fetched_pages
from .figures import setup_figures
from .generated_pages import make_generated_pages
from .lessons import make_lessons
from .measured import make_measured_lines
from .metrics.metric_pages import make_metric_pages
from .mitigation_pages import make_mitigation_pages
from .reading import share_what_is_run
from .reference_commands import make_command_pages
from .reference_pages import make_reference
from .stories import make_stories

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MAKERS = (
    make_metric_pages,
    make_mitigation_pages,
    make_lessons,
    make_stories,
    make_card_pages,
    make_generated_pages,
    make_fetched_pages,
    make_measured_lines,
    make_reference,
    make_command_pages,
)


def make_pages(app: Sphinx) -> None:
    """Write every page that is made, before Sphinx looks for pages."""
    for maker in MAKERS:
        maker(app.srcdir)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("config-inited", setup_figures)
    app.connect("builder-inited", make_pages)
    app.connect("env-before-read-docs", share_what_is_run)
    app.add_css_file("tables.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
