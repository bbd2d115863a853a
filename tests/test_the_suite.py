"""What the tests keep themselves: no clock decides, the user's folders are left alone, the locks hold what is asked."""

import ast
import os
import re
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import settings
from packaging.requirements import Requirement
from packaging.version import Version

from biasaudit.datasets.fetched._download import cache_folder
from changed import CONTRACTS, chosen

ROOT = Path(__file__).parents[1]
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}
# Benchmarks, simulations (by measured_pages.py) and hardening runs say how long they took; started.py gives up on what
# never comes.
TIMED = ("benchmarks", "coverage", "hardening", "measured_pages.py", "started.py")
LOCKS = ("core", "dashboard", "dev")
PIN = re.compile(r"^([\w.-]+)==([\w.!+-]+)", re.M)


def clocks_read(path):
    """Name the clocks that a file reads."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (name.name for name in node.names)


def test_no_test_reads_a_clock():
    tests = ROOT / "tests"
    files = [path for path in tests.rglob("*.py") if not set(TIMED) & set(path.relative_to(tests).parts)]
    assert Path(__file__) in files
    assert {path.name: found for path in files if (found := CLOCKS & set(clocks_read(path)))} == {}


def test_no_law_fails_for_being_slow_and_no_known_failure_passes(pytestconfig):
    assert settings.default.deadline is None
    assert pytestconfig.getini("xfail_strict")


def test_the_users_cache_is_left_alone():
    assert cache_folder().parent == Path(tempfile.gettempdir())


def test_each_test_keeps_to_one_thread():
    torch = pytest.importorskip("torch")
    assert torch.get_num_threads() == int(os.environ["OMP_NUM_THREADS"])


def pins(name):
    """Return the version of each package of a lock, by its normalized name."""
    text = (ROOT / name).read_text("utf-8")
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in PIN.findall(text)}


def asked(lock):
    """Return what the project asks of a lock, its extras' extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras, wanted = project["optional-dependencies"], list(project["dependencies"])
    names = [] if lock == "core" else [lock]
    for name in names:
        for requirement in map(Requirement, extras[name]):
            if requirement.name == "biasaudit":
                names += sorted(requirement.extras)
            else:
                wanted.append(str(requirement))
    return [Requirement(text) for text in wanted]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_all_that_is_asked_for_in_one_version(lock):
    found = pins(f"requirements/{lock}.txt") | (pins("requirements/torch.txt") if lock == "dev" else {})
    for requirement in asked(lock):
        assert requirement.specifier.contains(found[requirement.name.lower()]), str(requirement)
    everything = pins("constraints.txt")
    assert found.items() <= everything.items()
    if lock == "dev":
        assert found == everything


def test_the_oldest_lock_holds_the_oldest_of_all_that_users_install():
    found, newest = pins("requirements/oldest.txt"), pins("constraints.txt")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    left_out = {Requirement(text).name for text in extras["text"]} | {"torch"}
    runs_with = {Requirement(text).name.lower() for text in extras["test"]} - {"polars", "pyarrow"}
    for name in ("core", *sorted(extras.keys() - {"dev", "docs", "text"})):
        for requirement in (each for each in asked(name) if each.name not in left_out):
            package, (floor,) = requirement.name.lower(), requirement.specifier
            oldest = newest[package] if package in runs_with else floor.version
            assert Version(found[package]) == Version(oldest), str(requirement)
    assert not left_out & found.keys()


@pytest.mark.parametrize("lock", [*LOCKS, "oldest"])
def test_what_a_lock_installs_is_known_by_its_hash(lock):
    text = (ROOT / f"requirements/{lock}.txt").read_text("utf-8")
    entries = re.split(r"\n(?=\w)", text)[1:]
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_a_changed_file_has_its_tests_run():
    audits = ["tests/audits", "biasaudit/audits/pairs/audit.py"]
    assert chosen(["biasaudit/audits/pairs/audit.py", "tests/audits/pairs/test_pairs.py"]) == [*CONTRACTS, *audits]
    assert "tests/cli" in chosen(["biasaudit/cli/_policy.py"])
    assert chosen(["README.md", "tests/started.py", "tests/gone/test_nothing.py"]) == list(CONTRACTS)


def test_every_room_has_tests_of_its_name():
    rooms = [path for path in (ROOT / "biasaudit").iterdir() if (path / "__init__.py").exists()]
    assert len(rooms) > 8
    assert [room.name for room in rooms if not (ROOT / "tests" / room.name).is_dir()] == []
