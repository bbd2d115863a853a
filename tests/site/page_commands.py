"""The commands of a page: which ones are run, and what has to be true of the others."""

import re
import tomllib
from pathlib import Path

import typer.main
from packaging.requirements import Requirement

from biasaudit.cli import app as cli

ROOT = Path(__file__).parents[2]
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+|[\w-]+\.(?:py|toml|txt|sh|ipynb)")


def check_command(words):
    """Return whether a command is to be run; one that is not has to name what exists."""
    program, *rest = words
    assert program in CHECKS, f"nobody knows the command {program!r}"
    return CHECKS[program](rest)


def check_biasaudit(words):
    """Return True, but for what opens a window; of that, read the options."""
    if words[:1] != ["dashboard"] and not (words[:1] == ["learn"] and len(words) > 1):
        return True
    command = typer.main.get_command(cli.app).commands[words[0]]
    command.make_context(words[0], words[1:])
    if words[0] == "learn":
        assert (ROOT / "notebooks" / f"{words[1]}.ipynb").exists(), f"there is no lesson {words[1]!r}"
    return False


def check_pip(words):
    """Let only packages be installed that this project names, with extras that it has."""
    verb, *rest = words
    assert verb in ("install", "show"), f"pip {verb}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(line for lines in extras.values() for line in lines)]
    known = {Requirement(line).name for line in needed} | {"biasaudit"}
    for word in plain_words(rest):
        wanted = Requirement(word)
        assert wanted.name in known, f"biasaudit does not use {wanted.name!r}"
        missing = wanted.extras - extras.keys() if wanted.name == "biasaudit" else set()
        assert not missing, f"there is no extra {missing}"
    return False


def plain_words(words):
    """Yield what is to be installed: neither options nor what belongs to them, nor this folder."""
    takes_value = False
    for word in words:
        if takes_value or word.startswith("-"):
            takes_value = word in ("--index-url", "--extra-index-url", "-r", "-c")
        elif word != ".":
            yield word


def check_make(words):
    """Ask for targets that the Makefile has."""
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[0].split()
    asked = [word for word in words if "=" not in word]
    assert asked, "make without a target"
    assert set(asked) <= set(targets), f"no target of the Makefile: {set(asked) - set(targets)}"
    return False


def check_python(words):
    """Let ``python -m pip`` be as pip is, and ask for the files of all else."""
    if words[:2] == ["-m", "pip"]:
        return check_pip(words[2:])
    return check_files(words)


def check_files(words):
    """Ask for every file that is named, here or in the project."""
    for word in words:
        if FILE.fullmatch(word) and not word.startswith((".venv", "https:")):
            assert Path(word).exists() or (ROOT / word).exists(), f"there is no {word}"
    return False


def check_nothing(words):
    """Take a command as it is."""
    return False


CHECKS = {
    "biasaudit": check_biasaudit,
    "pip": check_pip,
    "make": check_make,
    "python": check_python,
    "python3": check_python,
    "git": check_nothing,
    "cd": check_nothing,
    "source": check_nothing,
    ".": check_nothing,
}
