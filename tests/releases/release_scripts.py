"""The scripts of the release, which stand beside the workflow that runs them, and what the tests of it share."""

import importlib.util
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def script(name):
    """Import a script of .github/release."""
    spec = importlib.util.spec_from_file_location(f"release_{name}", GITHUB / "release" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def loaded(path):
    """Read a file of YAML; its "on" is a word and no boolean."""
    found = yaml.safe_load(path.read_text("utf-8"))
    if True in found:
        found["on"] = found.pop(True)
    return found


def pythons():
    """Name the versions of Python that the package says it runs on."""
    words = (each.rpartition(" :: ")[2] for each in PROJECT["project"]["classifiers"] if ":: Python :: 3." in each)
    return list(words)
