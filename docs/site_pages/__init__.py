"""Pages of the site that are made from the package itself: each maker writes Markdown into a folder ``made``."""

from sphinx.application import Sphinx

from site_pages.measured import make_measured_lines

MAKERS = (make_measured_lines,)


def make_pages(app: Sphinx) -> None:
    """Write every page that is made, before Sphinx looks for pages."""
    for maker in MAKERS:
        maker(app.srcdir)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("builder-inited", make_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
