"""Numbers on the command line: audited, cut, and gated by a policy that init wrote."""

import json
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROWS = 400


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    sex = np.repeat(["f", "m"], ROWS // 2)
    wage = rng.normal(20, 5, ROWS) + 4 * (sex == "m")
    said = (wage + rng.normal(0, 1, ROWS)).round(2)
    frame = pd.DataFrame({"gender": sex, "wage": wage.round(2), "predicted_wage": said})
    frame.assign(G3=np.arange(ROWS) % 20).to_csv("people.csv", index=False)
    return "people.csv"


def test_a_wage_is_audited_in_its_unit_and_written(run, table):
    asked = ["--y-true", "wage", "--sensitive", "gender", "--unit", "dollars an hour", "--tolerance", "0.2 sd"]
    code, printed, wrong = run("audit", table, *asked, "--json", "a.json", "--html", "a.html", "--markdown", "a.md")
    assert (code, wrong) == (0, "")
    assert "have a mean wage of" in printed
    assert "dollars an hour" in printed
    assert " of 200" not in printed
    settings = json.loads(Path("a.json").read_text())["settings"]
    assert (settings["unit"], settings["tolerance"]) == ("dollars an hour", "0.2 sd")
    for name in ("a.html", "a.md"):
        assert "dollars an hour" in Path(name).read_text()


def test_the_cut_that_is_offered_works_as_it_is_printed(run, table):
    asked = ["audit", table, "--y-true", "G3", "--sensitive", "gender"]
    printed = " ".join(run(*asked)[1].split())
    offered = printed.partition('such as positive="G3>=10" (')[2].partition(")")[0]
    assert offered == '--positive "G3>=10"'
    code, cut, _ = run(*asked, *shlex.split(offered))
    assert code == 0
    assert "Base rate by gender" in cut


def test_a_number_may_be_said_to_be_another_kind(run, table):
    asked = ["audit", table, "--y-true", "wage", "--sensitive", "gender"]
    code, _, wrong = run(*asked, "--outcome-type", "numbr")
    assert (code, "Did you mean" in wrong) == (2, True)
    code, _, wrong = run(*asked, "--tolerance", "much")
    assert code == 2
    assert wrong.startswith("Error: tolerance='much' is no difference.")


def test_init_guesses_a_number_and_what_it_writes_judges(run, table):
    code, _, wrong = run("init", table)
    assert (code, wrong) == (0, "")
    written = Path("policy.toml").read_text()
    for line in ('y_true = "wage"', 'y_pred = "predicted_wage"', 'outcome_type = "number"', "max_sd = 0.2"):
        assert line in written
    code, printed, _ = run("check", table, "--policy", "policy.toml", "--save-audit", "last.json")
    assert code == 1
    assert "0.2 standard deviations" in printed
    assert run("check", table, "--policy", "policy.toml", "--unit", "euros")[1].count("euros") > 1


def test_init_takes_a_cut_and_writes_rules_for_a_yes_or_no(run, table):
    assert run("init", table, "--y-true", "G3", "--positive", "G3>=10", "-o", "cut.toml")[0] == 0
    written = Path("cut.toml").read_text()
    assert 'positive = ["G3>=10"]' in written
    assert "outcome_type" not in written
    assert run("check", table, "--policy", "cut.toml")[0] in (0, 3)


def test_init_writes_the_unit_of_a_shipped_set(run, table):
    assert run("init", "wages")[0] == 0
    written = Path("policy.toml").read_text()
    assert 'unit = "dollars an hour"' in written
    assert 'metric = "mean_outcome"' in written
