"""Look at what was built before anybody gets it: the version, the page on PyPI, what lies in the wheel.

`python .github/release/check_dist.py dist --tag v1.2.3 --sbom FILE` also writes the bill of materials with the version.
"""

import argparse
import email
import io
import json
import re
import sys
import zipfile
from pathlib import Path

from readme_renderer import markdown

# What people would miss without an error before they ask for it.
SHIPPED = (
    "biasaudit/py.typed",
    "biasaudit/_version.py",
    "biasaudit/_shipped/datasets/compas/card.toml",
    "biasaudit/_shipped/dashboards/app.py",
    "biasaudit/_shipped/notebooks/first_audit.ipynb",
    "biasaudit/policy/ready/four_fifths.toml",
)
LINK = re.compile(r'(?:href|src)="([^"]*)"')
ABSOLUTE = re.compile(r"(?:https?|mailto):|#")


def relative_links(description):
    """Render a description as PyPI does, and list the links and pictures that would lead nowhere there."""
    said = io.StringIO()
    html = markdown.render(description, stream=said)
    if html is None:
        raise ValueError(f"README.md does not render: {said.getvalue()}")
    return [link for link in LINK.findall(html) if not ABSOLUTE.match(link)]


def bill_of(version, text):
    """Give a bill of materials the version that it is of; refuse one that CycloneDX would."""
    # Takes a second to import, which the tests of the page need not wait for.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    bill = json.loads(text)
    bill["metadata"]["component"]["version"] = version
    written = json.dumps(bill, indent=2) + "\n"
    faults = JsonStrictValidator(SchemaVersion.from_version(bill["specVersion"])).validate_str(written)
    if faults:
        raise ValueError(f"The bill of materials is no CycloneDX: {faults}")
    return written


def checked(folder, tag):
    """Check a folder of one wheel and one sdist; return the version and the wheel's bill of materials."""
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    if (len(wheels), len(sdists), len(list(folder.iterdir()))) != (1, 1, 2):
        raise ValueError(f"{folder} has to hold one wheel and one sdist, and nothing else.")
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = wheel.namelist()
        inside = {name.partition(".dist-info/")[2]: name for name in names if ".dist-info/" in name}
        metadata = email.message_from_bytes(wheel.read(inside["METADATA"]))
        bill = wheel.read(inside["sboms/core.cdx.json"]).decode()
    version = metadata["Version"]
    if tag and tag != f"v{version}":
        raise ValueError(f"The tag {tag} was built as {version}. Is the tag on this commit, and was it fetched?")
    if sdists[0].name != f"biasaudit-{version}.tar.gz":
        raise ValueError(f"{sdists[0].name} is of another version than the wheel, {version}.")
    if missing := [name for name in SHIPPED if name not in names]:
        raise ValueError(f"The wheel lacks {', '.join(missing)}.")
    if links := relative_links(metadata.get_payload(decode=True).decode("utf-8")):
        raise ValueError(f"On PyPI these links of README.md would lead nowhere: {', '.join(links)}.")
    return version, bill_of(version, bill)


def main():
    """Check, and end with a sentence where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tag", help="the tag that was built")
    parser.add_argument("--sbom", type=Path, help="where to write the bill of materials")
    asked = parser.parse_args()
    try:
        version, bill = checked(asked.folder, asked.tag)
    except ValueError as error:
        sys.exit(f"Not released: {error}")
    if asked.sbom:
        asked.sbom.write_text(bill, "utf-8")
    print(f"biasaudit {version}: the wheel, its page on PyPI and its bill of materials are as they should be.")


if __name__ == "__main__":
    main()
