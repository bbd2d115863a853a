"""What every story keeps: no gap where nothing is planted, and one that is shown as it is told."""

import sys

import pytest

from biasaudit.reporting.report import Finding
from biasaudit.scenarios import SCENARIOS
from biasaudit.statistics.verdicts import SHOWN

# Other stories about networks need torch alone.
NEEDS = {"hiring": (), "recidivism": (), "speech": ("torch", "espeakng_loader")}
EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)


def gap_of(scenario, dials, patch, seeds):
    # Fewer seeds than people get, since the suite has to end: what ten seeds show, twenty do.
    for name in list(sys.modules):
        if name.startswith("biasaudit.scenarios.limits.") and hasattr(sys.modules[name], "SEEDS"):
            patch.setattr(sys.modules[name], "SEEDS", seeds)
    for needed in NEEDS.get(scenario.name, ("torch",)):
        pytest.importorskip(needed)
    found = scenario.run(**dials).gap
    assert isinstance(found, Finding)
    return found


@EACH
def test_nothing_planted_shows_no_gap(scenario, monkeypatch):
    found = gap_of(scenario, scenario.unbiased(), monkeypatch, 5)
    assert found.verdict != SHOWN, found.sentence


@EACH
def test_the_story_shows_its_gap(scenario, monkeypatch):
    found = gap_of(scenario, scenario.biased(), monkeypatch, 10)
    assert found.verdict == SHOWN, found.sentence
