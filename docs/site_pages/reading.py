"""In which order Sphinx reads pages: those that are run are shared among its processes."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# About as many parts as Sphinx cuts a few hundred pages into; a part is read by one process.
PARTS = 8


def share_what_is_run(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Order pages so that no part of them holds all that are run, which stand side by side by their names."""
    ordered = sorted(docnames, key=lambda name: (not _is_run(Path(env.doc2path(name))), name))
    docnames[:] = [name for first in range(PARTS) for name in ordered[first::PARTS]]


def _is_run(page: Path) -> bool:
    return page.suffix == ".ipynb" or "{code-cell}" in page.read_text("utf-8")
