"""Pages of lessons and stories hold what the registries say, and run what the notebooks run."""

import json

import pytest
from site_page import read_page
from site_pages.figures import figure_html
from site_pages.lessons import lesson_cards, lesson_page
from site_pages.stories import heading, story_page

from biasaudit.lessons import LESSONS, lesson_file
from biasaudit.scenarios import SCENARIOS


def cells(text, kind):
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_runs_as_it_is_and_says_how_to_open_it(lesson):
    page, notebook = lesson_page(lesson), lesson_file(lesson).read_text("utf-8")
    assert cells(page, "code") == cells(notebook, "code")
    assert cells(page, "markdown")[1:] == cells(notebook, "markdown")[1:]
    first = cells(page, "markdown")[0]
    extras = ",".join(("learn", *lesson.extras))
    assert first.startswith(f"# {lesson.title}\n\n**{lesson.question}**\n\n:::{{admonition}} A lesson of 45 minutes\n")
    assert f'$ pip install "biasaudit[{extras}]"\n$ biasaudit learn {lesson.name}\n' in first
    assert f":link: made/lessons/{lesson.name}\n" in lesson_cards()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_story_says_its_dials_and_cases(scenario):
    page = story_page(scenario)
    assert f"# {heading(scenario)}\n\n**{scenario.question}**\n\n{scenario.story}\n" in page
    for dial in scenario.dials:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{dial.name}` |"))
        assert f"| {dial.low:g} to {dial.high:g} | {dial.start:g} |" in row
    assert all(f"**{preset.name}.** {preset.story}" in page for preset in scenario.presets)
    assert f"$ biasaudit scenario {scenario.name}\n" in page


def test_no_two_pages_have_one_title():
    titles = [lesson.title for lesson in LESSONS] + [heading(scenario) for scenario in SCENARIOS]
    assert len(set(titles)) == len(titles)


def test_a_figure_is_data_that_reaches_nobody():
    figure = {"data": [{"type": "bar", "text": ["<b>'\"&"]}], "layout": {"height": 300, "template": {"layout": {}}}}
    html = figure_html(figure)
    page = read_page(html)
    assert page.configs[0]["showSendToCloud"] is False
    assert page.configs[0]["plotlyServerURL"] == ""
    assert "template" not in html
    assert "min-height:300px" in html
    assert page.scripts == []
