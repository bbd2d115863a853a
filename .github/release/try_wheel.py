"""Install a wheel into a fresh environment and use it there, away from the checkout.

`python .github/release/try_wheel.py dist/*.whl` installs what a user would get today; with `--locked`, the versions
that the suite runs with. `--suite` then runs the parts of the suite that need nothing but the package.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# The figures: what is counted, estimated, decided, searched and written.
SUITE = ("counts", "metrics", "inference", "search", "policy", "monitoring", "audits/predictions")


def environment(folder):
    """Make an environment; return its Python."""
    venv.create(folder, with_pip=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def alone():
    """Leave out of the environment variables what could bring in something else than the wheel."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def run(*command, cwd):
    """Run a command, and end as it does where it fails."""
    code = subprocess.run(command, cwd=cwd, env=alone()).returncode
    if code:
        sys.exit(code)


def install(python, wheel, locked, suite, cwd):
    """Install the wheel with pip, as a user does or as the locks say."""
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    asked = f"{wheel}[test]" if suite else str(wheel)
    pinned = ("--constraint", ROOT / "constraints.txt") if locked else ()
    run(*pip, *pinned, asked, cwd=cwd)
    run(python, "-m", "pip", "check", cwd=cwd)


def run_suite(python, folder):
    """Run parts of the suite from a copy that has no package beside it."""
    left_out = shutil.ignore_patterns("__pycache__", "_build", "_cache")
    # Tests read the policies that the documentation shows.
    for name in ("tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    parts = [f"tests/{part}" for part in SUITE]
    run(python, "-m", "pytest", "-q", "-n", "auto", "-m", "not slow", *parts, cwd=folder)


def main():
    """Try the wheel."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--locked", action="store_true", help="install the versions that the suite runs with")
    parser.add_argument("--suite", action="store_true", help="run parts of the suite as well")
    asked = parser.parse_args()
    wheel = asked.wheel.resolve()
    with tempfile.TemporaryDirectory(prefix="biasaudit wheel ") as made:
        python, empty = environment(Path(made) / "environment"), Path(made) / "empty"
        empty.mkdir()
        install(python, wheel, asked.locked, asked.suite, empty)
        # From a copy, so that nothing of the checkout stands beside it.
        smoke = shutil.copy(HERE / "smoke.py", made)
        run(python, "-P", smoke, wheel.name.split("-")[1], cwd=empty)
        if asked.suite:
            run_suite(python, Path(made))


if __name__ == "__main__":
    main()
