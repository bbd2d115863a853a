"""The README: one page, which PyPI renders, and whose figures stand on the pages that it names."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
FIGURE = re.compile(r"\b\d[\d,.]*\d\b")


def sections():
    """Return the text below each heading of the second level."""
    return {part.split("\n", 1)[0]: part for part in README.split("\n## ")[1:]}


def test_it_is_one_page():
    assert len(README.splitlines()) <= 150


def test_pypi_renders_it():
    markdown = pytest.importorskip("readme_renderer.markdown")
    rendered = markdown.render(README)
    for shown in ("<h1", ">What it is not<", "<table>", "<img ", "<pre"):
        assert shown in rendered
    assert "```" not in rendered


def test_it_has_no_raw_html():
    assert re.findall(r"<[a-z/!]", re.sub(r"```.*?```|`[^`\n]*`", "", README, flags=re.DOTALL)) == []


def test_it_shows_one_picture_that_exists():
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert (ROOT / picture).is_file()


def test_every_link_leads_to_a_file():
    links = [link for link in LINK.findall(README) if not link.startswith("http")]
    assert len(links) > 20
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_the_figures_of_how_sure_and_how_fast_are_measured():
    section = sections()["How sure, and how fast"]
    measured = "".join((ROOT / link).read_text("utf-8") for link in LINK.findall(section))
    figures = FIGURE.findall(LINK.sub("]", section))
    assert len(figures) >= 5
    assert [figure for figure in figures if figure not in measured and figure.replace(",", "") not in measured] == []
