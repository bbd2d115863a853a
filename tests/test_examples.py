"""Examples for pipelines: YAML that parses, commands that exist, scripts that run. Pages: tests/site/test_blocks.py."""

import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer.main
import yaml

from biasaudit.cli import app as cli

ROOT = Path(__file__).parents[1]
BASH = shutil.which("bash")


def loaded(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def scripts():
    """Every script that calls biasaudit, with where it stands."""
    yield "action.yml", loaded("action.yml")["runs"]["steps"][1]["run"]
    for hook in loaded("examples/pre-commit-config.yaml")["repos"][0]["hooks"]:
        yield "pre-commit", hook["entry"]
    yield "monitor.sh", (ROOT / "examples/monitor.sh").read_text(encoding="utf-8")


def commands():
    for where, script in scripts():
        for line in script.replace("\\\n", " ").splitlines():
            if line.strip().startswith("biasaudit "):
                yield pytest.param(line.strip(), id=f"{where}: {line.strip()[:40]}")


@pytest.mark.parametrize("line", list(commands()))
def test_every_command_and_option_exists(line):
    words = shlex.split(re.sub(r"\$\{\w+:\+(.*?)\}", r"\1", line.split("||")[0]))[1:]
    command = typer.main.get_command(cli.app)
    while hasattr(command, "commands"):
        assert words[0] in command.commands, f"no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    used = [word for word in words if word.startswith("--") and word != "--"]
    assert set(used) <= known
    required = {p.opts[-1] for p in command.params if p.required and p.param_type_name == "option"}
    assert required <= set(used)


def test_commands_were_found():
    found = [command.id.split(":")[0] for command in commands()]
    assert len(found) >= 4
    assert set(found) == {"action.yml", "pre-commit", "monitor.sh"}


def test_the_workflow_uses_inputs_that_the_action_has():
    action = loaded("action.yml")
    (step,) = [
        step
        for step in loaded("examples/github-workflow.yml")["jobs"]["policy"]["steps"]
        if "biasaudit" in step.get("uses", "")
    ]
    required = {name for name, asked in action["inputs"].items() if asked.get("required")}
    assert required <= set(step["with"]) <= set(action["inputs"])
    folder = action["inputs"]["reports"]["default"]
    uploads = loaded("examples/github-workflow.yml")["jobs"]["policy"]["steps"][-1]
    assert uploads["with"]["path"] == folder


def test_no_input_is_pasted_into_a_script():
    for step in loaded("action.yml")["runs"]["steps"]:
        assert "${{" not in step["run"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "bin/biasaudit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m biasaudit "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{sysconfig.get_path('scripts')}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def people(rate, n=2000):
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], n)
    invited = (rng.random(n) < np.where(sex == "F", rate, 0.5)).astype(int)
    return pd.DataFrame({"sex": sex, "hired": rng.integers(0, 2, n), "invited": invited})


POLICY = """
name = "Invitations"
[columns]
y_pred = "invited"
sensitive_features = ["sex"]
[[rules]]
metric = "selection_rate"
comparison = "difference"
max = 0.1
"""


@pytest.mark.skipif(BASH is None, reason="no bash here")
@pytest.mark.parametrize(
    ("rate", "rows", "mode", "code"),
    [(0.5, 2000, "fail", 0), (0.2, 2000, "warn", 1), (0.4, 100, "fail", 3), (0.4, 100, "warn", 0)],
)
def test_the_action_ends_as_it_says(here, rate, rows, mode, code):
    people(rate, rows).to_csv("a b.csv", index=False)
    Path("policy.toml").write_text(POLICY)
    inputs = {"DATA": "a b.csv", "POLICY": "policy.toml", "BASELINE": "", "CANNOT_TELL": mode, "REPORTS": "out"}
    script = loaded("action.yml")["runs"]["steps"][1]["run"]
    ran = in_the_action(here, script, inputs)
    assert ran.returncode == code, ran.stderr
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "audit.json",
        "verdict.html",
        "verdict.sarif",
        "verdict.xml",
    ]
    assert ("::warning" in ran.stdout) == (mode == "warn" and code == 0)


HOSTILE = [
    ({"DATA": "--help"}, '"--help" begins with a dash, as an option does. For a file of that name write "./--help".'),
    ({"DATA": "--policy=four_fifths"}, '"--policy=four_fifths" begins with a dash, as an option does.'),
    ({"DATA": ""}, "The name of the data is empty."),
    ({"DATA": "$(touch pwned)"}, '"$(touch pwned)" is not a shipped data set.'),
    ({"DATA": "\n::error::x"}, 'There is no file "'),
    ({"POLICY": "--help"}, 'There is no policy "--help".'),
    ({"BASELINE": "--help"}, '"--help" begins with a dash, as an option does.'),
    ({"REPORTS": "-x"}, '"-x/verdict.html" begins with a dash, as an option does.'),
    ({"REPORTS": ""}, "The folder for the reports cannot be made."),
    ({"CANNOT_TELL": "warning"}, "cannot-tell has to be fail or warn."),
]


@pytest.mark.skipif(BASH is None, reason="no bash here")
def test_no_input_of_the_action_turns_it_green(here, run):
    """Each is run by the action's own script; biasaudit itself answers in one process for all, which is quick."""
    people(0.5).to_csv("a b.csv", index=False)
    Path("policy.toml").write_text(POLICY)
    good = {"DATA": "a b.csv", "POLICY": "policy.toml", "BASELINE": "", "CANNOT_TELL": "warn", "REPORTS": "out"}
    script = loaded("action.yml")["runs"]["steps"][1]["run"]
    # What the script starts writes its arguments down, and what it would have ended with is asked afterwards.
    (here / "bin/biasaudit").write_text('#!/bin/sh\nprintf "%s\\0" "$@" > asked\nexit "${ENDS:-0}"\n')
    for hostile, said in HOSTILE:
        Path("asked").unlink(missing_ok=True)
        ran = in_the_action(here, script, good | hostile)
        if not Path("asked").exists():
            assert (ran.returncode, ran.stdout.startswith(f"::error title=biasaudit::{said}")) == (2, True), hostile
            continue
        code, _, err = run(*Path("asked").read_text("utf-8").split("\0")[:-1])
        assert (code, err.startswith(f"Error: {said}")) == (2, True), (hostile, err)
    assert not Path("pwned").exists()
    ended = in_the_action(here, script, good | {"ENDS": "4"})
    assert (ended.returncode, "::error title=biasaudit::biasaudit itself failed" in ended.stdout) == (4, True)


@pytest.mark.skipif(BASH is None, reason="no bash here")
def test_help_as_data_ends_the_action_with_2(here):
    Path("policy.toml").write_text(POLICY)
    inputs = {"DATA": "--help", "POLICY": "policy.toml", "BASELINE": "", "CANNOT_TELL": "warn", "REPORTS": "out"}
    ran = in_the_action(here, loaded("action.yml")["runs"]["steps"][1]["run"], inputs)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"Error: {HOSTILE[0][1]}\n"


def in_the_action(here, script, inputs):
    """Run the script of the action as GitHub runs a composite step."""
    return subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": "/usr/bin:/bin", "BIN": f"{here}/bin", "PYTHONPATH": "elsewhere"} | inputs,
        capture_output=True,
        text=True,
    )


def test_the_daily_script_runs(here):
    people(0.5).to_csv("decisions.csv", index=False)
    for day in ("2026-01-01", "2026-01-02"):
        ran = subprocess.run(["sh", ROOT / "examples/monitor.sh", day], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    assert "Watched 2 days, 2026-01-01 to 2026-01-02. No alarm." in ran.stdout
    assert Path("monitor.html").exists()


def test_the_example_test_fails_in_sentences(here):
    plugin = "biasaudit.integrations.pytest_plugin"
    load = [] if any(e.value == plugin for e in entry_points(group="pytest11")) else ["-p", plugin]
    shutil.copy(ROOT / "examples/test_bias.py", here)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *load, "-p", "no:cacheprovider", "test_bias.py"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert (
        "AssertionError: People fare differently past the limit.\nE       ✗ selection_rate by race: the gap is"
    ) in ran.stdout
    assert "E       AssertionError: Policy “Four fifths”: ? Cannot tell. " in ran.stdout
    assert "2 failed, 1 passed" in ran.stdout
    assert "raise_if_failed" not in ran.stdout
