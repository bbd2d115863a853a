"""Workflows may what they must, run what there is, and try what they publish; forms ask for no real people's data."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from release_scripts import GITHUB, PROJECT, ROOT, loaded, pythons, script

WORKFLOWS = {path.stem: loaded(path) for path in sorted((GITHUB / "workflows").glob("*.yml"))}
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
RELEASE = WORKFLOWS["release"]["jobs"]
# Which job may write what; all others read.
MAY_WRITE = {
    ("release", "publish"): {"id-token": "write", "attestations": "write"},
    ("release", "announce"): {"contents": "write"},
    ("docs", "deploy"): {"pages": "write", "id-token": "write"},
}
# A version, or a whole commit; the Python Packaging Authority names its versions by a branch.
PINNED = re.compile(r"[\w-]+/[\w-]+@(?:v\d+(?:\.\d+)*|[0-9a-f]{40}|release/v\d+)")
LOCKED = re.compile(r"^([\w.-]+)==([\w.!+-]+)", re.M)


def jobs():
    return [(name, job, told) for name, workflow in WORKFLOWS.items() for job, told in workflow["jobs"].items()]


def steps():
    return [(name, job, step) for name, job, told in jobs() for step in told["steps"]]


def test_only_what_publishes_may_write():
    assert [name for name, each in WORKFLOWS.items() if each["permissions"] != {"contents": "read"}] == []
    assert {(name, job): told["permissions"] for name, job, told in jobs() if "permissions" in told} == MAY_WRITE


def test_what_may_publish_runs_nothing_of_the_source():
    for name, job in MAY_WRITE:
        used = [step.get("uses", "") for step in WORKFLOWS[name]["jobs"][job]["steps"]]
        assert not any("checkout" in each or each.startswith("./") for each in used), job


def test_no_workflow_has_a_secret_and_none_keeps_the_right_to_push():
    for path in (GITHUB / "workflows").glob("*.yml"):
        assert "secrets." not in path.read_text("utf-8")
    checkouts = [step for _, _, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_action_is_pinned_and_no_text_from_outside_is_pasted_into_a_script():
    used = [step["uses"] for _, _, step in steps() if "uses" in step]
    assert [each for each in used if each != "./" and not PINNED.fullmatch(each)] == []
    pasted = [(name, job, step["run"]) for name, job, step in steps() if "${{" in step.get("run", "")]
    # The seed of the tests stands in the workflow itself.
    assert pasted == [("ci", "test", "make test SEED=${{ matrix.seed }}")]


def test_what_a_workflow_runs_is_there():
    targets = set(re.findall(r"^([\w-]+)(?: [\w-]+)*:", (ROOT / "Makefile").read_text("utf-8"), re.M))
    runs = "\n".join(step["run"] for _, _, step in steps() if "run" in step)
    asked = set(re.findall(r"^make ([\w-]+)", runs, re.M))
    assert {"build", "dist-check", "docs"} <= asked <= targets
    files = re.findall(r"(?:\.github/release|requirements)/[\w.]+", runs)
    assert files
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_nothing_is_published_before_all_has_been_tried():
    publish = RELEASE["publish"]
    assert set(publish["needs"]) == {"check", "try", "action"}
    assert all(RELEASE[job]["needs"] == "build" for job in publish["needs"])
    assert RELEASE["announce"]["needs"] == "publish"
    assert (publish["if"], publish["environment"]["name"]) == ("github.event_name == 'push'", "pypi")
    assert set(WORKFLOWS["release"]["on"]) == {"push", "workflow_dispatch"}
    built = [job for job, told in RELEASE.items() if any("make build" in step.get("run", "") for step in told["steps"])]
    assert built == ["build"]


def test_a_tag_without_notes_is_refused_before_anything_is_built():
    runs = [step["run"] for step in RELEASE["build"]["steps"] if "run" in step]
    assert runs[0] == 'python .github/release/notes.py "$TAG"'


def test_every_python_is_tried():
    assert RELEASE["try"]["strategy"]["matrix"]["python"] == pythons()
    assert [each["python"] for each in WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["include"]] == pythons()
    action = (ROOT / "action.yml").read_text("utf-8")
    assert all(version in action for version in pythons())


def test_the_suite_that_is_tried_on_a_wheel_is_there():
    assert [part for part in script("try_wheel").SUITE if not list((ROOT / "tests" / part).glob("test_*.py"))] == []


def pins(name):
    text = (ROOT / name).read_text("utf-8")
    return {canonicalize_name(package): version for package, version in LOCKED.findall(text)}


def test_what_builds_is_locked_as_everything_else():
    locked = pins("requirements/build.txt")
    asked = {canonicalize_name(Requirement(each).name) for each in PROJECT["build-system"]["requires"]}
    assert asked <= set(locked)
    assert locked.items() <= pins("constraints.txt").items()


def test_the_bill_of_materials_is_that_of_the_lock():
    bill = loaded(ROOT / "requirements/core.cdx.json")
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "biasaudit")
    assert {each["name"]: each["version"] for each in bill["components"]} == pins("requirements/core.txt")
    hashed = [reference for each in bill["components"] for reference in each["externalReferences"]]
    assert all(reference["hashes"] for reference in hashed)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_the_version_and_for_no_real_people(path):
    form = loaded(path)
    asked = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    assert len(asked) == sum(field["type"] != "markdown" for field in form["body"])
    assert {"name", "description", "labels"} <= set(form)
    assert asked["version"]["validations"]["required"] is True
    assert "biasaudit --version" in asked["version"]["attributes"]["description"]
    text = " ".join(path.read_text("utf-8").split()).replace("*", "")
    assert "made up" in text
    assert re.search(r"real people", text)


def test_questions_and_dangers_have_a_door_of_their_own():
    config = loaded(GITHUB / "ISSUE_TEMPLATE/config.yml")
    source = PROJECT["project"]["urls"]["Source"]
    doors = [door["url"].removeprefix(source) for door in config["contact_links"]]
    assert doors == ["/discussions", "/security/advisories/new"]
    assert len(FORMS) == 3


def test_actions_are_kept_new():
    (kept,) = loaded(GITHUB / "dependabot.yml")["updates"]
    assert (kept["package-ecosystem"], kept["schedule"]["interval"]) == ("github-actions", "weekly")
