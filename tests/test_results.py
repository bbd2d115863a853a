"""What every result answers: the contract of the common calls, and one table of formats behind them."""

import html
import importlib
import inspect
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import jsonschema
import numpy as np
import pandas as pd
import pytest
from typer.main import get_command

import biasaudit as ba
from biasaudit.audits.learning.curves import learning_curves
from biasaudit.cli import app as cli
from biasaudit.cli._reports import Reports, writes
from biasaudit.monitoring._watching import watch
from biasaudit.reporting.formats.as_json import json_schema
from biasaudit.reporting.formats.terminal import to_text
from biasaudit.reporting.render import FORMATS, Format, files_of, render
from biasaudit.reporting.report import Finding

MOST_LINES, MOST_LETTERS = 25, 4_000
VOID = {"meta", "br", "hr", "img", "input", "link", "col"}
PEOPLE = pd.DataFrame({"sex": ["F", "M"] * 60, "y": [0, 1, 1, 1, 0, 0] * 20, "p": [0, 1, 0, 1] * 30, "s": range(120)})


def watched():
    rng = np.random.default_rng(0)
    days = {}
    for at in range(5):
        frame = pd.DataFrame({"sex": rng.choice(["F", "M"], 200), "p": rng.integers(0, 2, 200)})
        days[date(2026, 1, 1) + timedelta(days=at)] = ba.count(frame, sensitive_features=["sex"], y_pred="p")
    return watch(days, ["selection_rate"], reference={"sex": "M"})


def learnt():
    rows = [
        {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": round(5 + (g == "f") * 40 / (k + 1)), "of": 100}
        for seed in range(2)
        for i in range(6)
        for g in "fm"
        for k in (0, 1, 3)
    ]
    return learning_curves(
        pd.DataFrame(rows), added="added", errors="wrong", trials="of", group="sex", cluster="who", repeat="seed"
    )


def associated():
    vectors = {"nurse": [1, 0.1], "carer": [1, 0.2], "pilot": [0.1, 1], "boss": [0.2, 1], "she": [1, 0], "he": [0, 1]}
    words = {"care": ["nurse", "carer"], "command": ["pilot", "boss"]}
    return ba.audit_associations(vectors, words=words, attributes={"women": ["she"], "men": ["he"]})


def paired():
    frame = pd.DataFrame({"sex": ["F", "M"] * 20, "skill": np.arange(40) / 40})
    return ba.audit_pairs(
        lambda f: f["skill"] - 0.1 * (f["sex"] == "F"), frame, swap={"sex": {"woman": "F", "man": "M"}}
    )


def misheard():
    frame = pd.DataFrame(
        {"sex": ["F", "M"] * 30, "who": np.arange(60) // 2 * 2 + np.arange(60) % 2, "wrong": [2, 1] * 30}
    )
    return ba.audit_errors(frame.assign(of=9), errors="wrong", trials="of", sensitive_features="sex", cluster="who")


def told_of(name, panels, needed="biasaudit"):
    """Make a story of the parts that are quick."""
    pytest.importorskip(needed)
    run = ba.scenarios.get(name).run()
    return replace(run, panels=tuple(panel for panel in run.panels if panel.name in panels))


AT = np.arange(240)
CLASSES = pd.DataFrame(
    {"sex": np.where(AT % 2, "M", "F"), "grade": AT % 3, "wage": 9.0 + (AT * 7 % 31) / 7, "job": AT // 12}
)
ASKED = {"sensitive_features": "sex", "y_true": "y", "y_pred": "p"}
RESULTS = {
    "Audit": lambda: ba.audit_predictions(PEOPLE, **ASKED | {"sensitive_features": ["sex"]}),
    "ClassAudit": lambda: ba.audit_predictions(CLASSES, sensitive_features="sex", y_true="grade"),
    "NumberAudit": lambda: ba.audit_predictions(CLASSES, sensitive_features="sex", y_true="wage"),
    "RankingAudit": lambda: ba.audit_rankings(CLASSES, sensitive_features="sex", score="wage", query="job"),
    "DatasetAudit": lambda: ba.audit_dataset(PEOPLE[["sex", "y", "p"]], label="y", sensitive_features="sex"),
    "PairsAudit": paired,
    "ErrorAudit": misheard,
    "SubgroupAudit": lambda: ba.find_subgroups(PEOPLE, outcome="y", features=["sex", "p"], min_support=0.05),
    "TextAudit": lambda: ba.audit_text(lambda texts: [0.9 if "vile" in t else 0.1 for t in texts], progress=False),
    "ThresholdAudit": lambda: ba.audit_thresholds(PEOPLE, score="s", y_true="y", sensitive_features="sex"),
    "AssociationAudit": associated,
    "ChanceGaps": lambda: ba.simulate_equal_groups([30, 20], 0.3, draws=500),
    "LearningCurves": learnt,
    "Comparison": lambda: ba.mitigation.compare(
        ba.scenarios.get("hiring").data(n=600), ["reweighing"], folds=2, n_jobs=1, progress=False
    ),
    "Watch": watched,
    "CheckResult": lambda: ba.check(PEOPLE, "four_fifths", sensitive_features=["sex"], y_pred="p"),
    "ScenarioRun": lambda: ba.scenarios.get("hiring").run(n=800, mitigations=()),
}
SLOW = {
    "SpeechRun": lambda: told_of("speech", ("who", "truth"), needed="espeakng_loader"),
    "ChatbotRun": lambda: told_of("chatbot", ("who", "hours", "policies", "names")),
    "LimitRun": lambda: pytest.importorskip("torch") and ba.scenarios.get("finite_data").run(n=600),
}
COMMON = ("rates", "findings", "check")
# What a result does not answer, and why. A call that is inherited all the same says so in one sentence.
LACKS = {
    "SubgroupAudit": {"check": "a rule names its groups beforehand, and these were searched for"},
    "AssociationAudit": {"rates": "it compares vectors", "check": "rules are about rates"},
    "ChanceGaps": {"rates": "nobody was measured", "findings": "nobody was measured", "check": "nobody was measured"},
    "LearningCurves": {
        "rates": "to_frame() has its errors by size",
        "findings": "needed() asks about two groups",
        "check": "rules are about one model, and this is many trainings",
    },
    "Comparison": {
        "rates": "to_frame() has its figures by mitigation",
        "check": "rules are about one model: check the audit of the one that is to ship",
    },
    "Watch": {"rates": "to_frame() has its gaps by day", "check": "check the audit of the window, Store.audit()"},
    "CheckResult": {"rates": "those are the audit's", "findings": "its rules take their place", "check": "it is one"},
    **{
        name: {"rates": "its audits have them", "check": "check one of its audits"}
        for name in ("ScenarioRun", "SpeechRun", "ChatbotRun", "LimitRun")
    },
}
MADE = {}


@pytest.fixture(params=[*RESULTS, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def result(request):
    if request.param not in MADE:
        MADE[request.param] = (RESULTS | SLOW)[request.param]()
    assert type(MADE[request.param]).__name__ == request.param
    return MADE[request.param]


class Balanced(HTMLParser):
    """Reads a page, and fails where an element is closed that is not open."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Take what opens and closes at once for nothing."""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def strict(text):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_no_public_result_is_left_out():
    public = {name for name in ba.__all__ if inspect.isclass(getattr(ba, name))}
    public -= {"AuditError", "Crosstab", "MomentTable"}
    assert public <= set(RESULTS)
    assert set(LACKS) <= set(RESULTS | SLOW)


def test_it_looks_short(result):
    for told in (repr(result), str(result)):
        assert 1 <= len(told.splitlines()) <= MOST_LINES
        assert len(told) <= MOST_LETTERS
        assert "array(" not in told
        assert " object at 0x" not in told


def test_it_writes_itself_in_every_format(result, tmp_path):
    written = {row.name: render(result, row.name) for row in files_of(result)}
    assert {"html", "json", "markdown"} <= set(written)
    assert (result.to_html(), result.to_json(), result.to_markdown()) == tuple(
        written[name] for name in ("html", "json", "markdown")
    )
    Balanced(written["html"])
    Balanced(result._repr_html_())
    document = strict(written["json"])
    if document.get("$schema", "").startswith("urn:biasaudit:report"):
        jsonschema.validate(document, json_schema())
        assert document["biasaudit_version"] == ba.__version__
    assert written["markdown"].startswith("# ")
    result.to_html(tmp_path / "found.html")
    assert (tmp_path / "found.html").read_text("utf-8") == written["html"]


def test_it_answers_the_common_calls_or_says_why_not(result):
    lacks = LACKS.get(type(result).__name__, {})
    if "rates" not in lacks:
        rates = result.rates()
        assert {"metric", "group", "estimate", "low", "high", "reason"} <= set(rates.columns)
        assert len(rates)
    if "findings" not in lacks:
        found = result.findings()
        assert isinstance(found, tuple)
        assert all(isinstance(one, Finding) for one in found)
        assert {one.verdict for one in found} <= {"shown", "not shown", "cannot tell"}
    if "check" not in lacks:
        metric = next(row["metric"] for row in result.disparities().to_dict("records") if row["kind"] == "range")
        policy = ba.policy.loads(f'name = "all"\n[[rules]]\nmetric = "{metric}"\nmax = 1.0\n')
        checked = result.check(policy)
        assert (checked.outcome, checked.title) == ("pass", result.report().title)


@pytest.mark.parametrize(("name", "call"), [(name, call) for name in LACKS for call in LACKS[name] if name in RESULTS])
def test_what_a_result_does_not_answer_is_not_there_or_refused(name, call):
    asked = getattr(RESULTS[name](), call, None)
    if asked is not None:
        with pytest.raises(ba.AuditError):
            asked(ba.policy.loads('name = "x"\n[[rules]]\nmetric = "selection_rate"\nmax = 1.0\n'))


def test_every_format_is_there_once_and_written_by_a_function_that_is():
    assert len({(row.of, row.name) for row in FORMATS}) == len(FORMATS)
    for row in FORMATS:
        module, _, name = row.function.partition(":")
        assert callable(getattr(importlib.import_module(module), name))
        assert bool(row.ending) == bool(row.mime)
    made = {row.name: row for row in files_of(RESULTS["CheckResult"]())}
    assert list(made) == ["html", "json", "markdown", "junit", "sarif"]


def test_a_format_that_is_not_there():
    audit = RESULTS["Audit"]()
    with pytest.raises(ba.AuditError) as caught:
        render(audit, "jsn")
    assert str(caught.value) == (
        '"jsn" is not a format of Audit. Did you mean "json"? '
        "Formats: html, json, markdown, model_card, text, fragment."
    )
    with pytest.raises(ba.AuditError, match='"sarif" is not a format of Audit'):
        render(audit, "sarif")
    with pytest.raises(ba.AuditError, match="is not a format of int"):
        render(7, "html")


def test_a_format_that_is_added_is_had_by_every_door(monkeypatch):
    row = Format("Report", "plain", "Plain", "plain text", f"{to_text.__module__}:to_text", ".txt", "text/plain")
    monkeypatch.setattr("biasaudit.reporting.render.FORMATS", (*FORMATS, row))
    monkeypatch.setattr("biasaudit.cli._reports.FORMATS", (*FORMATS, row))
    audit = RESULTS["Audit"]()
    assert files_of(audit)[-1] is row
    assert render(audit, "plain") == to_text(audit.report())

    def command(*, reports: Reports) -> None:
        """Audit."""

    assert list(inspect.signature(writes("the audit")(command)).parameters) == ["json", "html", "markdown", "plain"]


def test_a_table_of_counts_looks_short():
    table = ba.count(PEOPLE, sensitive_features=["sex"], y_true="y", score="s")
    assert repr(table) == "Crosstab of 120 rows by sex (2), with labels, scores"


def test_options_that_write_reports_are_those_of_the_table():
    kinds = {"check": "CheckResult", "compare": "Comparison"}
    written = {"audit", "data", "errors", "subgroups", "cv", "compare", "check", "audit-text"}
    commands = get_command(cli.app).commands
    commands |= {"monitor report": commands["monitor"].commands["report"]}
    for name, command in commands.items():
        rows = {row.name: row for row in FORMATS if row.of == kinds.get(name, "Report") and row.ending}
        found = {option.name: option for option in command.params if option.name in rows}
        assert bool(found) == (name in written or name == "monitor report")
        for option in found.values():
            assert option.opts == [f"--{option.name}"]
            assert re.fullmatch(rf"Write the [a-z ]+ as {rows[option.name].what}\.", option.help)
    assert {"json", "html", "markdown"} <= {option.name for option in commands["audit"].params}
    assert {"junit", "sarif"} <= {option.name for option in commands["check"].params}


@pytest.mark.parametrize("name", ["hiring", "speech", "chatbot", "finite_data"])
def test_looking_at_a_story_trains_nothing(name, monkeypatch):
    run = ba.scenarios.get(name).run()
    monkeypatch.setattr(type(run), "_whole", None)
    assert repr(run).splitlines()[0] in html.unescape(run._repr_html_())
    assert "Next: tell(), findings()" in repr(run)
    for panel in getattr(run, "panels", ()):
        takes = run.effort(panel.name)
        assert (f'{takes} Ask for panel("{panel.name}").' if takes else panel.question) in repr(run)
