"""Pages of the site that are made from the package itself: each maker writes Markdown into a folder ``made``."""

from sphinx.application import Sphinx

from .card_pages import make_card_pages
from .fetched_pages import make_fetched_pages
from .generated_pages import make_generated_pages
from .metrics.metric_pages import make_metric_pages
from .mitigation_pages import make_mitigation_pages

MAKERS = (make_metric_pages, make_mitigation_pages, make_card_pages, make_generated_pages, make_fetched_pages)


def make_pages(app: Sphinx) -> None:
    """Write every page that is made, before Sphinx looks for pages."""
    for maker in MAKERS:
        maker(app.srcdir)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("builder-inited", make_pages)
    app.add_css_file("tables.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
