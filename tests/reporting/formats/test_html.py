import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from biasaudit.reporting.formats.html import MOST_BYTES, to_fragment, to_html
from biasaudit.reporting.report import Finding

VOID = {"meta", "col", "path", "line", "circle", "br"}


class Page(HTMLParser):
    """The elements of a page, in order, and its text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.text, self.comments = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def handle_comment(self, data):
        self.comments.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())

    def all(self, tag):
        return [attrs for name, attrs, _ in self.elements if name == tag]


def shape(page):
    """Give the elements with the names of their attributes: what markup from the data would change."""
    return [(tag, sorted(attrs)) for tag, attrs, _ in page.elements]


@pytest.fixture(scope="module")
def page(report):
    return Page(to_html(report))


@pytest.mark.parametrize("render", [to_html, to_fragment])
def test_no_element_or_attribute_comes_from_the_data(render, hostile_report, tame_report):
    hostile, tame = Page(render(hostile_report)), Page(render(tame_report))
    assert shape(hostile) == shape(tame)
    assert not hostile.comments
    assert hostile.open == []


@pytest.mark.parametrize("name", ["report", "hostile_report", "large_report"])
def test_nothing_can_run_or_load(name, request):
    page = Page(to_html(request.getfixturevalue(name)))
    tags = {tag for tag, _, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "link", "object", "embed", "form", "base", "use", "image", "a:href"}
    for _, attrs, _ in page.elements:
        assert not [attribute for attribute in attrs if attribute.startswith("on")]
        assert attrs.get("href", "#").startswith("#")
        assert re.fullmatch(r"|width:[\d.]+%", attrs.get("style", ""))


def test_the_page_forbids_all_that_it_does_not_need(page):
    policies = [attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_hostile_text_is_shown_as_text(hostile_report):
    words = Page(to_html(hostile_report)).words
    assert "<script>alert(1)</script>" in words
    assert '=HYPERLINK("http://x")' in words
    assert "�[31mred" in words
    assert "{{ 7 * 7 }}" in words
    assert not set("\x1b\x07\u202e\ud800") & set(to_html(hostile_report))


def test_leads_with_the_answer(page, report):
    words = page.words
    assert words.index(report.headline) < words.index("Gap shown") < words.rindex("Before you rely on this")
    assert words.index("Before you rely on this") < words.rindex("Who is in the data")


def test_verdicts_are_words_and_shapes_not_only_colours(page):
    chips = [attrs for tag, attrs, _ in page.elements if attrs.get("class", "").startswith("ba-chip")]
    assert {chip["class"] for chip in chips} == {"ba-chip ba-shown", "ba-chip ba-not-shown", "ba-chip ba-cannot-tell"}
    for words in ("Gap shown", "No gap shown", "Cannot tell"):
        assert words in page.words


def test_a_verdict_that_is_not_known_never_reads_as_a_pass(report):
    found = (Finding("Something.", "maybe", "accuracy", "difference", "range"),)
    page = Page(to_html(replace(report, findings=found)))
    assert "ba-chip ba-cannot-tell" in [attrs.get("class") for attrs in page.all("span")]
    assert "maybe" in page.words


@pytest.mark.parametrize("name", ["report", "small_report", "large_report"])
def test_what_has_no_value_says_why_in_words(name, request):
    page = Page(to_html(request.getfixturevalue(name)))
    assert not re.search(r"\b(nan|none|inf|null)\b", page.words, re.IGNORECASE)
    assert not [value for _, attrs, _ in page.elements for value in attrs.values() if "nan" in (value or "").lower()]


def test_undefined_groups_are_listed_with_their_reason(page):
    assert "Unseen No value: no rows" in page.words
    assert "Female No value: nobody is eligible" in page.words


def test_infinite_and_missing_numbers_are_drawn_as_nothing(report):
    rates = report.rates.assign(estimate=math.inf, low=-math.inf, high=math.nan, denominator=math.nan)
    page = Page(to_html(replace(report, rates=rates)))
    assert not re.search(r"\b(nan|inf)\b", page.words)
    assert not page.all("circle") or all(attrs.get("class") != "ba-dot" for attrs in page.all("circle"))


def test_a_person_can_find_the_way_by_keyboard_and_ear(page):
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("a")[0] == {"class": "ba-skip", "href": "#answer"}
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in page.all("a")} <= set(ids)
    assert {attrs["aria-labelledby"] for attrs in page.all("section")} <= set(ids)
    assert len(page.all("details")) == len(page.all("summary"))


def test_tables_name_themselves_and_their_cells(page):
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(attrs.get("scope") for attrs in page.all("th"))
    outer = [attrs for tag, attrs, inside in page.elements if tag == "svg" and "svg" not in inside]
    assert all(attrs.get("aria-hidden") == "true" for attrs in outer)
    scrolling = [attrs for attrs in page.all("div") if attrs.get("class") == "ba-scroll"]
    assert all(attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in scrolling)


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_and_shapes_stand_out_from_the_paper(scheme, report):
    colours = dict(re.findall(r"--(\w+):(#\w+)", re.findall(r"\.ba\{(--[^}]*)\}?", to_html(report))[scheme]))

    def contrast(one, other):
        light, dark = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast("ink", "paper") >= 7
    assert contrast("soft", "paper") >= 4.5
    for shape in {"dot", "all", "shown", "clear", "unsure", "focus"} & set(colours):
        assert contrast(shape, "paper") >= 3


def test_a_large_report_is_light_and_says_what_it_leaves_out(large_report):
    assert len(large_report.rates) > 1400
    assert len(large_report.disparities) > 5000
    page = to_html(large_report)
    assert len(page.encode()) <= MOST_BYTES
    words = Page(page).words
    omitted = len(large_report.disparities) - 1200
    assert f"The {omitted:,} least telling gaps are left out here" in words


def test_a_page_that_grows_too_heavy_is_set_again_with_less(large_report):
    long = [
        {f"{'long feature name <' * 3}{f}": f"{'<&' * 30}{v}" for f, v in g.items()}
        for g in large_report.rates["group"]
    ]
    rates = large_report.rates.assign(group=long)
    gaps = large_report.disparities
    gaps = gaps.assign(group=[{"f": "<&" * 40}] * len(gaps), reference=[{"f": "&<" * 40}] * len(gaps))
    assert len(to_html(replace(large_report, rates=rates, disparities=gaps)).encode()) <= MOST_BYTES


def test_empty_tables_leave_no_empty_sections(report):
    empty = pd.DataFrame()
    bare = replace(
        report, findings=(), disparities=empty, rates=empty, groups=empty, left_out=empty, inequality=empty, warnings=()
    )
    words = Page(to_html(bare)).words
    assert "Every gap" not in words
    assert "Rows left out" not in words
    assert "What this report does not say" in words


def test_metrics_that_nobody_named_are_charted_too(report):
    rates = report.rates[report.rates["metric"] == "accuracy"].assign(metric="word_error_rate")
    words = Page(to_html(replace(report, rates=rates, disparities=pd.DataFrame()))).words
    assert "Word error rate" in words
    assert "By race Each dot" in words


def test_numbers_stay_with_their_units(page):
    told = [text for text in page.text if "Chance alone would show" in text]
    assert told
    assert all("\u00a0points" in text and " points" not in text for text in told)


def test_says_no_more_than_it_may(page):
    words = page.words.lower()
    assert "no legal advice" in words
    assert "unfair" not in words
    assert "compliant" not in words


def test_a_notebook_gets_the_answer_and_the_plots(report):
    fragment = Page(to_fragment(report))
    assert report.headline in fragment.words
    assert "By race" in fragment.words
    assert not [attrs for _, attrs, _ in fragment.elements if "id" in attrs]
    selectors = re.findall(r"(?:^|\})\s*([^{}@]+)\{", to_fragment(report).split("<style>")[1].split("</style>")[0])
    assert all(".ba" in selector for selector in selectors)
