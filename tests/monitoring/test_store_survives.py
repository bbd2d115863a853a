"""A store survives: what is killed, cut short, full, hostile or half-made is mended or said in a sentence."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.monitoring import Store, _creation as creation, _files as files_module, _replacement as replacement
from biasaudit.monitoring._files import opened
from biasaudit.monitoring._replacement import changing

FIRST = date(2026, 1, 1)
TABLE = ba.count(pd.DataFrame({"sex": ["F", "M"] * 50, "p": [0, 1, 1, 0] * 25}), sensitive_features=["sex"], y_pred="p")
HARDENING = Path(__file__).parents[1] / "hardening"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "counts.duckdb", wait=0.2)


# As earlier versions wrote, straight into the store.
KILLED = """
import os, sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("BEGIN")
connection.execute("INSERT INTO days SELECT DATE '2026-01-03', rows, header FROM days WHERE day = '2026-01-02'")
connection.execute("INSERT INTO cells SELECT * REPLACE (DATE '2026-01-03' AS day) FROM cells WHERE day = '2026-01-02'")
connection.execute("COMMIT")
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store of two days, and the files of one whose third day stands in DuckDB's log: its writer was killed."""
    folder = tmp_path_factory.mktemp("made")
    path = folder / "counts.duckdb"
    for day in (FIRST, "2026-01-02"):
        Store(path).append(TABLE, day=day)
    whole = path.read_bytes()
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)]).returncode == -9
    return whole, files(folder)


@pytest.fixture
def filled(store, made):
    store.path.write_bytes(made[0])
    return store


def refused(call, *arguments, **more):
    with pytest.raises(AuditError) as caught:
        call(*arguments, **more)
    return str(caught.value)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.slow
def test_adds_that_are_killed(tmp_path):
    command = [sys.executable, str(HARDENING / "run_kills.py"), "--kills", "2", "--fresh", "0"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 kills, ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["counts.duckdb", "it's [a] *{1,2}.duckdb", "what?.duckdb", "n" * 240])
def test_a_new_store_is_one_file_of_any_name(name, tmp_path):
    store = Store(tmp_path / name)
    store.append(TABLE, day=FIRST)
    assert [*files(tmp_path)] == [name]
    assert store.table().n == 100


def test_a_new_store_needs_no_log(store):
    """On the oldest DuckDB declared, all of a store stood in the log of its maker, which nobody read again."""
    creation.create(store.path)
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert dict(connection.execute("FROM about").fetchall())["schema"] == "1"
    assert [*files(store.path.parent)] == ["counts.duckdb"]


def test_a_store_whose_making_was_cut_short_is_mended(store):
    duckdb.connect(str(store.path)).close()
    log = store.path.with_name(".counts.duckdb.0123456789ab.part.wal")
    log.write_bytes(b"the log of its maker")
    assert refused(store.days) == (
        f'"{store.path}" holds no day yet: its making was cut short. The next day added mends it.'
    )
    store.append(TABLE, day=FIRST)
    assert store.table().n == 100
    assert [*files(store.path.parent)] == ["counts.duckdb"]


PART = """
import sys
from pathlib import Path
from biasaudit.monitoring._creation import attached, fill
held = attached(Path(sys.argv[1]), write=True)
fill(held)
print("made", flush=True)
sys.stdin.read()
"""


def test_parts_of_the_dead_go_and_those_of_the_living_stay(store):
    folder = store.path.parent
    dead, living, others = (
        folder / f".{name}.{12 * letter}.part"
        for name, letter in (("counts.duckdb", "d"), ("counts.duckdb", "a"), ("more.duckdb", "0"))
    )
    for path in (dead, others):
        path.write_bytes(b"")
    for suffix in (".wal", ".wal.checkpoint", ".wal.recovery"):
        dead.with_name(dead.name + suffix).write_bytes(b"")
    maker = subprocess.Popen(
        [sys.executable, "-c", PART, str(living)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert maker.stdout.readline() == "made\n"
        store.append(TABLE, day=FIRST)
        assert sorted(files(folder)) == sorted([living.name, others.name, "counts.duckdb"])
    finally:
        maker.communicate()
    store.append(TABLE, day="2026-01-02")
    assert sorted(files(folder)) == sorted([others.name, "counts.duckdb"])


def test_a_maker_whose_part_was_taken_makes_another(store, monkeypatch):
    taken = []

    def fill(connection, fill=creation.fill):
        fill(connection)
        if not taken:
            taken.extend(store.path.parent.glob(".*.part"))
            taken[0].unlink()

    monkeypatch.setattr(creation, "fill", fill)
    store.append(TABLE, day=FIRST)
    assert len(taken) == 1
    assert [*files(store.path.parent)] == ["counts.duckdb"]


def test_a_maker_who_never_gets_through_says_so(store, monkeypatch):
    monkeypatch.setattr(creation, "TRIES", 3)
    monkeypatch.setattr(creation, "_appear", lambda part, path: part.unlink())
    monkeypatch.setattr(creation, "flush_folder", lambda folder: (folder / "gone").stat())
    assert refused(store.append, TABLE, day=FIRST) == (
        f'Others keep making and removing "{store.path}", and nothing was changed. Try again.'
    )
    assert files(store.path.parent) == {}


def test_a_disk_without_links_gets_a_store_by_its_name(store, monkeypatch):
    def link(part, path):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    store.append(TABLE, day=FIRST)
    assert [*files(store.path.parent)] == ["counts.duckdb"]


def test_a_full_disk_is_called_full(store, monkeypatch):
    full = f'The disk with "{store.path}" is full, and nothing was changed. Make room, then try again.'

    def no_room(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(creation, "_appear", no_room)
        assert refused(store.append, TABLE, day=FIRST) == full
    assert files(store.path.parent) == {}

    def no_blocks(connection):
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(creation, "fill", no_blocks)
        assert refused(store.append, TABLE, day=FIRST) == full
    store.append(TABLE, day=FIRST)
    assert store.table().n == 100


@pytest.fixture
def logged(store, made):
    for name, content in made[1].items():
        store.path.with_name(name).write_bytes(content)
    return store


def test_a_day_in_the_log_is_read_from_there_and_brought_over_by_the_next(logged, tmp_path):
    before = files(tmp_path)
    assert sorted(before) == ["counts.duckdb", "counts.duckdb.wal"]
    assert len(logged.tables()) == 3
    assert files(tmp_path) == before
    link = tmp_path / "link.duckdb"
    link.symlink_to(logged.path)
    assert len(Store(link).days()) == 3
    link.unlink()
    logged.append(TABLE, day="2026-01-04")
    assert [*files(tmp_path)] == ["counts.duckdb"]
    assert len(logged.tables()) == 4


def test_a_log_of_something_else_changes_nothing(logged, tmp_path):
    log = logged.path.with_name("counts.duckdb.wal")
    entries = log.read_bytes()
    log.write_bytes(entries[:60] + bytes(255 - byte for byte in entries[60:]))
    before = files(tmp_path)
    for call in (logged.days, lambda: logged.append(TABLE, day="2026-01-04")):
        message = refused(call)
        assert message.startswith(f'"{logged.path}" cannot be opened as a store: ')
        assert message.endswith("Put back a copy, or start a new store.")
    assert files(tmp_path) == before
    log.unlink()
    os.mkfifo(log)
    assert refused(logged.days) == f'"{log}" is no plain file, and DuckDB keeps its log there. Remove it.'


def test_a_store_is_changed_in_a_copy(filled, tmp_path):
    """DuckDB overwrites what its file stands on: a kill within such a write would lose the store."""
    whole = filled.path.read_bytes()
    filled.path.chmod(0o640)
    with changing(filled.path, wait=0) as connection:
        connection.execute("DELETE FROM days")
        connection.execute("CHECKPOINT")
        assert filled.path.read_bytes() == whole
        assert len(filled.days()) == 2
        assert refused(filled.append, TABLE, day="2026-01-03") == (
            f'"{filled.path}" was in use by another process for 0.2 seconds, and nothing was changed. Try again.'
        )
    assert len(filled.days()) == 0
    assert filled.path.stat().st_mode & 0o777 == 0o640
    assert [*files(tmp_path)] == ["counts.duckdb"]


def broken_off(store, error):
    with changing(store.path, wait=0) as connection:
        connection.execute("DELETE FROM days")
        raise error("broken off")


@pytest.mark.parametrize("error", [KeyboardInterrupt, duckdb.FatalException, AuditError])
def test_what_fails_changes_nothing(filled, tmp_path, error):
    before = files(tmp_path)
    with pytest.raises(AuditError if error is duckdb.FatalException else error):
        broken_off(filled, error)
    assert files(tmp_path) == before
    filled.append(TABLE, day="2026-01-03")


def test_a_store_that_goes_while_it_is_locked_is_a_sentence(filled, monkeypatch):
    def gone(path):
        files_module.check_is_database(path)
        path.unlink()

    monkeypatch.setattr(replacement, "check_is_database", gone)
    assert "No such file or directory" in refused(filled.append, TABLE, day="2026-01-03")


def test_a_log_that_stays_beside_the_copy_is_no_success(filled, tmp_path, monkeypatch):
    def close(connection):
        files_module.close(connection)
        for part in tmp_path.glob(".*.part"):
            part.with_name(f"{part.name}.wal").write_bytes(b"x")

    monkeypatch.setattr(replacement, "close", close)
    before = files(tmp_path)
    assert "DuckDB left .wal beside it" in refused(filled.append, TABLE, day="2026-01-03")
    assert files(tmp_path) == before


def test_files_cut_at_any_place_are_refused_and_left(filled, tmp_path):
    whole = filled.path.read_bytes()
    for end in (0, 1, 11, 12, 4096, 12_287, 12_288, 100_000):
        filled.path.write_bytes(whole[:end])
        for call in (filled.days, lambda: filled.append(TABLE, day="2026-01-03")):
            assert refused(call).startswith(f'"{filled.path}" ')
            assert filled.path.read_bytes() == whole[:end]


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        assert refused(Store(path).days) == (
            f'"{path}" is a folder, pipe or device, and no store of counts. Give the name of a file.'
        )
    for name in ("a\0b", "no\ud800", "n" * 300):
        assert refused(Store(tmp_path / name).days).startswith("There is no store at ")
    assert "NUL" in refused(Store("a\0b").append, TABLE, day=FIRST)
    for name in ("no\ud800", os.fsdecode(b"no\xff")):
        for call in (Store(tmp_path / name).append, lambda table, day, name=name: table.save(tmp_path / name)):
            assert refused(call, TABLE, day=FIRST).endswith(
                'no�" is a name with bytes that are no UTF-8 text. Rename it.'
            )


def changed(store, statement):
    with duckdb.connect(str(store.path)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE days SET rows = 7 WHERE day = '2026-01-02'", "its cells count 100 rows, and the day says 7"),
        ("UPDATE cells SET rows = -1", 'the column "rows" holds -1, a negative count'),
        ("UPDATE cells SET levels = 9", 'the column "levels" holds 9, which is no group'),
        ("UPDATE cells SET levels = -9", 'the column "levels" holds -9, which is no group'),
        ("UPDATE cells SET y_pred = NULL", 'the column "y_pred" holds NULL'),
        ("UPDATE cells SET y_true = 1", 'it has a column "y_true", which its header does not explain'),
        ("INSERT INTO cells FROM cells", "two of its cells have the same group, labels and scores"),
        ("DELETE FROM cells WHERE day = '2026-01-02'", "it has no cells"),
        ("UPDATE days SET header = '['", "its header is no JSON that can be read"),
        ("UPDATE days SET header = '{}'", "its header says format None, where '1' should be"),
    ],
)
def test_days_that_were_changed(filled, statement, message):
    changed(filled, statement)
    day = "2026-01-02" if "2026-01-02" in statement else "2026-01-01"
    assert refused(filled.tables) == (
        f'The table of {day} in "{filled.path}" is no whole table of counts: {message}. Put back a copy of the store, '
        "or replace that day."
    )


def test_the_remedy_for_a_changed_day_works(filled):
    changed(filled, "UPDATE cells SET rows = -1 WHERE day = '2026-01-02'")
    filled.append(TABLE, day="2026-01-02", replace=True)
    assert filled.table().n == 200


def test_a_header_of_a_newer_version(filled):
    changed(filled, "UPDATE days SET header = '{\"format\": \"2\"}' WHERE day = '2026-01-02'")
    assert refused(filled.tables) == "The table of 2026-01-02 has format 2; this version reads 1. Update biasaudit."


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE cells", 'is a store whose table "cells" was changed by something else.'),
        ("ALTER TABLE days ALTER rows TYPE VARCHAR", 'is a store whose table "days" was changed by something else.'),
        (
            "ALTER TABLE cells RENAME TO c; CREATE VIEW cells AS FROM c",
            'is a store whose table "cells" was changed by something else.',
        ),
        ("UPDATE days SET day = '294000-01-01' WHERE day = '2026-01-02'", "is a store with a day that is none."),
        ("DELETE FROM days", "holds cells of a day that it does not know."),
    ],
)
def test_stores_that_were_changed(filled, statement, message):
    changed(filled, statement)
    assert refused(filled.tables) == f'"{filled.path}" {message} Put back a copy, or start a new store.'


def test_other_databases_stay_as_they_were(tmp_path):
    for at, statement in enumerate(
        ("CREATE TABLE about (key INT)", "CREATE VIEW v AS SELECT 1", "CREATE TABLE t (a INT)")
    ):
        store = Store(tmp_path / f"{at}.duckdb")
        changed(store, statement)
        before = store.path.read_bytes()
        for call in (store.days, lambda store=store: store.append(TABLE, day=FIRST)):
            assert refused(call) == f'"{store.path}" is a DuckDB file, but no store of counts. Give another name.'
        assert store.path.read_bytes() == before


def test_a_store_of_a_newer_duckdb(filled, monkeypatch):
    def attached(*_, **__):
        raise duckdb.IOException(
            "IO Error: Trying to read a database file with version number 999, but we can only read versions between "
            "64 and 68."
        )

    monkeypatch.setattr(files_module, "attached", attached)
    assert refused(filled.days) == (
        f'"{filled.path}" was written with a newer DuckDB. Update it: pip install --upgrade duckdb.'
    )


def test_a_connection_reaches_nothing_but_its_store(filled, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with opened(filled.path, wait=0) as connection:
        for statement in (
            f"FROM '{tmp_path / 'secret.csv'}'",
            f"COPY days TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
        ):
            with pytest.raises(duckdb.PermissionException):
                connection.execute(statement)
        with pytest.raises(duckdb.InvalidInputException):
            connection.execute("SET enable_external_access=true")


WITHOUT_RIGHTS = """
import os, sys
from biasaudit.monitoring import Store
from biasaudit.counts.table.crosstab import Crosstab
# All that is imported late is imported now: the other user may not reach it.
Store(sys.argv[1]).tables()
if os.getuid() == 0:
    os.setuid(65534)
print(len(Store(sys.argv[1]).tables()))
try:
    Store(sys.argv[1]).append(Crosstab.load(sys.argv[2]), day="2026-02-01")
except ValueError as error:
    print(error)
"""


def test_a_folder_that_cannot_be_written_can_be_read(made):
    """Root may write anywhere, so that another user does it."""
    with tempfile.TemporaryDirectory() as name:
        path, saved = Path(name) / "counts.duckdb", Path(name) / "t.parquet"
        path.write_bytes(made[0])
        TABLE.save(saved)
        for found in (path, saved):
            found.chmod(0o444)
        Path(name).chmod(0o555)
        command = [sys.executable, "-c", WITHOUT_RIGHTS, str(path), str(saved)]
        done = subprocess.run(command, capture_output=True, text=True)
        Path(name).chmod(0o755)
    assert done.stdout == f'2\n"{path}" cannot be written: no permission. Choose another place.\n', done.stderr


def test_the_header_of_a_day_is_that_of_a_saved_table(filled):
    with duckdb.connect(str(filled.path), read_only=True) as connection:
        headers = connection.execute("SELECT header FROM days").fetchall()
    assert json.loads(headers[0][0])["columns"] == ["y_pred", "rows"]
