"""What an installed wheel has to do on its own; run by try_wheel.py, in an environment that holds nothing else."""

import json
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import biasaudit as ba

PROGRAM = Path(sysconfig.get_path("scripts")) / "biasaudit"
LOOSE = """
name = "Loose"
[[rules]]
metric = "selection_rate"
comparison = "difference"
max = 0.9
"""
# What a gate ends with: it holds, it does not, the data cannot tell, there is no such file.
GATES = (
    (("--policy", "loose.toml", "--", "compas"), 0),
    (("--policy", "four_fifths", "--", "compas"), 1),
    (("--policy", "four_fifths", "--", "ricci"), 3),
    (("--policy", "four_fifths", "--", "nothing.csv"), 2),
)


def ended(*arguments):
    """Run the program that pip installed; return its exit code and what it printed."""
    ran = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, encoding="utf-8")
    return ran.returncode, ran.stdout


def what_is_installed(version):
    """Find the package in this environment, in the version of the wheel, with its types and its bill of materials."""
    home = Path(ba.__file__).parent
    assert home.is_relative_to(sys.prefix), home
    assert metadata.version("biasaudit") == ba.__version__ == version, ba.__version__
    assert ended("--version") == (0, f"biasaudit {version}\n")
    assert (home / "py.typed").is_file()
    files = [str(file) for file in metadata.files("biasaudit")]
    assert any(file.endswith("sboms/core.cdx.json") for file in files)
    assert "biasaudit" in {each.name for each in metadata.entry_points(group="pytest11")}


def public_names():
    """Find every public name, and what is public of the rooms among them."""
    for name in ba.__all__:
        public = getattr(ba, name)
        for inner in getattr(public, "__all__", ()):
            getattr(public, inner)


def shipped_data():
    """Open every data set with its card, and list the lessons."""
    sets = ba.datasets.list_datasets()
    assert len(sets) >= 6
    for name, card in sets:
        rows = len(ba.datasets.load(name).frame)
        assert rows, name
        assert card.title, name
    code, listed = ended("learn")
    assert (code, "first_audit" in listed) == (0, True), listed


def an_audit():
    """Audit COMPAS, and write the page that opens offline."""
    audit = ba.audit_predictions(ba.datasets.load_compas())
    assert any(finding.verdict == "shown" for finding in audit.findings())
    assert json.loads(audit.to_json())["biasaudit_version"] == ba.__version__
    assert ended("audit", "compas", "--html", "audit.html")[0] == 0
    assert "https://" not in Path("audit.html").read_text("utf-8").partition("</head>")[0]


def gates():
    """Hold tables against policies: each gate ends with the code that the documentation gives."""
    Path("loose.toml").write_text(LOOSE, "utf-8")
    for arguments, expected in GATES:
        code, said = ended("check", *arguments)
        assert code == expected, (arguments, code, said)


def main():
    """Do all of it, in the folder that this was started in."""
    what_is_installed(sys.argv[1])
    for part in (public_names, shipped_data, an_audit, gates):
        part()
    print(f"biasaudit {ba.__version__} on Python {sys.version.split()[0]}: names, data, audit and gates work.")


if __name__ == "__main__":
    main()
