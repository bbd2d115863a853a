"""Print every lesson on paper, into .lessons/: what to predict and to solve, and all of it with plots and solutions."""

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
SOLUTION = "<summary>Solution</summary>"
SIDES = ("left", "right", "top", "bottom")
OUTPUTS = ".jp-OutputArea-child{display:grid!important;grid-template-columns:var(--jp-cell-prompt-width) minmax(0,1fr)}"


def questions(notebook):
    """Keep what comes before the first answer, and the exercises."""
    texts = [cell.source for cell in notebook.cells]
    guess = next(i for i, text in enumerate(texts) if text.startswith("my_"))
    first, end = (
        next(i for i, text in enumerate(texts) if heading in text)
        for heading in ("## Exercises", "## What you take with you")
    )
    # What stands above the heading in its cell speaks of what was seen.
    notebook.cells[first].source = texts[first][texts[first].index("## Exercises") :]
    kept = [*notebook.cells[: guess + 1], *notebook.cells[first:end]]
    return {**notebook, "cells": [cell for cell in kept if SOLUTION not in cell.source]}


def answers(notebook):
    """Run a lesson, and fold its solutions out."""
    import nbclient

    # Plots bring plotly along, so that a page opens offline.
    os.environ["PLOTLY_RENDERER"] = "notebook"
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(OUT)}}).execute()
    for cell in notebook.cells:
        cell.source = cell.source.replace("<details>", "<details open>")
    return notebook


def main():
    import nbformat
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    OUT.mkdir(exist_ok=True)
    exporter = HTMLExporter(mathjax_url="", require_js_url="", mermaid_js_url="")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        window = browser.new_page(viewport={"width": WIDTH, "height": 1_100})
        window.emulate_media(media="print")
        for lesson in LESSONS:
            for what in (questions, answers):
                notebook = nbformat.from_dict(what(nbformat.read(lesson_file(lesson), 4)))
                page = OUT / f"{lesson.name}_{what.__name__}.html"
                page.write_text(exporter.from_notebook_node(notebook)[0], "utf-8")
                window.goto(page.as_uri())
                window.add_style_tag(content=OUTPUTS)
                window.wait_for_timeout(1_000)
                window.pdf(path=page.with_suffix(".pdf"), format="A4", margin=dict.fromkeys(SIDES, "1.5cm"))
                print(f"Wrote {page.with_suffix('.pdf')}")
        browser.close()


if __name__ == "__main__":
    main()
