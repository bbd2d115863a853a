"""A row that is added to the registry is told, charted, printed, gated and documented in its own unit."""

import json

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import biasaudit as ba
from biasaudit.cli.app import app
from biasaudit.integrations.limits import hold
from biasaudit.integrations.scoring import make_disparity_scorer
from biasaudit.metrics import rates
from biasaudit.metrics.rates import Cell, Rate
from biasaudit.metrics.units import Unit
from biasaudit.reporting.formats.as_json import json_schema
from biasaudit.reporting.formats.terminal import rate_tables
from biasaudit.reporting.plots import plot_rates
from biasaudit.reporting.words.text import gap, gap_interval, head, interval, value

SELECTED = Cell.TP | Cell.FP


def odds(share):
    with np.errstate(divide="ignore"):
        return share / (1 - share)


def dollars(share):
    return 1000 * share


RATIO = Rate(
    "precision_odds",
    "Precision odds",
    "how many are rightly selected for each one wrongly selected",
    Cell.TP,
    SELECTED,
    "nobody is selected",
    source="A test",
    transform=odds,
    harm="low",
)
COST = Rate(
    "cost",
    "Cost a person",
    "of everyone, the mean of what a wrong selection costs",
    Cell.FP,
    SELECTED | Cell.TN | Cell.FN,
    "no rows",
    source="A test",
    transform=dollars,
    unit=Unit("dollars", head="Dollars"),
    harm="high",
    aliases=("price",),
)
# Group: TN, FP, FN, TP.
CELLS = {"a": (300, 200, 100, 400), "b": (420, 80, 100, 400), "c": (400, 100, 100, 400)}
RULES = """
name = "Cost"
[columns]
sensitive_features = ["g"]
[[rules]]
metric = "{metric}"
comparison = "{comparison}"
{limit}
"""


@pytest.fixture
def frame(monkeypatch):
    monkeypatch.setattr(rates, "RATES", (*rates.RATES, RATIO, COST))
    cells = [
        (group, int(cell >= 2), int(cell % 2), count)
        for group, counts in CELLS.items()
        for cell, count in enumerate(counts)
    ]
    table = pd.DataFrame(cells, columns=["g", "y", "p", "n"])
    return table.loc[table.index.repeat(table["n"]), ["g", "y", "p"]].reset_index(drop=True)


@pytest.fixture
def audit(frame):
    return ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")


def test_it_is_written_in_its_unit(audit):
    assert value("cost", 181.64) == "181.6 dollars"
    assert interval(150.0, 210.04, "cost") == "150.0 to 210.0 dollars"
    assert gap("cost", "difference", -12.0) == "−12.0 dollars"
    assert gap("cost", "ratio", 0.5) == "0.50"
    assert gap_interval("cost", "difference", 1.0, 2.0) == "1.0 to 2.0 dollars"
    assert value("cost", None) == gap("cost", "difference", float("nan")) == "–"
    assert value("precision_odds", 2.5) == "2.500"
    assert gap("precision_odds", "difference", 1.816) == "1.816"
    assert (head("cost"), head("precision_odds")) == ("Dollars", "Rate")


def test_it_is_told(audit):
    told = {f.metric: f for f in audit.findings()}
    assert told["cost"].sentence.startswith(
        "Cost a person, of everyone, the mean of what a wrong selection costs: 200.0 dollars for g = a and 80.0 "
        "dollars for g = b, a gap of 120.0 dollars ("
    )
    assert told["cost"].worse_off == {"g": "a"}
    assert sorted(told["cost"].counts) == [(80.0, 1000.0), (200.0, 1000.0)]
    assert "3.000" in told["precision_odds"].sentence or "5.000" in told["precision_odds"].sentence
    assert "points" not in told["precision_odds"].sentence
    assert told["precision_odds"].worse_off == {"g": "a"}
    assert "cost a person" in audit.report().headline


def test_any_gap_in_dollars_matters_and_none_is_too_small(audit):
    rows = audit.disparities("cost")
    rows = rows[rows["comparison"] == "difference"]
    assert rows["material"].all()
    assert not (rows["verdict"] == "not shown").any()


@pytest.mark.parametrize("name", ["to_html", "to_markdown", "to_text"])
def test_it_is_in_every_report(audit, name):
    report = audit.report()
    written = repr(audit) if name == "to_text" else getattr(audit, name)()
    written += rate_tables(report, ["cost"]) if name == "to_text" else ""
    assert "Cost a person" in written
    assert "200.0 dollars" in written
    assert "120.0 dollars" in written
    if name != "to_text":
        assert RATIO.meaning.capitalize() in written or RATIO.meaning in written
        assert "181.6 points" not in written
        assert "difference, dollars" in written


def test_it_is_in_json(audit):
    document = json.loads(audit.to_json())
    Draft202012Validator(json_schema()).validate(document)
    assert document["metrics"]["cost"] == {
        "label": "Cost a person",
        "meaning": COST.meaning,
        "source": "A test",
        "unit": "dollars",
    }
    assert document["metrics"]["precision_odds"]["unit"] == "number"
    assert document["metrics"]["selection_rate"]["unit"] == "share"
    assert {row["metric"] for row in document["findings"]} >= {"cost", "precision_odds"}


def test_it_is_drawn(audit):
    drawn = plot_rates(audit.report(), "cost", features=("g",))
    assert drawn.title.startswith("Cost a person by g: gap shown, 120.0 dollars (")
    assert drawn.figure.layout.xaxis.title.text == "Cost a person, dollars"
    assert not drawn.figure.layout.xaxis.tickformat
    assert drawn.figure.layout.xaxis.range[1] > 200
    odds_drawn = plot_rates(audit.report(), "precision_odds", features=("g",))
    assert odds_drawn.figure.layout.xaxis.title.text == "Precision odds"


@pytest.mark.parametrize(
    ("metric", "comparison", "limit", "outcome"),
    [
        ("cost", "difference", "max = 300", "pass"),
        ("price", "difference", "max = 50", "fail"),
        ("cost", "rate", "max = 500.0", "pass"),
        ("cost", "rate", "min = 300.0", "fail"),
        ("cost", "ratio", "min = 0.9", "fail"),
        ("cost", "ratio", "min = 0.1", "pass"),
        ("precision_odds", "difference", "max = 20", "pass"),
        ("precision_odds", "difference", "max = 0.5", "fail"),
    ],
)
def test_it_is_gated(audit, metric, comparison, limit, outcome):
    found = audit.check(ba.policy.loads(RULES.format(metric=metric, comparison=comparison, limit=limit)))
    assert found.outcome == outcome
    told = found.rules[0].sentence
    assert "points" not in told
    assert "%" not in told
    if metric in ("cost", "price") and comparison != "ratio":
        assert f"{float(limit.split()[-1]):.1f} dollars" in told


def test_a_limit_without_sense_is_refused_in_its_unit(audit):
    with pytest.raises(ba.AuditError, match=r"max = -1 is out of range: a difference has no sign"):
        ba.policy.loads(RULES.format(metric="cost", comparison="difference", limit="max = -1"))
    with pytest.raises(ba.AuditError, match="has said which change of cost is too small to matter"):
        ba.policy.loads(RULES.format(metric="cost", comparison="difference", limit="not_worse_than_baseline = true"))


def test_it_is_not_worse_than_a_baseline(audit, frame, tmp_path):
    audit.to_json(tmp_path / "then.json")
    worse = frame.assign(p=np.where((frame["g"] == "a") & (frame["y"] == 0), 1, frame["p"]))
    now = ba.audit_predictions(worse, sensitive_features="g", y_true="y", y_pred="p")
    rules = RULES.format(metric="cost", comparison="difference", limit="not_worse_than_baseline = true\nmargin = 20")
    found = now.check(ba.policy.loads(rules), baseline=tmp_path / "then.json")
    assert found.outcome == "fail"
    assert "worse by 300.0 dollars (" in found.rules[0].sentence
    assert "past the margin of 20.0 dollars" in found.rules[0].sentence


def test_tests_hold_it_to_a_limit(audit):
    (held,) = hold(audit, ["cost"], max_difference=300)
    assert held.state == "within"
    assert "allowed is at most 300.0 dollars" in held.sentence
    with pytest.raises(ba.AuditError, match="out of range"):
        hold(audit, ["selection_rate"], max_difference=300)


def test_it_is_printed_by_the_command_line(frame, tmp_path):
    frame.to_csv(tmp_path / "costs.csv", index=False)
    asked = ["audit", str(tmp_path / "costs.csv"), "--sensitive", "g", "--y-true", "y", "--y-pred", "p"]
    printed = CliRunner().invoke(app, asked)
    assert printed.exit_code == 0, printed.output
    assert "Cost a person by g" in printed.output
    assert "200.0 dollars" in printed.output
    assert "Precision odds by g" in printed.output
    assert "2.000" in printed.output


def test_it_is_scored(frame):
    from sklearn.dummy import DummyClassifier

    scorer = make_disparity_scorer("price", sensitive_features="g")
    model = DummyClassifier(strategy="uniform", random_state=0).fit(frame[["g"]], frame["y"])
    assert -1000 <= scorer(model, frame[["g"]], frame["y"]) < -1


def test_subgroups_are_searched_for_by_it(frame, monkeypatch):
    row = Rate("flagged_wrongly", "Flagged wrongly", "of everyone, the share", Cell.FP, COST.among, "no rows")
    monkeypatch.setattr(rates, "RATES", (*rates.RATES, row))
    found = ba.find_subgroups(frame, features=["g"], y_true="y", y_pred="p", metric="flagged_wrongly")
    assert found.report().headline.startswith("Flagged wrongly stands out")
