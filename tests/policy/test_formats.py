"""Verdicts as files that others read: JUnit, SARIF, annotations, Markdown and HTML take names of groups for text."""

import html
import json
import re
from datetime import date
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

import biasaudit as ba
from biasaudit.github_output import is_github
from biasaudit.policy.formats.as_json import check_schema
from biasaudit.policy.formats.github import annotations, write_summary
from policy.policies import HEAD, people

EVIL = "x%\n::error::pwned]]> <script>alert(1)</script> & \" ' | ![](http://e.x) `a` \x1b[31m \x00"
RULES = """
[[rules]]
name = "holds"
metric = "selection_rate"
max = 0.9
[[rules]]
name = "broken: a, b %"
metric = "selection_rate"
max = 0.1
reason = "Because."
owner = "board"
[[rules]]
name = "unsure"
metric = "selection_rate"
max = 0.3
[[rules]]
name = "waived"
metric = "selection_rate"
max = 0.1
waiver = { until = 2027-01-31, reason = "Being mended." }
"""


DAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def found():
    frame = people(F=(300, 1000), M=(600, 1000)).replace({"F": EVIL.replace("\x00", "")})
    return ba.check(frame, ba.policy.loads(HEAD + RULES, source="a b/policy.toml"), today=DAY)


# What Jenkins' junit-10.xsd allows: attributes and children of each element.
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name", "time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}


def test_junit(found):
    root = ElementTree.fromstring(found.to_junit())
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    suite = root.find("testsuite")
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    kinds = {case.get("name"): next(iter(case)).tag for case in suite}
    assert kinds == {"holds": "system-out", "broken: a, b %": "failure", "unsure": "error", "waived": "skipped"}
    assert "<script>" in suite.find("testcase/failure").get("message")
    assert "a b/policy.toml:12" in suite.find("testcase/failure").text


# The parts of the schema of SARIF 2.1.0 that are used here.
TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}},
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"uri": {"type": "string", "pattern": "^\\S+$"}},
                },
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                },
            },
        }
    },
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "properties": {"type": "object"},
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}, "additionalProperties": False},
    },
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": LEVEL,
        "message": TEXT,
        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        "locations": {"type": "array", "items": LOCATION},
        "properties": {"type": "object"},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"enum": ["inSource", "external"]},
                    "justification": {"type": "string"},
                    "status": {"enum": ["accepted", "underReview", "rejected"]},
                },
            },
        },
    },
    # Section 3.27.9: a kind other than "fail" has the level "none".
    "if": {"properties": {"kind": {"const": "fail"}}},
    "else": {"properties": {"level": {"const": "none"}}},
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "semanticVersion": {"type": "string"},
        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
                    "results": {"type": "array", "items": RESULT},
                    "properties": {"type": "object"},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                },
            },
        },
    },
}


def test_sarif(found):
    document = json.loads(found.to_sarif())
    jsonschema.validate(document, SARIF, cls=jsonschema.Draft202012Validator)
    run = document["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["holds", "broken: a, b %", "unsure", "waived"]
    told = {r["ruleId"]: (r["kind"], r["level"], "suppressions" in r) for r in run["results"]}
    assert told == {
        "holds": ("pass", "none", False),
        "broken: a, b %": ("fail", "error", False),
        "unsure": ("fail", "warning", False),
        "waived": ("fail", "error", True),
    }
    assert all(rules[r["ruleIndex"]] == r["ruleId"] for r in run["results"])
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20b/policy.toml"}, "region": {"startLine": 12}}


def test_a_fingerprint_stays_while_lines_and_figures_move(found):
    def prints(result):
        results = json.loads(result.to_sarif())["runs"][0]["results"]
        return {one["ruleId"]: one["partialFingerprints"]["biasaudit/v1"] for one in results}

    first = prints(found)
    assert len(set(first.values())) == 4
    moved = ba.policy.loads("# a line\n" + HEAD + RULES.replace("max = 0.9", "max = 0.8"), source="elsewhere.toml")
    frame = people(F=(400, 1000), M=(500, 1000))
    assert prints(ba.check(frame, moved, today=DAY)) == first
    other = ba.policy.loads(HEAD.replace("Hiring", "Firing") + RULES)
    assert not set(prints(ba.check(frame, other, today=DAY)).values()) & set(first.values())
    # sha256sum of the text ["Hiring", "holds"].
    assert first["holds"] == "a7643cb0d5e9764aaa4f7851550e7bdd264c4cf0fd6524dedeed9d082e1f21d4"


def test_annotations_cannot_start_another_command(found):
    lines = annotations(found)
    assert len(lines) == 3
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert lines[0].startswith(
        "::error file=a b/policy.toml,line=12,title=Hiring%3A broken%3A a%2C b %25::Selection rate"
    )
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]
    # What looks like a command in the name of a group stands within a line, where GitHub does not look.
    assert "x%25�::error::pwned" in lines[0]


def test_a_ready_policy_is_no_file_to_point_at():
    lines = annotations(ba.check(ba.datasets.load_ricci(), "four_fifths"))
    assert [line.split("::")[1] for line in lines] == ["warning title=Four fifths%3A four fifths"]


def test_no_more_than_ten_annotations_of_a_type():
    rules = "".join(f'[[rules]]\nname = "r{i}"\nmetric = "selection_rate"\nmax = 0.1\n' for i in range(25))
    lines = annotations(ba.check(people(F=(300, 1000), M=(600, 1000)), ba.policy.loads(HEAD + rules)))
    assert len(lines) == 10
    assert lines[-1] == "::error title=biasaudit::And 16 more rules: see the summary of the job."


def test_the_summary_is_added_to_and_never_too_long(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    assert write_summary("one\n", {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text() == "before\none\n"
    assert write_summary("line\n" * 400_000, {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.stat().st_size < 1_048_576
    assert path.read_text().endswith("line\n\nThe rest is in the reports.\n")
    assert not write_summary("one", {})
    assert not write_summary("one", {"GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "file")})
    assert is_github({"GITHUB_ACTIONS": "true"})
    assert not is_github({})


def test_json_fits_its_schema(found):
    schema = check_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(found.to_json())
    jsonschema.validate(document, schema)
    assert (document["outcome"], document["exit_code"]) == ("fail", 1)
    for name in ba.policy.READY:
        jsonschema.validate(json.loads(ba.check(ba.datasets.load_compas(), name).to_json()), schema)
    assert found.to_json() == found.to_json()


def test_names_of_groups_are_text_in_html_and_markdown(found):
    page, part = found.to_html(), found._repr_html_()
    assert html.escape("<script>alert(1)</script>") in page
    markdown = found.to_markdown()
    rendered = MarkdownIt("gfm-like").render(markdown)
    assert "&lt;script&gt;alert(1)" in rendered
    for text in (page, part, rendered):
        assert not re.search("<(script|img|a)[ >]", text)
    assert not any(
        mark in text for mark in "\x1b\x00" for text in (page, part, markdown, repr(found), found.to_junit())
    )


def test_every_format_tells_every_rule(found, tmp_path):
    for name in ("json", "markdown", "html", "junit", "sarif"):
        path = tmp_path / name
        text = getattr(found, f"to_{name}")(path)
        assert path.read_text("utf-8") == text
        assert all(
            word in html.unescape(text).replace("\\", "") for word in ("holds", "broken: a, b %", "unsure", "waived")
        )
    assert "1 of 4 rules do not hold; 1 is waived until 2027-01-31." in " ".join(repr(found).split())
    frame = found.to_frame()
    assert list(frame["rule"]) == ["holds", "broken: a, b %", "unsure", "waived"]
    assert list(frame["state"]) == ["within", "past", "cannot tell", "past"]


def test_every_format_of_every_ready_policy():
    for name in ba.policy.READY:
        found = ba.check(ba.datasets.load_compas(), name)
        for text in (found.to_html(), found.to_markdown(), repr(found), found._repr_html_(), found.to_junit()):
            assert "nan" not in text.lower().replace("governance", "")
        assert "no legal advice" in found.to_html()
        jsonschema.validate(json.loads(found.to_sarif()), SARIF)
