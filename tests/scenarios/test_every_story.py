"""What every story keeps: no gap where nothing is planted, and one that is shown as it is told."""

import pytest

from biasaudit.reporting.report import Finding
from biasaudit.scenarios import SCENARIOS
from biasaudit.statistics.verdicts import SHOWN

# Other stories about networks need torch alone.
NEEDS = {"hiring": (), "recidivism": (), "speech": ("torch", "espeakng_loader")}
EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)


def gap_of(scenario, dials):
    for needed in NEEDS.get(scenario.name, ("torch",)):
        pytest.importorskip(needed)
    found = scenario.run(**dials).gap
    assert isinstance(found, Finding)
    return found


@EACH
def test_nothing_planted_shows_no_gap(scenario):
    found = gap_of(scenario, scenario.unbiased())
    assert found.verdict != SHOWN, found.sentence


@EACH
def test_the_story_shows_its_gap(scenario):
    found = gap_of(scenario, scenario.biased())
    assert found.verdict == SHOWN, found.sentence
