"""What helps has another mark than what harms, in every format."""

from dataclasses import replace

import pytest

from biasaudit.reporting.render import render
from biasaudit.reporting.report import Finding
from biasaudit.reporting.words.words import BENEFIT, SECTION_VERDICTS, VERDICTS, verdict_of
from biasaudit.scenarios.panels import finding_sentences

HELPS = Finding("Frozen: 61 points less.", "shown", "toxic", "difference", "section", benefit=True)
HARMS = replace(HELPS, sentence="The filter: 20 points more.", benefit=False)


def test_a_benefit_has_its_own_words_where_it_is_shown():
    assert verdict_of(HELPS) is BENEFIT
    assert verdict_of(HARMS) is SECTION_VERDICTS["shown"]
    assert verdict_of(replace(HELPS, verdict="cannot tell")) is VERDICTS["cannot tell"]
    assert len({words.mark for words in (*VERDICTS.values(), BENEFIT)}) == 4
    assert len({words.shape for words in (*VERDICTS.values(), BENEFIT)}) == 4
    assert finding_sentences([HELPS, HARMS]) == (
        "Shown, for the better: Frozen: 61 points less.",
        "Shown: The filter: 20 points more.",
    )


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("html", ('ba-chip ba-benefit"', 'ba-chip ba-shown"')),
        ("markdown", ("- ✚ **Shown, for", "- ✗ **Shown**")),
        ("text", ("✚ Shown, for the better: Frozen", "✗ Shown: The filter")),
    ],
)
def test_every_format_tells_them_apart(small_report, name, marks):
    # A chip of the page shows what a verdict is of every charted gap as well.
    written = render(replace(small_report, findings=(HELPS, HARMS)), name)
    assert [written.count(mark) for mark in marks] == [1, 1 + (name == "html")]
