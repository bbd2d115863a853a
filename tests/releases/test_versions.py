"""The version is the tag's, wherever it is built from, and what was built looks as it should."""

import importlib.util
import shutil
import subprocess
import sys
import types

import pytest
from packaging.version import Version
from release_scripts import PROJECT, ROOT, script

SOURCE = (ROOT / "biasaudit/version.py").read_text("utf-8")
BUILD = PROJECT["tool"]["hatch"]
# The oldest dependencies leave out what builds.
BUILDS = pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed")
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", ".gitattributes", ".git_archival.txt")


def said(monkeypatch, written):
    """Run version.py beside what a build wrote, or did not write."""
    monkeypatch.setitem(sys.modules, "biasaudit._version", written)
    names = {}
    exec(compile(SOURCE, "biasaudit/version.py", "exec"), names)
    return names["__version__"]


def test_the_version_is_what_the_build_wrote(monkeypatch):
    written = types.ModuleType("biasaudit._version")
    exec(BUILD["build"]["hooks"]["vcs"]["template"].format(version="12.3"), written.__dict__)
    assert said(monkeypatch, written) == "12.3"


def test_without_a_build_it_is_plainly_no_release(monkeypatch):
    version = said(monkeypatch, None)
    assert version == BUILD["version"]["fallback-version"]
    assert Version(version).is_devrelease


def test_what_the_build_writes_is_no_part_of_the_source():
    assert BUILD["build"]["hooks"]["vcs"]["version-file"] == "biasaudit/_version.py"
    assert "biasaudit/_version.py" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def git(folder, *command):
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    ran = subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)
    return ran.stdout


def version_of(folder):
    """Ask the build what the version of a folder is."""
    ran = subprocess.run([sys.executable, "-m", "hatchling", "version"], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def unpacked(repository, folder):
    """Unpack what `git archive` makes of a repository, as GitHub's downloads are made."""
    folder.mkdir()
    (folder.parent / "archive.tar").write_bytes(git(repository, "archive", "HEAD"))
    shutil.unpack_archive(folder.parent / "archive.tar", folder)
    return folder


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    return folder


@BUILDS
@pytest.mark.slow
def test_the_tag_is_the_version_wherever_it_is_built(repository, tmp_path):
    assert Version(version_of(repository)).is_devrelease
    assert Version(version_of(unpacked(repository, tmp_path / "no tag"))).is_devrelease
    git(repository, "tag", "--annotate", "v0.1.0", "--message", "0.1.0")
    assert version_of(repository) == "0.1.0"
    assert version_of(unpacked(repository, tmp_path / "tag")) == "0.1.0"
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "Second")
    assert version_of(repository).startswith("0.1.1.dev1+g")
    assert version_of(unpacked(repository, tmp_path / "later")).startswith("0.1.1.dev1+g")
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", repository.as_uri(), "shallow")
    assert Version(version_of(tmp_path / "shallow")).is_devrelease
    bare = shutil.copytree(repository, tmp_path / "bare", ignore=shutil.ignore_patterns(".git"))
    assert version_of(bare) == BUILD["version"]["fallback-version"]


@BUILDS
@pytest.mark.slow
def test_the_wheel_out_of_the_sdist_is_as_it_should_be(tmp_path, monkeypatch):
    """As the workflow builds and looks at it; from a copy, so that nothing is written into this checkout."""
    rooms = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    source = tmp_path / "source"
    for name in [*rooms["packages"], *rooms["force-include"], "requirements"]:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "_version.py"))
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source)
    for variable in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        monkeypatch.delenv(variable, raising=False)
    shutil.copy(ROOT / "Makefile", source)
    command = ["make", "--silent", "build", f"PYTHON={sys.executable}"]
    ran = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    version, bill = script("check_dist").checked(source / "dist", None)
    assert version == BUILD["version"]["fallback-version"]
    assert f'"version": "{version}"' in bill
    with pytest.raises(ValueError, match=r"The tag v9\.9\.9 was built as "):
        script("check_dist").checked(source / "dist", "v9.9.9")
