"""Every figure of the shipped data sets and of the stories stands; after a wanted change: make figures."""

import os

import pytest
from dataset_figures import MENDED
from render import FOLDER, NAMES, missing, needs, render
from same_figures import differences, same
from story_figures import SEEDS, story_figures

from biasaudit.scenarios.limits import _compression as compression
from biasaudit.scenarios.speech import _training as speech_training

REMEDY = "Run `make figures` and look at the diff: every changed line must be meant."
MOST = 60


def told(name, changed):
    """Say in few lines which file no longer stands, and in which sections."""
    sections = {}
    for line in changed:
        if line.startswith("== "):
            sections[line] = where = []
        else:
            where.append(line[0])
    counts = {head: max(map(signs.count, "-+")) for head, signs in sections.items()}
    listed = "; ".join(f"{count} in {head[3:].partition(' · ')[0]}" for head, count in counts.items())
    more = [f"… and {len(changed) - MOST} more lines"] if len(changed) > MOST else []
    head = f"tests/figures/pinned/{name}.txt does not stand (- pinned, + now). Lines that differ: {listed}."
    return "\n".join((head, *changed[:MOST], *more, REMEDY))


SLOW = {"adult", "chatbot", *(name for name in NAMES if needs(name))}
EACH = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in NAMES]


@pytest.mark.parametrize("name", EACH)
def test_figures_stand(name):
    for module in needs(name):
        pytest.importorskip(module)
    file = FOLDER / f"{name}.txt"
    if not file.is_file():
        pytest.fail(f"tests/figures/pinned/{name}.txt is missing. {REMEDY}", pytrace=False)
    changed = differences(file.read_text(encoding="utf-8"), render(name), missing(MENDED.needs))
    if changed:
        pytest.fail(told(name, changed), pytrace=False)


def test_no_file_is_left_over():
    left = sorted({file.name for file in FOLDER.iterdir()} - {f"{name}.txt" for name in NAMES})
    assert not left, f"Nothing makes {', '.join(left)} in tests/figures/pinned. {REMEDY}"


def set_up():
    return (*map(os.environ.get, ("BIASAUDIT_CACHE", "LOKY_MAX_CPU_COUNT")), compression.SEEDS, speech_training.MEN)


def test_nothing_is_left_behind():
    pytest.importorskip("torch")
    before = set_up()
    story_figures("extrapolation")
    assert set_up() == before
    assert compression.SEEDS != SEEDS


@pytest.mark.parametrize(
    ("pinned", "made", "within", "stands"),
    [
        ("a: n=31 low=0.123456", "a: n=31 low=0.123457", 0, True),
        ("a: n=31 low=0.123456", "a: n=31 low=0.123466", 0, False),
        ("a: n=1000000", "a: n=1000001", 0, False),
        ("a: low=1", "a: low=0.999999", 0, True),
        ("a: low=0", "a: low=-1e-13", 0, True),
        ("a: low=undefined", "a: low=0", 0, False),
        ("a: p_value=3e-40", "a: p_value=3.1e-40", 0, True),
        ("a: low=0.2 verdict=shown", "a: low=0.2 verdict=not shown", 0, False),
        ("a: low=0.2 verdict=shown", "a: low=0.24 verdict=shown", 0.05, True),
        ("a: low=0.2 verdict=shown", "a: low=0.26 verdict=shown", 0.05, False),
        ("a: low=0.2 verdict=shown", "a: low=0.2 verdict=cannot tell", 0.05, False),
        ("a: low=0.2 verdict=~", "a: low=0.2 verdict=cannot tell", 0.05, True),
        ("[~] It loses 3.0 points.", "[shown] It loses 7.9 points.", 0.05, True),
        ("[shown] It loses −3.0 points.", "[shown] It loses 3.0 points.", 0.05, False),
        ("lost: 2.7 (0.4 to 5.0) | verdict: ~", "lost: 2.7 (0.4 to 5.0) | verdict: ✗ Shown", 0.05, True),
        ("It falls from 0.120 to 0.080.", "It falls from 0.124 to 0.080.", 0.01, True),
        ("It falls from 0.120 to 0.080.", "It falls from 0.140 to 0.080.", 0.01, False),
    ],
)
def test_what_is_the_same(pinned, made, within, stands):
    assert same(pinned, made, within) is stands


def test_what_differs_is_told_in_few_lines():
    changed = ["== rates", *["-a: low=1", "+a: low=2"] * 40, "== gaps · needs torch", "-b: low=1"]
    lines = told("ricci", changed).splitlines()
    assert lines[0] == (
        "tests/figures/pinned/ricci.txt does not stand (- pinned, + now). Lines that differ: 40 in rates; 1 in gaps."
    )
    assert lines[1 : MOST + 1] == changed[:MOST]
    assert lines[MOST + 1 :] == [f"… and {len(changed) - MOST} more lines", REMEDY]


def test_a_changed_figure_is_told_under_its_section():
    gaps = "== gaps · trained: figures may differ by 0.05 · needs torch"
    pinned = f"# a\n\n== rates\na: low=0.1\nb: low=0.2\n\n{gaps}\nc: low=1"
    assert differences(pinned, pinned.replace("0.2", "0.2000001").replace("low=1", "low=1.04")) == []
    changed = pinned.replace("low=0.2", "low=0.3").replace("low=1", "low=2")
    assert differences(pinned, changed, ["torch"]) == ["== rates", "-b: low=0.2", "+b: low=0.3"]
    assert differences(pinned, changed)[3:] == [gaps, "-c: low=1", "+c: low=2"]
    assert differences(pinned, "# a\n\n== rates\na: low=0.1\nb: low=0.2") == [gaps, f"-{gaps}", "-c: low=1"]
