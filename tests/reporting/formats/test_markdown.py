import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from biasaudit.reporting.formats.markdown import escape, to_markdown

PLAIN = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"}
INLINE = {"text", "text_special", "strong_open", "strong_close", "softbreak"}


def tokens(text):
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def blocks(text):
    return [token.type for token in tokens(text)]


def inlines(text):
    return [child for token in tokens(text) for child in token.children or []]


def test_no_markup_comes_from_the_data(hostile_report, tame_report):
    hostile, tame = to_markdown(hostile_report), to_markdown(tame_report)
    assert blocks(hostile) == blocks(tame)
    assert {re.sub("_(open|close)$", "", kind) for kind in blocks(hostile)} <= PLAIN | {"inline"}
    assert {child.type for child in inlines(hostile)} <= INLINE


@pytest.mark.parametrize("name", ["report", "hostile_report", "large_report"])
def test_every_row_of_a_table_has_all_its_cells(name, request):
    widths = None
    for token in tokens(to_markdown(request.getfixturevalue(name))):
        if token.type == "table_open":
            widths = set()
        elif token.type == "tr_open":
            cells = 0
        elif token.type in {"td_open", "th_open"}:
            cells += 1
        elif token.type == "tr_close":
            widths.add(cells)
        elif token.type == "table_close":
            assert len(widths) == 1


def test_hosts_find_no_address_mention_or_issue(hostile_report):
    text = to_markdown(hostile_report)
    assert not re.search(r"https?://|\bwww\.|@\w|#\d", text)
    assert not set("\x1b\x07\u202e\ud800") & set(text)


@pytest.mark.parametrize("text", ["<b>", "a|b", "`x`", "*a*", "_a_", "[a](b)", "![a](b)", "~~a~~", "&lt;", "\\", "$a$"])
def test_escaped_text_reads_as_it_was(text):
    assert "".join(child.content for child in inlines(f"x {escape(text)} y")) == f"x {text} y"


@pytest.mark.parametrize("text", ["# a", "- a", "1. a", "+ a", "=", "> a"])
def test_a_warning_opens_no_heading_or_list(report, text):
    plain, odd = (to_markdown(replace(report, warnings=(w,))) for w in ("a", text))
    assert blocks(plain) == blocks(odd)


def test_leads_with_the_answer(report):
    text = to_markdown(report)
    assert text.startswith('# Audit of "compas"\n\n**Groups by race and sex')
    assert text.index("Gap shown") < text.index("## Before you rely on this") < text.index("## By race")


def test_what_has_no_value_says_why(report):
    text = to_markdown(report)
    assert not re.search(r"\b(nan|None|inf)\b", text)
    assert "| Unseen | – | no rows | 0 of 0 |" in text


def test_a_large_report_stays_readable(large_report):
    assert len(to_markdown(large_report)) < 200_000
