"""What "Why your tools disagree" writes down of other tools, against figures that those tools printed."""

import tomllib
from pathlib import Path

import pytest

from biasaudit.lessons import get_lesson, lesson_file

nbformat = pytest.importorskip("nbformat")

PRINTED = tomllib.loads((Path(__file__).parent / "other_tools.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def told():
    """Run the cells of the lesson that the figures need, and return their names."""
    cells = [
        cell.source
        for cell in nbformat.read(lesson_file(get_lesson("tools_disagree")), 4).cells
        if cell.cell_type == "code"
    ]
    names = {}
    for wanted in (
        "import fairlearn",
        "def aif360_parity",
        "def aequitas_parity",
        "def group_of",
        "two = race.isin",
        "alike = ",
        "rate = high_risk",
    ):
        exec(next(source for source in cells if wanted in source), names)
    return names


def test_aif360(told):
    printed, parity = PRINTED["aif360"], told["aif360_parity"]
    high_risk, white, two = told["high_risk"], told["white"], told["two"]
    assert parity(1 - high_risk, white) == pytest.approx(printed["favorable_low_risk"], abs=1e-12)
    assert parity(high_risk, white) == pytest.approx(printed["favorable_high_risk"], abs=1e-12)
    assert parity(1 - high_risk[two], white[two]) == pytest.approx(printed["black_and_white_only"], abs=1e-12)
    assert told["average_odds"] == printed["average_odds_that_cancel"]


def test_aequitas(told):
    printed, parity = PRINTED["aequitas"], told["aequitas_parity"]
    shares = parity(told["high_risk"], told["race"], "Caucasian").to_dict()
    assert shares == pytest.approx(printed["ppr_disparity"], abs=1e-6)
    assert (told["rate"] / told["rate"]["Caucasian"]).to_dict() == pytest.approx(printed["pprev_disparity"], abs=1e-6)
    assert parity(told["alike"], told["group"], "large")["small"] == printed["alike"]["ppr_disparity"]


def test_what_the_lesson_says_they_print():
    first = nbformat.read(lesson_file(get_lesson("tools_disagree")), 4).cells[0].source
    figures = (PRINTED["aif360"]["favorable_low_risk"], PRINTED["aequitas"]["ppr_disparity"]["African-American"])
    assert f"−{-figures[0]:.3f} and {figures[1]:.2f}" in first
    for tool in ("aif360", "aequitas"):
        assert PRINTED[tool]["version"] in first
