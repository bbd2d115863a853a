"""The tests of the rooms that were changed, and the contracts that all rooms keep: make test-fast."""

import subprocess
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
# What every entry point, input, engine and figure keeps, whichever room was changed.
CONTRACTS = (
    "tests/inputs",
    "tests/test_oracles.py",
    "tests/test_every_engine.py",
    "tests/test_imports.py",
    "tests/test_house.py",
    "tests/test_results.py",
    "tests/figures",
)
# Tests whose folder is not called as the room is.
ELSEWHERE = {
    "dashboards": "tests/dashboards",
    "notebooks": "tests/lessons",
    "examples": "tests/test_examples.py",
    "datasets": "tests/datasets",
    "docs": "tests/site",
    ".github": "tests/releases",
}


def tests_of(path):
    """Name the tests of a changed file, its own doctests among them."""
    parts = PurePosixPath(path).parts
    if parts[0] == "tests":
        return [path] if parts[-1].startswith("test_") else ["/".join(parts[:2])] if len(parts) > 2 else []
    if parts[0] != "biasaudit":
        return [ELSEWHERE[parts[0]]] if parts[0] in ELSEWHERE else []
    if len(parts) > 2:
        return [f"tests/{parts[1]}", *([path] if path.endswith(".py") else [])]
    return [path]


def changed():
    """List what differs from the last commit; where nothing does, what the last commit changed."""
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all", "--no-renames"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [line[3:].strip('"') for line in listed.splitlines()]
    if found:
        return found
    last = ["git", "show", "--name-only", "--format=", "HEAD"]
    return subprocess.run(last, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def chosen(paths):
    """Put together what is run, each once and no file below a folder that is run whole."""
    wanted = dict.fromkeys([*CONTRACTS, *(test for path in paths for test in tests_of(path))])
    there = [path for path in wanted if (ROOT / path).exists()]
    return [path for path in there if not any(str(parent) in there for parent in PurePosixPath(path).parents)]


if __name__ == "__main__":
    print(*chosen(changed()))
