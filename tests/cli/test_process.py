"""How the process ends: faults, signals, readers that have gone, disks that are full; each with a code of its own."""

import errno
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from biasaudit import process
from biasaudit.cli import printing
from hardening import damage, forked, run_fuzz, run_stops

HERE = str(Path(process.__file__).parents[1])
SECRET = "ID-4711 of somebody"


@pytest.fixture
def run(run, monkeypatch, tmp_path):
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    return run


def broken(error):
    def fail(*_, **__):
        cell = SECRET  # noqa: F841
        raise error

    return fail


def whole(*command, cwd, **streams):
    environment = {**os.environ, "PYTHONPATH": HERE}
    return subprocess.run(
        [sys.executable, "-m", "biasaudit", *command],
        cwd=cwd,
        env=environment,
        check=False,
        timeout=120,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams,
    )


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError("by\nzero"), RecursionError(), OSError(5, "lost")])
@pytest.mark.parametrize("command", [("check", "--policy", "four_fifths"), ("audit", "--y-pred=two_year_recid")])
def test_a_fault_of_ours_is_no_verdict(run, monkeypatch, tmp_path, error, command):
    for module in ("_audit", "_policy"):
        monkeypatch.setattr(f"biasaudit.cli.{module}.read_target", broken(error))
    code, out, err = run(command[0], "compas", *command[1:])
    (report,) = tmp_path.iterdir()
    kind = type(error).__name__
    assert (code, out) == (4, "")
    assert err.startswith(f"Error: biasaudit failed and it is no fault of yours: {kind} in cli/")
    assert err.endswith(f". Nothing was judged. Please report it, with what is in {report}\n")
    assert report.stat().st_mode & 0o777 == 0o600
    told = report.read_text("utf-8")
    assert told.splitlines()[-1 - str(error).count("\n")].startswith(f"{kind}: ")
    assert f"Command: {command[0]} {command[1].partition('=')[0]}\n" in told
    assert all(word in told for word in ("Python 3.", "duckdb ", "read_target"))
    assert SECRET not in told
    assert "compas" not in told.splitlines()[3]


def test_a_fault_where_no_report_can_be_written(run, monkeypatch):
    monkeypatch.setattr("biasaudit.cli._audit.read_target", broken(KeyError("x")))
    monkeypatch.setattr(process.tempfile, "mkstemp", broken(OSError(errno.ENOSPC, "No space left")))
    code, out, err = run("audit", "compas")
    assert (code, out) == (4, "")
    assert "Please report it, with these lines:\nA fault of biasaudit." in err
    assert err.endswith("KeyError: 'x'\n")


def test_an_installation_that_cannot_be_imported_is_no_verdict(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "biasaudit.cli.app", None)
    monkeypatch.setitem(sys.modules, "biasaudit.cli.printing", None)
    code, out, err = run("check", "compas", "--policy", "four_fifths")
    assert (code, out) == (4, "")
    assert "ModuleNotFoundError in process.py" in err


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "There is not enough memory for this table. Audit fewer columns, or split the file."),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "The disk is full (No space left on device). Make room; TMPDIR names another folder for temporary files.",
        ),
    ],
)
def test_what_the_machine_lacks(run, monkeypatch, tmp_path, error, sentence):
    monkeypatch.setattr("biasaudit.cli._audit.read_target", broken(error))
    assert run("audit", "compas") == (2, "", f"Error: {sentence}\n")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(("code", "ended"), [(None, 0), (0, 0), (3, 3), ("a message", 4)])
def test_libraries_that_leave(run, monkeypatch, code, ended):
    monkeypatch.setattr("biasaudit.cli._audit.read_target", broken(SystemExit(code)))
    assert run("audit", "compas")[0] == ended


@pytest.mark.parametrize(
    "arguments", [("audit",), ("nonsense",), ("audit", "compas", "--nonsense"), ("audit", "compas", "--threshold", "x")]
)
def test_wrong_use_of_a_command(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: biasaudit")
    assert "Error: " in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("swallowed", [False, True])
def test_signals(run, monkeypatch, number, swallowed):
    def stop(*_):
        try:
            signal.raise_signal(number)
        except BaseException:
            # As DuckDB does.
            raise RuntimeError("Query interrupted") if swallowed else sys.exc_info()[1] from None

    monkeypatch.setattr("biasaudit.cli._audit.read_target", stop)
    before = {each: signal.getsignal(each) for each in process.STOPPING}
    # Whoever runs the suite in the background, or with nohup, has had some of them ignored.
    signal.signal(number, signal.SIG_DFL)
    try:
        assert run("audit", "compas") == (128 + number, "", "Stopped; no file was left half-written.\n")
        assert all(signal.getsignal(each) is signal.SIG_IGN for each in process.STOPPING)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_a_signal_that_is_ignored_stays_so(run, monkeypatch):
    def hang_up(*_):
        signal.raise_signal(signal.SIGHUP)
        raise SystemExit(3)

    monkeypatch.setattr("biasaudit.cli._audit.read_target", hang_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run("audit", "compas")[0] == 3
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_stop_while_a_compressed_table_is_read(tmp_path):
    folder, temporary = tmp_path / "here", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    run_stops.write_people(folder / "people.csv.gz", 300_000)
    found = run_stops.stopped_inside(folder, temporary)
    assert found == (128 + signal.SIGTERM, "Stopped; no file was left half-written.\n", [])


def test_a_reader_that_has_gone_changes_no_verdict(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = whole("check", "compas", "--policy", "four_fifths", "--junit", "verdict.xml", cwd=tmp_path, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")
    assert (tmp_path / "verdict.xml").is_file()


def test_an_output_that_is_full_or_closed(monkeypatch, run):
    full = Path("/dev/full")
    if full.exists():
        with full.open("w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            code, _, err = run("datasets")
            assert (code, err.startswith("Error: The disk is full")) == (2, True)
            stream.close = lambda: None
    monkeypatch.setattr(sys, "stdout", None)
    assert printing.say("nobody listens") is None
    assert run("datasets")[::2] == (0, "")


def test_a_name_of_several_lines_stays_in_its_sentence(run):
    code, _, err = run("audit", "a\nb\x1b]31m", "--y-pred", "p", "--sensitive", "sex")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith('Error: "a�b�]31m" is not a shipped data set.')


@pytest.mark.parametrize(
    "command",
    [
        ["audit", "{}", "--y-pred", "p", "--sensitive", "sex"],
        ["errors", "{}", "--errors", "e", "--sensitive", "sex"],
        ["check", "compas", "--policy", "{}"],
        ["check", "people.csv", "--policy", "policy.toml", "--baseline", "{}"],
        ["monitor", "add", "{}", "compas", "--day", "2026-01-01", "--y-pred", "two_year_recid", "--sensitive", "sex"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
@pytest.mark.parametrize("name", ["a" * 5000, "a" * 5000 + ".csv", "b/" + "a" * 5000])
def test_a_name_that_no_disk_can_hold(run, monkeypatch, tmp_path, command, name):
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(damage.POLICY, encoding="utf-8")
    damage.people().to_csv("people.csv", index=False)
    code, out, err = run(*[name if word == "{}" else word for word in command])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "a" * 100 in err
    assert len(err) < 700
    assert err.endswith(".\n")


def test_a_module_that_cannot_be_imported(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken_scorer.py").write_text("def score(texts)\n", encoding="utf-8")
    code, out, err = run("audit-text", "broken_scorer:score")
    assert (code, out) == (2, "")
    assert err == (
        "Error: \"broken_scorer\" cannot be imported: SyntaxError: expected ':' (broken_scorer.py, line 1). Mend it; "
        "try it in Python first.\n"
    )
    assert run("audit-text", ".relative:score")[0] == 2


READERS = [
    ["audit", "{}", "--y-pred", "p", "--sensitive", "sex"],
    ["data", "{}", "--label", "y", "--sensitive", "sex", "--feature", "age"],
    ["errors", "{}", "--errors", "wrong", "--trials", "words", "--sensitive", "sex"],
    ["subgroups", "{}", "--outcome", "y", "--feature", "sex", "--feature", "race"],
    ["check", "{}", "--policy", "four_fifths", "--y-pred", "p", "--sensitive", "sex"],
    ["monitor", "add", "store", "{}", "--day", "2026-01-01", "--y-pred", "p", "--sensitive", "sex"],
]


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_what_is_broken_far_down(run, monkeypatch, tmp_path, command):
    monkeypatch.chdir(tmp_path)
    frame = damage.people(6_000)
    lines = frame.to_csv(index=False).split("\n")
    lines[5_000] = "F,a,1"
    Path("rows.csv").write_text("\n".join(lines), encoding="utf-8")
    frame.to_parquet("pages.parquet", index=False, compression=None)
    content = Path("pages.parquet").read_bytes()
    Path("pages.parquet").write_bytes(content[:40] + b"\xff" * 2_000 + content[2_040:])
    assert run(*["rows.csv" if word == "{}" else word for word in command]) == (
        2,
        "",
        "Error: Line 5001 of the file has 3 cells where the header has 11. Mend or remove that line.\n",
    )
    code, out, err = run(*["pages.parquet" if word == "{}" else word for word in command])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Error: The file cannot be read: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pages.parquet", "rows.csv"]


def test_damaged_files_through_the_commands(run, monkeypatch, tmp_path):
    def here(arguments, folder, temporary):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(process.tempfile, "tempdir", str(temporary))
        return forked.Ended(*run(*arguments), 0.0)

    (tmp_path / "whole").mkdir()
    damage.whole(tmp_path / "whole")
    ends = [run_fuzz.one(tmp_path, random.Random(f"suite {at}"), here) for at in range(12)]
    assert [(name, arguments, problems, ended) for name, arguments, ended, problems in ends if problems] == []
    assert {ended.code for _, _, ended, _ in ends} >= {0, 2}
