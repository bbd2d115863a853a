"""The action installs into an environment of its own: what the job has is neither used nor touched."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from release_scripts import ROOT, loaded

BASH = shutil.which("bash")
INSTALL, CHECK = loaded(ROOT / "action.yml")["runs"]["steps"]
ERROR = "::error title=biasaudit::"
pytestmark = pytest.mark.skipif(BASH is None, reason="no bash here")

# A package that builds itself, in place of ours: what it stands on, and a program that says how it was called.
BUILDS = """
import pathlib
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "biasaudit-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.write("biasaudit.py")
        about = "biasaudit-1.0.dist-info/"
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: biasaudit\\nVersion: 1.0\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "entry_points.txt", "[console_scripts]\\nbiasaudit = biasaudit:main\\n")
        wheel.writestr(about + "RECORD", "")
    return name
"""
PROGRAM = """
import sys

import pinned

def main():
    print(pinned.WHOSE, sys.argv[-1])
    return 3
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "builds"\nbackend-path = ["."]\n'


def wheel_of(name, folder):
    """Write a wheel of one module; return its line of a lock."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info/"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", 'WHOSE = "ours"\n')
        wheel.writestr(about + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(about + "RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def runner(tmp_path):
    """Lay out what a job has: its own Python, a module that would shadow ours, folders with spaces, no index."""
    folder = tmp_path / "a runner"
    here, wheels, temp, theirs = (folder / name for name in ("the action", "wheels", "temp", "theirs"))
    for each in (here / "requirements", wheels, temp, theirs):
        each.mkdir(parents=True)
    (here / "requirements/core.txt").write_text(wheel_of("pinned", wheels))
    (here / "requirements/build.txt").write_text(wheel_of("builder", wheels))
    for name, text in (("builds.py", BUILDS), ("biasaudit.py", PROGRAM), ("pyproject.toml", PROJECT)):
        (here / name).write_text(text)
    (theirs / "pinned.py").write_text('WHOSE = "theirs"\n')
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "job"], check=True)
    environment = {
        "PATH": f"{folder}/job/bin:/usr/bin:/bin",
        "HERE": str(here),
        "RUNNER_OS": "Linux",
        "RUNNER_TEMP": str(temp),
        "GITHUB_OUTPUT": str(temp / "outputs"),
        "PYTHONPATH": str(theirs),
        "PIP_TARGET": str(theirs),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": wheels.as_uri(),
    }
    return folder, environment


def ran(step, environment, cwd):
    """Run a step as GitHub runs one of a composite action."""
    command = [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)


def contents(*folders):
    """Digest every file below folders."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): base64.b64encode(hashlib.sha256(path.read_bytes()).digest()) for path in files}


@pytest.mark.slow
def test_the_action_leaves_the_jobs_python_alone_and_takes_nothing_from_it(runner):
    folder, environment = runner
    before = contents(folder / "job", folder / "theirs")
    installed = ran(INSTALL, environment, folder)
    assert (installed.returncode, installed.stdout) == (0, ""), installed.stderr
    (said,) = Path(environment["GITHUB_OUTPUT"]).read_text().splitlines()
    name, _, programs = said.partition("=")
    own = Path(programs).parent
    assert (name, own.parent) == ("bin", Path(environment["RUNNER_TEMP"]))
    packages = own / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    assert {"biasaudit.py", "builder.py", "pinned.py"} <= {path.name for path in packages.iterdir()}
    inputs = {
        "BIN": programs,
        "DATA": "a b.csv",
        "POLICY": "p",
        "BASELINE": "",
        "CANNOT_TELL": "fail",
        "REPORTS": "out",
    }
    checked = ran(CHECK, environment | inputs, folder)
    assert (checked.returncode, checked.stdout) == (3, "ours a b.csv\n"), checked.stderr
    assert contents(folder / "job", folder / "theirs") == before


def program(path, text):
    """Write a program of the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path.parent


def test_where_nothing_can_be_installed_no_gate_has_spoken(tmp_path):
    """An exit code of 1 would say that a rule does not hold."""
    makes = 'if [ "$1" = -m ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi'
    path = program(tmp_path / "python", f'{makes}\ncase "$0" in *biasaudit.*) exit 1 ;; esac')
    environment = {
        "PATH": f"{path}:/usr/bin:/bin",
        "HERE": "nowhere",
        "RUNNER_OS": "macOS",
        "RUNNER_TEMP": str(tmp_path),
    }
    installed = ran(INSTALL, environment, tmp_path)
    said = "biasaudit could not be installed, and nothing is known of the data; see the step's log."
    assert (installed.returncode, installed.stdout) == (4, f"{ERROR}{said}\n"), installed.stderr
    assert "--require-hashes --only-binary :all: -r" in INSTALL["run"]


def test_where_no_lock_fits_a_sentence_says_so(tmp_path):
    windows = ran(INSTALL, {"PATH": "/usr/bin:/bin", "RUNNER_OS": "Windows"}, tmp_path)
    said = "The packages of this action are pinned for Linux and macOS. Give the job runs-on: ubuntu-latest."
    assert (windows.returncode, windows.stdout) == (2, f"{ERROR}{said}\n")
    old = program(tmp_path / "old/python", "exit 1")
    none = ran(INSTALL, {"PATH": str(old), "RUNNER_OS": "Linux"}, tmp_path)
    said = "There is no Python 3.11, 3.12 or 3.13 here. Put actions/setup-python before this step."
    assert (none.returncode, none.stdout) == (2, f"{ERROR}{said}\n")


def test_the_environment_of_the_check_is_the_one_that_was_installed():
    assert CHECK["env"]["BIN"] == f"${{{{ steps.{INSTALL['id']}.outputs.bin }}}}"
    assert 'echo "bin=$own/bin" >> "$GITHUB_OUTPUT"' in INSTALL["run"]
    assert "requirements/core.txt" in INSTALL["run"]
    assert (ROOT / "requirements/core.txt").read_text("utf-8").count("--hash=sha256:") > 50
