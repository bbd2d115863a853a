"""The changelog by release, the notes that are cut from it, and what else names the last release."""

import re
from datetime import date

import pytest
import yaml
from packaging.version import Version
from release_scripts import PROJECT, ROOT, pythons, script

import biasaudit as ba

NOTES = script("notes")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
CITATION = (ROOT / "CITATION.cff").read_text("utf-8")
RELEASED = [each for each in NOTES.sections(CHANGELOG) if each.version != NOTES.UNRELEASED]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
GOOD = (
    "## [Unreleased]\n\n## [1.2.0] - 2020-02-02\n\n### Added\n- A.\n\n## [1.1.0] - 2020-01-01\n\n- B.\n\n[1.1.0]: x\n"
)
CITED = 'version: 1.2.0\ndate-released: "2020-02-02"\n'


def test_notes_are_the_section_of_the_tag():
    assert NOTES.notes_for("v1.2.0", GOOD, CITED) == "### Added\n- A.\n"
    assert [each.version for each in NOTES.sections(GOOD)] == ["Unreleased", "1.2.0", "1.1.0"]
    assert NOTES.sections(GOOD)[-1].text == "- B."


@pytest.mark.parametrize(
    ("tag", "changelog", "citation", "why"),
    [
        ("1.2.0", GOOD, CITED, '"1.2.0" is no tag of a release. One is called v1.2.3, or v1.2.3rc1 before it is out.'),
        ("v1.2.0; x", GOOD, CITED, '"v1.2.0; x" is no tag of a release.'),
        ("v1.3.0", GOOD, CITED, "CHANGELOG.md says nothing of 1.3.0. Write what is new under ## [1.3.0] - DATE."),
        ("v1.3.0", "", CITED, "CHANGELOG.md says nothing of 1.3.0."),
        ("v1.2.0", "## [1.2.0] - 2020-02-02\n\n", CITED, "CHANGELOG.md says nothing of 1.2.0."),
        ("v1.1.0", GOOD, CITED, "CHANGELOG.md begins with 1.2.0, and the tag says 1.1.0. The newest stands first."),
        (
            "v1.2.0",
            GOOD.replace("[Unreleased]", "[Unreleased]\n- C."),
            CITED,
            "CHANGELOG.md has lines under [Unreleased]. Move them under [1.2.0].",
        ),
        ("v1.2.0", GOOD.replace(" - 2020-02-02", ""), CITED, "CHANGELOG.md gives 1.2.0 no day that has come."),
        ("v1.2.0", GOOD.replace("2020-02-02", "9999-01-01"), CITED, "CHANGELOG.md gives 1.2.0 no day that has come."),
        (
            "v1.2.0",
            GOOD,
            "version: 1.1.0\n",
            "CITATION.cff names another release. Write version: 1.2.0, date-released: 2020-02-02.",
        ),
    ],
)
def test_a_tag_that_is_not_ready_is_refused(tag, changelog, citation, why):
    with pytest.raises(ValueError, match=f"^{re.escape(why)}"):
        NOTES.notes_for(tag, changelog, citation)


def test_the_changelog_has_a_section_a_release_the_newest_first():
    assert NOTES.sections(CHANGELOG)[0].version == NOTES.UNRELEASED
    versions = [Version(each.version) for each in RELEASED]
    assert versions == sorted(set(versions), reverse=True)
    days = [date.fromisoformat(each.date) for each in RELEASED]
    assert days == sorted(days, reverse=True)
    assert {kind for each in RELEASED for kind in re.findall(r"^### (.*)", each.text, re.M)} <= set(KINDS)


def test_every_section_has_its_link():
    named = [each.version for each in NOTES.sections(CHANGELOG)]
    links = dict(re.findall(r"^\[([^\]]+)\]: (\S+)", CHANGELOG, re.M))
    assert list(links) == named
    source = PROJECT["project"]["urls"]["Source"]
    assert links.pop(NOTES.UNRELEASED) == f"{source}/compare/v{RELEASED[0].version}...HEAD"
    assert links == {each.version: f"{source}/releases/tag/v{each.version}" for each in RELEASED}


def test_the_citation_names_the_last_release():
    cited = yaml.safe_load(CITATION)
    assert (cited["version"], cited["date-released"]) == (RELEASED[0].version, RELEASED[0].date)
    assert NOTES.cited(CITATION) == (RELEASED[0].version, RELEASED[0].date)


def test_the_citation_says_what_pyproject_says():
    """What the format asks for (cff-version, message, title, authors), and the same facts as elsewhere."""
    cited = yaml.safe_load(CITATION)
    project = PROJECT["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert (cited["cff-version"], cited["type"], cited["title"]) == ("1.2.0", "software", project["name"])
    assert (cited["abstract"], cited["license"]) == (project["description"], project["license"])
    assert (cited["repository-code"], cited["url"]) == (project["urls"]["Source"], project["urls"]["Documentation"])
    assert cited["authors"] == project["authors"]


def test_the_example_uses_a_release():
    used = re.findall(r"biasaudit/biasaudit@v(\S+)", (ROOT / "examples/github-workflow.yml").read_text("utf-8"))
    assert used
    assert set(used) <= {each.version for each in RELEASED}


def test_what_is_promised_to_stay_is_what_there_is():
    page = (ROOT / "docs/about/deprecation.md").read_text("utf-8")
    listed = re.search(r"rooms that it lists \((.*?)\)", page, re.S)[1]
    rooms = [name for name in ba.__all__ if (ROOT / "biasaudit" / name).is_dir()]
    assert re.findall(r"`(\w+)`", listed) == rooms
    *others, newest = pythons()
    assert f"today {', '.join(others)} and {newest}." in " ".join(page.split())
