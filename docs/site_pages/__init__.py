"""Pages of the site that are made from the package itself: each maker writes Markdown into a folder ``made``."""

from sphinx.application import Sphinx

from .metrics.metric_pages import make_metric_pages

MAKERS = (make_metric_pages,)


def make_pages(app: Sphinx) -> None:
    """Write every page that is made, before Sphinx looks for pages."""
    for maker in MAKERS:
        maker(app.srcdir)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("builder-inited", make_pages)
    app.add_css_file("tables.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
