"""The commands that gate: exit codes, reports that are whole or not there, and one verdict wherever it is asked for."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import HERE, here, refused

import biasaudit as ba
from biasaudit.exit_codes import ExitCode
from biasaudit.reporting import files
from policy.policies import HEAD, people

POLICY = f'{HEAD}[[rules]]\nname = "alike"\nmetric = "selection_rate"\n'
ALL = ["--json", "v.json", "--markdown", "v.md", "--html", "v.html", "--junit", "v.xml", "--sarif", "v.sarif"]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    people(F=(300, 1000), M=(600, 1000)).to_csv("people.csv", index=False)
    for name, limit in {"pass": 0.9, "fail": 0.1, "unsure": 0.3}.items():
        Path(f"{name}.toml").write_text(f"{POLICY}max = {limit}\n")
    return "people.csv"


@pytest.mark.parametrize(("name", "code"), [("pass", 0), ("fail", 1), ("unsure", 3)])
def test_exit_codes(run, table, name, code):
    found = run("check", table, "--policy", f"{name}.toml")
    assert found[0] == code
    assert found[2] == ""
    assert found[1].startswith("Policy “Hiring”: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"{POLICY}mx = 0.1",
            'bad.toml, line 10: "mx" is not a key of a rule. Did you mean "max"? Keys: name, metric, ',
        ),
        (
            f"{POLICY}max = 7",
            "bad.toml, line 10: max = 7 is out of range: a difference of shares lies between 0 and 1. "
            "Write 0.1 for ten points.",
        ),
        (
            POLICY.replace("selection_rate", "selecton") + "max = 0.1",
            'bad.toml, line 9: metric = "selecton" is not measured by this audit. Did you mean "selection_rate"? '
            "Metrics: ",
        ),
        (
            f'{POLICY}max = 0.9\nwaiver = {{ until = 2020-01-31, reason = "x" }}',
            'bad.toml, line 11: the waiver of the rule "alike" ended on 2020-01-31. Mend the gap and take the '
            "waiver out, ",
        ),
        (POLICY.replace('"hired"', '"hird"') + "max = 0.9", 'y_pred="hird" is not a column. Did you mean "hired"?'),
        (
            f"{POLICY}not_worse_than_baseline = true",
            "bad.toml, line 10: the rule compares with a baseline, and none was ",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_no_report(run, table, text, message):
    Path("bad.toml").write_text(text)
    before = here()
    assert refused(run("check", table, "--policy", "bad.toml", *ALL)).startswith(message)
    assert here() == before


def test_every_report(run, table):
    code, out, err = run("check", table, "--policy", "fail.toml", *ALL, "--save-audit", "next.json")
    assert (code, err) == (1, "")
    assert out.endswith("Wrote v.json\nWrote v.html\nWrote v.md\nWrote v.xml\nWrote v.sarif\nWrote next.json\n")
    found = ba.check(table, "fail.toml")
    made = {"v.json": "json", "v.md": "markdown", "v.html": "html", "v.xml": "junit", "v.sarif": "sarif"}
    for path, name in made.items():
        assert Path(path).read_text("utf-8") == getattr(found, f"to_{name}")()
    Path("ratchet.toml").write_text(f"{POLICY}not_worse_than_baseline = true\n")
    assert run("check", table, "--policy", "ratchet.toml", "--baseline", "next.json")[0] == 0
    people(F=(100, 1000), M=(600, 1000)).to_csv("people.csv", index=False)
    assert run("check", table, "--policy", "ratchet.toml", "--baseline", "next.json")[0] == 1


def test_a_report_that_cannot_be_written_stops_all_of_them(run, table, monkeypatch):
    before, real, calls = here(), files._write, []

    def full(part, content):
        calls.append(part)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        real(part, content)

    monkeypatch.setattr(files, "_write", full)
    code, out, err = run("check", table, "--policy", "pass.toml", *ALL)
    assert (code, out) == (2, "")
    assert err == 'Error: "v.md" cannot be written: No space left on device. Choose another place.\n'
    assert here() == before


def test_two_reports_to_one_file(run, table):
    assert refused(run("check", table, "--policy", "pass.toml", "--json", "v", "--junit", "./v")) == (
        "Two reports would go to the same file. Give each a name of its own."
    )


def started(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "biasaudit", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": HERE, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_two_runs_at_once_do_not_hurt_each_other(table):
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md"}
    runs = [started("check", table, "--policy", f"{name}.toml", *ALL, **environment) for name in ("pass", "fail")]
    ended = [process.communicate() for process in runs]
    assert [process.returncode for process in runs] == [0, 1]
    assert [err for _, err in ended] == [b"", b""]
    wanted = [ba.check(table, f"{name}.toml") for name in ("pass", "fail")]
    for path, name in {"v.json": "json", "v.xml": "junit", "v.sarif": "sarif", "v.md": "markdown"}.items():
        assert Path(path).read_text("utf-8") in [getattr(found, f"to_{name}")() for found in wanted]
    assert not list(Path().glob(".*.part"))
    summary = Path("summary.md").read_text("utf-8")
    assert sorted([summary.index(found.to_markdown()) for found in wanted])[0] == 0
    assert len(summary) == sum(len(found.to_markdown()) for found in wanted)


def test_github_gets_annotations_and_a_summary(run, table, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    code, out, _ = run("check", table, "--policy", "fail.toml")
    assert code == 1
    assert "\n::error file=fail.toml,line=7,title=Hiring%3A alike::Selection rate by sex, " in out
    assert Path("summary.md").read_text("utf-8").startswith("# ✗ Hiring: does not hold\n")
    code, out, err = run("check", table, "--policy", "none.toml")
    assert code == 2
    assert out.startswith('::error title=biasaudit::There is no policy "none.toml".')
    assert err.startswith('Error: There is no policy "none.toml".')


def test_columns_that_the_policy_leaves_out(run, table):
    asked = ["--y-pred", "hired", "--sensitive", "sex"]
    code, out, _ = run("check", table, "--policy", "four_fifths", *asked)
    assert code == 1
    assert "Four fifths by sex" in out
    assert refused(run("check", table, "--policy", "four_fifths", *asked, "--threshold", "3")).startswith(
        "threshold needs"
    )
    assert refused(run("check", table, "--policy", "pass.toml", "--y-pred", "other")) == (
        "pass.toml, line 4: the policy says y_pred = 'hired', and it was asked with 'other' as well. Say it once."
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "--", "--help"),
        ("data", "--", "-h"),
        ("errors", "--sensitive", "sex", "--", "--version"),
        ("subgroups", "--", "-x.csv"),
        ("check", "--policy", "pass.toml", "--", "--help"),
        ("compare", "--", "--help"),
        ("init", "--", "--help"),
        ("init", "people.csv", "-o", "-x.toml"),
        ("audit-text", "--", "--help"),
        ("monitor", "add", "--day", "2026-01-31", "--", "-s.db", "people.csv"),
        ("monitor", "add", "s.db", "--day", "2026-01-31", "--", "people.csv", "--help"),
        ("monitor", "report", "--", "--help"),
        ("check", "people.csv", "--policy", "pass.toml", "--json", "-v.json"),
        ("check", "people.csv", "--policy", "pass.toml", "--save-audit", "-a.json"),
        ("check", "people.csv", "--policy", "pass.toml", "--baseline", "--help"),
    ],
)
def test_the_name_of_a_file_that_looks_like_an_option_is_refused(run, table, arguments):
    before, name = here(), next(a for a in reversed(arguments) if a.startswith("-") and a != "--")
    assert refused(run(*arguments)) == (
        f'"{name}" begins with a dash, as an option does. For a file of that name write "./{name}".'
    )
    assert here() == before


@pytest.mark.parametrize("arguments", [("learn", "--", "--help"), ("scenario", "--", "-h")])
def test_names_that_are_no_files_are_refused_as_well(run, arguments):
    assert f'"{arguments[2]}" is not a ' in refused(run(*arguments))


def test_the_remedy_for_a_name_with_a_dash_works(run, table):
    """A path forgets the dot and the slash that its name was mended with."""
    Path(table).rename("--help.csv")
    assert run("check", "--policy", "pass.toml", "--html=./-v.html", "--", "./--help.csv")[0] == 0
    assert Path("-v.html").exists()
    asked = ["--y-pred", "hired", "--sensitive", "sex", "--day", "2026-01-31", "--", "./-s.db", "./--help.csv"]
    assert run("monitor", "add", *asked)[0] == 0
    assert run("monitor", "report", "--json", "./-r.json", "--", "./-s.db")[0] == 0
    assert run("init", "-o", "./-p.toml", "--", "./--help.csv")[0] == 0
    assert {"-s.db", "-r.json", "-p.toml"} <= set(here())


@pytest.mark.parametrize("arguments", [(), ("check",), ("monitor", "report")])
def test_every_exit_code_stands_in_the_help(run, arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    told = run(*arguments, "--help")[1]
    for code in ExitCode:
        assert f"{code:>5}  {code.means}\n" in told
    page = (Path(HERE) / "docs/how-to/exit-codes.md").read_text("utf-8")
    action = (Path(HERE) / "action.yml").read_text("utf-8")
    for code in ExitCode:
        assert f"| {code} | {code.name} |" in page
    for code in (0, 1, 2, 3, 4):
        assert re.search(rf"\b{code} (where|on)\b|with {code} where", action)


def test_the_schemas_are_printed(run):
    assert json.loads(run("schema", "--policy")[1]) == ba.policy.policy_schema()
    assert json.loads(run("schema", "--verdict")[1])["title"] == "biasaudit verdict"


def test_init_writes_a_policy_that_can_be_checked(run, table):
    code, out, err = run("init", table)
    assert (code, err) == (0, "")
    assert out == "Wrote policy.toml. Set its limits, then: biasaudit check people.csv --policy policy.toml\n"
    assert run("check", table, "--policy", "policy.toml")[0] == 1
    assert refused(run("init", table)) == (
        '"policy.toml" is there already. Give another name with --output, or remove it first.'
    )
    code, *_ = run("init", "compas", "-o", "compas.toml")
    assert code == 0
    assert ba.policy.load("compas.toml").columns.reference == {"race": "Caucasian"}
    assert run("check", "compas", "--policy", "compas.toml")[0] == 1


def test_init_reads_numbers_and_scores(run, table):
    frame = people(F=(30, 100), M=(60, 100)).rename(columns={"hired": "label"})
    frame.assign(score=[i / 200 for i in range(200)]).to_csv("scored.csv", index=False)
    assert run("init", "scored.csv", "-o", "s.toml")[0] == 0
    columns = ba.policy.load("s.toml").columns
    assert (columns.y_true, columns.score, columns.threshold, columns.sensitive_features) == (
        "label",
        "score",
        0.5,
        ["sex"],
    )
    assert run("check", "scored.csv", "--policy", "s.toml")[0] in (0, 1, 3)
    Path("nobody.csv").write_text("a,b\n1,2\n3,4\n")
    assert refused(run("init", "nobody.csv", "-o", "n.toml")).startswith("No column was found that says who belongs")
    assert not Path("n.toml").exists()


@pytest.mark.parametrize("name", ["pass", "fail", "unsure"])
def test_one_file_one_verdict(run, table, name):
    """The command, the call, the audit's own call: the dashboard's is in tests/dashboards/test_ship.py."""
    policy = f"{name}.toml"
    run("check", table, "--policy", policy, "--json", "v.json")
    told = Path("v.json").read_text("utf-8")
    assert ba.check(table, policy).to_json() == told
    audit = ba.audit_predictions(table, y_pred="hired", sensitive_features=["sex"])
    assert audit.check(policy).to_json() == told
    frame = ba.check(people(F=(300, 1000), M=(600, 1000)), policy)
    assert [(r.outcome, r.sentence) for r in frame.rules] == [
        (r["outcome"], r["sentence"]) for r in json.loads(told)["rules"]
    ]
