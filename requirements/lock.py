"""Make or check the locks that `make run`, `make dashboard`, `make test` and `make test-oldest` install from.

`python requirements/lock.py` writes them anew where pyproject.toml asks for something else; versions that still serve
stay. Beside them it writes what the package is built with, and a bill of materials of what the package stands on.
`--upgrade` takes the newest of everything. `--check` writes nothing, and fails where something is out of date.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
PROJECT = HERE.parent / "pyproject.toml"
# The largest first: the others take its versions.
LOCKS = {"dev": ["--extra", "dev"], "dashboard": ["--extra", "dashboard"], "core": []}
# What builds the package, for those who install it from its source and resolve nothing, as action.yml does.
BUILD = "build"
# What core.txt installs, as CycloneDX has it: it goes into every wheel.
SBOM = "core.cdx.json"
# Its builds differ by what a machine computes with, so there is no one hash: the CPU's is taken where pip finds it.
NO_HASH = "torch"
# The oldest lock leaves out `text`: it asks for one scikit-learn alone, a new one, and so hides the floors; and `docs`,
# with which nobody audits.
NOT_OLDEST = {"dev", "docs", "text"}
# What the suite runs with is as new in the oldest lock as elsewhere, but not what people bring their tables in.
ENGINES = {"polars", "pyarrow"}
HEAD = "# Made by `make lock` from pyproject.toml. Install with: pip install --no-deps -r {name}\n"
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)", re.M)


def compiled(file, *asked, asking=PROJECT):
    """Resolve one set of requirements into a file of exact pins with hashes; return its entries."""
    subprocess.run(
        [
            shutil.which("uv") or "uv",
            "pip",
            "compile",
            asking,
            *asked,
            "--output-file",
            file,
            "--universal",
            "--fork-strategy=fewest",
            "--python-version",
            "3.11.5",
            "--generate-hashes",
            "--no-annotate",
            "--no-header",
            "--quiet",
        ],
        check=True,
    )
    return entries(file.read_text("utf-8"))


def compile_lock(name, folder, upgrade):
    """Resolve what is installed by default: the newest versions, or those that stood before."""
    chosen = ["--constraint", folder / "constraints.txt"] if name != "dev" else ["--upgrade"] if upgrade else []
    return compiled(folder / f"{name}.txt", *LOCKS[name], *chosen)


def compile_build(folder):
    """Resolve what pyproject.toml builds with, in the versions of the other locks."""
    requires = tomllib.loads(PROJECT.read_text("utf-8"))["build-system"]["requires"]
    asking = folder / "build.in"
    asking.write_text("\n".join(requires), "utf-8")
    return compiled(folder / f"{BUILD}.txt", "--constraint", folder / "constraints.txt", asking=asking)


def write_sbom(folder):
    """Write what core.txt installs as a bill of materials, the same for the same lock."""
    subprocess.run(
        [
            shutil.which("cyclonedx-py") or "cyclonedx-py",
            "requirements",
            folder / "core.txt",
            "--pyproject",
            PROJECT,
            "--mc-type=library",
            "--output-reproducible",
            "--output-file",
            folder / SBOM,
        ],
        check=True,
        # Of what stands on what a lock says nothing, and neither does its bill.
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )


def compile_oldest(folder, upgrade):
    """Resolve the oldest version of all that users install, with the tools and the torch of the other locks."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    extras = {name: asked for name, asked in project["optional-dependencies"].items() if name not in NOT_OLDEST}
    direct = packages(project["dependencies"]).union(*map(packages, extras.values()))
    newest = (packages(extras["test"]) - ENGINES) | {NO_HASH}
    pins = (folder / "constraints.txt").read_text("utf-8")
    (folder / "newest.txt").write_text("\n".join(text for text in entries(pins) if package(text) in newest), "utf-8")
    file = folder / "oldest.txt"
    if file.exists():
        # What stands would be kept in place of an older version that has come to be allowed.
        kept = [text for text in entries(file.read_text("utf-8")) if package(text) not in direct]
        file.write_text("\n".join(kept), "utf-8")
    chosen = [part for name in extras for part in ("--extra", name)] + ["--upgrade"] * upgrade
    return compiled(file, *chosen, "--resolution", "lowest-direct", "--constraint", folder / "newest.txt")


def resolved(name, folder, upgrade):
    """Resolve the lock of this name into a folder; return its entries."""
    if name == "oldest":
        return compile_oldest(folder, upgrade)
    return compile_build(folder) if name == BUILD else compile_lock(name, folder, upgrade)


def packages(requirements):
    """Name the packages that requirements ask for."""
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def package(entry):
    """Name the package of one entry of a lock; the heading has none."""
    found = ENTRY.match(entry)
    return found and canonicalize_name(found["name"])


def entries(text):
    """Split a lock into one text a package."""
    return re.split(r"\n(?=\w)", text.strip())


def written(folder, upgrade):
    """Write every lock into a folder that holds those of before; return their names."""
    for name in (*LOCKS, "oldest", BUILD):
        texts = resolved(name, folder, upgrade)
        plain = [text.split(" \\\n")[0] for text in texts if text.startswith(f"{NO_HASH}==")]
        hashed = [text for text in texts if not text.startswith(f"{NO_HASH}==")]
        (folder / f"{name}.txt").write_text(HEAD.format(name=f"{name}.txt") + "\n".join(hashed) + "\n", "utf-8")
        if name == "dev":
            (folder / "torch.txt").write_text(HEAD.format(name="torch.txt") + "\n".join(plain) + "\n", "utf-8")
            pins = [ENTRY.match(text)[0] for text in texts]
            (folder / "constraints.txt").write_text(
                "# What the tests ran with. Made by `make lock`. Install with: pip install -c constraints.txt ...\n"
                + "\n".join(pins)
                + "\n",
                "utf-8",
            )
    write_sbom(folder)
    return [*(f"{name}.txt" for name in (*LOCKS, "oldest", BUILD, "torch", "constraints")), SBOM]


def home(name):
    """Return where a file of the project stands."""
    return PROJECT.parent / name if name == "constraints.txt" else HERE / name


def main():
    """Make the locks, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a lock is out of date")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in ("dev.txt", "torch.txt", "oldest.txt"):
            if home(name).exists():
                shutil.copy(home(name), folder)
        # Versions that stand are kept: the resolver reads them from the file that it writes.
        if (folder / "torch.txt").exists():
            (folder / "dev.txt").write_text(home("dev.txt").read_text("utf-8") + home("torch.txt").read_text("utf-8"))
        names = written(folder, asked.upgrade)
        stale = [
            n for n in names if not home(n).exists() or home(n).read_text("utf-8") != (folder / n).read_text("utf-8")
        ]
        if asked.check:
            sys.exit(f"Out of date: {', '.join(stale)}. Run `make lock` and commit what it writes." if stale else 0)
        for name in stale:
            shutil.copy(folder / name, home(name))
    print(f"Written: {', '.join(stale)}." if stale else "All locks are up to date.")


if __name__ == "__main__":
    main()
