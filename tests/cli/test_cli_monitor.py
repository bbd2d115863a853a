"""`biasaudit monitor`: add the counts of days, report on a window, and end with a code a scheduler understands."""

import json
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.monitoring import Store
from biasaudit.reporting.formats._schema import json_schema

ASKED = ["--y-pred", "p", "--sensitive", "sex"]


def people(seed, rate=0.5, n=400):
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n)
    return pd.DataFrame({"sex": sex, "p": (rng.random(n) < np.where(sex == "F", rate, 0.5)).astype(int)})


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    return partial(run, "monitor")


def filled(rates):
    for at, rate in enumerate(rates):
        people(at, rate).to_csv("day.csv", index=False)
        table = ba.count(people(at, rate), sensitive_features=["sex"], y_pred="p")
        Store("counts.duckdb").append(table, day=f"2026-01-{at + 1:02d}")


def test_rows_of_a_day_are_counted_and_added(run):
    people(0).to_csv("morning.csv", index=False)
    people(1).to_csv("evening.csv", index=False)
    code, out, err = run("add", "c.duckdb", "morning.csv", "evening.csv", "--day", "2026-01-01", *ASKED)
    assert (code, out, err) == (0, "Added 2026-01-01 to c.duckdb: 800 rows.\n", "")
    both = pd.concat([people(0), people(1)])
    expected = ba.audit_predictions(both, sensitive_features="sex", y_pred="p")
    pd.testing.assert_frame_equal(Store("c.duckdb").audit().rates(), expected.rates())


def test_tables_counted_elsewhere_are_added_as_they_are(run):
    ba.count(people(0), sensitive_features=["sex"], y_pred="p").save("site.parquet")
    assert run("add", "c.duckdb", "site.parquet", "--day", "2026-01-01", "--min-cell", "150")[0] == 0
    assert Store("c.duckdb").table().suppressed.any()
    code, out, err = run("add", "c.duckdb", "site.parquet", "--day", "2026-01-01")
    assert (code, out) == (2, "")
    assert err.startswith("Error: 2026-01-01 is in the store already, with ")
    code, out, err = run("add", "c.duckdb", "site.parquet", "--day", "2026-01-01", "--replace")
    assert (code, out) == (0, "Added 2026-01-01 to c.duckdb: 400 rows.\n")


def test_a_report_without_an_alarm(run):
    filled([0.5] * 4)
    code, out, err = run("report", "counts.duckdb", "--since", "2026-01-02", "--json", "a.json", "--html", "a.html")
    assert (code, err) == (0, "")
    assert out.startswith("Audit of counts: 1,200 rows, sex (2 groups)\n")
    assert f"\n\n{Store('counts.duckdb').watch(since='2026-01-02')!r}\n" in out
    assert "No alarm." in out
    read = json.loads(Path("a.json").read_text(encoding="utf-8"))
    jsonschema.validate(read, json_schema())
    assert read["rows"] == 1200
    assert Path("a.html").exists()


def test_an_alarm_exits_with_one_and_still_writes(run):
    filled([0.5] * 10 + [0.1] * 10)
    assert run("report", "counts.duckdb", "--until", "2026-01-13")[0] == 0
    code, out, err = run("report", "counts.duckdb", "--markdown", "a.md", "--reference", "sex=M", "--independent-rows")
    assert (code, err) == (1, "")
    assert "  ✗ Alarm since 2026-01-1" in out
    assert "\nRows were taken as independent. However often one looks" in out
    assert Path("a.md").exists()
    assert run("report", "counts.duckdb", "--until", "2026-01-10", "--metric", "selection_rate")[0] == 0


def test_without_more_said_past_days_tell_how_much_days_vary(run):
    filled([0.5] * 16 + [0.1] * 15)
    code, out, _ = run("report", "counts.duckdb", "--reference", "sex=M")
    assert code == 1
    assert "  ✗ Alarm since 2026-01-" in out
    assert "\nPast days told by how much days vary. However often one looks" in out
    code, out, _ = run("report", "counts.duckdb", "--until", "2026-01-13")
    assert code == 0
    assert "  ? Cannot tell: Selection rate of sex = " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "no.duckdb"], 'There is no store at "no.duckdb". The first day that is appended makes one.'),
        (
            ["add", "c.duckdb", "day.csv", "--day", "2026-01-01", "--y-pred", "p"],
            "--y-pred is for files of rows: name their sensitive features too, with --sensitive.",
        ),
        (
            ["add", "c.duckdb", "day.csv", "--day", "1st of May", *ASKED],
            '"1st of May" is not a day. Write it as year-month-day, such as 2026-01-31.',
        ),
        (["report", "day.csv"], '"day.csv" is no store of counts. Give the file that biasaudit monitor add made.'),
        (
            ["report", "counts.duckdb", "--metric", "selection_rat"],
            '"selection_rat" is not a rate. Did you mean "selection_rate"? Rates: selection_rate, base_rate, '
            "true_positive_rate, false_positive_rate, true_negative_rate, false_negative_rate, "
            "positive_predictive_value, negative_predictive_value, false_discovery_rate, false_omission_rate, "
            "accuracy, f1, treatment_equality.",
        ),
    ],
)
def test_bad_input_is_one_sentence(run, arguments, message):
    filled([0.5])
    assert run(*arguments) == (2, "", f"Error: {message}\n")
    assert not Path("c.duckdb").exists()


def test_a_data_set_needs_its_features_and_counts_have_to_be_there(run, tmp_path):
    store = str(tmp_path / "days.duckdb")
    code, out, err = run("add", store, "compas", "--day", "2026-11-01")
    assert (code, out) == (2, "")
    assert err == 'Error: "compas" is a data set and no table of counts. Name its --sensitive features, to count it.\n'
    code, out, err = run("add", store, "nothing.parquet", "--day", "2026-11-01")
    assert err == 'Error: There is no table of counts "nothing.parquet". Give the path of a file that save() wrote.\n'
