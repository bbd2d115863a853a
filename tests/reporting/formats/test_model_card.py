"""Model cards: read by PyYAML and by the Hub's own library, whatever a group is called."""

import math

import pandas as pd
import pytest
import yaml
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

import biasaudit as ba
from biasaudit.reporting.formats.model_card import HEADING, to_model_card

HOSTILE = [
    "---", "a: b", "# heading", "- item", "| cell |", "{{x}}", "<script>alert(1)</script>", "![](http://x/y.png)",
    'quote " and \\', "null", "yes", "1e5", "\u2028 line", "tab\tand\nnew", "emoji 😀",
    "@you", "'", "%", "&a *a",
]  # fmt: skip


@pytest.fixture(scope="module")
def audit():
    return ba.audit_predictions(ba.datasets.load_compas())


def front(card):
    start, yaml_text, body = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(yaml_text), body


def test_results_are_those_of_the_audit(audit):
    card = audit.to_model_card(name="risk", dataset="COMPAS", dataset_type="propublica/compas")
    meta, body = front(card)
    (index,) = meta["model-index"]
    (result,) = index["results"]
    assert index["name"] == "risk"
    assert result["task"] == {"type": "tabular-classification"}
    assert result["dataset"] == {"type": "propublica/compas", "name": "COMPAS"}
    by_type = {one["type"]: one for one in result["metrics"]}
    rates, gaps = audit.rates(), audit.disparities("false_positive_rate")
    overall = rates[(rates["metric"] == "accuracy") & (rates["group"].map(len) == 0)].iloc[0]
    assert by_type["accuracy"]["value"] == pytest.approx(overall["estimate"])
    widest = gaps[(gaps["kind"] == "range") & (gaps["comparison"] == "difference")].iloc[0]
    found = by_type["false_positive_rate_difference"]
    assert found["value"] == pytest.approx(widest["estimate"])
    assert found["args"] == {
        "low": pytest.approx(widest["low"]),
        "high": pytest.approx(widest["high"]),
        "verdict": widest["verdict"],
        "highest": f"race = {widest['group']['race']}",
        "lowest": f"race = {widest['reference']['race']}",
    }
    assert meta["metrics"] == ["accuracy", "f1", "precision", "recall", "roc_auc"]
    assert f'\n## {HEADING}\n\n## Audit of "compas"\n' in body
    assert audit.findings()[0].sentence.split(":")[0] in body


def test_the_library_of_the_hub_reads_it(audit):
    read = ModelCard(audit.to_model_card(name="risk", dataset="COMPAS"))
    assert read.data.model_name == "risk"
    meta, _ = front(audit.to_model_card(name="risk", dataset="COMPAS"))
    assert len(read.data.eval_results) == len(meta["model-index"][0]["results"][0]["metrics"])
    assert all(type(result.metric_value) is float for result in read.data.eval_results)


def test_names_are_data_in_yaml_and_in_markdown(tmp_path):
    rows = [{name: level, "p": i % 2} for name in ("g: #",) for level in HOSTILE for i in range(4)]
    audit = ba.audit_predictions(pd.DataFrame(rows), sensitive_features="g: #", y_pred="p")
    # Half a character cannot be in a table, but in an argument it can.
    for name in [*HOSTILE, "\ud800"]:
        path = tmp_path / "card.md"
        card = audit.to_model_card(path, name=name, dataset=name, dataset_type=name)
        assert path.read_text(encoding="utf-8") == card
        meta, body = front(card)
        assert set(meta) == {"tags", "model-index"}
        result = meta["model-index"][0]["results"][0]
        assert isinstance(result["dataset"]["name"], str)
        assert all(math.isfinite(one["value"]) for one in result["metrics"])
    page = MarkdownIt("commonmark").enable("table").render(body)
    assert "<script>" not in page
    assert "<img" not in page
    assert "<h1>" not in page


def test_what_is_undefined_is_in_the_text_and_not_in_the_yaml():
    frame = pd.DataFrame({"g": ["a", "b"] * 20, "y": [1, 1] * 20, "p": [0, 1, 1, 1] * 10})
    audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p")
    meta, body = front(to_model_card(audit.report(), name="m", dataset="d"))
    types = {one["type"] for one in meta["model-index"][0]["results"][0]["metrics"]}
    assert not any(kind.startswith("false_positive_rate") for kind in types)
    assert "no negative labels" in body
