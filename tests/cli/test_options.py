"""Options are called as Python's arguments are, and mean the same in every command."""

import inspect
import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Union, get_args, get_origin

import pandas as pd
import pytest
from typer.main import get_command

import biasaudit as ba
from biasaudit.audits.pairs.cv import audit_cv
from biasaudit.cli.app import app
from biasaudit.models.http import HttpScorer
from biasaudit.monitoring import Store
from biasaudit.reporting.render import FORMATS
from biasaudit.scenarios import TableScenario
from biasaudit.serving import serve

# What each command does, in Python.
DONE_BY = {
    "audit": (ba.audit_predictions,),
    "data": (ba.audit_dataset,),
    "errors": (ba.audit_errors,),
    "subgroups": (ba.find_subgroups,),
    "cv": (audit_cv, HttpScorer),
    "audit-text": (ba.audit_text,),
    "compare": (ba.mitigation.compare,),
    "check": (ba.check, ba.audit_predictions),
    "init": (ba.audit_predictions,),
    "scenario": (TableScenario.run,),
    "dashboard": (serve,),
    "monitor add": (Store.append, ba.audit_predictions),
    "monitor report": (Store.watch, Store.audit),
}
# What a command line alone has: files, and several things in one option.
OWN = {
    "audit-text": {"templates"},
    "check": {"save_audit"},
    "compare": {"dial"},
    "cv": {"url", "job_field"},
    "init": {"output"},
    "scenario": {"dial", "preset"},
    "schema": {"policy", "verdict"},
}
SHORT = {
    "sensitive_features": "--sensitive",
    "sample_weight": "--weight",
    "features": "--feature",
    "random_state": "--seed",
    "metrics": "--metric",
    "mitigations": "--mitigation",
    "headers": "--header",
    "jobs": "--job",
    "n": "--rows",
    "output": "-o",
}


def commands():
    found = dict(get_command(app).commands)
    return found | {f"monitor {name}": command for name, command in found.pop("monitor").commands.items()}


def options(command):
    return [one for one in commands()[command].params if one.param_type_name == "option" and one.name != "help"]


@pytest.mark.parametrize("command", commands())
def test_an_option_that_is_an_argument_has_its_name(command):
    known = {name for function in DONE_BY.get(command, ()) for name in inspect.signature(function).parameters}
    known |= OWN.get(command, set()) | {row.name for row in FORMATS}
    for option in options(command):
        assert option.name in known
        assert option.opts == [f"--{option.name.replace('_', '-')}", *filter(None, [SHORT.get(option.name)])]


def test_every_command_was_looked_at():
    bare = {"learn", "datasets"}
    assert {name for name in commands() if not options(name)} == bare
    assert set(commands()) == set(DONE_BY) | set(OWN) | bare


def kind(declared):
    """Leave out that an option may be left out."""
    optional = get_origin(declared) in (Union, UnionType)
    return next(one for one in get_args(declared) if one is not NoneType) if optional else declared


def test_an_option_is_of_one_kind_in_every_command():
    kinds = {}
    for command in commands().values():
        for name, declared in inspect.signature(command.callback, eval_str=True).parameters.items():
            kinds.setdefault(name, set()).add(kind(declared.annotation.__origin__))
    assert kinds["sensitive_features"] == {list[str]}
    # Of policies, that they are files; of a schema, that it is theirs.
    assert {name for name, found in kinds.items() if len(found) > 1} == {"policy"}


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = {"sex": ["F", "M"], "y": [0, 0, 1, 1], "p": [0, 1, 1, 1, 1, 0, 0, 0], "w": [1, 2], "age": [20, 30, 40, 50]}
    pd.DataFrame({name: (values * 60)[:120] for name, values in rows.items()}).to_csv("people.csv", index=False)
    return "people.csv"


@pytest.mark.parametrize(
    ("command", "given"),
    [
        ("audit", {"y-true": "y", "y-pred": "p", "sensitive-features": "sex", "sample-weight": "w"}),
        ("data", {"label": "y", "sensitive-features": "sex", "features": "age", "random-state": "3"}),
        ("subgroups", {"outcome": "y", "features": "age", "sample-weight": "w", "random-state": "3"}),
    ],
)
def test_long_and_short_names_say_the_same(run, table, command, given):
    long = [word for name, value in given.items() for word in (f"--{name}", value)]
    short = [SHORT.get(word.lstrip("-").replace("-", "_"), word) for word in long]
    assert short != long
    written = []
    for words in (long, short):
        code, out, err = run(command, table, *words, "--json", "found.json")
        assert (code, err) == (0, "")
        written.append((out, json.loads(Path("found.json").read_text("utf-8"))))
    assert written[0] == written[1]
