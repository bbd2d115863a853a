"""Cut the notes of a release out of the changelog, and refuse a tag that is not ready for one.

`python .github/release/notes.py v1.2.3` prints the notes; `--output FILE` writes them.
"""

import argparse
import re
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
UNRELEASED = "Unreleased"
TAG = re.compile(r"v(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?\n", re.M)
LINK = re.compile(r"^\[[^\]]+\]: \S+\n?", re.M)


class Section(NamedTuple):
    """What the changelog says of one version."""

    version: str
    date: str | None
    text: str


def sections(changelog):
    """Split a changelog into its sections, the newest first."""
    found = list(HEADING.finditer(changelog))
    ends = [*(heading.start() for heading in found[1:]), len(changelog)]
    return [
        Section(each["version"], each["date"], LINK.sub("", changelog[each.end() : end]).strip())
        for each, end in zip(found, ends, strict=False)
    ]


def cited(citation):
    """Return the version and the date that CITATION.cff names."""
    fields = dict(re.findall(r"^(version|date-released): *[\"']?([^\"'\s]+)", citation, re.M))
    return fields.get("version"), fields.get("date-released")


def notes_for(tag, changelog, citation):
    """Return the notes of a tag.

    Raises
    ------
    ValueError
        If the changelog or the citation is not ready for it, in one sentence.
    """
    asked = TAG.fullmatch(tag)
    if not asked:
        raise ValueError(f'"{tag}" is no tag of a release. One is called v1.2.3, or v1.2.3rc1 before it is out.')
    version = asked[1]
    every = {section.version: section for section in sections(changelog)}
    if every.get(UNRELEASED, Section(UNRELEASED, None, "")).text:
        raise ValueError(f"CHANGELOG.md has lines under [{UNRELEASED}]. Move them under [{version}].")
    section = every.get(version)
    if section is None or not section.text:
        raise ValueError(f"CHANGELOG.md says nothing of {version}. Write what is new under ## [{version}] - DATE.")
    newest = next(name for name in every if name != UNRELEASED)
    if newest != version:
        raise ValueError(f"CHANGELOG.md begins with {newest}, and the tag says {version}. The newest stands first.")
    if section.date is None or date.fromisoformat(section.date) > date.today():
        raise ValueError(f"CHANGELOG.md gives {version} no day that has come. Write ## [{version}] - {date.today()}.")
    if cited(citation) != (version, section.date):
        raise ValueError(
            f"CITATION.cff names another release. Write version: {version}, date-released: {section.date}."
        )
    return f"{section.text}\n"


def main():
    """Print the notes or write them; end with a sentence where there are none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    changelog, citation = ((ROOT / name).read_text("utf-8") for name in ("CHANGELOG.md", "CITATION.cff"))
    try:
        notes = notes_for(asked.tag, changelog, citation)
    except ValueError as error:
        sys.exit(f"Not released: {error}")
    if asked.output:
        asked.output.write_text(notes, "utf-8")
    else:
        print(notes, end="")


if __name__ == "__main__":
    main()
