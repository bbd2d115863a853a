"""Print every lesson, as a page and on paper, into .lessons/: run with `make lessons`."""

import os
import sys
from pathlib import Path

from biasaudit.lessons import LESSONS, lesson_file

sys.path.insert(0, str(Path(__file__).parents[1]))
from started import CHROMIUM, HERE, QUIET

OUT = HERE / ".lessons"
# What is left of a sheet of A4 between the margins that reports ask for (1.5 cm), in pixels of the web: plots are as
# wide as the window when they are drawn, so the window has to be as wide.
WIDTH = 680
SIDES = ("left", "right", "top", "bottom")
OUTPUTS = ".jp-OutputArea-child{display:grid!important;grid-template-columns:var(--jp-cell-prompt-width) minmax(0,1fr)}"


def execute(lesson):
    """Run a lesson; solutions stay folded away."""
    import nbclient
    import nbformat

    notebook = nbformat.read(lesson_file(lesson), 4)
    # Plots bring plotly along, so that a page opens offline.
    os.environ["PLOTLY_RENDERER"] = "notebook"
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(OUT)}}).execute()
    return notebook


def main():
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    OUT.mkdir(exist_ok=True)
    exporter = HTMLExporter(mathjax_url="", require_js_url="", mermaid_js_url="")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        window = browser.new_page(viewport={"width": WIDTH, "height": 1_100})
        window.emulate_media(media="print")
        for lesson in LESSONS:
            page = OUT / f"{lesson.name}.html"
            page.write_text(exporter.from_notebook_node(execute(lesson))[0], "utf-8")
            window.goto(page.as_uri())
            # Outputs are laid out as tables, which a title cannot ask not to be parted from what follows.
            window.add_style_tag(content=OUTPUTS)
            window.wait_for_timeout(1_000)
            window.pdf(path=page.with_suffix(".pdf"), format="A4", margin=dict.fromkeys(SIDES, "1.5cm"))
            print(f"Wrote {page} and {page.with_suffix('.pdf').name}")
        browser.close()


if __name__ == "__main__":
    main()
