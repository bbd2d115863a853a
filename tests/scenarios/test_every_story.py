"""What every story keeps: no gap where nothing is planted, and one that is shown as it is told."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from biasaudit import AuditError
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.report import Finding
from biasaudit.scenarios import SCENARIOS, TableScenario

# Other stories about networks need torch alone.
NEEDS = {"speech": ("torch", "espeakng_loader")}
FIGURES = Path(__file__).parents[1] / "figures" / "pinned"
TRAINED = [scenario for scenario in SCENARIOS if not isinstance(scenario, TableScenario) and scenario.name != "chatbot"]
EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)


def gap_of(scenario, dials, patch):
    # Fewer seeds than people get, since the suite has to end.
    for name in list(sys.modules):
        if name.startswith("biasaudit.scenarios.limits.") and hasattr(sys.modules[name], "SEEDS"):
            patch.setattr(sys.modules[name], "SEEDS", 5)
    for needed in () if isinstance(scenario, TableScenario) else NEEDS.get(scenario.name, ("torch",)):
        pytest.importorskip(needed)
    found = scenario.run(**dials).gap
    assert isinstance(found, Finding)
    return found


@pytest.mark.slow
@EACH
def test_nothing_planted_shows_no_gap(scenario, monkeypatch):
    found = gap_of(scenario, scenario.unbiased(), monkeypatch)
    assert found.verdict != SHOWN, found.sentence


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s not in TRAINED], ids=lambda s: s.name)
def test_the_story_shows_its_gap(scenario, monkeypatch):
    found = gap_of(scenario, scenario.biased(), monkeypatch)
    assert found.verdict == SHOWN, found.sentence


@pytest.mark.parametrize("scenario", TRAINED, ids=lambda s: s.name)
def test_the_story_that_trains_opens_with_its_gap_shown(scenario):
    """Those figures are made anew by tests/figures, and by the lessons with all seeds and voices."""
    assert scenario.biased() == scenario.turned({})
    figures = (FIGURES / f"{scenario.name}.txt").read_text("utf-8")
    assert re.search(r"^== gap\b.*\n\[shown\] ", figures, re.M)


@EACH
@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_a_seed_that_is_none_gets_one_sentence(scenario, seed):
    with pytest.raises(AuditError) as caught:
        scenario.run(random_state=seed)
    said = f"random_state={seed!r} is not a seed. Give a whole number such as 0."
    assert str(caught.value) == said


def test_without_pytorch_a_limit_says_what_to_install():
    code = """
import sys
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, Gone())
import biasaudit as ba
try:
    ba.scenarios.get("compression").run().panel("limit")
except ba.AuditError as error:
    print(error)
print(ba.scenarios.get("compression").run().panel("who").question)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [
        '"compression" needs PyTorch, which is not installed. Install it with pip install "biasaudit[torch]".',
        "Who is the minority?",
    ]
