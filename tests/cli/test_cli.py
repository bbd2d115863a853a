"""The command line: what each option does, what it leaves behind, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit import process
from biasaudit.cli import _reading, printing
from biasaudit.datasets.shipped import loading as shipped
from biasaudit.reporting import files
from biasaudit.reporting.formats import terminal

TABLE = pd.DataFrame(
    {
        "sex": ["F", "M"] * 60,
        "race": ["a", "a", "b"] * 40,
        "y": [0, 0, 1, 1, 0, 1] * 20,
        "p": [0, 1, 1, 1, 1, 0] * 20,
        "s": [0.1, 0.6, 0.7, 0.9, 0.6, 0.4] * 20,
        "w": [1, 2, 3, 1] * 30,
        "person": [f"n{i // 2}" for i in range(120)],
    }
)
ASKED = ["--y-true", "y", "--y-pred", "p", "--sensitive", "sex", "--cluster", "person"]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("people.csv", index=False)
    return "people.csv"


def here():
    return sorted(path.name for path in Path().iterdir())


def refused(result):
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    return err.removeprefix("Error: ").rstrip("\n")


def document(run, table, *options):
    code, _, err = run("audit", table, *options, "--json", "audit.json")
    assert (code, err) == (0, "")
    return json.loads(Path("audit.json").read_text(encoding="utf-8"))


def expected(**asked):
    return json.loads(ba.audit_predictions(TABLE, **asked).to_json())


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (ASKED, {"y_true": "y", "y_pred": "p", "sensitive_features": ["sex"], "cluster": "person"}),
        (
            ["--y-pred", "p", "--sensitive", "sex", "--sensitive", "race", "--cluster", "person"],
            {"y_pred": "p", "sensitive_features": ["sex", "race"], "cluster": "person"},
        ),
        (
            ["--y-true", "y", "--score", "s", "--threshold", "0.6", "--sensitive", "sex", "--cluster", "person"],
            {"y_true": "y", "score": "s", "threshold": 0.6, "sensitive_features": ["sex"], "cluster": "person"},
        ),
        (
            ["--score", "s", "--threshold", "0.6", "--sensitive", "sex", "--cluster", "person"],
            {"score": "s", "threshold": 0.6, "sensitive_features": ["sex"], "cluster": "person"},
        ),
        (
            [*ASKED, "--pos-label", "0"],
            {"y_true": "y", "y_pred": "p", "sensitive_features": ["sex"], "cluster": "person", "pos_label": "0"},
        ),
        (
            ["--y-true", "y", "--y-pred", "p", "--sensitive", "sex", "--weight", "w"],
            {"y_true": "y", "y_pred": "p", "sensitive_features": ["sex"], "sample_weight": "w"},
        ),
        (
            [*ASKED, "--sensitive", "race", "--reference", "sex=F", "--reference", "race=b"],
            {
                "y_true": "y",
                "y_pred": "p",
                "sensitive_features": ["sex", "race"],
                "cluster": "person",
                "reference": {"sex": "F", "race": "b"},
            },
        ),
        (
            [*ASKED, "--confidence", "0.8"],
            {"y_true": "y", "y_pred": "p", "sensitive_features": ["sex"], "cluster": "person", "confidence": 0.8},
        ),
        (
            [*ASKED, "--primary", "accuracy", "--primary", "precision"],
            {
                "y_true": "y",
                "y_pred": "p",
                "sensitive_features": ["sex"],
                "cluster": "person",
                "primary": ["accuracy", "precision"],
            },
        ),
    ],
)
def test_options_reach_the_audit(run, table, options, asked):
    found, wanted = document(run, table, *options), expected(**asked)
    for name in ("rates", "disparities", "findings", "groups"):
        assert found[name] == wanted[name]
    assert found["rows"] == 120
    assert found["settings"].get("primary") == wanted["settings"].get("primary")
    assert found["title"] == 'Audit of "people.csv"'


def test_the_json_fits_the_published_schema(run, table):
    code, out, err = run("schema")
    assert (code, err) == (0, "")
    schema = json.loads(out)
    jsonschema.Draft202012Validator.check_schema(schema)
    found = document(run, table, *ASKED, "--score", "s", "--sensitive", "race")
    jsonschema.validate(found, schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "rates": [{}]}, schema, cls=jsonschema.Draft202012Validator)


def test_all_three_reports(run, table):
    code, out, err = run("audit", table, *ASKED, "--json", "a.json", "--html", "a.html", "--markdown", "a.md")
    assert (code, err) == (0, "")
    assert out.endswith("Wrote a.json\nWrote a.html\nWrote a.md\n")
    assert 'Audit of "people.csv"' in out
    assert "\nSelection rate by sex: " in out
    found = ba.audit_predictions(table, y_true="y", y_pred="p", sensitive_features="sex", cluster="person")
    for name, text in {"a.json": found.to_json(), "a.html": found.to_html(), "a.md": found.to_markdown()}.items():
        assert Path(name).read_text(encoding="utf-8") == text
    assert here() == ["a.html", "a.json", "a.md", "people.csv"]


def test_shipped_data_set(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("audit", "ricci")
    assert (code, err) == (0, "")
    assert out.startswith('Audit of "ricci": 118 rows')
    assert here() == []


def test_a_file_named_like_a_data_set_comes_first(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ricci").touch()
    asked = ("--sensitive", "sex", "--y-pred", "p")
    assert refused(run("audit", "ricci", *asked)) == '"ricci" is empty. Give a file with a header and rows.'


def test_misspelt_data_set(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ", ".join(shipped.SHIPPED)
    assert refused(run("audit", "ricy")) == (
        f'"ricy" is not a shipped data set. Did you mean "ricci"? Data sets: {names}.'
    )


@pytest.mark.parametrize("reference", ["sex", "=F", "sex=", ""])
def test_reference_that_cannot_be_read(run, table, reference):
    assert refused(run("audit", table, *ASKED, "--reference", reference)) == (
        f'--reference "{reference}" is not feature=value, such as race=White.'
    )


def test_reference_that_is_not_there(run, table):
    assert refused(run("audit", table, *ASKED, "--reference", "sx=F")) == (
        'reference names "sx", which is not a sensitive feature. Did you mean "sex"? Sensitive features: sex.'
    )
    assert refused(run("audit", table, *ASKED, "--reference", "sex=W")) == (
        'reference sex="W" is not a group. Groups: F, M.'
    )


def test_reference_may_hold_an_equals_sign():
    assert _reading.read_pairs("--reference", ["age=x=y", "sex=F"], "") == {"age": "x=y", "sex": "F"}
    assert _reading.read_pairs("--reference", None, "") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["audit", "ricci", "--nonsense"], "No such option: --nonsense"),
        (["audit"], "Missing argument"),
        (["audit", "ricci", "--threshold", "high"], "Invalid value for '--threshold'"),
        (["audit", "ricci", "--confidence"], "Option '--confidence' requires an argument"),
        (["audt"], "No such command 'audt'"),
    ],
)
def test_usage_errors(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_a_measure_that_is_none(run, table):
    assert refused(run("audit", table, *ASKED, "--primary", "recal")).startswith(
        'primary names "recal", no measure. Did you mean "recall"? Measures: selection_rate, '
    )
    assert refused(run("data", table, "--label", "y", "--sensitive", "sex", "--primary", "recall")).endswith(
        "Name the columns that are missing, or one of: base_rate."
    )


def test_confidence_out_of_range(run, table):
    assert refused(run("audit", table, *ASKED, "--confidence", "95")) == (
        "confidence=95.0 is out of range. Give a number from 0.5 up to but below 1, such as 0.95."
    )


def test_nothing_to_audit(run, table):
    assert refused(run("audit", table, "--sensitive", "sex")) == (
        "There is nothing to audit: name y_pred (decisions), y_true (labels), score with a threshold, or selected "
        "and of."
    )
    assert refused(run("audit", table, "--y-pred", "p")) == (
        "sensitive_features is missing. Name at least one column that says who belongs to which group."
    )


def test_two_reports_in_one_file(run, table):
    assert refused(run("audit", table, *ASKED, "--json", "audit", "--markdown", "./audit")) == (
        "Two reports would go to the same file. Give each a name of its own."
    )
    assert here() == ["people.csv"]


def test_output_that_cannot_be_written_is_found_before_counting(run, table, monkeypatch):
    monkeypatch.setattr("biasaudit.audits.audit_predictions.counted", None)
    assert refused(run("audit", table, *ASKED, "--json", "a.json", "--html", "no/a.html")) == (
        'The folder "no" does not exist. Make it first, or choose another.'
    )
    assert here() == ["people.csv"]


def test_a_report_that_fails_leaves_no_other_behind(run, table, monkeypatch):
    def fail(_):
        raise ba.AuditError("This cannot be shown.")

    monkeypatch.setattr("biasaudit.reporting.formats.markdown.to_markdown", fail)
    assert refused(run("audit", table, *ASKED, "--json", "a.json", "--markdown", "a.md")) == "This cannot be shown."
    assert here() == ["people.csv"]


def interrupt(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "where", ["biasaudit.audits.audit_predictions.counted", "biasaudit.datasets.files.tables.open_tables"]
)
def test_interrupted_while_counting(run, table, monkeypatch, where):
    monkeypatch.setattr(where, interrupt)
    code, out, err = run("audit", table, *ASKED, "--json", "a.json")
    assert (code, out, err.strip()) == (130, "", "Stopped; no file was left half-written.")
    assert here() == ["people.csv"]


@pytest.mark.parametrize("old", [None, "the old report"])
def test_interrupted_while_writing(run, table, monkeypatch, old):
    if old:
        Path("a.json").write_text(old)
    monkeypatch.setattr(files.os, "fsync", interrupt)
    code, _, err = run("audit", table, *ASKED, "--json", "a.json")
    assert (code, err.strip()) == (130, "Stopped; no file was left half-written.")
    assert here() == (["a.json", "people.csv"] if old else ["people.csv"])
    assert old is None or Path("a.json").read_text() == old


def test_version(run):
    assert run("--version") == (0, f"biasaudit {ba.__version__}\n", "")


def test_no_command_prints_the_help(run):
    code, out, err = run()
    # Click before 8.2 leaves with 0 here.
    assert code in {0, 2}
    assert "Usage:" in out + err


def test_datasets(run):
    code, out, err = run("datasets")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[::2]] == list(shipped.SHIPPED)
    assert lines[0].startswith("compas          7,214 rows  COMPAS scores and recidivism")
    assert lines[1].strip().endswith("?")


def test_terminal_width(monkeypatch):
    for columns, width in (("20", 40), ("90", 90), ("500", 120)):
        monkeypatch.setenv("COLUMNS", columns)
        assert printing.width() == width


@pytest.mark.parametrize(
    ("encoding", "able"), [("utf-8", True), ("ascii", False), ("latin-1", False), (None, False), ("nonsense", False)]
)
def test_what_a_terminal_can_show(encoding, able):
    assert terminal.can_show(encoding) is able


# These start a new process: what is loaded, and what is left on the terminal, shows only there.
def python(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_nothing_is_left_on_the_terminal_at_exit(table):
    command = ("-m", "biasaudit", "audit", table)
    code, out, err = python(*command, *ASKED, "--json", "a.json", PYTHONPATH=HERE)
    assert (code, err) == (0, "")
    assert "leaked" not in out
    code, out, err = python(*command, "--y-pred", "q", "--sensitive", "sex", PYTHONPATH=HERE)
    assert (code, out) == (2, "")
    assert err == 'Error: y_pred="q" is not a column. Columns: sex, race, y, p, s, w, person.\n'


def test_ascii_terminal(table):
    frame = TABLE.assign(sex=TABLE["sex"].map({"F": "Ärztin", "M": "Arzt"}))
    frame.to_csv("ärzte.csv", index=False)
    code, out, err = python(
        "-m",
        "biasaudit",
        "audit",
        "ärzte.csv",
        *ASKED,
        "--markdown",
        "ä.md",
        PYTHONIOENCODING="ascii",
        PYTHONPATH=HERE,
    )
    assert (code, err) == (0, "")
    assert out.isascii()
    assert "sex = Arztin" in out
    assert "?rztin" not in out
    assert "Ärztin" in Path("ä.md").read_text(encoding="utf-8")


def test_lists_on_an_ascii_terminal(run, monkeypatch):
    monkeypatch.setattr(terminal, "can_show", lambda _: False)
    for command in ("datasets", "schema"):
        code, out, err = run(command)
        assert (code, err, out.isascii()) == (0, "", True)


HEAVY = {"torch", "sklearn", "streamlit", "plotly", "pandas", "duckdb", "fairlearn", "scipy"}
HERE = str(Path(process.__file__).parents[1])


def loaded(code):
    code = f"{code}\nimport sys\nprint(*sys.modules, file=sys.__stderr__)"
    status, _, err = python("-c", code, PYTHONPATH=HERE)
    assert status == 0
    return {name.partition(".")[0] for name in err.split()}


def test_importing_the_package_loads_nothing_heavy():
    assert not HEAVY & loaded("import biasaudit")


def test_help_loads_nothing_heavy():
    code = """
import sys
from biasaudit import process
sys.argv = ["biasaudit", "--help"]
try:
    process.main()
except SystemExit as stop:
    assert stop.code == 0
"""
    assert not HEAVY & loaded(code)


def test_edges_and_a_second_file_on_the_command_line(run, table):
    old = TABLE.assign(age=range(10, 130)).drop(columns="race")
    old[2:].to_csv("decided.csv", index=False)
    TABLE[["person", "race"]].drop_duplicates("person").to_parquet("people.parquet")
    asked = ["--y-pred", "p", "--sensitive", "race", "--sensitive", "age", "--bins", "age=25,45.5"]
    code, out, err = run(
        "audit", "decided.csv", *asked, "--join", "people.parquet", "--on", "person", "--json", "a.json"
    )
    assert (code, err) == (0, "")
    assert '1 of 60 people in "people.parquet" has no prediction.' in " ".join(out.split())
    told = json.loads(Path("a.json").read_text())
    assert told["settings"]["bins"] == {"age": [25.0, 45.5]}
    assert (told["settings"]["join"], told["settings"]["on"]) == ("people.parquet", "person")
    assert {row["group"]["age"] for row in told["rates"] if "age" in row["group"]} == {
        "under 25",
        "25 to 45.5",
        "45.5 or more",
    }
    assert here() == ["a.json", "decided.csv", "people.csv", "people.parquet"]


@pytest.mark.parametrize("command", ["audit", "data", "errors"])
def test_edges_of_every_command(run, table, command):
    TABLE.assign(age=[i % 50 for i in range(120)]).to_csv("aged.csv", index=False)
    asked = {"audit": ["--y-pred", "p"], "data": ["--label", "y"], "errors": ["--errors", "p"]}[command]
    asked = [command, "aged.csv", *asked, "--sensitive", "age", "--bins", "age=25", "--markdown", "a.md"]
    code, _, err = run(*asked)
    assert (code, err) == (0, "")
    assert "25 or more" in Path("a.md").read_text()
    assert refused(run(*asked, "--bins", "age=x")) == '--bins "age=x" is not feature=edges, such as age=25,45.'
    assert refused(run(*asked, "--bins", "sex=1")) == (
        'bins names "sex", which is none of the sensitive_features. Add it, or leave it out.'
    )


def test_a_join_without_a_key(run, table):
    sentence = "join= needs on=: name the column of ids that both tables hold."
    assert refused(run("audit", table, *ASKED, "--join", "people.csv")) == sentence
    sentence = 'on= needs join=: give the second table, such as join="people.parquet".'
    assert refused(run("audit", table, *ASKED, "--on", "person")) == sentence
