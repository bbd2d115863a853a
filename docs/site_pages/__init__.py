"""Pages of the site that are made from the package itself: each maker writes Markdown into a folder ``made``."""

from sphinx.application import Sphinx

from site_pages.figures import setup_figures
from site_pages.lessons import make_lessons
from site_pages.reading import share_what_is_run
from site_pages.stories import make_stories

MAKERS = (make_lessons, make_stories)


def make_pages(app: Sphinx) -> None:
    """Write every page that is made, before Sphinx looks for pages."""
    for maker in MAKERS:
        maker(app.srcdir)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("builder-inited", make_pages)
    app.connect("config-inited", setup_figures)
    app.connect("env-before-read-docs", share_what_is_run)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
