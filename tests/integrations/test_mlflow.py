"""MLflow: a real store on this disk where mlflow-skinny is installed, and a recorded client where it is not."""

import json
import re
import sys
import types
from pathlib import Path

import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.integrations.mlflow import log_audit, metric_values

VALID = re.compile(r"^[/\w.\- :]+$", re.ASCII)
HOSTILE = ["a/b", "a:b", "../../x", "é", "𝟙", "=cmd()", "", "x" * 300, "x" * 301, "a.b", "low"]


@pytest.fixture(scope="module")
def audit():
    return ba.audit_predictions(ba.datasets.load_ricci())


def hostile_audit():
    rows = [{"g.h": name, "p": i % 2, "y": 1} for name in HOSTILE for i in range(4)]
    return ba.audit_predictions(pd.DataFrame(rows), sensitive_features="g.h", y_pred="p", y_true="y")


def test_values_are_those_of_the_audit(audit):
    values = metric_values(audit)
    row = audit.disparities("selection_rate").iloc[0]
    for end, column in (("", "estimate"), (".low", "low"), (".high", "high")):
        assert values[f"bias.selection_rate.difference.race{end}"] == row[column]
    rates = audit.rates()
    for group, estimate in zip(rates["group"], rates["estimate"], strict=True):
        if group == {"race": "B"}:
            assert estimate in values.values()
    assert set(metric_values(audit, prefix="x")) == {"x" + name.removeprefix("bias") for name in values}


def test_names_are_valid_and_none_hides_another():
    audit = hostile_audit()
    values = metric_values(audit)
    assert all(VALID.match(name) and len(name) <= 250 and ".." not in name and "/" not in name for name in values)
    table, rates = audit.disparities(), audit.rates()
    ranges = table[table["kind"] == "range"]
    defined = rates["estimate"].notna().sum() + sum(
        (ranges[column].notna() & (ranges[column].abs() != float("inf"))).sum()
        for column in ("estimate", "low", "high")
    )
    assert len(values) == defined
    # No negative labels: false positive rates are undefined, and no 0 stands for them.
    assert not any("false_positive_rate" in name for name in values)


class Recorded:
    """The part of MlflowClient that is used, as mlflow-skinny 3.17 has it; a real one is used where it is installed."""

    def __init__(self):
        self.metrics, self.tags, self.texts = {}, {}, {}

    def log_batch(self, run_id, metrics=(), params=(), tags=()):
        assert len(metrics) <= 1000
        self.metrics |= {metric.key: metric.value for metric in metrics}

    def set_tag(self, run_id, key, value):
        self.tags[key] = value

    def log_text(self, run_id, text, artifact_file):
        self.texts[artifact_file] = text


def stand_in(active="run"):
    module = types.ModuleType("mlflow")
    metric = lambda key, value, timestamp, step: types.SimpleNamespace(key=key, value=value)  # noqa: E731
    module.entities = types.SimpleNamespace(Metric=metric)
    info = types.SimpleNamespace(info=types.SimpleNamespace(run_id=active))
    module.active_run = lambda: info if active else None
    module.MlflowClient = Recorded
    return module


def test_what_is_logged(audit, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", stand_in())
    client = Recorded()
    assert log_audit(audit, client=client) == "run"
    assert client.metrics == metric_values(audit)
    assert client.texts == {"biasaudit/audit.html": audit.to_html(), "biasaudit/audit.json": audit.to_json()}
    assert client.tags == {"biasaudit.headline": audit.report().headline, "biasaudit.version": ba.__version__}
    assert log_audit(audit, run_id="other") == "other"


def test_without_a_run_or_without_mlflow(audit, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", stand_in(active=None))
    with pytest.raises(AuditError) as error:
        log_audit(audit)
    assert str(error.value) == ("No MLflow run is active. Call log_audit within mlflow.start_run(), or give run_id=.")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(AuditError) as error:
        log_audit(audit)
    assert str(error.value) == 'MLflow is not installed. Run: pip install "biasaudit[mlflow]".'


@pytest.mark.filterwarnings("default")
def test_a_real_store_takes_it(audit, tmp_path, monkeypatch):
    """The file store, since mlflow-skinny brings no database."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow = pytest.importorskip("mlflow")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    for made in (audit, hostile_audit()):
        with mlflow.start_run():
            run = log_audit(made)
        kept = mlflow.MlflowClient().get_run(run).data
        assert kept.metrics == pytest.approx(metric_values(made))
        assert kept.tags["biasaudit.headline"] == made.report().headline
        folder = Path(
            mlflow.artifacts.download_artifacts(run_id=run, artifact_path="biasaudit", dst_path=tmp_path / run)
        )
        assert (folder / "audit.html").read_text(encoding="utf-8") == made.to_html()
        assert json.loads((folder / "audit.json").read_text(encoding="utf-8"))["rows"] == made.report().rows
