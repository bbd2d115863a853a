"""The first page of Measured: a line for each page, whose figures are those of the page's own tables."""

import re
import shutil
from pathlib import Path

from site_pages import measured

MEASURED = Path(__file__).parents[2] / "docs/measured"
PAGES = sorted(path.stem for path in MEASURED.glob("*.md") if path.stem != "index")


def test_every_page_has_its_line_and_its_place():
    lines = dict(re.findall(r"^- \[.*?\]\((.*?)\.md\)\. (.+)$", measured.measured_lines(MEASURED), re.MULTILINE))
    assert sorted(lines) == PAGES
    assert all(re.search(r"\d", line) and line.endswith(".") for line in lines.values())
    listed = (MEASURED / "index.md").read_text("utf-8").partition("```{toctree}")[2]
    assert sorted(re.findall(r"^[a-z-]+$", listed, re.MULTILINE)) == PAGES


def test_another_figure_in_the_table_is_another_line(monkeypatch, tmp_path):
    shutil.copytree(MEASURED, tmp_path / "measured", ignore=shutil.ignore_patterns("made"))
    page = tmp_path / "measured" / "speech.md"
    page.write_text(page.read_text("utf-8").replace("| 20 men | 92.6 (", "| 20 men | 12.3 ("), "utf-8")
    monkeypatch.setattr(measured, "MEASURED", tmp_path / "measured")
    measured.make_measured_lines(tmp_path)
    made = tmp_path / "measured" / "made" / "lines.txt"
    assert "hears 12.3 % of men's and 59.6 % of women's digits right" in made.read_text("utf-8")
    written = made.stat().st_mtime_ns
    measured.make_measured_lines(tmp_path)
    assert made.stat().st_mtime_ns == written
