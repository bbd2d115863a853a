"""Pages of the site that are made from the package itself: each maker writes Markdown into a folder ``made``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from site_pages.reference_commands import make_command_pages
from site_pages.reference_pages import make_reference

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MAKERS = (make_reference, make_command_pages)


def make_pages(app: Sphinx) -> None:
    """Write every page that is made, before Sphinx looks for pages."""
    for maker in MAKERS:
        maker(app.srcdir)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("builder-inited", make_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
