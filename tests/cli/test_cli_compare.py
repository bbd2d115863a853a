"""The command that compares mitigations."""

import json
from functools import partial

import pytest

import biasaudit as ba
from biasaudit.cli import _reading
from biasaudit.scenarios import TableScenario


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    return partial(run, "compare")


@pytest.fixture
def small(monkeypatch):
    """Few rows and one process, so that the test is quick."""
    compare = ba.mitigation.compare
    monkeypatch.setattr(_reading, "MADE_ROWS", 800)
    monkeypatch.setattr(ba.mitigation, "compare", lambda *given, **asked: compare(*given, **asked, n_jobs=1))


def test_what_was_asked_is_compared_and_written(run, small, tmp_path):
    code, out, err = run(
        "hiring", "--dial", "label_bias=0.6", "--mitigation", "massaging", "--folds", "2", "--repeats", "2",
        "--model", "gradient_boosting", "--harm", "demographic_parity", "--cost", "balanced_accuracy",
        "--json", "found.json", "--markdown", "found.md",
    )  # fmt: skip
    assert (code, err) == (0, "")
    document = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert document["settings"] == {
        "dataset": "hiring",
        "sensitive_features": ["sex"],
        "label": "hired",
        "pos_label": "1",
        "model": "gradient_boosting",
        "harm": "demographic_parity",
        "cost": "balanced_accuracy",
        "folds": 2,
        "repeats": 2,
        "confidence": 0.95,
        "random_state": 0,
    }
    data = ba.datasets.make_hiring(800, label_bias=0.6)
    expected = ba.mitigation.compare(
        data,
        ["massaging"],
        folds=2,
        repeats=2,
        model="gradient_boosting",
        harm="demographic_parity",
        cost="balanced_accuracy",
    )
    figures = [row for row in document["figures"] if row["figure"] != "seconds"]
    mine = expected.to_frame().query("figure != 'seconds'")
    assert [row["estimate"] for row in figures] == pytest.approx(mine["estimate"].tolist())
    assert out.startswith('Mitigations on "hiring" by sex: gradient_boosting, 2 folds × 2, 800 rows\n')
    assert out.endswith("Wrote found.json\nWrote found.md\n")
    assert (tmp_path / "found.md").read_text(encoding="utf-8").startswith('# Mitigations on "hiring"')


def test_generated_data_have_biased_labels_unless_a_dial_says_otherwise(run, small, monkeypatch):
    asked = []
    make = TableScenario.data
    monkeypatch.setattr(TableScenario, "data", lambda self, **dials: asked.append(dials) or make(self, **dials))
    run("hiring", "--mitigation", "massaging", "--folds", "2")
    run("hiring", "--mitigation", "massaging", "--folds", "2", "--dial", "proxy_strength=1")
    assert asked == [{"n": 800, "label_bias": 0.4}, {"n": 800, "proxy_strength": 1.0}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compass"], '"compass" is not a shipped data set. Did you mean "compas"? Data sets: '),
        (["ricci"], '"ricci" has no label to learn. Audit its decisions instead.'),
        (
            ["compas", "--dial", "label_bias=1"],
            "--dial turns generated data only: hiring, recidivism. Leave it out for",
        ),
        (
            ["hiring", "--dial", "lable_bias=1"],
            '"lable_bias" is not a dial of "hiring". Did you mean "label_bias"? Dials: ',
        ),
        (["hiring", "--dial", "label_bias=much"], '--dial "label_bias=much" is not a number. Give one from 0 to 1.'),
        (["hiring", "--dial", "label_bias"], '--dial "label_bias" is not name=value, such as label_bias=0.4.'),
        (["compas", "--mitigation", "none"], '"none" is not a mitigation.'),
        (
            ["compas", "--json", "a", "--markdown", "a"],
            "Two reports would go to the same file. Give each a name of its",
        ),
    ],
)
def test_bad_requests_end_with_one_sentence(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {message}")
    assert err.count("\n") == 1
