"""The measured pages: each part has one script that writes it, each command exists, and nothing else is written."""

import ast
import re
from pathlib import Path

import pytest

import measured_pages
from benchmarks.mutant_table import count_by_file, tell
from measured_pages import MEASURED, measured_part, write_part

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
MARK = re.compile(r"^<!-- ([\w-]+): (begin|end) -->$", re.MULTILINE)
TWO = "<!-- two: begin -->\n<!-- two: end -->\n"
PAGE = f"Before.\n\n<!-- one: begin -->\n\n| old |\n\n<!-- one: end -->\n\nBetween.\n\n{TWO}"


def scripts():
    """Give every script that measures, with its text."""
    for folder in ("coverage", "benchmarks"):
        for path in sorted((ROOT / "tests" / folder).rglob("*.py")):
            yield path, path.read_text("utf-8")


def parts_written():
    """Name every part that a script writes, as often as one does, with the command that makes it."""
    for path, text in scripts():
        commands = {"make coverage"} | set(re.findall(r'"(make [\w-]+)"', text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "measured_part":
                page, part = (ast.literal_eval(argument) for argument in node.args)
                yield (page, part), path, commands


def parts_marked():
    for page in sorted(MEASURED.glob("*.md")):
        for name, _ in MARK.findall(page.read_text("utf-8"))[::2]:
            yield page.stem, name


def test_each_part_has_one_script_and_each_script_its_part():
    written, marked = sorted(part for part, *_ in parts_written()), sorted(parts_marked())
    assert len(marked) > 40
    assert written == marked
    assert len(set(marked)) == len(marked)


@pytest.mark.parametrize("page", sorted(path.stem for path in MEASURED.glob("*.md")))
def test_marks_come_in_pairs_with_figures_between_and_when_they_were_made(page):
    text = (MEASURED / f"{page}.md").read_text("utf-8")
    marks = MARK.findall(text)
    assert marks == [(name, end) for name, _ in marks[::2] for end in ("begin", "end")]
    for name, _ in marks[::2]:
        (between,) = re.findall(f"^<!-- {name}: begin -->$(.*?)^<!-- {name}: end -->$", text, re.DOTALL | re.MULTILINE)
        figures, made = between.strip().rsplit("\n\n", 1)
        assert re.fullmatch(r"\*Made by `make [\w-]+` on \d{4}-\d\d-\d\d, biasaudit .*\*", made), name
        assert re.search(r"\d", figures), name


def test_each_script_that_measures_is_run_by_the_command_that_it_names():
    for _, path, commands in parts_written():
        where = path.relative_to(ROOT).as_posix()
        folder = "tests/benchmarks " if path.name == "conftest.py" else where
        targets = [rule for rule in MAKEFILE.split("\n\n") if folder in rule]
        assert [f"make {re.search(r'^([a-z-]+):', rule, re.M)[1]}" for rule in targets] in [[one] for one in commands]


def test_each_command_on_a_page_exists():
    named = {name for page in MEASURED.glob("*.md") for name in re.findall(r"`make ([\w-]+)", page.read_text("utf-8"))}
    assert {"coverage", "causes", "mitigations", "bench", "mutants"} <= named
    assert named <= set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))


def test_each_script_on_a_page_exists():
    for page in MEASURED.glob("*.md"):
        for name in re.findall(r"`(?:tests/coverage/)?(\w+\.py)`", page.read_text("utf-8")):
            if name.startswith("simulate"):
                assert (ROOT / "tests/coverage" / name).exists(), f"{page.name}: {name}"


def test_no_script_writes_a_page_past_the_one_way():
    for path, text in scripts():
        assert "README" not in text, path.name
        assert not re.search(r"docs.*\n?.*write_text|PAGE\.write_text", text), path.name


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(measured_pages, "MEASURED", tmp_path)
    path = tmp_path / "people.md"
    path.write_text(PAGE, "utf-8")
    return path


def test_a_part_replaces_its_own_and_nothing_else(page):
    write_part("people", "one", "| new \\1 |")
    assert page.read_text("utf-8") == PAGE.replace("| old |", "| new \\1 |")
    assert [path.name for path in page.parent.iterdir()] == ["people.md"]


def test_what_is_printed_comes_into_the_page_and_is_seen_meanwhile(page, capsys):
    with measured_part("people", "two", command="make people"):
        print("| 1 |")
    assert re.search(
        r"<!-- two: begin -->\n\n\| 1 \|\n\n\*Made by `make people` on .*, in 1 second\.\*\n\n<!-- two: end -->",
        page.read_text("utf-8"),
    )
    assert capsys.readouterr() == ("", "| 1 |\n")


def test_a_trial_and_a_failure_leave_the_page_as_it_is(page, capsys):
    with measured_part("people", "one", trial=True):
        print("| less |")
    with pytest.raises(ZeroDivisionError), measured_part("people", "one"):
        print(1 / 0)
    assert page.read_text("utf-8") == PAGE
    assert capsys.readouterr().err == "| less |\nA trial: docs/measured/people.md stays as it is.\n"


@pytest.mark.parametrize("where", [("people", "three"), ("nobody", "one")])
def test_a_part_that_is_not_there_is_said_before_anything_is_measured(page, where):
    name, part = where
    sentence = (
        f"docs/measured/{name}.md needs <!-- {part}: begin --> and below it <!-- {part}: end -->, "
        "each once on a line of its own."
    )
    with pytest.raises(SystemExit, match=f"^{re.escape(sentence)}$"), measured_part(name, part):
        pytest.fail("measured all the same")


def test_mutants_are_counted_by_file_from_what_mutmut_lists(capsys):
    listed = """
    biasaudit.counts.arrays.x_share__mutmut_1: killed
    biasaudit.counts.arrays.x_share__mutmut_2: survived
    biasaudit.counts.arrays.x_share__mutmut_3: timeout
    biasaudit.metrics.cell_totals.xǁClusterTotalsǁcorrelation__mutmut_12: no tests
    """
    tell(*count_by_file(listed))
    assert capsys.readouterr().out == (
        "Of 4 changes 2 (50.0 %) make a test fail.\n\n| file | mutants | killed |\n|---|---:|---:|\n"
        "| counts/arrays.py | 3 | 66.7 % |\n| metrics/cell_totals.py | 1 | 0.0 % |\n"
    )
