"""What the guides for contributors show: their patches apply, and the tests that they name pass with them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs/contributing"
NAMES = sorted(path.stem for path in GUIDES.glob("*.md") if path.stem != "index")
PATCH = re.compile(r"^```text\n(--- .*?)^```$", re.DOTALL | re.MULTILINE)
# A scenario stands on the data set of another guide.
TRIED = {
    "metric": (
        "tests/metrics/test_registry.py",
        "audit = ba.audit_predictions(compas)\n"
        "assert len(audit.disparities('wrongly_selected'))\n"
        "row = audit.rates().query('metric == \"wrongly_selected\"').iloc[0]\n"
        "assert (row['numerator'], row['denominator']) == (1282, 7214), row",
    ),
    "format": (
        "tests/reporting/formats/test_as_csv.py",
        "from biasaudit.reporting.render import files_of, render\n"
        "audit = ba.audit_predictions(compas)\n"
        "assert 'csv' in [row.name for row in files_of(audit)]\n"
        "assert render(audit, 'csv').startswith('metric,group,')",
    ),
    "data-set": (
        "biasaudit/datasets/generated/lending.py",
        "data = ba.datasets.make_lending(500, label_bias=0.3)\n"
        "assert len(ba.audit_predictions(data).rates().query('metric == \"base_rate\"')) == 3",
    ),
}


def patches(name):
    """Return the patches of a guide, in the order in which a reader meets them."""
    found = PATCH.findall((GUIDES / f"{name}.md").read_text("utf-8"))
    assert found, name
    return found


def applied(patch, folder):
    """Apply a patch with a line of context on each side, its lines counted anew: pages are kept by hand."""
    command = ["git", "apply", "--recount", "-C1", "-"]
    done = subprocess.run(command, input=patch, text=True, capture_output=True, cwd=folder, check=False)
    assert done.returncode == 0, (
        f"{done.stderr}\nThe tree has changed around this block of a guide. Put today's lines into it.\n{patch}"
    )


def touched(patch):
    return re.search(r"^\+\+\+ b/(.*)$", patch, re.MULTILINE)[1]


@pytest.mark.parametrize("name", NAMES)
def test_every_patch_of_a_guide_applies_as_the_page_shows_it(name, tmp_path):
    """Files alone are copied; a scenario comes after the data set that it stands on."""
    for guide in {"scenario": ("data-set", "scenario")}.get(name, (name,)):
        for patch in patches(guide):
            source, copy = ROOT / touched(patch), tmp_path / touched(patch)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.exists() and not copy.exists():
                shutil.copy(source, copy)
            applied(patch, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_guide_names_is_there(name):
    """Files, unless the guide itself makes them, and commands of make."""
    text, made = (GUIDES / f"{name}.md").read_text("utf-8"), {touched(patch) for patch in patches(name)}
    named = re.findall(
        r"\b((?:biasaudit|tests|datasets|notebooks|docs)/[\w/]+\.(?:py|ipynb|toml))", PATCH.sub("", text)
    )
    assert named
    for path in set(named) - made:
        if "NAME" not in path:
            assert (ROOT / path).exists(), path
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([\w-]+)", text, re.MULTILINE)) <= targets


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_a_guide_works_at_the_first_try(name, tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "_shipped", "snapshots", "pinned")
    for folder in ("biasaudit", "datasets"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    contract, seen = TRIED[name]
    for path in ("pyproject.toml", contract):
        if (ROOT / path).exists():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    for patch in patches(name):
        if (tmp_path / touched(patch)).exists() or "--- /dev/null" in patch:
            applied(patch, tmp_path)
    run = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(tmp_path)}, "capture_output": True, "text": True}
    look = f"import biasaudit as ba\ncompas = ba.datasets.load_compas()\n{seen}"
    first = subprocess.run([sys.executable, "-c", look], check=False, **run)
    assert first.returncode == 0, first.stderr
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:xdist", contract]
    second = subprocess.run(tests, check=False, **run)
    assert second.returncode == 0, second.stdout
