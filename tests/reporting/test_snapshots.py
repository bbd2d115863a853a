"""What reports look like, kept as files. After a wanted change: UPDATE_SNAPSHOTS=1 pytest tests/reporting"""

import os
from pathlib import Path

import pytest

from biasaudit.reporting.formats.as_json import to_json
from biasaudit.reporting.formats.html import to_html
from biasaudit.reporting.formats.markdown import to_markdown
from biasaudit.reporting.formats.terminal import rate_tables, to_text

FOLDER = Path(__file__).parent / "snapshots"


def body(report):
    """Leave the style sheet out: it changes for reasons of its own."""
    page = to_html(report)
    return page[page.index("<body") :]


RENDERERS = {
    "report.json": to_json,
    "report.md": to_markdown,
    "body.html": body,
    "report.txt": to_text,
    "plain.txt": lambda report: to_text(report, width=60, ascii_only=True),
    "rates.txt": lambda report: rate_tables(report, ("false_positive_rate", "false_negative_rate")),
}


@pytest.mark.parametrize("name", RENDERERS)
def test_snapshot(name, small_report):
    written = RENDERERS[name](small_report).rstrip("\n") + "\n"
    file = FOLDER / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(written, encoding="utf-8")
    assert written == file.read_text(encoding="utf-8")
